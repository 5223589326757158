package reseller

import (
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"zerotouch.example/internal/awscall"
	"zerotouch.example/internal/ztp"
)

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
	return awscall.Asked{Service: ssm.ServiceID, Kind: "SSM parameter", Name: name, Use: "read", Codes: ssmCodes, Details: details}.Error(err)
}

func malformed(name, why string) *ztp.Error {
	return ztp.Errorf(ztp.CodeResellerCredentialsMalformed, "SSM parameter %s: %s.", name, why)
}
