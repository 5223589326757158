//go:build mutant

package mutants

import "os"

var alive = os.Getenv("ZEROTOUCH_MUTANT")

// Planted reports whether this one of the failures is alive in this process.
func Planted(id string) bool { return id == alive }
