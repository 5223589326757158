package e2e_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
)

// onWrite calls at as soon as the nth write from now to the journal of the SQLite
// database has been made.
func onWrite(t *testing.T, dir string, n int, at func()) (stop func()) {
	t.Helper()
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	events := os.NewFile(uintptr(fd), "inotify")
	if _, err := syscall.InotifyAddWatch(fd, filepath.Join(dir, "zerotouch.db-wal"), syscall.IN_MODIFY); err != nil {
		t.Fatal(errors.Join(err, events.Close()))
	}
	var stopped atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		one := make([]byte, syscall.SizeofInotifyEvent)
		for seen := 0; ; {
			if _, err := events.Read(one); err != nil || stopped.Load() {
				return
			}
			if seen++; seen == n {
				at()
				return
			}
		}
	}()
	return func() {
		stopped.Store(true)
		_ = events.Close()
		<-ended
	}
}
