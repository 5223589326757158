package orchestrator_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

func (w *world) rotateExposed() ztp.Operation {
	w.t.Helper()
	return w.end(w.control.Rotate(w.t.Context(), admin, w.p.Slug, "snom", control.RotateRequest{Exposed: true}))
}

// compare takes the proof without a rotation.
func (w *world) compare() ztp.Operation {
	w.t.Helper()
	op := w.end(w.control.CheckExposed(w.t.Context(), admin, w.p.Slug, "snom", control.Submission{}))
	w.mustEnd(op, ztp.OperationDone, "")
	return op
}

// fix puts one foreign address right.
func (w *world) fix(target string) ztp.Operation {
	w.t.Helper()
	return w.end(w.control.FixAddress(w.t.Context(), admin, w.p.Slug, "snom", target, control.Submission{}))
}

// mustProve compares the proof of an operation with what the link keeps.
func (w *world) mustProve(op ztp.Operation, want ztp.ExposureProof) {
	w.t.Helper()
	same := cmpopts.IgnoreFields(ztp.ExposureProof{}, "At", "Operation")
	if op.Data.Proof == nil {
		w.t.Fatalf("%s is %s without a proof: %+v", op.Kind, op.State, op.Steps)
	}
	if d := cmp.Diff(want, *op.Data.Proof, same); d != "" {
		w.t.Errorf("proof (-want +got):\n%s", d)
	}
	l := w.link()
	if l.Proof == nil || l.Proof.Operation != op.ID || l.ForeignAddresses != want.ForeignURLs {
		w.t.Errorf("the link has the proof %+v and %d addresses open", l.Proof, l.ForeignAddresses)
	}
}

// foreign is what the link's list names, with how each is put right.
func (w *world) foreign() map[string]string {
	w.t.Helper()
	out := map[string]string{}
	cursor := ""
	for {
		page, err := w.control.ForeignAddresses(w.t.Context(), admin, w.p.Slug, "snom", cursor, 1000)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, a := range page.Items {
			out[a.Target] = a.Fix + " " + a.Host
		}
		if cursor = page.Next; cursor == "" {
			return out
		}
	}
}

func (w *world) mustList(want map[string]string) {
	w.t.Helper()
	if d := cmp.Diff(want, w.foreign()); d != "" {
		w.t.Errorf("foreign addresses (-want +got):\n%s", d)
	}
}

// elsewhere is a phone at the vendor that somebody has sent away.
func elsewhere(mac string) srapssim.Endpoint {
	return srapssim.Endpoint{MAC: mac, Name: "by hand", Enabled: true,
		Settings: map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: "https://user:pw@Elsewhere.example/secret-path/{mac}"}}}
}

// fivePhones is an onboarded platform with as many.
func fivePhones(t *testing.T) *world {
	t.Helper()
	w := onboarded(t, srapssim.Options{})
	for i := range 5 {
		w.mustEnd(w.register(ztp.MAC{0x00, 0x04, 0x13, 0x0A, 0x0B, byte(i)}), ztp.OperationDone, "")
	}
	w.clock.advance(time.Hour) // nothing is young any more
	return w
}

