package control

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"zerotouch.example/internal/ztp"
)

// DriftRequest says what to do something about: a class of findings, or phones by name.
type DriftRequest struct {
	Submission
	Class ztp.DriftClass
	MACs  []ztp.MAC
	// Account is a slug or id: whose phones become that are adopted with an address that
	// is not ours. "" where none is needed.
	Account string
}

// DriftPlan is what something about findings comes to.
type DriftPlan struct {
	Verb     ztp.DriftVerb
	Class    ztp.DriftClass
	Platform ztp.Platform
	// Phones is how many it is about, WithoutAccount how many of those have an address
	// that is not ours.
	Phones         int
	WithoutAccount int
	// NeedsAccount: it cannot be done without an account for those.
	NeedsAccount bool
	Will, Wont   []string

	list    ztp.OperationID
	account ztp.AccountID
}

// PlanDrifts says what doing something about findings would come to. Nothing is changed,
// and no vendor is called.
func (c *Control) PlanDrifts(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, verb ztp.DriftVerb, r DriftRequest) (DriftPlan, error) {
	if err := c.mayChange(ctx, a, driftAction(verb), "", v); err != nil {
		return DriftPlan{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return DriftPlan{}, err
	}
	return c.planDrifts(ctx, p, info, verb, r)
}

func driftAction(verb ztp.DriftVerb) string { return "sync." + string(verb) + ".asked" }

// ActOnDrifts does something about findings of the last complete sync. An adoption writes
// here alone; a fix and a release are an operation that writes at the vendor. Where there
// is nothing to do, the result has no operation.
func (c *Control) ActOnDrifts(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, verb ztp.DriftVerb, r DriftRequest) (DriftPlan, Result, error) {
	action := driftAction(verb)
	p, info, err := c.syncDoor(ctx, a, action, ref, v)
	if err != nil {
		return DriftPlan{}, Result{}, err
	}
	x := driftsAction(p, info, verb, r)
	if op, err := c.repeated(ctx, a, r.Key, x.hash); op != nil || err != nil {
		res, err := c.result(ctx, p, info, op, err)
		return DriftPlan{Verb: verb, Class: r.Class, Platform: p}, res, err
	}
	plan, err := c.planDrifts(ctx, p, info, verb, r)
	if err == nil && plan.NeedsAccount {
		err = needsAccount(plan)
	}
	if err == nil && plan.Phones > 0 {
		err = c.mayAct(ctx, p, info, verb)
	}
	if err != nil {
		c.refused(ctx, a, action, p.ID, info.Name, "", err)
		return plan, Result{}, err
	}
	if plan.Phones == 0 {
		res, err := c.result(ctx, p, info, nil, nil)
		return plan, res, err
	}
	x.params.Account = plan.account
	res, err := c.queueForMany(ctx, a, p, info, action, x, func(s ztp.Store, op *ztp.Operation) (string, error) {
		return c.pick(ctx, s, p, info, plan, r, op)
	})
	return plan, res, err
}

// pick gives the findings to the operation, if the list is the one that was planned with.
func (c *Control) pick(ctx context.Context, s ztp.Store, p ztp.Platform, info ztp.VendorInfo, plan DriftPlan, r DriftRequest, op *ztp.Operation) (string, error) {
	y, err := s.PhoneSync(ctx, p.ID, info.Name)
	if err == nil && y.Operation != plan.list {
		err = ztp.Errorf(ztp.CodeFormOutdated, "The phones were compared anew meanwhile.")
	}
	if err != nil {
		return "", err
	}
	n, err := s.PickDrifts(ctx, plan.list, op.ID, r.Class, r.MACs)
	op.Data.Total = n
	return pickedDetail(r.Class, n), err
}

// driftsAction is the operation of a verb, and what tells two requests apart.
func driftsAction(p ztp.Platform, info ztp.VendorInfo, verb ztp.DriftVerb, r DriftRequest) action {
	x := action{kind: ztp.KindBulk, sub: r.Submission, params: ztp.OperationParams{Findings: verb}}
	if verb == ztp.DriftAdopt {
		x.kind = ztp.KindSync
	}
	if len(r.MACs) == 1 {
		x.target = r.MACs[0].String()
	}
	x.hash = digest(x.kind, p.ID, info.Name, verb, r.Class, r.MACs, r.Account)
	return x
}

// mayAct checks what a verb uses.
func (c *Control) mayAct(ctx context.Context, p ztp.Platform, info ztp.VendorInfo, verb ztp.DriftVerb) error {
	switch verb {
	case ztp.DriftFix:
		return c.endpointAddress(ctx, p, info, ztp.KindRegister)
	case ztp.DriftRelease:
		return c.endpointAddress(ctx, p, info, ztp.KindRelease)
	}
	return nil
}

func needsAccount(plan DriftPlan) error {
	return ztp.Invalid("account", fmt.Sprintf("Name the account of this platform to which the phones with an address that is not ours belong from now on: %s.", ztp.Counted(plan.WithoutAccount, "phone", "phones")))
}

// planDrifts checks a request and counts.
func (c *Control) planDrifts(ctx context.Context, p ztp.Platform, info ztp.VendorInfo, verb ztp.DriftVerb, r DriftRequest) (DriftPlan, error) {
	plan := DriftPlan{Verb: verb, Class: r.Class, Platform: p}
	if err := validateDrifts(verb, r); err != nil {
		return plan, err
	}
	y, err := c.cfg.Store.PhoneSync(ctx, p.ID, info.Name)
	if err != nil {
		return plan, err
	}
	if plan.list = y.Operation; plan.list == "" {
		return plan, ztp.Invalid("class", "The phones were not compared yet. Start a sync first.")
	}
	if r.Class != "" {
		plan.Phones, plan.WithoutAccount, err = c.cfg.Store.CountDrifts(ctx, plan.list, r.Class)
	} else {
		err = c.namedFindings(ctx, &plan, r.MACs)
	}
	if err == nil {
		err = c.planAccount(ctx, p, &plan, r.Account)
	}
	plan.Will, plan.Wont = driftEffects(plan, info)
	return plan, err
}

func validateDrifts(verb ztp.DriftVerb, r DriftRequest) error {
	switch {
	case r.Class == "" && len(r.MACs) == 0:
		return ztp.Invalid("class", "Name a class of findings, or phones by their MAC addresses.")
	case r.Class != "" && len(r.MACs) > 0:
		return ztp.Invalid("macs", "Name a class or phones, not both.")
	case len(r.MACs) > ztp.MaxPickedPhones:
		return ztp.Invalid("macs", fmt.Sprintf("One request names up to %d phones. Name a class for more.", ztp.MaxPickedPhones))
	case r.Class != "" && !slices.Contains(ztp.DriftVerbsFor(r.Class), verb):
		return ztp.Invalid("class", cannot(verb, r.Class))
	}
	return nil
}

// cannot says why a verb does not apply to a class.
func cannot(verb ztp.DriftVerb, class ztp.DriftClass) string {
	switch {
	case verb == ztp.DriftAdopt:
		return "Only phones that are unknown here can be adopted. The others are registered: fix or release them."
	case class == ztp.DriftUnknown:
		return "A phone that is unknown here has nothing to be fixed by. Adopt it first, or release it."
	}
	return "A phone that moved away is in another platform's company and can't be fixed from here. Release it here, or move it back."
}

// named counts phones that a request names, all of which have to be findings.
func (c *Control) namedFindings(ctx context.Context, plan *DriftPlan, macs []ztp.MAC) error {
	seen := map[ztp.MAC]bool{}
	for _, mac := range macs {
		if seen[mac] {
			continue
		}
		seen[mac] = true
		d, err := c.cfg.Store.Drift(ctx, plan.list, mac)
		if ztp.IsCode(err, ztp.CodeNotFound) {
			return ztp.Invalid("macs", mac.String()+" is not among the findings of the last sync.")
		}
		if err != nil {
			return err
		}
		if !slices.Contains(ztp.DriftVerbsFor(d.Class), plan.Verb) {
			return ztp.Invalid("macs", mac.String()+": "+cannot(plan.Verb, d.Class))
		}
		plan.Phones++
		if d.Class == ztp.DriftUnknown && d.Account == "" {
			plan.WithoutAccount++
		}
	}
	return nil
}

// planAccount finds the account for phones whose address names none. A release needs one
// for the row that says what is given up, whichever it is.
func (c *Control) planAccount(ctx context.Context, p ztp.Platform, plan *DriftPlan, ref string) error {
	if plan.Verb == ztp.DriftFix || plan.Verb == ztp.DriftRelease && plan.Class != "" && plan.Class != ztp.DriftUnknown {
		plan.WithoutAccount = 0
		return nil
	}
	if ref == "" && plan.Verb == ztp.DriftRelease {
		ref = string(p.Primary)
	}
	if ref == "" {
		plan.NeedsAccount = plan.WithoutAccount > 0
		return nil
	}
	acc, err := c.cfg.Store.Account(ctx, p.ID, ref)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return ztp.Invalid("account", "This platform has no such account.")
	}
	plan.account = acc.ID
	return err
}

