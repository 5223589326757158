// Package mutants tests the tests: it plants the failures of well-known systems
// into our code, one at a time, and wants the suite to catch every one.
//
// planted_test.go has the list. Nothing of it is in the files that are built: an
// insertion is made at build time, into a copy (go build -overlay), and only under
// the build tag mutant, without which Planted does not exist. All of them are in one
// build; the environment variable ZEROTOUCH_MUTANT says which is alive.
//
// `make test-mutants` runs it. Without the tag, the tests of this package look that
// every insertion still has its place.
package mutants
