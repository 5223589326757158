package snom

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/ztp"
)

// RehearseOptions say how far a rehearsal goes.
type RehearseOptions struct {
	// MAC of a phone that nobody has registered; it is registered and given up
	// again. Nil leaves phones out.
	MAC *ztp.MAC
	// Tell is called with every finding as it comes; nil for none.
	Tell func(Finding)
	// Wait waits between two tries of a new key; a timer when nil.
	Wait func(ctx context.Context, d time.Duration) error
}

const (
	// maxRoles bounds how many roles are tried, each with a key of its own.
	maxRoles = 5
	// cleanTime bounds the removal, which goes on when the rehearsal is stopped.
	cleanTime = 3 * time.Minute
	// rehearsalURL leads nowhere, by a name that is reserved for that (RFC 2606):
	// a phone that were to read it stays where it is.
	rehearsalURL = "https://zerotouch.invalid/rehearsal/{mac}"
)

// rehearsal is one run with the things that it has made.
type rehearsal struct {
	findings
	v    *Vendor
	by   ztp.APIKey
	opts RehearseOptions
	// name is that of everything made here; no label of an installation.
	name    string
	own     string
	company string
	keys    int // numbered in their names
	main    ztp.APIKey
	role    string
	profile ztp.VendorProfile
	// phone is true while the MAC may be registered by us.
	phone bool
	// lost is true when a company may have been made without our knowing its id.
	lost bool
	left []string
}

// Rehearse makes one company, keys, a profile and perhaps a phone with the
// reseller's key, uses them as Onboard, Rotate and Disable do, and removes them
// again. The error is that of the first call; everything after it is a finding.
func (v *Vendor) Rehearse(ctx context.Context, by ztp.APIKey, opts RehearseOptions) (RehearseReport, error) {
	out := RehearseReport{Service: v.client.Base().Host, Key: by.String(), At: v.cfg.Now(), Left: []string{}}
	if opts.Wait == nil {
		opts.Wait = sleep
	}
	r := &rehearsal{findings: findings{tell: opts.Tell}, v: v, by: by, opts: opts, name: "zerotouch rehearsal " + rand.Text()[:10]}
	var err error
	if r.own, err = v.client.OwnCompany(ctx, wire(by)); err != nil {
		return out, resellerRead(err)
	}
	r.run(ctx)
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTime)
	defer cancel()
	r.clean(clean)
	out.Findings, out.Left = r.list, append(out.Left, r.left...)
	out.Usable = usable(r.list, r.needed(), nil)
	return out, nil
}

