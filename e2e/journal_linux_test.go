package e2e_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
)

// writesPerPoint is after how many writes to the journal there is a point: a page takes
// two, and a small transaction a few pages.
const writesPerPoint = 6

// onWrite calls at as soon as the nth few writes from now to the journal of the SQLite
// database have been made. It watches the folder, since a start may make the journal
// anew, and the file as well: the kernel makes one of equal events in a row that nobody
// has read yet, and so there are none.
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
	_, err = syscall.InotifyAddWatch(fd, filepath.Join(dir, journal), syscall.IN_MODIFY)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
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
				if seen++; seen == n*writesPerPoint {
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

const journal = "zerotouch.db-wal"

// journalWrites counts the events that are about the journal.
func journalWrites(events []byte) (n int) {
	for len(events) >= syscall.SizeofInotifyEvent {
		end := syscall.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(events[12:]))
		name, _, _ := bytes.Cut(events[syscall.SizeofInotifyEvent:end], []byte{0})
		if string(name) == journal {
			n++
		}
		events = events[end:]
	}
	return n
}
