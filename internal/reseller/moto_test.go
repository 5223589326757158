package reseller_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"zerotouch.example/internal/awscall/mototest"
)

var update = flag.Bool("update", false, "record the answers of moto_server again into testdata")

const recordedFile = "testdata/recorded.json"

// answer is one recorded answer of an SSM that is not ours.
type answer struct {
	Status      int             `json:"status"`
	ContentType string          `json:"content_type"`
	ErrorType   string          `json:"error_type,omitempty"`
	Body        json.RawMessage `json:"body"`
}

// mustPut stores a parameter, replacing an earlier one.
func mustPut(t *testing.T, endpoint, name string, kind types.ParameterType, value string) {
	t.Helper()
	cfg, err := mototest.Config(http.DefaultClient)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := ssm.NewFromConfig(cfg, func(o *ssm.Options) { o.BaseEndpoint = &endpoint })
	if _, err := client.PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: &name, Type: kind, Value: &value, Overwrite: aws.Bool(true),
	}); err != nil {
		t.Fatal(err)
	}
}

// recorder passes requests on and keeps the answers by parameter name.
type recorder struct {
	mu      sync.Mutex
	answers map[string]answer
}

func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	name, err := parameterName(req)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(strings.NewReader(string(body)))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[name] = answer{
		Status: resp.StatusCode, ContentType: resp.Header.Get("Content-Type"),
		ErrorType: resp.Header.Get("X-Amzn-Errortype"), Body: body,
	}
	return resp, nil
}

// parameterName reads the name asked for and leaves the body as it was.
func parameterName(req *http.Request) (string, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return "", err
	}
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	var in struct {
		Name           string
		WithDecryption bool
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return "", err
	}
	if !in.WithDecryption {
		return "", fmt.Errorf("asked for %s without decryption", in.Name)
	}
	return in.Name, nil
}

// replay answers as moto_server once did.
func replay(t *testing.T) http.Handler {
	t.Helper()
	b, err := os.ReadFile(recordedFile)
	if err != nil {
		t.Fatal(err)
	}
	var recorded map[string]answer
	if err := json.Unmarshal(b, &recorded); err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, err := parameterName(r)
		a, ok := recorded[name]
		if err != nil || !ok || r.Header.Get("X-Amz-Target") != "AmazonSSM.GetParameter" {
			http.Error(w, "not recorded", http.StatusTeapot)
			return
		}
		w.Header().Set("Content-Type", a.ContentType)
		if a.ErrorType != "" {
			w.Header().Set("X-Amzn-Errortype", a.ErrorType)
		}
		w.WriteHeader(a.Status)
		_, _ = w.Write(a.Body)
	})
}

func mustWriteRecorded(t *testing.T, r *recorder) {
	t.Helper()
	b, err := json.MarshalIndent(r.answers, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(recordedFile, append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
