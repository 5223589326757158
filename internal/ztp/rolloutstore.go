package ztp

import (
	"context"
	"time"
)

// RolloutStore keeps changes of settings that go out in rings. Sealing happens here.
type RolloutStore interface {
	// Rollout finds one.
	Rollout(ctx context.Context, id RolloutID) (Rollout, error)
	// OpenRollout is the scope's that has not ended; not_found without one.
	OpenRollout(ctx context.Context, scope SettingScope) (Rollout, error)
	// ListRollouts returns the newest, or all that are open.
	ListRollouts(ctx context.Context, open bool, limit int) ([]Rollout, error)
	// PageRollouts returns all of them by pages, newest first.
	PageRollouts(ctx context.Context, cursor string, limit int) (Page[Rollout], error)
	// DropRollouts removes some that have ended before then, the oldest first; an open one
	// never. It may be repeated.
	DropRollouts(ctx context.Context, before time.Time) error
	// ProposeSettings writes down changes of the rollout's scope that go to nobody yet: a
	// new rollout (version 0), or more of one that is proposed. The scope has its next
	// version then; expected is as for ChangeSettings.
	ProposeSettings(ctx context.Context, r Rollout, expected *int64, changes []SettingChange) error
	// SaveRollout commits its next state where the version is r.Version, with what
	// follows from it: while it is running or stopped, Settings have it as Next; when it is
	// done its values are the scope's; taken back, the former ones are again: rollout_ended
	// where one of them was changed since. The scope has its next version then.
	SaveRollout(ctx context.Context, r Rollout) (Rollout, error)
	// NoteRollout keeps what was seen, and nothing else; an older look never wins.
	NoteRollout(ctx context.Context, r Rollout) (Rollout, error)
	// RolloutDiff says what it changes in its scope.
	RolloutDiff(ctx context.Context, r Rollout) ([]RolloutChange, error)
	// EachScopePhone hands phones below the scope to f, page by page, until that returns
	// false. Released ones are left out, and so is a scope of a phone.
	EachScopePhone(ctx context.Context, scope SettingScope, f func([]ScopePhone) bool) error
	// CountScopePhones counts those that EachScopePhone hands out, without reading them.
	CountScopePhones(ctx context.Context, scope SettingScope) (int, error)
	// SettingFreeze is nil while changes go out.
	SettingFreeze(ctx context.Context) (*SettingFreeze, error)
	// FreezeSettings reports whether it was not frozen before; an earlier freeze stays.
	FreezeSettings(ctx context.Context, f SettingFreeze) (added bool, err error)
	UnfreezeSettings(ctx context.Context) (lifted bool, err error)
}
