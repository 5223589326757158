package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// rest works until nothing is open any more, and moves the clock on to whatever is due
// next. What is open and not due has to say when it goes on by itself.
func (w *world) rest() {
	w.t.Helper()
	for begun := w.clock.now(); w.clock.now().Sub(begun) < time.Hour; {
		w.work()
		page, err := w.store.ListOperations(w.t.Context(), ztp.OperationQuery{Open: true, Limit: 1000})
		if err != nil {
			w.t.Fatal(err)
		}
		var next time.Time
		for _, op := range page.Items {
			if op.NextAt.IsZero() {
				w.t.Errorf("%s is %s and says no time at which it goes on", op.Kind, op.State)
			}
			if next.IsZero() || op.NextAt.Before(next) {
				next = op.NextAt
			}
		}
		if len(page.Items) == 0 {
			return
		}
		if d := next.Sub(w.clock.now()); d > 0 {
			w.clock.advance(d)
		} else {
			w.clock.advance(time.Second)
		}
	}
	w.t.Fatal("it does not come to rest")
}

// wayOut is an end that needs a person: how it comes about, what it says, and which
// buttons of its page lead out of it, pressed one after the other.
type wayOut struct {
	onboarded bool
	connected bool
	drive     func(s *scene)
	code      ztp.Code
	// keys and companies is how many of them the finding has to name.
	keys, companies int
	press           []string
	// rests is where the link is afterwards; configured when "".
	rests ztp.LinkState
}

// scene is a platform on its way into trouble, seen by somebody who signed in.
type scene struct {
	*world
	p ztp.Platform
	b *browser
	// pasted is the key of a connected link.
	pasted string
}

func (s *scene) path() string { return rowOf(s.p) }

func rowOf(p ztp.Platform) string { return "/platforms/" + p.Slug + "/ztp/snom" }

func (s *scene) link() ztp.Link {
	s.t.Helper()
	l, err := s.store.Link(s.t.Context(), s.p.ID, "snom")
	if err != nil {
		s.t.Fatal(err)
	}
	return l
}

func (s *scene) company() string { return s.link().CompanyID }

func (s *scene) active() string {
	s.t.Helper()
	c, err := s.store.Credential(s.t.Context(), s.p.ID, "snom", s.link().Active)
	if err != nil {
		s.t.Fatal(err)
	}
	return c.VendorID
}

