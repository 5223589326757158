package pgtest

import "syscall"

// attributes runs a program as user (nil: as ourselves), in its own process
// group so that a Ctrl-C reaches the tests first, and lets the kernel kill it
// when the test process dies.
func attributes(user *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: user, Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
