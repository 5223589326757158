package bench_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/ztp"
)

var (
	fileRows = flag.Int("rows", 10_000, "rows of the file that is imported")
	filePINs = flag.Bool("pins", false, "each with a PIN")
	fileWild = flag.Bool("wild", false, "their MACs in no order")
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, nil)) }

// phoneFile is a file of so many phones of one maker that is made as it is read.
type phoneFile struct {
	rows, next int
	left       []byte
}

func (f *phoneFile) Read(p []byte) (int, error) {
	for len(f.left) < len(p) && f.next <= f.rows {
		line := "mac,account,product_group,model,name,serial,pin\n"
		if f.next > 0 {
			pin := ""
			if *filePINs {
				pin = fmt.Sprintf("%04d", f.next%10000)
			}
			mac := f.next
			if *fileWild {
				mac *= 0x9E3779B1 // odd, so no two of a maker's become one
			}
			line = fmt.Sprintf("000413%06X,main,D-Series,D785,Desk %d,S%d,%s\n", mac&0xFFFFFF, f.next, f.next, pin)
		}
		f.left = append(f.left, line...)
		f.next++
	}
	if len(f.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.left)
	f.left = append(f.left[:0], f.left[n:]...)
	return n, nil
}

// BenchmarkImport brings a file into the database: check is from the file to its rows
// with what would happen to each, take from there to the rows of the phones and the
// items of the operation. Nothing is sent to a vendor.
func BenchmarkImport(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { importInto(b, filepath.Join(b.TempDir(), "zerotouch.db")) })
	b.Run("postgres", func(b *testing.B) { importInto(b, pgtest.DSN(b)) })
}

func importInto(b *testing.B, dsn string) {
	ctx := context.Background()
	store, err := sqlstore.Open(ctx, sqlstore.Config{DSN: dsn, RootKey: storetest.RootKey, Installation: "bench", Migrate: true, Exclusive: true})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	vendor, err := snom.New(snom.Config{BaseURL: "http://127.0.0.1:1/", AllowPrivate: true})
	if err != nil {
		b.Fatal(err)
	}
	vendors := []ztp.Vendor{vendor}
	x := &bench{b: b, ctl: control.New(control.Config{Store: store, Vendors: vendors, Address: proven{}, Installation: "bench"})}
	orch := orchestrator.New(orchestrator.Config{Store: store, Vendors: vendors, Installation: "bench"})
	var check, take time.Duration
	heap := newHeap()
	for n := range b.N {
		file := &phoneFile{rows: *fileRows}
		p := x.platformWith(n, "main")
		began := time.Now()
		v, err := x.ctl.CheckImport(ctx, admin, p, control.ImportRequest{File: file})
		if err != nil || v.Tally[ztp.RowNew] != *fileRows {
			b.Fatal(v.Tally, err)
		}
		check += time.Since(began)
		op := rowsOnly(b, store, v.Import)
		began = time.Now()
		if worked, err := orch.Work(ctx); err != nil || !worked {
			b.Fatal(worked, err)
		}
		take += time.Since(began)
		op, err = store.Operation(ctx, op.ID)
		if err != nil || op.State != ztp.OperationDone || op.Data.Import.New != *fileRows {
			b.Fatalf("%s %+v %+v, %v", op.State, op.Error, op.Data.Import, err)
		}
		if err := releaseAll(ctx, store, n, b.N, v.Platform); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(check.Seconds()/float64(b.N), "check-s")
	b.ReportMetric(take.Seconds()/float64(b.N), "take-s")
	b.ReportMetric((check+take).Seconds()/float64(b.N), "s")
	b.ReportMetric(heap.most(), "heap-MB")
}

// releaseAll lets the next round have the same MACs; the last one needs nothing.
func releaseAll(ctx context.Context, store *sqlstore.Store, n, rounds int, p ztp.PlatformID) error {
	for cursor := ""; n+1 < rounds; {
		page, err := store.ListEndpoints(ctx, ztp.EndpointQuery{Platform: p, Cursor: cursor, Limit: 1000})
		if err != nil {
			return err
		}
		for i := range page.Items {
			page.Items[i].State = ztp.EndpointReleased
		}
		if _, err := store.SaveEndpoints(ctx, p, page.Items); err != nil {
			return err
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
	return nil
}

// platformWith is a platform with an account of that name.
func (x *bench) platformWith(n int, account string) string {
	x.b.Helper()
	ctx := context.Background()
	p, _, err := x.ctl.CreatePlatform(ctx, admin, control.NewPlatform{Name: fmt.Sprintf("Platform %d", n)})
	if err == nil {
		_, _, _, err = x.ctl.CreateAccount(ctx, admin, p.Slug, control.NewAccount{Slug: account, Name: account})
	}
	if err != nil {
		x.b.Fatal(err)
	}
	return p.Slug
}

// rowsOnly is an import's operation with the step alone that saves rows.
func rowsOnly(b *testing.B, store *sqlstore.Store, i ztp.Import) ztp.Operation {
	b.Helper()
	now := time.Now()
	op := ztp.Operation{
		ID: ztp.OperationID(ztp.NewID()), Kind: ztp.KindImport, Platform: i.Platform, Vendor: i.Vendor, State: ztp.OperationQueued, Actor: admin,
		Steps: []ztp.Step{{Name: ztp.StepSaveRows, State: ztp.StepPending}}, Params: ztp.OperationParams{Import: i.ID, SkipInvalid: true}, CreatedAt: now, UpdatedAt: now,
	}
	i.State, i.Mode, i.Operation, i.ExpiresAt = ztp.ImportStarted, ztp.ImportSkipInvalid, op.ID, now.Add(ztp.ImportKept)
	err := store.CreateOperation(context.Background(), op)
	if err == nil {
		err = store.SaveImport(context.Background(), i)
	}
	if err != nil {
		b.Fatal(err)
	}
	return op
}
