package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

var (
	now  = time.Date(2026, 11, 23, 6, 41, 3, 0, time.UTC)
	info = ztp.VendorInfo{Name: "snom", Title: "Snom", Service: "Snom SRAPS", CanCreateCompanies: true, ProductGroups: []string{"D-Series"}}
)

const company = "5b0c1e6294d74f0ea3b17d2f68c0e914"

// drawn is what somebody sees of a row.
type drawn struct {
	Status   string
	Busy     bool
	Facts    []string
	Line     string
	Buttons  []string
	Off      int
	Messages []string
	Remedies []string
}

// configured is a link at rest.
func configured(change func(*control.LinkView)) control.LinkView {
	v := control.LinkView{Info: info, RowVersion: "v1", KeyAge: 90 * 24 * time.Hour, Counts: ztp.EndpointCounts{Listed: 486}}
	v.State, v.CompanyID, v.Active, v.SetAt, v.SetBy = ztp.LinkConfigured, company, 1, now.Add(-24*time.Hour), "ops@example.net"
	v.CheckedAt = now.Add(-time.Hour)
	if change != nil {
		change(&v)
	}
	return v
}

func blank(change func(*control.LinkView)) control.LinkView {
	v := control.LinkView{Info: info, RowVersion: "v1"}
	v.State = ztp.LinkNotConfigured
	if change != nil {
		change(&v)
	}
	return v
}

// operation is one that the reader asked for.
func operation(kind ztp.OperationKind, state ztp.OperationState, change func(*ztp.Operation)) *ztp.Operation {
	op := &ztp.Operation{ID: ztp.OperationID(ztp.NewID()), Kind: kind, State: state, Actor: admin, CreatedAt: now.Add(-2100 * time.Millisecond),
		UpdatedAt: now, Steps: ztp.StepsOf(kind, ztp.OperationParams{}), HoldsLink: kind.ChangesLink()}
	if state.Final() {
		op.FinishedAt = now
		for i := range op.Steps {
			op.Steps[i].State = ztp.StepDone
		}
	}
	if change != nil {
		change(op)
	}
	return op
}

func see(t *testing.T, in web.RowInput) drawn {
	t.Helper()
	if in.Actor.Name == "" {
		in.Actor = admin
	}
	in.Now, in.Platform = now, ztp.Platform{ID: "p", Slug: "brightwater", Name: "Brightwater Voice", Primary: "a"}
	body, err := web.DrawRow(in)
	if err != nil {
		t.Fatal(err)
	}
	doc := parse(t, body)
	d := drawn{Status: text(one(t, doc, ".row-name .status"))}
	_, d.Busy = lookup(one(t, doc, "li.row"), "aria-busy")
	for _, f := range all(doc, ".facts div") {
		d.Facts = append(d.Facts, text(f))
	}
	if line := all(doc, ".row-text"); len(line) == 1 {
		d.Line = text(line[0])
	}
	label := func(s string) string { return strings.SplitN(s, " for ", 2)[0] }
	for _, b := range all(doc, ".row-acts .btn") {
		d.Buttons = append(d.Buttons, label(text(b)))
		if _, off := lookup(b, "disabled"); off {
			d.Off++
		}
	}
	d.Messages = texts(doc, ".row-msgs .h")
	for _, b := range all(doc, ".row-msgs .btn") {
		d.Remedies = append(d.Remedies, label(text(b)))
	}
	return d
}

const (
	onboardButton = "Onboard… Snom"
	connectButton = "Connect… Snom with a key of your own"
	rotateButton  = "Rotate… Snom credentials"
	disableButton = "Disable… Snom"
	cannotFind    = "New Snom phones can't find this platform by themselves yet."
)

var restFacts = []string{"Company ID " + company, "Last set 22 Nov 2026, 06:41 (24 hours ago) by you", "Phones registered 486 Compare with Snom"}

// cardState is a row of the card with what somebody sees of it.
type cardState struct {
	in   web.RowInput
	want drawn
}

