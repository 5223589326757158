package control

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// ResyncRequest asks to tell phones of a platform to look for their settings again: those
// named, or an account's, or all.
type ResyncRequest struct {
	Submission
	MACs    []ztp.MAC
	Account string // slug or id
	// Within is over which time they are told, up to ztp.MaxResyncSpread.
	Within time.Duration
	// Reboot lets them restart too. Without it a phone restarts only where a setting needs
	// that.
	Reboot bool
}

// ResyncPlan is what a request would do. Left counts the phones that can't be told.
type ResyncPlan struct {
	ztp.Resync
	Left  map[ztp.ResyncLeft]int
	Items []ztp.ResyncItem
}

// SIPProxy is where phones are told through, "" without one.
func (c *Control) SIPProxy() string { return c.cfg.SIPProxy }

// PlanResync says what the request would do, and changes nothing. Without a proxy its Trouble
// says so: it could not be begun.
func (c *Control) PlanResync(ctx context.Context, a ztp.Actor, ref string, r ResyncRequest) (ResyncPlan, error) {
	if err := maySee(a); err != nil {
		return ResyncPlan{}, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return ResyncPlan{}, err
	}
	if err := r.validate(); err != nil {
		return ResyncPlan{}, err
	}
	plan, err := c.planResync(ctx, a, p, r)
	if c.cfg.SIPProxy == "" {
		plan.Trouble = ztp.NoSIPProxy()
	}
	return plan, err
}

// CountResync is how many phones the request is about, those too that can't be told: what a
// plan would look at one by one.
func (c *Control) CountResync(ctx context.Context, a ztp.Actor, ref string, r ResyncRequest) (int, error) {
	if err := maySee(a); err != nil || len(r.MACs) > 0 {
		return len(r.MACs), err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return 0, err
	}
	scope := ztp.SettingScope{Platform: p.ID}
	if r.Account != "" {
		acc, err := c.cfg.Store.Account(ctx, p.ID, r.Account)
		if err != nil {
			return 0, err
		}
		scope.Account = acc.ID
	}
	return c.cfg.Store.CountScopePhones(ctx, scope)
}

// BeginResync lets phones be told from now on, in whichever process; each is told once,
// unless a process dies while it does. Repeated under its key it is the same resync.
func (c *Control) BeginResync(ctx context.Context, a ztp.Actor, ref string, r ResyncRequest) (ztp.Resync, error) {
	p, perr := c.cfg.Store.Platform(ctx, ref)
	if err := c.mayChange(ctx, a, "resync.begin", p.ID, ""); err != nil {
		return ztp.Resync{}, err
	}
	if perr != nil {
		return ztp.Resync{}, perr
	}
	if err := r.validate(); err != nil {
		return ztp.Resync{}, err
	}
	if c.cfg.SIPProxy == "" {
		err := &ztp.Error{Code: ztp.CodeSIPProxyMissing, Detail: "ZEROTOUCH_SIP_PROXY is not set."}
		c.refused(ctx, a, "resync.begin", p.ID, "", r.target(""), err)
		return ztp.Resync{}, err
	}
	plan, err := c.planResync(ctx, a, p, r)
	if err == nil {
		err = c.putInResync(ctx, a, r, plan)
	}
	if err != nil {
		return ztp.Resync{}, err
	}
	made, err := c.cfg.Store.Resync(ctx, plan.ID)
	return made, removedSince(err)
}

// saveResync commits the plan, unless the request was made before under its key; put writes
// its phones, or the last of them.
func (c *Control) saveResync(ctx context.Context, a ztp.Actor, r ResyncRequest, plan ResyncPlan, put func(ztp.Store) error) error {
	hash := digest("resync", plan.Platform, r.MACs, r.Account, r.Within, r.Reboot)
	return c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		earlier, err := c.claim(ctx, s, a, r.Submission, ztp.Submission{BodyHash: hash, Platform: plan.Platform})
		if earlier != nil || err != nil {
			return err
		}
		if plan.Tally.Phones() == 0 {
			return ztp.Invalid("macs", "None of these phones can be told. "+plan.leftText())
		}
		if err := put(s); err != nil {
			return err
		}
		e := c.event(a, "resync.begun", plan.Platform, "", r.target(plan.ID))
		e.Detail = plan.describe()
		return s.AppendEvent(ctx, e)
	})
}

// validate sorts the MACs and takes out what is there twice.
func (r *ResyncRequest) validate() error {
	fields := map[string]string{}
	r.MACs = slices.Clone(r.MACs)
	slices.SortFunc(r.MACs, ztp.MAC.Compare)
	r.MACs = slices.Compact(r.MACs)
	switch {
	case len(r.MACs) > MaxBulk:
		fields["macs"] = fmt.Sprintf("These are %d phones; one request names %d. Name an account, or nothing for all phones of the platform.", len(r.MACs), MaxBulk)
	case len(r.MACs) > 0 && r.Account != "":
		fields["account"] = "Name phones or an account, not both."
	}
	if r.Within < 0 || r.Within > ztp.MaxResyncSpread {
		fields["within_seconds"] = "Phones are told within 0 seconds to 24 hours."
	}
	return ztp.InvalidFields(fields)
}

