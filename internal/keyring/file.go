package keyring

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// fileLimit is far above any root key file; more is somebody else's file.
const fileLimit = 4096

// CreateFile makes a root key file with mode 0600 and a fresh key. It never
// overwrites: when path exists, whatever it is, the error wraps fs.ErrExist. The
// file appears whole and synced to disk, or not at all, so a key that sealed
// something cannot be lost to a crash, nor half a key block the next start.
// The folder must exist.
func CreateFile(path string) (*Root, error) {
	root, text, err := NewRoot()
	if err != nil {
		return nil, err
	}
	defer clear(text)
	if err := writeNew(path, text); err != nil {
		return nil, fmt.Errorf("make key file: %w", err)
	}
	return root, nil
}

// SaveFile writes the text of a root key to a file in the way of CreateFile. A text that is
// none is refused.
func SaveFile(path string, text []byte) error {
	if _, err := ParseRoot(text); err != nil {
		return err
	}
	if err := writeNew(path, text); err != nil {
		return fmt.Errorf("make key file: %w", err)
	}
	return nil
}

// writeNew writes beside path and links the finished file there; the link is
// what refuses an existing name.
func writeNew(path string, text []byte) (err error) {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".new-*") // mode 0600, O_EXCL
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(tmp.Name())) }()
	if err := writeSynced(tmp, text); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return err
	}
	return syncFolder(dir)
}

func writeSynced(f *os.File, text []byte) error {
	_, err := f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncFolder makes the new name as durable as the file behind it.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// OpenFile reads a root key file. It refuses a file that others than its owner
// may read or write, or that belongs to another user than the running one, and
// says what to do. When there is no file, the error wraps fs.ErrNotExist.
func OpenFile(path string) (*Root, error) {
	// Without O_NONBLOCK, opening a pipe would wait for its other end.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	if err := guarded(path, info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, fileLimit+1))
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	defer clear(text)
	if len(text) > fileLimit {
		return nil, fmt.Errorf("key file %s: too long to be a root key", path)
	}
	root, err := ParseRoot(text)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return root, nil
}

// guarded looks at the open file, not at the name, so nothing can be swapped
// between the look and the reading.
func guarded(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("key file %s: not a regular file", path)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("key file %s: belongs to user id %d, but this program runs as user id %d; "+
			"start it as that user, or give the file to this one with chown", path, stat.Uid, os.Geteuid())
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return fmt.Errorf("key file %s: mode %04o lets other users at it; run: chmod 600 %s", path, perm, path)
	}
	return nil
}
