package orchestrator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// arrived looks into the database when a call arrives at the vendor, before it is
// carried out: what is committed by then is all that a crash would leave.
func (w *world) arrived(c srapssim.Call) {
	w.nothingHeld()
	if !c.Mutation() {
		return
	}
	ctx := context.Background()
	page, err := w.base.ListOperations(ctx, ztp.OperationQuery{Open: true, Limit: 100})
	if err != nil {
		w.breaks("S1", "cannot read operations: %v", err)
		return
	}
	intended, named, meant := false, "", map[string]bool{}
	if late, err := w.base.LinkByCompany(ctx, "snom", c.Company); err == nil && w.late.Load() {
		meant[late.CompanyID] = true
	}
	for _, op := range page.Items {
		s := op.Current()
		intended = intended || op.State == ztp.OperationRunning && op.Data.Pending != nil && s != nil && s.State == ztp.StepRunning
		for _, p := range []ztp.PlatformID{op.Platform, op.Also.Platform} {
			if l, err := w.base.Link(ctx, p, "snom"); err == nil && op.State == ztp.OperationRunning {
				meant[l.CompanyID] = true
			}
		}
		if op.Kind == ztp.KindRevokeKey {
			named = op.Params.KeyID
		}
		if p := op.Data.Pending; p != nil && p.What == "write_endpoint" && c.Resource == srapssim.ResourceEndpoints && c.Method == "PUT" {
			w.tokenCommitted(ctx, op, p.Target, c.Item)
		}
	}
	if !intended && !w.late.Load() {
		w.breaks("S1", "%s %s arrived without a committed intent", c.Method, c.Path)
	}
	l, err := w.base.Link(ctx, w.p.ID, "snom")
	if err != nil {
		w.breaks("S7", "cannot read the link: %v", err)
		return
	}
	gone := c.Company == "" && c.Resource == srapssim.ResourceTokens // a key that is there no more
	if c.Company != l.CompanyID && !meant[c.Company] && !gone && (c.Resource != srapssim.ResourceCompanies || c.Method != "POST") {
		w.breaks("S7", "%s %s goes to company %s, the platform's is %q", c.Method, c.Path, c.Company, l.CompanyID)
	}
	if c.Method == "DELETE" && c.Resource == srapssim.ResourceTokens {
		if other, err := w.base.LinkByCompany(ctx, "snom", c.Company); err == nil && meant[c.Company] {
			l = other
		}
		w.revoking(ctx, c, l, named)
	}
}

// tokenCommitted wants the phone's own token committed before its URL goes out. The
// target of an intent is a phone, or says how many.
func (w *world) tokenCommitted(ctx context.Context, op ztp.Operation, target, item string) {
	mac, err := ztp.ParseMAC(item)
	if one, other := ztp.ParseMAC(target); err != nil || other == nil && one != mac {
		return
	}
	p, err := w.base.Platform(ctx, string(op.Platform))
	if err != nil || !ztp.TemplateFor(p, w.url()).ForPhone().NamesDevice() {
		return
	}
	e, err := w.base.Endpoint(ctx, op.Platform, mac)
	if op.Also.Platform != "" && (err != nil || e.DeviceTokenHash == "") { // it may be on its way to there
		e, err = w.base.Endpoint(ctx, op.Also.Platform, mac)
	}
	if err != nil || e.DeviceTokenHash == "" {
		w.breaks("S1", "the URL of %s goes out with a token of its own that is not committed (%v)", mac, err)
	}
}

// nothingHeld checks S2: no transaction is open while a call is under way. One that
// another goroutine has begun ends by itself.
func (w *world) nothingHeld() {
	for end := time.Now().Add(10 * time.Second); w.store.open.Load() > 0; runtime.Gosched() {
		if time.Now().After(end) {
			w.breaks("S2", "a transaction is held across a vendor call")
			return
		}
	}
}

