package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type platformOffboardCmd struct {
	remote
	following
	Platform   string `arg:"" help:"Slug or id."`
	DryRun     bool   `name:"dry-run" help:"Only show what would be given up."`
	KeepPhones bool   `name:"keep-phones" help:"Serve phones in service as before, instead of sending them home."`
	YesRelease *int   `name:"yes-release" placeholder:"N" help:"That many phones are given up: needed for more than 100, and refused when it is not their number. Nothing is asked."`
}

func (cmd *platformOffboardCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	preview, err := c.OffboardPreview(e.ctx, cmd.Platform)
	if err != nil {
		return err
	}
	if cmd.DryRun && cmd.JSON {
		return printJSON(e.stdout, preview)
	}
	if cmd.DryRun {
		return printPreview(e.stdout, preview, cmd.KeepPhones)
	}
	in := api.Offboard{KeepPhones: cmd.KeepPhones, Phones: cmd.YesRelease}
	if len(preview.Vendors) > 0 && cmd.YesRelease == nil {
		if in.Phones, err = cmd.ask(e, preview); err != nil {
			return err
		}
	}
	o, err := c.Offboard(e.ctx, cmd.Platform, in)
	switch {
	case err != nil:
		return err
	case o.Nothing && cmd.JSON, !cmd.Wait && cmd.JSON:
		return printJSON(e.stdout, o)
	case o.Nothing:
		_, err := fmt.Fprintf(e.stdout, "Platform %s has nothing to give up at any vendor. Nothing was sent.\n", clean(preview.Platform))
		return err
	case !cmd.Wait:
		_, err := fmt.Fprintf(e.stdout, "Off-boarding %s is running. To see how far it is, and in the end its receipt: zerotouch offboarding show %s\n", o.ID, o.ID)
		return err
	}
	return followOffboarding(e, c, cmd.JSON, o, cmd.Timeout)
}

// ask shows the preview and asks on a terminal; for many phones their number and the
// platform's slug have to be typed.
func (cmd *platformOffboardCmd) ask(e *env, p api.OffboardPreview) (*int, error) {
	if cmd.Yes || !e.isTerminal {
		if p.Phones > p.AsksAbove {
			fmt.Fprintf(e.stderr, "Note: for more than %d phones say how many: --yes-release %d\n", p.AsksAbove, p.Phones)
		}
		return nil, nil
	}
	if err := printPreview(e.stderr, p, cmd.KeepPhones); err != nil {
		return nil, err
	}
	if p.Phones <= p.AsksAbove {
		return nil, e.confirm(false, fmt.Sprintf("Give all of this up for platform %s?", p.Platform))
	}
	fmt.Fprintf(e.stderr, "To give %s up, type the platform's slug and their number, such as %s %d: ", plural(p.Phones, "phone", "phones"), "acme", 486)
	line, err := bufio.NewReader(io.LimitReader(e.stdin, 100)).ReadString('\n')
	if err != nil && line == "" {
		return nil, errNotConfirmed
	}
	if strings.Join(strings.Fields(line), " ") != fmt.Sprintf("%s %d", p.Platform, p.Phones) {
		return nil, errNotConfirmed
	}
	return &p.Phones, nil
}

// printPreview prints what is given up, vendor by vendor in its order.
func printPreview(w io.Writer, p api.OffboardPreview, keepPhones bool) error {
	if len(p.Vendors) == 0 {
		_, err := fmt.Fprintf(w, "Platform %s has nothing to give up at any vendor.\n", clean(p.Platform))
		return err
	}
	var rows [][]string
	for _, v := range p.Vendors {
		for i, s := range v.Steps {
			if keepPhones && s.Step == "send_phones_home" {
				s.Count, s.Text = 0, "Not asked for: phones in service are served here as before."
			}
			rows = append(rows, []string{v.Vendor, fmt.Sprint(i + 1), s.Title, fmt.Sprint(s.Count), s.Text})
		}
	}
	if err := printTable(w, []string{"VENDOR", "ORDER", "WHAT", "COUNT", "WHICH MEANS"}, rows); err != nil {
		return err
	}
	if len(p.Ends) > 0 {
		fmt.Fprintf(w, "Waiting, and ended by it: %s\n", clean(strings.Join(p.Ends, ", ")))
	}
	return nil
}

// offboardingError is an off-boarding that did not come to its end.
type offboardingError struct{ o api.Offboarding }

func (e offboardingError) Error() string {
	switch e.o.State {
	case api.OffboardingRunning:
		return "it has not ended in the time given; it goes on, see: zerotouch offboarding show " + e.o.ID
	case api.OffboardingCancelled:
		return "the off-boarding was cancelled; what is left stays as it is"
	}
	return "the off-boarding stopped; asked for again, it takes up what is left: zerotouch platform offboard " + e.o.Platform
}

