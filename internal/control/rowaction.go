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
	row ztp.ReconciliationRow
	// of is the platform that it belongs to, zero for none.
	of   ztp.Platform
	link ztp.Link
	key  ztp.Credential
}

// rowNow reads what is recorded now of what a row is about.
func (c *Control) rowNow(ctx context.Context, r ztp.ReconciliationRow) (x rowAction, err error) {
	x.row = r
	if r.Platform == "" {
		return x, nil
	}
	if x.of, err = c.cfg.Store.Platform(ctx, string(r.Platform)); err != nil {
		return x, err
	}
	if x.link, err = c.cfg.Store.Link(ctx, r.Platform, r.Vendor); err != nil {
		return x, err
	}
	if r.Kind != ztp.RowKey || r.Number == 0 {
		return x, nil
	}
	x.key, err = c.cfg.Store.Credential(ctx, r.Platform, r.Vendor, r.Number)
	if ztp.IsCode(err, ztp.CodeNotFound) { // a number that was not given here
		err = nil
	}
	return x, err
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
	info, err := c.Vendor(v)
	if err != nil {
		return RowPlan{}, rowAction{}, err
	}
	row, err := c.cfg.Store.ReconciliationRow(ctx, v, id)
	if err != nil {
		return RowPlan{}, rowAction{}, err
	}
	x, err := c.rowNow(ctx, row)
	plan := RowPlan{Verb: verb, Row: row, Platform: x.of}
	if err != nil {
		return plan, x, err
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
