package orchestrator

import (
	"context"
	"fmt"
	"strings"

	"zerotouch.example/internal/ztp"
)

// filling is what a URL is made of.
type filling struct {
	template ztp.URLTemplate
	account  ztp.Account
	token    ztp.Secret
}

// fillsOnce lets fill look up each account once, until the returned function is called.
func (r *run) fillsOnce() func() {
	r.fills = map[ztp.AccountID]filling{}
	return func() { r.fills = nil }
}

// fill returns what a URL is made of: the template that was proven, an account and its
// current token.
func (r *run) fill(ctx context.Context, account ztp.AccountID) (ztp.URLTemplate, ztp.Account, ztp.Secret, error) {
	if f, ok := r.fills[account]; ok {
		return f.template, f.account, f.token, nil
	}
	t, acc, token, err := r.lookUp(ctx, account)
	if err == nil && r.fills != nil {
		r.fills[account] = filling{t, acc, token}
	}
	return t, acc, token, err
}

func (r *run) lookUp(ctx context.Context, account ztp.AccountID) (ztp.URLTemplate, ztp.Account, ztp.Secret, error) {
	fails := func(err error) (ztp.URLTemplate, ztp.Account, ztp.Secret, error) {
		return ztp.URLTemplate{}, ztp.Account{}, ztp.Secret{}, err
	}
	p, err := r.o.cfg.Store.Platform(ctx, string(r.op.Platform))
	if err != nil {
		return fails(&storeError{err})
	}
	t := r.template(p)
	if t.IsZero() {
		return fails(fail(&ztp.Error{Code: ztp.CodeConfigurationMissing, Detail: "There is no provisioning URL for this platform."}))
	}
	if account == "" {
		account = p.Primary
	}
	if account == "" {
		return fails(fail(&ztp.Error{Code: ztp.CodeProvisioningTokenMissing}))
	}
	acc, err := r.o.cfg.Store.Account(ctx, r.op.Platform, string(account))
	if err != nil {
		return fails(&storeError{err})
	}
	if !acc.HasToken() {
		return fails(fail(ztp.Errorf(ztp.CodeProvisioningTokenMissing, "Account %q has none.", acc.Slug)))
	}
	token, err := r.o.cfg.Store.OpenToken(ctx, r.op.Platform, acc.ID, acc.TokenID)
	if ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
		return fails(needsOperator(err))
	}
	if err != nil {
		return fails(&storeError{err})
	}
	return t, acc, token, nil
}

// template is that of the URLs which this operation writes: the one that was proven when it
// was asked for, else the one in use.
func (r *run) template(p ztp.Platform) ztp.URLTemplate {
	if t, err := ztp.ParseURLTemplate(r.op.Params.Template); err == nil {
		return t
	}
	return ztp.TemplateInUse(p, r.o.cfg.URL)
}

// writeProfiles finds or makes the profile of every product group, writes it with
// the given key and compares what is read back. address puts the primary
// account's URL in; without it a profile keeps the URL it has.
func (r *run) writeProfiles(ctx context.Context, key ztp.APIKey, address bool) error {
	keeper, ok := r.vendor.(ztp.ProfileKeeper)
	if !ok {
		return nil
	}
	profiles, err := r.ownProfiles(ctx, keeper, key)
	if err != nil {
		return err
	}
	for _, group := range r.info.ProductGroups {
		if err := r.writeProfileOf(ctx, keeper, key, group, profiles[group], address); err != nil {
			return err
		}
	}
	return nil
}

// ownProfiles lists the company's profiles and returns ours by product group.
func (r *run) ownProfiles(ctx context.Context, keeper ztp.ProfileKeeper, key ztp.APIKey) (map[string]ztp.VendorProfile, error) {
	all, err := r.listProfiles(ctx, keeper, key)
	if err != nil {
		return nil, err
	}
	mine := map[string]ztp.VendorProfile{}
	for _, group := range r.info.ProductGroups {
		for _, p := range all {
			if p.ID == r.link.Profiles[group] || p.Name == r.labels.Profile(group) && mine[group].ID == "" {
				mine[group] = p
			}
		}
		if id := r.link.Profiles[group]; id != mine[group].ID && id != "" {
			p, err := r.unlisted(ctx, keeper, key, id)
			switch {
			case err == nil:
				mine[group] = p
			case !ztp.IsVendorNotFound(err):
				return nil, err
			}
		}
	}
	return mine, nil
}