func followOffboarding(e *env, c *api.Client, asJSON bool, o api.Offboarding, timeout time.Duration) error {
	err := followed{
		line:  func() string { return offboardingProgress(o) },
		over:  func() bool { return o.Final() },
		ask:   func() (err error) { o, err = c.Offboarding(e.ctx, o.ID); return err },
		again: "The off-boarding goes on without us; to see it again: zerotouch offboarding show " + o.ID,
	}.follow(e, asJSON, timeout)
	if err != nil {
		return err
	}
	if err := printOffboarding(e.stdout, asJSON, o); err != nil {
		return err
	}
	if o.State == api.OffboardingDone {
		return nil
	}
	return offboardingError{o}
}

// offboardingProgress is how far one is, "" when it is over.
func offboardingProgress(o api.Offboarding) string {
	if o.Final() {
		return ""
	}
	var parts []string
	for _, p := range o.Vendors {
		parts = append(parts, fmt.Sprintf("%s: %d of %s given up. %s", p.Vendor, p.Released, plural(p.Phones, "phone", "phones"), p.Doing))
	}
	return strings.Join(parts, "; ")
}

// printOffboarding prints how an off-boarding stands, which in the end is its receipt.
func printOffboarding(w io.Writer, asJSON bool, o api.Offboarding) error {
	if asJSON {
		return printJSON(w, o)
	}
	home := ""
	switch {
	case o.PhonesHome != nil:
		home = fmt.Sprintf("%s came by so far", plural(*o.PhonesHome, "phone", "phones"))
	case o.KeepPhones:
		home = "no"
	}
	if err := printFields(w, "id", o.ID, "platform", o.Platform, "name", o.Name, "state", ztp.OffboardingState(o.State).Title(), "asked by", o.AskedBy,
		"asked at", timeText(&o.CreatedAt), "ended at", timeText(o.FinishedAt), "phones sent home", home); err != nil {
		return err
	}
	var rows [][]string
	for _, p := range o.Vendors {
		profiles := fmt.Sprint(p.ProfilesRemoved)
		if p.ProfilesOff > 0 {
			profiles += fmt.Sprintf(" (%d only off)", p.ProfilesOff)
		}
		rows = append(rows, []string{p.Vendor, ztp.OffboardingState(p.State).Title(), fmt.Sprintf("%d of %d", p.Released, p.Phones), fmt.Sprint(p.Refused), fmt.Sprint(p.Left),
			profiles, fmt.Sprint(p.KeysRevoked), p.CompanyID, p.Operation})
	}
	if err := printTable(w, []string{"VENDOR", "STATE", "GIVEN UP", "REFUSED", "LEFT", "PROFILES", "KEYS", "COMPANY", "OPERATION"}, rows); err != nil {
		return err
	}
	for _, p := range o.Vendors {
		if p.Doing != "" {
			fmt.Fprintf(w, "%s: %s\n", clean(p.Vendor), clean(p.Doing))
		}
		for _, s := range p.Stays {
			fmt.Fprintf(w, "%s, stays: %s\n", clean(p.Vendor), clean(s))
		}
		if p.Error != nil {
			printProblem(w, clean(p.Vendor)+": ", *p.Error)
		}
	}
	return nil
}

type offboardingCmd struct {
	List   offboardingListCmd   `cmd:"" help:"List off-boardings, newest first; they outlive their platforms."`
	Show   offboardingShowCmd   `cmd:"" help:"Show how an off-boarding stands, and in the end its receipt."`
	Cancel offboardingCancelCmd `cmd:"" help:"Leave the phones as they are that are not given up yet."`
}

type offboardingListCmd struct {
	remote
	Platform string `placeholder:"PLATFORM" help:"Only those of this platform; of a removed one by its id."`
	Limit    int    `default:"50" placeholder:"N" help:"At most so many; 0 for all (${default})."`
}

func (cmd *offboardingListCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	return printList(e, cmd.JSON, c.Offboardings(e.ctx, cmd.Platform), cmd.Limit,
		[]string{"ID", "PLATFORM", "STATE", "GIVEN UP", "ASKED AT", "BY", "ENDED AT"}, func(o api.Offboarding) []string {
			phones, released := 0, 0
			for _, p := range o.Vendors {
				phones, released = phones+p.Phones, released+p.Released
			}
			return []string{o.ID, o.Platform, ztp.OffboardingState(o.State).Title(), fmt.Sprintf("%d of %d", released, phones), timeText(&o.CreatedAt), o.AskedBy, timeText(o.FinishedAt)}
		})
}

type atOffboarding struct {
	remote
	ID string `arg:"" help:"Id of the off-boarding."`
}

type offboardingShowCmd struct{ atOffboarding }

func (cmd *offboardingShowCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	o, err := c.Offboarding(e.ctx, cmd.ID)
	if err != nil {
		return err
	}
	return printOffboarding(e.stdout, cmd.JSON, o)
}

type offboardingCancelCmd struct {
	atOffboarding
	asking
}

func (cmd *offboardingCancelCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if err := e.confirm(cmd.Yes, "Leave the phones as they are that are not given up yet, and profile and key with them?"); err != nil {
		return err
	}
	o, err := c.CancelOffboarding(e.ctx, cmd.ID)
	if err != nil {
		return err
	}
	return printOffboarding(e.stdout, cmd.JSON, o)
}
