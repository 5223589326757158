package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/sqlstore/pgtest"
)

// nobody is whom root runs the server as where rights matter, since it has them all.
const nobody = 65534

// startPassword is in the address of a database; no error may repeat it.
const startPassword = "hunter2-planted"

// refusal is a start that cannot be.
type refusal struct {
	// make prepares the folder and returns what is added to the environment.
	make func(t *testing.T, dir string) []string
	// limit is the size in KiB that files may have, "" for any.
	limit string
	words []string
}

var refusals = map[string]refusal{
	"read-only folder": {
		make: func(t *testing.T, dir string) []string { mode(t, dir, 0o500); return nil }, words: []string{"may not write in", "permission denied"},
	},
	"read-only folder with a database": {
		make: func(t *testing.T, dir string) []string { made(t, dir); mode(t, dir, 0o500); return nil }, words: []string{"may not write in", "readonly"},
	},
	"read-only database": {
		make: func(t *testing.T, dir string) []string {
			made(t, dir)
			mode(t, filepath.Join(dir, "zerotouch.db"), 0o400)
			return nil
		},
		words: []string{"may not write in", "permission denied"},
	},
	"a file for a folder": {
		make: func(t *testing.T, dir string) []string {
			file := filepath.Join(dir, "file")
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			return []string{"ZEROTOUCH_DATA_DIR=" + file}
		},
		words: []string{"is no folder", "ZEROTOUCH_DATA_DIR"},
	},
	"a folder that cannot be made": {
		make: func(t *testing.T, dir string) []string {
			mode(t, dir, 0o500)
			return []string{"ZEROTOUCH_DATA_DIR=" + filepath.Join(dir, "data")}
		},
		words: []string{"cannot be made", "ZEROTOUCH_DATA_DIR"},
	},
	"a folder for a database": {
		make: func(t *testing.T, dir string) []string {
			inside := filepath.Join(dir, "inside")
			if err := errors.Join(os.Mkdir(inside, 0o700), os.Chown(inside, owner(t, dir), -1)); err != nil {
				t.Fatal(err)
			}
			return []string{"ZEROTOUCH_DATABASE=" + inside}
		},
		words: []string{"is a folder", "zerotouch.db"},
	},
	"no room for a first start": {make: func(*testing.T, string) []string { return nil }, limit: "64", words: []string{"nothing more can be written", "make room"}},
	"no room": {
		make: func(t *testing.T, dir string) []string { made(t, dir); return nil }, limit: "0", words: []string{"nothing more can be written", "make room"},
	},
	"busy port": {
		make: func(t *testing.T, _ string) []string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			return []string{"ZEROTOUCH_PHONE_LISTEN=" + l.Addr().String()}
		},
		words: []string{"phone listener", "is in use", "ZEROTOUCH_PHONE_LISTEN"},
	},
	"no PostgreSQL": {
		make: func(*testing.T, string) []string {
			return []string{"ZEROTOUCH_DATABASE=postgres://ann:" + startPassword + "@127.0.0.1:1/zt?sslmode=disable"}
		},
		words: []string{"PostgreSQL cannot be reached at 127.0.0.1, port 1", "ZEROTOUCH_DATABASE"},
	},
	"wrong password": {
		make: func(t *testing.T, _ string) []string {
			return []string{"ZEROTOUCH_DATABASE=postgres://ann:" + startPassword + "@" + refusing(t) + "/zt?sslmode=disable"}
		},
		words: []string{`refuses the user "ann" or its password`, "ZEROTOUCH_DATABASE"},
	},
	"a password that is not encoded": {
		make: func(*testing.T, string) []string {
			return []string{"ZEROTOUCH_DATABASE=postgres://ann:12/" + startPassword + "@127.0.0.1:1/zt"}
		},
		words: []string{"%2F"},
	},
}

