package keyring_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/keyring"
)

func TestCreateFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "zerotouch.key")
	made, err := keyring.CreateFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("-rw-------", info.Mode().String()); diff != "" {
		t.Error(diff)
	}
	if names := mustList(t, dir); len(names) != 1 {
		t.Errorf("left more than the key file behind: %q", names)
	}
	k, wrapped := mustNew(t, made)
	read, err := keyring.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := keyring.Unwrap(read, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Open(place, mustSeal(t, k, place, "secret")); err != nil {
		t.Errorf("the key read back is not the key made: %v", err)
	}
}

// A key that is overwritten takes every sealed value with it.
func TestCreateFile_NeverOverwrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "zerotouch.key")
	if err := os.WriteFile(path, []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.CreateFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("want fs.ErrExist, got %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "not ours" {
		t.Errorf("the file now holds %d other bytes", len(got))
	}
	dangling := filepath.Join(dir, "link.key")
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), dangling); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.CreateFile(dangling); !errors.Is(err, fs.ErrExist) {
		t.Errorf("dangling link: want fs.ErrExist, got %v", err)
	}
	if diff := cmp.Diff([]string{"link.key", "zerotouch.key"}, mustList(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// Two first starts at once: one makes the key, the other must find it.
func TestCreateFile_OnlyOneWins(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zerotouch.key")
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = keyring.CreateFile(path) })
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else if !errors.Is(err, fs.ErrExist) {
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("%d of %d made the key file, want 1", made, len(errs))
	}
}

func TestCreateFile_MissingFolder(t *testing.T) {
	t.Parallel()
	if _, err := keyring.CreateFile(filepath.Join(t.TempDir(), "no", "zerotouch.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want fs.ErrNotExist, got %v", err)
	}
}

func TestOpenFile_Missing(t *testing.T) {
	t.Parallel()
	if _, err := keyring.OpenFile(filepath.Join(t.TempDir(), "zerotouch.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want fs.ErrNotExist, got %v", err)
	}
}

func TestOpenFile_Modes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zerotouch.key")
	if _, err := keyring.CreateFile(path); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[fs.FileMode]string{
		0o600: "", 0o400: "",
		0o640: "chmod 600", 0o604: "chmod 600", 0o620: "chmod 600", 0o644: "mode 0644",
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := keyring.OpenFile(path)
		wantText(t, fmt.Sprintf("%04o", mode), want, err)
	}
}

// Only root can make a file of another user's, so elsewhere the rule is tested
// through a file that root owns and everybody may read.
func TestOpenFile_AnotherOwner(t *testing.T) {
	t.Parallel()
	path := "/etc/hosts"
	if os.Geteuid() == 0 {
		path = filepath.Join(t.TempDir(), "zerotouch.key")
		if _, err := keyring.CreateFile(path); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, 12345, -1); err != nil {
			t.Fatal(err)
		}
	}
	_, err := keyring.OpenFile(path)
	wantText(t, path, "belongs to user id", err)
}

func TestOpenFile_NotARegularFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, pipe, os.DevNull} {
		_, err := keyring.OpenFile(path)
		wantText(t, path, "not a regular file", err)
	}
}

func TestParseRoot_Malformed(t *testing.T) {
	t.Parallel()
	const start = "zerotouch-root-key-1:"
	whole := start + strings.Repeat("A", 43) + "="
	for name, tc := range map[string]struct{ text, want string }{
		"whole":               {whole + "\n", ""},
		"without line end":    {whole, ""},
		"Windows line end":    {whole + "\r\n", ""},
		"empty":               {"", "empty"},
		"only a line end":     {"\n", "empty"},
		"other start":         {"age-secret-key:abcd", "does not start"},
		"later format":        {"zerotouch-root-key-2:" + strings.Repeat("A", 43) + "=", "does not start"},
		"no key":              {start, "0 bytes"},
		"short key":           {start + "QUJD", "3 bytes"},
		"long key":            {start + strings.Repeat("QUJD", 11), "33 bytes"},
		"not base64":          {start + "secret-words!", "base64"},
		"second line":         {whole + "\n" + whole, "base64"},
		"broken over lines":   {start + strings.Repeat("A", 20) + "\n" + strings.Repeat("A", 23) + "=", "base64"},
		"space at the end":    {whole + " ", "base64"},
		"loose trailing bits": {start + strings.Repeat("A", 42) + "B=", "base64"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := keyring.ParseRoot([]byte(tc.text))
			wantText(t, name, tc.want, err)
			if err != nil && strings.Contains(err.Error(), "secret-words") {
				t.Errorf("the error repeats the file: %v", err)
			}
		})
	}
}

func TestOpenFile_TooLong(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zerotouch.key")
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := keyring.OpenFile(path)
	wantText(t, path, "too long", err)
}

// The id is what people compare two key files by.
func TestRoot_ID(t *testing.T) {
	t.Parallel()
	root, text, err := keyring.NewRoot()
	if err != nil {
		t.Fatal(err)
	}
	again, err := keyring.ParseRoot(text)
	if err != nil {
		t.Fatal(err)
	}
	if root.ID() != again.ID() || len(root.ID()) != 8 || root.ID() == mustRoot(t).ID() {
		t.Errorf("ids %q and %q of one key, %q of another", root.ID(), again.ID(), mustRoot(t).ID())
	}
}

func TestRoot_PrintsNothing(t *testing.T) {
	t.Parallel()
	root := mustRoot(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		if got := fmt.Sprintf(verb, root); got != "[root key]" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func FuzzParseRoot(f *testing.F) {
	f.Add([]byte("zerotouch-root-key-1:" + strings.Repeat("A", 43) + "=\n"))
	f.Add([]byte("zerotouch-root-key-1:"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if root, err := keyring.ParseRoot(text); (root == nil) == (err == nil) {
			t.Errorf("root %v with error %v", root, err)
		}
	})
}

// wantText wants no error when text is empty, else an error that contains it.
func wantText(t *testing.T, name, text string, err error) {
	t.Helper()
	switch {
	case text == "" && err != nil:
		t.Errorf("%s: want no error, got %v", name, err)
	case text != "" && (err == nil || !strings.Contains(err.Error(), text)):
		t.Errorf("%s: want an error with %q, got %v", name, text, err)
	}
}

func mustList(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
