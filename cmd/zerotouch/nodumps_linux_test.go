package main

import (
	"syscall"
	"testing"
)

// A server as it is built for everybody writes no core file, and no other process of its
// user reads its memory.
func TestNoDumps(t *testing.T) {
	noDumps()
	dumpable, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_GET_DUMPABLE, 0, 0)
	if errno != 0 || dumpable != 0 {
		t.Errorf("memory can be read: %d, %v", dumpable, errno)
	}
	var core syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &core); err != nil || core.Cur != 0 || core.Max != 0 {
		t.Errorf("a core file may be written: %+v, %v", core, err)
	}
}
