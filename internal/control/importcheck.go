package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"zerotouch.example/internal/phonefile"
	"zerotouch.example/internal/ztp"
)

// importCheck goes through the rows of a file once.
type importCheck struct {
	c    *Control
	imp  *ztp.Import
	info ztp.VendorInfo
	book accountBook
	// seen is the line on which a MAC stands first, negative when that row is invalid
	// already. It is what a check needs of memory: some 40 bytes a row.
	seen map[ztp.MAC]int32
	// twice are rows whose MAC stands on the other line too.
	twice map[int]int
}

// keepers is how many parts are kept at once: PostgreSQL works on each with a core of its
// own. On SQLite they wait for one another.
const keepers = 2

// all looks at every row and keeps it. The next part is read and judged while others are
// kept.
func (k *importCheck) all(ctx context.Context, file *phonefile.Reader) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	parts := make(chan []ztp.ImportRow)
	var working sync.WaitGroup
	for range keepers {
		working.Go(func() {
			for part := range parts {
				if err := k.c.cfg.Store.AddImportRows(ctx, k.imp.Platform, k.imp.ID, part); err != nil {
					stop(err)
				}
			}
		})
	}
	err := k.read(ctx, file, parts)
	close(parts)
	working.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause // also of what the reading failed by
	}
	if err != nil {
		return err
	}
	return k.firstOfTwo(ctx)
}

// read gives out the rows of the file in parts, judged against what is here and counted,
// until the context ends.
func (k *importCheck) read(ctx context.Context, file *phonefile.Reader, parts chan<- []ztp.ImportRow) error {
	for {
		part := make([]ztp.ImportRow, 0, checkRows)
		var err error
		for err == nil && len(part) < checkRows {
			var row phonefile.Row
			if row, err = file.Next(); err == nil {
				part = append(part, k.row(row))
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err := k.judge(ctx, part); err != nil {
			return err
		}
		k.count(part)
		if len(part) > 0 {
			select {
			case parts <- part:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err != nil {
			return nil
		}
	}
}

// row is what the file alone tells of a phone.
func (k *importCheck) row(f phonefile.Row) ztp.ImportRow {
	r := ztp.ImportRow{
		Line: f.Line, MAC: f.MAC, Written: f.Written, AccountRef: f.Account, Model: f.Model, Name: f.Name, Serial: f.Serial,
		PIN: f.PIN, HasPIN: !f.PIN.IsZero(), Faults: f.Faults,
	}
	if len(r.Faults) > 0 {
		r.Outcome = ztp.RowInvalid
	}
	if f.Account != "" {
		r = k.book.find(r)
	}
	if f.Group != "" {
		r = k.group(r, f.Group)
	}
	if !r.MAC.IsZero() {
		r = k.once(r)
	}
	return r
}

func (k *importCheck) group(r ztp.ImportRow, name string) ztp.ImportRow {
	for _, g := range k.info.ProductGroups {
		if strings.EqualFold(g, name) {
			r.ProductGroup = g
			return r
		}
	}
	return r.Faulty(phonefile.ColumnGroup, fmt.Sprintf("This installation does not serve the product group “%s”.", name),
		"It serves "+strings.Join(k.info.ProductGroups, ", ")+".")
}

// once refuses a MAC that the file has twice: which of the rows is meant, nobody knows.
func (k *importCheck) once(r ztp.ImportRow) ztp.ImportRow {
	first, again := k.seen[r.MAC]
	switch {
	case again && first > 0:
		k.twice[int(first)] = r.Line
		k.seen[r.MAC] = -first
		return twiceInFile(r, int(first))
	case again:
		return twiceInFile(r, int(-first))
	case r.Outcome == ztp.RowInvalid:
		k.seen[r.MAC] = -int32(r.Line)
	default:
		k.seen[r.MAC] = int32(r.Line)
	}
	return r
}

func twiceInFile(r ztp.ImportRow, other int) ztp.ImportRow {
	return r.Faulty(phonefile.ColumnMAC, fmt.Sprintf("Line %d has the same MAC address.", other), "Keep the row that is right and take the other one out.")
}

func (k *importCheck) count(part []ztp.ImportRow) {
	if k.imp.Tally == nil && len(part) > 0 {
		k.imp.Tally = ztp.ImportTally{}
	}
	for _, r := range part {
		k.imp.Tally[r.Outcome]++
	}
}

func (k *importCheck) judge(ctx context.Context, part []ztp.ImportRow) error {
	var macs []ztp.MAC
	for _, r := range part {
		if r.Outcome != ztp.RowInvalid {
			macs = append(macs, r.MAC)
		}
	}
	have, err := k.c.cfg.Store.EndpointsByMACs(ctx, k.imp.Platform, macs)
	if err != nil {
		return err
	}
	elsewhere, err := k.c.cfg.Store.MACsElsewhere(ctx, k.imp.Platform, macs)
	if err != nil {
		return err
	}
	pins := map[ztp.MAC]ztp.Secret{}
	for _, r := range part {
		if _, there := have[r.MAC]; there && r.HasPIN && r.Outcome != ztp.RowInvalid {
			pins[r.MAC] = r.PIN
		}
	}
	same, err := k.c.cfg.Store.SamePINs(ctx, k.imp.Platform, pins)
	if err != nil {
		return err
	}
	for n, r := range part {
		if r.Outcome == ztp.RowInvalid {
			continue
		}
		var e *ztp.Endpoint
		if there, ok := have[r.MAC]; ok {
			e = &there
		}
		part[n] = r.Against(k.imp.Vendor, e, elsewhere[r.MAC], same[r.MAC])
	}
	return nil
}

// firstOfTwo makes the first of two rows with one MAC invalid, too.
func (k *importCheck) firstOfTwo(ctx context.Context) error {
	if len(k.twice) == 0 {
		return nil
	}
	var part []ztp.ImportRow
	for line, other := range k.twice {
		part = append(part, twiceInFile(ztp.ImportRow{Line: line}, other))
		if len(part) == partRows {
			if err := k.c.cfg.Store.SettleImportRows(ctx, k.imp.ID, part); err != nil {
				return err
			}
			part = part[:0]
		}
	}
	err := k.c.cfg.Store.SettleImportRows(ctx, k.imp.ID, part)
	if err == nil {
		k.imp.Tally, err = k.c.cfg.Store.CountImportRows(ctx, k.imp.ID)
	}
	return err
}
