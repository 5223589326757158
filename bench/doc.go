// Package bench holds the measurements that `make bench` prints and
// docs/performance.md publishes. It has no code of its own: look at the tests.
package bench
