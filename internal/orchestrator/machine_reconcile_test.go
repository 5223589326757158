package orchestrator_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// Comparisons in a machine: asked for, carried out by any replica, and what admins do
// about their rows, which are of long ago by then.

// askToCompare asks for a comparison of everything, or of the one platform. It is never
// refused.
func (m *machine) askToCompare(rt *rapid.T) {
	ref := rapid.SampledFrom([]string{"", m.p.Slug}).Draw(rt, "of")
	if got, err := m.control.Reconcile(context.Background(), admin, "snom", ref); err != nil || got.Run == "" {
		rt.Errorf("a comparison of %q was answered with run %q, %v", ref, got.Run, err)
	}
}

// compareSomewhere lets a replica take up a comparison, which may be its last deed.
func (m *machine) compareSomewhere(rt *rapid.T) {
	x := m.pick(rt)
	n := rapid.IntRange(1, 5).Draw(rt, "at")
	switch rapid.SampledFrom([]string{"", "", "call", "commit"}).Draw(rt, "fault") {
	case "call":
		x.vendor.at, x.vendor.fault = x.vendor.n+n, rapid.SampledFrom([]callFault{killBeforeCall, killAfterCall, loseRequest, loseAnswer, failBefore}).Draw(rt, "how")
	case "commit":
		x.store.at, x.store.fault = x.store.n+n, rapid.SampledFrom([]commitFault{failCommit, killBefore, killAfter, loseCommitting, runTwice}).Draw(rt, "how")
	}
	m.compareBy(x)
	x.vendor.disarm()
	x.store.disarm()
}

// compareBy lets a replica compare; one that does not come back whole is followed by a
// new one.
func (m *machine) compareBy(x *member) (worked bool) {
	worked, err := x.orch.Reconcile(context.Background())
	if err != nil {
		m.replace(x)
	}
	return worked
}

// actOnARow does what a row offers: one of a fresh comparison, or of any that was.
func (m *machine) actOnARow(rt *rapid.T) {
	ctx := context.Background()
	if rapid.Bool().Draw(rt, "compared anew") {
		if rapid.Bool().Draw(rt, "after an edit") {
			m.editByHand(rt)
		}
		m.clock.advance(time.Minute) // the vendor shows everywhere what was done
		m.askToCompare(rt)
		m.workEverywhere(rt)
	}
	page, err := m.control.ReconciliationRows(ctx, admin, "snom", control.ReconciliationFilter{Limit: 100})
	if err != nil {
		rt.Fatal(err)
	}
	rows := slices.DeleteFunc(page.Items, func(r control.RowView) bool { return len(r.Offers) == 0 })
	if len(rows) == 0 {
		rt.Skip("no row offers anything")
	}
	row := rows[rapid.IntRange(0, len(rows)-1).Draw(rt, "row")]
	verb := row.Offers[rapid.IntRange(0, len(row.Offers)-1).Draw(rt, "verb")]
	rt.Logf("%s: %s", row.Reason, verb)
	before := m.link().CompanyID
	m.clock.advance(time.Millisecond) // newest first needs a later time
	_, err = m.control.ActOnRow(ctx, admin, "snom", row.ID, verb, control.RowRequest{Platform: m.p.Slug})
	switch code := ztp.CodeOf(err); {
	case err != nil && !slices.Contains([]ztp.Code{
		ztp.CodeOperationRunning, ztp.CodeInUse, ztp.CodeNotOnboarded, ztp.CodeFormOutdated, ztp.CodeVendorCompanyMissing, ztp.CodeVendorKeyRejected,
		ztp.CodeVendorCompanyTaken, ztp.CodeVendorRejected,
	}, code):
		rt.Errorf("%s of a row %s was answered %v", verb, row.Reason, err)
	case err == nil && (verb == control.RowRelease || verb == control.RowAdopt) && row.Kind == ztp.RowCompany:
		m.letGo(before)
	}
}

// letGo: the company is not the platform's any more, because somebody said so.
func (w *world) letGo(company string) {
	if w.released == nil {
		w.released = map[string]bool{}
	}
	w.released[company] = true
}

// comparing reports whether a comparison is open.
func (m *machine) comparing() bool {
	for _, p := range []ztp.PlatformID{"", m.p.ID} {
		r, err := m.base.Reconciliation(context.Background(), "snom", p)
		if err != nil {
			m.rt.Fatal(err)
		}
		if r.Run != "" {
			return true
		}
	}
	return false
}

// comparesWell shows at rest what the vendor has, and nothing else: L9.
func (m *machine) comparesWell() {
	m.clock.advance(time.Hour) // the vendor shows everywhere what was done
	if r := m.compareAll(); r.Error != nil {
		m.rt.Errorf("L9: the comparison has failed: %+v", r.Error)
		return
	}
	got := []string{}
	for _, r := range m.rows() {
		if r.Class() != ztp.RowNotOurs {
			got = append(got, string(r.Reason)+" "+r.CompanyID+" "+r.ObjectID)
		}
	}
	slices.Sort(got)
	if d := cmp.Diff(m.differences(), got); d != "" {
		m.rt.Errorf("L9: rows (-at the vendor +found):\n%s", d)
	}
}

// differences are the model: what a comparison has to find, by the simulator's truth.
func (m *machine) differences() (want []string) {
	l, differs := m.link(), false
	for _, c := range m.sim.State().Companies {
		switch {
		case c.ID == l.CompanyID || !strings.Contains(c.Name, "[zt:"+installation+":"):
		case strings.Contains(c.Name, l.Nonce): // one that was let go of was adopted in the place of this one, which is kept
			want, differs = append(want, string(ztp.ReasonCompanyDuplicate)+" "+c.ID+" "), true
		default:
			want = append(want, string(ztp.ReasonCompanyUnknown)+" "+c.ID+" ")
		}
	}
	there := map[string]bool{}
	for _, p := range m.sim.Profiles(l.CompanyID) {
		reason := ztp.ReasonProfilePaused
		switch there[p.ID] = true; {
		case l.OwnsProfile(p.ID) && p.Enabled:
			continue
		case l.OwnsProfile(p.ID):
		case p.Name == l.Labels(installation).Profile("D-Series"): // asked for without an answer, and listed later than any vendor says
			reason = ztp.ReasonProfileDuplicate
		default: // of a company that was let go of and adopted again, under another nonce
			reason = ztp.ReasonProfileForeign
		}
		want, differs = append(want, string(reason)+" "+l.CompanyID+" "+p.ID), true
	}
	for _, id := range l.Profiles {
		if !there[id] {
			want, differs = append(want, string(ztp.ReasonProfileGone)+" "+l.CompanyID+" "+id), true
		}
	}
	if !differs {
		want = append(want, string(ztp.ReasonMatches)+" "+l.CompanyID+" ")
	}
	slices.Sort(want)
	return want
}
