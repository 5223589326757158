package ztp_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

var third = netip.MustParsePrefix("203.0.113.0/24")

// life is a phone over several requests.
type life struct {
	t *testing.T
	e ztp.Endpoint
	c ztp.Contact
	v ztp.Visit
	n int
}

// comes is a request from there a second later, changed by how; what is to be kept is.
func (l *life) comes(from netip.Prefix, how ...func(*ztp.Visit)) ztp.Verdict {
	l.v.At = l.v.At.Add(time.Second)
	v := l.v
	v.Network = from
	for _, f := range how {
		f(&v)
	}
	got := ztp.Decide(l.e, l.c, v)
	if got.Save {
		l.c = got.Contact
		l.n++
	}
	if got.Fresh {
		l.c = l.c.WithPassword(fmt.Sprint("password ", l.n), v.At)
	}
	return got
}

func (l *life) wants(what string, got ztp.Verdict, answer ztp.Answer, fresh bool) {
	l.t.Helper()
	if got.Answer != answer || got.Fresh != fresh {
		l.t.Errorf("%s: %s, new password %v; want %s, %v", what, got.Answer, got.Fresh, answer, fresh)
	}
}

func late(t *testing.T) *life {
	e, c := newPhone()
	v := visit()
	v.At = at.Add(99 * day)
	return &life{t: t, e: e, c: c, v: v}
}

func inUse(t *testing.T) *life {
	e, c := proven()
	return &life{t: t, e: e, c: c, v: visit()}
}

func settled(v *ztp.Visit)    { v.Way = ztp.WaySettled }
func withoutTLS(v *ztp.Visit) { v.Secure = false }
func unready(v *ztp.Visit)    { v.Ready = false }

// Who is admitted is who was shown: a thief that asks every second waits, by whichever URL
// and wherever he is known from, and the phone is served.
func TestAdmittedByNetwork(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		from   func(*testing.T) *life
		before func(*life)
	}{
		"a late phone":                        {late, func(*life) {}},
		"before its window was over":          {func(t *testing.T) *life { l := late(t); l.v.At = at; return l }, func(*life) {}},
		"the thief came first and was served": {inUse, func(l *life) { l.c.Networks = []netip.Prefix{elsewhere} }},
		"in service from before":              {late, func(l *life) { l.e.FetchedAt, l.c = at, l.c.Hold(at) }},
		"both have waited for its settings": {late, func(l *life) {
			l.v.At = at
			l.comes(elsewhere, unready)
			l.comes(desk, unready)
			l.v.At = at.Add(99 * day)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l := tc.from(t)
			l.t = t
			tc.before(l)
			l.c = l.c.AdmitFrom(desk, "ada", l.v.At)
			l.wants("the thief", l.comes(elsewhere), ztp.AnswerHolding, false)
			if l.c.PasswordHash != "" {
				l.wants("by the other URL", l.comes(elsewhere, settled), ztp.AnswerChallenge, false)
			}
			l.wants("not answering that", l.comes(elsewhere, settled, func(v *ztp.Visit) { v.Asked = true }), ztp.AnswerHolding, false)
			l.wants("the phone", l.comes(desk), ztp.AnswerSettings, true)
			if len(l.c.Networks) != 1 || !l.c.Knows(desk) {
				t.Errorf("it is known from %v", l.c.Networks)
			}
			got := l.comes(elsewhere)
			l.wants("the thief after it", got, ztp.AnswerHolding, false)
			if l.c.AlarmedAt.IsZero() {
				t.Error("no alarm")
			}
			l.wants("the phone again", l.comes(desk), ztp.AnswerSettings, false)
		})
	}
}

