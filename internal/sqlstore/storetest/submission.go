package storetest

import (
	"errors"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

var submissionTests = map[string]func(*env){
	"FirstWins": func(e *env) {
		m := ztp.Submission{
			Actor: "token:ci", Key: "k", BodyHash: "h", Platform: "p", Account: "a", TokenID: "t", Existed: true, At: start,
		}
		claim := func(m ztp.Submission) (ztp.Submission, bool) {
			e.Helper()
			earlier, fresh, err := e.ClaimSubmission(e.ctx, m)
			e.must(err)
			return earlier, fresh
		}
		if _, fresh := claim(m); !fresh {
			e.Error("the first one is not fresh")
		}
		other := m
		other.BodyHash, other.Platform = "other", "q"
		earlier, fresh := claim(other)
		same(e, m, earlier)
		same(e, false, fresh)
		got, err := e.Submission(e.ctx, m.Actor, m.Key)
		e.must(err)
		same(e, m, got)
		other.Actor = "token:other"
		if _, fresh := claim(other); !fresh {
			e.Error("another actor's key counts")
		}
		_, err = e.Submission(e.ctx, m.Actor, "none")
		e.wantCode(ztp.CodeNotFound, err)
		e.must(e.DropSubmissions(e.ctx, start.Add(-time.Millisecond)))
		same(e, false, func() bool { _, fresh := claim(m); return fresh }())
		e.must(e.DropSubmissions(e.ctx, start))
		same(e, true, func() bool { _, fresh := claim(m); return fresh }())
	},
	"ARollbackFreesTheKey": func(e *env) {
		m := ztp.Submission{Actor: "token:ci", Key: "k", BodyHash: "h", Platform: "p", At: start}
		err := e.Tx(e.ctx, func(s ztp.Store) error {
			_, _, err := s.ClaimSubmission(e.ctx, m)
			e.must(err)
			return errStop
		})
		same(e, true, errors.Is(err, errStop))
		_, fresh, err := e.ClaimSubmission(e.ctx, m)
		e.must(err)
		same(e, true, fresh)
	},
	"ParallelOnesWaitForTheFirst": func(e *env) {
		const n = 8
		var made [n]ztp.PlatformID
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				p := ztp.Platform{ID: ztp.PlatformID(ztp.NewID()), Slug: "acme", Name: "Acme", CreatedAt: start, UpdatedAt: start}
				err := e.Tx(e.ctx, func(s ztp.Store) error {
					earlier, fresh, err := s.ClaimSubmission(e.ctx, ztp.Submission{Actor: "token:ci", Key: "k", BodyHash: "h", Platform: p.ID, At: start})
					made[i] = p.ID
					if err != nil || fresh {
						return firstOf(err, func() error { return s.CreatePlatform(e.ctx, p) })
					}
					made[i] = earlier.Platform
					_, err = s.Platform(e.ctx, string(earlier.Platform)) // it is there to be seen
					return err
				})
				if err != nil {
					e.Errorf("number %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		for _, id := range made {
			same(e, made[0], id)
		}
	},
}

// firstOf is err, or what f returns when there is none.
func firstOf(err error, f func() error) error {
	if err != nil {
		return err
	}
	return f()
}
