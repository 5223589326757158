package orchestrator_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"testing"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
)

func TestMain(m *testing.M) {
	flag.Parse()
	debug.SetGCPercent(400)       // little is alive at a time, and much is thrown away
	debug.SetMemoryLimit(1 << 31) // but others run beside it
	checksOfMachines()
	code := pgtest.Main(m, func(dsn string) error {
		s, err := sqlstore.Open(context.Background(), storetest.Options{Installation: installation}.Config(dsn))
		if err != nil {
			return err
		}
		return s.Close()
	})
	if err := theTally.tell(); err != nil {
		fmt.Println("the report was not written:", err)
		code = 1
	}
	os.Exit(code)
}
