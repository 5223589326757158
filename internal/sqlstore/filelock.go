package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// lockPatience is how long a local verb waits while another process creates
	// the database; that takes some tens of milliseconds.
	lockPatience = 5 * time.Second
	lockPoll     = 20 * time.Millisecond
)

var errLocked = errors.New("locked")

// fileLock is the lock file beside an SQLite database. The kernel gives it up with
// the process, however that ends; the file itself stays and means nothing.
type fileLock struct{ file *os.File }

// lockFor takes the lock when this start needs it: the one worker for its whole
// life, anybody else while it creates or migrates. nil when it is not needed.
func lockFor(ctx context.Context, path string, cfg Config, do todo) (*fileLock, error) {
	if !cfg.Exclusive && !do.create && !do.migrate {
		return nil, nil
	}
	if do.create {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, &StartError{
				Reason: "the folder " + filepath.Dir(path) + " cannot be made",
				Remedy: "make it for the user id " + strconv.Itoa(os.Geteuid()) + ", or name another one by --data-dir or ZEROTOUCH_DATA_DIR", Err: err,
			}
		}
	}
	name := path + ".lock"
	patience, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for {
		l, err := takeLock(name)
		if !errors.Is(err, errLocked) {
			return l, err
		}
		if cfg.Exclusive {
			return nil, lockedBy(name)
		}
		select {
		case <-patience.Done():
			return nil, lockedBy(name)
		case <-time.After(lockPoll):
		}
	}
}

func takeLock(name string) (*fileLock, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errLocked
		}
		return nil, errors.Join(err, f.Close())
	}
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &fileLock{f}, nil
}

func lockedBy(name string) error {
	who := "another process"
	if f, err := os.Open(name); err == nil {
		text, _ := io.ReadAll(io.LimitReader(f, 20)) // only to name it
		_ = f.Close()
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			who = fmt.Sprintf("the process %d", pid)
		}
	}
	return &StartError{
		Reason: fmt.Sprintf("%s works on this database already", who),
		Remedy: "stop that one first, or name another database (the lock is " + name + ")",
	}
}

// release gives the lock up; nil has none.
func (l *fileLock) release() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}