// needed are the questions that take a yes for the three actions to work. Whether
// the parent may write below its child is not among them: both answers do.
func (r *rehearsal) needed() []string {
	needed := []string{"create_company", "find_company", "create_key", "key_is_the_companys", "list_keys", "role",
		"change_profile", "delete_key", "deleted_key_refused", "profile_stays"}
	if r.opts.MAC != nil {
		needed = append(needed, "register_phone", "pause_phone", "phone_stays", "release_phone")
	}
	return needed
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run goes on as long as the next step has what it needs.
func (r *rehearsal) run(ctx context.Context) {
	if !r.makeCompany(ctx) || !r.findRole(ctx) {
		return
	}
	r.listKeys(ctx)
	r.changeProfile(ctx)
	if r.opts.MAC != nil {
		r.usePhone(ctx)
	}
	r.deleteKeys(ctx)
}

// ask turns the outcome of a step into a finding and reports whether it went well.
func (r *rehearsal) ask(name, question string, err error, detail string) bool {
	if err == nil {
		r.add(name, question, AnswerYes, detail)
		return true
	}
	v := ztp.VendorErrorOf(err)
	answer := AnswerNo
	if v.Effect == ztp.EffectUnknown || v.Temporary {
		answer = AnswerUnknown
	}
	r.add(name, question, answer, cmp.Or(v.Detail, string(v.Code)))
	return false
}

// makeCompany makes the scratch company and finds it in the list, by the name that
// finds a company again after a lost answer.
func (r *rehearsal) makeCompany(ctx context.Context) bool {
	const making, finding = "Can the reseller make a company by API?", "Is it in the list of companies by its name?"
	made, err := r.v.CreateCompany(ctx, r.by, r.name)
	r.company, r.lost = made.ID, err != nil && ztp.VendorErrorOf(err).Effect == ztp.EffectUnknown
	if !r.ask("create_company", making, err, "") && !r.lost {
		return false
	}
	found, err := r.findCompany(ctx)
	switch {
	case err != nil:
		r.ask("find_company", finding, err, "")
	case found == "" || made.ID != "" && found != made.ID:
		r.add("find_company", finding, AnswerNo, "")
	default:
		r.add("find_company", finding, AnswerYes, "")
		r.company, r.lost = found, false
	}
	return r.company != ""
}

func (r *rehearsal) findCompany(ctx context.Context) (string, error) {
	all, err := r.v.ListCompanies(ctx, r.by)
	for _, c := range all {
		if c.Name == r.name {
			return c.ID, nil
		}
	}
	return "", err
}

// findRole tries the roles, each with a key and a profile of its own; the first
// that suffices is used from then on, its profile stays.
func (r *rehearsal) findRole(ctx context.Context) bool {
	const question = "Which role suffices for registering phones?"
	names, err := r.roles(ctx)
	if err != nil {
		return r.ask("role", question, read(err), "")
	}
	var enough string
	for i, role := range names {
		if i == maxRoles {
			break
		}
		key, err := r.newKey(ctx, role.id)
		if !r.ask("create_key", "Can the reseller make a key for it, with the role "+role.name+"?", err, "") {
			return false
		}
		if r.suffices(ctx, key, role) && r.role == "" {
			r.role, r.main, enough = role.id, key, role.name
		}
	}
	if r.role == "" {
		r.add("role", question, AnswerNo, fmt.Sprintf("tried %d", min(len(names), maxRoles)))
		return false
	}
	r.add("role", question, AnswerYes, enough)
	return true
}

type roleName struct{ id, name string }

// roles lists what may be tried; the configured one stands first.
func (r *rehearsal) roles(ctx context.Context) ([]roleName, error) {
	all, err := r.v.client.Roles(ctx, wire(r.by), r.company)
	if err != nil && !sraps.IsNotOffered(err) {
		return nil, err
	}
	want := cmp.Or(r.by.Role, r.v.cfg.Role)
	var names []roleName
	for _, o := range all {
		n := roleName{o.Text("uuid"), o.Text("name")}
		if n.id == want || n.name == want {
			names = append([]roleName{n}, names...)
		} else {
			names = append(names, n)
		}
	}
	if len(names) == 0 && want != "" {
		names = []roleName{{want, want}} // no list is offered: taken at its word
	}
	return names, nil
}

// newKey makes one more key for the scratch company.
func (r *rehearsal) newKey(ctx context.Context, role string) (ztp.APIKey, error) {
	r.keys++
	id, secret, err := r.v.client.CreateToken(ctx, wire(r.by), r.company, r.keyName(r.keys), role)
	if sraps.IsNotOffered(err) {
		return ztp.APIKey{}, cannot(err)
	}
	return ztp.APIKey{ID: id, Secret: ztp.NewSecret(secret)}, write(err)
}

func (r *rehearsal) keyName(n int) string { return fmt.Sprintf("%s key %d", r.name, n) }

// suffices proves a key as Onboard does: whose it is, and a profile written with it.
func (r *rehearsal) suffices(ctx context.Context, key ztp.APIKey, role roleName) bool {
	who, err := r.firstUse(ctx, key)
	if err == nil && who.ID != r.company {
		err = &ztp.VendorError{Code: ztp.CodeVendorRejected, Effect: ztp.EffectRefused, Detail: "it belongs to another company"}
	}
	if !r.ask("key_is_the_companys", "Does a new key say that it is the company's?", err, "") {
		return false
	}
	p := ztp.VendorProfile{Name: r.name, Group: r.v.cfg.ProductGroups[0], URL: ztp.NewSecret(rehearsalURL), Enabled: true}
	made, err := r.v.CreateProfile(ctx, key, r.company, p)
	if err == nil && !made.URL.Equal(p.URL) {
		err = &ztp.VendorError{Code: ztp.CodeVendorRejected, Effect: ztp.EffectRefused, Detail: "its provisioning URL did not read back"}
	}
	question := "Can the company's key make a profile, with the role " + role.name + "?"
	if r.profile.ID == "" && err == nil {
		r.profile = made
	}
	return r.ask("role_suffices", question, err, "")
}

// firstUse asks a new key whose it is, again and again until it is accepted or the
// time is up in which a refusal does not count.
func (r *rehearsal) firstUse(ctx context.Context, key ztp.APIKey) (ztp.VendorCompany, error) {
	const question = "Does a new key work at once?"
	var waited time.Duration
	for {
		who, err := r.v.WhoAmI(ctx, key)
		switch {
		case err == nil && waited == 0:
			r.add("new_key_at_once", question, AnswerYes, "")
			return who, nil
		case err == nil:
			r.add("new_key_at_once", question, AnswerNo, fmt.Sprintf("after about %d s", int(waited.Seconds())))
			return who, nil
		case !ztp.VendorErrorOf(err).Unauthorized || waited >= propagation:
			return who, err
		}
		if werr := r.opts.Wait(ctx, time.Second); werr != nil {
			return who, err
		}
		waited += time.Second
	}
}
