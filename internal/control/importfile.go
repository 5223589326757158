package control

import (
	"context"
	"io"
	"strconv"
	"strings"

	"zerotouch.example/internal/phonefile"
	"zerotouch.example/internal/ztp"
)

// WriteImportResults writes a line for every row of an import as CSV: its line, its MAC,
// what became of it. Rows that failed or could not be taken are all there is with failed.
func (c *Control) WriteImportResults(ctx context.Context, a ztp.Actor, id ztp.ImportID, failed bool, w io.Writer) error {
	v, err := c.Import(ctx, a, id)
	if err != nil {
		return err
	}
	out, err := phonefile.NewWriter(w, false, "line", "mac", "outcome", "state", "error")
	if err != nil {
		return err
	}
	for after := 0; ; {
		page, err := c.cfg.Store.ListImportRows(ctx, ztp.ImportRowQuery{Import: id, After: after, Limit: partRows})
		if err != nil {
			return err
		}
		for _, r := range page.Items {
			after = r.Line
			if failed && r.Outcome.OK() && r.State != ztp.PhoneItemFailed {
				continue
			}
			state, why := string(r.State), WhyNot(r, v.Info)
			if unsaved := v.NotSaved(r); unsaved != "" {
				state, why = string(ztp.PhoneItemCancelled), unsaved
			}
			if err := out.Write(strconv.Itoa(r.Line), MACOf(r), string(r.Outcome), state, why); err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil || page.Next == "" {
			return err
		}
	}
}

// MACOf is the row's MAC address, or what the file has in its place.
func MACOf(r ztp.ImportRow) string {
	if r.MAC.IsZero() {
		return r.Written
	}
	return r.MAC.String()
}

// WhyNot says why a row was not taken, or its phone not written; "" when nothing is wrong.
func WhyNot(r ztp.ImportRow, info ztp.VendorInfo) string {
	var words []string
	for _, f := range r.Faults {
		text := f.Text
		if f.Field != "" {
			text = f.Field + ": " + text
		}
		words = append(words, text, f.Remedy)
	}
	if r.Error != nil {
		entry := r.Error.Err().Entry(info.Title)
		words = append(words, entry.Title+".", r.Error.Detail, entry.Remedy)
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// ExportQuery says which phones of a platform are exported, and how.
type ExportQuery struct {
	// Vendor is the vendor's name; "" when this build has one vendor.
	Vendor ztp.VendorName
	// Mark puts a byte order mark at the beginning, by which Excel knows UTF-8.
	Mark bool
}

// ExportPhones writes the platform's phones in the format that imports take. PINs stay
// empty: they never leave.
func (c *Control) ExportPhones(ctx context.Context, a ztp.Actor, ref string, q ExportQuery, w io.Writer) error {
	if err := maySee(a); err != nil {
		return err
	}
	p, info, err := c.importDoor(ctx, ref, q.Vendor)
	if err != nil {
		return err
	}
	book, err := c.accountBook(ctx, p)
	if err != nil {
		return err
	}
	out, err := phonefile.NewWriter(w, q.Mark, phonefile.Columns...)
	if err != nil {
		return err
	}
	for cursor := ""; ; {
		page, err := c.cfg.Store.ListEndpoints(ctx, ztp.EndpointQuery{Platform: p.ID, Vendor: info.Name, Held: true, Cursor: cursor, Limit: partRows})
		if err != nil {
			return err
		}
		for _, e := range page.Items {
			if err := out.Write(e.MAC.String(), book.byID[string(e.Account)].Slug, e.ProductGroup, e.Model, e.Name, e.Serial, ""); err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}
