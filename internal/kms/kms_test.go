package kms_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	"zerotouch.example/internal/awscall/mototest"
	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/kms"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

var (
	_     sqlstore.KeyService = kms.Key{}
	admin                     = ztp.Actor{Kind: ztp.ActorLocal, Name: "root", Role: ztp.SuperAdmin}
	noon                      = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func motoClient(t *testing.T, endpoint string) *awskms.Client {
	t.Helper()
	cfg, err := mototest.Config(http.DefaultClient)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return awskms.NewFromConfig(cfg, func(o *awskms.Options) { o.BaseEndpoint = &endpoint })
}

// mustCreate makes a key at moto.
func mustCreate(t *testing.T, endpoint string) kms.Key {
	t.Helper()
	out, err := motoClient(t, endpoint).CreateKey(t.Context(), &awskms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	return kms.Key{ID: *out.KeyMetadata.Arn, Endpoint: endpoint, Load: mototest.Config(http.DefaultClient)}
}

func withKMS(dsn string, key kms.Key) sqlstore.Config {
	cfg := storetest.Options{}.Config(dsn)
	cfg.KeyService = key
	cfg.RootKey = func(bool) (*keyring.Root, error) { return nil, errors.New("the key file was asked for") }
	return cfg
}

func mustOpen(t *testing.T, cfg sqlstore.Config) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func wantRefused(t *testing.T, cfg sqlstore.Config, words ...string) {
	t.Helper()
	_, err := sqlstore.Open(t.Context(), cfg)
	var refused *sqlstore.StartError
	if !errors.As(err, &refused) || refused.Remedy == "" {
		t.Fatalf("want a StartError, got %v", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("want %q in: %v", word, err)
		}
	}
}

func wantSecret(t *testing.T, stores ...*sqlstore.Store) {
	t.Helper()
	for _, s := range stores {
		key, _, err := s.SealedReseller(t.Context(), "snom")
		if err != nil || !key.Secret.Equal(ztp.NewSecret("12345678")) {
			t.Errorf("what was sealed does not open: %v", err)
		}
	}
}

func TestMoto(t *testing.T) {
	t.Parallel()
	endpoint := mototest.Start(t)
	key := mustCreate(t, endpoint)
	t.Run("Database", func(t *testing.T) { testDatabase(t, key) })
	t.Run("FileToKMSAndBack", func(t *testing.T) { testMove(t, endpoint, key) })
	t.Run("Bound", func(t *testing.T) { testBound(t, key) })
	t.Run("Denied", func(t *testing.T) { testDenied(t, endpoint, key) })
}

// testDatabase: made with KMS, opened again, refused otherwise.
func testDatabase(t *testing.T, key kms.Key) {
	file := filepath.Join(t.TempDir(), "zerotouch.db")
	s := mustOpen(t, withKMS(file, key))
	if err := s.SetReseller(t.Context(), "snom", ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret("12345678")}, noon); err != nil {
		t.Fatal(err)
	}
	wantSecret(t, s, mustOpen(t, withKMS(file, key)))
	status, err := s.KeyStatus(t.Context())
	if err != nil || len(status.Roots) != 1 || status.Roots[0].KMSKey != key.ID || !status.Roots[0].Mine {
		t.Errorf("key status: %+v, %v", status, err)
	}
	if _, err := s.RotateKeys(t.Context(), sqlstore.KeyRotation{Actor: admin}); err != nil {
		t.Fatal(err)
	}
	wantSecret(t, s, mustOpen(t, withKMS(file, key)))

	wantRefused(t, storetest.Options{}.Config(file), "encrypted by a key service", "ZEROTOUCH_KMS_KEY", key.ID)
	gone := key
	gone.ID = "alias/nothing"
	wantRefused(t, withKMS(file, gone), "alias/nothing", "no key of AWS KMS")
	unreachable := key
	unreachable.Endpoint = closedPort(t)
	wantRefused(t, withKMS(file, unreachable), "no usable answer", "check the way")
	wantSecret(t, s) // who runs has no need of KMS
}

// testDenied makes moto check who asks, and asks as nobody.
func testDenied(t *testing.T, endpoint string, key kms.Key) {
	db := filepath.Join(t.TempDir(), "zerotouch.db")
	s := mustOpen(t, withKMS(db, key))
	resp, err := http.Post(endpoint+"/moto-api/reset-auth", "text/plain", strings.NewReader("0"))
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("moto does not check who asks: %v %v", resp, err)
	}
	_ = resp.Body.Close()
	wantRefused(t, withKMS(db, key), "AWS does not let this server use the KMS key", "let this server encrypt and decrypt")
	if _, err := s.Installation(t.Context()); err != nil {
		t.Error(err)
	}
}