// TestExposedRotate proves after a suspected exposure that nothing foreign is left.
func TestExposedRotate(t *testing.T) {
	t.Parallel()
	t.Run("NothingForeign", func(t *testing.T) {
		t.Parallel()
		w := fivePhones(t)
		op := w.rotateExposed()
		w.mustEnd(op, ztp.OperationDone, "")
		w.mustProve(op, ztp.ExposureProof{EndpointsCompared: 5, ProfilesCompared: 1})
		w.mustLink(ztp.LinkConfigured, "")
		w.sound()
	})
	t.Run("FoundAndFixed", func(t *testing.T) {
		t.Parallel()
		w := fivePhones(t)
		company := w.link().CompanyID
		key := w.foreignKey(company)
		w.sim.PutEndpoint(company, elsewhere("0004130A0B03"))
		w.sim.PutEndpoint(company, elsewhere("000413C0FFEE")) // not ours at all
		mark := w.mark()
		op := w.rotateExposed()
		w.mustEnd(op, ztp.OperationDone, "")
		w.mustProve(op, ztp.ExposureProof{ForeignKeys: 1, EndpointsCompared: 6, ProfilesCompared: 1, ForeignURLs: 2, Listed: 2})
		w.mustList(map[string]string{"00:04:13:0A:0B:03": "write elsewhere.example", "00:04:13:C0:FF:EE": "pause elsewhere.example"})
		w.mustLink(ztp.LinkConfigured, ztp.CodeForeignKeyFound)
		w.mustChange(mark, "POST tokens", "PUT provisioning-profiles", "DELETE tokens") // it corrects nothing

		w.mustEnd(w.end(w.control.RevokeKey(t.Context(), admin, w.p.Slug, "snom", key, control.Submission{})), ztp.OperationDone, "")
		if l := w.mustLink(ztp.LinkConfigured, ztp.CodeForeignKeyFound); l.Error.Case != ztp.CaseForeignAddress || !l.NeedsSomebody() {
			t.Errorf("the addresses are not said any more: %+v", l.Error)
		}
		mark = w.mark()
		w.mustEnd(w.fix("00:04:13:0a:0b:03"), ztp.OperationDone, "")
		w.mustEnd(w.fix("000413C0FFEE"), ztp.OperationDone, "")
		w.mustChange(mark, "PUT endpoints", "PUT endpoints") // a phone is written, the other paused; none is deleted
		if e := w.phoneAt(company, ztp.MAC{0x00, 0x04, 0x13, 0xC0, 0xFF, 0xEE}); e == nil || e.Enabled || e.Name != "by hand" || e.Redirect == "" && len(e.Settings) == 0 {
			t.Errorf("the unknown phone is %+v", e)
		}
		l := w.mustLink(ztp.LinkConfigured, "") // the finding has ended by itself
		if l.ForeignAddresses != 0 || l.NeedsSomebody() {
			t.Errorf("%d addresses are open", l.ForeignAddresses)
		}
		w.mustList(map[string]string{})
		w.mustProve(w.compare(), ztp.ExposureProof{EndpointsCompared: 6, ProfilesCompared: 1})
		w.sound()
	})
	t.Run("ProfilesOfOursAndOfOthers", func(t *testing.T) {
		t.Parallel()
		w := fivePhones(t)
		company := w.link().CompanyID
		p := w.sim.Profiles(company)[0]
		other := p
		other.ID, other.Name = "", "by hand"
		p.Settings = map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: "https://elsewhere.example/{mac}"}}
		w.sim.SetProfile(company, p)
		other.Settings = p.Settings
		id := w.sim.SetProfile(company, other)
		// A Rotate writes its profile as read; it proves the key and corrects nothing.
		op := w.rotateExposed()
		w.mustProve(op, ztp.ExposureProof{EndpointsCompared: 5, ProfilesCompared: 2, ForeignURLs: 2, Listed: 2})
		if said := w.detailOf("rotate.done"); said != "0 foreign keys, 2 of 7 addresses not ours" {
			t.Errorf("the audit log says %q", said)
		}
		w.mustList(map[string]string{p.ID: "update_address elsewhere.example", id: "pause elsewhere.example"})
		w.mustEnd(w.fix(p.ID), ztp.OperationDone, "")
		w.mustEnd(w.fix(id), ztp.OperationDone, "")
		for _, got := range w.sim.Profiles(company) {
			if got.ID == id && (got.Enabled || got.Name != "by hand") {
				t.Errorf("the other profile is %+v", got)
			}
		}
		w.mustLink(ztp.LinkConfigured, "")
		w.mustProve(w.compare(), ztp.ExposureProof{EndpointsCompared: 5, ProfilesCompared: 1})
		w.sound()
	})
	t.Run("AnAddressTakenAway", func(t *testing.T) {
		t.Parallel()
		w := fivePhones(t)
		e := elsewhere("0004130A0B01")
		e.Settings = nil // so that a profile redirects it
		w.sim.PutEndpoint(w.link().CompanyID, e)
		w.mustProve(w.compare(), ztp.ExposureProof{EndpointsCompared: 5, ProfilesCompared: 1, ForeignURLs: 1, Listed: 1})
		w.mustEnd(w.fix("00:04:13:0A:0B:01"), ztp.OperationDone, "")
		w.mustProve(w.compare(), ztp.ExposureProof{EndpointsCompared: 5, ProfilesCompared: 1})
	})
	t.Run("OnlyWhatIsListedIsFixed", func(t *testing.T) {
		t.Parallel()
		w := fivePhones(t)
		w.compare()
		for _, target := range []string{"00:04:13:C0:FF:EE", "00:04:13:0A:0B:03", w.link().Profiles["D-Series"]} {
			if _, err := w.control.FixAddress(t.Context(), admin, w.p.Slug, "snom", target, control.Submission{}); !ztp.IsCode(err, ztp.CodeNotFound) {
				t.Errorf("%s: %v", target, err)
			}
		}
	})
	t.Run("ADisableForgetsTheList", func(t *testing.T) {
		t.Parallel()
		w := fivePhones(t)
		w.sim.PutEndpoint(w.link().CompanyID, elsewhere("000413C0FFEE"))
		w.compare()
		w.press(ztp.KindDisable)
		if l := w.mustLink(ztp.LinkNotConfigured, ""); l.Proof != nil || l.ForeignAddresses != 0 {
			t.Errorf("got %+v with %d", l.Proof, l.ForeignAddresses)
		}
		w.mustList(map[string]string{})
	})
}