// unlisted reads a recorded profile that the list does not show: a list that is behind would
// have a second one made, and phones with the first would hear of no address any more.
func (r *run) unlisted(ctx context.Context, keeper ztp.ProfileKeeper, key ztp.APIKey, id string) (p ztp.VendorProfile, err error) {
	err = r.call(ctx, func(ctx context.Context) (err error) {
		p, err = keeper.Profile(ctx, key, r.link.CompanyID, id)
		return err
	})
	return p, err
}

// listProfiles lists the company's profiles, once in the run of a rebuild.
func (r *run) listProfiles(ctx context.Context, keeper ztp.ProfileKeeper, key ztp.APIKey) ([]ztp.VendorProfile, error) {
	if r.profiles != nil {
		return r.profiles, nil
	}
	var all []ztp.VendorProfile
	err := r.call(ctx, func(ctx context.Context) (err error) {
		all, err = keeper.ListProfiles(ctx, key, r.link.CompanyID)
		return err
	})
	if err == nil && r.op.Kind == ztp.KindRebuild {
		r.profiles = all
	}
	return all, err
}

func (r *run) writeProfileOf(ctx context.Context, keeper ztp.ProfileKeeper, key ztp.APIKey, group string, have ztp.VendorProfile, address bool) error {
	want, err := r.wantedProfile(ctx, group, have, address)
	if err != nil {
		return err
	}
	pending := r.op.Data.Pending
	if have.ID == "" && pending != nil && pending.Target == "new profile "+want.Name && r.o.now().Before(r.settleAt(pending.Deadline)) {
		return r.lookAgain(pending.Deadline, "The profile was asked for and no answer came; looking for it by its name")
	}
	what := "profile " + want.Name
	if have.ID == "" {
		what = "new " + what
		if r.op.Kind == ztp.KindRebuild { // said with the intent: once it is there, it looks like one from before
			r.rebuilt(func(b *ztp.Rebuilt) { b.ProfileMade = true })
		}
	}
	if err := r.intent(ctx, "write_profile", what, nil); err != nil {
		return err
	}
	var got ztp.VendorProfile
	err = r.call(ctx, func(ctx context.Context) (err error) {
		if have.ID == "" {
			got, err = keeper.CreateProfile(ctx, key, r.link.CompanyID, want)
		} else {
			got, err = keeper.WriteProfile(ctx, key, r.link.CompanyID, want)
		}
		return err
	})
	if err != nil {
		return r.profileNotWritten(have.ID == "", err)
	}
	if !got.Enabled && !want.AsItIs || !want.URL.IsZero() && !got.URL.Equal(want.URL) {
		return fail(ztp.Errorf(ztp.CodeVendorRejected, "%s took the profile for %s, and reads it back otherwise.", r.info.Title, group))
	}
	r.settled(true)
	if want.AsItIs {
		if err := r.takeAddress(ctx, group, got.URL); err != nil {
			return err
		}
		if !got.Enabled { // the list was behind, or somebody has just paused it
			r.leaveOff(ztp.ProfilePaused)
		}
	}
	return r.recordProfile(ctx, group, got.ID)
}

// wantedProfile is what a group's profile is to be; with address its URL is written, too,
// as it is in every new one.
func (r *run) wantedProfile(ctx context.Context, group string, have ztp.VendorProfile, address bool) (ztp.VendorProfile, error) {
	want := ztp.VendorProfile{ID: have.ID, Name: r.labels.Profile(group), Group: group, Enabled: true, AsItIs: r.op.Kind == ztp.KindRebuild && have.ID != ""}
	if address || have.ID == "" {
		t, acc, token, err := r.fill(ctx, "")
		if err != nil {
			return want, err
		}
		if address && r.op.Params.Template == "" { // asked for by an earlier version, which proved this
			t = ztp.TemplateFor(r.platform, r.o.cfg.URL)
		}
		t = t.ForProfile()
		want.URL = t.Fill(token)
		r.op.Data.AddressTemplate, r.op.Data.AddressTokenID = t.String(), acc.TokenID
	}
	return want, nil
}

