package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"

	"github.com/alecthomas/kong"

	"zerotouch.example/api"
	"zerotouch.example/internal/server"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/ztp"
)

// The exit codes.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitNotFound = 3
	exitRefused  = 4
	exitUnknown  = 5
)

// usageError is a command that was not put together right.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// endedError is an operation that did not end well, or has not ended in the time
// that was given to it.
type endedError struct{ op api.Operation }

func (e endedError) Error() string {
	switch {
	case e.op.Error != nil:
		return (&api.Error{Problem: *e.op.Error}).Error()
	case e.op.State == api.OperationUnknown:
		return "something was sent and no answer came; it is checked again by itself"
	case !e.op.Final():
		return "it has not ended in the time given; it goes on, see: zerotouch operation watch " + e.op.ID
	}
	return "the operation ended: " + lower(ztp.OperationState(e.op.State))
}

// exitCode is what the process ends with after a command returned err.
func exitCode(err error) int {
	var (
		usage  usageError
		parse  *kong.ParseError
		ended  endedError
		found  foundError
		nope   notComparedError
		server *api.Error
		local  *ztp.Error
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &found), errors.As(err, &nope):
		return exitRefused
	case errors.As(err, &usage), errors.As(err, &parse), isSetting(err):
		return exitUsage
	case errors.As(err, &ended):
		return exitOfOperation(ended.op)
	case errors.As(err, &server):
		return exitOfStatus(server.Status, server.Code)
	case errors.As(err, &local):
		return exitOfStatus(local.Entry("").Status, string(local.Code))
	}
	return exitFailed
}

func isSetting(err error) bool {
	var wrong *server.SettingError
	return errors.As(err, &wrong)
}

func exitOfOperation(op api.Operation) int {
	switch {
	case op.State == api.OperationUnknown:
		return exitUnknown
	case op.Error != nil:
		return exitOfStatus(op.Error.Status, op.Error.Code)
	}
	return exitFailed
}

func exitOfStatus(status int, code string) int {
	switch {
	case code == "": // whoever answered was no zerotouch server
		return exitFailed
	case code == string(ztp.CodeOutcomeUnknown):
		return exitUnknown
	case status == http.StatusNotFound:
		return exitNotFound
	case status == http.StatusForbidden, status == http.StatusConflict, status == http.StatusUnprocessableEntity:
		return exitRefused
	}
	return exitFailed
}

// printError tells a person what went wrong: title, cause, fields, remedy, and
// the id to look for in the log.
func printError(w io.Writer, err error) {
	var (
		ended  endedError
		server *api.Error
		silent *api.NoAnswer
		local  *ztp.Error
		usage  usageError
		start  *sqlstore.StartError
	)
	switch {
	case errors.As(err, &start): // its cause may have a code; what to do is in its own words
		fmt.Fprintf(w, "zerotouch: %s\n", oneLine(err))
	case errors.As(err, &ended) && ended.op.Error != nil:
		printProblem(w, "zerotouch: ", *ended.op.Error)
		printWaysOut(w, ended.op.Platform, ended.op.Vendor, *ended.op.Error)
	case errors.As(err, &server):
		printProblem(w, "zerotouch: ", server.Problem)
	case errors.As(err, &silent) && errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "zerotouch: stopped before the answer came")
	case errors.As(err, &silent):
		printNoAnswer(w, silent)
	case errors.As(err, &local):
		entry := local.Entry("")
		printProblem(w, "zerotouch: ", api.Problem{Title: entry.Title, Detail: local.Detail, Code: string(local.Code), Remedy: entry.Remedy, Fields: local.Fields})
		if local.Code == ztp.CodeInternal || ztp.InDatabase(err) {
			if local.Err != nil {
				err = local.Err // what comes before it has been said
			}
			fmt.Fprintf(w, "  %s\n", oneLine(err))
		}
	case errors.As(err, &usage):
		// These are our own words, and may go over several lines.
		for i, line := range strings.Split(usage.text, "\n") {
			if i == 0 {
				line = "zerotouch: " + line
			}
			fmt.Fprintln(w, clean(line))
		}
	default:
		fmt.Fprintf(w, "zerotouch: %s\n", oneLine(err))
	}
}

