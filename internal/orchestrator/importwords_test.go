package orchestrator_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// slowWords is a store that puts words in only when the operation has written something
// meanwhile, most of its lease being over.
type slowWords struct {
	telling
	w *world
	n int
}

func (s *slowWords) PutWords(ctx context.Context, p ztp.PlatformID, op ztp.OperationID) (bool, error) {
	if s.n++; s.n == 1 {
		s.w.clock.advance(40 * time.Second)
		for len(s.told) > 0 {
			<-s.told
		}
		select {
		case <-s.told:
		case <-ctx.Done():
			return false, ctx.Err()
		}
		s.w.clock.advance(30 * time.Second) // behind the end of the first lease
	}
	return s.Store.PutWords(ctx, p, op)
}

// TestImportWords_Slow: words of many phones may take longer than a lease, which who waits
// for them renews. No other process takes the operation over.
func TestImportWords_Slow(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	words := &slowWords{telling: telling{w.base, make(chan struct{}, 1000)}, w: w}
	w.store.Store = words
	v, err := w.control.CheckImport(t.Context(), admin, w.p.Slug, control.ImportRequest{File: strings.NewReader("mac,account,name\n" + nth(0).String() + "," + w.account.Slug + ",Lobby\n")})
	if err == nil {
		v, err = w.control.StartImport(t.Context(), admin, v.ID, ztp.ImportAllOrNothing)
	}
	op := w.finish(v.Run, err)
	w.mustEnd(op, ztp.OperationDone, "")
	if words.n == 0 || op.Fence != 1 {
		t.Errorf("words were put in %d times, by claim %d; want the first one", words.n, op.Fence)
	}
}
