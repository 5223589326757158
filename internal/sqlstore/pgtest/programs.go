package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// remedy is told wherever something of PostgreSQL is missing.
const remedy = "install PostgreSQL 15 or newer (`make test` does it; by hand: apt-get install -y postgresql)"

var errNoPrograms = errors.New("no initdb and postgres on the PATH or in /usr/lib/postgresql: " + remedy)

// programs are the paths of the two programs, of one version.
type programs struct{ initdb, postgres string }

// findPrograms looks on the PATH, then where Debian keeps them off it, newest
// first. A link is resolved: initdb finds its own files beside itself.
func findPrograms() (programs, error) {
	var folders []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			folders = append(folders, filepath.Dir(path))
		}
	}
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is good
	slices.SortFunc(installed, func(a, b string) int { return version(b) - version(a) })
	return programsIn(append(folders, installed...))
}

// programsIn takes the first folder that holds both programs.
func programsIn(folders []string) (programs, error) {
	for _, dir := range folders {
		p := programs{initdb: filepath.Join(dir, "initdb"), postgres: filepath.Join(dir, "postgres")}
		if executable(p.initdb) && executable(p.postgres) {
			return p, nil
		}
	}
	return programs{}, errNoPrograms
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// version is the number in …/postgresql/15/bin; what is no number comes last.
func version(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

// runAs is the system user postgres when we are root, whom initdb refuses, else
// nil: ourselves.
func runAs() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("root may not run PostgreSQL, and there is no user postgres to do it: %s", remedy)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user postgres: %w", err)
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user postgres: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// Program is the path of another program of the same PostgreSQL, such as pg_dump.
func Program(name string) (string, error) {
	p, err := findPrograms()
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(p.postgres), name)
	if !executable(path) {
		return "", fmt.Errorf("no %s beside %s: %s", name, p.postgres, remedy)
	}
	return path, nil
}
