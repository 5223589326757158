package campaign_test

import (
	"context"
	"errors"

	"zerotouch.example/internal/ztp"
)

// fault is what happens to a commit of the process.
type fault string

const (
	killBefore fault = "killed before the commit"
	killAfter  fault = "killed after the commit"
	fails      fault = "commit failed"
	loses      fault = "committed, answer lost"
)

// mortal is a store whose process meets a fault at the nth commit.
type mortal struct {
	ztp.Store
	n, at int
	fault fault
}

// killed is the panic that unwinds a dead process.
type killed struct{}

var errCommit = errors.New("the database does not say whether it did that")

func (m *mortal) commit(f func() error) error {
	if m.n++; m.n != m.at {
		return f()
	}
	switch m.fault {
	case killBefore:
		panic(killed{})
	case fails:
		return errCommit
	}
	if err := f(); err != nil {
		return err
	}
	if m.fault == loses {
		return errCommit
	}
	panic(killed{})
}

func (m *mortal) Tx(ctx context.Context, f func(ztp.Store) error) error {
	return m.commit(func() error { return m.Store.Tx(ctx, f) })
}

func (m *mortal) SaveCampaignItem(ctx context.Context, i ztp.CampaignItem, from ztp.CampaignItemState) error {
	return m.commit(func() error { return m.Store.SaveCampaignItem(ctx, i, from) })
}

func (m *mortal) AppendEvent(ctx context.Context, e ztp.Event) error {
	return m.commit(func() error { return m.Store.AppendEvent(ctx, e) })
}

func (m *mortal) NoteRollout(ctx context.Context, r ztp.Rollout) (out ztp.Rollout, err error) {
	err = m.commit(func() (err error) { out, err = m.Store.NoteRollout(ctx, r); return err })
	return out, err
}
