package reseller_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/awscall/mototest"
	"zerotouch.example/internal/reseller"
	"zerotouch.example/internal/ztp"
)

// canary is the secret that no error may repeat.
const canary = "canary-secret-1234"

const prefix = "/zerotouch/test"

// ssmCases are parameters as somebody may leave them. The vendor names the case.
var ssmCases = []struct {
	vendor ztp.VendorName
	// kind is "" for a parameter that is not there.
	kind  types.ParameterType
	value string
	want  ztp.APIKey
	code  ztp.Code
	// says has to be part of the detail.
	says string
}{
	{vendor: "good", kind: types.ParameterTypeSecureString, value: `{"key_id":"ck_1","key_secret":"` + canary + `"}`,
		want: ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret(canary)}},
	{vendor: "role", kind: types.ParameterTypeSecureString, value: "\n {\"role\":\"Admin\", \"key_secret\":\"" + canary + "\", \"key_id\":\"ck_1\"}\n",
		want: ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret(canary), Role: "Admin"}},
	{vendor: "missing", code: ztp.CodeResellerCredentialsMissing, says: "There is no SSM parameter"},
	// Somebody chose the default type in the console.
	{vendor: "plain", kind: types.ParameterTypeString, value: `{"key_id":"ck_1","key_secret":"` + canary + `"}`,
		code: ztp.CodeResellerCredentialsMalformed, says: "not a SecureString"},
	// Only the secret was pasted.
	{vendor: "bare", kind: types.ParameterTypeSecureString, value: canary,
		code: ztp.CodeResellerCredentialsMalformed, says: "not a JSON object"},
	// Names as the vendor's own page writes them.
	{vendor: "names", kind: types.ParameterTypeSecureString, value: `{"keyId":"ck_1","keySecret":"` + canary + `"}`,
		code: ztp.CodeResellerCredentialsMalformed, says: "other than"},
	{vendor: "nosecret", kind: types.ParameterTypeSecureString, value: `{"key_id":"ck_1"}`,
		code: ztp.CodeResellerCredentialsMalformed, says: `"key_secret" is not right`},
}

func TestSSMMoto(t *testing.T) {
	t.Parallel()
	endpoint := mototest.Start(t)
	for _, c := range ssmCases {
		if c.kind != "" {
			mustPut(t, endpoint, prefix+"/"+string(c.vendor)+"/reseller", c.kind, c.value)
		}
	}
	rec := &recorder{answers: map[string]answer{}}
	src := reseller.SSM{Prefix: prefix, Endpoint: endpoint, Load: mototest.Config(rec)}
	testCases(t, src)
	if *update {
		mustWriteRecorded(t, rec)
	}
	testReplaced(t, endpoint, src)
	testRefusedByMoto(t, endpoint, src)
}

// testReplaced: what was seeded or replaced counts for the very next question.
func testReplaced(t *testing.T, endpoint string, src reseller.SSM) {
	t.Helper()
	if _, err := src.Reseller(t.Context(), "later"); !ztp.IsCode(err, ztp.CodeResellerCredentialsMissing) {
		t.Fatalf("before it is seeded: %v", err)
	}
	for _, id := range []string{"ck_first", "ck_second"} {
		mustPut(t, endpoint, src.Where("later"), types.ParameterTypeSecureString, `{"key_id":"`+id+`","key_secret":"`+canary+`"}`)
		got, err := src.Reseller(t.Context(), "later")
		if err != nil || got.ID != id {
			t.Errorf("after seeding %s: %v, %v", id, got, err)
		}
	}
}

// testRefusedByMoto makes moto check who asks, and asks as nobody.
func testRefusedByMoto(t *testing.T, endpoint string, src reseller.SSM) {
	t.Helper()
	resp, err := http.Post(endpoint+"/moto-api/reset-auth", "text/plain", strings.NewReader("0"))
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("moto does not check who asks: %v %v", resp, err)
	}
	_ = resp.Body.Close()
	_, err = src.Reseller(t.Context(), "good")
	checkRefusal(t, err, ztp.CodeSecretStoreDenied, src.Where("good"))
}

func TestSSMRecorded(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(replay(t))
	defer server.Close()
	testCases(t, reseller.SSM{Prefix: prefix, Endpoint: server.URL, Load: mototest.Config(server.Client())})
}

