package storetest

import (
	"time"

	"zerotouch.example/internal/ztp"
)

// campaign is a running one, with an item per platform.
func (e *env) campaign(key string, platforms ...ztp.Platform) (ztp.Campaign, []ztp.CampaignItem) {
	c := ztp.Campaign{
		ID: ztp.CampaignID(ztp.NewID()), Kind: ztp.KindRotate, Vendor: vendor, State: ztp.CampaignRunning, Budget: 0.5, Cost: 9,
		OlderThan: 90 * 24 * time.Hour, Actor: ztp.Actor{Kind: ztp.ActorUser, Name: "ada", Role: ztp.SuperAdmin, RequestID: "r1"},
		Key: key, BodyHash: "hash", NextAt: start, CreatedAt: e.clock.now(), StartedAt: start, UpdatedAt: start, Version: 1,
		Tally: ztp.CampaignTally{},
	}
	var items []ztp.CampaignItem
	for i, p := range platforms {
		items = append(items, ztp.CampaignItem{Campaign: c.ID, Platform: p.ID, Vendor: vendor, Position: i, State: ztp.ItemPending, Note: "note"})
		c.Tally[ztp.ItemPending]++
	}
	return c, items
}

func (e *env) items(id ztp.CampaignID, state ztp.CampaignItemState) []ztp.CampaignItem {
	e.Helper()
	return pages(e, 2, func(cursor string) (ztp.Page[ztp.CampaignItem], error) {
		return e.ListCampaignItems(e.ctx, ztp.CampaignItemQuery{Campaign: id, State: state, Cursor: cursor, Limit: 2})
	})
}

// moved writes an item in another state.
func (e *env) moved(i ztp.CampaignItem, to ztp.CampaignItemState) ztp.CampaignItem {
	e.Helper()
	from := i.State
	i, err := i.Move(to, start.Add(time.Second))
	e.must(err)
	e.must(e.SaveCampaignItem(e.ctx, i, from))
	return i
}

