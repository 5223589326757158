package ztp_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

// machine is one state machine of the domain, its states as plain text.
type machine struct {
	name, typeName, start string
	states                []string
	moves                 func(string) []string
	// title is the state's word for people; nil where they never see it by itself.
	title func(string) string
	// move makes a row in the one state and moves it to the other.
	move func(from, to string) (string, error)
}

func texts[S ~string](states []S) []string {
	out := make([]string, len(states))
	for i, s := range states {
		out[i] = string(s)
	}
	return out
}

var at = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// machines is every state machine, in the order of the documentation.
func machines() []machine {
	return []machine{
		{"Link", "LinkState", "not_configured", texts(ztp.LinkStates),
			func(s string) []string { return texts(ztp.LinkMoves(ztp.LinkState(s))) },
			func(s string) string { return ztp.LinkState(s).Title() },
			func(from, to string) (string, error) {
				l, err := ztp.Link{State: ztp.LinkState(from)}.Move(ztp.LinkState(to))
				return string(l.State), err
			}},
		{"Credential", "CredentialState", "planned", texts(ztp.CredentialStates),
			func(s string) []string { return texts(ztp.CredentialMoves(ztp.CredentialState(s))) },
			nil,
			func(from, to string) (string, error) {
				c, err := ztp.Credential{State: ztp.CredentialState(from)}.Move(ztp.CredentialState(to))
				return string(c.State), err
			}},
		{"Endpoint", "EndpointState", "wanted", texts(ztp.EndpointStates),
			func(s string) []string { return texts(ztp.EndpointMoves(ztp.EndpointState(s))) },
			func(s string) string { return ztp.EndpointState(s).Title() },
			func(from, to string) (string, error) {
				e, err := ztp.Endpoint{State: ztp.EndpointState(from)}.Move(ztp.EndpointState(to))
				return string(e.State), err
			}},
		{"Operation", "OperationState", "queued", texts(ztp.OperationStates),
			func(s string) []string { return texts(ztp.OperationMoves(ztp.OperationState(s))) },
			func(s string) string { return ztp.OperationState(s).Title() },
			func(from, to string) (string, error) {
				o, err := ztp.Operation{State: ztp.OperationState(from)}.Move(ztp.OperationState(to), at)
				return string(o.State), err
			}},
		{"Campaign", "CampaignState", "running", texts(ztp.CampaignStates),
			func(s string) []string { return texts(ztp.CampaignMoves(ztp.CampaignState(s))) },
			func(s string) string { return ztp.CampaignState(s).Title() },
			func(from, to string) (string, error) {
				c, err := ztp.Campaign{State: ztp.CampaignState(from)}.Move(ztp.CampaignState(to), at)
				return string(c.State), err
			}},
		{"Change of settings", "RolloutState", "proposed", texts(ztp.RolloutStates),
			func(s string) []string { return texts(ztp.RolloutMoves(ztp.RolloutState(s))) },
			func(s string) string { return ztp.RolloutState(s).Title() },
			func(from, to string) (string, error) {
				r, err := ztp.Rollout{State: ztp.RolloutState(from)}.Move(ztp.RolloutState(to), "ann", at)
				return string(r.State), err
			}},
		{"Platform in a campaign", "CampaignItemState", "pending", texts(ztp.CampaignItemStates),
			func(s string) []string { return texts(ztp.CampaignItemMoves(ztp.CampaignItemState(s))) },
			func(s string) string { return ztp.CampaignItemState(s).Title() },
			func(from, to string) (string, error) {
				i, err := ztp.CampaignItem{State: ztp.CampaignItemState(from)}.Move(ztp.CampaignItemState(to), at)
				return string(i.State), err
			}},
		{"Phone in an operation", "PhoneItemState", "queued", texts(ztp.PhoneItemStates),
			func(s string) []string { return texts(ztp.PhoneItemMoves(ztp.PhoneItemState(s))) },
			nil,
			func(from, to string) (string, error) {
				i, err := ztp.PhoneItem{State: ztp.PhoneItemState(from)}.Move(ztp.PhoneItemState(to))
				return string(i.State), err
			}},
		{"Off-boarding", "OffboardingState", "running", texts(ztp.OffboardingStates),
			func(s string) []string { return texts(ztp.OffboardingMoves(ztp.OffboardingState(s))) },
			func(s string) string { return ztp.OffboardingState(s).Title() },
			func(from, to string) (string, error) {
				o, err := ztp.Offboarding{State: ztp.OffboardingState(from)}.Move(ztp.OffboardingState(to), at)
				return string(o.State), err
			}},
		{"Resync", "ResyncState", "running", texts(ztp.ResyncStates),
			func(s string) []string { return texts(ztp.ResyncMoves(ztp.ResyncState(s))) },
			func(s string) string { return ztp.ResyncState(s).Title() },
			func(from, to string) (string, error) {
				r, err := ztp.Resync{State: ztp.ResyncState(from)}.Move(ztp.ResyncState(to), "ann", at)
				return string(r.State), err
			}},
		{"Phone in a resync", "ResyncItemState", "queued", texts(ztp.ResyncItemStates),
			func(s string) []string { return texts(ztp.ResyncItemMoves(ztp.ResyncItemState(s))) },
			func(s string) string { return ztp.ResyncItemState(s).Title() },
			func(from, to string) (string, error) {
				i, err := ztp.ResyncItem{State: ztp.ResyncItemState(from)}.Move(ztp.ResyncItemState(to), at)
				return string(i.State), err
			}},
	}
}