// The certificate of the phone counts from anywhere, and so does its password; the password
// leaves the window to whom it is for, and so does an admission that nobody has used.
func TestAdmissionOfAnother(t *testing.T) {
	t.Parallel()
	l := inUse(t)
	l.c = l.c.AdmitFrom(elsewhere, "ada", l.v.At)
	l.wants("its password", l.comes(desk, settled, func(v *ztp.Visit) { v.Password = ztp.PasswordCurrent }), ztp.AnswerSettings, false)
	l.v.At = l.v.At.Add(4 * day)
	l.wants("at its desk, after it", l.comes(desk), ztp.AnswerSettings, false)
	l.wants("too late", l.comes(elsewhere), ztp.AnswerHolding, false)
	l.c = l.c.AdmitFrom(elsewhere, "ada", l.v.At)
	l.wants("its certificate", l.comes(desk, func(v *ztp.Visit) { v.Certificate = oneMAC }), ztp.AnswerSettings, true)
	l.wants("the admitted one, after that", l.comes(elsewhere), ztp.AnswerHolding, false)
}

// An admission lets in without a certificate, and nobody else.
func TestAdmittedWithoutCertificate(t *testing.T) {
	t.Parallel()
	due := func(v *ztp.Visit) { v.Due, v.Required = true, true }
	l := late(t)
	l.wants("the phone", l.comes(desk, due), ztp.AnswerHolding, false)
	l.c = l.c.AdmitFrom(desk, "ada", l.v.At)
	l.wants("the thief", l.comes(elsewhere, due), ztp.AnswerHolding, false)
	l.wants("the phone, admitted", l.comes(desk, due), ztp.AnswerSettings, true)
}

// However many networks somebody comes from, those that came first stay, and so does the one
// that the phone is known from.
func TestWaitersAreBounded(t *testing.T) {
	t.Parallel()
	l := inUse(t)
	l.comes(elsewhere)
	l.comes(third)
	saved := l.n
	for i := range 500 {
		l.comes(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 0}), 24))
	}
	if saved = l.n - saved; saved > 11 { // two new ones, and once a minute
		t.Errorf("%d saves for 500 requests in 500 seconds", saved)
	}
	all := l.c.Waiters()
	if len(all) != 5 || all[0].Network != elsewhere || all[1].Network != third || l.c.OtherVisits == 0 {
		t.Errorf("%d others, and %+v", l.c.OtherVisits, all)
	}
	if l.comes(desk, withoutTLS); l.c.Waiters()[3].Network != desk {
		t.Errorf("the phone's own is not seen: %+v", l.c.Waiters())
	}
	if _, err := l.c.Admission(netip.MustParsePrefix("10.99.0.0/24")); err != nil {
		t.Errorf("one of many that is named: %v", err)
	}
}

// Each keeps why it waits: who comes without TLS does not take the click away from who is late.
func TestWaitersKeepTheirReasons(t *testing.T) {
	t.Parallel()
	l := late(t)
	first := l.v.At.Add(time.Second)
	l.comes(desk)
	l.comes(elsewhere, withoutTLS)
	l.v.At = l.v.At.Add(time.Minute)
	l.comes(desk)
	all := l.c.Waiters()
	if len(all) != 2 || all[0].Waiting != ztp.WaitingLate || all[1].Waiting != ztp.WaitingPlain || !all[0].FirstAt.Equal(first) || !all[0].LastAt.Equal(l.v.At) {
		t.Errorf("%+v", all)
	}
	// A row of an earlier version has the last one alone; what it knows not of is older.
	l.c.Visitors[0].LastAt = l.c.WaitingSince.Add(-time.Second)
	l.c.Visitors = l.c.Visitors[:1]
	l.c.WaitingNetwork = third
	if all = l.c.Waiters(); len(all) != 1 || all[0].Network != third {
		t.Errorf("of an earlier version: %+v", all)
	}
}

