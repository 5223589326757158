package sqlstore

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func campaignOf(r db.Campaign) (ztp.Campaign, error) {
	c := ztp.Campaign{
		ID: ztp.CampaignID(r.ID), Kind: ztp.OperationKind(r.Kind), Vendor: ztp.VendorName(r.Vendor), State: ztp.CampaignState(r.State),
		Budget: ztp.Budget(r.Budget), Cost: int(r.Cost), OlderThan: time.Duration(r.OlderThan) * time.Millisecond,
		Key: r.IdempotencyKey, BodyHash: r.BodyHash, Reason: r.Reason, NextAt: instant(r.NextAt),
		InRow: int(r.InRow), Ended: int(r.Ended), Failed: int(r.Failed),
		CreatedAt: instant(r.CreatedAt), StartedAt: instantOrZero(r.StartedAt), FinishedAt: instantOrZero(r.FinishedAt),
		UpdatedAt: instant(r.UpdatedAt), Version: r.Version,
	}
	var errs [3]error
	errs[0] = fromJSON("campaign.actor", r.Actor, &c.Actor)
	errs[1] = fromJSON("campaign.left_companies", r.LeftCompanies, &c.Left)
	c.Problem, errs[2] = problemOf("campaign.problem", r.Problem)
	return c, errors.Join(errs[:]...)
}