// target is what the audit log names: the phone where it is one.
func (r ResyncRequest) target(id ztp.ResyncID) string {
	if len(r.MACs) == 1 {
		return r.MACs[0].String()
	}
	return string(id)
}

// planResync looks at each phone of a request that is valid, outside of any transaction:
// there may be very many. What changes until its turn is seen then.
func (c *Control) planResync(ctx context.Context, a ztp.Actor, p ztp.Platform, r ResyncRequest) (ResyncPlan, error) {
	plan := ResyncPlan{Left: map[ztp.ResyncLeft]int{}, Resync: ztp.Resync{
		ID: ztp.ResyncID(ztp.NewID()), Platform: p.ID, State: ztp.ResyncRunning, Reboot: r.Reboot, CreatedAt: c.now(), CreatedBy: a.String(), Tally: ztp.ResyncTally{},
	}}
	if r.Key != "" {
		plan.ID = ztp.ResyncID(ztp.IDFor("resync", a.String(), r.Key))
	}
	if r.Account != "" {
		acc, err := c.cfg.Store.Account(ctx, p.ID, r.Account)
		if err != nil {
			return plan, err
		}
		plan.Account = acc.ID
	}
	look := lineLook{store: c.cfg.Store, platform: p.ID, above: map[ztp.AccountID][]ztp.ScopeSettings{}}
	err := c.resyncPhones(ctx, p, plan.Account, r.MACs, func(macs []ztp.MAC) error {
		items, err := look.items(ctx, plan.ID, macs)
		plan.Items = append(plan.Items, items...)
		return err
	})
	if err != nil {
		return plan, err
	}
	for _, i := range plan.Items {
		plan.Tally[i.State]++
		if i.LeftOut != "" {
			plan.Left[i.LeftOut]++
		}
	}
	if len(r.MACs) == 1 {
		plan.One = r.MACs[0]
	}
	plan.Spread = ztp.ResyncSpread(plan.Tally.Phones(), r.Within)
	begin := plan.CreatedAt
	if len(plan.Items) > c.resyncPart {
		begin = begin.Add(ztp.ResyncStaging)
	}
	plan.EndsAt = begin.Add(plan.Spread).Truncate(time.Millisecond)
	plan.SpreadOut(plan.Items, begin)
	return plan, nil
}

