package control

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"zerotouch.example/internal/phonefile"
	"zerotouch.example/internal/ztp"
)

// ImportRequest is a file of phones to look at.
type ImportRequest struct {
	// Vendor is the vendor's name; "" when this build has one vendor.
	Vendor ztp.VendorName
	// File is read once, to its end unless it is refused before.
	File io.Reader
	// Name is what the sender calls the file; may be "".
	Name string
	// Size is how long the sender says that it is, 0 or less for nothing said.
	Size int64
}

// ImportView is an import with what has become of it.
type ImportView struct {
	ztp.Import
	Of   ztp.Platform
	Info ztp.VendorInfo
	// Run is its operation, nil before the start; Phones counts those that it writes.
	Run    *ztp.Operation
	Phones ztp.PhoneTally
}

const (
	// checkRows is how many rows are looked up and kept at once.
	checkRows = 4000
	// partRows is how many are listed or settled at once.
	partRows = 1000
)

// CheckImport reads a file of phones and keeps its rows with what would happen to each.
// No phone is changed. A file that is refused leaves nothing behind: its rows are kept
// part by part while it is read, since it may be larger than memory, and removed again.
func (c *Control) CheckImport(ctx context.Context, a ztp.Actor, ref string, r ImportRequest) (ImportView, error) {
	if err := c.mayChange(ctx, a, "import.check", "", r.Vendor); err != nil {
		return ImportView{}, err
	}
	p, info, err := c.importDoor(ctx, ref, r.Vendor)
	if err != nil {
		return ImportView{}, err
	}
	if r.Size > phonefile.MaxBytes {
		return ImportView{}, phonefile.TooLong()
	}
	end, err := c.uploads.begin(p.ID)
	if err != nil {
		return ImportView{}, err
	}
	defer end()
	return c.checkFile(ctx, a, p, info, r)
}

// checkFile reads a file that was admitted.
func (c *Control) checkFile(ctx context.Context, a ztp.Actor, p ztp.Platform, info ztp.VendorInfo, r ImportRequest) (ImportView, error) {
	file, err := phonefile.NewReader(r.File)
	if err != nil {
		return ImportView{}, err
	}
	book, err := c.accountBook(ctx, p)
	if err != nil {
		return ImportView{}, err
	}
	now := c.now()
	i := ztp.Import{
		ID: ztp.ImportID(ztp.NewID()), Platform: p.ID, Vendor: info.Name, State: ztp.ImportReading, File: fileName(r.Name),
		Actor: a, CreatedAt: now, ExpiresAt: now.Add(ztp.ImportPreviewKept),
	}
	if err := c.cfg.Store.CreateImport(ctx, i); err != nil {
		return ImportView{}, err
	}
	i.Version = 1
	check := importCheck{c: c, imp: &i, info: info, book: book, seen: map[ztp.MAC]int32{}, twice: map[int]int{}}
	if err = check.all(ctx, file); err == nil {
		err = c.checkedImport(ctx, a, &i, file)
	}
	if err != nil {
		c.forgetImport(ctx, i.ID)
		return ImportView{}, err
	}
	c.dropChecks(ctx, p.ID)
	return c.viewImport(ctx, i)
}

func (c *Control) importDoor(ctx context.Context, ref string, v ztp.VendorName) (ztp.Platform, ztp.VendorInfo, error) {
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return p, ztp.VendorInfo{}, err
	}
	if v == "" && len(c.cfg.Vendors) > 0 {
		v = c.cfg.Vendors[0].Describe().Name
	}
	info, err := c.Vendor(v)
	if err != nil {
		err = ztp.Invalid("vendor", "This build has no such vendor.")
	}
	return p, info, err
}

// fileName is the last part of a name, as far as it can be shown.
func fileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "")))
	if r := []rune(name); len(r) > 80 {
		name = string(r[:80])
	}
	if !ztp.ValidName(name) {
		return "phones.csv"
	}
	return name
}

// forgetImportTime bounds the removing of the rows of a refused file.
const forgetImportTime = time.Minute

// forgetImport removes what a refused file has left, also when its sender is gone. What
// it can't remove goes when the import expires.
func (c *Control) forgetImport(ctx context.Context, id ztp.ImportID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetImportTime)
	defer cancel()
	if err := c.cfg.Store.DeleteImport(ctx, id); err != nil {
		c.cfg.Log.Warn("rows of a refused file not removed yet", "import", id, "err", err)
	}
}