// recordProfile keeps the id of a group's profile on the link.
func (r *run) recordProfile(ctx context.Context, group, id string) error {
	if r.link.Profiles[group] == id {
		return nil
	}
	r.note("profile.recorded", id, group)
	return r.laterLink(ctx, func(l *ztp.Link) error {
		l.Profiles = cloneMap(l.Profiles)
		if l.Profiles == nil {
			l.Profiles = map[string]string{}
		}
		l.Profiles[group] = id
		return nil
	})
}

// profileNotWritten keeps the intent of a create whose outcome is unknown, so
// that the next look is for its name; writing an existing one may be repeated.
func (r *run) profileNotWritten(create bool, err error) error {
	if isStoreError(err) {
		return err
	}
	if effectOf(err) != ztp.EffectUnknown {
		r.settled(false)
		return err
	}
	if !create {
		return err
	}
	return r.lookAgain(r.op.Data.Pending.Deadline, "The profile was asked for and no answer came; it may or may not exist")
}

// writeProfile brings the platform's present provisioning URL into the profile.
func (r *run) writeProfile(ctx context.Context) error {
	release, key, err := r.use(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := r.writeProfiles(ctx, key, true); err != nil {
		return err
	}
	return r.later(ctx, result{link: func(l *ztp.Link) error {
		l.AddressTemplate, l.AddressTokenID = r.op.Data.AddressTemplate, r.op.Data.AddressTokenID
		return nil
	}, with: func(ctx context.Context, s ztp.Store, l *ztp.Link) error {
		was, err := s.SettleForeignProfiles(ctx, r.op.Platform, r.op.Vendor)
		if err != nil || !was {
			return err
		}
		return r.recount(ctx, s, l)
	}})
}

// use borrows the link's active key for a call: whoever wants to end the key
// waits until release is called. The key is read after it is borrowed, so that
// it is the one in force.
func (r *run) use(ctx context.Context) (release func(), key ztp.APIKey, err error) {
	if err := r.o.attend(ctx); err != nil {
		return nil, key, err
	}
	r.gate.use.RLock()
	end := r.o.uses.begin(r.o.now())
	release = func() { end(); r.gate.use.RUnlock() }
	l, err := r.o.cfg.Store.Link(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		release()
		return nil, key, &storeError{err}
	}
	if err := r.reread(l); err != nil {
		release()
		return nil, key, err
	}
	r.borrowed = r.link.Active
	if err := r.usable(l); err != nil {
		release()
		return nil, key, err
	}
	if key, err = r.open(ctx, l.Active); err != nil {
		release()
		return nil, key, err
	}
	return release, key, nil
}

// usable says whether the link's key may be used now, or until when to wait.
func (r *run) usable(l ztp.Link) error {
	switch {
	case !l.RestoredAt.IsZero() && r.op.Kind != ztp.KindCheck && !l.CheckedAt.IsZero() && l.Error != nil:
		return fail(l.Error.Err()) // a check has found the key of the backup refused
	case !l.RestoredAt.IsZero() && r.op.Kind != ztp.KindCheck:
		return r.waitFor("this comes from a backup; it goes on when a check has proven the key")
	case l.State == ztp.LinkDisabling:
		return r.waitFor("a Disable of this platform is running; this goes on after it is onboarded again")
	case l.Active != 0:
		return nil
	case !l.TakesPhones() && !l.DisabledAt.IsZero():
		return r.waitFor("this platform was disabled; this goes on after it is onboarded again")
	case !l.TakesPhones(): // also when an Onboard has ended in Needs attention
		return fail(&ztp.Error{Code: ztp.CodeNotOnboarded})
	}
	return r.waitFor("this platform is being onboarded")
}

// heldBack is how often an operation that waits for its link looks by itself.
const heldBack = 30 * minRetryAfter

func (r *run) waitFor(reason string) error {
	return &rest{until: r.o.now().Add(heldBack), reason: strings.ToUpper(reason[:1]) + reason[1:]}
}

// describeFailed names refused phones for a note, after what went well.
func describeFailed(failed []string) string {
	if len(failed) == 0 {
		return ""
	}
	return fmt.Sprintf("; %d refused: %s", len(failed), strings.Join(failed[:min(5, len(failed))], ", "))
}
