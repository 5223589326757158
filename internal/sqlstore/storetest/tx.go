package storetest

import (
	"context"
	"errors"
	"sync"

	"zerotouch.example/internal/ztp"
)

var errStop = errors.New("stop")

var txTests = map[string]func(*env){
	"RollsBack": func(e *env) {
		p := ztp.Platform{ID: "p", Slug: "acme", Name: "Acme", CreatedAt: start, UpdatedAt: start}
		err := e.Tx(e.ctx, func(s ztp.Store) error {
			if err := s.CreatePlatform(e.ctx, p); err != nil {
				return err
			}
			if _, err := s.Platform(e.ctx, "acme"); err != nil { // it sees its own writes
				return err
			}
			return errStop
		})
		if !errors.Is(err, errStop) {
			e.Errorf("want its own error back, got %v", err)
		}
		_, err = e.Platform(e.ctx, "acme")
		e.wantCode(ztp.CodeNotFound, err)
	},
	"InsideTxJoins": func(e *env) {
		p := ztp.Platform{ID: "p", Slug: "acme", Name: "Acme", CreatedAt: start, UpdatedAt: start}
		err := e.Tx(e.ctx, func(s ztp.Store) error {
			inner := s.Tx(e.ctx, func(s ztp.Store) error { return s.CreatePlatform(e.ctx, p) })
			return errors.Join(inner, errStop)
		})
		same(e, true, errors.Is(err, errStop))
		_, err = e.Platform(e.ctx, "acme")
		e.wantCode(ztp.CodeNotFound, err)
	},
	"APanicFreesTheStore": func(e *env) {
		func() {
			defer func() { _ = recover() }()
			_ = e.Tx(e.ctx, func(s ztp.Store) error {
				e.must(s.PinAccount(e.ctx, vendor, "c1"))
				panic("a mistake")
			})
		}()
		e.must(e.PinAccount(e.ctx, vendor, "c2"))
	},
	"ARefusalLeavesItUsable": func(e *env) {
		// A refusal that the store foresees must not spoil the transaction: callers
		// go on and record it.
		p := e.platform("acme")
		first := e.operation(p, ztp.KindOnboard)
		e.must(e.Tx(e.ctx, func(s ztp.Store) error {
			wantInTheWay(e, first, s.CreateOperation(e.ctx, e.newOperation(p, ztp.KindRotate)))
			e.wantField("slug", s.CreatePlatform(e.ctx, ztp.Platform{ID: "x", Slug: "acme", Name: "Acme", CreatedAt: start, UpdatedAt: start}))
			return s.AppendEvent(e.ctx, e.event("refused"))
		}))
		wantChain(e, 1)
	},
	"ABrokenRuleAtCommit": func(e *env) {
		p := e.platform("acme")
		p.Primary = "of-nobody"
		e.wantRefused("a primary account that is not there", e.Tx(e.ctx, func(s ztp.Store) error { return s.UpdatePlatform(e.ctx, p) }))
		got, err := e.Platform(e.ctx, "acme")
		e.must(err)
		same(e, "", got.Primary)
		e.must(e.PinAccount(e.ctx, vendor, "c1")) // the connection is as good as before
	},
	"CancelledContext": func(e *env) {
		ctx, cancel := context.WithCancel(e.ctx)
		err := e.Tx(ctx, func(s ztp.Store) error {
			if err := s.PinAccount(ctx, vendor, "c1"); err != nil {
				return err
			}
			cancel()
			return nil
		})
		if err == nil {
			e.Error("want an error")
		}
		_, err = e.PinnedAccount(e.ctx, vendor)
		e.wantCode(ztp.CodeNotFound, err)
	},
	"CountersUnderConcurrency": func(e *env) {
		l := e.link(e.platform("acme"))
		l.NextCredential = 10
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				for {
					err := e.Tx(e.ctx, func(s ztp.Store) error {
						l, err := s.Link(e.ctx, l.Platform, vendor)
						if err != nil {
							return err
						}
						c := ztp.Credential{Platform: l.Platform, Vendor: vendor, Number: l.NextCredential, CreatedAt: start}
						l.NextCredential++
						if err := s.SaveLink(e.ctx, l); err != nil {
							return err
						}
						return s.PlanCredential(e.ctx, c)
					})
					if err == nil {
						return
					}
					if !ztp.IsCode(err, ztp.CodeFormOutdated) {
						e.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		all, err := e.Credentials(e.ctx, l.Platform, vendor)
		e.must(err)
		same(e, 10, len(all))
		for i, c := range all {
			same(e, 10+i, c.Number)
		}
	},
}
