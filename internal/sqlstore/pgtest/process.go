package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

const (
	// readyTimeout bounds the start; usually 60 ms, more beside other test runs.
	readyTimeout = 60 * time.Second
	readyPoll    = 10 * time.Millisecond
	// stopTimeout is the patience with a fast shutdown before the server is killed.
	stopTimeout = 20 * time.Second
)

// process is a PostgreSQL server that belongs to this process.
type process struct {
	dir    string
	logTo  string
	args   []string
	user   *syscall.Credential // nil: as ourselves
	cmd    *exec.Cmd
	exited chan struct{}
}

// startProcess makes a cluster in a new folder and starts a server on it. The
// server may not answer yet.
func startProcess() (*process, error) {
	bins, err := findPrograms()
	if err != nil {
		return nil, err
	}
	user, err := runAs()
	if err != nil {
		return nil, err
	}
	// Not t.TempDir: a unix socket's path may have 107 bytes, test names are long.
	dir, err := os.MkdirTemp("/tmp", "ztpg")
	if err != nil {
		return nil, err
	}
	p := &process{dir: dir, logTo: filepath.Join(dir, "log")}
	if err := p.start(bins, user); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return p, nil
}

func (p *process) start(bins programs, user *syscall.Credential) error {
	if user != nil {
		if err := os.Chown(p.dir, int(user.Uid), int(user.Gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(p.dir, "data")
	initdb := exec.Command(bins.initdb, "-D", data, "-U", "ztp", "-A", "trust", "-N", "--no-instructions",
		"-E", "UTF8", "--locale=C.UTF-8")
	initdb.Dir, initdb.SysProcAttr = p.dir, attributes(user)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	p.args = []string{bins.postgres, "-D", data, "-k", p.dir, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "max_connections=400", "-c", "wal_level=minimal", "-c", "max_wal_senders=0"}
	p.user = user
	return p.launch()
}

// launch starts the server from a thread that lives as long as the server does:
// the kernel kills a child with Pdeathsig when the thread that started it ends,
// not when the process does.
func (p *process) launch() error {
	log, err := os.OpenFile(p.logTo, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the server has its own descriptor
	cmd, exited := exec.Command(p.args[0], p.args[1:]...), make(chan struct{})
	cmd.Dir, cmd.SysProcAttr = p.dir, attributes(p.user)
	cmd.Stdout, cmd.Stderr = log, log
	p.cmd, p.exited = cmd, exited
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(exited)
		}
	}()
	return <-started
}

// waitReady returns when the server answers, or at once when it has exited.
func (p *process) waitReady(db *sql.DB) error {
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return errors.New("the server ended while starting")
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-time.After(readyPoll):
		}
	}
}

// stop asks for a fast shutdown (SIGINT), then insists.
func (p *process) stop() {
	p.end(syscall.SIGINT)
	_ = os.RemoveAll(p.dir)
}

func (p *process) end(how syscall.Signal) {
	_ = p.cmd.Process.Signal(how)
	select {
	case <-p.exited:
	case <-time.After(stopTimeout):
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
}

func (p *process) dsn(database string) string {
	return fmt.Sprintf("host=%s user=ztp dbname=%s sslmode=disable", p.dir, database)
}

// log is what the server wrote, for a failure's message.
func (p *process) log() string {
	text, err := os.ReadFile(p.logTo)
	if err != nil {
		return "no server log: " + err.Error()
	}
	return string(text)
}
