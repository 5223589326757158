package ztp_test

import (
	"net/netip"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

const day = 24 * time.Hour

var (
	desk      = netip.MustParsePrefix("192.0.2.0/24")
	elsewhere = netip.MustParsePrefix("198.51.100.0/24")
	oneMAC    = mustMAC("000413A11FA7")
	nextMAC   = mustMAC("000413A11FA8")
)

func mustMAC(s string) ztp.MAC {
	m, err := ztp.ParseMAC(s)
	if err != nil {
		panic(err)
	}
	return m
}

// newPhone is one that was registered at `at` and has never come.
func newPhone() (ztp.Endpoint, ztp.Contact) {
	return ztp.Endpoint{Platform: "p", Account: "a", MAC: oneMAC, DeviceTokenHash: "device", State: ztp.EndpointListed, CreatedAt: at}, ztp.Contact{}
}

// proven is one that came an hour after, from its desk, and has stored what it got.
func proven() (ztp.Endpoint, ztp.Contact) {
	e, _ := newPhone()
	e.FetchedAt = at.Add(time.Hour)
	return e, ztp.Contact{Platform: "p", MAC: oneMAC, DeviceTokenHash: "device", Account: "a", Assurance: ztp.AssurancePassword, ProvenAt: at.Add(time.Hour),
		Networks: []netip.Prefix{desk}, PasswordHash: "current", PasswordAt: at.Add(time.Hour), PasswordUsedAt: at.Add(time.Hour), Version: 1}
}

// visit is an ordinary first fetch, two hours after the phone was registered.
func visit() ztp.Visit {
	return ztp.Visit{At: at.Add(2 * time.Hour), Way: ztp.WayFirst, Right: true, Secure: true, Network: desk, Ready: true}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	type scene struct {
		e ztp.Endpoint
		c ztp.Contact
		v ztp.Visit
	}
	for name, tc := range map[string]struct {
		// from is who comes; change is what is different about it.
		from   func() (ztp.Endpoint, ztp.Contact)
		change func(*scene)
		answer ztp.Answer
		level  ztp.Assurance
		why    ztp.Waiting
		fresh  bool
	}{
		"fresh from the box":                       {newPhone, func(*scene) {}, ztp.AnswerSettings, "C", "", true},
		"three months in a cupboard":               {newPhone, func(s *scene) { s.v.At = at.Add(90 * day) }, ztp.AnswerHolding, "D", ztp.WaitingLate, false},
		"a day before it is expected":              {newPhone, func(s *scene) { s.e.ExpectedAt = s.v.At.Add(day) }, ztp.AnswerSettings, "C", "", true},
		"earlier than that":                        {newPhone, func(s *scene) { s.e.ExpectedAt = s.v.At.Add(day + 1) }, ztp.AnswerHolding, "D", ztp.WaitingEarly, false},
		"just in time":                             {newPhone, func(s *scene) { s.e.ExpectedAt = s.v.At.Add(1 - 3*day) }, ztp.AnswerSettings, "C", "", true},
		"four days late":                           {newPhone, func(s *scene) { s.e.ExpectedAt = s.v.At.Add(-3 * day) }, ztp.AnswerHolding, "D", ztp.WaitingLate, false},
		"late, and admitted":                       {newPhone, func(s *scene) { s.v.At = at.Add(99 * day); s.c = s.c.Admit("x", s.v.At) }, ztp.AnswerSettings, "C", "", true},
		"admitted, and late again":                 {newPhone, func(s *scene) { s.v.At = at.Add(99 * day); s.c = s.c.Admit("x", at.Add(96*day)) }, ztp.AnswerHolding, "D", ztp.WaitingLate, false},
		"late, with its certificate":               {newPhone, func(s *scene) { s.v.At = at.Add(99 * day); s.v.Certificate = oneMAC }, ztp.AnswerSettings, "A", "", true},
		"another phone's certificate":              {newPhone, func(s *scene) { s.v.Certificate = nextMAC }, ztp.AnswerHolding, "D", ztp.WaitingOther, false},
		"no settings yet":                          {newPhone, func(s *scene) { s.v.Ready = false }, ztp.AnswerHolding, "D", ztp.WaitingSettings, false},
		"without TLS":                              {newPhone, func(s *scene) { s.v.Secure = false }, ztp.AnswerHolding, "D", ztp.WaitingPlain, false},
		"with a wrong token":                       {newPhone, func(s *scene) { s.v.Right = false }, ztp.AnswerNotHere, "D", "", false},
		"wrong token, right certificate":           {newPhone, func(s *scene) { s.v.Right, s.v.Certificate = false, oneMAC }, ztp.AnswerNotHere, "D", "", false},
		"without a token":                          {newPhone, func(s *scene) { s.v.Way = ztp.WayPlain }, ztp.AnswerNotHere, "D", "", false},
		"without a token, before it had one":       {newPhone, func(s *scene) { s.v.Way, s.e.PlainURL = ztp.WayPlain, true }, ztp.AnswerURL, "D", "", false},
		"that one, without TLS":                    {newPhone, func(s *scene) { s.v.Way, s.e.PlainURL, s.v.Secure = ztp.WayPlain, true, false }, ztp.AnswerHolding, "D", ztp.WaitingPlain, false},
		"in service from before, first time since": {newPhone, func(s *scene) { s.v.At = at.Add(200 * day); s.e.FetchedAt = at.Add(day) }, ztp.AnswerSettings, "C", "", true},
		"by its URL of before a move":              {proven, func(s *scene) { s.v.Moved = true }, ztp.AnswerURL, "D", "", false},
		"the same, without TLS":                    {proven, func(s *scene) { s.v.Moved, s.v.Secure = true, false }, ztp.AnswerHolding, "D", ztp.WaitingPlain, false},

		"every day":                          {proven, func(s *scene) { s.v.Way, s.v.Password = ztp.WaySettled, ztp.PasswordCurrent }, ztp.AnswerSettings, "B", "", false},
		"before it is asked":                 {proven, func(s *scene) { s.v.Way = ztp.WaySettled }, ztp.AnswerChallenge, "D", "", false},
		"does not answer that, at its desk":  {proven, func(s *scene) { s.v.Way, s.v.Asked = ztp.WaySettled, true }, ztp.AnswerSettings, "C", "", false},
		"does not answer that, elsewhere":    {proven, func(s *scene) { s.v.Way, s.v.Asked, s.v.Network = ztp.WaySettled, true, elsewhere }, ztp.AnswerHolding, "D", ztp.WaitingElsewhere, false},
		"wrong password, at its desk":        {proven, func(s *scene) { s.v.Way, s.v.Password = ztp.WaySettled, ztp.PasswordWrong }, ztp.AnswerSettings, "C", "", false},
		"wrong password, elsewhere":          {proven, func(s *scene) { s.v.Way, s.v.Password, s.v.Network = ztp.WaySettled, ztp.PasswordWrong, elsewhere }, ztp.AnswerHolding, "D", ztp.WaitingElsewhere, false},
		"carried to another site":            {proven, func(s *scene) { s.v.Way, s.v.Password, s.v.Network = ztp.WaySettled, ztp.PasswordCurrent, elsewhere }, ztp.AnswerSettings, "B", "", false},
		"the new password never arrived":     {proven, func(s *scene) { s.v.Way, s.v.Password = ztp.WaySettled, ztp.PasswordPrevious }, ztp.AnswerSettings, "B", "", false},
		"with a password, settings gone":     {proven, func(s *scene) { s.v.Password, s.v.Ready = ztp.PasswordCurrent, false }, ztp.AnswerHolding, "D", ztp.WaitingSettings, false},
		"with a password, without TLS":       {proven, func(s *scene) { s.v.Password, s.v.Secure = ztp.PasswordCurrent, false }, ztp.AnswerHolding, "D", ztp.WaitingPlain, false},
		"reset at its desk":                  {proven, func(*scene) {}, ztp.AnswerSettings, "C", "", false},
		"power lost before it was stored":    {proven, func(s *scene) { s.c.PasswordUsedAt = time.Time{} }, ztp.AnswerSettings, "C", "", false},
		"reset and carried away":             {proven, func(s *scene) { s.v.Network = elsewhere }, ztp.AnswerHolding, "D", ztp.WaitingElsewhere, false},
		"reset, carried away and admitted":   {proven, func(s *scene) { s.v.Network = elsewhere; s.c = s.c.Admit("x", s.v.At) }, ztp.AnswerSettings, "C", "", true},
		"the window of that is over":         {proven, func(s *scene) { s.v.Network, s.v.At = elsewhere, at.Add(9*day); s.c = s.c.Admit("x", at.Add(2*day)) }, ztp.AnswerHolding, "D", ztp.WaitingElsewhere, false},
		"reset, carried away, certificate":   {proven, func(s *scene) { s.v.Network, s.v.Certificate = elsewhere, oneMAC }, ztp.AnswerSettings, "A", "", false},
		"its address cannot be read":         {proven, func(s *scene) { s.v.Network = netip.Prefix{} }, ztp.AnswerHolding, "D", ztp.WaitingElsewhere, false},
		"settled, and nothing known of that": {newPhone, func(s *scene) { s.v.Way, s.v.Password = ztp.WaySettled, ztp.PasswordWrong }, ztp.AnswerSettings, "C", "", true},
		"held, though it says its password":  {proven, func(s *scene) { s.v.Password = ztp.PasswordCurrent; s.c = s.c.Hold(s.v.At) }, ztp.AnswerHolding, "D", ztp.WaitingHeld, false},
		"held, with its certificate":         {proven, func(s *scene) { s.v.Certificate = oneMAC; s.c = s.c.Hold(s.v.At).Dismiss() }, ztp.AnswerHolding, "D", ztp.WaitingHeld, false},
		"held, and without TLS":              {newPhone, func(s *scene) { s.v.Secure = false; s.c = s.c.Hold(s.v.At) }, ztp.AnswerHolding, "D", ztp.WaitingHeld, false},
		"held, by a URL without a token":     {newPhone, func(s *scene) { s.v.Way, s.e.PlainURL, s.c = ztp.WayPlain, true, s.c.Hold(s.v.At) }, ztp.AnswerHolding, "D", ztp.WaitingHeld, false},
		"held, by its URL of before a move":  {proven, func(s *scene) { s.v.Moved, s.c = true, s.c.Hold(s.v.At) }, ztp.AnswerHolding, "D", ztp.WaitingHeld, false},
		"held, and admitted":                 {newPhone, func(s *scene) { s.c = s.c.Hold(at).Admit("x", at) }, ztp.AnswerSettings, "C", "", true},
		"the hold is over":                   {proven, func(s *scene) { s.v.Password = ztp.PasswordCurrent; s.c = s.c.Hold(at).Unhold() }, ztp.AnswerSettings, "B", "", false},
		"expected, and proven before":        {proven, func(s *scene) { s.v.Network, s.e.ExpectedAt = elsewhere, s.v.At }, ztp.AnswerHolding, "D", ztp.WaitingElsewhere, false},
	} {
		e, c := tc.from()
		s := scene{e, c, visit()}
		tc.change(&s)
		got := ztp.Decide(s.e, s.c, s.v)
		if got.Answer != tc.answer || got.Assurance != tc.level || got.Waiting != tc.why || got.Fresh != tc.fresh {
			t.Errorf("%s: %s %s %q, new password %v; want %s %s %q, %v", name, got.Answer, got.Assurance, got.Waiting, got.Fresh, tc.answer, tc.level, tc.why, tc.fresh)
		}
	}
}

// What must hold whatever comes together: over every combination of what is known and
// what comes.
func TestDecideKeepsItsPromises(t *testing.T) {
	t.Parallel()
	yesNo := []bool{false, true}
	n := 0
	for _, from := range []func() (ztp.Endpoint, ztp.Contact){newPhone, proven} {
		for _, way := range []ztp.Way{ztp.WayPlain, ztp.WayFirst, ztp.WaySettled} {
			for _, password := range []ztp.Password{ztp.PasswordNone, ztp.PasswordCurrent, ztp.PasswordPrevious, ztp.PasswordWrong} {
				for _, certificate := range []ztp.MAC{{}, oneMAC, nextMAC} {
					for _, network := range []netip.Prefix{desk, elsewhere, {}} {
						for bits := range 1 << 7 {
							on := func(i int) bool { return yesNo[bits>>i&1] }
							e, c := from()
							v := ztp.Visit{At: at.Add(2 * time.Hour), Way: way, Right: on(0), Secure: on(1), Ready: on(2), Asked: on(3), Moved: on(4), Certificate: certificate, Password: password, Network: network}
							if on(5) {
								v.At = at.Add(200 * day)
							}
							if on(6) {
								c = c.Admit("x", v.At)
							}
							promises(t, e, c, v, ztp.Decide(e, c, v))
							n++
						}
					}
				}
			}
		}
	}
	if n < 20000 {
		t.Errorf("%d combinations", n)
	}
}

func promises(t *testing.T, e ztp.Endpoint, c ztp.Contact, v ztp.Visit, got ztp.Verdict) {
	t.Helper()
	bad := func(what string) { t.Errorf("%s: %+v gets %+v", what, v, got) }
	own := v.Way != ztp.WayPlain && v.Right
	secrets := got.Answer == ztp.AnswerSettings
	switch {
	case own && got.Answer == ztp.AnswerNotHere:
		bad("a right token is sent away")
	case !own && got.Answer != ztp.AnswerNotHere:
		bad("no right token, and an answer")
	case got.Answer == ztp.AnswerChallenge && (v.Way != ztp.WaySettled || v.Asked || v.Password != ztp.PasswordNone):
		bad("asked for a password that it may not have")
	case secrets && (!v.Secure || !v.Ready || v.Moved):
		bad("secrets where there should be none")
	case secrets && !v.Certificate.IsZero() && v.Certificate != oneMAC:
		bad("secrets for another phone")
	case secrets && got.Assurance == ztp.AssuranceNone, !secrets && got.Assurance != ztp.AssuranceNone:
		bad("the level does not fit the answer")
	case (got.Answer == ztp.AnswerHolding) != (got.Waiting != ""):
		bad("waits without a reason")
	case !secrets && (got.Fresh || got.Contact.PasswordHash != "" && got.Contact.PasswordHash != c.PasswordHash):
		bad("a password without a file")
	}
	if !secrets || !got.Save {
		return
	}
	// The next one who comes by the token alone from elsewhere is not served, unless
	// somebody was admitted who has not come yet.
	stranger := ztp.Visit{At: v.At.Add(time.Minute), Way: ztp.WayFirst, Right: true, Secure: true, Ready: true, Network: netip.MustParsePrefix("203.0.113.0/24")}
	waitsFor := got.Assurance == ztp.AssurancePassword && ztp.WindowOf(e, c).Open(stranger.At)
	if next := ztp.Decide(e, got.Contact, stranger); (next.Answer == ztp.AnswerSettings) != waitsFor {
		bad("the window after a success")
	}
	if again := ztp.Decide(e, got.Contact.WithPassword("fresh", v.At), v); again.Save && again.Fresh {
		bad("the same again gets another password")
	}
}

// To hold a phone is no visit of it: the first one after that is kept, however soon it is.
func TestFirstVisitOfAHeldPhoneIsKept(t *testing.T) {
	t.Parallel()
	e, c := proven()
	v := visit()
	c = c.Hold(v.At)
	v.At = v.At.Add(time.Second)
	got := ztp.Decide(e, c, v)
	if !got.Save || got.Contact.WaitingNetwork != v.Network || !got.Contact.WaitingSince.Equal(c.WaitingSince) {
		t.Errorf("the first: %+v", got)
	}
	v.At = v.At.Add(time.Second)
	if got = ztp.Decide(e, got.Contact, v); got.Save {
		t.Errorf("a second later: %+v", got)
	}
}

// The life of a phone with one who has its URL: each keeps what is his.
func TestNewcomerIsHeldAndTheProvenPhoneGoesOn(t *testing.T) {
	t.Parallel()
	e, c := proven()
	newcomer, phone := visit(), visit()
	newcomer.Network, newcomer.Agent = elsewhere, "curl"
	phone.Way, phone.Password = ztp.WaySettled, ztp.PasswordCurrent
	step := func(v ztp.Visit) ztp.Verdict {
		got := ztp.Decide(e, c, v)
		if got.Save {
			c = got.Contact
		}
		return got
	}
	if got := step(newcomer); !got.Alarm || !got.Save || got.Answer != ztp.AnswerHolding {
		t.Fatalf("the newcomer: %+v", got)
	}
	newcomer.At = newcomer.At.Add(time.Second)
	if got := step(newcomer); got.Alarm || got.Save {
		t.Errorf("the newcomer a second later: %+v", got)
	}
	if got := step(phone); got.Answer != ztp.AnswerSettings || got.Save {
		t.Errorf("the proven phone: %+v", got)
	}
	if c.Waiting != ztp.WaitingElsewhere || c.WaitingNetwork != elsewhere || c.WaitingAgent != "curl" {
		t.Errorf("who waits is forgotten: %+v", c)
	}
	c = c.Admit("somebody", newcomer.At)
	if got := step(phone); got.Answer != ztp.AnswerSettings {
		t.Errorf("the proven phone, with the newcomer admitted: %+v", got)
	}
	got := step(newcomer)
	if got.Answer != ztp.AnswerSettings || !got.Fresh {
		t.Fatalf("the newcomer, admitted: %+v", got)
	}
	c = c.WithPassword("fresh", newcomer.At)
	newcomer.Way, newcomer.Password = ztp.WaySettled, ztp.PasswordCurrent
	if got := step(newcomer); got.Answer != ztp.AnswerSettings || c.PasswordUsedAt.IsZero() {
		t.Errorf("its password: %+v", got)
	}
	// What was given out before ends with the admission, password and network: if the wrong
	// one was admitted, the phone shows that.
	phone.Password = ztp.PasswordWrong
	if got := step(phone); got.Answer != ztp.AnswerHolding || !got.Alarm {
		t.Errorf("the phone of before: %+v", got)
	}
}

// A password that is given out anew counts beside the one before until it is used.
func TestPreviousPassword(t *testing.T) {
	t.Parallel()
	e, c := proven()
	c = c.WithPassword("fresh", at.Add(time.Hour))
	v := visit()
	v.Way, v.Network = ztp.WaySettled, elsewhere
	for _, step := range []struct {
		said  ztp.Password
		knows bool
	}{{ztp.PasswordPrevious, false}, {ztp.PasswordCurrent, true}} {
		v.Password = step.said
		got := ztp.Decide(e, c, v)
		if c = got.Contact; got.Answer != ztp.AnswerSettings || got.Fresh || c.Knows(elsewhere) != step.knows || (c.PreviousHash == "") != step.knows {
			t.Errorf("%s: %+v", step.said, got)
		}
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := ztp.NetworkOf(netip.MustParseAddr(address)); got.String() != want {
			t.Errorf("%s is in %s, want %s", address, got, want)
		}
	}
	if ztp.NetworkOf(netip.Addr{}).IsValid() {
		t.Error("no address is in a network")
	}
	e, c := proven()
	v := visit()
	v.Way, v.Password = ztp.WaySettled, ztp.PasswordCurrent
	for i := range 9 {
		v.Network = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), 0}), 24)
		c = ztp.Decide(e, c, v).Contact
	}
	if len(c.Networks) != 4 || c.Networks[0] != v.Network {
		t.Errorf("networks %v", c.Networks)
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	now, before := ztp.NewToken(), ztp.NewToken()
	c := ztp.Contact{PasswordHash: ztp.HashToken(before)}.WithPassword(ztp.HashToken(now), at)
	for want, said := range map[ztp.Password]ztp.Secret{
		ztp.PasswordNone: {}, ztp.PasswordCurrent: now, ztp.PasswordPrevious: before, ztp.PasswordWrong: ztp.NewToken(),
	} {
		if got := c.CheckPassword(said); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	if got := (ztp.Contact{}).CheckPassword(now); got != ztp.PasswordWrong {
		t.Errorf("a phone without a password takes one: %q", got)
	}
}
