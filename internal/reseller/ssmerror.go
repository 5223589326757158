package reseller

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
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

	"AccessDeniedException": ztp.CodeSecretStoreDenied,
	"AccessDenied":          ztp.CodeSecretStoreDenied,
	"OptInRequired":         ztp.CodeSecretStoreDenied,
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

// unknownCaller are the error codes by which AWS says that the credentials of this
// server are no good, whatever they may be allowed.
var unknownCaller = map[string]bool{
	"UnrecognizedClientException":         true,
	"InvalidClientTokenId":                true,
	"InvalidSignatureException":           true,
	"SignatureDoesNotMatch":               true,
	"IncompleteSignature":                 true,
	"MissingAuthenticationToken":          true,
	"MissingAuthenticationTokenException": true,
	"ExpiredToken":                        true,
	"ExpiredTokenException":               true,
	"RequestExpired":                      true,
	"InvalidIdentityToken":                true,
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
	if code == ztp.CodeSecretStoreDenied && ownCredentials(err) {
		e.Case = ztp.CaseOwnCredentials
		e.Detail = "AWS does not accept the credentials with which this server asks for the SSM parameter " + name + ": " + refusedAs(err) + "."
	}
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
		if unknownCaller[api.ErrorCode()] {
			return ztp.CodeSecretStoreDenied
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

// ownCredentials reports whether a refusal is one of the server's credentials: AWS
// says so, or it came from a service that was to hand them out.
func ownCredentials(err error) bool {
	var api smithy.APIError
	if errors.As(err, &api) && unknownCaller[api.ErrorCode()] {
		return true
	}
	for call := (*smithy.OperationError)(nil); errors.As(err, &call); err = call.Err {
		if call.ServiceID != ssm.ServiceID {
			return true
		}
	}
	return false
}

// refusedAs is the code by which AWS refused, which its own documents explain.
func refusedAs(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) && codeShape.MatchString(api.ErrorCode()) {
		return api.ErrorCode()
	}
	return "refused without a reason"
}

var codeShape = regexp.MustCompile(`^[A-Za-z]{1,64}$`)

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
