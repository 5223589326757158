package ztp_test

import (
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

// done is an operation that went through.
func done(kind ztp.OperationKind, p ztp.OperationParams, d ztp.OperationData) ztp.Operation {
	return ztp.Operation{Kind: kind, State: ztp.OperationDone, Params: p, Data: d}
}

// TestOutcome: what an operation says when it is done is what it did.
func TestOutcome(t *testing.T) {
	t.Parallel()
	none := ztp.OperationParams{}
	for name, c := range map[string]struct {
		op    ztp.Operation
		title string
		says  string
	}{
		"Onboard":            {done(ztp.KindOnboard, none, ztp.OperationData{}), "Snom onboarded", "The company is in place"},
		"OnboardCreated":     {done(ztp.KindOnboard, none, ztp.OperationData{Company: ztp.CompanyCreated}), "Snom onboarded", "Snom created the company"},
		"OnboardTakenUp":     {done(ztp.KindOnboard, none, ztp.OperationData{Company: ztp.CompanyTakenUp}), "Snom onboarded", "taken up again, none was created"},
		"OnboardOnePhone":    {done(ztp.KindOnboard, none, ztp.OperationData{Company: ztp.CompanyTakenUp, Handled: 1}), "Snom onboarded", "1 paused phone is redirected again."},
		"OnboardManyPhones":  {done(ztp.KindOnboard, none, ztp.OperationData{Company: ztp.CompanyTakenUp, Handled: 486}), "Snom onboarded", "486 paused phones are redirected again."},
		"Connect":            {done(ztp.KindConnect, none, ztp.OperationData{}), "Snom connected", "accepted the key"},
		"Adopt":              {done(ztp.KindAdopt, none, ztp.OperationData{}), "Snom onboarded", "The company was taken up"},
		"Rotate":             {done(ztp.KindRotate, none, ztp.OperationData{Handled: 3}), "Credentials rotated", "No phone was touched."},
		"RotatePasted":       {done(ztp.KindRotate, ztp.OperationParams{Credential: 2}, ztp.OperationData{}), "Key replaced", "accepted the new key"},
		"Disable":            {done(ztp.KindDisable, none, ztp.OperationData{}), "Snom disabled", "confirmed that the key is revoked"},
		"DisableForced":      {done(ztp.KindDisable, ztp.OperationParams{Force: true}, ztp.OperationData{}), "Snom disabled here only", "not confirmed by Snom"},
		"DisableGone":        {done(ztp.KindDisable, none, ztp.OperationData{CompanyGone: true}), "Snom disabled", "no longer exists at Snom"},
		"Check":              {done(ztp.KindCheck, none, ztp.OperationData{}), "Checked with Snom", "Nothing was changed."},
		"RevokeKey":          {done(ztp.KindRevokeKey, ztp.OperationParams{KeyID: "ck_9"}, ztp.OperationData{}), "Key removed", "key ck_9 is gone"},
		"UpdateAddress":      {done(ztp.KindUpdateAddress, none, ztp.OperationData{}), "Address updated at Snom", "in service learn it when they ask next"},
		"Register":           {done(ztp.KindRegister, none, ztp.OperationData{Phone: ztp.EndpointListed}), "Phone registered", "redirects it here"},
		"RegisterPaused":     {done(ztp.KindRegister, none, ztp.OperationData{Phone: ztp.EndpointPaused}), "Phone saved, still paused", "does not redirect"},
		"Pause":              {done(ztp.KindPause, none, ztp.OperationData{}), "Phone paused", "no longer redirects it"},
		"Resume":             {done(ztp.KindResume, none, ztp.OperationData{}), "Phone resumed", "redirects it again"},
		"Release":            {done(ztp.KindRelease, none, ztp.OperationData{}), "Phone released", "Snom confirmed that the MAC address is given up"},
		"ReleaseNothingHeld": {done(ztp.KindRelease, none, ztp.OperationData{NothingHeld: true}), "Phone removed here", "nothing was given up there"},
	} {
		got := c.op.Outcome("Snom")
		if got.Title != c.title || !strings.Contains(got.Text, c.says) || !strings.HasSuffix(got.Text, ".") || strings.ContainsAny(got.Title+got.Text, "{}") {
			t.Errorf("%s: %q, %q", name, got.Title, got.Text)
		}
		if all := c.op.Outcome(""); strings.ContainsAny(all.Title+all.Text, "{}") || strings.HasPrefix(all.Text, "the vendor") || strings.Contains(all.Text, ". the vendor") {
			t.Errorf("%s without a vendor: %q", name, all.Text)
		}
	}
	for _, state := range ztp.OperationStates {
		op := done(ztp.KindOnboard, none, ztp.OperationData{})
		op.State = state
		if got := op.Outcome("Snom"); (got.Text != "") != (state == ztp.OperationDone) {
			t.Errorf("%s says %q", state, got.Text)
		}
	}
	if got := done(ztp.KindTidy, none, ztp.OperationData{}).Outcome("Snom"); got != (ztp.Outcome{}) {
		t.Errorf("nobody waits for a tidy, and it says %q", got.Text)
	}
}

// TestProblemUnchanged: what did not happen, and what is kept all the same.
func TestProblemUnchanged(t *testing.T) {
	t.Parallel()
	p := &ztp.Problem{Code: ztp.CodeEndpointTaken}
	if got := p.Unchanged("Snom"); !strings.Contains(got, "Snom registered nothing") || strings.Contains(got, "Nothing changed") || strings.Contains(got, "as failed") {
		t.Errorf("nothing kept: %q", got)
	}
	p.Kept = true
	if got := p.Unchanged("Snom"); !strings.Contains(got, "Snom registered nothing") || !strings.Contains(got, "stays in the list here as failed") {
		t.Errorf("kept: %q", got)
	}
	p.Changed = true
	if got := p.Unchanged("Snom"); !strings.Contains(got, "Part of it was done") {
		t.Errorf("half done: %q", got)
	}
}
