package orchestrator_test

import (
	"context"
	"fmt"
	"strings"

	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// arrived looks into the database when a call arrives at the vendor, before it is
// carried out: what is committed by then is all that a crash would leave.
func (w *world) arrived(c srapssim.Call) {
	if !c.Mutation() {
		return
	}
	ctx := context.Background()
	page, err := w.base.ListOperations(ctx, ztp.OperationQuery{Open: true, Limit: 100})
	if err != nil {
		w.breaks("S1", "cannot read operations: %v", err)
		return
	}
	intended := false
	for _, op := range page.Items {
		s := op.Current()
		intended = intended || op.State == ztp.OperationRunning && op.Data.Pending != nil && s != nil && s.State == ztp.StepRunning
	}
	if !intended {
		w.breaks("S1", "%s %s arrived without a committed intent", c.Method, c.Path)
	}
	if c.Method == "DELETE" && c.Resource == srapssim.ResourceTokens {
		w.revoking(ctx, c)
	}
}

// revoking checks S5 and S6: never the active key (but by a Disable), never by itself.
func (w *world) revoking(ctx context.Context, c srapssim.Call) {
	if c.KeyID == c.Item {
		w.breaks("S6", "key %s revokes itself", c.Item)
	}
	l, err := w.base.Link(ctx, w.p.ID, "snom")
	if err != nil {
		w.breaks("S5", "cannot read the link: %v", err)
		return
	}
	if l.State == ztp.LinkDisabling || l.Active == 0 {
		return
	}
	cr, err := w.base.Credential(ctx, w.p.ID, "snom", l.Active)
	if err != nil || cr.VendorID == c.Item {
		w.breaks("S5", "the active key %d is being revoked while the link is %s (%v)", l.Active, l.State, err)
	}
}

func (w *world) breaks(rule, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = append(w.broken, rule+": "+fmt.Sprintf(format, args...))
}

// verify checks at rest what must hold whatever happened, against the
// simulator's truth. It returns every violation.
func (w *world) verify() []string {
	w.mu.Lock()
	broken := append([]string{}, w.broken...)
	w.mu.Unlock()
	bad := func(rule, format string, args ...any) {
		broken = append(broken, rule+": "+fmt.Sprintf(format, args...))
	}
	ctx := context.Background()
	if ops := w.openOps(); len(ops) > 0 {
		bad("L1", "open at rest: %v", w.describeOpen())
	}
	l := w.link()
	company := w.company()
	rows, err := w.base.Credentials(ctx, w.p.ID, "snom")
	if err != nil {
		bad("store", "%v", err)
	}
	live := map[string]string{}
	if company != nil {
		for _, k := range company.Keys {
			if strings.HasPrefix(k.Name, "zt:") {
				live[k.ID] = k.Name
			}
		}
	}
	want := map[string]bool{}
	for _, c := range rows {
		switch c.State {
		case ztp.CredentialRevoked:
			if c.Sealed {
				bad("S17", "revoked key %d keeps its secret", c.Number)
			}
			if _, ok := live[c.VendorID]; ok {
				bad("S8", "key %d is revoked here and lives at the vendor", c.Number)
			}
		case ztp.CredentialActive:
			want[c.VendorID] = true
			if l.Active != c.Number {
				bad("S3", "key %d is active, the link names %d", c.Number, l.Active)
			}
			key, err := w.base.OpenCredential(ctx, w.p.ID, "snom", c.Number)
			if err != nil || key.Secret.RevealSecret() != w.sim.SecretOf(key.ID) {
				bad("S3", "the active key does not work at the vendor: %v", err)
			}
		default:
			bad("S8", "key %d is %s at rest", c.Number, c.State)
		}
	}
	for id, name := range live {
		if !want[id] {
			bad("S8", "key %s (%s) lives at the vendor and is not the active one", id, name)
		}
	}
	if (l.State == ztp.LinkConfigured) != (l.Active != 0) {
		bad("S3", "link is %s with active key %d", l.State, l.Active)
	}
	if l.State == ztp.LinkConfigured && (company == nil || company.ID != l.CompanyID) {
		bad("S9", "the recorded company %q is not the one at the vendor", l.CompanyID)
	}
	broken = append(broken, w.verifyPhones(ctx, company)...)
	if _, err := w.base.VerifyEvents(ctx); err != nil {
		bad("S21", "%v", err)
	}
	return broken
}

// verifyPhones compares every phone here with the vendor's.
func (w *world) verifyPhones(ctx context.Context, company *srapssim.Company) (broken []string) {
	page, err := w.base.ListEndpoints(ctx, ztp.EndpointQuery{Platform: w.p.ID, Limit: 1000})
	if err != nil {
		return []string{err.Error()}
	}
	at := map[string]srapssim.Endpoint{}
	if company != nil {
		for _, e := range company.Endpoints {
			at[strings.ToUpper(e.MAC)] = e
		}
	}
	for _, e := range page.Items {
		v, there := at[e.MAC.Bare()]
		switch {
		case e.State == ztp.EndpointListed && (!there || !v.Enabled || !strings.HasPrefix(v.Redirect, "https://prov.example.net/p/")):
			broken = append(broken, fmt.Sprintf("S19: %s is listed here; at the vendor: %v %+v", e.MAC, there, v))
		case e.State == ztp.EndpointPaused && (!there || v.Enabled):
			broken = append(broken, fmt.Sprintf("S19: %s is paused here; at the vendor: %v %+v", e.MAC, there, v))
		case e.State == ztp.EndpointReleased && there:
			broken = append(broken, fmt.Sprintf("S19: %s is released here and still at the vendor", e.MAC))
		case e.State == ztp.EndpointWanted:
			broken = append(broken, fmt.Sprintf("L8: %s is in no definite state", e.MAC))
		}
	}
	return broken
}
