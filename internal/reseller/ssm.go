package reseller

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"zerotouch.example/internal/awscall"
	"zerotouch.example/internal/ztp"
)

// SSM reads reseller credentials from AWS SSM Parameter Store: one SecureString
// per vendor, <Prefix>/<vendor>/reseller, whose value is
// {"key_id","key_secret","role"?}. AWS region and credentials are found as the
// SDK finds them (environment, shared files, the role of the machine), anew for
// each question, so that mending them needs no restart.
type SSM struct {
	// Prefix begins with a slash, such as /zerotouch/production.
	Prefix string
	// Endpoint replaces AWS's own address when set.
	Endpoint string
	// Load finds region and credentials; the SDK's default chain when nil.
	Load awscall.Loader
}

var _ ztp.ResellerSource = SSM{}

// Where is the parameter's name.
func (s SSM) Where(v ztp.VendorName) string {
	return strings.TrimRight(s.Prefix, "/") + "/" + string(v) + "/reseller"
}

// Reseller reads and decrypts the parameter. Its errors are
// reseller_credentials_missing and _malformed and the secret_store_* codes; each
// names the parameter, none repeats any of its value.
func (s SSM) Reseller(ctx context.Context, v ztp.VendorName) (ztp.APIKey, error) {
	ctx, cancel := context.WithTimeout(ctx, awscall.Timeout)
	defer cancel()
	name := s.Where(v)
	cfg, err := awscall.Load(ctx, s.Load)
	if err != nil {
		return ztp.APIKey{}, classify(name, err)
	}
	client := ssm.NewFromConfig(cfg, func(o *ssm.Options) {
		o.RetryMaxAttempts = awscall.Attempts
		if s.Endpoint != "" {
			o.BaseEndpoint = aws.String(s.Endpoint)
		}
	})
	out, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(name), WithDecryption: aws.Bool(true)})
	if err != nil {
		return ztp.APIKey{}, classify(name, err)
	}
	return read(name, out.Parameter)
}

// read takes the credential out of a parameter. A value that is not a
// SecureString is refused: it stood readable for everybody who may list.
func read(name string, p *types.Parameter) (ztp.APIKey, error) {
	if p == nil || p.Value == nil {
		return ztp.APIKey{}, malformed(name, "AWS gave no value for it")
	}
	if p.Type != types.ParameterTypeSecureString {
		return ztp.APIKey{}, malformed(name, "it is not a SecureString; make it one, with a new secret")
	}
	key, err := parseValue(*p.Value)
	if err != nil {
		return ztp.APIKey{}, malformed(name, err.Error())
	}
	return key, nil
}