// checkedImport makes an import ready whose rows are all there.
func (c *Control) checkedImport(ctx context.Context, a ztp.Actor, i *ztp.Import, file *phonefile.Reader) error {
	if i.Tally.Total() == 0 {
		return ztp.Invalid("file", "The file has no phones, only a line of column names.")
	}
	i.State, i.Encoding, i.Separator, i.Ignored = ztp.ImportReady, file.Encoding(), file.Separator(), file.Ignored()
	i.ExpiresAt = c.now().Add(ztp.ImportPreviewKept)
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if err := s.SaveImport(ctx, *i); err != nil {
			return err
		}
		e := c.event(a, "import.checked", i.Platform, i.Vendor, i.File)
		e.Detail = ztp.Counted(i.Tally.Total(), "row", "rows") + ", " + ztp.Counted(i.Tally.Left(), "of them can't be taken", "of them can't be taken")
		return s.AppendEvent(ctx, e)
	})
	if err == nil {
		i.Version++
	}
	return err
}

// StartImport asks for the operation that takes an import's rows. Asked again in the
// same mode it is the same operation.
func (c *Control) StartImport(ctx context.Context, a ztp.Actor, id ztp.ImportID, mode ztp.ImportMode) (ImportView, error) {
	if err := c.mayChange(ctx, a, "import.asked", "", ""); err != nil {
		return ImportView{}, err
	}
	i, err := c.cfg.Store.Import(ctx, id)
	if err != nil {
		return ImportView{}, err
	}
	if mode != ztp.ImportAllOrNothing && mode != ztp.ImportSkipInvalid {
		return ImportView{}, ztp.Invalid("mode", "This is all_or_nothing or skip_invalid.")
	}
	if i.State == ztp.ImportStarted && i.Mode == mode {
		return c.viewImport(ctx, i)
	}
	p, err := c.cfg.Store.Platform(ctx, string(i.Platform))
	if err != nil {
		return ImportView{}, err
	}
	info, err := c.Vendor(i.Vendor)
	if err == nil {
		err = c.mayStart(ctx, p, info, i, mode)
	}
	if err != nil {
		c.refused(ctx, a, "import.asked", p.ID, i.Vendor, i.File, err)
		return ImportView{}, err
	}
	return c.queueImport(ctx, a, p, info, i, mode)
}

func (c *Control) mayStart(ctx context.Context, p ztp.Platform, info ztp.VendorInfo, i ztp.Import, mode ztp.ImportMode) error {
	switch {
	case i.State == ztp.ImportReading:
		return ztp.Errorf(ztp.CodeFormOutdated, "The file is still being read, or its sender has gone away meanwhile. Send it again.")
	case i.State == ztp.ImportStarted:
		return ztp.Errorf(ztp.CodeFormOutdated, "This import was started already, in the other mode.")
	case !c.now().Before(i.ExpiresAt):
		return ztp.Errorf(ztp.CodeFormOutdated, "This check is older than %.0f hours. Check the file again.", ztp.ImportPreviewKept.Hours())
	case i.Tally.Writes() == 0:
		return ztp.Invalid("import", "Nothing of this file is to be written: "+ztp.Counted(i.Tally[ztp.RowUnchanged], "row is", "rows are")+
			" as registered already, "+ztp.Counted(i.Tally.Left(), "row can't", "rows can't")+" be taken.")
	case mode == ztp.ImportAllOrNothing && i.Tally.Left() > 0:
		return ztp.Invalid("mode", ztp.Counted(i.Tally.Left(), "row", "rows")+" can't be taken, so nothing is. Correct the file, or leave them out with skip_invalid.")
	}
	return c.endpointAddress(ctx, p, info, ztp.KindRegister)
}

func (c *Control) queueImport(ctx context.Context, a ztp.Actor, p ztp.Platform, info ztp.VendorInfo, i ztp.Import, mode ztp.ImportMode) (ImportView, error) {
	x := action{kind: ztp.KindImport, params: ztp.OperationParams{Import: i.ID, SkipInvalid: mode == ztp.ImportSkipInvalid}, target: i.File}
	started := i
	_, err := c.queueForMany(ctx, a, p, info, "import.asked", x, func(s ztp.Store, op *ztp.Operation) (string, error) {
		started.State, started.Mode, started.Operation, started.ExpiresAt = ztp.ImportStarted, mode, op.ID, c.now().Add(ztp.ImportKept)
		return fmt.Sprintf("%s to write, %s", ztp.Counted(i.Tally.Writes(), "row", "rows"), mode), s.SaveImport(ctx, started)
	})
	if err != nil {
		return ImportView{}, err
	}
	started.Version++
	return c.viewImport(ctx, started)
}

