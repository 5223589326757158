// Package kms has AWS KMS encrypt the root key of an installation, so that it lies
// in the database and in no file. KMS is asked when a store opens and when the root
// key is changed, never for a sealed value. The package keeps nothing, logs nothing
// and makes no keys. Start reading at Key.
package kms

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"zerotouch.example/internal/awscall"
	"zerotouch.example/internal/ztp"
)

// Key is a symmetric key of AWS KMS. It is sqlstore.KeyService. Region and
// credentials are found as the SDK finds them.
type Key struct {
	// ID is the key's id, its ARN, or an alias such as alias/zerotouch.
	ID string
	// Endpoint replaces AWS's own address when set.
	Endpoint string
	// Load finds region and credentials; the SDK's default chain when nil.
	Load awscall.Loader
}

// Encrypt encrypts a root key for one installation and returns the key's ARN.
// Errors name the key and are secret_store_*, or configuration_missing when ID
// names no key that encrypts.
func (k Key) Encrypt(ctx context.Context, root []byte, installation string) (sealed []byte, arn string, err error) {
	ctx, cancel := context.WithTimeout(ctx, awscall.Timeout)
	defer cancel()
	client, err := k.client(ctx)
	if err != nil {
		return nil, "", k.classify(err)
	}
	out, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: &k.ID, Plaintext: root, EncryptionContext: bound(installation)})
	if err != nil {
		return nil, "", k.classify(err)
	}
	if len(out.CiphertextBlob) == 0 || aws.ToString(out.KeyId) == "" {
		return nil, "", k.classify(errEmpty)
	}
	return out.CiphertextBlob, *out.KeyId, nil
}

// Decrypt gives back what Encrypt was given, for the same installation and with
// the same key alone. Another key is configuration_missing; what was changed, or
// belongs to another installation, is sealing_key_mismatch.
func (k Key) Decrypt(ctx context.Context, sealed []byte, installation string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, awscall.Timeout)
	defer cancel()
	client, err := k.client(ctx)
	if err != nil {
		return nil, k.classify(err)
	}
	// With the key named, KMS decrypts with no other one that it would find by itself.
	out, err := client.Decrypt(ctx, &kms.DecryptInput{KeyId: &k.ID, CiphertextBlob: sealed, EncryptionContext: bound(installation)})
	if err != nil {
		return nil, k.classify(err)
	}
	if len(out.Plaintext) == 0 {
		return nil, k.classify(errEmpty)
	}
	return out.Plaintext, nil
}

var errEmpty = errors.New("the answer is empty")

// bound is what KMS authenticates with the ciphertext and shows in its own log.
func bound(installation string) map[string]string {
	return map[string]string{"zerotouch:purpose": "root-key", "zerotouch:installation": installation}
}

func (k Key) client(ctx context.Context) (*kms.Client, error) {
	cfg, err := awscall.Load(ctx, k.Load)
	if err != nil {
		return nil, err
	}
	return kms.NewFromConfig(cfg, func(o *kms.Options) {
		o.RetryMaxAttempts = awscall.Attempts
		if k.Endpoint != "" {
			o.BaseEndpoint = &k.Endpoint
		}
	}), nil
}

// kmsCodes are the error codes that KMS has beyond those of all services.
var kmsCodes = map[string]ztp.Code{
	"IncorrectKeyException":         ztp.CodeConfigurationMissing,
	"NotFoundException":             ztp.CodeConfigurationMissing,
	"InvalidKeyUsageException":      ztp.CodeConfigurationMissing,
	"InvalidArnException":           ztp.CodeConfigurationMissing,
	"InvalidAliasNameException":     ztp.CodeConfigurationMissing,
	"InvalidCiphertextException":    ztp.CodeSealingKeyMismatch,
	"DisabledException":             ztp.CodeSecretStoreDenied,
	"KMSInvalidStateException":      ztp.CodeSecretStoreDenied,
	"LimitExceededException":        ztp.CodeSecretStoreThrottled,
	"KeyUnavailableException":       ztp.CodeSecretStoreUnavailable,
	"DependencyTimeoutException":    ztp.CodeSecretStoreUnavailable,
	"KMSInternalException":          ztp.CodeSecretStoreUnavailable,
	"UnsupportedOperationException": ztp.CodeConfigurationMissing,
}

// details says for people what a code means here; the key's name follows.
var details = map[ztp.Code]string{
	ztp.CodeConfigurationMissing:   "This is no key of AWS KMS that encrypts, or not the one that encrypted the root key: ",
	ztp.CodeSealingKeyMismatch:     "The encrypted root key was changed or belongs to another installation, so it does not decrypt with the KMS key ",
	ztp.CodeSecretStoreDenied:      "AWS does not let this server use the KMS key, or the key is disabled: ",
	ztp.CodeSecretStoreThrottled:   "AWS limits how often this server may use the KMS key ",
	ztp.CodeSecretStoreUnavailable: "AWS KMS gave no usable answer when asked to use the key ",
}

// classify turns what the SDK returns into an error of the catalogue.
func (k Key) classify(err error) error {
	return awscall.Asked{Service: kms.ServiceID, Kind: "KMS key", Name: k.ID, Use: "used", Codes: kmsCodes, Details: details}.Error(err)
}
