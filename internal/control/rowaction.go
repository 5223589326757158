package control

import (
	"context"
	"fmt"

	"zerotouch.example/internal/ztp"
)

// RowVerb is what can be done about a row of the report.
type RowVerb string

const (
	// RowFix runs the ordinary operation that repairs it.
	RowFix RowVerb = "fix"
	// RowAdopt takes the company up as that of a platform.
	RowAdopt RowVerb = "adopt"
	// RowRelease lets the record here go of what it names. Nothing is sent.
	RowRelease RowVerb = "release"
)

// RowVerbs lists them in the order of the buttons.
var RowVerbs = []RowVerb{RowFix, RowAdopt, RowRelease}

// RowRequest asks for something about a row.
type RowRequest struct {
	Submission
	// Platform adopts the company: a slug or id.
	Platform string
}

// RowPlan says what would be done, before it is.
type RowPlan struct {
	Verb RowVerb
	Row  ztp.ReconciliationRow
	// Platform is the one that it is about.
	Platform ztp.Platform
	// Operation is the kind that would run, "" for what is done here alone.
	Operation ztp.OperationKind
	// Will and Wont are sentences; text between backticks is code.
	Will, Wont []string
}

// RowResult is what was done: the operation that was queued, or that it was done here.
type RowResult struct {
	Plan   RowPlan
	Result Result
}

// rowAction is a row with what is recorded of it now.
type rowAction struct {
	row  ztp.ReconciliationRow
	link ztp.Link
	key  ztp.Credential
}

// local marks what is done without an operation.
const local ztp.OperationKind = ""

// moved reports whether the row is about a company or a key that the platform does not
// have any more: it was put right since, and the same again would hit what is in order.
func (x rowAction) moved() bool {
	switch x.row.Reason {
	case ztp.ReasonCompanyUnknown, ztp.ReasonCompanyNotOurs, ztp.ReasonCompanyLeft, ztp.ReasonCompanyDuplicate:
		return false // about a company that is none of the platform's
	case ztp.ReasonKeyGone, ztp.ReasonKeyRefused, ztp.ReasonKeyRenamed:
		if x.link.Active != x.row.Number {
			return true
		}
	}
	return x.link.CompanyID != x.row.CompanyID
}

// does says which operation a verb comes to; ok is false where the row offers no such
// thing. It goes by the row and by the link as it is now.
func (x rowAction) does(verb RowVerb) (kind ztp.OperationKind, ok bool) {
	if x.moved() {
		return "", false
	}
	disabled := x.link.State == ztp.LinkNotConfigured
	switch verb {
	case RowAdopt:
		switch x.row.Reason {
		case ztp.ReasonCompanyUnknown, ztp.ReasonCompanyNotOurs:
			return ztp.KindAdopt, true
		case ztp.ReasonCompanyLeft:
			return ztp.KindAdopt, x.link.Active == 0
		}
	case RowRelease:
		switch x.row.Reason {
		case ztp.ReasonCompanyKept, ztp.ReasonCompanyGone, ztp.ReasonCompanyTaken:
			return local, disabled && x.link.CompanyID == x.row.CompanyID
		case ztp.ReasonKeyLeftGone:
			return local, x.key.State.Live() && x.key.State != "" && x.link.Active != x.row.Number
		}
	case RowFix:
		return x.fix(disabled)
	}
	return "", false
}

func (x rowAction) fix(disabled bool) (kind ztp.OperationKind, ok bool) {
	inForce := x.link.Active != 0
	switch x.row.Reason {
	case ztp.ReasonCompanyGone:
		if disabled {
			return ztp.KindCheck, !x.link.Connected
		}
		return ztp.KindDisable, true
	case ztp.ReasonCompanyTaken, ztp.ReasonKeyUnknown:
		return ztp.KindCheck, inForce || disabled && !x.link.Connected
	case ztp.ReasonCompanyLeft:
		return ztp.KindOnboard, !inForce && x.link.CompanyID == ""
	case ztp.ReasonKeyGone, ztp.ReasonKeyRefused, ztp.ReasonKeyRenamed:
		return ztp.KindRotate, inForce && !x.link.Connected
	case ztp.ReasonKeyLeft:
		if x.key.State == ztp.CredentialRevoked {
			return ztp.KindCheck, inForce
		}
		return ztp.KindTidy, true
	case ztp.ReasonKeyLeftGone:
		return ztp.KindTidy, true
	case ztp.ReasonProfileGone, ztp.ReasonProfileRenamed, ztp.ReasonProfilePaused, ztp.ReasonProfileAddress:
		return ztp.KindUpdateAddress, inForce
	}
	return "", false
}

