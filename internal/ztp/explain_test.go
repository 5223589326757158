package ztp_test

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// desk is where the phone of these tests stands, and offDesk is elsewhere.
var (
	explained = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	onDesk    = netip.MustParseAddr("192.0.2.7")
	offDesk   = netip.MustParseAddr("198.51.100.7")
)

func setTo(values ...string) ztp.EffectiveSettings {
	l := ztp.ScopeSettings{Scope: ztp.SettingScope{Platform: "p", MAC: ztp.MAC{0, 4, 0x13, 0, 0, 1}}}
	for i := 0; i < len(values); i += 2 {
		s := ztp.Setting{Name: ztp.SettingName(values[i]), Index: 1, Value: values[i+1], SetAt: explained.Add(-72 * time.Hour)}
		s.Secret = s.Name == ztp.SettingLinePassword
		l.Settings = append(l.Settings, s)
	}
	return ztp.ResolveSettings(l)
}

// fresh is a phone that everything is ready for and that has not come; working one that is
// in service.
func fresh(t *testing.T) ztp.PhoneFacts {
	t.Helper()
	template, err := ztp.TemplateForBase("https://prov.example")
	if err != nil {
		t.Fatal(err)
	}
	return ztp.PhoneFacts{
		Now: explained, Vendor: "Snom", Platform: ztp.Platform{ID: "p"}, Account: ztp.Account{ID: "a", TokenID: "t"},
		Link: ztp.Link{State: ztp.LinkConfigured, Active: 1}, Template: template, Present: template, TokenServed: true, Address: ztp.AddressCheck{At: explained},
		Endpoint: ztp.Endpoint{Platform: "p", MAC: ztp.MAC{0, 4, 0x13, 0, 0, 1}, Account: "a", ProductGroup: "D-Series", State: ztp.EndpointListed,
			AddressTemplate: template.ForPhone().String(), AddressTokenID: "t", DeviceTokenHash: "h", CreatedAt: explained.Add(-72 * time.Hour)},
		Values: setTo("line_user", "201", "line_password", "", "line_registrar", "sip.example"),
	}
}

func working(t *testing.T) ztp.PhoneFacts {
	f := fresh(t)
	f.Endpoint.FetchedAt = explained.Add(-time.Hour)
	f.Endpoint.SIP = ztp.SIPFact{Registered: true, At: explained.Add(-time.Minute)}
	f.Contact = ztp.Contact{Assurance: ztp.AssurancePassword, ProvenAt: explained.Add(-48 * time.Hour), Networks: []netip.Prefix{ztp.NetworkOf(onDesk)}}
	f.Fetches = []ztp.Fetch{{At: f.Endpoint.FetchedAt, Result: ztp.FetchSettings, Address: onDesk, Times: 1}}
	return f
}

func waits(why ztp.Waiting) func(*ztp.PhoneFacts) {
	return func(f *ztp.PhoneFacts) {
		f.Contact.Waiting, f.Contact.WaitingSince, f.Contact.WaitingAt = why, explained.Add(-time.Hour), explained.Add(-time.Minute)
		f.Contact.WaitingNetwork = ztp.NetworkOf(onDesk)
	}
}

func refused(why ztp.Refusal) func(*ztp.PhoneFacts) {
	return func(f *ztp.PhoneFacts) {
		f.Fetches = append([]ztp.Fetch{{At: explained.Add(-time.Minute), Result: ztp.FetchRefused, Reason: string(why), Address: onDesk, Times: 2}}, f.Fetches...)
	}
}

func shakes(why ztp.HandshakeReason, from netip.Addr, name string) func(*ztp.PhoneFacts) {
	return func(f *ztp.PhoneFacts) {
		f.Handshakes = []ztp.HandshakeFailure{{Address: from.String(), Name: name, Reason: why, Count: 3, Last: explained.Add(-time.Minute)}}
	}
}

func drifts(c ztp.DriftClass, differs ...string) func(*ztp.PhoneFacts) {
	return func(f *ztp.PhoneFacts) {
		f.Drift = &ztp.Drift{Class: c, Differs: differs, Host: "old.example", ProductGroup: "M-Series", FoundAt: explained.Add(-time.Hour)}
		f.Elsewhere = "sibling"
	}
}

func meets(err error) func(*ztp.PhoneFacts) {
	return func(f *ztp.PhoneFacts) {
		f.Address.Err = &ztp.Error{Code: ztp.CodeProvisioningURLUnreachable, Detail: "What was met.", Err: err}
	}
}