func testCases(t *testing.T, src reseller.SSM) {
	t.Helper()
	for _, c := range ssmCases {
		got, err := src.Reseller(t.Context(), c.vendor)
		if c.code == "" {
			if diff := cmp.Diff(c.want, got, cmp.Comparer(ztp.Secret.Equal)); err != nil || diff != "" {
				t.Errorf("%s: %v, -want +got:\n%s", c.vendor, err, diff)
			}
			continue
		}
		checkRefusal(t, err, c.code, src.Where(c.vendor))
		if e := ztp.AsError(err); !strings.Contains(e.Detail, c.says) {
			t.Errorf("%s: detail %q does not say %q", c.vendor, e.Detail, c.says)
		}
	}
}

// checkRefusal wants the code, the parameter's name in the detail, and the secret
// nowhere.
func checkRefusal(t *testing.T, err error, code ztp.Code, name string) {
	t.Helper()
	var e *ztp.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("%s: want %s, got %v", name, code, err)
		return
	}
	if !strings.Contains(e.Detail, name) {
		t.Errorf("detail %q does not name %s", e.Detail, name)
	}
	if all := fmt.Sprintf("%v %+v %#v %s", err, err, err, e.Detail); strings.Contains(all, canary) {
		t.Errorf("the secret stands in the error of %s", name)
	}
}

// refuse answers as AWS does when it refuses.
func refuse(status int, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"__type":"`+kind+`","message":"made up"}`)
	}
}

func raw(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

func TestSSMRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   ztp.Code
	}{
		// The role may not read the parameter, or not decrypt with its key.
		"denied": {refuse(400, "AccessDeniedException"), ztp.CodeSecretStoreDenied},
		// Keys of a deleted user, or of another partition.
		"unknown client": {refuse(400, "UnrecognizedClientException"), ztp.CodeSecretStoreDenied},
		"expired":        {refuse(400, "ExpiredTokenException"), ztp.CodeSecretStoreDenied},
		"kms key gone":   {refuse(400, "InvalidKeyId"), ztp.CodeSecretStoreDenied},
		// A proxy or policy in between refuses without saying it in AWS's words.
		"bare 403":  {refuse(403, "Forbidden"), ztp.CodeSecretStoreDenied},
		"throttled": {refuse(400, "ThrottlingException"), ztp.CodeSecretStoreThrottled},
		"bare 429":  {refuse(429, "Slow"), ztp.CodeSecretStoreThrottled},
		"their own": {refuse(500, "InternalServerError"), ztp.CodeSecretStoreUnavailable},
		"bad name":  {refuse(400, "ValidationException"), ztp.CodeConfigurationMissing},
		// A captive portal, and an answer that breaks off or is not what it should be.
		"html":       {raw("text/html", "<html>"+canary), ztp.CodeSecretStoreUnavailable},
		"truncated":  {raw("application/x-amz-json-1.1", `{"Parameter":{"Type":"SecureString","Value":"`+canary), ztp.CodeSecretStoreUnavailable},
		"wrong type": {raw("application/x-amz-json-1.1", `{"Parameter":{"Type":"SecureString","Value":["`+canary+`"]}}`), ztp.CodeSecretStoreUnavailable},
		"empty":      {raw("application/x-amz-json-1.1", `{}`), ztp.CodeResellerCredentialsMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(c.answer)
			defer server.Close()
			src := reseller.SSM{Prefix: prefix, Endpoint: server.URL, Load: mototest.Config(server.Client())}
			_, err := src.Reseller(t.Context(), "snom")
			checkRefusal(t, err, c.want, "/zerotouch/test/snom/reseller")
			if wait := ztp.AsError(err).RetryAfter; (wait > 0) != (c.want == ztp.CodeSecretStoreThrottled) {
				t.Errorf("RetryAfter %s with %s", wait, c.want)
			}
		})
	}
}

