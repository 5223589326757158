package orchestrator_test

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

type commitFault string

const (
	failCommit     commitFault = "commit failed"
	killBefore     commitFault = "killed before the commit"
	killAfter      commitFault = "killed after the commit"
	loseCommitting commitFault = "committed, answer lost"
	runTwice       commitFault = "serialized anew"
	readOnly       commitFault = "read-only for a while"
	outOfReach     commitFault = "out of reach for a while"
	hookCommit     commitFault = "before the commit"
)

// faultyStore is the real store with faults around what it writes: transactions, and
// the few writes of the orchestrator that stand alone.
type faultyStore struct {
	ztp.Store
	counter
	fault commitFault
	hook  func()
	// ill is what is wrong with the database until it is well again: readOnly or outOfReach.
	ill atomic.Value
	// open counts transactions under way.
	open atomic.Int32
}

var errIll = errors.New("the database does not do that now")

func (f *faultyStore) is(faults ...commitFault) bool {
	ill, _ := f.ill.Load().(commitFault)
	for _, x := range faults {
		if ill == x {
			return true
		}
	}
	return false
}

func (f *faultyStore) well() { f.ill.Store(commitFault("")) }

func (f *faultyStore) Tx(ctx context.Context, g func(ztp.Store) error) error {
	return f.write(func(last func() error) error {
		f.open.Add(1)
		defer f.open.Add(-1)
		return f.Store.Tx(ctx, func(s ztp.Store) error {
			if err := g(s); err != nil {
				return err
			}
			return last()
		})
	})
}

// write makes a write, or what its turn has in store for it. do calls last before it
// commits.
func (f *faultyStore) write(do func(last func() error) error) error {
	nothing := func() error { return nil }
	if f.is(readOnly, outOfReach) {
		return errIll
	}
	if !f.next("commit") {
		return do(nothing)
	}
	switch f.fault {
	case hookCommit:
		f.hook()
		return do(nothing)
	case readOnly, outOfReach:
		f.ill.Store(f.fault)
		return errIll
	case failCommit:
		return do(func() error { return errKilled })
	case runTwice:
		if err := do(func() error { return errAgain }); !errors.Is(err, errAgain) {
			return err
		}
		return do(nothing)
	case killBefore:
		return do(func() error { panic(killed{}) })
	case loseCommitting:
		if err := do(nothing); err != nil {
			return err
		}
		return errKilled
	}
	if err := do(nothing); err != nil {
		return err
	}
	panic(killed{})
}

var errAgain = errors.New("could not serialize access")

func (f *faultyStore) ClaimOperation(ctx context.Context, owner string, ttl time.Duration, which ztp.Claim) (ztp.Operation, error) {
	if f.is(readOnly, outOfReach) {
		return ztp.Operation{}, errIll
	}
	return f.Store.ClaimOperation(ctx, owner, ttl, which)
}

func (f *faultyStore) SaveOperation(ctx context.Context, o ztp.Operation, ttl time.Duration) error {
	if f.is(readOnly, outOfReach) {
		return errIll
	}
	return f.Store.SaveOperation(ctx, o, ttl)
}

func (f *faultyStore) ReturnOperation(ctx context.Context, id ztp.OperationID, fence int64) error {
	if f.is(readOnly, outOfReach) {
		return errIll
	}
	return f.Store.ReturnOperation(ctx, id, fence)
}

func (f *faultyStore) PinAccount(ctx context.Context, v ztp.VendorName, company string) error {
	return f.write(func(last func() error) error {
		if err := last(); err != nil {
			return err
		}
		return f.Store.PinAccount(ctx, v, company)
	})
}

func (f *faultyStore) BeatReplica(ctx context.Context, r ztp.Replica, ttl time.Duration) error {
	if f.is(readOnly, outOfReach) {
		return errIll
	}
	return f.Store.BeatReplica(ctx, r, ttl)
}

// What the steps read.

func (f *faultyStore) Operation(ctx context.Context, id ztp.OperationID) (ztp.Operation, error) {
	if f.is(outOfReach) {
		return ztp.Operation{}, errIll
	}
	return f.Store.Operation(ctx, id)
}

func (f *faultyStore) Link(ctx context.Context, p ztp.PlatformID, v ztp.VendorName) (ztp.Link, error) {
	if f.is(outOfReach) {
		return ztp.Link{}, errIll
	}
	return f.Store.Link(ctx, p, v)
}

func (f *faultyStore) Credentials(ctx context.Context, p ztp.PlatformID, v ztp.VendorName) ([]ztp.Credential, error) {
	if f.is(outOfReach) {
		return nil, errIll
	}
	return f.Store.Credentials(ctx, p, v)
}

func (f *faultyStore) Credential(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, n int) (ztp.Credential, error) {
	if f.is(outOfReach) {
		return ztp.Credential{}, errIll
	}
	return f.Store.Credential(ctx, p, v, n)
}

func (f *faultyStore) OpenCredential(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, n int) (ztp.APIKey, error) {
	if f.is(outOfReach) {
		return ztp.APIKey{}, errIll
	}
	return f.Store.OpenCredential(ctx, p, v, n)
}

func (f *faultyStore) Endpoint(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) (ztp.Endpoint, error) {
	if f.is(outOfReach) {
		return ztp.Endpoint{}, errIll
	}
	return f.Store.Endpoint(ctx, p, mac)
}

func (f *faultyStore) ListEndpoints(ctx context.Context, q ztp.EndpointQuery) (ztp.Page[ztp.Endpoint], error) {
	if f.is(outOfReach) {
		return ztp.Page[ztp.Endpoint]{}, errIll
	}
	return f.Store.ListEndpoints(ctx, q)
}
