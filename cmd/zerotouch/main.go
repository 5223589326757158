// Command zerotouch makes factory-fresh desk phones find their platform's
// provisioning URL by themselves. It is the server, the command line of its
// operators, and the simulators, in one program.
//
// This package only parses and wires: every verb is a struct with a Run method,
// remote verbs go through package api, local ones open the store. Start reading
// at root.go, then serve.go.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
