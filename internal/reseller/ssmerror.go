package reseller

import (
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"zerotouch.example/internal/awscall"
	"zerotouch.example/internal/ztp"
)

// throttleRest is what we tell people to wait; AWS says nothing itself.
const throttleRest = time.Minute

// ssmCodes are the error codes that SSM has beyond those of all services.
var ssmCodes = map[string]ztp.Code{
	"ParameterNotFound":        ztp.CodeResellerCredentialsMissing,
	"ParameterVersionNotFound": ztp.CodeResellerCredentialsMissing,
	// The key that decrypts the parameter is disabled, gone or not ours to use.
	"InvalidKeyId":      ztp.CodeSecretStoreDenied,
	"InvalidParameters": ztp.CodeConfigurationMissing,
}

// details says for people what a code means here; the parameter's name follows.
var details = map[ztp.Code]string{
	ztp.CodeResellerCredentialsMissing: "There is no SSM parameter ",
	ztp.CodeSecretStoreDenied:          "AWS does not let this server read the SSM parameter ",
	ztp.CodeSecretStoreThrottled:       "AWS limits how often this server may read the SSM parameter ",
	ztp.CodeSecretStoreUnavailable:     "AWS gave no usable answer when asked for the SSM parameter ",
	ztp.CodeConfigurationMissing:       "ZEROTOUCH_SSM_PREFIX makes a name that AWS does not take for an SSM parameter: ",
}

// classify turns what the SDK returns into an error of the catalogue.
func classify(name string, err error) *ztp.Error {
	code := awscall.CodeOf(err, ssmCodes)
	e := &ztp.Error{Code: code, Detail: details[code] + name + ".", Err: awscall.ForLog(err)}
	var missing *awscall.NotConfigured
	if errors.As(err, &missing) {
		e.Detail = "The SSM parameter " + name + " cannot be read: " + missing.Why + "."
	}
	if as := awscall.CallerRefused(err, ssm.ServiceID); code == ztp.CodeSecretStoreDenied && as != "" {
		e.Case = ztp.CaseOwnCredentials
		e.Detail = "AWS does not accept the credentials with which this server asks for the SSM parameter " + name + ": " + as + "."
	}
	if code == ztp.CodeSecretStoreThrottled {
		e.RetryAfter = throttleRest
	}
	return e
}

func malformed(name, why string) *ztp.Error {
	return ztp.Errorf(ztp.CodeResellerCredentialsMalformed, "SSM parameter %s: %s.", name, why)
}
