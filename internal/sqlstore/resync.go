package sqlstore

import (
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func resyncOf(r db.Resync) (ztp.Resync, error) {
	one := ztp.Resync{
		ID: ztp.ResyncID(r.ID), Platform: ztp.PlatformID(r.PlatformID), Account: ztp.AccountID(r.AccountID), State: ztp.ResyncState(r.State),
		Reboot: r.Reboot, Spread: time.Duration(r.Spread) * time.Millisecond, EndsAt: instant(r.EndsAt), Trouble: r.Trouble,
		CreatedAt: instant(r.CreatedAt), CreatedBy: r.CreatedBy, FinishedAt: instantOrZero(r.FinishedAt), FinishedBy: r.FinishedBy,
	}
	var err error
	if r.Mac != "" {
		one.One, err = ztp.ParseMAC(r.Mac)
	}
	return one, err
}

func resyncItemOf(r db.ResyncItem) (ztp.ResyncItem, error) {
	mac, err := ztp.ParseMAC(r.Mac)
	return ztp.ResyncItem{
		Resync: ztp.ResyncID(r.ResyncID), Platform: ztp.PlatformID(r.PlatformID), MAC: mac, State: ztp.ResyncItemState(r.State),
		LeftOut: ztp.ResyncLeft(r.LeftOut), DueAt: instantOrZero(r.DueAt), Tries: int(r.Tries), Target: r.Target, Status: int(r.Status), Note: r.Note,
		SentAt: instantOrZero(r.SentAt), EndedAt: instantOrZero(r.EndedAt),
	}, err
}

var resyncItemColumns = []string{"resync_id", "mac", "platform_id", "state", "left_out", "due_at", "tries", "target", "status", "note", "sent_at", "ended_at"}

// CreateResync inserts it with its phones.
func (s *Store) CreateResync(ctx context.Context, r ztp.Resync, items []ztp.ResyncItem) error {
	one := ""
	if !r.One.IsZero() {
		one = r.One.String()
	}
	return s.inTx(ctx, func(t *Store) error {
		err := t.queries().InsertResync(ctx, db.InsertResyncParams{
			ID: string(r.ID), PlatformID: string(r.Platform), AccountID: string(r.Account), Mac: one, State: string(r.State), Reboot: r.Reboot,
			Spread: r.Spread.Milliseconds(), EndsAt: ms(r.EndsAt), Trouble: r.Trouble, CreatedAt: ms(r.CreatedAt), CreatedBy: r.CreatedBy,
			FinishedAt: msOrNull(r.FinishedAt), FinishedBy: r.FinishedBy,
		})
		switch s.dialect.classify(err) {
		case classForeign:
			return ztp.NotFound("platform")
		case classUnique:
			return outdated("resync")
		}
		if err != nil {
			return s.fail(err, "resync")
		}
		return t.insertResyncItems(ctx, r, items)
	})
}

func (s *Store) insertResyncItems(ctx context.Context, r ztp.Resync, items []ztp.ResyncItem) error {
	rows := make([][]any, len(items))
	for n, i := range items {
		rows[n] = []any{
			string(r.ID), i.MAC.String(), string(r.Platform), string(i.State), string(i.LeftOut), msOrNull(i.DueAt), int64(i.Tries), i.Target,
			int64(i.Status), i.Note, msOrNull(i.SentAt), msOrNull(i.EndedAt),
		}
	}
	_, err := s.insertRows(ctx, "resync_item", resyncItemColumns, rows, "")
	return s.fail(err, "resync")
}

// counted fills in the tallies, by one question.
func (s *Store) counted(ctx context.Context, list []ztp.Resync) error {
	if len(list) == 0 {
		return nil
	}
	ids, tallies := make([]string, len(list)), map[string]ztp.ResyncTally{}
	for n := range list {
		ids[n], list[n].Tally = string(list[n].ID), ztp.ResyncTally{}
		tallies[ids[n]] = list[n].Tally
	}
	rows, err := s.ofMany().CountItemsOfResyncs(ctx, listJSON(ids))
	for _, n := range rows {
		tallies[n.ResyncID][ztp.ResyncItemState(n.State)] = int(n.N)
	}
	return s.fail(err, "resync")
}

// ResyncHead finds one, and counts nothing.
func (s *Store) ResyncHead(ctx context.Context, id ztp.ResyncID) (ztp.Resync, error) {
	row, err := s.queries().GetResync(ctx, string(id))
	if err != nil {
		return ztp.Resync{}, s.fail(err, "resync")
	}
	return resyncOf(row)
}

// Resync finds one.
func (s *Store) Resync(ctx context.Context, id ztp.ResyncID) (ztp.Resync, error) {
	r, err := s.ResyncHead(ctx, id)
	if err != nil {
		return r, err
	}
	list := []ztp.Resync{r}
	err = s.counted(ctx, list)
	return list[0], err
}

// ListResyncs returns resyncs, the newest first.
func (s *Store) ListResyncs(ctx context.Context, q ztp.ResyncQuery) (ztp.Page[ztp.Resync], error) {
	none := ztp.Page[ztp.Resync]{}
	max := limit(q.Limit)
	rows, err := s.resyncs(ctx, q, int64(max)+1)
	if err != nil {
		return none, s.fail(err, "resyncs")
	}
	list, err := mapRows(rows, resyncOf)
	if err != nil {
		return none, err
	}
	if q.Open {
		max = len(list)
	}
	p := page(list, max, func(r ztp.Resync) string { return newCursor(strconv.FormatInt(ms(r.CreatedAt), 10), string(r.ID)) })
	return p, s.counted(ctx, p.Items)
}

func (s *Store) resyncs(ctx context.Context, q ztp.ResyncQuery, n int64) ([]db.Resync, error) {
	if q.Open {
		return s.queries().ListOpenResyncs(ctx)
	}
	before, err := readCursor(q.Cursor, 2)
	if err != nil {
		return nil, err
	}
	created, id := int64(math.MaxInt64), ""
	if before != nil {
		if created, err = strconv.ParseInt(before[0], 10, 64); err != nil {
			return nil, badCursor()
		}
		id = before[1]
	}
	if q.Platform != "" {
		return s.queries().ListPlatformResyncs(ctx, db.ListPlatformResyncsParams{PlatformID: string(q.Platform), BeforeCreated: created, BeforeID: id, MaxRows: n})
	}
	return s.queries().ListResyncs(ctx, db.ListResyncsParams{BeforeCreated: created, BeforeID: id, MaxRows: n})
}

// ListResyncItems returns phones of a resync by MAC.
func (s *Store) ListResyncItems(ctx context.Context, q ztp.ResyncItemQuery) (ztp.Page[ztp.ResyncItem], error) {
	none := ztp.Page[ztp.ResyncItem]{}
	mac, err := afterMAC(q.Cursor)
	if err != nil {
		return none, err
	}
	max := limit(q.Limit)
	var rows []db.ResyncItem
	if q.State != "" {
		rows, err = s.queries().ListResyncItemsIn(ctx, db.ListResyncItemsInParams{ResyncID: string(q.Resync), State: string(q.State), AfterMac: mac, MaxRows: int64(max) + 1})
	} else {
		rows, err = s.queries().ListResyncItems(ctx, db.ListResyncItemsParams{ResyncID: string(q.Resync), AfterMac: mac, MaxRows: int64(max) + 1})
	}
	if err != nil {
		return none, s.fail(err, "phones")
	}
	items, err := mapRows(rows, resyncItemOf)
	return page(items, max, func(i ztp.ResyncItem) string { return newCursor(i.MAC.String()) }), err
}

// LastResync is the newest item of the phone.
func (s *Store) LastResync(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) (ztp.ResyncItem, error) {
	row, err := s.queries().LastResyncItem(ctx, db.LastResyncItemParams{PlatformID: string(p), Mac: mac.String()})
	if err != nil {
		return ztp.ResyncItem{}, s.fail(err, "resync")
	}
	return resyncItemOf(row)
}

// HasDueResyncItems reports whether there is anything to claim.
func (s *Store) HasDueResyncItems(ctx context.Context, now, lost time.Time) (bool, error) {
	due, err := s.queries().HasDueResyncItems(ctx, db.HasDueResyncItemsParams{Now: msOrNull(now), Lost: msOrNull(lost)})
	return due, s.fail(err, "phones")
}

// ClaimResyncItems takes those whose time has come. Each is taken by its number of tries,
// so that of two processes which have read the same one, one gets it.
func (s *Store) ClaimResyncItems(ctx context.Context, now, lost time.Time, most int) (claimed []ztp.ResyncItem, err error) {
	err = s.inTx(ctx, func(t *Store) error {
		claimed = nil
		rows, err := t.queries().LostResyncItems(ctx, db.LostResyncItemsParams{Lost: msOrNull(lost), MaxRows: int64(most)})
		if err != nil {
			return s.fail(err, "phones")
		}
		due, err := t.queries().DueResyncItems(ctx, db.DueResyncItemsParams{Now: msOrNull(now), MaxRows: int64(most - len(rows))})
		if err != nil {
			return s.fail(err, "phones")
		}
		for _, row := range append(rows, due...) {
			i, err := resyncItemOf(row)
			if err != nil {
				return err
			}
			n, err := t.queries().ClaimResyncItem(ctx, db.ClaimResyncItemParams{Now: msOrNull(now), ResyncID: row.ResyncID, Mac: row.Mac, State: row.State, Tries: row.Tries})
			if err != nil {
				return s.fail(err, "phones")
			}
			if n > 0 {
				i.State, i.SentAt, i.Tries = ztp.ResyncItemSending, instant(ms(now)), i.Tries+1
				claimed = append(claimed, i)
			}
		}
		return nil
	})
	return claimed, err
}

// SaveResyncItems writes what became of items, and ends resyncs.
func (s *Store) SaveResyncItems(ctx context.Context, items []ztp.ResyncItem, trouble map[ztp.ResyncID]string, at time.Time) error {
	of := map[ztp.ResyncID]bool{}
	for _, i := range items {
		of[i.Resync] = true
	}
	return s.inTx(ctx, func(t *Store) error {
		for _, id := range slices.Sorted(maps.Keys(of)) {
			if err := t.queries().LockResync(ctx, string(id)); err != nil {
				return s.fail(err, "resync")
			}
		}
		for _, i := range items {
			err := t.queries().SaveResyncItem(ctx, db.SaveResyncItemParams{
				State: string(i.State), LeftOut: string(i.LeftOut), DueAt: msOrNull(i.DueAt), Target: i.Target, Status: int64(i.Status), Note: i.Note,
				EndedAt: msOrNull(i.EndedAt), ResyncID: string(i.Resync), Mac: i.MAC.String(), SentAt: msOrNull(i.SentAt),
			})
			if err != nil {
				return s.fail(err, "phones")
			}
		}
		for id, text := range trouble {
			if err := t.queries().NoteResync(ctx, db.NoteResyncParams{Trouble: text, ID: string(id)}); err != nil {
				return s.fail(err, "resync")
			}
		}
		for id := range of {
			if err := t.endResync(ctx, id, at); err != nil && !ztp.IsCode(err, ztp.CodeNotFound) { // its platform was removed
				return err
			}
		}
		return nil
	})
}

// NoteOpenResyncs notes what is in the way of all that run.
func (s *Store) NoteOpenResyncs(ctx context.Context, trouble string) error {
	return s.change(ctx, func(q *db.Queries) error {
		return s.fail(q.NoteOpenResyncs(ctx, trouble), "resyncs")
	})
}

// endResync ends it when nothing of it is open any more.
func (s *Store) endResync(ctx context.Context, id ztp.ResyncID, at time.Time) error {
	row, err := s.queries().GetResync(ctx, string(id))
	if err == nil && row.State == string(ztp.ResyncCancelled) {
		err = s.queries().CancelQueuedResyncItems(ctx, db.CancelQueuedResyncItemsParams{EndedAt: msOrNull(at), ResyncID: string(id)})
	}
	if err == nil {
		err = s.queries().EndResync(ctx, db.EndResyncParams{FinishedAt: msOrNull(at), ID: string(id)})
	}
	return s.fail(err, "resync")
}

// CancelResync ends a running one.
func (s *Store) CancelResync(ctx context.Context, r ztp.Resync) error {
	return s.inTx(ctx, func(t *Store) error {
		n, err := t.queries().CancelResync(ctx, db.CancelResyncParams{FinishedAt: msOrNull(r.FinishedAt), FinishedBy: r.FinishedBy, ID: string(r.ID)})
		err = s.changed(n, err, "resync", func() error {
			_, err := t.queries().GetResync(ctx, string(r.ID))
			return err
		})
		if err != nil {
			return err
		}
		return s.fail(t.queries().CancelQueuedResyncItems(ctx, db.CancelQueuedResyncItemsParams{EndedAt: msOrNull(r.FinishedAt), ResyncID: string(r.ID)}), "phones")
	})
}

// resyncsDropped is how many are forgotten in one go.
const resyncsDropped = 100

// DropResyncs removes their phones first, in parts; one that was cut short is found again.
func (s *Store) DropResyncs(ctx context.Context, before time.Time) error {
	ids, err := s.queries().OldResyncs(ctx, db.OldResyncsParams{Before: ms(before), MaxRows: resyncsDropped})
	if err != nil {
		return s.fail(err, "resyncs")
	}
	for _, id := range ids {
		if err := s.dropResync(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) dropResync(ctx context.Context, id string) error {
	for n := int64(ztp.ResyncPart); n == ztp.ResyncPart; {
		err := s.change(ctx, func(q *db.Queries) (err error) {
			if n, err = q.DropResyncItems(ctx, db.DropResyncItemsParams{ResyncID: id, MaxRows: ztp.ResyncPart}); err == nil && n < ztp.ResyncPart {
				err = q.DropResync(ctx, id)
			}
			return s.fail(err, "resyncs")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// PhoneLines are what phones have in their own layer.
func (s *Store) PhoneLines(ctx context.Context, p ztp.PlatformID, macs []ztp.MAC) (map[ztp.MAC][]ztp.Setting, error) {
	scopes := make([]string, len(macs))
	for i, m := range macs {
		scopes[i] = scopeID(ztp.SettingScope{Platform: p, MAC: m})
	}
	rows, err := s.ofMany().PhoneLines(ctx, listJSON(scopes))
	if err != nil {
		return nil, s.fail(err, "settings")
	}
	lines := map[ztp.MAC][]ztp.Setting{}
	for _, r := range rows {
		mac, err := ztp.ParseMAC(textOrEmpty(r.Mac))
		if err != nil {
			return nil, err
		}
		lines[mac] = append(lines[mac], ztp.Setting{Name: ztp.SettingName(r.Name), Index: int(r.Idx), Value: r.Value})
	}
	return lines, nil
}