// CreateCampaign inserts a campaign with its items, and seals pasted keys.
func (s *Store) CreateCampaign(ctx context.Context, c ztp.Campaign, items []ztp.CampaignItem, keys map[ztp.PlatformID]ztp.APIKey) error {
	return s.inTx(ctx, func(t *Store) error {
		n, err := t.queries().InsertCampaign(ctx, db.InsertCampaignParams{
			ID: string(c.ID), Kind: string(c.Kind), Vendor: string(c.Vendor), State: string(c.State), Budget: float64(c.Budget), Cost: int64(c.Cost),
			OlderThan: c.OlderThan.Milliseconds(), AskedBy: c.Actor.String(), Actor: toJSON(c.Actor), IdempotencyKey: c.Key, BodyHash: c.BodyHash,
			Reason: c.Reason, Problem: problemText(c.Problem), NextAt: ms(c.NextAt), LeftCompanies: toJSON(c.Left), CreatedAt: ms(c.CreatedAt),
			StartedAt: msOrNull(c.StartedAt), FinishedAt: msOrNull(c.FinishedAt), UpdatedAt: ms(c.UpdatedAt),
		})
		if err != nil {
			return s.fail(err, "campaign")
		}
		if n == 0 {
			return ztp.Errorf(ztp.CodeCampaignRunning, "One campaign of a vendor is open at a time.")
		}
		for _, i := range items {
			if err := t.insertItem(ctx, i, keys[i.Platform]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) insertItem(ctx context.Context, i ztp.CampaignItem, key ztp.APIKey) (err error) {
	p := db.InsertCampaignItemParams{
		CampaignID: string(i.Campaign), PlatformID: string(i.Platform), Vendor: string(i.Vendor), Position: int64(i.Position), State: string(i.State),
		OperationID: textOrNull(string(i.Operation)), Attempt: int64(i.Attempt), CompanyID: i.CompanyID, KeyID: i.KeyID, Note: i.Note,
		Problem: problemText(i.Problem), StartedAt: msOrNull(i.StartedAt), FinishedAt: msOrNull(i.FinishedAt),
	}
	if !key.Secret.IsZero() && !i.State.Final() {
		if p.Sealed, err = s.sealKey(ctx, campaignPlace(i.Campaign, i.Platform, i.Vendor), key); err != nil {
			return err
		}
	}
	err = s.queries().InsertCampaignItem(ctx, p)
	if s.dialect.classify(err) == classForeign {
		return ztp.NotFound("platform")
	}
	return s.fail(err, "platform in a campaign")
}

// campaign converts a row and counts its items.
func (s *Store) campaign(ctx context.Context, row db.Campaign, err error) (ztp.Campaign, error) {
	if err != nil {
		return ztp.Campaign{}, s.fail(err, "campaign")
	}
	c, err := campaignOf(row)
	if err != nil {
		return c, err
	}
	counts, err := s.queries().CountCampaignItems(ctx, row.ID)
	c.Tally = ztp.CampaignTally{}
	for _, n := range counts {
		c.Tally[ztp.CampaignItemState(n.State)] = int(n.N)
	}
	return c, s.fail(err, "campaign")
}

// Campaign finds one by id.
func (s *Store) Campaign(ctx context.Context, id ztp.CampaignID) (ztp.Campaign, error) {
	row, err := s.queries().GetCampaign(ctx, string(id))
	return s.campaign(ctx, row, err)
}

// CampaignByKey finds the one that the actor made under the key.
func (s *Store) CampaignByKey(ctx context.Context, actor, key string) (ztp.Campaign, error) {
	row, err := s.queries().GetCampaignByKey(ctx, db.GetCampaignByKeyParams{AskedBy: actor, IdempotencyKey: key})
	return s.campaign(ctx, row, err)
}

// ListCampaigns returns campaigns, newest first.
func (s *Store) ListCampaigns(ctx context.Context, q ztp.CampaignQuery) (ztp.Page[ztp.Campaign], error) {
	none := ztp.Page[ztp.Campaign]{}
	before, err := readCursor(q.Cursor, 2)
	if err != nil {
		return none, err
	}
	max := limit(q.Limit)
	params := db.ListCampaignsParams{BeforeCreated: math.MaxInt64, Vendor: string(q.Vendor), MaxRows: int64(max) + 1}
	if before != nil {
		if params.BeforeCreated, err = strconv.ParseInt(before[0], 10, 64); err != nil {
			return none, badCursor()
		}
		params.BeforeID = before[1]
	}
	var rows []db.Campaign
	if q.Open {
		rows, err = s.queries().ListOpenCampaigns(ctx, string(q.Vendor))
	} else {
		rows, err = s.queries().ListCampaigns(ctx, params)
	}
	if err != nil {
		return none, s.fail(err, "campaigns")
	}
	items, err := mapRows(rows, func(r db.Campaign) (ztp.Campaign, error) { return s.campaign(ctx, r, nil) })
	if err != nil {
		return none, err
	}
	return page(items, max, func(c ztp.Campaign) string {
		return newCursor(strconv.FormatInt(ms(c.CreatedAt), 10), string(c.ID))
	}), nil
}

// SaveCampaign writes what changes of a campaign.
func (s *Store) SaveCampaign(ctx context.Context, c ztp.Campaign) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.UpdateCampaign(ctx, db.UpdateCampaignParams{
			State: string(c.State), Actor: toJSON(c.Actor), Reason: c.Reason, Problem: problemText(c.Problem), NextAt: ms(c.NextAt), InRow: int64(c.InRow),
			Ended: int64(c.Ended), Failed: int64(c.Failed), StartedAt: msOrNull(c.StartedAt), FinishedAt: msOrNull(c.FinishedAt),
			UpdatedAt: ms(c.UpdatedAt), ID: string(c.ID), Version: c.Version,
		})
		return s.changed(n, err, "campaign", func() error { _, err := q.GetCampaign(ctx, string(c.ID)); return err })
	})
}

func itemOf(r db.CampaignItem) (ztp.CampaignItem, error) {
	i := ztp.CampaignItem{
		Campaign: ztp.CampaignID(r.CampaignID), Platform: ztp.PlatformID(r.PlatformID), Vendor: ztp.VendorName(r.Vendor), Position: int(r.Position),
		State: ztp.CampaignItemState(r.State), Operation: ztp.OperationID(textOrEmpty(r.OperationID)), Attempt: int(r.Attempt),
		CompanyID: r.CompanyID, KeyID: r.KeyID, Note: r.Note, StartedAt: instantOrZero(r.StartedAt), FinishedAt: instantOrZero(r.FinishedAt),
	}
	var err error
	i.Problem, err = problemOf("campaign_item.problem", r.Problem)
	return i, err
}

// ListCampaignItems returns items in their order.
func (s *Store) ListCampaignItems(ctx context.Context, q ztp.CampaignItemQuery) (ztp.Page[ztp.CampaignItem], error) {
	none := ztp.Page[ztp.CampaignItem]{}
	after, err := readCursor(q.Cursor, 1)
	if err != nil {
		return none, err
	}
	max := limit(q.Limit)
	params := db.ListCampaignItemsParams{CampaignID: string(q.Campaign), After: -1, State: string(q.State), MaxRows: int64(max) + 1}
	if after != nil {
		if params.After, err = strconv.ParseInt(after[0], 10, 64); err != nil {
			return none, badCursor()
		}
	}
	rows, err := s.queries().ListCampaignItems(ctx, params)
	if err != nil {
		return none, s.fail(err, "platforms in a campaign")
	}
	items, err := mapRows(rows, itemOf)
	if err != nil {
		return none, err
	}
	return page(items, max, func(i ztp.CampaignItem) string { return newCursor(strconv.Itoa(i.Position)) }), nil
}

// SaveCampaignItem writes what changes of an item, and wipes the secret of one that
// has ended.
func (s *Store) SaveCampaignItem(ctx context.Context, i ztp.CampaignItem, from ztp.CampaignItemState) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.UpdateCampaignItem(ctx, db.UpdateCampaignItemParams{
			State: string(i.State), OperationID: textOrNull(string(i.Operation)), Attempt: int64(i.Attempt), Note: i.Note, Problem: problemText(i.Problem),
			StartedAt: msOrNull(i.StartedAt), FinishedAt: msOrNull(i.FinishedAt), Wipe: i.State.Final(),
			CampaignID: string(i.Campaign), PlatformID: string(i.Platform), Vendor: string(i.Vendor), FromState: string(from),
		})
		return s.changed(n, err, "platform in a campaign", func() error { _, err := q.GetCampaignItem(ctx, itemKey(i.Campaign, i.Platform, i.Vendor)); return err })
	})
}

func itemKey(id ztp.CampaignID, p ztp.PlatformID, v ztp.VendorName) db.GetCampaignItemParams {
	return db.GetCampaignItemParams{CampaignID: string(id), PlatformID: string(p), Vendor: string(v)}
}

// CancelCampaignItems ends what was not begun.
func (s *Store) CancelCampaignItems(ctx context.Context, id ztp.CampaignID, at time.Time) error {
	return s.change(ctx, func(q *db.Queries) error {
		now := ms(at)
		return s.fail(q.CancelCampaignItems(ctx, db.CancelCampaignItemsParams{CampaignID: string(id), Now: &now}), "platforms in a campaign")
	})
}

// OpenCampaignKey opens the pasted key of an item.
func (s *Store) OpenCampaignKey(ctx context.Context, id ztp.CampaignID, p ztp.PlatformID, v ztp.VendorName) (ztp.APIKey, error) {
	return s.openedKey(ctx, campaignPlace(id, p, v), func() ([]byte, error) {
		row, err := s.queries().GetCampaignItem(ctx, itemKey(id, p, v))
		if err == nil && row.Sealed == nil {
			return nil, ztp.NotFound("pasted key")
		}
		return row.Sealed, s.fail(err, "platform in a campaign")
	})
}
