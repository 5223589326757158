package provision

import (
	"context"
	"errors"
	"net/http"

	"zerotouch.example/internal/ztp"
)

// ready finds the tokens for the phone's URL: what is not there is told before anything
// is decided.
func (s *server) ready(ctx context.Context, c *caller) error {
	if _, ok := s.renderers[c.endpoint.Vendor]; !ok {
		return errNoFormat
	}
	account, p := c.account, c.platform
	if c.moved {
		var err error
		if p, err = c.store.Platform(ctx, string(c.endpoint.Platform)); err != nil {
			return err
		}
		if account, err = c.store.Account(ctx, p.ID, string(c.endpoint.Account)); err != nil {
			return err
		}
	}
	c.home, c.template = p, ztp.TemplateOf(c.endpoint, p, s.cfg.URL)
	if c.template.IsZero() {
		return errors.New("no provisioning URL is configured")
	}
	var err error
	if c.current, err = c.store.OpenToken(ctx, p.ID, account.ID, account.TokenID); err != nil {
		return err
	}
	c.tokenID = account.TokenID
	if !c.moved && !c.current.Equal(c.at.account) {
		if c.tokenID, err = c.store.AccountTokenID(ctx, c.at.account); ztp.IsCode(err, ztp.CodeNotFound) {
			return errUnknownToken // retired at this moment
		}
	}
	return err
}

// verdict asks ztp.Decide. Settings are read for one alone that would get them.
func (s *server) verdict(ctx context.Context, c *caller, v ztp.Visit) (ztp.Verdict, error) {
	verdict := ztp.Decide(c.endpoint, c.contact, v)
	if verdict.Answer != ztp.AnswerSettings {
		return verdict, nil
	}
	ask := func() (string, error) {
		values, err := c.settings(ctx)
		return values.Lacks(), err
	}
	lacks, err := "", error(nil)
	if c.facts != nil {
		lacks, err = c.facts.lacks.get(ask)
	} else {
		lacks, err = ask()
	}
	if err == nil && lacks != "" {
		v.Ready = false
		verdict = ztp.Decide(c.endpoint, c.contact, v)
	}
	return verdict, err
}

// settings are those that count for the phone, with their secrets.
func (c *caller) settings(ctx context.Context) (ztp.EffectiveSettings, error) {
	if c.values == nil {
		layers, err := c.layers(ctx)
		if err != nil {
			return ztp.EffectiveSettings{}, err
		}
		c.values = new(ztp.SettingsOfPhone(c.endpoint.MAC, layers...))
	}
	return *c.values, nil
}

func (c *caller) layers(ctx context.Context) ([]ztp.ScopeSettings, error) {
	r, err := c.whole(ctx)
	if err != nil {
		return nil, err
	}
	if r != nil && r.Endpoint.Platform == c.endpoint.Platform && r.Endpoint.Account == c.endpoint.Account {
		return r.Settings(ctx)
	}
	return c.store.OpenSettings(ctx, c.endpoint.SettingScopes()...)
}

// decide asks for the verdict, and says in it whether something is to be kept.
func (s *server) decide(ctx context.Context, r *http.Request, c *caller) (ztp.Verdict, error) {
	v := s.visit(r, c)
	verdict, err := s.verdict(ctx, c, v)
	if err != nil {
		return verdict, err
	}
	if r.Method == http.MethodHead {
		verdict.Save = false // it changes nothing, and takes no file
	}
	if verdict.Fresh && s.early.Load() {
		verdict.Save = false // its window stays open, and it gets its password after the upgrade
	}
	if c.away && expendable(c.contact, verdict) {
		verdict.Save = false // the next time
	}
	switch {
	case verdict.Answer == ztp.AnswerNotHere:
		return verdict, errNotHere("no right token")
	case verdict.Answer == ztp.AnswerChallenge:
		s.asked.put(c.asking(v), v.At)
	case v.Password == ztp.PasswordCurrent:
		s.asked.drop(c.asking(v))
	}
	return verdict, nil
}

// newPassword is the one that is made for the file, zero where the verdict gives none.
func newPassword(verdict ztp.Verdict) (password ztp.Secret) {
	if verdict.Save && verdict.Fresh {
		password = ztp.NewToken()
	}
	return password
}

// keep commits what the verdict says, with the alarm, the password that is in the file, and
// that it is a first fetch. Of two requests that are decided at once, the second is form_outdated.
func (s *server) keep(ctx context.Context, c *caller, verdict ztp.Verdict, password ztp.Secret) error {
	if !verdict.Save {
		return nil
	}
	k, alarm := verdict.Contact, verdict.Alarm
	if verdict.Fresh {
		k = k.WithPassword(ztp.HashToken(password), s.now())
	}
	why, now := verdict.Waiting.Title(), s.now()
	first := verdict.Answer == ztp.AnswerSettings && c.endpoint.FetchedAt.IsZero() && c.platform.HomeSince.IsZero() && !c.moved
	err := s.cfg.Store.Tx(ctx, func(t ztp.Store) error {
		err := t.SaveContact(ctx, k, password)
		if err == nil && first {
			err = t.TouchEndpoint(ctx, c.endpoint.Platform, c.at.mac, now)
		}
		if err != nil || !alarm {
			return err
		}
		return t.AppendEvent(ctx, ztp.Event{
			At: s.now(), Actor: ztp.System("phones").String(), Action: ztp.EventNewcomer, Platform: k.Platform, Vendor: c.endpoint.Vendor,
			Target: k.MAC.String(), Outcome: ztp.OutcomeRefused, Detail: why + ", from " + k.WaitingNetwork.String(),
		})
	})
	if err == nil && first {
		c.endpoint.FetchedAt = now
	}
	return err
}

