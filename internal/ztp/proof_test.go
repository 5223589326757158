package ztp_test

import (
	"testing"

	"zerotouch.example/internal/ztp"
)

// Where a certificate is due, it is asked of whoever has not proven itself by less, and of
// whoever has shown one before. Nobody is sent away for it, and one click lets a phone in.
func TestCertificateIsRequired(t *testing.T) {
	t.Parallel()
	type scene struct {
		e ztp.Endpoint
		c ztp.Contact
		v ztp.Visit
	}
	shown := func() (ztp.Endpoint, ztp.Contact) {
		e, c := proven()
		c.Assurance = ztp.AssuranceCertificate
		return e, c
	}
	for name, tc := range map[string]struct {
		from   func() (ztp.Endpoint, ztp.Contact)
		change func(*scene)
		level  ztp.Assurance
		why    ztp.Waiting
		less   bool
		alarm  bool
	}{
		"fresh, with its own":            {newPhone, func(s *scene) { s.v.Certificate = oneMAC }, "A", "", false, false},
		"fresh, without":                 {newPhone, func(*scene) {}, "D", ztp.WaitingCertificate, false, false},
		"where the platform asks less":   {newPhone, func(s *scene) { s.v.Required = false }, "C", "", true, false},
		"where none is due":              {newPhone, func(s *scene) { s.v.Due = false }, "C", "", false, false},
		"moved, with its own":            {newPhone, func(s *scene) { s.v.Moved, s.v.Certificate = true, oneMAC }, "D", "", false, false},
		"moved, without":                 {newPhone, func(s *scene) { s.v.Moved = true }, "D", ztp.WaitingCertificate, false, false},
		"moved, with another's":          {newPhone, func(s *scene) { s.v.Moved, s.v.Certificate = true, nextMAC }, "D", ztp.WaitingOther, false, true},
		"moved, proven by less":          {proven, func(s *scene) { s.v.Moved = true }, "D", "", false, false},
		"fresh, without, and late":       {newPhone, func(s *scene) { s.v.At = at.Add(99 * day) }, "D", ztp.WaitingLate, false, false},
		"admitted without":               {newPhone, func(s *scene) { s.c = s.c.Admit("x", s.v.At) }, "C", "", true, false},
		"in service from before":         {newPhone, func(s *scene) { s.e.FetchedAt = at }, "C", "", true, false},
		"proven by less, with password":  {proven, func(s *scene) { s.v.Password = ztp.PasswordCurrent }, "B", "", true, false},
		"proven by less, reset at desk":  {proven, func(*scene) {}, "C", "", true, false},
		"proven by less, by a stranger":  {proven, func(s *scene) { s.v.Network = elsewhere }, "D", ztp.WaitingElsewhere, false, true},
		"shown before, not now":          {shown, func(s *scene) { s.v.Password = ztp.PasswordCurrent }, "D", ztp.WaitingCertificate, false, false},
		"its password from elsewhere":    {shown, func(s *scene) { s.v.Password, s.v.Network = ztp.PasswordCurrent, elsewhere }, "D", ztp.WaitingCertificate, false, true},
		"shown before, admitted without": {shown, func(s *scene) { s.c = s.c.Admit("x", s.v.At) }, "C", "", true, false},
		"shown before, shown now":        {shown, func(s *scene) { s.v.Certificate, s.c.Less = oneMAC, true }, "A", "", false, false},
	} {
		e, c := tc.from()
		s := scene{e, c, visit()}
		s.v.Due, s.v.Required = true, true
		tc.change(&s)
		got := ztp.Decide(s.e, s.c, s.v)
		if got.Assurance != tc.level || got.Waiting != tc.why || got.Contact.Less != tc.less || got.Alarm != tc.alarm {
			t.Errorf("%s: %s, %q, less %v, alarm %v; want %s, %q, %v, %v", name,
				got.Assurance, got.Waiting, got.Contact.Less, got.Alarm, tc.level, tc.why, tc.less, tc.alarm)
		}
		if want := ztp.AnswerHolding; tc.why != "" && got.Answer != want {
			t.Errorf("%s: answer %s", name, got.Answer)
		}
	}
}
