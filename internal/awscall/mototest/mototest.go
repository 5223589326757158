// Package mototest runs moto_server, a stand-in for AWS, for tests. It is a program
// of others, so it shares no mistake with us. Start reading at Start.
package mototest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Start starts moto_server and returns its address. Where it is missing or
// does not run here, the test is skipped, or fails when it is required.
func Start(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("moto_server")
	if err != nil {
		withoutMoto(t, err.Error())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	_ = l.Close()

	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "-H", "127.0.0.1", "-p", port)
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		stop()
		withoutMoto(t, err.Error())
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { stop(); <-ended })
	if !answers("http://"+address+"/moto-api/", ended) {
		withoutMoto(t, path+" does not run on this machine")
	}
	return "http://" + address
}

// answers polls the address until it answers, for at most a minute, or until the
// process behind it has ended.
func answers(url string, ended <-chan struct{}) bool {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for {
		select {
		case <-ended:
			return false
		case <-late:
			return false
		case <-tick.C:
			if resp, err := http.Get(url); err == nil {
				_ = resp.Body.Close()
				return true
			}
		}
	}
}

func withoutMoto(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("ZEROTOUCH_TEST_REQUIRE_MOTO") != "" {
		t.Fatal("moto_server is required here and cannot be used: " + why)
	}
	_, _ = fmt.Fprintln(os.Stderr, "SKIPPED: AWS is tested with recorded answers only, moto_server is missing: "+why)
	t.Skip("moto_server is missing, recorded answers are used instead: " + why)
}

// Config is a complete configuration that belongs to nobody.
func Config(client aws.HTTPClient) func(context.Context) (aws.Config, error) {
	return func(context.Context) (aws.Config, error) {
		return aws.Config{
			Region:      "eu-central-1",
			Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "example-only", ""),
			HTTPClient:  client,
		}, nil
	}
}
