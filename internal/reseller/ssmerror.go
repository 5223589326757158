package reseller

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"zerotouch.example/internal/ztp"
)

// throttleRest is what we tell people to wait; AWS says nothing itself.
const throttleRest = time.Minute

// awsCodes maps the error codes of AWS to ours. Others go by HTTP status.
var awsCodes = map[string]ztp.Code{
	"ParameterNotFound":        ztp.CodeResellerCredentialsMissing,
	"ParameterVersionNotFound": ztp.CodeResellerCredentialsMissing,

	"AccessDeniedException":               ztp.CodeSecretStoreDenied,
	"AccessDenied":                        ztp.CodeSecretStoreDenied,
	"UnrecognizedClientException":         ztp.CodeSecretStoreDenied,
	"InvalidClientTokenId":                ztp.CodeSecretStoreDenied,
	"InvalidSignatureException":           ztp.CodeSecretStoreDenied,
	"SignatureDoesNotMatch":               ztp.CodeSecretStoreDenied,
	"IncompleteSignature":                 ztp.CodeSecretStoreDenied,
	"MissingAuthenticationToken":          ztp.CodeSecretStoreDenied,
	"MissingAuthenticationTokenException": ztp.CodeSecretStoreDenied,
	"ExpiredToken":                        ztp.CodeSecretStoreDenied,
	"ExpiredTokenException":               ztp.CodeSecretStoreDenied,
	"OptInRequired":                       ztp.CodeSecretStoreDenied,
	// The key that decrypts the parameter is disabled, gone or not ours to use.
	"InvalidKeyId": ztp.CodeSecretStoreDenied,

	"ThrottlingException":      ztp.CodeSecretStoreThrottled,
	"Throttling":               ztp.CodeSecretStoreThrottled,
	"ThrottledException":       ztp.CodeSecretStoreThrottled,
	"TooManyRequestsException": ztp.CodeSecretStoreThrottled,
	"RequestLimitExceeded":     ztp.CodeSecretStoreThrottled,
	"RequestThrottled":         ztp.CodeSecretStoreThrottled,
	"SlowDown":                 ztp.CodeSecretStoreThrottled,

	// The name itself is refused, which the prefix is to blame for.
	"ValidationException": ztp.CodeConfigurationMissing,
	"InvalidParameters":   ztp.CodeConfigurationMissing,
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
	code := codeOf(err)
	e := &ztp.Error{Code: code, Detail: details[code] + name + ".", Err: forLog(err)}
	if code == ztp.CodeSecretStoreThrottled {
		e.RetryAfter = throttleRest
	}
	return e
}

func codeOf(err error) ztp.Code {
	var api smithy.APIError
	if errors.As(err, &api) {
		if code, ok := awsCodes[api.ErrorCode()]; ok {
			return code
		}
	}
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		switch answer.HTTPStatusCode() {
		case http.StatusUnauthorized, http.StatusForbidden:
			return ztp.CodeSecretStoreDenied
		case http.StatusTooManyRequests:
			return ztp.CodeSecretStoreThrottled
		}
	}
	return ztp.CodeSecretStoreUnavailable
}

// classifyCredentials tells two things apart. Where a service of AWS was to hand
// out credentials and did not, that is said as of any other call; where nothing
// is configured, the SDK ends up asking the machine for a role in vain.
func classifyCredentials(name string, err error) *ztp.Error {
	var call *smithy.OperationError
	if errors.As(err, &call) && call.ServiceID != imdsServiceID {
		return classify(name, err)
	}
	return notConfigured(name, "no AWS credentials were found", err)
}

// imdsServiceID is how the SDK names the metadata service of a machine at AWS.
const imdsServiceID = "ec2imds"

func notConfigured(name, why string, err error) *ztp.Error {
	return &ztp.Error{
		Code: ztp.CodeSecretStoreNotConfigured, Err: forLog(err),
		Detail: "The SSM parameter " + name + " cannot be read: " + why + ".",
	}
}

func malformed(name, why string) *ztp.Error {
	return ztp.Errorf(ztp.CodeResellerCredentialsMalformed, "SSM parameter %s: %s.", name, why)
}

// forLog keeps an answer that could not be understood out of the error: it may
// hold the value. What AWS says of a refusal does not.
func forLog(err error) error {
	var unread *smithy.DeserializationError
	if errors.As(err, &unread) {
		return errors.New("the answer could not be understood")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}