// knownPassword opens the one that the phone has, where the verdict does not give it one.
func (c *caller) knownPassword(ctx context.Context, verdict ztp.Verdict, given ztp.Secret) (ztp.Secret, error) {
	if !given.IsZero() || verdict.Contact.PasswordHash == "" {
		return given, nil
	}
	r, err := c.whole(ctx)
	if err != nil {
		return ztp.Secret{}, err
	}
	if r != nil && r.Endpoint.Platform == verdict.Contact.Platform && !r.Password.IsZero() {
		return r.Password, nil
	}
	return c.store.ContactPassword(ctx, verdict.Contact.Platform, verdict.Contact.MAC)
}

// expendable: who gets what stays the same when the verdict is not kept.
func expendable(c ztp.Contact, v ztp.Verdict) bool {
	return v.Answer == ztp.AnswerHolding || v.Answer == ztp.AnswerSettings && !v.Fresh && c.ProvenAt.Equal(v.Contact.ProvenAt)
}

// settings is the file that the verdict gives the phone: the one that was made before, if
// nothing has changed since.
func (s *server) settings(ctx context.Context, c *caller, verdict ztp.Verdict, given ztp.Secret) (file, error) {
	if verdict.Answer == ztp.AnswerChallenge {
		c.learnt = c.slot
		return file{}, nil
	}
	if s.loops(c, verdict) {
		return file{}, errLoop
	}
	key := fileKey{answer: verdict.Answer, waiting: verdict.Waiting, plain: c.at.device.IsZero()}
	lasts := c.facts != nil && !c.moved && !verdict.Fresh && given.IsZero()
	if lasts {
		if f, ok := s.known.file(c.facts, key); ok {
			return f, nil
		}
	}
	f, err := s.make(ctx, c, verdict, given)
	if err == nil && lasts {
		s.known.keepFile(c.facts, key, f)
		c.learnt = true
	}
	return f, err
}

func (s *server) make(ctx context.Context, c *caller, verdict ztp.Verdict, given ztp.Secret) (file, error) {
	wanted, password := ztp.SettingsFor(c.endpoint), given
	var err error
	switch verdict.Answer {
	case ztp.AnswerHolding:
		wanted.Holding, wanted.Poll = verdict.Waiting.Word(), ztp.HoldingPoll(c.at.mac)
		return s.render(c, wanted)
	case ztp.AnswerSettings:
		if password, err = c.knownPassword(ctx, verdict, given); err != nil {
			return file{}, err
		}
		values, err := c.settings(ctx)
		if err != nil {
			return file{}, err
		}
		wanted = wanted.Settled(values, password)
	}
	if wanted.URL, err = s.ownURL(ctx, c, !password.IsZero()); err != nil {
		return file{}, err
	}
	return s.render(c, wanted)
}

func (s *server) render(c *caller, wanted ztp.PhoneSettings) (file, error) {
	renderer, ok := s.renderers[c.endpoint.Vendor]
	if !ok {
		return file{}, errNoFormat
	}
	text, kind, err := renderer.RenderSettings(wanted)
	if ztp.IsCode(err, ztp.CodeNotRendered) {
		return file{}, errOtherFormat + errNotHere(ztp.AsError(err).Detail)
	}
	if err != nil {
		return file{}, err
	}
	if len(text) == 0 {
		return file{}, errors.New("the settings file came out empty")
	}
	f := newFile(text, kind)
	f.common = ztp.CertificateTexts(wanted.Values.Text(ztp.SettingCACertificates, 0))
	return f, nil
}

// ownURL is the URL at which the phone is to come from now on. It carries the account's
// current token and the phone's own, so that a phone that still has an earlier URL moves
// on; with its settings, or with a password that it has, that of a phone which has them.
func (s *server) ownURL(ctx context.Context, c *caller, password bool) (ztp.Secret, error) {
	if c.endpoint.DeviceTokenHash == "" {
		return c.template.ForProfile().Fill(c.current), nil
	}
	device := c.at.device
	if device.IsZero() || ztp.HashToken(device) != c.endpoint.DeviceTokenHash {
		tokens, err := c.store.DeviceTokens(ctx, c.endpoint.Platform, []ztp.MAC{c.at.mac})
		if err != nil {
			return ztp.Secret{}, err
		}
		if device = tokens[c.at.mac]; device.IsZero() {
			return ztp.Secret{}, errNotHere("released meanwhile")
		}
	}
	if password || c.moved && c.contact.PasswordHash != "" {
		return c.template.ForSettled().FillPhone(c.current, device), nil
	}
	return c.template.ForPhone().FillPhone(c.current, device), nil
}