// do presses something without looking whether it is on a page, and waits for its end.
func (s *scene) do(action string, more ...string) {
	s.t.Helper()
	s.b = s.as("ops@example.net") // a session ends when nothing is done for a while
	form := url.Values{"op": {ztp.NewID()}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	s.b.post(s.path()+"/"+action, form)
	s.rest()
}

// refuse makes calls end with a status from now on.
func (s *scene) refuse(method, resource string, status int) {
	s.sim.AddFault(srapssim.Fault{Method: method, Resource: resource, Do: srapssim.DoStatus, Status: status})
}

// wayOuts are the ends that need a person, each driven into for real.
var wayOuts = map[string]wayOut{
	"KeyDeleted": {onboarded: true, code: ztp.CodeVendorKeyRejected, press: []string{"rotate"},
		drive: func(s *scene) { s.sim.DeleteKey(s.active()); s.do("check") }},
	"ProfileDeleted": {onboarded: true, code: ztp.CodeVendorRejected, press: []string{"rotate"},
		drive: func(s *scene) { s.sim.DeleteProfile(s.company(), s.link().Profiles["D-Series"]); s.do("check") }},
	"ProfilePaused": {onboarded: true, code: ztp.CodeVendorRejected, press: []string{"rotate"},
		drive: func(s *scene) {
			p := s.sim.Profiles(s.company())[0]
			p.Enabled = false
			s.sim.SetProfile(s.company(), p)
			s.do("check")
		}},
	"ProfileSentAway": {onboarded: true, code: ztp.CodeForeignKeyFound, press: []string{"proof", "fix-address"},
		drive: func(s *scene) {
			p := s.sim.Profiles(s.company())[0]
			p.Settings = map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: "https://elsewhere.example/{mac}"}}
			s.sim.SetProfile(s.company(), p)
			s.do("check")
		}},
	"CompanyDeleted": {onboarded: true, code: ztp.CodeVendorCompanyMissing, press: []string{"disable", "onboard"},
		drive: func(s *scene) { s.sim.DeleteCompany(s.company()); s.do("check") }},
	"ForeignKey": {onboarded: true, code: ztp.CodeForeignKeyFound, keys: 1, press: []string{"revoke-key"},
		drive: func(s *scene) {
			s.sim.AddKey(s.company(), "made by hand", srapssim.DefaultRole)
			s.do("check")
		}},
	"TwoCompaniesWithOurLabel": {code: ztp.CodeVendorCompanyAmbiguous, companies: 2, press: []string{"adopt"},
		drive: func(s *scene) {
			s.labelled(func(label string) {
				s.sim.AddCompany(s.sim.Resellers()[0].CompanyID, label)
				s.sim.AddCompany(s.sim.Resellers()[0].CompanyID, label)
			})
		}},
	"OurLabelWithAForeignKey": {code: ztp.CodeVendorCompanyAmbiguous, keys: 1, companies: 1, press: []string{"adopt", "revoke-key"},
		drive: func(s *scene) {
			s.labelled(func(label string) {
				s.sim.AddKey(s.sim.AddCompany(s.sim.Resellers()[0].CompanyID, label), "made by hand", srapssim.DefaultRole)
			})
		}},
	"OldKeyNotRevoked": {onboarded: true, code: ztp.CodeVendorRejected, keys: 1, press: []string{"revoke-key"},
		drive: func(s *scene) { s.refuse("DELETE", srapssim.ResourceTokens, 400); s.do("rotate") }},
	"OnboardWithoutAnAnswer": {code: ztp.CodeVendorUnavailable, press: []string{"onboard"},
		drive: func(s *scene) { s.refuse("GET", srapssim.ResourceTokens, 500); s.do("onboard") }},
	"RotateWithoutAnAnswer": {onboarded: true, code: ztp.CodeVendorUnavailable, press: []string{"rotate"},
		drive: func(s *scene) { s.refuse("PUT", srapssim.ResourceProfiles, 500); s.do("rotate") }},
	"DisableWithoutAnAnswer": {onboarded: true, code: ztp.CodeVendorUnavailable, press: []string{"disable"}, rests: ztp.LinkNotConfigured,
		drive: func(s *scene) { s.refuse("DELETE", srapssim.ResourceTokens, 500); s.do("disable") }},
	"RemovalOfAKeyWithoutAnAnswer": {onboarded: true, code: ztp.CodeVendorUnavailable, press: []string{"check", "revoke-key"},
		drive: func(s *scene) {
			id, _ := s.sim.AddKey(s.company(), "made by hand", srapssim.DefaultRole)
			s.refuse("DELETE", srapssim.ResourceTokens, 500)
			s.do("revoke-key", "key_id", id)
		}},
	"CheckWithoutAnAnswer": {onboarded: true, code: ztp.CodeVendorUnavailable, press: []string{"check"},
		drive: func(s *scene) { s.refuse("GET", srapssim.ResourceProfiles, 500); s.do("check") }},
	"ComparisonWithoutAnAnswer": {onboarded: true, code: ztp.CodeVendorUnavailable, press: []string{"check"},
		drive: func(s *scene) { s.refuse("GET", srapssim.ResourceEndpoints, 500); s.do("check", "exposed", "1") }},
	"UpdateWithoutAnAnswer": {onboarded: true, code: ztp.CodeVendorUnavailable, press: []string{"update-address"},
		drive: func(s *scene) { s.refuse("PUT", srapssim.ResourceProfiles, 500); s.do("update-address") }},
	"FixWithoutAnAnswer": {onboarded: true, code: ztp.CodeVendorUnavailable, press: []string{"proof", "fix-address"},
		drive: func(s *scene) {
			s.sim.PutEndpoint(s.company(), srapssim.Endpoint{MAC: "000413C0FFEE", Enabled: true,
				Settings: map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: "https://elsewhere.example/{mac}"}}})
			s.do("check", "exposed", "1")
			s.refuse("PUT", srapssim.ResourceEndpoints, 500)
			s.do("fix-address", "target", "00:04:13:C0:FF:EE")
		}},
	"LastKeyOfAConnectedLink": {connected: true, code: ztp.CodeVendorKeyRejected, keys: 1, press: []string{"check"}, rests: ztp.LinkNotConfigured,
		drive: func(s *scene) {
			s.refuse("DELETE", srapssim.ResourceTokens, 400)
			s.do("disable")
			s.sim.DeleteKey(s.pasted) // as it says, in the vendor's portal
		}},
	"AnotherCopy": {onboarded: true, code: ztp.CodeAnotherCopyRunning, keys: 1, press: []string{"vendor-writes", "check", "revoke-key"},
		drive: func(s *scene) {
			label := s.link().Labels(installation)
			s.sim.AddKey(s.company(), label.Key(9), srapssim.DefaultRole)
			s.do("check")
		}},
}