// revoking checks S5 and S6: never the active key (but by a Disable), never by itself
// (but the last one of a connected link); and S7: no key that nobody knows here.
func (w *world) revoking(ctx context.Context, c srapssim.Call, l ztp.Link, named string) {
	gone := c.Company == "" // by what another process has done since; this one's call repeats it
	if c.KeyID == c.Item && !gone && !(l.Connected && l.State == ztp.LinkDisabling) {
		w.breaks("S6", "key %s revokes itself", c.Item)
	}
	p := w.p.ID
	if l.Platform != "" {
		p = l.Platform
	}
	rows, err := w.base.Credentials(ctx, p, "snom")
	if err != nil {
		w.breaks("S5", "cannot read the keys: %v", err)
		return
	}
	known := c.Item == named
	for _, k := range w.sim.Keys(c.Company) {
		n, ours := l.Labels(installation).KeyNumber(k.Name)
		known = known || k.ID == c.Item && ours && n < l.NextCredential
	}
	for _, cr := range rows {
		known = known || cr.VendorID == c.Item
		if cr.VendorID == c.Item && cr.Number == l.Active && l.State != ztp.LinkDisabling {
			w.breaks("S5", "the active key %d is being revoked while the link is %s", l.Active, l.State)
		}
	}
	if !known && len(w.sim.Keys(c.Company)) > 0 {
		w.breaks("S7", "key %s is not ours and is being revoked", c.Item)
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
	ours := func(k srapssim.Key) bool {
		return strings.HasPrefix(k.Name, "zt:") || slices.ContainsFunc(rows, func(c ztp.Credential) bool {
			// Pasted, and was in force. One that is refused counts as gone.
			return c.VendorID == k.ID && !c.VerifiedAt.IsZero() && !k.Disabled
		})
	}
	if company != nil {
		for _, k := range company.Keys {
			if ours(k) {
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
	broken = append(broken, w.verifyCalls(l)...)
	broken = append(broken, w.verifySecrets()...)
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
	if company == nil && w.link().Active == 0 && w.link().Connected {
		return nil // nobody here may ask what has become of the company
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
		case e.State == ztp.EndpointListed && (!there || !v.Enabled || !strings.HasPrefix(v.Redirect, w.prov+"/p/")):
			broken = append(broken, fmt.Sprintf("S19: %s is listed here; at the vendor: %v %+v", e.MAC, there, v))
		case e.State == ztp.EndpointPaused && (!there || v.Enabled):
			broken = append(broken, fmt.Sprintf("S19: %s is paused here; at the vendor: %v %+v", e.MAC, there, v))
		case e.State == ztp.EndpointReleased && there:
			broken = append(broken, fmt.Sprintf("S19: %s is released here and still at the vendor", e.MAC))
		case e.State == ztp.EndpointWanted:
			broken = append(broken, fmt.Sprintf("L8: %s is in no definite state", e.MAC))
		}
		// A phone is sent to no URL that we could not serve: whoever died after the call
		// had committed its token before.
		_, device, ours := mustTemplate(w.t, w.prov).Tokens(ztp.NewSecret(v.Redirect))
		if there && ours && !device.IsZero() && ztp.HashToken(device) != e.DeviceTokenHash {
			broken = append(broken, fmt.Sprintf("S1: %s is redirected with a token of its own that is not known here", e.MAC))
		}
	}
	return broken
}

// verifyCalls looks at what was asked of the vendor, in its order.
func (w *world) verifyCalls(l ztp.Link) (broken []string) {
	bad := func(rule, format string, args ...any) {
		broken = append(broken, rule+": "+fmt.Sprintf(format, args...))
	}
	const settled = 50 * time.Second // the longest call, and the vendor's lag
	asked := map[string]bool{}
	var company *srapssim.Call
	for _, c := range w.sim.Calls() {
		switch {
		case c.Method != "POST" || c.Status == 401 || c.Status == 429:
		case c.Resource == srapssim.ResourceTokens:
			if asked[c.Name] {
				bad("S8", "key %s was asked for twice", c.Name)
			}
			asked[c.Name] = true
		case c.Resource == srapssim.ResourceCompanies:
			if company != nil && company.Name == c.Name && (company.Status == 0 || company.Status >= 500) && c.Time.Sub(company.Time) < settled {
				bad("S11", "the company was asked for again after %s, not knowing whether there is one", c.Time.Sub(company.Time))
			}
			company = &c
		}
	}
	if l.Active != 0 && l.SetAt.After(w.begun) {
		w.verifyProof(l, bad)
	}
	return broken
}

// verifyProof checks S4: the active key has shown what it can before it became that.
func (w *world) verifyProof(l ztp.Link, bad func(rule, format string, args ...any)) {
	c, err := w.base.Credential(context.Background(), w.p.ID, "snom", l.Active)
	if err != nil {
		bad("S4", "%v", err)
		return
	}
	asked, wrote := false, false
	for _, call := range w.sim.Calls() {
		if call.KeyID != c.VendorID || call.Time.Truncate(time.Millisecond).After(l.SetAt) {
			continue
		}
		asked = asked || call.Method == "GET" && call.Resource == srapssim.ResourceTokens && call.Item == c.VendorID && call.Status == 200
		wrote = wrote || call.Mutation() && call.Resource == srapssim.ResourceProfiles && call.Applied
	}
	if !asked || !wrote {
		bad("S4", "key %d became active unproven: whose it is was answered %t, it has written %t", l.Active, asked, wrote)
	}
}

// verifySecrets checks S22 in the files of the database.
func (w *world) verifySecrets() (broken []string) {
	if !w.alone {
		return nil
	}
	for _, name := range []string{w.file, w.file + "-wal"} {
		raw, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return []string{err.Error()}
		}
		for _, secret := range w.sim.Secrets() {
			if bytes.Contains(raw, []byte(secret)) {
				broken = append(broken, "S22: a secret of the vendor lies in "+filepath.Base(name))
			}
		}
	}
	return broken
}