func entry(s ztp.EndpointState, code ztp.Code) func(*ztp.PhoneFacts) {
	return func(f *ztp.PhoneFacts) {
		f.Endpoint.State = s
		if code != "" {
			f.Endpoint.Error = &ztp.Problem{Code: code}
		}
	}
}

func tells(why ztp.SIPReason) func(*ztp.PhoneFacts) {
	return func(f *ztp.PhoneFacts) { f.Endpoint.SIP = ztp.SIPFact{At: explained.Add(-time.Minute), Reason: why} }
}

// causes are planted one at a time, into a phone that has never come and, with service set,
// into one that works.
var causes = map[ztp.GateCause]struct {
	plant   func(*ztp.PhoneFacts)
	service bool
}{
	ztp.CauseReleased:       {plant: entry(ztp.EndpointReleased, "")},
	ztp.CauseDisabled:       {plant: func(f *ztp.PhoneFacts) { f.Link = ztp.Link{State: ztp.LinkNotConfigured, DisabledAt: explained} }},
	ztp.CauseNotOnboarded:   {plant: func(f *ztp.PhoneFacts) { f.Link = ztp.Link{State: ztp.LinkNotConfigured} }},
	ztp.CauseLinkTrouble:    {plant: func(f *ztp.PhoneFacts) { f.Link = ztp.Link{State: ztp.LinkNeedsAttention} }},
	ztp.CausePaused:         {plant: func(f *ztp.PhoneFacts) { f.Endpoint.State, f.Endpoint.WantPaused = ztp.EndpointPaused, true }},
	ztp.CausePausedDisable:  {plant: entry(ztp.EndpointPaused, "")},
	ztp.CauseNotConfirmed:   {plant: entry(ztp.EndpointWanted, "")},
	ztp.CauseTaken:          {plant: entry(ztp.EndpointFailed, ztp.CodeEndpointTaken)},
	ztp.CauseVendorRefused:  {plant: entry(ztp.EndpointFailed, ztp.CodeVendorRejected)},
	ztp.CauseMissingThere:   {plant: drifts(ztp.DriftMissing)},
	ztp.CauseSibling:        {plant: drifts(ztp.DriftMoved)},
	ztp.CauseWrongGroup:     {plant: drifts(ztp.DriftChanged, ztp.DiffersGroup)},
	ztp.CauseSwitchedOff:    {plant: drifts(ztp.DriftChanged, ztp.DiffersRedirection)},
	ztp.CauseNoURL:          {plant: func(f *ztp.PhoneFacts) { f.Template, f.Present = ztp.URLTemplate{}, ztp.URLTemplate{} }},
	ztp.CauseOtherURL:       {plant: drifts(ztp.DriftOtherURL)},
	ztp.CauseEarlierURL:     {plant: func(f *ztp.PhoneFacts) { f.Endpoint.AddressTemplate = "https://old.example/p/{account_token}/{mac}" }},
	ztp.CauseServedElse:     {plant: servedElsewhere},
	ztp.CauseDNS:            {plant: meets(&net.DNSError{IsNotFound: true})},
	ztp.CauseUnreachable:    {plant: meets(net.ErrClosed)},
	ztp.CauseNeverCame:      {plant: func(*ztp.PhoneFacts) {}},
	ztp.CauseSilent:         {service: true, plant: func(f *ztp.PhoneFacts) { f.Now = f.Now.Add(5 * 24 * time.Hour) }},
	ztp.CauseOldTLS:         {plant: shakes(ztp.HandshakeOldVersion, onDesk, "")},
	ztp.CauseNoCipher:       {plant: shakes(ztp.HandshakeNoCipher, onDesk, "prov.example")},
	ztp.CauseName:           {plant: shakes(ztp.HandshakeWrongName, onDesk, "old.example")},
	ztp.CausePlainHTTP:      {plant: waits(ztp.WaitingPlain)},
	ztp.CauseHandshake:      {service: true, plant: shakes(ztp.HandshakeTooSlow, onDesk, "")},
	ztp.CauseOurCertificate: {plant: meets(x509.CertificateInvalidError{Reason: x509.Expired})},
	ztp.CauseChain:          {plant: meets(x509.UnknownAuthorityError{})},
	ztp.CauseNotTrusted:     {plant: shakes(ztp.HandshakeNotTrusted, onDesk, "prov.example")},
	ztp.CauseClock:          {plant: shakes(ztp.HandshakeClock, onDesk, "prov.example")},
	ztp.CauseNoCertificate:  {plant: shakes(ztp.HandshakeNoCertificate, onDesk, "prov.example")},
	ztp.CauseNotBelieved:    {service: true, plant: shakes(ztp.HandshakeNotBelieved, onDesk, "")},
	ztp.CauseOtherCert:      {plant: waits(ztp.WaitingOther)},
	ztp.CauseNoToken:        {plant: func(f *ztp.PhoneFacts) { f.Account.TokenID = "" }},
	ztp.CauseRetiredToken:   {service: true, plant: func(f *ztp.PhoneFacts) { refused(ztp.RefusedToken)(f); f.TokenServed = false }},
	ztp.CauseUnknownToken:   {service: true, plant: refused(ztp.RefusedToken)},
	ztp.CauseOtherAccount:   {plant: refused(ztp.RefusedAccount)},
	ztp.CauseNoDeviceToken:  {plant: refused(ztp.RefusedNoDevice)},
	ztp.CauseWrongDevice:    {plant: refused(ztp.RefusedDevice)},
	ztp.CauseMoving:         {service: true, plant: got(ztp.FetchURL)},
	ztp.CauseEarly:          {plant: waits(ztp.WaitingEarly)},
	ztp.CauseLate:           {plant: waits(ztp.WaitingLate)},
	ztp.CauseElsewhere:      {service: true, plant: waits(ztp.WaitingElsewhere)},
	ztp.CauseHeld:           {service: true, plant: waits(ztp.WaitingHeld)},
	ztp.CauseOwnCertificate: {plant: waits(ztp.WaitingCertificate)},
	ztp.CausePassword:       {service: true, plant: got(ztp.FetchChallenge)},
	ztp.CauseSentHome:       {service: true, plant: func(f *ztp.PhoneFacts) { f.Platform.HomeSince = explained }},
	ztp.CauseNotRendered:    {service: true, plant: func(f *ztp.PhoneFacts) { f.Rendered = ztp.Errorf(ztp.CodeNotRendered, "A base.") }},
	ztp.CauseNotReady:       {plant: waits(ztp.WaitingSettings)},
	ztp.CauseTrouble:        {service: true, plant: got(ztp.FetchTrouble)},
	ztp.CauseNoLine:         {service: true, plant: func(f *ztp.PhoneFacts) { f.Values = setTo(); tells("")(f) }},
	ztp.CauseNoRegistrar:    {service: true, plant: func(f *ztp.PhoneFacts) { f.Values = setTo("line_user", "201"); tells("")(f) }},
	ztp.CauseNoPassword: {service: true, plant: func(f *ztp.PhoneFacts) {
		f.Values = setTo("line_user", "201", "line_registrar", "sip.example")
		tells("")(f)
	}},
	ztp.CauseEarlierFile: {service: true, plant: func(f *ztp.PhoneFacts) {
		f.Endpoint.FetchedAt, f.Fetches = explained.Add(-73*time.Hour), nil
		f.Contact.WaitingAt = explained.Add(-time.Hour)
		tells(ztp.SIPWrongPassword)(f)
	}},
	ztp.CauseWrongPassword: {service: true, plant: tells(ztp.SIPWrongPassword)},
	ztp.CauseUnknownUser:   {service: true, plant: tells(ztp.SIPUnknownUser)},
	ztp.CauseGone:          {service: true, plant: tells(ztp.SIPGone)},
	ztp.CauseNotRegistered: {service: true, plant: tells("")},
}

