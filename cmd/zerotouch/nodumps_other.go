//go:build !linux

package main

// undumpable: only Linux has such a switch.
func undumpable() {}