// TestStartRefused starts the server where it cannot work: it ends with 1, says why
// and what to do in one line, tells no password, and leaves everything as it was.
func TestStartRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range refusals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := ownFolder(t)
			env := tc.make(t, dir)
			before := files(t, dir)
			code, said := refused(t, dir, env, tc.limit)
			if code != 1 || strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "zerotouch: ") {
				t.Errorf("want exit code 1 and one line, got %d\n%s", code, said)
			}
			for _, word := range tc.words {
				if !strings.Contains(said, word) {
					t.Errorf("want %q in: %s", word, said)
				}
			}
			if strings.Contains(said, startPassword) {
				t.Errorf("the password is told: %s", said)
			}
			if diff := cmp.Diff(before, files(t, dir)); diff != "" {
				t.Errorf("something was changed:\n%s", diff)
			}
		})
	}
}

// A database that PostgreSQL does not have is named.
func TestStartWithoutDatabase(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	i := strings.Index(dsn, "pgtest_")
	if i < 0 {
		t.Fatalf("no database name in %s", dsn)
	}
	code, said := refused(t, t.TempDir(), []string{"ZEROTOUCH_DATABASE=" + dsn[:i] + "none_" + dsn[i:]}, "")
	if code != 1 || !strings.Contains(said, "PostgreSQL has no database") || !strings.Contains(said, "create it") {
		t.Errorf("got %d\n%s", code, said)
	}
}

// ownFolder is a folder of whom the server runs as.
func ownFolder(t *testing.T) string {
	t.Helper()
	top, err := os.MkdirTemp("", "zerotouch-start-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(top) })
	dir := filepath.Join(top, "data")
	if err := errors.Join(os.Chmod(top, 0o755), os.Mkdir(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { mode(t, dir, 0o700) }) // to be removed by its owner
	return dir
}

func owner(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

func mode(t *testing.T, path string, m fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, m); err != nil {
		t.Fatal(err)
	}
}

// made makes a database as the server would.
func made(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.Command(program, "migrate")
	cmd.Env = environment([]string{"ZEROTOUCH_DATA_DIR=" + dir})
	asNobody(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("migrate: %v\n%s", err, out)
	}
}

func asNobody(cmd *exec.Cmd) {
	cmd.Dir = "/"
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}

// refused starts the server and returns its exit code and what it said.
func refused(t *testing.T, dir string, env []string, limit string) (int, string) {
	t.Helper()
	skipInShort(t)
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	args := []string{program, "serve"}
	if limit != "" {
		args = append([]string{"sh", "-c", "ulimit -f " + limit + ` && exec "$0" "$@"`}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = environment(append([]string{
		"ZEROTOUCH_DATA_DIR=" + dir, "ZEROTOUCH_ADMIN_LISTEN=127.0.0.1:0", "ZEROTOUCH_PHONE_LISTEN=127.0.0.1:0", "ZEROTOUCH_OPS_LISTEN=127.0.0.1:0",
	}, env...))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if owner(t, dir) == nobody {
		asNobody(cmd)
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var said []string
	for line := range strings.Lines(errs.String()) {
		if !strings.HasPrefix(line, "time=") { // the log
			said = append(said, line)
		}
	}
	return cmd.ProcessState.ExitCode(), strings.Join(said, "")
}

// files are those of a folder with their content, but for the lock, which means
// nothing by itself, and the key that a first start makes before the database.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() || strings.HasSuffix(e.Name(), ".lock") || strings.HasSuffix(e.Name(), ".key") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = string(text)
	}
	return found
}

// refusing is the address of a server that speaks as much PostgreSQL as it takes to
// refuse a password; the throw-away one of these tests trusts everybody.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			head := make([]byte, 4)
			if _, err := io.ReadFull(c, head); err == nil {
				_, _ = io.CopyN(io.Discard, c, int64(head[3])-4+int64(head[2])<<8)
				text := "SFATAL\x00VFATAL\x00C28P01\x00Mpassword authentication failed for user \"ann\"\x00\x00"
				_, _ = c.Write(append([]byte{'E', 0, 0, 0, byte(len(text) + 4)}, text...))
			}
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}
