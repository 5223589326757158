package main

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"text/tabwriter"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// remoteCommands are the verbs that go through the API of a running server.
type remoteCommands struct {
	Platform      platformCmd      `cmd:"" help:"Platforms."`
	Account       accountCmd       `cmd:"" help:"Accounts of a platform."`
	Status        statusCmd        `cmd:"" help:"What a platform has at every vendor."`
	Onboard       onboardCmd       `cmd:"" help:"Make company, key and profile at a vendor; --all for every platform."`
	Rotate        rotateCmd        `cmd:"" help:"Replace the key at a vendor; --all for every platform."`
	Disable       disableCmd       `cmd:"" help:"End a platform's wiring with a vendor: revoke the keys, pause the phones."`
	Connect       connectCmd       `cmd:"" help:"Bring a key that was made in the vendor's portal."`
	Check         checkCmd         `cmd:"" help:"Read at the vendor how things are; changes nothing there."`
	Adopt         adoptCmd         `cmd:"" help:"Take up a company at a vendor as the platform's; --all for many."`
	RevokeKey     revokeKeyCmd     `cmd:"" help:"Remove a key at a vendor that is not the one in force."`
	Proof         proofCmd         `cmd:"" help:"What the last proof has found in a platform's company that is not ours; see check --exposed."`
	FixAddress    fixAddressCmd    `cmd:"" help:"Put one foreign address at a vendor right."`
	UpdateAddress updateAddressCmd `cmd:"" help:"Give the vendor the platform's present provisioning URL."`
	Rebuild       rebuildCmd       `cmd:"" help:"After the loss of database and key: take up what a vendor has of this installation."`
	Reconcile     reconcileCmd     `cmd:"" help:"Compare companies, keys and profiles with a vendor's, and put right what differs."`
	Sync          syncCmd          `cmd:"" help:"Compare a platform's phones with a vendor's list, and adopt, fix or release what differs."`
	Campaign      campaignCmd      `cmd:"" help:"Campaigns: the same operation on many platforms, made by --all."`
	Offboarding   offboardingCmd   `cmd:"" help:"Off-boardings of platforms and their receipts."`
	Endpoint      endpointCmd      `cmd:"" help:"Phones of a platform."`
	Settings      settingsCmd      `cmd:"" help:"Settings of phones: of the installation, a platform, an account or one phone."`
	Phones        phonesCmd        `cmd:"" help:"Phones that wait here, and such as nobody has registered."`
	Operation     operationCmd     `cmd:"" help:"Operations: what is running and what has run."`
	Writes        writesCmd        `cmd:"" help:"Whether anything is changed at vendors: the switch for the whole installation."`
	Audit         auditCmd         `cmd:"" help:"The audit log."`
	Health        healthCmd        `cmd:"" help:"What the server knows of itself and of its replicas; no vendor is asked."`
}

// defaultURL is where a server of the default configuration listens.
const defaultURL = "http://127.0.0.1:8080"