// cardStates are all states of the card, by name.
func cardStates() map[string]cardState {
	problem := func(code ztp.Code) *ztp.Problem { return &ztp.Problem{Code: code, At: now, RequestID: "req-1"} }
	rest := []string{rotateButton, disableButton}
	return map[string]cardState{
		"NotConfigured": {web.RowInput{View: blank(nil)},
			drawn{Status: "Not configured", Line: cannotFind, Buttons: []string{onboardButton, connectButton}}},
		"Configured": {web.RowInput{View: configured(nil)},
			drawn{Status: "Configured", Facts: restFacts, Buttons: rest}},
		"OlderThanPolicy": {web.RowInput{View: configured(func(v *control.LinkView) { v.Old, v.SetAt = true, now.Add(-104*24*time.Hour) })},
			drawn{Status: "Configured", Buttons: rest, Facts: []string{restFacts[0],
				"Last set 11 Aug 2026, 06:41 (104 days ago) by you Older than the 90-day policy", restFacts[2]}}},
		"InFlightOnboard": {web.RowInput{View: blank(func(v *control.LinkView) {
			v.State, v.Operation = ztp.LinkOnboarding, operation(ztp.KindOnboard, ztp.OperationRunning, nil)
		})}, drawn{Status: "Onboarding", Busy: true, Buttons: []string{"Onboarding… Snom"}, Off: 1,
			Line: "Waiting for Snom. Find or create the company, step 1 of 7. Started by you at 06:41:00 UTC, usually done within 5 seconds. You can leave this page. Reload to see the result."}},
		"InFlightDisableOfSomebodyElse": {web.RowInput{Actor: ztp.Actor{Name: "you@example.net", Role: ztp.SuperAdmin}, View: configured(func(v *control.LinkView) {
			v.State, v.Operation = ztp.LinkDisabling, operation(ztp.KindDisable, ztp.OperationRunning, func(o *ztp.Operation) { o.Data.Total, o.Data.Handled = 486, 12 })
		})}, drawn{Status: "Disabling", Busy: true, Buttons: []string{"Rotate… Snom", "Disabling… Snom"}, Off: 2,
			Line: "Waiting for Snom. Stop using the key, step 1 of 5. Started by ops@example.net at 06:41:00 UTC. You can leave this page. Reload to see the result."}},
		"WaitingInFlight": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.State, v.Operation = ztp.LinkRotating, operation(ztp.KindRotate, ztp.OperationWaiting, func(o *ztp.Operation) {
				o.Waiting, o.NextAt = "Snom asks us to wait.", now.Add(30*time.Second)
			})
		})}, drawn{Status: "Rotating", Busy: true, Buttons: []string{"Rotating… Snom", disableButton}, Off: 2,
			Line: "Waiting for Snom. Look for leftover keys of ours, step 1 of 7. Started by you at 06:41:00 UTC. It waits: Snom asks us to wait; it goes on by itself at 06:41:33 UTC. You can leave this page. Reload to see the result."}},
		"JustOnboarded": {web.RowInput{View: configured(nil), Own: operation(ztp.KindOnboard, ztp.OperationDone, nil)},
			drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"Snom onboarded"}, Remedies: []string{"Add phone"}}},
		"JustOnboardedAgain": {web.RowInput{View: configured(nil), Own: operation(ztp.KindOnboard, ztp.OperationDone, func(o *ztp.Operation) {
			o.Data.Company, o.Data.Handled, o.Data.Failed = ztp.CompanyTakenUp, 485, []string{"00:04:13:A2:7F:10"}
		})}, drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"Snom onboarded"}, Remedies: []string{"Add phone"}}},
		"RedirectingPhonesAgain": {web.RowInput{
			View: configured(func(v *control.LinkView) {
				v.Counts = ztp.EndpointCounts{Listed: 200, Paused: 280, Wanted: 3, Failed: 3}
			}),
			Own: operation(ztp.KindOnboard, ztp.OperationRunning, func(o *ztp.Operation) { o.HoldsLink, o.Data.Handled = false, 200 }),
		}, drawn{Status: "Configured", Facts: []string{restFacts[0], restFacts[1], "Phones registered 480 280 paused, 3 waiting, 3 failed Compare with Snom"}, Buttons: rest,
			Messages: []string{"Snom onboarded; paused phones are being redirected again"}}},
		"AlreadyOnboarded": {web.RowInput{View: configured(nil), Note: web.NoteOnboarded},
			drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"Already onboarded"}}},
		"NoteOnTheWrongState": {web.RowInput{View: blank(nil), Note: web.NoteOnboarded},
			drawn{Status: "Not configured", Line: cannotFind, Buttons: []string{onboardButton, connectButton}}},
		"JustRotated": {web.RowInput{View: configured(nil), Own: operation(ztp.KindRotate, ztp.OperationDone, nil)},
			drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"Credentials rotated"}, Remedies: []string{"See it in activity"}}},
		"JustDisabled": {web.RowInput{View: blank(func(v *control.LinkView) { v.DisabledAt, v.DisabledBy, v.CompanyID = now, admin.Name, company }),
			Own: operation(ztp.KindDisable, ztp.OperationDone, nil)},
			drawn{Status: "Not configured", Buttons: []string{onboardButton, connectButton, "Check with Snom"}, Messages: []string{"Snom disabled"},
				Line: "Disabled 23 Nov 2026, 06:41 (just now) by you. Onboarding again reuses company " + company}},
		// Somebody has changed it since; what was true then is no news now.
		"OnboardedThenDisabledByAnother": {web.RowInput{View: blank(nil), Own: operation(ztp.KindOnboard, ztp.OperationDone, nil)},
			drawn{Status: "Not configured", Line: cannotFind, Buttons: []string{onboardButton, connectButton}}},
		"DisabledThenOnboardedByAnother": {web.RowInput{View: configured(nil), Own: operation(ztp.KindDisable, ztp.OperationDone, nil)},
			drawn{Status: "Configured", Facts: restFacts, Buttons: rest}},
		"DisabledBefore": {web.RowInput{View: blank(func(v *control.LinkView) {
			v.DisabledAt, v.DisabledBy, v.CompanyID = now.Add(-51*24*time.Hour), "anna@example.net", company
		})}, drawn{Status: "Not configured", Buttons: []string{onboardButton, connectButton, "Check with Snom"},
			Line: "Disabled 3 Oct 2026, 06:41 (51 days ago) by anna@example.net. Onboarding again reuses company " + company}},
		"DisabledHereOnly": {web.RowInput{View: blank(func(v *control.LinkView) { v.DisabledAt, v.DisabledBy, v.Unconfirmed = now, admin.Name, true })},
			drawn{Status: "Not configured", Buttons: []string{onboardButton, connectButton, disableButton},
				Line: "Disabled here only, revocation not confirmed, 23 Nov 2026, 06:41 (just now) by you."}},
		"FailedNothingConfigured": {web.RowInput{View: blank(func(v *control.LinkView) { v.Error = problem(ztp.CodeResellerCredentialsMissing) }), Tried: ztp.KindOnboard},
			drawn{Status: "Not configured", Line: cannotFind, Buttons: []string{onboardButton, connectButton},
				Messages: []string{"Reseller credentials not configured in this environment"}, Remedies: []string{"Try again… to onboard Snom", "Environment health"}}},
		"FailedConfigured": {web.RowInput{View: configured(func(v *control.LinkView) { v.Error = problem(ztp.CodeVendorUnavailable) }), Tried: ztp.KindRotate},
			drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"Snom could not answer the request"},
				Remedies: []string{"Try again… to rotate Snom credentials", "Environment health"}}},
		"FailedDisable": {web.RowInput{View: configured(func(v *control.LinkView) { v.Error = problem(ztp.CodeVendorUnreachable) }), Tried: ztp.KindDisable},
			drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"Can't reach Snom"},
				Remedies: []string{"Try again… to disable Snom", "Disable here only… without Snom", "Environment health"}}},
		"CannotCreate": {web.RowInput{View: blank(func(v *control.LinkView) { v.Error = problem(ztp.CodeVendorCannot) }), Tried: ztp.KindOnboard},
			drawn{Status: "Not configured", Line: cannotFind, Buttons: []string{onboardButton, connectButton},
				Messages: []string{"Snom does not offer this to this reseller"}, Remedies: []string{connectButton}}},
		"Unknown": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.State, v.Operation = ztp.LinkUnknown, operation(ztp.KindRotate, ztp.OperationUnknown, nil)
		})}, drawn{Status: "Unknown", Facts: restFacts, Messages: []string{"Snom didn't answer in time"}, Remedies: []string{"Check with Snom"}}},
		"UnknownAndReadAgain": {web.RowInput{View: blank(func(v *control.LinkView) {
			v.State, v.Operation = ztp.LinkUnknown, operation(ztp.KindOnboard, ztp.OperationUnknown, func(o *ztp.Operation) { o.NextAt = now.Add(4 * time.Second) })
		})}, drawn{Status: "Unknown", Facts: []string{"Phones registered 0"}, Messages: []string{"Snom didn't answer in time"}, Remedies: []string{"Check with Snom"}}},
		"OldKeyNotRevoked": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.Error = problem(ztp.CodeVendorUnavailable)
			v.Error.Detail, v.Error.Changed = "The new key is in force. Key 1, the one before it, is not confirmed as revoked; it is tried again hourly.", true
			v.Loose = []ztp.Credential{{Number: 1, State: ztp.CredentialRetiring, VendorID: "ck_1"}}
		}), Tried: ztp.KindRotate}, drawn{Status: "Configured", Facts: restFacts, Buttons: rest,
			Messages: []string{"Snom could not answer the request", "1 key of ours is still open at Snom"},
			Remedies: []string{"Try again… to rotate Snom credentials", "Environment health", "Remove key ck_1… at Snom"}}},
		"KeyRejected": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.State, v.Error = ztp.LinkNeedsAttention, problem(ztp.CodeVendorKeyRejected)
		})}, drawn{Status: "Needs attention", Facts: restFacts, Buttons: rest, Messages: []string{"Snom rejects the stored key"}, Remedies: []string{rotateButton}}},
		"CompanyGone": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.State, v.Error = ztp.LinkNeedsAttention, problem(ztp.CodeVendorCompanyMissing)
		})}, drawn{Status: "Needs attention", Facts: restFacts, Buttons: []string{disableButton}, Messages: []string{"Snom has no company with this ID"}, Remedies: []string{disableButton}}},
		"CompaniesToChoose": {web.RowInput{View: blank(func(v *control.LinkView) {
			v.State, v.Error = ztp.LinkNeedsAttention, problem(ztp.CodeVendorCompanyAmbiguous)
			v.Error.Companies = []ztp.VendorCompany{{ID: "c1", Name: "One"}, {ID: "c2", Name: "Two"}}
		}), Tried: ztp.KindOnboard}, drawn{Status: "Needs attention", Facts: []string{"Phones registered 0"}, Buttons: []string{onboardButton, connectButton, disableButton},
			Messages: []string{"More than one company could be this platform's"},
			Remedies: []string{"Adopt company One… c1", "Adopt company Two… c2", "Try again… to onboard Snom"}}},
		"ForeignKey": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.Error = problem(ztp.CodeForeignKeyFound)
			v.Error.Keys = []ztp.VendorKey{{ID: "ck_9", Name: "someone"}}
		})}, drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"A key that we did not make is in this company"},
			Remedies: []string{"Remove key ck_9… at Snom", "Check with Snom"}}},
		"KeyOfAfterTheBackup": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.Error = problem(ztp.CodeDatabaseRestored)
			v.Error.Keys = []ztp.VendorKey{{ID: "ck_3", Name: "zt:test:…:3"}}
		})}, drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"This was restored from a backup"},
			Remedies: []string{"Remove key ck_3… at Snom", "Check with Snom"}}},
		"Rebuilt": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.Error = problem(ztp.CodeDatabaseRestored)
			v.Error.Case, v.Error.Keys = ztp.CaseRebuilt, []ztp.VendorKey{{ID: "ck_1", Name: "zt:test:…:1"}}
		})}, drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"This was rebuilt from what Snom has"},
			Remedies: []string{"Remove key ck_1… at Snom", "Check with Snom"}}},
		"RebuiltNotInForce": {web.RowInput{View: blank(func(v *control.LinkView) {
			v.CompanyID, v.Error = company, problem(ztp.CodeDatabaseRestored)
			v.Error.Case = ztp.CaseRebuilt
		})}, drawn{Status: "Not configured", Line: cannotFind + " Onboarding takes up company " + company, Buttons: []string{onboardButton, connectButton, "Check with Snom"},
			Messages: []string{"This was rebuilt from what Snom has"}}},
		// What goes on with a rebuild is the rebuild: an Onboard would leave the phones out.
		"RebuildFailed": {web.RowInput{View: blank(func(v *control.LinkView) {
			v.CompanyID, v.Error = company, problem(ztp.CodeVendorUnreachable)
		}), Tried: ztp.KindRebuild}, drawn{Status: "Not configured", Line: cannotFind + " Onboarding takes up company " + company, Buttons: []string{onboardButton, connectButton, "Check with Snom"},
			Messages: []string{"Can't reach Snom"}, Remedies: []string{"Environment health"}}},
		"InFlightRebuild": {web.RowInput{View: blank(func(v *control.LinkView) {
			v.State, v.CompanyID, v.Operation = ztp.LinkOnboarding, company, operation(ztp.KindRebuild, ztp.OperationRunning, nil)
		})}, drawn{Status: "Onboarding", Busy: true, Buttons: []string{"Onboarding… Snom"}, Off: 1,
			Line: "Waiting for Snom. Look which keys of ours there are, step 1 of 5. Started by you at 06:41:00 UTC. You can leave this page. Reload to see the result."}},
		"RotatedSinceTheBackup": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.State, v.RestoredAt, v.Error = ztp.LinkNeedsAttention, now, problem(ztp.CodeVendorKeyRejected)
			v.Error.Keys = []ztp.VendorKey{{ID: "ck_3", Name: "zt:test:…:3"}}
		})}, drawn{Status: "Needs attention", Facts: restFacts, Buttons: rest, Messages: []string{"Snom rejects the stored key"},
			Remedies: []string{rotateButton, "Remove key ck_3… at Snom"}}},
		"DisabledSinceTheBackup": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.State, v.RestoredAt, v.Error = ztp.LinkNeedsAttention, now, problem(ztp.CodeDatabaseRestored)
		})}, drawn{Status: "Needs attention", Facts: restFacts, Buttons: rest, Messages: []string{"This was restored from a backup"},
			Remedies: []string{disableButton, "Check with Snom"}}},
		"AnotherCopy": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.State, v.Error = ztp.LinkNeedsAttention, problem(ztp.CodeAnotherCopyRunning)
			v.Error.Keys = []ztp.VendorKey{{ID: "ck_7", Name: "zt:test:…:7"}}
		})}, drawn{Status: "Needs attention", Facts: restFacts, Buttons: rest, Messages: []string{"Another copy of this installation is running"},
			Remedies: []string{"Environment health", "Check with Snom"}}},
		"LooseKey": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.Loose = []ztp.Credential{{Number: 1, State: ztp.CredentialRetiring, VendorID: "ck_1"}}
		})}, drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"1 key of ours is still open at Snom"}, Remedies: []string{"Remove key ck_1… at Snom"}}},
		"AddressChanged": {web.RowInput{View: configured(func(v *control.LinkView) { v.AddressOutdated = true })},
			drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"The provisioning URL has changed"}, Remedies: []string{"Update address at Snom…"}}},
		// One box and one row of buttons, whatever failed; after a failed update its two ways are one.
		"AddressChangedAndRotateFailed": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.AddressOutdated, v.Error = true, problem(ztp.CodeVendorUnavailable)
		}), Tried: ztp.KindRotate}, drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"Snom could not answer the request"},
			Remedies: []string{"Try again… to rotate Snom credentials", "Environment health", "Update address at Snom…"}}},
		"UpdateOfAddressFailed": {web.RowInput{View: configured(func(v *control.LinkView) {
			v.AddressOutdated, v.Error = true, problem(ztp.CodeVendorUnavailable)
		}), Tried: ztp.KindUpdateAddress}, drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"Snom could not answer the request"},
			Remedies: []string{"Try again… to update the address at Snom", "Environment health"}}},
		"Connected": {web.RowInput{View: configured(func(v *control.LinkView) { v.Connected = true })},
			drawn{Status: "Configured", Facts: []string{restFacts[0], restFacts[1] + ", pasted", restFacts[2]}, Buttons: []string{"Replace key… of Snom", disableButton}}},
		"CheckedInOrder": {web.RowInput{View: configured(nil), Own: operation(ztp.KindCheck, ztp.OperationDone, nil)},
			drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"Checked with Snom"}}},
		"CheckRunning": {web.RowInput{View: configured(nil), Own: operation(ztp.KindCheck, ztp.OperationRunning, nil)},
			drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"Checking with Snom"}}},
		"OwnFailureThatTheLinkDoesNotShow": {web.RowInput{View: configured(nil), Own: operation(ztp.KindCheck, ztp.OperationFailed, func(o *ztp.Operation) { o.Error = problem(ztp.CodeVendorRateLimited) })},
			drawn{Status: "Configured", Facts: restFacts, Buttons: rest, Messages: []string{"Snom asks us to wait"}, Remedies: []string{"Check with Snom"}}},
		"AnotherRunning": {web.RowInput{Refused: problem(ztp.CodeOperationRunning), View: configured(func(v *control.LinkView) {
			v.State, v.Operation = ztp.LinkRotating, operation(ztp.KindRotate, ztp.OperationRunning, nil)
		})}, drawn{Status: "Rotating", Busy: true, Buttons: []string{"Rotating… Snom", disableButton}, Off: 2, Messages: []string{"Another change is running"},
			Line: "Waiting for Snom. Look for leftover keys of ours, step 1 of 7. Started by you at 06:41:00 UTC, usually done within 5 seconds. You can leave this page. Reload to see the result."}},
		"PortalKeysOnly": {web.RowInput{View: blank(func(v *control.LinkView) { v.Info.CanCreateCompanies = false })},
			drawn{Status: "Not configured", Line: cannotFind, Buttons: []string{connectButton}}},
	}
}