// PlanRow says what a verb would send and change. It calls no vendor. For an adoption
// the platform need not be named yet.
func (c *Control) PlanRow(ctx context.Context, a ztp.Actor, v ztp.VendorName, id string, verb RowVerb, r RowRequest) (RowPlan, error) {
	if err := maySee(a); err != nil {
		return RowPlan{}, err
	}
	plan, _, err := c.planRow(ctx, v, id, verb, r)
	return plan, err
}

// errNoAdopter asks for the platform that is to take a company up.
func errNoAdopter() error {
	return ztp.Invalid("platform", "Name the platform that takes the company up, by its slug or id.")
}

func (c *Control) planRow(ctx context.Context, v ztp.VendorName, id string, verb RowVerb, r RowRequest) (RowPlan, rowAction, error) {
	var x rowAction
	info, err := c.Vendor(v)
	if err != nil {
		return RowPlan{}, x, err
	}
	if x.row, err = c.cfg.Store.ReconciliationRow(ctx, v, id); err != nil {
		return RowPlan{}, x, err
	}
	plan := RowPlan{Verb: verb, Row: x.row}
	if x.row.Platform != "" {
		if plan.Platform, err = c.cfg.Store.Platform(ctx, string(x.row.Platform)); err != nil {
			return plan, x, err
		}
		if err := c.readRowLink(ctx, &x); err != nil {
			return plan, x, err
		}
	}
	var ok bool
	if x.moved() {
		return plan, x, ztp.Errorf(ztp.CodeFormOutdated, "The platform is not as this row says any more. Compare it anew.")
	}
	if plan.Operation, ok = x.does(verb); !ok {
		return plan, x, ztp.Invalid("row", x.refusal(verb))
	}
	if verb == RowAdopt {
		if plan.Platform, err = c.adopter(ctx, x, r.Platform); err != nil {
			return plan, x, err
		}
	}
	plan.say(x, info)
	return plan, x, nil
}

// adopter is the platform that is to take the company up, zero when none is named yet.
func (c *Control) adopter(ctx context.Context, x rowAction, ref string) (ztp.Platform, error) {
	if ref == "" && x.row.Platform != "" {
		ref = string(x.row.Platform)
	}
	if ref == "" {
		return ztp.Platform{}, nil
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err == nil && x.row.Platform != "" && p.ID != x.row.Platform {
		err = ztp.Invalid("platform", "The company carries another platform's label; only that one can take it up.")
	}
	return p, err
}

// refusal says why a row does not offer what was asked for.
func (x rowAction) refusal(verb RowVerb) string {
	for _, other := range RowVerbs {
		if _, ok := x.does(other); ok && other != verb {
			return fmt.Sprintf("%s: here you can %s.", x.row.Reason.Title(), other)
		}
	}
	switch {
	case x.row.Reason == ztp.ReasonKeyForeign, x.row.Reason == ztp.ReasonKeyLater:
		return x.row.Reason.Title() + ": a person removes it with revoke-key."
	case x.row.Reason.Class() == ztp.RowMatching, x.row.Reason.Class() == ztp.RowNotJudged:
		return x.row.Reason.Title() + ": there is nothing to do about this row."
	}
	return x.row.Reason.Title() + ": this is put right in the vendor's portal."
}

// ActOnRow does what PlanRow says, by the ordinary operation, which looks at the vendor
// itself before it changes anything.
func (c *Control) ActOnRow(ctx context.Context, a ztp.Actor, v ztp.VendorName, id string, verb RowVerb, r RowRequest) (RowResult, error) {
	action := "row." + string(verb)
	if err := c.mayChange(ctx, a, action, "", v); err != nil {
		return RowResult{}, err
	}
	plan, x, err := c.planRow(ctx, v, id, verb, r)
	if err == nil && plan.Platform.ID == "" {
		err = errNoAdopter()
	}
	if err != nil {
		if x.row.ID != "" {
			c.refused(ctx, a, action, x.row.Platform, v, id, err)
		}
		return RowResult{}, err
	}
	out := RowResult{Plan: plan}
	if plan.Operation == local {
		err = c.releaseRow(ctx, a, x)
		return out, err
	}
	out.Result, err = c.runRow(ctx, a, plan, r.Submission)
	return out, err
}

// runRow starts the operation of a plan.
func (c *Control) runRow(ctx context.Context, a ztp.Actor, plan RowPlan, s Submission) (Result, error) {
	ref, v := string(plan.Platform.ID), plan.Row.Vendor
	switch plan.Operation {
	case ztp.KindAdopt:
		return c.Adopt(ctx, a, ref, v, plan.Row.CompanyID, s)
	case ztp.KindOnboard:
		return c.Onboard(ctx, a, ref, v, s)
	case ztp.KindRotate:
		return c.Rotate(ctx, a, ref, v, RotateRequest{Submission: s})
	case ztp.KindDisable:
		return c.Disable(ctx, a, ref, v, DisableRequest{Submission: s, IfGone: true})
	case ztp.KindUpdateAddress:
		return c.UpdateAddress(ctx, a, ref, v, s)
	case ztp.KindTidy:
		return c.Tidy(ctx, a, ref, v, s)
	}
	return c.Check(ctx, a, ref, v, s)
}

// releaseRow lets the record here go of a company or a key, unless something changed
// since the row was made. Then the platform is compared anew.
func (c *Control) releaseRow(ctx context.Context, a ztp.Actor, x rowAction) error {
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		l, err := s.Link(ctx, x.row.Platform, x.row.Vendor)
		if err != nil {
			return err
		}
		open, err := s.ListOperations(ctx, ztp.OperationQuery{Platform: x.row.Platform, Vendor: x.row.Vendor, Open: true, Limit: 1})
		if err != nil {
			return err
		}
		if len(open.Items) > 0 {
			return running(open.Items[0])
		}
		release := c.releaseCompany
		if x.row.Kind == ztp.RowKey {
			release = c.releaseKey
		}
		if err := release(ctx, s, x, l); err != nil {
			return err
		}
		if _, err := s.AskReconciliation(ctx, x.row.Vendor, x.row.Platform, a.String()); err != nil {
			return err
		}
		e := c.event(a, string(x.row.Kind)+".released", x.row.Platform, x.row.Vendor, x.row.CompanyID)
		if x.row.Kind == ztp.RowKey {
			e.Target = fmt.Sprint(x.row.Number)
		}
		e.Detail = x.row.Reason.Title()
		return s.AppendEvent(ctx, e)
	})
	if err != nil {
		c.refused(ctx, a, "row.release", x.row.Platform, x.row.Vendor, x.row.ID, err)
	}
	return err
}