// TestCompareBesideWrites compares while phones are registered, moved and put right:
// none of ours is called foreign, whenever in that it is looked at.
func TestCompareBesideWrites(t *testing.T) {
	t.Parallel()
	young := ztp.MAC{0x00, 0x04, 0x13, 0x0A, 0x0B, 0x77}
	moved := ztp.MAC{0x00, 0x04, 0x13, 0x0A, 0x0B, 0x02}
	put := func(w *world, mac ztp.MAC, account string) {
		if _, err := w.control.PutEndpoint(w.t.Context(), admin, w.p.Slug, mac, control.EndpointRequest{Account: account}); err != nil {
			w.t.Error(err)
		}
	}
	second := func(w *world) string {
		a, _, _, err := w.control.CreateAccount(w.t.Context(), admin, w.p.Slug, control.NewAccount{Name: "Second"})
		if err != nil {
			w.t.Fatal(err)
		}
		return a.Slug
	}
	for name, meanwhile := range map[string]func(w *world, account string){
		"RegisteredAndWritten": func(w *world, _ string) { put(w, young, w.account.Slug); w.turn() },
		"MoveAsked":            func(w *world, account string) { put(w, moved, account) },
		"Moved":                func(w *world, account string) { put(w, moved, account); w.turn() },
		"NewToken": func(w *world, _ string) {
			if _, _, err := w.control.IssueToken(w.t.Context(), admin, w.p.Slug, w.account.Slug, control.NewToken{}); err != nil {
				w.t.Error(err)
			}
		},
		"Released": func(w *world, _ string) {
			if _, err := w.control.ReleaseEndpoint(w.t.Context(), admin, w.p.Slug, moved, control.Submission{}); err != nil {
				w.t.Error(err)
			}
			w.turn()
		},
	} {
		for _, when := range []string{"before it is read", "after it is read"} {
			t.Run(name+"/"+when, func(t *testing.T) {
				t.Parallel()
				w := fivePhones(t)
				account, once := second(w), false
				hook := func(c srapssim.Call) {
					if c.Method == "GET" && c.Resource == srapssim.ResourceEndpoints && c.Item == "" && !once {
						once = true
						meanwhile(w, account)
					}
				}
				if when == "before it is read" {
					w.sim.OnCall(hook)
				} else {
					w.sim.OnAnswer(hook)
				}
				op := w.compare()
				if !once || op.Data.Proof == nil || !op.Data.Proof.Clean() {
					t.Errorf("during: %t, proof %+v, list %v", once, op.Data.Proof, w.foreign())
				}
			})
		}
	}
	t.Run("PutRightMeanwhile", func(t *testing.T) {
		t.Parallel()
		w := fivePhones(t)
		company := w.link().CompanyID
		w.sim.PutEndpoint(company, elsewhere("0004130A0B03"))
		w.sim.PutEndpoint(company, elsewhere("000413C0FFEE"))
		w.compare()
		w.clock.advance(time.Hour)
		once := false
		w.sim.OnCall(func(c srapssim.Call) { // the phones are read by now, the proof is not over
			if c.Method != "GET" || c.Resource != srapssim.ResourceProfiles || once {
				return
			}
			once = true
			for target := range w.foreign() {
				if _, err := w.control.FixAddress(t.Context(), admin, w.p.Slug, "snom", target, control.Submission{}); err != nil {
					t.Error(err)
				}
				w.clock.advance(time.Second)
				w.turn()
			}
		})
		op := w.compare()
		if !once || !op.Data.Proof.Clean() || w.link().NeedsSomebody() {
			t.Errorf("during: %t, proof %+v, list %v", once, op.Data.Proof, w.foreign())
		}
	})
}