// labelled onboards while what f makes with the link's label is there already.
func (s *scene) labelled(f func(label string)) {
	once := false
	s.sim.OnCall(func(c srapssim.Call) {
		if once || c.Resource != srapssim.ResourceCompanies {
			return
		}
		once = true
		f(s.link().Labels(installation).Company(s.p.Name))
	})
	s.do("onboard")
}

// connect brings in a key that was made in the vendor's portal.
func (s *scene) connect() {
	s.t.Helper()
	company := s.sim.AddCompany(s.sim.Resellers()[0].CompanyID, "by hand")
	id, secret := s.sim.AddKey(company, "by hand", srapssim.DefaultRole)
	s.pasted = id
	s.do("connect", "key_id", id, "key_secret", secret)
}

// Whatever ends with a person being needed says so with a way out: the row names what
// there is to know, its buttons are there, and pressing them resolves it.
func TestEveryEndHasAWayOut(t *testing.T) {
	t.Parallel()
	for name, x := range wayOuts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := &scene{world: w, p: w.platform("Brightwater"), b: w.as("ops@example.net")}
			switch {
			case x.onboarded:
				s.do("onboard")
				w.phone(s.p, "000413A27F10")
			case x.connected:
				s.connect()
			}
			w.clock.advance(time.Hour)
			x.drive(s)
			s.b = w.as("ops@example.net")
			w.sim.ClearFaults()
			w.sim.OnCall(nil)
			l := s.link()
			if l.Error == nil || l.Error.Code != x.code {
				t.Fatalf("the link is %s with %+v, want %s", l.State, l.Error, x.code)
			}
			if len(l.Error.Keys) != x.keys || len(l.Error.Companies) != x.companies {
				t.Errorf("it names %d keys and %d companies, want %d and %d", len(l.Error.Keys), len(l.Error.Companies), x.keys, x.companies)
			}
			row := text(one(t, s.b.page("/platforms/brightwater").doc, "#ztp-snom"))
			for _, k := range l.Error.Keys {
				if !strings.Contains(row, k.ID) {
					t.Errorf("key %s is not in the row", k.ID)
				}
			}
			s.pressAll(x.press)
			if l = s.link(); l.NeedsSomebody() || l.Error != nil {
				t.Errorf("when all was pressed the link is %s with %+v", l.State, l.Error)
			}
			if rests := x.rests; l.State != rests && (rests != "" || l.State != ztp.LinkConfigured) {
				t.Errorf("the link is %s", l.State)
			}
		})
	}
}

// pressAll presses one after the other what the row, or the page it leads to, offers.
func (s *scene) pressAll(actions []string) {
	s.t.Helper()
	at := "/platforms/brightwater"
	for _, action := range actions {
		s.b = s.as("ops@example.net")
		page := s.b.page(at)
		switch action {
		case "proof":
			at = attr(one(s.t, page.doc, "#ztp-snom a[href="+s.path()+"/proof].btn"), "href")
			continue
		case "vendor-writes":
			if len(all(page.doc, "#ztp-snom .msg a[href=/health#snom]")) == 0 {
				s.t.Fatalf("the row does not lead to the switch: %s", text(one(s.t, page.doc, "#ztp-snom")))
			}
			s.b.follow(s.b.post("/vendor-writes/on", url.Values{"no_other_copy": {"1"}}))
			continue
		}
		s.press(page, action)
	}
}

