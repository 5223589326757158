package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// The states of a change of settings that touches many phones.
const (
	RolloutProposed  = "proposed"
	RolloutRunning   = "running"
	RolloutStopped   = "stopped"
	RolloutDone      = "done"
	RolloutTakenBack = "taken_back"
)

// Rollout is a change of settings above many phones, which goes out in rings.
type Rollout struct {
	ID       string `json:"id"`
	Layer    string `json:"layer" enum:"installation,platform,account" doc:"Whose settings it changes"`
	Platform string `json:"platform,omitempty" doc:"Slug, or the id of one that is removed"`
	Account  string `json:"account,omitempty" doc:"Slug, or the id of one that is removed"`
	State    string `json:"state" enum:"proposed,running,stopped,done,taken_back"`
	Percent  int    `json:"percent" doc:"How many percent of the phones get it, at least one phone: 0, 1, 10 or 100; of one that is taken back, got it"`
	Phones   int    `json:"phones" doc:"Phones below, when they were last counted"`
	InRing   int    `json:"in_ring" doc:"How many of them get it; of one that is taken back, how many had it"`
	// RingAt is left out before the first ring.
	RingAt     *time.Time   `json:"ring_at,omitempty" doc:"When its ring began"`
	Watch      RolloutWatch `json:"watch"`
	Reason     string       `json:"reason,omitempty" doc:"Why it is stopped"`
	ProposedAt time.Time    `json:"proposed_at"`
	ProposedBy string       `json:"proposed_by"`
	MovedAt    time.Time    `json:"moved_at" doc:"When its state or ring last changed"`
	MovedBy    string       `json:"moved_by"`
	// Changes and Models are there where one rollout was asked for.
	Changes []RolloutChange `json:"changes,omitempty" doc:"What it changes; left out in lists"`
	Models  []ModelCount    `json:"models,omitempty" doc:"The phones below, by model; left out in lists. Those where a nearer layer says something else notice nothing"`
}

// RolloutWatch is what is seen of the phones of a ring.
type RolloutWatch struct {
	Before   PhoneSigns `json:"before" doc:"Who had come in the day before the ring began, and was registered then"`
	Now      PhoneSigns `json:"now" doc:"Who has come since the ring began, or since spread_at, or since again_at, and is registered"`
	SpreadAt *time.Time `json:"spread_at,omitempty" doc:"When enough phones of the ring had it; from then on they are to come again with it"`
	AgainAt  *time.Time `json:"again_at,omitempty" doc:"When enough have come once more with it; from then on they are to come a third time"`
	SeenAt   *time.Time `json:"seen_at,omitempty" doc:"When the phones were last counted"`
}

// PhoneSigns counts phones that show that they are well.
type PhoneSigns struct {
	Ring       int `json:"ring" doc:"Phones of the ring that ask for settings"`
	Others     int `json:"others" doc:"Those outside of it"`
	Registered int `json:"registered" doc:"Phones of the ring that the voice service knows"`
	// Earlier and EarlierRegistered are zero in the first ring.
	Earlier           int `json:"earlier" doc:"Phones of the ring before this one that ask for settings; in before, how many did when that one began"`
	EarlierRegistered int `json:"earlier_registered" doc:"Phones of the ring before this one that the voice service knows"`
}

// RolloutChange is one line of what a rollout changes. A value that is left out is none.
type RolloutChange struct {
	Name   string  `json:"name"`
	Index  int     `json:"index,omitempty"`
	Secret bool    `json:"secret,omitempty" doc:"Both values are empty, whatever they are"`
	Before *string `json:"before,omitempty" doc:"What the layer says without it"`
	After  *string `json:"after,omitempty" doc:"What it says with it"`
}

// ModelCount is how many phones are of a model.
type ModelCount struct {
	Vendor string `json:"vendor"`
	Model  string `json:"model" doc:"Empty where nobody knows"`
	Phones int    `json:"phones"`
}

// AdvanceRollout sends a change on.
type AdvanceRollout struct {
	Percent int `json:"percent" doc:"1, 10 or 100: to how many percent of the phones"`
}

// StopRollout says why a change goes no further.
type StopRollout struct {
	Reason string `json:"reason,omitempty" maxLength:"480" doc:"Shown with it"`
}

// SettingFreeze says whether changes of settings go out.
type SettingFreeze struct {
	Frozen bool       `json:"frozen"`
	Reason string     `json:"reason,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
	By     string     `json:"by,omitempty"`
}

// SetSettingFreeze freezes settings, or lets changes go out again.
type SetSettingFreeze struct {
	Frozen bool   `json:"frozen"`
	Reason string `json:"reason,omitempty" maxLength:"480" doc:"Shown while they are frozen"`
}

// Rollouts lists the newest changes of settings that were proposed, or all that are open.
func (c *Client) Rollouts(ctx context.Context, open bool) (List[Rollout], error) {
	return get[List[Rollout]](ctx, c, path("setting-rollouts")+"?"+url.Values{"open": {strconv.FormatBool(open)}}.Encode())
}

// Rollout returns one, with what it changes.
func (c *Client) Rollout(ctx context.Context, id string) (Rollout, error) {
	return get[Rollout](ctx, c, path("setting-rollouts", id))
}

// AdvanceRollout sends a change to so many percent of the phones now.
func (c *Client) AdvanceRollout(ctx context.Context, id string, in AdvanceRollout) (Rollout, error) {
	return send[Rollout](ctx, c, http.MethodPost, path("setting-rollouts", id, "advance"), in)
}

// StopRollout lets no further phones have it.
func (c *Client) StopRollout(ctx context.Context, id string, in StopRollout) (Rollout, error) {
	return send[Rollout](ctx, c, http.MethodPost, path("setting-rollouts", id, "stop"), in)
}

// TakeBackRollout makes what was set before count again, for every phone.
func (c *Client) TakeBackRollout(ctx context.Context, id string) (Rollout, error) {
	return send[Rollout](ctx, c, http.MethodPost, path("setting-rollouts", id, "back"), nil)
}

// SettingFreeze says whether changes of settings go out.
func (c *Client) SettingFreeze(ctx context.Context) (SettingFreeze, error) {
	return get[SettingFreeze](ctx, c, path("setting-freeze"))
}

// SetSettingFreeze freezes settings, or lets changes go out again.
func (c *Client) SetSettingFreeze(ctx context.Context, in SetSettingFreeze) (SettingFreeze, error) {
	return send[SettingFreeze](ctx, c, http.MethodPut, path("setting-freeze"), in)
}