// testMove: from a file to KMS, to another key of KMS, and back to a file, with a
// process that runs all the time and one that is restarted between the steps.
func testMove(t *testing.T, endpoint string, key kms.Key) {
	db := storetest.File(t, storetest.Options{})
	file := storetest.Open(t, db, storetest.Options{})
	if err := file.SetReseller(t.Context(), "snom", ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret("12345678")}, noon); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, withKMS(db, key), "in a key file", "rewrap --to-kms-key")
	broken := key
	broken.Endpoint = closedPort(t)
	var refused *sqlstore.StartError
	if err := file.AddRootKey(t.Context(), admin, sqlstore.NewRoot{Service: broken}); !errors.As(err, &refused) {
		t.Errorf("want it said that nothing was changed, got %v", err)
	}
	for range 2 { // again is no change
		if err := file.AddRootKey(t.Context(), admin, sqlstore.NewRoot{Service: key}); err != nil {
			t.Fatal(err)
		}
	}
	byKMS := mustOpen(t, withKMS(db, key))
	wantSecret(t, file, storetest.Open(t, db, storetest.Options{}), byKMS)
	if err := byKMS.WithdrawRootKey(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, storetest.Options{}.Config(db), "encrypted by a key service")

	second := mustCreate(t, endpoint)
	if err := byKMS.AddRootKey(t.Context(), admin, sqlstore.NewRoot{Service: second}); err != nil {
		t.Fatal(err)
	}
	bySecond := mustOpen(t, withKMS(db, second))
	wantSecret(t, mustOpen(t, withKMS(db, key)), bySecond)
	if err := bySecond.WithdrawRootKey(t.Context(), admin); err != nil {
		t.Fatal(err)
	}

	newFile := sqlstore.KeyFile(filepath.Join(t.TempDir(), "new.key"))
	if err := bySecond.AddRootKey(t.Context(), admin, sqlstore.NewRoot{File: newFile}); err != nil {
		t.Fatal(err)
	}
	cfg := storetest.Options{}.Config(db)
	cfg.RootKey = newFile
	back := mustOpen(t, cfg)
	if err := back.WithdrawRootKey(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	wantSecret(t, back, mustOpen(t, cfg))
	wantRefused(t, withKMS(db, second), "in a key file")
}

// testBound: what was encrypted for one installation decrypts for no other one.
func testBound(t *testing.T, key kms.Key) {
	sealed, arn, err := key.Encrypt(t.Context(), []byte("root"), "production")
	if err != nil || arn != key.ID {
		t.Fatalf("%s, %v", arn, err)
	}
	if got, err := key.Decrypt(t.Context(), sealed, "production"); err != nil || string(got) != "root" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := key.Decrypt(t.Context(), sealed, "staging"); !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
		t.Errorf("another installation: %v", err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := key.Decrypt(t.Context(), sealed, "production"); !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
		t.Errorf("damaged: %v", err)
	}
}

// closedPort is an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return "http://" + l.Addr().String()
}