func servedElsewhere(f *ztp.PhoneFacts) {
	f.Template, _ = ztp.ParseURLTemplate("https://theirs.example/x/{account_token}/{mac}")
	f.Present, f.Endpoint.AddressTemplate = f.Template, f.Template.String()
}

func got(r ztp.FetchResult) func(*ztp.PhoneFacts) {
	return func(f *ztp.PhoneFacts) {
		f.Fetches = append([]ztp.Fetch{{At: explained.Add(-10 * time.Minute), Result: r, Address: onDesk, Times: 1}}, f.Fetches...)
	}
}

// Every cause that is planted is the first closed gate, with a remedy and no place left
// for a name.
func TestExplainNamesTheCause(t *testing.T) {
	t.Parallel()
	for _, c := range ztp.GateCauses {
		planted, ok := causes[c.Cause]
		if !ok {
			t.Errorf("%s is planted nowhere", c.Cause)
			continue
		}
		f := fresh(t)
		if planted.service {
			f = working(t)
		}
		planted.plant(&f)
		x := ztp.Explain(f)
		if x.First == nil || x.First.Cause != c.Cause || x.First.Name != c.Gate {
			t.Errorf("%s: first is %+v", c.Cause, x.First)
			continue
		}
		if x.InService() || c.Cause.Remedy("Snom") == "" || strings.Contains(c.Cause.Title("Snom")+c.Cause.Remedy("Snom")+x.First.Text, "{vendor}") {
			t.Errorf("%s: %q, %q, %q", c.Cause, c.Cause.Title("Snom"), x.First.Text, c.Cause.Remedy("Snom"))
		}
	}
}