func TestAdmission(t *testing.T) {
	t.Parallel()
	none := netip.Prefix{}
	for name, tc := range map[string]struct {
		from  func(*testing.T) *life
		comes []netip.Prefix
		asked netip.Prefix
		want  netip.Prefix
		code  ztp.Code
		says  string
	}{
		"nobody waits":                        {late, nil, none, none, "", ""},
		"one waits":                           {late, []netip.Prefix{desk}, none, desk, "", ""},
		"that one":                            {late, []netip.Prefix{desk}, desk, desk, "", ""},
		"another one":                         {late, []netip.Prefix{desk}, elsewhere, none, ztp.CodeFormOutdated, "198.51.100.0/24"},
		"of nobody":                           {late, nil, desk, none, ztp.CodeFormOutdated, "192.0.2.0/24"},
		"two wait":                            {late, []netip.Prefix{desk, elsewhere}, none, none, ztp.CodeInvalid, "These wait: 192.0.2.0/24, 198.51.100.0/24."},
		"one of the two":                      {late, []netip.Prefix{desk, elsewhere}, elsewhere, elsewhere, "", ""},
		"one waits, and a phone is proven":    {inUse, []netip.Prefix{elsewhere}, none, none, ztp.CodeInvalid, "given out to 192.0.2.0/24"},
		"it is said which":                    {inUse, []netip.Prefix{elsewhere}, elsewhere, elsewhere, "", ""},
		"a phone is proven, and nobody waits": {inUse, nil, none, none, "", ""},
	} {
		l := tc.from(t)
		for _, n := range tc.comes {
			l.comes(n)
		}
		got, err := l.c.Admission(tc.asked)
		if tc.code == "" && (err != nil || got != tc.want) || tc.code != "" && (!ztp.IsCode(err, tc.code) || !strings.Contains(ztp.AsError(err).Detail, tc.says)) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func TestParseNetwork(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"192.0.2.0/24": "192.0.2.0/24", "192.0.2.77": "192.0.2.0/24", "2001:db8::/64": "2001:db8::/64", "2001:db8::1": "2001:db8::/64"} {
		if got, err := ztp.ParseNetwork(text); err != nil || got.String() != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"x", "192.0.2.0/16", "192.0.2.1/24", "0.0.0.0/0", "2001:db8::/48"} {
		if _, err := ztp.ParseNetwork(text); !ztp.IsCode(err, ztp.CodeInvalid) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// An alarm is of the past once the phone itself has come since, by certificate or password, and
// no sooner; it stands until somebody dismisses it, and is of the present again when the other
// one comes again.
func TestResumed(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	there := netip.MustParsePrefix("192.0.2.0/24")
	alarmed := func(change func(*ztp.Contact)) ztp.Contact {
		c := ztp.Contact{Assurance: ztp.AssuranceCertificate, AlarmedAt: at, Waiting: ztp.WaitingOther, WaitingSince: at, WaitingAt: at, WaitingNetwork: there,
			Visitors: []ztp.Visitor{{Network: there, Waiting: ztp.WaitingOther, FirstAt: at, LastAt: at}}}
		if change != nil {
			change(&c)
		}
		return c
	}
	for name, tc := range map[string]struct {
		c      ztp.Contact
		served time.Time
		want   bool
	}{
		"CameSince":        {alarmed(nil), at.Add(time.Minute), true},
		"ByPassword":       {alarmed(func(c *ztp.Contact) { c.Assurance = ztp.AssurancePassword }), at.Add(time.Minute), true},
		"CameBefore":       {alarmed(nil), at.Add(-time.Minute), false},
		"Never":            {alarmed(nil), time.Time{}, false},
		"ProvesNothing":    {alarmed(func(c *ztp.Contact) { c.Assurance = ztp.AssuranceNetwork }), at.Add(time.Minute), false},
		"TheOtherSince":    {alarmed(func(c *ztp.Contact) { c.WaitingAt = at.Add(time.Hour) }), at.Add(time.Minute), false},
		"AnotherSince":     {alarmed(func(c *ztp.Contact) { c.Visitors[0].LastAt = at.Add(time.Hour) }), at.Add(time.Minute), false},
		"Held":             {alarmed(func(c *ztp.Contact) { c.Waiting = ztp.WaitingHeld }), at.Add(time.Minute), false},
		"WaitsWithoutHarm": {alarmed(func(c *ztp.Contact) { c.AlarmedAt = time.Time{} }), at.Add(time.Minute), false},
		"Dismissed":        {alarmed(nil).Dismiss(), at.Add(time.Minute), false},
	} {
		if got := tc.c.Resumed(tc.served); got.IsZero() == tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