// Answers as AWS documents them, those among them that moto does not give.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		code   ztp.Code
	}{
		"another key":   {400, `{"__type":"IncorrectKeyException","message":"The key ID in the request does not identify a CMK that can perform this operation."}`, ztp.CodeConfigurationMissing},
		"no such key":   {400, `{"__type":"NotFoundException","message":"Invalid keyId"}`, ztp.CodeConfigurationMissing},
		"no key":        {400, `{"__type":"ValidationException"}`, ztp.CodeConfigurationMissing},
		"not decrypted": {400, `{"__type":"InvalidCiphertextException"}`, ztp.CodeSealingKeyMismatch},
		"denied":        {400, `{"__type":"AccessDeniedException","Message":"not authorized to perform: kms:Decrypt"}`, ztp.CodeSecretStoreDenied},
		"disabled":      {400, `{"__type":"DisabledException"}`, ztp.CodeSecretStoreDenied},
		"to be deleted": {400, `{"__type":"KMSInvalidStateException"}`, ztp.CodeSecretStoreDenied},
		"signed wrong":  {400, `{"__type":"InvalidSignatureException"}`, ztp.CodeSecretStoreDenied},
		"throttled":     {400, `{"__type":"ThrottlingException","message":"Rate exceeded"}`, ztp.CodeSecretStoreThrottled},
		"slow down":     {429, `{}`, ztp.CodeSecretStoreThrottled},
		"inner error":   {500, `{"__type":"KMSInternalException"}`, ztp.CodeSecretStoreUnavailable},
		"not JSON":      {200, `<html>sign in to the network</html>`, ztp.CodeSecretStoreUnavailable},
		"nothing in it": {200, `{}`, ztp.CodeSecretStoreUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			}))
			defer server.Close()
			key := kms.Key{ID: "alias/zerotouch", Endpoint: server.URL, Load: mototest.Config(server.Client())}
			_, err := key.Decrypt(t.Context(), []byte("sealed"), "production")
			wantCode(t, tc.code, err)
			_, _, err = key.Encrypt(t.Context(), []byte("the-root-key-text"), "production")
			wantCode(t, tc.code, err)
			if strings.Contains(err.Error(), "the-root-key-text") {
				t.Errorf("the error repeats the root key: %v", err)
			}
		})
	}
}

// Where AWS does not accept who asks, that is said, and nobody is sent to change what
// the key allows.
func TestOwnCredentials(t *testing.T) {
	t.Parallel()
	for kind, own := range map[string]bool{"UnrecognizedClientException": true, "ExpiredTokenException": true, "AccessDeniedException": false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"__type":"` + kind + `"}`))
		}))
		defer server.Close()
		key := kms.Key{ID: "alias/zerotouch", Endpoint: server.URL, Load: mototest.Config(server.Client())}
		_, err := key.Decrypt(t.Context(), []byte("sealed"), "production")
		wantCode(t, ztp.CodeSecretStoreDenied, err)
		words := []string{"let this server encrypt and decrypt"}
		if own {
			words = []string{kind, "replace the AWS credentials"}
		}
		wantRefused(t, withKMS(filepath.Join(t.TempDir(), "zerotouch.db"), key), words...)
	}
}

func TestNotConfigured(t *testing.T) {
	t.Parallel()
	for name, load := range map[string]func(context.Context) (aws.Config, error){
		"no region":      func(context.Context) (aws.Config, error) { return aws.Config{}, nil },
		"no credentials": func(context.Context) (aws.Config, error) { return aws.Config{Region: "eu-central-1"}, nil },
		"unreadable":     func(context.Context) (aws.Config, error) { return aws.Config{}, errors.New("bad profile") },
	} {
		key := kms.Key{ID: "alias/zerotouch", Load: load}
		_, err := key.Decrypt(t.Context(), []byte("sealed"), "production")
		if !ztp.IsCode(err, ztp.CodeSecretStoreNotConfigured) {
			t.Errorf("%s: %v", name, err)
		}
		file := filepath.Join(t.TempDir(), "zerotouch.db")
		wantRefused(t, withKMS(file, key), "alias/zerotouch", "nothing was changed", "region and credentials")
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a refused first start left a database: %v", name, err)
		}
	}
}

func wantCode(t *testing.T, code ztp.Code, err error) {
	t.Helper()
	if !ztp.IsCode(err, code) || !strings.Contains(ztp.AsError(err).Detail, "alias/zerotouch") {
		t.Errorf("want %s naming the key, got %v", code, err)
	}
}