// TestCompareManyPhones counts all, names as many as there is room for, reads each page
// in a call of its own, and goes on after a crash where it was.
func TestCompareManyPhones(t *testing.T) {
	if testing.Short() {
		t.Skip("more than ten thousand phones take minutes under the race detector, and longer than an operation may")
	}
	t.Parallel()
	w := fivePhones(t)
	company := w.link().CompanyID
	const more = ztp.MaxForeignAddresses + 1500
	for i := range more {
		w.sim.PutEndpoint(company, elsewhere(fmt.Sprintf("00041380%04X", i)))
	}
	lists := func() (n int) {
		for _, name := range w.vendor.seen {
			if name == "ListEndpoints" {
				n++
			}
		}
		return n
	}
	want := ztp.ExposureProof{EndpointsCompared: more + 5, ProfilesCompared: 1, ForeignURLs: more, Listed: ztp.MaxForeignAddresses}
	op := w.compare()
	w.mustProve(op, want)
	if n := lists(); n != 12 {
		t.Errorf("read in %d calls", n)
	}
	if n := len(w.foreign()); n != ztp.MaxForeignAddresses {
		t.Errorf("%d are named", n)
	}
	w.mustEnd(w.fix("00:04:13:80:00:00"), ztp.OperationDone, "")
	if n := w.link().ForeignAddresses; n != more-1 {
		t.Errorf("%d are open", n)
	}
	want.ForeignURLs--
	w.vendor.seen, w.vendor.n = nil, 0
	w.vendor.at, w.vendor.fault = 10, loseRequest // in the middle of the pages
	w.mustProve(w.compare(), want)
	if n := lists(); n != 13 {
		t.Errorf("with one page lost it was read in %d calls", n)
	}
	w.sound()
}

// TestCompareAndFix_Crash breaks each call and commit of a proof and of what puts
// right what it finds. Whatever is broken, pressing again ends with a proof of nothing
// foreign, and nothing is deleted at the vendor.
func TestCompareAndFix_Crash(t *testing.T) {
	t.Parallel()
	from := strayed(t).state()
	story := func(w *world) { // whatever becomes of each of them
		r, err := w.control.CheckExposed(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		for _, target := range w.strays(r, err) {
			if r, err = w.control.FixAddress(t.Context(), admin, w.p.Slug, "snom", target, control.Submission{}); err == nil {
				w.finish(r.Operation, nil)
			}
		}
	}
	begin := func(t *testing.T) *world {
		w := newWorld(t, worldOptions{from: from})
		w.clock.advance(time.Minute)
		return w
	}
	healed := func(t *testing.T, w *world) {
		t.Helper()
		w.vendor.disarm()
		w.store.disarm()
		for range 2 {
			w.press(ztp.KindCheck)
			story(w)
		}
		op := w.compare()
		if op.Data.Proof == nil || !op.Data.Proof.Clean() {
			t.Errorf("proof %+v, list %v", op.Data.Proof, w.foreign())
		}
		w.mustLink(ztp.LinkConfigured, "")
		for _, c := range w.calls(0) {
			if c.Method == "DELETE" {
				t.Errorf("%s %s", c.Method, c.Path)
			}
		}
		w.sound()
	}
	clean := begin(t)
	story(clean)
	calls, commits := clean.vendor.n, clean.store.n
	healed(t, clean)
	step := every(7)
	i := 0
	run := func(name string, arm func(w *world)) {
		if i++; i%step != 0 {
			return
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t)
			arm(w)
			story(w)
			healed(t, w)
		})
	}
	for n := 1; n <= calls; n++ {
		for _, f := range []callFault{killBeforeCall, killAfterCall, loseRequest, loseAnswer, failBefore} {
			run(fmt.Sprintf("%s/%d", f, n), func(w *world) { w.vendor.at, w.vendor.fault = n, f })
		}
	}
	for n := 1; n <= commits; n++ {
		for _, f := range []commitFault{failCommit, killBefore, killAfter, loseCommitting} {
			run(fmt.Sprintf("%s/%d", f, n), func(w *world) { w.store.at, w.store.fault = n, f })
		}
	}
}

// strayed is a platform with a phone, a profile, and what others put into its company,
// all of which lead somewhere else.
func strayed(t *testing.T) *world {
	t.Helper()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.clock.advance(time.Hour)
	company := w.link().CompanyID
	w.sim.PutEndpoint(company, elsewhere(phone.Bare()))
	w.sim.PutEndpoint(company, elsewhere("000413C0FFEE"))
	p := w.sim.Profiles(company)[0]
	p.Settings = elsewhere("").Settings
	w.sim.SetProfile(company, p)
	p.ID, p.Name = "", "by hand"
	w.sim.SetProfile(company, p)
	return w
}

// strays lets a proof come to its end and returns what it has found.
func (w *world) strays(r control.Result, err error) []string {
	w.t.Helper()
	w.end(r, err)
	var targets []string
	for target := range w.foreign() {
		targets = append(targets, target)
	}
	slices.Sort(targets)
	return targets
}
