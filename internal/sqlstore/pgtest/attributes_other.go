//go:build unix && !linux

package pgtest

import "syscall"

// attributes is as on Linux, but a killed test process leaves its server behind:
// only Linux can tie the two together.
func attributes(user *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: user, Setpgid: true}
}
