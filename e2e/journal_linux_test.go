package e2e_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
)

// onWrite calls at as soon as the nth write from now to the journal of the SQLite
// database has been made. It watches the folder: a start may make the journal anew.
func onWrite(t *testing.T, dir string, n int, at func()) (stop func()) {
	t.Helper()
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	events := os.NewFile(uintptr(fd), "inotify")
	if _, err := syscall.InotifyAddWatch(fd, dir, syscall.IN_MODIFY); err != nil {
		t.Fatal(errors.Join(err, events.Close()))
	}
	var stopped atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		some := make([]byte, 4096)
		for seen := 0; ; {
			read, err := events.Read(some)
			if err != nil || stopped.Load() {
				return
			}
			for range journalWrites(some[:read]) {
				if seen++; seen == n {
					at()
					return
				}
			}
		}
	}()
	return func() {
		stopped.Store(true)
		_ = events.Close()
		<-ended
	}
}

// journalWrites counts the events that are about the journal.
func journalWrites(events []byte) (n int) {
	for len(events) >= syscall.SizeofInotifyEvent {
		end := syscall.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(events[12:]))
		name, _, _ := bytes.Cut(events[syscall.SizeofInotifyEvent:end], []byte{0})
		if string(name) == "zerotouch.db-wal" {
			n++
		}
		events = events[end:]
	}
	return n
}