// remote is what every remote verb takes.
type remote struct {
	URL  string `name:"url" placeholder:"URL" help:"Address of the server. Default: $$ZEROTOUCH_URL, else http://127.0.0.1:8080."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// client makes the API client. The token comes from the environment alone.
func (r remote) client(e *env) (*api.Client, error) {
	address := r.URL
	if address == "" {
		address = e.getenv("ZEROTOUCH_URL")
	}
	if address == "" {
		address = defaultURL
	}
	token := e.getenv("ZEROTOUCH_TOKEN")
	if token == "" {
		return nil, usagef("ZEROTOUCH_TOKEN is not set. Make a token on the server's host with: zerotouch token add NAME")
	}
	c, err := api.New(address, token, api.WithUserAgent("zerotouch-cli"))
	if err != nil {
		return nil, usagef("%v", err)
	}
	return c, nil
}

// asking is embedded by verbs that may ask on a terminal first.
type asking struct {
	Yes bool `name:"yes" short:"y" help:"Don't ask on a terminal; without one nothing is asked."`
}

// following is embedded by verbs that start an operation. All take --yes, so that a
// script need not know which of them ask.
type following struct {
	asking
	Wait    bool          `name:"wait" help:"Follow the operation until it ends."`
	Timeout time.Duration `name:"timeout" default:"10m" placeholder:"TIME" help:"How long --wait waits (${default})."`
}

// pollTime is how long one request waits while steps are printed as they come.
const pollTime = time.Second

// waitTime is how long the next request may wait: most, or what is left until end.
func waitTime(most time.Duration, end time.Time) time.Duration {
	return min(most, time.Until(end).Round(time.Millisecond)+time.Millisecond)
}

// followed is what is looked at until it ends: a campaign, an off-boarding, a resync.
type followed struct {
	// line is how far it is, printed when it changes; "" prints nothing.
	line func() string
	over func() bool
	// ask asks the server how it stands now.
	ask func() error
	// again is said when the server can't be asked any more: how to look at it later.
	again string
}

// follow asks about once a second until it is over or the time is.
func (p followed) follow(e *env, quiet bool, timeout time.Duration) error {
	printed := ""
	for end := time.Now().Add(timeout); ; {
		if line := p.line(); line != printed && line != "" && !quiet {
			fmt.Fprintln(e.stdout, clean(line))
			printed = line
		}
		if p.over() || !time.Now().Before(end) {
			return nil
		}
		select {
		case <-time.After(min(pollTime, time.Until(end))):
		case <-e.ctx.Done():
			return e.ctx.Err()
		}
		if err := p.ask(); err != nil {
			fmt.Fprintln(e.stderr, clean(p.again))
			return err
		}
	}
}

// finish tells what a change answered: that nothing had to be done, which
// operation was queued, or with --wait how that ended.
func (f following) finish(e *env, c *api.Client, asJSON bool, a api.Answer) error {
	if a.Operation == nil {
		return printAtOnce(e, asJSON, a)
	}
	if a.Operation.Hint != "" {
		fmt.Fprintf(e.stderr, "Note: %s\n", clean(a.Operation.Hint))
	}
	if f.Wait {
		return watch(e, c, asJSON, *a.Operation, f.Timeout)
	}
	if asJSON {
		return printJSON(e.stdout, a.Operation)
	}
	fmt.Fprintf(e.stdout, "Operation %s is %s. To follow it: zerotouch operation watch %s\n", a.Operation.ID, clean(lower(ztp.OperationState(a.Operation.State))), a.Operation.ID)
	return nil
}

func printAtOnce(e *env, asJSON bool, a api.Answer) error {
	if asJSON {
		return printJSON(e.stdout, a)
	}
	switch {
	case a.AlreadyOnboarded:
		fmt.Fprintf(e.stdout, "Already onboarded: company %s. Nothing was sent.\n", clean(a.Link.CompanyID))
	case a.AlreadyDisabled:
		fmt.Fprintln(e.stdout, "There is nothing to disable. Nothing was sent.")
	default:
		fmt.Fprintln(e.stdout, "Nothing had to be done.")
	}
	return nil
}

// watch follows an operation and prints each step once, when it is over. It
// returns nil when the operation is done and has proven what it had to, else an
// endedError or a foundError.
func watch(e *env, c *api.Client, asJSON bool, op api.Operation, timeout time.Duration) error {
	p := stepPrinter{w: e.stdout, quiet: asJSON}
	p.print(op)
	for end := time.Now().Add(timeout); !op.Final() && time.Now().Before(end); {
		next, err := c.WaitOperation(e.ctx, op.ID, waitTime(pollTime, end))
		if err != nil {
			fmt.Fprintf(e.stderr, "The operation goes on without us; to follow it again: zerotouch operation watch %s\n", clean(op.ID))
			return err
		}
		op = next
		p.print(op)
	}
	if asJSON {
		if err := printJSON(e.stdout, op); err != nil {
			return err
		}
	} else {
		printEnd(e.stdout, op)
	}
	if op.State == api.OperationDone {
		return unproven(op)
	}
	return endedError{op}
}

// stepPrinter prints every step that is over once, and why an operation waits.
type stepPrinter struct {
	w       io.Writer
	quiet   bool
	printed int
	waiting string
}

func (p *stepPrinter) print(op api.Operation) {
	if p.quiet {
		return
	}
	for p.printed < len(op.Steps) {
		s := op.Steps[p.printed]
		if s.State != "done" && s.State != "skipped" && (s.State != "failed" || !op.Final()) {
			break
		}
		fmt.Fprintf(p.w, "%-8s %s", s.State, ztp.StepTitle(clean(s.Name)))
		if s.Note != "" {
			fmt.Fprintf(p.w, ": %s", clean(s.Note))
		}
		fmt.Fprintln(p.w)
		p.printed++
	}
	waiting := ""
	if op.State == api.OperationWaiting || op.State == api.OperationUnknown {
		waiting = fmt.Sprintf("%-8s %s\n", lower(ztp.OperationState(op.State)), clean(op.Waiting))
	}
	if waiting != p.waiting {
		fmt.Fprint(p.w, waiting)
	}
	p.waiting = waiting
}

// operationTitle says what an operation is and where: Rotation of acme at snom.
func operationTitle(op api.Operation) string {
	noun := ztp.OperationKind(op.Kind).Noun()
	title := strings.ToUpper(noun[:1]) + noun[1:] + " of "
	if op.MAC != "" {
		title += op.MAC + " for "
	}
	return title + op.Platform + " at " + op.Vendor
}

// lower is a word of a state inside a sentence.
func lower(state interface{ Title() string }) string { return strings.ToLower(state.Title()) }

func printEnd(w io.Writer, op api.Operation) {
	fmt.Fprintf(w, "%s: %s\n", clean(operationTitle(op)), clean(lower(ztp.OperationState(op.State))))
	if op.Outcome != "" {
		fmt.Fprintln(w, clean(op.Outcome))
	}
	if op.State == string(ztp.OperationDone) && op.Error != nil {
		printProblem(w, "found: ", *op.Error)
		printWaysOut(w, op.Platform, op.Vendor, *op.Error)
	}
	r := op.Result
	if r == nil {
		return
	}
	for _, k := range r.ForeignKeys {
		fmt.Fprintf(w, "key that we did not make, not touched: %s %s\n", clean(k.ID), clean(k.Name))
	}
	for _, c := range r.Companies {
		fmt.Fprintf(w, "company to choose from: %s %s\n", clean(c.ID), clean(c.Name))
	}
	notOurs := "address that is not ours, not touched"
	if r.Rebuilt != nil {
		notOurs = "phone that was not taken"
		for _, k := range r.Rebuilt.OldKeys {
			fmt.Fprintf(w, "key of ours from before, not touched: %s %s\n", clean(k.ID), clean(k.Name))
		}
	}
	for _, m := range r.ForeignEndpoints {
		fmt.Fprintf(w, "%s: %s\n", notOurs, clean(m))
	}
	for _, m := range r.FailedEndpoints {
		fmt.Fprintf(w, "phone that the vendor refused: %s\n", clean(m))
	}
	if r.Proof != nil {
		printFound(w, op)
	}
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printList prints up to limit items of a list, all for 0: as JSON in the shape
// of the API, or as a table with one row each.
func printList[T any](e *env, asJSON bool, items iter.Seq2[T, error], limit int, header []string, row func(T) []string) error {
	list, err := listed(items, limit)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(e.stdout, list)
	}
	rows := make([][]string, 0, len(list.Items))
	for _, item := range list.Items {
		rows = append(rows, row(item))
	}
	return printTable(e.stdout, header, rows)
}

// listed reads a list, limit items of it at most, 0 for all.
func listed[T any](items iter.Seq2[T, error], limit int) (api.List[T], error) {
	list := api.List[T]{Items: []T{}}
	for item, err := range items {
		if err != nil {
			return list, err
		}
		list.Items = append(list.Items, item)
		if len(list.Items) == limit {
			break
		}
	}
	return list, nil
}

func printTable(w io.Writer, header []string, rows [][]string) error {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(tw, strings.Join(header, "\t"))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = clean(cell)
		}
		fmt.Fprintln(tw, strings.Join(cells, "\t"))
	}
	return tw.Flush()
}

// printFields prints one thing as lines of name and value; empty values are left out.
func printFields(w io.Writer, pairs ...string) error {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(tw, "%s\t%s\n", pairs[i], clean(pairs[i+1]))
		}
	}
	return tw.Flush()
}

// clean keeps what vendors and people have written from steering the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return '?'
		}
		return r
	}, s)
}

func timeText(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
