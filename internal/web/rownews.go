package web

import (
	"fmt"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// news is what the reader's own action led to: a success, or a failure that the
// link itself does not show. nil when there is nothing new.
func (b rowBuilder) news() *message {
	switch b.in.Note {
	case noteOnboarded:
		if b.in.View.Active != 0 {
			return &message{Kind: "info", Title: "Already onboarded", Paras: []string{
				"Nothing was sent to " + b.title() + ". The company ID and the last-set time are unchanged."}}
		}
	case noteDisabled:
		if b.in.View.Active == 0 {
			return &message{Kind: "info", Title: "Already disabled", Paras: []string{
				"Nothing was sent to " + b.title() + ". There is no key of this platform to revoke."}}
		}
	}
	op := b.in.Own
	if op == nil {
		return nil
	}
	switch {
	case op.State == ztp.OperationDone:
		return b.success(op)
	case op.State.Final():
		return b.failure(op)
	case op.HoldsLink:
		return nil
	}
	return b.beside(op)
}

// failure of an own operation whose problem the link does not carry already.
func (b rowBuilder) failure(op *ztp.Operation) *message {
	p := op.Error
	if p == nil || b.in.View.Error != nil && b.in.View.Error.Code == p.Code {
		return nil
	}
	own := b
	own.in.Tried = op.Kind
	m := own.problem(p)
	return &m
}

// beside is an own operation that leaves the link usable while it runs.
func (b rowBuilder) beside(op *ztp.Operation) *message {
	m := &message{Kind: "busy", Handled: op.Data.Handled, Total: op.Data.Total}
	switch op.Kind {
	case ztp.KindCheck:
		m.Title = "Checking with " + b.title()
		if c := op.Data.ProofProgress; c != nil {
			m.Title = "Comparing every address with ours: " + plural(c.Compared, "phone", "phones") + " so far"
		}
	case ztp.KindPauseForeign:
		m.Title = "Pausing the redirection at " + b.title()
	case ztp.KindRevokeKey:
		m.Title = "Removing the key at " + b.title()
	case ztp.KindUpdateAddress:
		m.Title = "Updating the address at " + b.title()
	case ztp.KindOnboard, ztp.KindAdopt, ztp.KindConnect:
		m.Title = b.title() + " onboarded; paused phones are being redirected again"
	default:
		return nil
	}
	switch op.State {
	case ztp.OperationWaiting:
		m.Paras = []string{waiting(op)}
	case ztp.OperationUnknown:
		m.Paras = []string{b.title() + " didn't answer in time. It is read again at " + clock(op.NextAt) + " UTC, by itself."}
	default:
		m.Paras = []string{"Started at " + clock(op.CreatedAt) + " UTC. You can leave this page."}
	}
	return m
}

// success says what is so now, in the first line what the reader asked for.
func (b rowBuilder) success(op *ztp.Operation) *message {
	if op.Kind.ChangesLink() && op.Kind.EndsLink() == (b.in.View.Active != 0) {
		return nil // somebody has changed it since
	}
	w := op.Outcome(b.title())
	if w.Title == "" {
		return nil // what it found is the message, or was
	}
	m := &message{Kind: "ok", Title: w.Title, Paras: []string{w.Text}}
	if p := op.Data.Proof; p != nil && !p.Clean() {
		m.Kind = "info" // done, and not all is well
	}
	switch op.Kind {
	case ztp.KindOnboard, ztp.KindConnect, ztp.KindAdopt:
		b.onboarded(m, op)
	case ztp.KindRotate:
		b.rotated(m, op)
	case ztp.KindOffboard:
		m.Buttons = []button{{Label: "See the receipt", Href: offboardingPath(op.Params.Offboarding)}}
	case ztp.KindDisable:
		b.disabled(m, op)
	case ztp.KindCheck:
		if e := b.in.View.Error; e != nil && !e.At.Before(op.CreatedAt) {
			return nil // the finding is the message
		}
		if op.Data.Proof != nil {
			m.Buttons = []button{b.seeProof("See the proof", "")}
		}
	case ztp.KindRevokeKey:
		m.Paras[0] = strings.Replace(w.Text, op.Params.KeyID, code(op.Params.KeyID), 1)
	case ztp.KindPauseForeign:
		m.Paras[0] = strings.Replace(w.Text, op.Params.Target, code(op.Params.Target), 1)
	case ztp.KindUpdateAddress:
	default:
		return nil
	}
	m.Paras = append(m.Paras, leftovers(op, b.title())...)
	m.Meta = append(m.Meta, metaItem{Text: "Took " + took(op)})
	return m
}

func (b rowBuilder) onboarded(m *message, op *ztp.Operation) {
	if b.in.View.Counts.Held() == 0 {
		m.Paras[0] += " Next, register phones."
	}
	m.Buttons = []button{{Label: "Add phone", Kind: "act", Href: "/platforms/" + b.in.Platform.Slug + "/phones/new"}}
}

func (b rowBuilder) rotated(m *message, op *ztp.Operation) {
	m.Buttons = []button{{Label: "See it in activity", Kind: "plain", Href: "#activity"}}
	if op.Data.Proof != nil {
		m.Buttons = append([]button{b.seeProof("See the proof", "")}, m.Buttons...)
	}
}

func (b rowBuilder) disabled(m *message, op *ztp.Operation) {
	if op.Params.Force {
		m.Kind = "warn"
	} else if n := b.in.View.Counts.Paused; n > 0 && !op.Data.CompanyGone {
		m.Paras[0] += " " + plural(n, "phone is", "phones are") + " paused at " + b.title() + "."
	}
}

// leftovers names what an operation that went through could not do.
func leftovers(op *ztp.Operation, vendor string) []string {
	var out []string
	if n := len(op.Data.Failed); n > 0 {
		out = append(out, fmt.Sprintf("%s refused %s: %s.", vendor, plural(n, "phone", "phones"), listed(op.Data.Failed)))
	}
	if n := len(op.Data.Foreign); n > 0 {
		ids := make([]string, 0, n)
		for _, k := range op.Data.Foreign {
			ids = append(ids, k.ID)
		}
		out = append(out, plural(n, "key", "keys")+" in the company that we did not make: "+listed(ids)+". Not touched.")
	}
	return out
}

// listed joins up to ten values as code.
func listed(values []string) string {
	more := ""
	if len(values) > 10 {
		more = " and " + thousands(len(values)-10) + " more"
		values = values[:10]
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = code(v)
	}
	return strings.Join(out, ", ") + more
}

// took is how long an operation ran.
func took(op *ztp.Operation) string {
	d := op.FinishedAt.Sub(op.CreatedAt)
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}