// TestSSMOwnCredentials: where AWS does not accept who asks, that is said, and
// nobody is sent to change what the parameter allows.
func TestSSMOwnCredentials(t *testing.T) {
	t.Parallel()
	own := func(err error) bool { return ztp.AsError(err).Case == ztp.CaseOwnCredentials }
	for kind, want := range map[string]bool{
		"UnrecognizedClientException": true, "InvalidSignatureException": true, "ExpiredTokenException": true, "InvalidClientTokenId": true,
		"AccessDeniedException": false, "InvalidKeyId": false, "Forbidden": false, "ParameterNotFound": false, "ThrottlingException": false,
	} {
		server := httptest.NewServer(refuse(403, kind))
		_, err := reseller.SSM{Prefix: prefix, Endpoint: server.URL, Load: mototest.Config(server.Client())}.Reseller(t.Context(), "snom")
		server.Close()
		if own(err) != want || want && !strings.Contains(ztp.AsError(err).Detail, kind) {
			t.Errorf("%s: %v", kind, err)
		}
		if remedy := ztp.AsError(err).Entry("Snom").Remedy; want && strings.Contains(remedy, "Allow this server") {
			t.Errorf("%s: what to do is %q", kind, remedy)
		}
	}
	// The role that hands credentials out refuses, before the parameter is asked for.
	for _, kind := range []string{"AccessDenied", "ExpiredTokenException", "InvalidIdentityToken"} {
		load := func(ctx context.Context) (aws.Config, error) {
			c, err := mototest.Config(nil)(ctx)
			c.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{}, fmt.Errorf("assume role: %w", &smithy.OperationError{ServiceID: "STS", OperationName: "AssumeRole",
					Err: &smithy.GenericAPIError{Code: kind, Message: "made up"}})
			})
			return c, err
		}
		_, err := reseller.SSM{Prefix: prefix, Load: load}.Reseller(t.Context(), "snom")
		checkRefusal(t, err, ztp.CodeSecretStoreDenied, "/zerotouch/test/snom/reseller")
		if !own(err) {
			t.Errorf("STS %s: %v", kind, err)
		}
	}
}

func TestSSMUnreachable(t *testing.T) {
	t.Parallel()
	// A port that was just free: the connection is refused.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	endpoint := "http://" + l.Addr().String()
	_ = l.Close()
	src := reseller.SSM{Prefix: prefix, Endpoint: endpoint, Load: mototest.Config(http.DefaultClient)}
	_, err = src.Reseller(t.Context(), "snom")
	checkRefusal(t, err, ztp.CodeSecretStoreUnavailable, src.Where("snom"))
}

// TestSSMSilent: a store that accepts and never answers costs the time that the
// caller gives, never more.
func TestSSMSilent(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	src := reseller.SSM{Prefix: prefix, Endpoint: server.URL, Load: mototest.Config(server.Client())}
	_, err := src.Reseller(ctx, "snom")
	checkRefusal(t, err, ztp.CodeSecretStoreUnavailable, src.Where("snom"))
}

func TestSSMNotConfigured(t *testing.T) {
	t.Parallel()
	complete, err := mototest.Config(nil)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, load := range map[string]func(context.Context) (aws.Config, error){
		"no region":      func(context.Context) (aws.Config, error) { c := complete; c.Region = ""; return c, nil },
		"no credentials": func(context.Context) (aws.Config, error) { c := complete; c.Credentials = nil; return c, nil },
		"none found": func(context.Context) (aws.Config, error) {
			c := complete
			c.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{}, errors.New("nothing in the chain")
			})
			return c, nil
		},
		"unreadable file": func(context.Context) (aws.Config, error) { return aws.Config{}, errors.New("bad file") },
	} {
		src := reseller.SSM{Prefix: prefix, Load: load}
		_, err := src.Reseller(t.Context(), "snom")
		t.Log(name)
		checkRefusal(t, err, ztp.CodeSecretStoreNotConfigured, src.Where("snom"))
	}
}

// TestSSMDefaultChain runs with the SDK's own search, on a machine without
// anything to find. It sets the environment, so it is not parallel.
func TestSSMDefaultChain(t *testing.T) {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	none := t.TempDir() + "/none"
	t.Setenv("AWS_CONFIG_FILE", none)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", none)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	server := httptest.NewServer(replay(t))
	defer server.Close()
	src := reseller.SSM{Prefix: prefix, Endpoint: server.URL}

	_, err := src.Reseller(t.Context(), "good")
	checkRefusal(t, err, ztp.CodeSecretStoreNotConfigured, src.Where("good"))
	if !strings.Contains(err.Error(), "region") {
		t.Errorf("a missing region is not named: %v", err)
	}
	t.Setenv("AWS_REGION", "eu-central-1")
	_, err = src.Reseller(t.Context(), "good")
	checkRefusal(t, err, ztp.CodeSecretStoreNotConfigured, src.Where("good"))
	if !strings.Contains(err.Error(), "credentials") {
		t.Errorf("missing credentials are not named: %v", err)
	}
	// Put in place, they count without a restart.
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "example-only")
	if got, err := src.Reseller(t.Context(), "good"); err != nil || got.ID != "ck_1" {
		t.Errorf("with region and credentials: %v, %v", got, err)
	}
}
