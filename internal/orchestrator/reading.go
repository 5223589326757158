package orchestrator

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

// reconciliation is one run of a ztp.Reconciliation while a worker has it.
type reconciliation struct {
	o      *Orchestrator
	vendor ztp.Vendor
	info   ztp.VendorInfo
	log    *slog.Logger
	by     ztp.APIKey // the reseller's
	// fence is the run as it was claimed.
	fence ztp.Reconciliation

	// names are the reseller's companies by id, and labelled those that carry a label
	// of this installation, by its nonce.
	names    map[string]string
	labelled map[string][]ztp.VendorCompany
	links    []ztp.Link
	titles   map[ztp.PlatformID]string
	others   int

	mu   sync.Mutex
	rc   ztp.Reconciliation // with the progress
	rows []ztp.ReconciliationRow
	read int
	// stood are the links as they were judged.
	stood map[ztp.PlatformID]ztp.Link
}

// call runs a reading call within its own time limit.
func (c *reconciliation) call(ctx context.Context, f func(context.Context) error) error {
	return c.callFor(ctx, c.info.CallTimeout, f)
}

// companiesTimeout bounds the list of all companies: the vendor may give it in small
// pages, each of which waits for its turn.
const companiesTimeout = 5 * time.Minute

func (c *reconciliation) callFor(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(ctx)
}

// readCompanies lists the reseller's companies, and then what is recorded here: a
// nonce is committed before a company is asked for, so none of ours is unknown.
func (c *reconciliation) readCompanies(ctx context.Context) error {
	keeper, ok := c.vendor.(ztp.CompanyKeeper)
	if !ok {
		return &ztp.Error{Code: ztp.CodeVendorCannot}
	}
	var err error
	if c.by, err = c.o.reseller(ctx, c.vendor, c.call); err != nil {
		return err
	}
	var all []ztp.VendorCompany
	err = c.callFor(ctx, companiesTimeout, func(ctx context.Context) (err error) {
		all, err = keeper.ListCompanies(ctx, c.by)
		return err
	})
	if err != nil {
		return resellerError(err)
	}
	if c.links, err = c.o.cfg.Store.ListLinks(ctx, "", c.info.Name); err != nil {
		return &storeError{err}
	}
	c.stood = map[ztp.PlatformID]ztp.Link{}
	c.sortCompanies(all)
	return c.readTitles(ctx)
}

// sortCompanies tells companies with a label of this installation from others, and
// makes rows of those that no link is judged for.
func (c *reconciliation) sortCompanies(all []ztp.VendorCompany) {
	recorded, nonces := map[string]bool{}, map[string]bool{}
	for _, l := range c.links {
		recorded[l.CompanyID], nonces[l.Nonce] = true, true
	}
	c.names, c.labelled = map[string]string{}, map[string][]ztp.VendorCompany{}
	for _, v := range all {
		if _, twice := c.names[v.ID]; twice {
			continue
		}
		c.names[v.ID] = v.Name
		label, ours := ztp.ParseCompanyLabel(v.Name)
		ours = ours && label.Installation == c.o.cfg.Installation
		switch {
		case ours && nonces[label.Nonce]:
			c.labelled[label.Nonce] = append(c.labelled[label.Nonce], v)
		case recorded[v.ID]:
		case ours:
			c.rows = append(c.rows, c.row(ztp.Link{}, ztp.RowCompany, ztp.ReasonCompanyUnknown, v.ID, "", v.Name, ""))
		default:
			if c.others++; c.others <= ztp.MaxOthersListed {
				c.rows = append(c.rows, c.row(ztp.Link{}, ztp.RowCompany, ztp.ReasonCompanyNotOurs, v.ID, "", v.Name, ""))
			}
		}
	}
}

// readTitles reads the platforms' names, by which the report is sorted.
func (c *reconciliation) readTitles(ctx context.Context) error {
	c.titles = map[ztp.PlatformID]string{}
	for cursor := ""; ; {
		page, err := c.o.cfg.Store.ListPlatforms(ctx, ztp.PlatformQuery{Cursor: cursor, Limit: 1000})
		if err != nil {
			return &storeError{err}
		}
		for _, p := range page.Items {
			c.titles[p.ID] = strings.ToLower(p.Name)
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// toRead are the links with something to compare at the vendor.
func (c *reconciliation) toRead() []ztp.Link {
	return slices.DeleteFunc(slices.Clone(c.links), func(l ztp.Link) bool {
		return c.rc.Platform != "" && l.Platform != c.rc.Platform || l.CompanyID == "" && len(c.labelled[l.Nonce]) == 0 && !l.State.InFlight()
	})
}

// found keeps the rows of one link.
func (c *reconciliation) found(rows []ztp.ReconciliationRow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows = append(c.rows, rows...)
	c.read++
	c.rc.Done++
}

func (c *reconciliation) nothingRead() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read == 0
}

// row makes one of a link, or of none.
func (c *reconciliation) row(l ztp.Link, kind ztp.RowKind, reason ztp.RowReason, company, object, name, detail string) ztp.ReconciliationRow {
	return ztp.ReconciliationRow{
		Vendor: c.info.Name, Platform: l.Platform, Kind: kind, Reason: reason, CompanyID: company, ObjectID: object,
		Name: name, Detail: detail, SeenAt: c.o.now(),
	}.WithID()
}

// notRead is the row of a link that could not be read.
func (c *reconciliation) notRead(l ztp.Link, err error) []ztp.ReconciliationRow {
	e := ztp.AsError(err)
	detail := strings.TrimSpace(e.Entry(c.info.Title).Title + ". " + e.Detail)
	return []ztp.ReconciliationRow{c.row(l, ztp.RowCompany, ztp.ReasonNotRead, l.CompanyID, "", l.CompanyName, detail)}
}

// report sorts the rows: by class, then by the platforms' names.
func (c *reconciliation) report() []ztp.ReconciliationRow {
	rows := c.rows
	if c.rc.Platform != "" {
		rows = slices.DeleteFunc(rows, func(r ztp.ReconciliationRow) bool { return r.Platform != c.rc.Platform })
	}
	sort.Slice(rows, func(i, j int) bool {
		a, b := &rows[i], &rows[j]
		return cmp.Or(cmp.Compare(a.Class().Rank(), b.Class().Rank()), cmp.Compare(c.titles[a.Platform], c.titles[b.Platform]),
			cmp.Compare(a.Platform, b.Platform), cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID)) < 0
	})
	return slices.CompactFunc(rows, func(a, b ztp.ReconciliationRow) bool { return a.ID == b.ID })
}
