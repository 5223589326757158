//go:build !linux

package e2e_test

import "testing"

// onWrite is for Linux, which tells of each write to a file.
func onWrite(t *testing.T, _ string, _ int, _ func()) (stop func()) {
	t.Helper()
	t.Skip("only Linux tells of each write to the database's journal")
	return nil
}