// resyncPhones hands the phones that are meant to f, part by part.
func (c *Control) resyncPhones(ctx context.Context, p ztp.Platform, account ztp.AccountID, named []ztp.MAC, f func([]ztp.MAC) error) error {
	if len(named) > 0 {
		if err := c.arePhonesOf(ctx, p, named); err != nil {
			return err
		}
		return f(named)
	}
	var failed error
	err := c.cfg.Store.EachScopePhone(ctx, ztp.SettingScope{Platform: p.ID, Account: account}, func(page []ztp.ScopePhone) bool {
		macs := make([]ztp.MAC, len(page))
		for i, one := range page {
			macs[i] = one.MAC
		}
		failed = f(macs)
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	return err
}

// lineLook finds out which phones have a line, with the layers above them read once.
type lineLook struct {
	store    ztp.Store
	platform ztp.PlatformID
	above    map[ztp.AccountID][]ztp.ScopeSettings
}

func (l lineLook) items(ctx context.Context, id ztp.ResyncID, macs []ztp.MAC) ([]ztp.ResyncItem, error) {
	rows, err := l.store.EndpointsByMACs(ctx, l.platform, macs)
	if err != nil {
		return nil, err
	}
	lines, err := l.store.PhoneLines(ctx, l.platform, macs)
	if err != nil {
		return nil, err
	}
	items := make([]ztp.ResyncItem, 0, len(macs))
	for _, mac := range macs {
		e, ok := rows[mac]
		if !ok || e.State == ztp.EndpointReleased {
			continue // given up this moment
		}
		i := ztp.ResyncItem{Resync: id, Platform: l.platform, MAC: mac, State: ztp.ResyncItemQueued}
		if e.FirstFetchedAt.IsZero() {
			i.LeftOut = ztp.LeftNotInService
		} else if i.LeftOut, err = l.left(ctx, e, lines[mac]); err != nil {
			return nil, err
		}
		if i.LeftOut != "" {
			i.State = ztp.ResyncItemLeftOut
		}
		items = append(items, i)
	}
	return items, nil
}

// left is why the phone can't be told, "" when it can.
func (l lineLook) left(ctx context.Context, e ztp.Endpoint, own []ztp.Setting) (ztp.ResyncLeft, error) {
	above, known := l.above[e.Account]
	if !known {
		scopes := e.SettingScopes()
		var err error
		if above, err = l.store.Settings(ctx, scopes[:len(scopes)-1]...); err != nil {
			return "", err
		}
		l.above[e.Account] = above
	}
	mine := ztp.ScopeSettings{Scope: ztp.SettingScope{Platform: e.Platform, MAC: e.MAC}, Settings: own}
	_, _, left := ztp.SettingsOfPhone(e.MAC, append(slices.Clone(above), mine)...).SIPLine()
	return left, nil
}

// describe is for the audit log.
func (p ResyncPlan) describe() string {
	text := ztp.Counted(p.Tally.Phones(), "phone", "phones") + " " + ztp.SpreadText(p.Spread)
	if p.Reboot {
		text += ", with a restart"
	}
	if len(p.Left) > 0 {
		text += ". " + p.leftText()
	}
	return text
}

// leftText counts who is left out, and says why.
func (p ResyncPlan) leftText() string {
	var parts []string
	for _, l := range ztp.ResyncLefts {
		if n := p.Left[l]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d left out: %s.", n, strings.TrimSuffix(strings.ToLower(l.Title()[:1])+l.Says()[1:], ".")))
		}
	}
	return strings.Join(parts, " ")
}

// Resync returns one.
func (c *Control) Resync(ctx context.Context, a ztp.Actor, id ztp.ResyncID) (ztp.Resync, error) {
	return seeResync(ctx, a, id, c.cfg.Store.Resync)
}

func seeResync(ctx context.Context, a ztp.Actor, id ztp.ResyncID, read func(context.Context, ztp.ResyncID) (ztp.Resync, error)) (ztp.Resync, error) {
	if err := maySee(a); err != nil {
		return ztp.Resync{}, err
	}
	if !ztp.ValidID(string(id)) {
		return ztp.Resync{}, ztp.NotFound("resync")
	}
	return read(ctx, id)
}

// ListResyncs returns those of a platform, the newest first; of all without one.
func (c *Control) ListResyncs(ctx context.Context, a ztp.Actor, ref string, q ztp.ResyncQuery) (ztp.Page[ztp.Resync], error) {
	none := ztp.Page[ztp.Resync]{}
	if err := maySee(a); err != nil {
		return none, err
	}
	if ref != "" {
		p, err := c.cfg.Store.Platform(ctx, ref)
		if err != nil {
			return none, err
		}
		q.Platform = p.ID
	}
	return c.cfg.Store.ListResyncs(ctx, q)
}

// ResyncItems returns what became of each phone of one.
func (c *Control) ResyncItems(ctx context.Context, a ztp.Actor, q ztp.ResyncItemQuery) (ztp.Page[ztp.ResyncItem], error) {
	if _, err := seeResync(ctx, a, q.Resync, c.cfg.Store.ResyncHead); err != nil {
		return ztp.Page[ztp.ResyncItem]{}, err
	}
	return c.cfg.Store.ListResyncItems(ctx, q)
}

// LastResync is what became of a phone when it was last to be told, nil when it never was.
func (c *Control) LastResync(ctx context.Context, a ztp.Actor, p ztp.PlatformID, mac ztp.MAC) (*ztp.ResyncItem, error) {
	if err := maySee(a); err != nil {
		return nil, err
	}
	i, err := c.cfg.Store.LastResync(ctx, p, mac)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return nil, nil
	}
	return &i, err
}

// CancelResync lets no further phone of it be told. One that is cancelled stays as it is;
// form_outdated for one whose phones are being put in.
func (c *Control) CancelResync(ctx context.Context, a ztp.Actor, id ztp.ResyncID) (ztp.Resync, error) {
	if err := c.mayChange(ctx, a, "resync.cancel", "", ""); err != nil {
		return ztp.Resync{}, err
	}
	r, err := c.Resync(ctx, a, id)
	if err != nil || r.State == ztp.ResyncCancelled && !r.Staged() {
		return r, err
	}
	next, err := r.Move(ztp.ResyncCancelled, a.String(), c.now())
	if err != nil {
		err = ztp.Errorf(ztp.CodeResyncEnded, "It has told its last phone on %s.", ztp.TimeText(r.FinishedAt))
		c.refused(ctx, a, "resync.cancel", r.Platform, "", string(id), err)
		return r, err
	}
	err = c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if err := s.CancelResync(ctx, next); err != nil {
			return err
		}
		return s.AppendEvent(ctx, c.event(a, "resync.cancelled", r.Platform, "", string(id)))
	})
	if err != nil {
		return r, err
	}
	return c.cfg.Store.Resync(ctx, id)
}
