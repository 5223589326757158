package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// env is what a command gets from outside; nothing below main reads globals.
type env struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	// environ is all of it, to find what is misspelt.
	environ []string
	// isTerminal reports whether a person sits at stdin. Without one nothing is asked.
	isTerminal bool
}

// maxSecret bounds what is read as a secret.
const maxSecret = 4096

// maxText bounds what is read as a text of several lines; what is longer is refused as cut short.
const maxText = 64 << 10

// errNotConfirmed ends a command whose question was not answered with yes.
var errNotConfirmed = errors.New("not confirmed; nothing was done")

// confirm asks a question on a terminal, unless yes says that it was answered
// already. Without a terminal it asks nothing.
func (e *env) confirm(yes bool, question string) error {
	if yes || !e.isTerminal {
		return nil
	}
	fmt.Fprintf(e.stderr, "%s [y/N] ", question)
	line, err := bufio.NewReader(io.LimitReader(e.stdin, 100)).ReadString('\n')
	if err != nil && line == "" {
		return errNotConfirmed
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errNotConfirmed
}

// input opens the file of --file, behind the byte order mark that spreadsheets put first; - is
// the standard input. Close it when done.
func (e *env) input(file string) (io.ReadCloser, error) {
	in := io.NopCloser(e.stdin)
	if file != "-" {
		f, err := openFile(file)
		if err != nil {
			return nil, usagef("--file: %v", err)
		}
		in = f
	}
	text := bufio.NewReader(in)
	if mark, _ := text.Peek(3); string(mark) == "\ufeff" {
		_, _ = text.Discard(3)
	}
	return struct {
		io.Reader
		io.Closer
	}{text, in}, nil
}

// openFile opens what is to be read, which no folder is: that opens too, and would fail only
// when a part of the request was sent.
func openFile(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if i, err := f.Stat(); err == nil && i.IsDir() {
		_ = f.Close() // only read
		return nil, fmt.Errorf("%s is a folder", name)
	}
	return f, nil
}

// readSecret reads a secret: on a terminal after a prompt and without showing it,
// otherwise the first line of standard input. It is never an argument, since
// those are readable by everybody on the host.
func (e *env) readSecret(prompt string) (string, error) {
	if file, ok := e.stdin.(interface{ Fd() uintptr }); ok && e.isTerminal {
		fmt.Fprint(e.stderr, prompt+": ")
		b, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(e.stderr)
		return nonEmptySecret(prompt, string(b), err)
	}
	line, err := bufio.NewReader(io.LimitReader(e.stdin, maxSecret)).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return nonEmptySecret(prompt, strings.TrimRight(line, "\r\n"), err)
}

// readText reads all of standard input, which has several lines.
func (e *env) readText(what string) (string, error) {
	text, err := io.ReadAll(io.LimitReader(e.stdin, maxText))
	return nonEmptySecret(what, strings.TrimSpace(string(text)), err)
}

func nonEmptySecret(what, s string, err error) (string, error) {
	if err != nil {
		return "", fmt.Errorf("read the %s: %w", strings.ToLower(what), err)
	}
	if s == "" {
		return "", usagef("The %s is read from standard input, and that was empty.", strings.ToLower(what))
	}
	return s, nil
}