// oneLine is the text of an error of somewhere below, which may have several lines.
func oneLine(err error) string {
	lines := strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' })
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return clean(strings.ReplaceAll(strings.Join(lines, "; "), ":; ", ": "))
}

// remedies are what to do where the server does not answer.
var remedies = map[api.Trouble]string{
	api.TroubleNobody:  "Is a server running there? Start it by: zerotouch serve. If it runs elsewhere, name its address by --url or ZEROTOUCH_URL.",
	api.TroubleName:    "Correct the address in --url or ZEROTOUCH_URL.",
	api.TroubleTime:    "See whether it runs and this machine reaches it; the address comes from --url or ZEROTOUCH_URL.",
	api.TroubleTLS:     "Correct the address in --url or ZEROTOUCH_URL, or the server's certificate; SSL_CERT_FILE names an authority that this machine shall trust.",
	api.TroubleOther:   "Name the address of zerotouch's portal and API by --url or ZEROTOUCH_URL, not that of the phones; if it is right, look at the proxy in front.",
	api.TroubleNetwork: "Try again; if it stays, see whether it runs and this machine reaches it. The address comes from --url or ZEROTOUCH_URL.",
}

// printNoAnswer tells that zerotouch itself did not answer.
func printNoAnswer(w io.Writer, e *api.NoAnswer) {
	fmt.Fprintf(w, "zerotouch: can't reach the server at %s: %s\n", clean(e.Server), clean(e.Reason))
	if e.MayHaveArrived {
		fmt.Fprintln(w, "  The request was sent and may have been carried out; look before you repeat it.")
	}
	fmt.Fprintf(w, "  %s\n", remedies[e.Kind])
}

// printWaysOut prints the commands for what a problem names: a company to adopt, a key
// to remove. A key of another copy of this installation is left alone.
func printWaysOut(w io.Writer, platform, vendor string, p api.Problem) {
	if p.Code == string(ztp.CodeAnotherCopyRunning) {
		return
	}
	for _, c := range p.Companies {
		fmt.Fprintf(w, "  zerotouch adopt %s %s %s\n", clean(platform), clean(vendor), clean(c.ID))
	}
	for _, k := range p.Keys {
		fmt.Fprintf(w, "  zerotouch revoke-key %s %s %s\n", clean(platform), clean(vendor), clean(k.ID))
	}
}

// printProblem prints what went wrong, as an error of this command (with prefix) or
// as a part of what it shows.
func printProblem(w io.Writer, prefix string, p api.Problem) {
	fmt.Fprintf(w, "%s%s (%s)\n", prefix, clean(p.Title), clean(p.Code))
	if p.Detail != "" && len(p.Fields) == 0 {
		fmt.Fprintf(w, "  %s\n", clean(p.Detail))
	}
	names := make([]string, 0, len(p.Fields))
	for name := range p.Fields {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(w, "  %s: %s\n", clean(name), clean(p.Fields[name]))
	}
	if p.Holder != "" {
		fmt.Fprintf(w, "  platform %s of this installation has it: zerotouch endpoint move %s MAC --to PLATFORM --account ACCOUNT\n", clean(p.Holder), clean(p.Holder))
	}
	for _, k := range p.Keys {
		fmt.Fprintf(w, "  key %s %s\n", clean(k.ID), clean(k.Name))
	}
	for _, c := range p.Companies {
		fmt.Fprintf(w, "  company %s %s\n", clean(c.ID), clean(c.Name))
	}
	if p.Operation != nil {
		fmt.Fprintf(w, "  operation %s: %s, %s\n", clean(p.Operation.ID), clean(ztp.OperationKind(p.Operation.Kind).Noun()), clean(lower(ztp.OperationState(p.Operation.State))))
	}
	if p.Remedy != "" {
		fmt.Fprintf(w, "  %s\n", clean(p.Remedy))
	}
	if p.RequestID != "" {
		fmt.Fprintf(w, "  request id %s\n", clean(p.RequestID))
	}
}