func TestMachinesHaveEveryState(t *testing.T) {
	t.Parallel()
	for _, m := range machines() {
		var declared []string
		for _, c := range constants(t, m.typeName) {
			declared = append(declared, c.value)
		}
		if diff := cmp.Diff(declared, m.states); diff != "" {
			t.Errorf("%s, -constants +list:\n%s", m.name, diff)
		}
	}
}

// TestMachinesMove tries every pair of states, and one that does not exist.
func TestMachinesMove(t *testing.T) {
	t.Parallel()
	for _, m := range machines() {
		for _, from := range m.states {
			for _, to := range append([]string{"made_up", ""}, m.states...) {
				legal := from == to || slices.Contains(m.moves(from), to)
				got, err := m.move(from, to)
				if (err == nil) != legal {
					t.Errorf("%s from %s to %q: legal %v, %v", m.name, from, to, legal, err)
				}
				if want := map[bool]string{true: to, false: from}[legal]; got != want {
					t.Errorf("%s from %s to %q: ends in %q", m.name, from, to, got)
				}
			}
			for _, to := range m.moves(from) {
				if !slices.Contains(m.states, to) || to == from {
					t.Errorf("%s: %s leads to %q", m.name, from, to)
				}
			}
		}
		if _, err := m.move("made_up", m.start); err == nil {
			t.Errorf("%s moves out of a state that does not exist", m.name)
		}
	}
}

func TestMachinesReachEveryState(t *testing.T) {
	t.Parallel()
	for _, m := range machines() {
		reached := []string{m.start}
		for i := 0; i < len(reached); i++ {
			for _, to := range m.moves(reached[i]) {
				if !slices.Contains(reached, to) {
					reached = append(reached, to)
				}
			}
		}
		slices.Sort(reached)
		want := slices.Sorted(slices.Values(m.states))
		if diff := cmp.Diff(want, reached); diff != "" {
			t.Errorf("%s from %s, -states +reached:\n%s", m.name, m.start, diff)
		}
	}
}

// TestMachinesRefuse names the moves whose absence the promises rest on.
func TestMachinesRefuse(t *testing.T) {
	t.Parallel()
	never := map[string][][2]string{
		"Link": {
			{"not_configured", "configured"}, // nothing is configured without an operation
			{"not_configured", "rotating"},   // nothing to rotate
			{"configured", "onboarding"},     // already onboarded
			{"configured", "not_configured"}, // only a Disable takes a key away
			{"onboarding", "disabling"},      // one link-changing operation at a time
			{"rotating", "not_configured"},   // a rotation never ends without a key
		},
		"Credential": {
			{"planned", "active"},   // never sealed, never proven
			{"unknown", "active"},   // its secret was in the lost answer
			{"unknown", "created"},  // likewise
			{"orphan", "active"},    // what is to be deleted never comes back into use
			{"revoked", "active"},   // nor what is gone
			{"retiring", "active"},  // the number is used up
			{"revoked", "retiring"}, // gone is gone, unless it turns up at the vendor
		},
		"Endpoint": {
			{"released", "listed"}, // given up: only a new registration brings it back
			{"released", "paused"}, {"released", "failed"},
		},
		"Operation": {
			{"done", "running"}, {"failed", "queued"}, {"needs_operator", "running"}, // the end is the end
			{"queued", "done"},    // nobody has worked on it
			{"unknown", "failed"}, // only a read at the vendor decides
			{"unknown", "done"}, {"waiting", "done"},
		},
		"Change of settings": {
			{"taken_back", "running"}, // a new change takes it up again
			{"done", "stopped"},       // everybody has it
			{"running", "proposed"},   // what phones have can't be added to
		},
		"Phone in an operation": {
			{"queued", "written"},                          // nothing is taken that was not marked as sent
			{"cancelled", "sent"}, {"cancelled", "queued"}, // whoever cancels is right
			{"failed", "sent"}, {"failed", "done"}, // another operation takes it up
			{"done", "queued"}, {"done", "failed"}, {"written", "cancelled"}, // what the vendor has is not called off
		},
		"Campaign": {{"done", "running"}, {"cancelled", "running"}}, // what has ended begins nothing
		"Platform in a campaign": {
			{"pending", "done"},      // nothing is done without an operation
			{"failed", "pending"},    // a new campaign takes it up again, never the same
			{"cancelled", "running"}, // likewise
		},
	}
	for _, m := range machines() {
		for _, pair := range never[m.name] {
			if _, err := m.move(pair[0], pair[1]); err == nil {
				t.Errorf("%s moves from %s to %s", m.name, pair[0], pair[1])
			}
		}
	}
}

