package main

import (
	"fmt"
	"io"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// foundError ends a command that was to prove that nothing foreign is left, and did not.
type foundError struct{ proof *api.ExposureProof }

func (e foundError) Error() string {
	if e.proof == nil {
		return "nothing was proven: the link itself is not in order"
	}
	return fmt.Sprintf("something is there that is not ours: %s, %s",
		plural(e.proof.ForeignKeys, "key", "keys"), plural(e.proof.ForeignURLs, "address", "addresses"))
}

// unproven is the error of an operation that had to end with a proof of nothing
// foreign; nil when it did, or had not to.
func unproven(op api.Operation) error {
	asked := false
	for _, s := range op.Steps {
		asked = asked || s.Name == ztp.StepCompareURLs
	}
	switch {
	case !asked:
		return nil
	case op.Result == nil || op.Result.Proof == nil:
		return foundError{}
	case !op.Result.Proof.Clean():
		return foundError{op.Result.Proof}
	}
	return nil
}

// printFound names what a proof has found, each with the command that puts it right.
func printFound(w io.Writer, op api.Operation) {
	p := op.Result.Proof
	command := func(verb, what string) {
		fmt.Fprintf(w, "  zerotouch %s %s %s %s\n", verb, clean(op.Platform), clean(op.Vendor), clean(what))
	}
	for _, k := range op.Result.ForeignKeys {
		command("revoke-key", k.ID)
	}
	for _, target := range op.Result.ForeignEndpoints {
		command("fix-address", target)
	}
	if more := p.ForeignURLs - len(op.Result.ForeignEndpoints); more > 0 {
		fmt.Fprintf(w, "and %d more addresses, see: zerotouch proof %s %s\n", more, clean(op.Platform), clean(op.Vendor))
	}
	if !p.Clean() {
		fmt.Fprintf(w, "Then compare again: zerotouch check %s %s --exposed --wait\n", clean(op.Platform), clean(op.Vendor))
	}
}

type fixAddressCmd struct {
	action
	Target string `arg:"" help:"MAC, or the vendor's id of a profile, as 'zerotouch proof' names it."`
}

func (cmd *fixAddressCmd) Run(e *env) error {
	question := fmt.Sprintf("Put the address of %s at %s right? A phone or profile of %s gets its own address; anything else is no longer redirected. Nothing is deleted.",
		cmd.Target, cmd.Vendor, cmd.Platform)
	if err := e.confirm(cmd.Yes, question); err != nil {
		return err
	}
	return cmd.run(e, func(c *api.Client) (api.Answer, error) {
		return c.FixAddress(e.ctx, cmd.Platform, cmd.Vendor, cmd.Target)
	})
}

type proofCmd struct {
	remote
	atLink
	Limit int `default:"1000" placeholder:"N" help:"How many addresses to name at most, 0 for all (${default})."`
}

// Run shows what the last proof has found. It succeeds when that was nothing.
func (cmd *proofCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	l, err := c.Link(e.ctx, cmd.Platform, cmd.Vendor)
	if err != nil {
		return err
	}
	found, err := listed(c.ForeignAddresses(e.ctx, cmd.Platform, cmd.Vendor), cmd.Limit)
	if err != nil {
		return err
	}
	if err := cmd.show(e.stdout, l, found.Items); err != nil {
		return err
	}
	switch {
	case l.Proof == nil:
		return notComparedError(cmd.atLink)
	case !l.Proof.Clean():
		return foundError{l.Proof}
	}
	return nil
}

// notComparedError is asking for a proof where nothing was compared yet.
type notComparedError atLink

func (e notComparedError) Error() string {
	return fmt.Sprintf("nothing has been compared yet. To do it: zerotouch check %s %s --exposed --wait", e.Platform, e.Vendor)
}

// show prints the proof with what of it is open.
func (cmd *proofCmd) show(w io.Writer, l api.Link, found []api.ForeignAddress) error {
	if cmd.JSON {
		return printJSON(w, struct {
			Proof *api.ExposureProof   `json:"proof"`
			Items []api.ForeignAddress `json:"items"`
		}{l.Proof, found})
	}
	if l.Proof != nil {
		cmd.print(w, l)
	}
	if len(found) == 0 {
		return nil
	}
	rows := make([][]string, 0, len(found))
	for _, a := range found {
		rows = append(rows, []string{a.Target, a.Kind, a.Host, a.Account, a.Name, "zerotouch fix-address " + cmd.Platform + " " + cmd.Vendor + " " + a.Target})
	}
	return printTable(w, []string{"TARGET", "KIND", "LEADS TO", "ACCOUNT", "NAME", "COMMAND"}, rows)
}

// print is the proof, and what of it is open.
func (cmd *proofCmd) print(w io.Writer, l api.Link) {
	p := l.Proof
	fmt.Fprintf(w, "Compared at %s: %s and %s.\n", timeText(&p.ComparedAt),
		plural(p.EndpointsCompared, "endpoint", "endpoints"), plural(p.ProfilesCompared, "profile", "profiles"))
	fmt.Fprintf(w, "%s in the company that we did not make, %s whose URL is not ours.\n",
		plural(p.ForeignKeys, "key", "keys"), plural(p.ForeignURLs, "endpoint or profile", "endpoints and profiles"))
	if l.Error != nil {
		for _, k := range l.Error.Keys {
			fmt.Fprintf(w, "key %s %s\n  zerotouch revoke-key %s %s %s\n", clean(k.ID), clean(k.Name), clean(cmd.Platform), clean(cmd.Vendor), clean(k.ID))
		}
	}
	if !p.Clean() {
		fmt.Fprintf(w, "%d of the addresses are not put right yet. To compare again: zerotouch check %s %s --exposed --wait\n", l.ForeignURLs, clean(cmd.Platform), clean(cmd.Vendor))
	}
	if p.Listed < p.ForeignURLs {
		fmt.Fprintf(w, "Only the first %d are named; fix these, then compare again.\n", p.Listed)
	}
}