// Every state of the card, as somebody sees it.
func TestRowStates(t *testing.T) {
	t.Parallel()
	for name, c := range cardStates() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, see(t, c.in)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Among several companies none is suggested: which one is right, a person has to know.
func TestNoCompanyIsSuggested(t *testing.T) {
	t.Parallel()
	for n, solid := range map[int]int{1: 1, 2: 0} {
		view := blank(func(v *control.LinkView) {
			v.State, v.Error = ztp.LinkNeedsAttention, &ztp.Problem{Code: ztp.CodeVendorCompanyAmbiguous, At: now}
			v.Error.Companies = []ztp.VendorCompany{{ID: "c1", Name: "One"}, {ID: "c2", Name: "Two"}}[:n]
		})
		body, err := web.DrawRow(web.RowInput{View: view, Actor: admin, Now: now, Platform: ztp.Platform{Slug: "p", Name: "P"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(all(parse(t, body), ".row-msgs .btn-act")); got != solid {
			t.Errorf("%d companies: %d solid buttons", n, got)
		}
	}
}

// A viewer sees the same facts and messages, and nothing to press, in any state.
func TestViewerHasNothingToPress(t *testing.T) {
	t.Parallel()
	for _, state := range ztp.LinkStates {
		view := configured(func(v *control.LinkView) {
			v.State, v.Error = state, &ztp.Problem{Code: ztp.CodeVendorKeyRejected, At: now}
			v.AddressOutdated, v.Loose = true, []ztp.Credential{{Number: 1, State: ztp.CredentialOrphan, VendorID: "ck_1"}}
		})
		body, err := web.DrawRow(web.RowInput{View: view, Actor: ztp.Actor{Name: "guest", Role: ztp.Viewer}, Now: now, Platform: ztp.Platform{Slug: "p", Name: "P"}})
		if err != nil {
			t.Fatal(err)
		}
		doc := parse(t, body)
		if n := len(all(doc, ".btn")) + len(all(doc, "form")); n != 0 {
			t.Errorf("%s: %d things to press", state, n)
		}
	}
}

// Every error of the catalogue can stand in a row: title, request id, and an
// answer to whether phones are affected.
func TestEveryProblemInARow(t *testing.T) {
	t.Parallel()
	for _, entry := range ztp.Catalogue {
		view := configured(func(v *control.LinkView) {
			v.Error = &ztp.Problem{Code: entry.Code, At: now, RequestID: "req-1", Detail: "Because of <b>this</b>."}
		})
		body, err := web.DrawRow(web.RowInput{View: view, Actor: admin, Now: now, Platform: ztp.Platform{Slug: "p", Name: "P"}, Tried: ztp.KindRotate})
		if err != nil {
			t.Fatal(err)
		}
		doc := parse(t, body)
		msg := text(one(t, doc, ".row-msgs .msg"))
		for _, want := range []string{entry.For("Snom").Title, string(entry.Code), "req-1", "Because of <b>this</b>.", entry.For("Snom").Remedy} {
			if !strings.Contains(msg, want) {
				t.Errorf("%s: %q is not in %q", entry.Code, want, msg)
			}
		}
		if !strings.Contains(strings.ToLower(msg), "phone") {
			t.Errorf("%s: says nothing of phones: %q", entry.Code, msg)
		}
	}
}