// A phone that is held before it has come was not seen by that, and its hold is told.
func TestExplainHoldIsNoVisit(t *testing.T) {
	t.Parallel()
	f := fresh(t)
	f.Contact = f.Contact.Hold(explained.Add(-time.Minute))
	x := ztp.Explain(f)
	if x.First == nil || x.First.Cause != ztp.CauseNeverCame {
		t.Errorf("first is %+v", x.First)
	}
	for _, g := range x.Gates {
		switch {
		case g.Name == ztp.GateWindow && (g.Cause != ztp.CauseHeld || !strings.Contains(g.Text, "nobody has come meanwhile")):
			t.Errorf("the hold is told as %+v", g)
		case (g.Name == ztp.GateTLS || g.Name == ztp.GateCertificate || g.Name == ztp.GateToken) && g.State != ztp.GateUnknown:
			t.Errorf("a phone that has not come: %+v", g)
		}
	}
}

// A phone that has come again by its own proof since somebody else came by its URL is in
// service, and the alarm is told beside that.
func TestExplainResumed(t *testing.T) {
	t.Parallel()
	for _, why := range []ztp.Waiting{ztp.WaitingOther, ztp.WaitingElsewhere} {
		f := working(t)
		waits(why)(&f)
		f.Contact.AlarmedAt = f.Contact.WaitingAt
		if x := ztp.Explain(f); x.First == nil {
			t.Errorf("%s: nothing is closed while it is so", why)
		}
		f.Fetches = append([]ztp.Fetch{{At: f.Contact.WaitingAt.Add(time.Second), Result: ztp.FetchSettings, Address: onDesk, Times: 1}}, f.Fetches...)
		x := ztp.Explain(f)
		if !x.InService() {
			t.Errorf("%s: first is %+v", why, x.First)
		}
		for _, g := range x.Gates {
			if g.Name == ztp.GateWindow && !strings.Contains(g.Text, "the alarm stays until somebody dismisses it") {
				t.Errorf("%s: %s", why, g.Text)
			}
		}
	}
}

// What is not the phone's is not held against it.
func TestExplainLeavesOthersOut(t *testing.T) {
	t.Parallel()
	for name, plant := range map[string]func(*ztp.PhoneFacts){
		"nothing":                func(*ztp.PhoneFacts) {},
		"refused from elsewhere": func(f *ztp.PhoneFacts) { refused(ztp.RefusedToken)(f); f.Fetches[0].Address = offDesk },
		"a handshake of others":  shakes(ztp.HandshakeOldVersion, offDesk, "prov.example"),
		"a handshake before it was": func(f *ztp.PhoneFacts) {
			shakes(ztp.HandshakeClock, onDesk, "")(f)
			f.Handshakes[0].Last = explained.Add(-2 * time.Hour)
		},
		"no line here":           func(f *ztp.PhoneFacts) { f.Values = setTo() },
		"our name failed before": func(f *ztp.PhoneFacts) { meets(net.ErrClosed)(f); f.Address.At = explained.Add(-2 * time.Hour) },
		"asked for its password and let in at once": func(f *ztp.PhoneFacts) {
			f.Fetches = append([]ztp.Fetch{{Result: ztp.FetchChallenge, At: f.Fetches[0].At, Address: onDesk}}, f.Fetches...)
		},
		"a retired token": func(f *ztp.PhoneFacts) { f.TokenServed = false },
		"disabled":        causes[ztp.CauseDisabled].plant,
	} {
		f := working(t)
		plant(&f)
		x := ztp.Explain(f)
		if x.First != nil || !x.InService() {
			t.Errorf("%s: first is %+v", name, x.First)
		}
		if later := slices.ContainsFunc(x.Gates, func(g ztp.Gate) bool { return g.State == ztp.GateLater }); later != (name == "disabled") {
			t.Errorf("%s: later is %v", name, later)
		}
	}
	ended := fresh(t)
	for _, names := range [][]string{{"prov.example"}, nil} { // one may have a common name alone
		ended.Certificates = []ztp.ServedCertificate{{Listener: "phone", Names: names, NotAfter: explained.Add(-time.Hour)}}
		if x := ztp.Explain(ended); x.First == nil || x.First.Cause != ztp.CauseOurCertificate {
			t.Errorf("a certificate for %q that has ended: first is %+v", names, x.First)
		}
	}
	scan := fresh(t)
	shakes(ztp.HandshakeClosed, offDesk, "")(&scan)
	if x := ztp.Explain(scan); x.First == nil || x.First.Cause != ztp.CauseNeverCame {
		t.Errorf("a scan: first is %+v", x.First)
	}
}