// RemoveImport removes an import and its rows, not while its operation is open. What it
// has done stays.
func (c *Control) RemoveImport(ctx context.Context, a ztp.Actor, id ztp.ImportID) error {
	if err := c.mayChange(ctx, a, "import.remove", "", ""); err != nil {
		return err
	}
	v, err := c.Import(ctx, a, id)
	if err != nil {
		return err
	}
	e := c.event(a, "import.removed", v.Platform, v.Vendor, v.File)
	err = c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if err := s.ExpireImport(ctx, id); err != nil {
			return err
		}
		return s.AppendEvent(ctx, e)
	})
	if err != nil {
		return err
	}
	return c.cfg.Store.DeleteImport(ctx, id)
}

// What may wait of a platform to be started: so many checks, with so many rows.
const (
	maxChecks    = 20
	maxCheckRows = 2 * phonefile.MaxRows
)

// dropChecks removes the oldest checks of a platform that nobody has started, where they
// are more than may wait. It is not worth failing for: they expire.
func (c *Control) dropChecks(ctx context.Context, p ztp.PlatformID) {
	page, err := c.cfg.Store.ListImports(ctx, ztp.ImportQuery{Platform: p, Limit: 1000})
	checks, rows := 0, 0
	for _, i := range page.Items {
		if i.State != ztp.ImportReady {
			continue
		}
		checks, rows = checks+1, rows+i.Tally.Total()
		if checks > 1 && (checks > maxChecks || rows > maxCheckRows) && err == nil {
			err = c.cfg.Store.DeleteImport(ctx, i.ID)
		}
	}
	if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) && !ztp.IsCode(err, ztp.CodeInUse) {
		c.cfg.Log.Warn("old checks of files not removed yet", "platform", p, "err", err)
	}
}

// Import returns one import.
func (c *Control) Import(ctx context.Context, a ztp.Actor, id ztp.ImportID) (ImportView, error) {
	if err := maySee(a); err != nil {
		return ImportView{}, err
	}
	i, err := c.cfg.Store.Import(ctx, id)
	if err != nil {
		return ImportView{}, err
	}
	return c.viewImport(ctx, i)
}

func (c *Control) viewImport(ctx context.Context, i ztp.Import) (ImportView, error) {
	v := ImportView{Import: i}
	var err error
	if v.Of, err = c.cfg.Store.Platform(ctx, string(i.Platform)); err != nil {
		return v, err
	}
	if v.Info, err = c.Vendor(i.Vendor); err != nil || i.Operation == "" {
		return v, err
	}
	op, err := c.cfg.Store.Operation(ctx, i.Operation)
	if err != nil {
		return v, err
	}
	v.Run = &op
	v.Phones, err = c.cfg.Store.CountPhoneItems(ctx, i.Operation)
	return v, err
}

// ListImports returns a page of the platform's imports, newest first.
func (c *Control) ListImports(ctx context.Context, a ztp.Actor, ref, cursor string, limit int) (ztp.Page[ztp.Import], error) {
	if err := maySee(a); err != nil {
		return ztp.Page[ztp.Import]{}, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return ztp.Page[ztp.Import]{}, err
	}
	return c.cfg.Store.ListImports(ctx, ztp.ImportQuery{Platform: p.ID, Cursor: cursor, Limit: limit})
}

// Unsaved counts rows that were cancelled before they were saved.
func (v ImportView) Unsaved() int {
	if v.Run == nil {
		return 0
	}
	return v.Run.Data.Import.Unsaved(v.Tally)
}

// NotSaved says so of a row that was cancelled before it was saved, "" of every other.
func (v ImportView) NotSaved(r ztp.ImportRow) string {
	if v.Unsaved() == 0 || !r.Outcome.Writes() || r.State != "" {
		return ""
	}
	return "Cancelled before it was saved. Check the file again to take it."
}

// ImportRows returns a page of an import's rows by line.
func (c *Control) ImportRows(ctx context.Context, a ztp.Actor, q ztp.ImportRowQuery) (ztp.Page[ztp.ImportRow], error) {
	if err := maySee(a); err != nil {
		return ztp.Page[ztp.ImportRow]{}, err
	}
	return c.cfg.Store.ListImportRows(ctx, q)
}
