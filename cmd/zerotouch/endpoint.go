package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type endpointCmd struct {
	Register       endpointRegisterCmd       `cmd:"" help:"Register a phone at its vendor, or change a registered one."`
	Show           endpointShowCmd           `cmd:"" help:"Show a phone."`
	Pause          endpointPauseCmd          `cmd:"" help:"Keep the MAC, but no longer redirect the phone."`
	Resume         endpointResumeCmd         `cmd:"" help:"Redirect a paused phone again."`
	Release        endpointReleaseCmd        `cmd:"" help:"Give the MAC up: anybody may claim it then."`
	Replace        endpointReplaceCmd        `cmd:"" help:"Put a new phone in an old one's place."`
	Move           endpointMoveCmd           `cmd:"" help:"Move a phone to another platform."`
	Find           endpointFindCmd           `cmd:"" help:"Find phones on all platforms; of a whole MAC address tell its life, too."`
	Preview        endpointPreviewCmd        `cmd:"" help:"Show the settings file that a phone would get, with secrets masked."`
	Explain        endpointExplainCmd        `cmd:"" help:"Tell what stands between a phone and its first call, and what opens it."`
	SIP            endpointSIPCmd            `cmd:"" name:"sip" help:"Tell of phones whether the voice service has them registered."`
	Fetches        endpointFetchesCmd        `cmd:"" help:"List what a phone has asked for and what it got, the newest first."`
	Admit          endpointAdmitCmd          `cmd:"" help:"Open a phone's first-contact window again: it gets its settings at its next fetch."`
	Dismiss        endpointDismissCmd        `cmd:"" help:"Take note of a phone's alarm, and admit nobody."`
	Hold           endpointHoldCmd           `cmd:"" help:"Give a phone holding settings whatever it shows, until unhold or admit."`
	Unhold         endpointUnholdCmd         `cmd:"" help:"End a hold: the phone is judged as before."`
	Resync         endpointResyncCmd         `cmd:"" help:"Tell a phone by SIP to look for its settings again."`
	RotatePassword endpointRotatePasswordCmd `cmd:"" help:"Give a phone another HTTP password with its next settings."`
	List           endpointListCmd           `cmd:"" help:"List phones."`
	Import         endpointImportCmd         `cmd:"" help:"Register the phones of a CSV file."`
	Results        endpointResultsCmd        `cmd:"" help:"What became of each row of an import, as CSV."`
	Export         endpointExportCmd         `cmd:"" help:"Write the phones as CSV, in the format that import takes."`
}

// arrival is a day in UTC, or a time.
type arrival struct{ at *time.Time }

// UnmarshalText reads what was given on the command line.
func (a *arrival) UnmarshalText(text []byte) error {
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(form, string(text)); err == nil {
			a.at = &at
			return nil
		}
	}
	return errors.New("it is a date such as 2026-03-01, or a time such as 2026-03-01T09:00:00Z")
}

// atEndpoint is what every verb on one phone takes.
type atEndpoint struct {
	Platform string `arg:"" help:"Slug or id of the platform."`
	MAC      string `arg:"" name:"mac" help:"MAC address in any usual spelling."`
}

type endpointRegisterCmd struct {
	remote
	following
	atEndpoint
	Account  string  `required:"" placeholder:"ACCOUNT" help:"Slug or id of the account it belongs to."`
	Group    string  `placeholder:"NAME" help:"Product group; the vendor's default when left out."`
	Name     *string `placeholder:"NAME" help:"Name of the phone."`
	Model    *string `placeholder:"MODEL" help:"Its model, such as D785."`
	Serial   *string `placeholder:"NUMBER" help:"Its serial number."`
	PINFile  string  `name:"pin-file" placeholder:"FILE" help:"File whose first line is its PIN, - for standard input; only for vendors that register phones by it."`
	Expected arrival `placeholder:"DATE" help:"When it is expected to come for the first time, such as 2026-03-01 or 2026-03-01T09:00:00Z."`
	Paused   bool    `help:"Register it without redirecting it."`
}

func (cmd *endpointRegisterCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	in := api.PutEndpoint{Account: cmd.Account, ProductGroup: cmd.Group, Name: cmd.Name, Model: cmd.Model, Serial: cmd.Serial, ExpectedAt: cmd.Expected.at}
	if cmd.PINFile != "" {
		if in.PIN, err = pinIn(e, cmd.PINFile); err != nil {
			return err
		}
	}
	if cmd.Paused {
		in.Paused = &cmd.Paused
	}
	a, err := c.PutEndpoint(e.ctx, cmd.Platform, cmd.MAC, in)
	if err != nil {
		return err
	}
	return cmd.finish(e, c, cmd.JSON, a)
}

// pinIn reads a PIN, which never stands among the arguments.
func pinIn(e *env, file string) (*api.Secret, error) {
	var text string
	if file == "-" {
		line, err := e.readSecret("PIN")
		if err != nil {
			return nil, err
		}
		text = line
	} else {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, usagef("--pin-file: %v", err)
		}
		text, _, _ = strings.Cut(string(b), "\n")
	}
	pin := api.Secret(strings.TrimSpace(text))
	if pin == "" {
		return nil, usagef("--pin-file: there is no PIN in its first line.")
	}
	return &pin, nil
}

type endpointShowCmd struct {
	remote
	atEndpoint
}