// press finds the button of an action on a page, confirms what it asks and waits.
func (s *scene) press(page answer, action string) {
	s.t.Helper()
	to := s.path() + "/" + action
	for _, link := range all(page.doc, "#proof-card a.btn") {
		if href := attr(link, "href"); strings.HasPrefix(href, to+"?") {
			s.b.follow(s.b.confirmed(href))
			s.rest()
			return
		}
	}
	forms := all(page.doc, "#ztp-snom .row-msgs form[action="+to+"]")
	forms = append(forms, all(page.doc, "#ztp-snom .row-acts form[action="+to+"]")...)
	if len(forms) == 0 {
		s.t.Fatalf("there is no %s: %s", action, text(one(s.t, page.doc, "main")))
	}
	values := url.Values{}
	for _, n := range all(forms[0], "input[type=hidden]") {
		values.Set(attr(n, "name"), attr(n, "value"))
	}
	if attr(forms[0], "method") == "post" {
		s.b.follow(s.b.post(to, values))
	} else {
		ask := to
		if len(values) > 0 {
			ask += "?" + values.Encode()
		}
		s.b.follow(s.b.confirmed(ask))
	}
	s.rest()
}

// An operation for one phone that ends without an answer has its way out on the phone's
// page.
func TestAPhoneWithoutAnAnswerHasAWayOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &scene{world: w, p: w.onboarded("Brightwater"), b: w.as("ops@example.net")}
	w.phone(s.p, "000413A27F10")
	mac := ztp.MAC{0x00, 0x04, 0x13, 0xA2, 0x7F, 0x10}
	path := "/platforms/brightwater/phones/000413a27f10"
	const put, del = http.MethodPut, http.MethodDelete
	for _, x := range []struct {
		method string
		ask    func() (control.EndpointResult, error)
		state  ztp.EndpointState
	}{
		{put, func() (control.EndpointResult, error) {
			return w.ctl.PauseEndpoint(t.Context(), admin, s.p.Slug, mac, control.Submission{})
		}, ztp.EndpointPaused},
		{put, func() (control.EndpointResult, error) {
			return w.ctl.ResumeEndpoint(t.Context(), admin, s.p.Slug, mac, control.Submission{})
		}, ztp.EndpointListed},
		{del, func() (control.EndpointResult, error) {
			return w.ctl.ReleaseEndpoint(t.Context(), admin, s.p.Slug, mac, control.Submission{})
		}, ztp.EndpointReleased},
	} {
		s.refuse(x.method, srapssim.ResourceEndpoints, 500)
		r, err := x.ask()
		if err != nil {
			t.Fatal(err)
		}
		s.rest()
		w.sim.ClearFaults()
		op, err := w.store.Operation(t.Context(), r.Operation.ID)
		if err != nil || op.State == ztp.OperationDone {
			t.Fatalf("%s is %s, %v", op.Kind, op.State, err)
		}
		s.b = w.as("ops@example.net")
		page := s.b.page(path)
		var offered []string
		for _, n := range all(page.doc, "#phone-card a.btn") {
			offered = append(offered, attr(n, "href"))
		}
		want := path + "/" + string(op.Kind)
		if slices.Contains(offered, want) {
			s.b.follow(s.b.confirmed(want))
		} else { // the form below the card writes the phone as it is wished
			to := "/platforms/brightwater/phones/" + mac.Bare()
			form := fields(t, page, to)
			for _, n := range all(page.doc, "form[action="+to+"] option[selected]") {
				form.Set(attr(n.Parent, "name"), attr(n, "value"))
			}
			s.b.follow(s.b.post(to, form))
		}
		s.rest()
		e, err := w.store.Endpoint(t.Context(), s.p.ID, mac)
		if err != nil || e.State != x.state || e.Error != nil {
			t.Errorf("after %s again the phone is %s with %+v (%v); offered were %q", op.Kind, e.State, e.Error, err, offered)
		}
	}
}