// releaseCompany forgets the company of a link that is not configured. The nonce goes
// too, so that a later Onboard makes a company of its own instead of finding this one.
func (c *Control) releaseCompany(ctx context.Context, s ztp.Store, x rowAction, l ztp.Link) error {
	if l.State != ztp.LinkNotConfigured || l.CompanyID != x.row.CompanyID {
		return &ztp.Error{Code: ztp.CodeFormOutdated}
	}
	keys, err := s.Credentials(ctx, l.Platform, l.Vendor)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.State.Live() {
			return ztp.Errorf(ztp.CodeInUse, "Key %d may still exist in the company. It is tried again every hour to delete it.", k.Number)
		}
	}
	n, err := s.CountEndpoints(ctx, l.Platform, l.Vendor)
	if err != nil {
		return err
	}
	if there := n.Held() + n.Wanted; there > 0 {
		return ztp.Errorf(ztp.CodeInUse, "%d phones of this platform are in the company. Release them first, or onboard again.", there)
	}
	l.CompanyID, l.CompanyName, l.Nonce, l.Profiles, l.Later = "", "", "", nil, nil
	l.Unconfirmed, l.Error, l.UpdatedAt = false, nil, c.now()
	return s.SaveLink(ctx, l)
}

// releaseKey closes the record of a key that the vendor does not list any more.
func (c *Control) releaseKey(ctx context.Context, s ztp.Store, x rowAction, l ztp.Link) error {
	k, err := s.Credential(ctx, l.Platform, l.Vendor, x.row.Number)
	if err != nil {
		return err
	}
	if l.Active == k.Number || k.State != x.key.State || k.VendorID != x.key.VendorID {
		return &ztp.Error{Code: ztp.CodeFormOutdated}
	}
	from := k.State
	if k, err = k.Move(ztp.CredentialRevoked); err != nil {
		return &ztp.Error{Code: ztp.CodeFormOutdated, Err: err}
	}
	k.RevokedAt, k.Sealed = c.now(), false
	return s.MoveCredential(ctx, k, from)
}

// Tidy asks for what comes round every hour: keys of ours that are used by nothing are
// deleted, and phones redirected again that an Onboard did not get to.
func (c *Control) Tidy(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, s Submission) (Result, error) {
	if err := c.mayChange(ctx, a, "tidy.asked", "", v); err != nil {
		return Result{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return Result{}, err
	}
	return c.queueBeside(ctx, a, p, info, action{kind: ztp.KindTidy, sub: s}, func(context.Context, ztp.Link) error { return nil })
}