func TestOperationEnds(t *testing.T) {
	t.Parallel()
	for _, s := range ztp.OperationStates {
		if final := len(ztp.OperationMoves(s)) == 0; s.Final() != final {
			t.Errorf("%s: Final says %v", s, s.Final())
		}
	}
	o := ztp.Operation{State: ztp.OperationRunning, NextAt: at, Waiting: "for Snom"}
	waiting, err := o.Move(ztp.OperationWaiting, at)
	if err != nil || !waiting.FinishedAt.IsZero() || waiting.Waiting != "for Snom" || !waiting.NextAt.Equal(at) {
		t.Errorf("waiting: %+v, %v", waiting, err)
	}
	done, err := o.Move(ztp.OperationDone, at)
	if err != nil || !done.FinishedAt.Equal(at) || !done.UpdatedAt.Equal(at) || done.Waiting != "" || !done.NextAt.IsZero() {
		t.Errorf("done: %+v, %v", done, err)
	}
}

func TestLinkStates(t *testing.T) {
	t.Parallel()
	var inFlight []ztp.LinkState
	for _, s := range ztp.LinkStates {
		if s.InFlight() {
			inFlight = append(inFlight, s)
		}
	}
	if diff := cmp.Diff([]ztp.LinkState{ztp.LinkOnboarding, ztp.LinkRotating, ztp.LinkDisabling}, inFlight); diff != "" {
		t.Errorf("in flight, -want +got:\n%s", diff)
	}
	if got := (ztp.Link{}).Rest(); got != ztp.LinkNotConfigured {
		t.Errorf("without a key a link rests in %s", got)
	}
	if got := (ztp.Link{Active: 2}).Rest(); got != ztp.LinkConfigured {
		t.Errorf("with a key a link rests in %s", got)
	}
}

func TestStepsOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, k := range constants(t, "OperationKind") {
		kind := ztp.OperationKind(k.value)
		steps := ztp.StepsOf(kind, ztp.OperationParams{Exposed: true})
		if len(steps) == 0 {
			t.Errorf("%s has no steps", kind)
		}
		seen := map[string]bool{}
		for _, s := range steps {
			if s.State != ztp.StepPending || seen[s.Name] || ztp.StepTitle(s.Name) == s.Name {
				t.Errorf("%s: step %q is not pending, comes twice or has no title", kind, s.Name)
			}
			seen[s.Name] = true
		}
		if kind.ChangesLink() && kind.WritesEndpoint() {
			t.Errorf("%s changes the link and writes an endpoint", kind)
		}
	}
	// A key is revoked after it was replaced, never before.
	rotate := stepNames(ztp.StepsOf(ztp.KindRotate, ztp.OperationParams{}))
	order := []int{slices.Index(rotate, ztp.StepCreateKey), slices.Index(rotate, ztp.StepProve), slices.Index(rotate, ztp.StepActivate), slices.Index(rotate, ztp.StepRevokeOld)}
	if slices.Contains(order, -1) || !slices.IsSorted(order) {
		t.Errorf("rotate goes %v", rotate)
	}
	pasted := stepNames(ztp.StepsOf(ztp.KindRotate, ztp.OperationParams{Credential: 2}))
	if slices.Contains(pasted, ztp.StepCreateKey) || slices.Contains(pasted, ztp.StepCompareURLs) {
		t.Errorf("with a pasted key rotate goes %v", pasted)
	}
}

func stepNames(steps []ztp.Step) []string {
	var names []string
	for _, s := range steps {
		names = append(names, s.Name)
	}
	return names
}

func TestOperationSteps(t *testing.T) {
	t.Parallel()
	o := ztp.Operation{Steps: []ztp.Step{{Name: "a", State: ztp.StepDone}, {Name: "b", State: ztp.StepSkipped}, {Name: "c", State: ztp.StepRunning}, {Name: "d", State: ztp.StepPending}}}
	if s := o.Current(); s == nil || s.Name != "c" {
		t.Errorf("current is %v", s)
	}
	o.Step("c").State, o.Step("d").State = ztp.StepDone, ztp.StepDone
	if o.Current() != nil || o.Step("e") != nil {
		t.Error("a step that is over or missing is found")
	}
}
