package snom

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// differs is the finding that a write was accepted and not carried out.
func differs(what string) error {
	return &ztp.VendorError{Code: ztp.CodeVendorRejected, Effect: ztp.EffectRefused, Detail: "accepted, but " + what + " did not read back"}
}

// listKeys looks for the key that was made, by id and by name: after a lost answer
// the name alone would find it.
func (r *rehearsal) listKeys(ctx context.Context) {
	const question = "Does the list of keys show them by the names we gave?"
	all, err := r.v.ListCredentials(ctx, r.by, r.company)
	if err != nil {
		r.ask("list_keys", question, err, "")
		return
	}
	seen := 0
	for n := 1; n <= r.keys; n++ {
		for _, k := range all {
			if k.Name == r.keyName(n) {
				seen++
			}
		}
	}
	if seen != r.keys {
		r.add("list_keys", question, AnswerNo, "")
		return
	}
	r.add("list_keys", question, AnswerYes, "")
}

// changeProfile pauses the profile with its own key, and resumes it with the
// reseller's, which tells whether a parent may write below its child.
func (r *rehearsal) changeProfile(ctx context.Context) {
	err := r.setProfile(ctx, r.main, false)
	r.ask("change_profile", "Can the company's key change the profile?", err, "")
	err = r.setProfile(ctx, r.by, true)
	r.ask("parent_writes_profile", "May the reseller's key write below the child: its profile?", err, "")
}

func (r *rehearsal) setProfile(ctx context.Context, by ztp.APIKey, enabled bool) error {
	p := r.profile
	p.Enabled = enabled
	got, err := r.v.WriteProfile(ctx, by, r.company, p)
	if err == nil && (got.Enabled != enabled || !got.URL.Equal(p.URL)) {
		return differs("the profile")
	}
	return err
}

// usePhone registers the MAC, pauses and resumes it. One that is registered
// already is left alone, whoever has it.
func (r *rehearsal) usePhone(ctx context.Context) {
	mac := *r.opts.MAC
	const free = "Is the MAC free?"
	if _, err := r.v.Endpoint(ctx, r.by, r.own, mac); !ztp.IsVendorNotFound(err) {
		if err != nil {
			r.ask("mac_free", free, err, "")
			return
		}
		r.add("mac_free", free, AnswerNo, "the reseller's own company has it; it was left alone")
		return
	}
	r.phone = true
	err := r.setPhone(ctx, r.main, true)
	if err != nil && ztp.VendorErrorOf(err).Effect != ztp.EffectUnknown {
		r.phone = false
	}
	if !r.ask("register_phone", "Can the company's key register the phone?", err, "") {
		return
	}
	r.ask("pause_phone", "Can it pause the redirection of the phone?", r.setPhone(ctx, r.main, false),
		"as read back; whether a reset phone is then sent nowhere, only a phone tells")
	r.ask("parent_writes_phone", "May the reseller's key write below the child: its phone?", r.setPhone(ctx, r.by, true), "")
}

func (r *rehearsal) setPhone(ctx context.Context, by ztp.APIKey, enabled bool) error {
	e := ztp.VendorEndpoint{MAC: *r.opts.MAC, Group: r.v.cfg.ProductGroups[0], Profile: r.profile.ID,
		URL: ztp.NewSecret(rehearsalURL), Enabled: enabled}
	got, err := r.v.WriteEndpoint(ctx, by, r.company, e)
	if err == nil && (got.Enabled != enabled || !got.URL.Equal(e.URL)) {
		return differs("the phone")
	}
	return err
}

// deleteKeys ends keys in the three ways there are, and looks what else that ends.
func (r *rehearsal) deleteKeys(ctx context.Context) {
	sibling, err := r.newKey(ctx, r.role)
	if r.ask("second_key", "Can a second key exist beside the first?", err, "") {
		err = r.v.RevokeCredential(ctx, r.main, r.company, sibling.ID)
		r.ask("key_deletes_sibling", "Can a key of the company delete another one of it?", err, "")
	}
	err = r.v.RevokeCredential(ctx, r.by, r.company, r.main.ID)
	if !r.ask("delete_key", "Can the reseller delete a key of the company?", err, "") {
		return
	}
	r.refused(ctx)
	last, err := r.newKey(ctx, r.role)
	if err == nil {
		_, err = r.firstUse(ctx, last)
	}
	if err != nil {
		r.ask("profile_stays", "Does the profile stay when its key is deleted?", err, "")
		return
	}
	r.main = last
	p, err := r.v.Profile(ctx, last, r.company, r.profile.ID)
	if err == nil && !p.URL.Equal(r.profile.URL) {
		err = differs("its provisioning URL")
	}
	r.ask("profile_stays", "Does the profile stay when its key is deleted?", err, "")
	if r.phone {
		e, err := r.v.Endpoint(ctx, last, r.company, *r.opts.MAC)
		if err == nil && e.URL.IsZero() {
			err = differs("its provisioning URL")
		}
		r.ask("phone_stays", "Does the phone stay registered when the key is deleted?", err, "")
		r.releasePhone(ctx, last)
	}
	r.dropProfiles(ctx, last)
	err = r.v.RevokeCredential(ctx, last, r.company, last.ID)
	r.ask("key_deletes_itself", "Can a key delete itself?", err, "")
}

// refused asks with the deleted key.
func (r *rehearsal) refused(ctx context.Context) {
	const question = "Is a deleted key refused?"
	_, err := r.v.WhoAmI(ctx, r.main)
	switch {
	case err == nil:
		r.add("deleted_key_refused", question, AnswerNo, "it still works right after")
	case ztp.VendorErrorOf(err).Unauthorized:
		r.add("deleted_key_refused", question, AnswerYes, "at once")
	default:
		r.ask("deleted_key_refused", question, err, "")
	}
}

func (r *rehearsal) releasePhone(ctx context.Context, by ztp.APIKey) bool {
	err := r.v.DeleteEndpoint(ctx, by, r.company, *r.opts.MAC)
	if err == nil {
		r.phone = false
	}
	return r.ask("release_phone", "Can the phone be given up again?", err, "")
}
