package storetest_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// TestKeep begins with one database again and again. Whatever a test has done to it, the
// next one finds it as it was, in the store and in the file, and goes by its own clock.
func TestKeep(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(storetest.File(t, storetest.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	kept := storetest.Keep(t, storetest.Options{}, text)
	var first *sqlstore.Store
	for n, change := range []func(*testing.T, *sqlstore.Store){grows, nothing, rotates, grows, nothing} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			at := time.UnixMilli(int64(n))
			s, file := kept.Open(t, func() time.Time { return at })
			if first == nil {
				first = s
			}
			if again := s == first; again != (n < 3) { // the keys of the third were rotated
				t.Errorf("the store of the first one: %t", again)
			}
			if !s.Now().Equal(at) {
				t.Errorf("it is %s, want %s", s.Now(), at)
			}
			if page, err := s.ListPlatforms(t.Context(), ztp.PlatformQuery{Limit: 1}); err != nil || len(page.Items) > 0 {
				t.Errorf("want it empty, got %v, %v", page.Items, err)
			}
			for _, name := range []string{file, file + "-wal"} {
				if raw, err := os.ReadFile(name); err != nil || bytes.Contains(raw, []byte("left-behind")) {
					t.Errorf("%s holds what another test has written (%v)", name, err)
				}
			}
			change(t, s)
		})
	}
}

func nothing(*testing.T, *sqlstore.Store) {}

func rotates(t *testing.T, s *sqlstore.Store) {
	if _, err := s.RotateKeys(t.Context(), sqlstore.KeyRotation{Actor: ztp.System("test")}); err != nil {
		t.Fatal(err)
	}
}

// grows writes more than fits into the pages that the file has.
func grows(t *testing.T, s *sqlstore.Store) {
	for n := range 300 {
		slug := fmt.Sprintf("left-behind-%d", n)
		if err := s.CreatePlatform(t.Context(), ztp.Platform{ID: ztp.PlatformID(ztp.NewID()), Slug: slug, Name: slug, CreatedAt: s.Now(), UpdatedAt: s.Now()}); err != nil {
			t.Fatal(err)
		}
	}
}
