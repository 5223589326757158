package pgtest_test

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/sqlstore/pgtest"
)

// childEnv makes this test binary the process that is killed in
// TestStart_DiesWithTheTestProcess.
const childEnv = "PGTEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(holdServer())
	}
	os.Exit(pgtest.Main(m, fill))
}

func fill(dsn string) (err error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.Exec("CREATE TABLE word (text text); INSERT INTO word VALUES ('from the template')")
	return err
}

func mustOpen(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func mustWords(t *testing.T, db *sql.DB) []string {
	t.Helper()
	rows, err := db.Query("SELECT text FROM word ORDER BY text")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var words []string
	for rows.Next() {
		var word string
		if err := rows.Scan(&word); err != nil {
			t.Fatal(err)
		}
		words = append(words, word)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return words
}

// Parallel tests write to databases of their own, each a copy of the template.
func TestDSN_IsFreshAndFilled(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			db := mustOpen(t, pgtest.DSN(t))
			if _, err := db.Exec("INSERT INTO word VALUES ($1)", fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
			want := []string{fmt.Sprint(i), "from the template"}
			if diff := cmp.Diff(want, mustWords(t, db)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDSN_IsDroppedAfterTheTest(t *testing.T) {
	t.Parallel()
	var dsn string
	outer := t
	t.Run("owner", func(t *testing.T) {
		dsn = pgtest.DSN(t)
		if err := mustOpen(outer, dsn).Ping(); err != nil { // still open when the database is dropped
			t.Fatal(err)
		}
	})
	if err := mustOpen(t, dsn).Ping(); err == nil || !strings.Contains(err.Error(), "3D000") {
		t.Errorf("want SQLSTATE 3D000, no such database; got %v", err)
	}
}

func TestStart_TemplateFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("migration 7 is broken")
	if _, err := pgtest.Start(func(string) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("want the template's own error, got %v", err)
	}
}

func TestStop_LeavesNothing(t *testing.T) {
	t.Parallel()
	s, err := pgtest.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
	if _, err := os.Stat(s.Dir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if err := syscall.Kill(s.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the server still runs: %v", err)
	}
}

// What was committed is there after a restart that asked nobody.
func TestRestart_KeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	s, err := pgtest.Start(fill)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	db := mustOpen(t, s.DSN(t))
	if _, err := db.Exec("SET synchronous_commit = on; INSERT INTO word VALUES ('before')"); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	var words []string
	for range 5 { // connections of before are found broken, one by one
		if err = db.Ping(); err == nil {
			words = mustWords(t, db)
			break
		}
	}
	if diff := cmp.Diff([]string{"before", "from the template"}, words); diff != "" {
		t.Errorf("%s, %v", diff, err)
	}
}

// A test run that is killed must not leave servers behind.
func TestStart_DiesWithTheTestProcess(t *testing.T) {
	t.Parallel()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childEnv+"=1")
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	var dir string
	line, readErr := bufio.NewReader(out).ReadString('\n')
	_, scanErr := fmt.Sscan(line, &pid, &dir)
	_ = child.Process.Kill()
	_ = child.Wait()
	if readErr != nil || scanErr != nil {
		t.Fatalf("the child said %q: %v, %v", line, readErr, scanErr)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	waitGone(t, pid)
}

// holdServer starts a server, names it and waits to be killed.
func holdServer() int {
	s, err := pgtest.Start(nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(s.PID(), s.Dir())
	select {}
}

// waitGone waits until the process is dead; one that nobody has reaped yet (state
// Z) is as dead as it gets here.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if errors.Is(err, os.ErrNotExist) || strings.Contains(string(stat), ") Z ") {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("server %d outlived its test process: %s", pid, stat)
		case <-tick.C:
		}
	}
}

func TestPrograms_MissingNamesTheRemedy(t *testing.T) {
	t.Parallel()
	err := pgtest.ProgramsIn(t.TempDir(), "/nowhere")
	if err == nil || !strings.Contains(err.Error(), "make test") {
		t.Errorf("want the remedy, got %v", err)
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	kept := pgtest.Keep(t, dsn)
	for range 2 {
		db := mustOpen(t, dsn)
		if _, err := db.Exec("DELETE FROM word; INSERT INTO word VALUES ('another')"); err != nil {
			t.Fatal(err)
		}
		kept.Restore(t)
		if diff := cmp.Diff([]string{"from the template"}, mustWords(t, db)); diff != "" {
			t.Error(diff)
		}
	}
}