var campaignTests = map[string]func(*env){
	"RoundTrip": func(e *env) {
		c, items := e.campaign("k", e.platform("a"), e.platform("b"), e.platform("c"))
		c.Problem = &ztp.Problem{Code: ztp.CodeSecretStoreDenied, At: start}
		c.Left, c.Reason = []ztp.LeftCompany{{ID: "c9", Name: "Other", Reason: "no platform has this name"}}, "why"
		items[1].CompanyID, items[1].KeyID, items[1].Attempt = "c1", "ck_1", 2
		items[2].State, items[2].FinishedAt, items[2].Problem = ztp.ItemSkipped, start, &ztp.Problem{Code: ztp.CodeNotOnboarded, At: start}
		c.Tally = ztp.CampaignTally{ztp.ItemPending: 2, ztp.ItemSkipped: 1}
		e.must(e.CreateCampaign(e.ctx, c, items, nil))
		got, err := e.Campaign(e.ctx, c.ID)
		e.must(err)
		same(e, c, got)
		got, err = e.CampaignByKey(e.ctx, "ada", "k")
		e.must(err)
		same(e, c, got)
		same(e, items, e.items(c.ID, ""))
		same(e, items[:2], e.items(c.ID, ztp.ItemPending))
	},
	"NotFound": func(e *env) {
		c, _ := e.campaign("")
		_, err := e.Campaign(e.ctx, c.ID)
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.CampaignByKey(e.ctx, "ada", "")
		e.wantCode(ztp.CodeNotFound, err)
		e.wantCode(ztp.CodeNotFound, e.SaveCampaign(e.ctx, c))
		_, err = e.OpenCampaignKey(e.ctx, c.ID, "p", vendor)
		e.wantCode(ztp.CodeNotFound, err)
		e.wantCode(ztp.CodeNotFound, e.SaveCampaignItem(e.ctx, ztp.CampaignItem{Campaign: c.ID, State: ztp.ItemPending}, ztp.ItemPending))
	},
	"OneOpenPerVendor": func(e *env) {
		c, items := e.campaign("k", e.platform("a"))
		e.must(e.CreateCampaign(e.ctx, c, items, nil))
		second, _ := e.campaign("other")
		e.wantCode(ztp.CodeCampaignRunning, e.CreateCampaign(e.ctx, second, nil, nil))
		second.Vendor = "yealink"
		e.must(e.CreateCampaign(e.ctx, second, nil, nil))
		// Cancelled, it is open until what it has begun has ended.
		c.State = ztp.CampaignCancelled
		e.must(e.SaveCampaign(e.ctx, c))
		third, _ := e.campaign("third")
		e.wantCode(ztp.CodeCampaignRunning, e.CreateCampaign(e.ctx, third, nil, nil))
		c.Version, c.FinishedAt = c.Version+1, start
		e.must(e.SaveCampaign(e.ctx, c))
		e.must(e.CreateCampaign(e.ctx, third, nil, nil))
		third.ID, third.Vendor = ztp.CampaignID(ztp.NewID()), "poly" // the same key again
		e.wantCode(ztp.CodeCampaignRunning, e.CreateCampaign(e.ctx, third, nil, nil))
		open, err := e.ListCampaigns(e.ctx, ztp.CampaignQuery{Open: true})
		e.must(err)
		same(e, 2, len(open.Items))
	},
	"List": func(e *env) {
		var want []ztp.CampaignID
		for i := range 5 {
			c, _ := e.campaign("")
			c.State, c.FinishedAt, c.CreatedAt = ztp.CampaignDone, start, start.Add(time.Duration(i)*time.Second)
			e.must(e.CreateCampaign(e.ctx, c, nil, nil))
			want = append([]ztp.CampaignID{c.ID}, want...)
		}
		var got []ztp.CampaignID
		for _, c := range pages(e, 2, func(cursor string) (ztp.Page[ztp.Campaign], error) {
			return e.ListCampaigns(e.ctx, ztp.CampaignQuery{Vendor: vendor, Cursor: cursor, Limit: 2})
		}) {
			got = append(got, c.ID)
		}
		same(e, want, got)
		none, err := e.ListCampaigns(e.ctx, ztp.CampaignQuery{Vendor: "yealink"})
		e.must(err)
		same(e, 0, len(none.Items))
	},
	"LostRaces": func(e *env) {
		c, items := e.campaign("", e.platform("a"))
		e.must(e.CreateCampaign(e.ctx, c, items, nil))
		c.State, c.Reason, c.InRow, c.NextAt = ztp.CampaignPaused, "by hand", 2, start.Add(time.Minute)
		e.must(e.SaveCampaign(e.ctx, c))
		e.wantCode(ztp.CodeFormOutdated, e.SaveCampaign(e.ctx, c))
		c.Version = 2
		got, err := e.Campaign(e.ctx, c.ID)
		e.must(err)
		same(e, c, got)
		e.moved(items[0], ztp.ItemRunning)
		i := items[0]
		i.State = ztp.ItemRunning
		e.wantCode(ztp.CodeFormOutdated, e.SaveCampaignItem(e.ctx, i, ztp.ItemPending))
	},
	"PastedKeys": func(e *env) {
		a, b := e.platform("a"), e.platform("b")
		c, items := e.campaign("", a, b)
		c.Kind = ztp.KindAdopt
		keys := map[ztp.PlatformID]ztp.APIKey{}
		for n, p := range []ztp.Platform{a, b} {
			keys[p.ID] = ztp.APIKey{ID: "ck_" + p.Slug, Secret: ztp.NewSecret("pasted-" + p.Slug)}
			items[n].KeyID = "ck_" + p.Slug
		}
		e.must(e.CreateCampaign(e.ctx, c, items, keys))
		for _, p := range []ztp.Platform{a, b} {
			got, err := e.OpenCampaignKey(e.ctx, c.ID, p.ID, vendor)
			e.must(err)
			same(e, keys[p.ID], got)
		}
		i := e.moved(items[0], ztp.ItemRunning)
		_, err := e.OpenCampaignKey(e.ctx, c.ID, a.ID, vendor)
		e.must(err) // needed until it has ended
		e.moved(i, ztp.ItemFailed)
		_, err = e.OpenCampaignKey(e.ctx, c.ID, a.ID, vendor)
		e.wantCode(ztp.CodeNotFound, err)
		e.must(e.CancelCampaignItems(e.ctx, c.ID, start))
		_, err = e.OpenCampaignKey(e.ctx, c.ID, b.ID, vendor)
		e.wantCode(ztp.CodeNotFound, err)
	},
	"Cancel": func(e *env) {
		c, items := e.campaign("", e.platform("a"), e.platform("b"))
		e.must(e.CreateCampaign(e.ctx, c, items, nil))
		e.moved(items[0], ztp.ItemRunning)
		e.must(e.CancelCampaignItems(e.ctx, c.ID, start.Add(time.Minute)))
		got, err := e.Campaign(e.ctx, c.ID)
		e.must(err)
		same(e, ztp.CampaignTally{ztp.ItemRunning: 1, ztp.ItemCancelled: 1}, got.Tally)
		same(e, start.Add(time.Minute), e.items(c.ID, ztp.ItemCancelled)[0].FinishedAt)
	},
	"OperationOfAnotherPlatform": func(e *env) {
		a, b := e.platform("a"), e.platform("b")
		c, items := e.campaign("", a)
		e.must(e.CreateCampaign(e.ctx, c, items, nil))
		op := e.operation(b, ztp.KindRotate)
		i := e.moved(items[0], ztp.ItemRunning)
		i.Operation = op.ID
		e.wantRefused("the operation is of another platform", e.SaveCampaignItem(e.ctx, i, ztp.ItemRunning))
		i.Operation = e.operation(a, ztp.KindRotate).ID
		e.must(e.SaveCampaignItem(e.ctx, i, ztp.ItemRunning))
		i.Operation, i.State, i.FinishedAt = "", ztp.ItemDone, start
		e.wantRefused("done without an operation", e.SaveCampaignItem(e.ctx, i, ztp.ItemRunning))
	},
	"PlatformRemoved": func(e *env) {
		a, b := e.platform("a"), e.platform("b")
		c, items := e.campaign("", a, b)
		e.must(e.CreateCampaign(e.ctx, c, items, nil))
		i := e.moved(items[0], ztp.ItemRunning)
		op := e.operation(a, ztp.KindRotate)
		i.Operation = op.ID
		e.must(e.SaveCampaignItem(e.ctx, i, ztp.ItemRunning))
		finish(e, op)
		e.must(e.DeletePlatform(e.ctx, a.ID))
		same(e, items[1:], e.items(c.ID, ""))
		ghost, left := e.campaign("", a)
		ghost.Vendor = "yealink"
		left[0].Vendor = "yealink"
		e.wantCode(ztp.CodeNotFound, e.CreateCampaign(e.ctx, ghost, left, nil))
		_, err := e.Campaign(e.ctx, ghost.ID)
		e.wantCode(ztp.CodeNotFound, err) // all or nothing
	},
	"RestoredPauses": func(e *env) {
		c, items := e.campaign("", e.platform("a"))
		e.must(e.CreateCampaign(e.ctx, c, items, nil))
		_, err := e.MarkRestored(e.ctx, "yealink", start)
		e.must(err)
		got, err := e.Campaign(e.ctx, c.ID)
		e.must(err)
		same(e, ztp.CampaignRunning, got.State)
		_, err = e.MarkRestored(e.ctx, "", start)
		e.must(err)
		got, err = e.Campaign(e.ctx, c.ID)
		e.must(err)
		same(e, ztp.CampaignPaused, got.State)
		same(e, ztp.CodeDatabaseRestored, got.Problem.Code)
		e.wantCode(ztp.CodeFormOutdated, e.SaveCampaign(e.ctx, c)) // whoever was at it has to look again
	},
}
