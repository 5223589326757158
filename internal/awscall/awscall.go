// Package awscall is what every question to AWS has in common: finding region and
// credentials, and telling failures apart. It calls no service itself and knows
// none; internal/reseller and internal/kms do. Start reading at Load and Asked.
package awscall

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"zerotouch.example/internal/ztp"
)

const (
	// Timeout bounds one question, finding AWS credentials included.
	Timeout = 5 * time.Second
	// Attempts leaves one repetition to the SDK, which fits into the time.
	Attempts = 2
	// credentialsTimeout bounds finding them: outside AWS the last place that is
	// asked is an address that nobody answers.
	credentialsTimeout = 3 * time.Second
	// throttleRest is what we tell people to wait; AWS says nothing itself.
	throttleRest = time.Minute
)

// Loader finds region and credentials.
type Loader func(context.Context) (aws.Config, error)

// NotConfigured says that this environment has no region or no credentials, which
// has another remedy than everything that can go wrong later.
type NotConfigured struct {
	Why string
	Err error
}

func (e *NotConfigured) Error() string {
	if e.Err == nil {
		return e.Why
	}
	return e.Why + ": " + e.Err.Error()
}

func (e *NotConfigured) Unwrap() error { return e.Err }

// Load finds region and credentials as the SDK finds them (environment, shared
// files, the role of the machine), or with load unless nil. What is missing is a
// *NotConfigured; other errors are those of a service of AWS that was to hand out
// credentials, for Asked.
func Load(ctx context.Context, load Loader) (aws.Config, error) {
	if load == nil {
		load = func(ctx context.Context) (aws.Config, error) { return config.LoadDefaultConfig(ctx) }
	}
	ctx, cancel := context.WithTimeout(ctx, credentialsTimeout)
	defer cancel()
	cfg, err := load(ctx)
	switch {
	case err != nil:
		return cfg, &NotConfigured{"the AWS configuration on this server cannot be read", err}
	case cfg.Region == "":
		return cfg, &NotConfigured{"no AWS region is set", nil}
	case cfg.Credentials == nil:
		return cfg, &NotConfigured{"no AWS credentials were found", nil}
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		// Where nothing is configured, the SDK ends up asking the machine for a role in vain.
		var call *smithy.OperationError
		if errors.As(err, &call) && call.ServiceID != imdsServiceID {
			return cfg, err
		}
		return cfg, &NotConfigured{"no AWS credentials were found", err}
	}
	return cfg, nil
}

// imdsServiceID is how the SDK names the metadata service of a machine at AWS.
const imdsServiceID = "ec2imds"

// codes maps the error codes that every service of AWS has to ours.
var codes = map[string]ztp.Code{
	"AccessDeniedException": ztp.CodeSecretStoreDenied,
	"AccessDenied":          ztp.CodeSecretStoreDenied,
	"OptInRequired":         ztp.CodeSecretStoreDenied,

	"ThrottlingException":      ztp.CodeSecretStoreThrottled,
	"Throttling":               ztp.CodeSecretStoreThrottled,
	"ThrottledException":       ztp.CodeSecretStoreThrottled,
	"TooManyRequestsException": ztp.CodeSecretStoreThrottled,
	"RequestLimitExceeded":     ztp.CodeSecretStoreThrottled,
	"RequestThrottled":         ztp.CodeSecretStoreThrottled,
	"SlowDown":                 ztp.CodeSecretStoreThrottled,

	// What was named is refused, which our configuration is to blame for.
	"ValidationException": ztp.CodeConfigurationMissing,
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

// Asked says what a service of AWS was asked for, to tell what came of it.
type Asked struct {
	// Service is the service's name in the SDK.
	Service string
	// Kind and Name are what it was asked for, such as "SSM parameter" and its name;
	// Use is what was to be done with it, such as "read".
	Kind, Name, Use string
	// Codes are the error codes of the service; they win over those that all have.
	Codes map[string]ztp.Code
	// Details say for people what a code means; Name follows.
	Details map[ztp.Code]string
}

// Error turns what the SDK returned into an error of the catalogue, which names what
// was asked for and repeats nothing that might be secret.
func (a Asked) Error(err error) *ztp.Error {
	code := codeOf(err, a.Codes)
	e := &ztp.Error{Code: code, Detail: a.Details[code] + a.Name + ".", Err: forLog(err)}
	var missing *NotConfigured
	if errors.As(err, &missing) {
		e.Detail = "The " + a.Kind + " " + a.Name + " cannot be " + a.Use + ": " + missing.Why + "."
	}
	if as := callerRefused(err, a.Service); code == ztp.CodeSecretStoreDenied && as != "" {
		e.Case = ztp.CaseOwnCredentials
		e.Detail = "AWS does not accept the credentials with which this server asks for the " + a.Kind + " " + a.Name + ": " + as + "."
	}
	if code == ztp.CodeSecretStoreThrottled {
		e.RetryAfter = throttleRest
	}
	return e
}

// callerRefused says how AWS refused the credentials of this server, as the code that
// its own documents explain, when they are the cause: AWS says so, or the refusal came
// from another service than the one that was asked, which was to hand them out. "" when
// they are not.
func callerRefused(err error, service string) string {
	var api smithy.APIError
	refused := errors.As(err, &api) && unknownCaller[api.ErrorCode()]
	for call, at := (*smithy.OperationError)(nil), err; !refused && errors.As(at, &call); at = call.Err {
		refused = call.ServiceID != service
	}
	switch {
	case !refused:
		return ""
	case api != nil && codeShape.MatchString(api.ErrorCode()):
		return api.ErrorCode()
	}
	return "refused without a reason"
}

var codeShape = regexp.MustCompile(`^[A-Za-z]{1,64}$`)

// codeOf is the code of the catalogue for what the SDK returned. own are the error
// codes of the service that was asked; they win. What has none goes by HTTP status.
func codeOf(err error, own map[string]ztp.Code) ztp.Code {
	var missing *NotConfigured
	if errors.As(err, &missing) {
		return ztp.CodeSecretStoreNotConfigured
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		if code, ok := own[api.ErrorCode()]; ok {
			return code
		}
		if code, ok := codes[api.ErrorCode()]; ok {
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

// forLog keeps an answer that could not be understood out of the error: it may
// hold the secret. What AWS says of a refusal does not.
func forLog(err error) error {
	var (
		unread  *smithy.DeserializationError
		missing *NotConfigured
	)
	switch {
	case errors.As(err, &missing):
		return forLog(missing.Err)
	case errors.As(err, &unread):
		return errors.New("the answer could not be understood")
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	}
	return err
}
