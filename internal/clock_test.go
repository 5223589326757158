package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ownClock lists where this machine's own clock is looked at, and why that compares
// with nothing in the database: it may be an hour off, and jump. Everything else goes
// by the clock that it is given.
var ownClock = map[string]string{
	"internal/sqlstore/clock.go":     "measures what has passed since the database's clock was heard",
	"internal/sqlstore/dialect.go":   "SQLite runs in this process, so its clock is this one",
	"internal/sqlstore/sqlstore.go":  "when the database was made, shown to people",
	"internal/restapi/operation.go":  "the time limit of a connection",
	"internal/restapi/input.go":      "the same, while a body arrives",
	"internal/server/long.go":        "the same of one with a file",
	"internal/server/phonetls.go":    "the same of a handshake",
	"internal/vendors/snom/sraps":    "signatures go by the vendor's clock",
	"internal/vendors/snom/srapssim": "a simulated vendor has a clock of its own",
	"internal/vendors/snom/phonesim": "a simulated phone has one too",
	"internal/demo":                  "one process, on SQLite",
	"internal/pace/pace.go":          "the time limit of a call",
	"internal/sipnotify/conn.go":     "the same of a message",
	"internal/sqlstore/storetest":    "tests",
	"internal/sqlstore/pgtest":       "tests",
	"cmd/zerotouch/remote.go":        "how long a command waits",
	"cmd/zerotouch/rebuild.go":       "how long a command waits",
	"cmd/zerotouch/reconcile.go":     "how long a command waits",
	"cmd/zerotouch/sip.go":           "a line without a time was seen when the command was given",
	"internal/control/watch.go":      "how long somebody has waited",
	"internal/provision/remember.go": "how long reading a page took, by which it rests",
}

// needsClock lists what has to be given the database's clock where a server is built.
var needsClock = []string{"orchestrator.Config", "control.Config", "campaign.Config", "resync.Config", "access.Config", "web.Config", "provision.Config", "provision.Checker", "pace.Config"}

func TestEverythingGoesByTheDatabasesClock(t *testing.T) {
	t.Parallel()
	given := map[string]bool{}
	for _, dir := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join("..", dir), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			name := strings.TrimPrefix(filepath.ToSlash(path), "../")
			_, known := ownClock[name]
			for prefix := range ownClock {
				known = known || strings.HasPrefix(name, prefix+"/")
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if f := selector(n.Fun); !known && (f == "time.Now" || f == "time.Since" || f == "time.Until") {
						t.Errorf("%s calls %s: go by the clock that is given, or say in ownClock why not", name, f)
					}
				case *ast.CompositeLit:
					kind := selector(n.Type)
					if strings.HasPrefix(name, "cmd/zerotouch/") && slices.Contains(needsClock, kind) {
						given[kind] = true
						if !slices.ContainsFunc(n.Elts, isNow) {
							t.Errorf("%s makes a %s without the database's clock (Now)", name, kind)
						}
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range needsClock {
		if !given[kind] {
			t.Errorf("no %s is made in cmd/zerotouch any more; needsClock is out of date", kind)
		}
	}
}

func selector(e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	x, ok := s.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return x.Name + "." + s.Sel.Name
}

func isNow(e ast.Expr) bool {
	kv, ok := e.(*ast.KeyValueExpr)
	if !ok {
		return false
	}
	k, ok := kv.Key.(*ast.Ident)
	return ok && k.Name == "Now"
}