// driftEffects says what a plan does and what it leaves alone.
func driftEffects(plan DriftPlan, info ztp.VendorInfo) (will, wont []string) {
	n := ztp.Counted(plan.Phones, "phone", "phones")
	switch plan.Verb {
	case ztp.DriftAdopt:
		will = []string{"Register " + n + " here as " + info.Title + " has them: redirected or paused, with name and product group"}
		if own := plan.Phones - plan.WithoutAccount; own > 0 {
			will = append(will, "Give "+ztp.Counted(own, "phone", "phones")+" to the account whose provisioning URL they have")
		}
		if plan.WithoutAccount > 0 {
			will = append(will, "Keep the address of "+ztp.Counted(plan.WithoutAccount, "phone", "phones")+", which is not ours; it stays until you change or fix such a phone")
		}
		wont = []string{"Send anything to " + info.Title, "Take a phone that another platform has registered"}
	case ztp.DriftFix:
		will = []string{"Write " + n + " to " + info.Title + " as registered here: address, name, product group, redirected or paused"}
		wont = []string{"Delete anything", "Touch a phone that was changed here since the sync"}
	case ztp.DriftRelease:
		will = []string{"Give up " + n + " at " + info.Title + ", so that anybody can register them"}
		if plan.Class == ztp.DriftMissing || plan.Class == ztp.DriftMoved {
			will = []string{"Let " + n + " go here, which " + info.Title + " does not have any more"}
		}
		wont = []string{"Change what the phones have loaded", "Touch a phone that was changed since the sync, here or at " + info.Title + ": each is looked at right before"}
	}
	if plan.Class != "" {
		will[0] += ", every one of the class “" + strings.ToLower(plan.Class.Title()) + "”"
	}
	return will, wont
}