// A phone that was in service a moment ago is not any more when it is released: what a new
// one would lack, such as its lines, which went with it, is not why.
func TestExplainReleasedFromService(t *testing.T) {
	t.Parallel()
	f := working(t)
	f.Endpoint.State, f.Endpoint.SIP, f.Values = ztp.EndpointReleased, ztp.SIPFact{}, setTo()
	if x := ztp.Explain(f); x.First == nil || x.First.Cause != ztp.CauseReleased {
		t.Errorf("first is %+v", x.First)
	}
	f.Platform.HomeSince = explained.Add(-time.Minute)
	if x := ztp.Explain(f); x.First == nil || x.First.Cause != ztp.CauseSentHome {
		t.Errorf("sent home: first is %+v", x.First)
	}
}

// A phone that was refused since our key is was not refused itself.
func TestExplainRefusedKey(t *testing.T) {
	t.Parallel()
	f := fresh(t)
	entry(ztp.EndpointFailed, ztp.CodeVendorKeyRejected)(&f)
	if x := ztp.Explain(f); x.First == nil || x.First.Cause != ztp.CauseLinkTrouble {
		t.Errorf("first is %+v", x.First)
	}
}

// A phone that waits for its certificate, and shows one that is not believed, is told apart
// from one that shows none; what others in other networks show is not its.
func TestExplainDisbelievedCertificate(t *testing.T) {
	t.Parallel()
	for at, want := range map[netip.Addr]ztp.GateCause{onDesk: ztp.CauseNotBelieved, offDesk: ztp.CauseOwnCertificate} {
		f := fresh(t)
		waits(ztp.WaitingCertificate)(&f)
		shakes(ztp.HandshakeNotBelieved, at, "prov.example")(&f)
		f.Handshakes[0].Last = f.Contact.WaitingAt.Add(-time.Second)
		if x := ztp.Explain(f); x.First == nil || x.First.Cause != want {
			t.Errorf("from %s: first is %+v", at, x.First)
		}
		f.Contact = f.Contact.Admit("ann", explained.Add(-time.Second))
		if x := ztp.Explain(f); x.First != nil && (x.First.Name == ztp.GateCertificate || x.First.Name == ztp.GateWindow) {
			t.Errorf("admitted, from %s: first is %+v", at, x.First)
		}
	}
}

// Who may be a stranger is told with all networks that wait, and an admission with its own.
func TestExplainNamesNetworks(t *testing.T) {
	t.Parallel()
	l := inUse(t)
	l.comes(elsewhere)
	l.comes(third)
	f := fresh(t)
	f.Contact = l.c
	windowText := func() string {
		for _, g := range ztp.Explain(f).Gates {
			if g.Name == ztp.GateWindow {
				return g.Text
			}
		}
		return ""
	}
	if got := windowText(); !strings.Contains(got, "These wait: 198.51.100.0/24, 203.0.113.0/24. Its settings were given out to 192.0.2.0/24.") {
		t.Error(got)
	}
	f.Contact = f.Contact.AdmitFrom(third, "ann", explained.Add(-time.Second))
	if got := windowText(); got != "Admitted by ann: it gets its settings the next time it asks from 203.0.113.0/24." {
		t.Error(got)
	}
}

func TestExplainDocument(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`# Why a phone is not in service

*Explain this phone* on a phone's page, ` + "`zerotouch endpoint explain PLATFORM MAC`" + ` and
` + "`GET /platforms/{p}/endpoints/{mac}/explain`" + ` walk what a new phone meets, in this order, and name the first gate that is closed.
No vendor is asked. The provisioning URL is looked at as a phone would, by DNS and TLS, once a minute at most. A failed TLS handshake counts as the
phone's when it comes from a network that the phone has come from; of one that has never come, when it asks for our name or is one
of an old phone that says no name. What is refused in networks that a proven phone has never come from is not held against it.

Generated from ` + "`internal/ztp/explaincause.go`" + ` by ` + "`go test ./internal/ztp -update`" + `.
`)
	for _, gate := range ztp.GateNames() {
		fmt.Fprintf(&b, "\n## %s\n\n| Cause | What it means | What opens it |\n|---|---|---|\n", gate.Title())
		for _, c := range ztp.GateCauses {
			if c.Gate == gate {
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Cause, heading(c.Cause.Title("the vendor")), c.Cause.Remedy("the vendor"))
			}
		}
	}
	checkDocument(t, "explain.md", b.String())
}