func (cmd *endpointShowCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	p, err := c.Endpoint(e.ctx, cmd.Platform, cmd.MAC)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, p)
	}
	if err := printFields(e.stdout,
		"mac", p.MAC, "vendor", p.Vendor, "state", phoneState(p), "account", p.Account, "product group", p.ProductGroup,
		"name", p.Name, "model", p.Model, "serial", p.Serial, "confirmed by the vendor", timeText(p.ConfirmedAt),
		"first fetched its settings", timeText(p.FirstFetchedAt), "last fetched its settings", timeText(p.FetchedAt),
		"voice service", sipText(p.SIP), "assurance", assuranceText(p.Contact), "waits", waitsText(p.Contact),
	); err != nil {
		return err
	}
	if p.Error != nil {
		printProblem(e.stdout, "", *p.Error)
	}
	return nil
}

// sipText is what the voice service said last.
func sipText(s *api.SIP) string {
	switch {
	case s == nil:
		return ""
	case s.Registered:
		return "registered, " + timeText(&s.At)
	}
	if why := ztp.SIPReason(s.Reason).Title(); why != "" {
		return "not registered, " + timeText(&s.At) + ": " + why
	}
	return "not registered, " + timeText(&s.At)
}

type endpointPauseCmd struct {
	remote
	following
	atEndpoints
}

func (cmd *endpointPauseCmd) Run(e *env) error {
	if at, one := cmd.one(); one {
		return setPaused(e, cmd.remote, cmd.following, at, true)
	}
	return cmd.bulk(e, cmd.remote, cmd.following, "pause")
}

type endpointResumeCmd struct {
	remote
	following
	atEndpoints
}

func (cmd *endpointResumeCmd) Run(e *env) error {
	if at, one := cmd.one(); one {
		return setPaused(e, cmd.remote, cmd.following, at, false)
	}
	return cmd.bulk(e, cmd.remote, cmd.following, "resume")
}

// setPaused writes the phone as it is, with another pause.
func setPaused(e *env, r remote, f following, at atEndpoint, paused bool) error {
	c, err := r.client(e)
	if err != nil {
		return err
	}
	p, err := c.Endpoint(e.ctx, at.Platform, at.MAC)
	if err != nil {
		return err
	}
	if p.State == string(ztp.EndpointReleased) {
		return &ztp.Error{Code: ztp.CodeNotFound, What: "phone", Detail: "This phone is released. To have it back, register it again."}
	}
	a, err := c.PutEndpoint(e.ctx, at.Platform, at.MAC, api.PutEndpoint{
		Account: p.Account, ProductGroup: p.ProductGroup, Vendor: p.Vendor, Paused: &paused,
	})
	if err != nil {
		return err
	}
	return f.finish(e, c, r.JSON, a)
}

type endpointReleaseCmd struct {
	remote
	following
	atEndpoints
}

func (cmd *endpointReleaseCmd) Run(e *env) error {
	at, one := cmd.one()
	if !one {
		return cmd.bulk(e, cmd.remote, cmd.following, "release")
	}
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Give up %s? Anybody may claim it then.", at.MAC)); err != nil {
		return err
	}
	a, err := c.ReleaseEndpoint(e.ctx, at.Platform, at.MAC)
	if err != nil {
		return err
	}
	return cmd.finish(e, c, cmd.JSON, a)
}

type endpointListCmd struct {
	remote
	Platform string `arg:"" help:"Slug or id of the platform."`
	Search   string `placeholder:"TEXT" help:"Four or more digits of the MAC in a row, or beginnings of words of name, model and serial number."`
	State    string `placeholder:"STATE" help:"waiting, registered, paused, failed or released."`
	Account  string `placeholder:"ACCOUNT" help:"Slug or id of the account."`
	Model    string `placeholder:"MODEL" help:"Exactly this model, such as D785."`
	Found    bool   `help:"Only those with an address that is not ours."`
	Sort     string `placeholder:"BY" help:"mac, name, state or fetched; --sort=-name the other way round."`
}

func (cmd *endpointListCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	state, err := ztp.ParseEndpointState(cmd.State)
	if err != nil {
		return err
	}
	f := api.EndpointFilter{Text: cmd.Search, State: string(state), Account: cmd.Account, Model: cmd.Model, Found: cmd.Found, Sort: cmd.Sort}
	header := []string{"MAC", "STATE", "ACCOUNT", "GROUP", "NAME", "CONFIRMED"}
	return printList(e, cmd.JSON, c.Endpoints(e.ctx, cmd.Platform, f), 0, header, func(p api.Endpoint) []string {
		return []string{p.MAC, listedState(p), p.Account, p.ProductGroup, p.Name, timeText(p.ConfirmedAt)}
	})
}

// listedState is phoneState in a list, with why the phone waits.
func listedState(p api.Endpoint) string {
	if p.Waits == "" {
		return phoneState(p)
	}
	return phoneState(p) + ", waits: " + ztp.Waiting(p.Waits).Title()
}

// phoneState is the state of a phone in the portal's words.
func phoneState(p api.Endpoint) string {
	e := ztp.Endpoint{State: ztp.EndpointState(p.State), WantPaused: p.Paused, PausedBy: ztp.OperationID(p.PausedBy)}
	if p.ConfirmedAt != nil {
		e.ConfirmedAt = *p.ConfirmedAt
	}
	return e.Title()
}
