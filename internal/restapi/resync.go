package restapi

import (
	"context"
	"net/http"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// AtResync is /resyncs/{id}.
type AtResync struct {
	ID string `path:"id" doc:"Id of the resync"`
}

func (t *AtResync) locate(param func(string) string) { t.ID = param("id") }

func (t *AtResync) exists(ctx context.Context, c *control.Control, a ztp.Actor) error {
	_, err := c.Resync(ctx, a, t.id())
	return err
}

func (*AtResync) vendor() ztp.VendorName { return "" }

func (t *AtResync) id() ztp.ResyncID { return ztp.ResyncID(t.ID) }

type resyncIn struct {
	AtPlatform
	Keyed
	Body api.NewResync
}

type resyncOut struct {
	Status int
	Body   api.Resync
}

func (s *server) beginResync(ctx context.Context, in *resyncIn) (*resyncOut, error) {
	macs, err := bulkMACs(in.Body.MACs)
	if err != nil {
		return nil, err
	}
	r := control.ResyncRequest{
		Submission: in.submission(), MACs: macs, Account: in.Body.Account, Within: time.Duration(in.Body.WithinSeconds) * time.Second, Reboot: in.Body.Reboot,
	}
	if !in.Body.DryRun {
		made, err := s.control.BeginResync(ctx, actor(ctx), in.P, r)
		return s.resyncAs(ctx, made, http.StatusCreated, err)
	}
	plan, err := s.control.PlanResync(ctx, actor(ctx), in.P, r)
	out, err := s.resyncAs(ctx, plan.Resync, http.StatusOK, err)
	if err != nil {
		return nil, err
	}
	out.Body.ID, out.Body.DryRun, out.Body.LeftOut = "", true, counts(plan.Left)
	return out, nil
}

func counts[S ~string](of map[S]int) map[string]int {
	out := map[string]int{}
	for name, n := range of {
		if n > 0 {
			out[string(name)] = n
		}
	}
	return out
}

func (n *names) resync(r ztp.Resync) api.Resync {
	out := api.Resync{
		ID: string(r.ID), Platform: n.platform(r.Platform), Account: n.account(r.Platform, r.Account), State: string(r.State), Reboot: r.Reboot,
		SpreadSeconds: r.Spread.Seconds(), EndsAt: r.EndsAt.UTC(), Trouble: r.Trouble, Phones: r.Tally.Phones(), Tally: counts(r.Tally),
		CreatedAt: r.CreatedAt.UTC(), CreatedBy: r.CreatedBy, FinishedAt: when(r.FinishedAt), FinishedBy: r.FinishedBy,
	}
	if !r.One.IsZero() {
		out.MAC = r.One.String()
	}
	return out
}

func (s *server) resyncAs(ctx context.Context, r ztp.Resync, status int, err error) (*resyncOut, error) {
	if err != nil {
		return nil, err
	}
	return &resyncOut{status, s.names(ctx).resync(r)}, nil
}

func (s *server) listResyncs(ctx context.Context, in *struct {
	AtPlatform
	Paged
}) (*listOut[api.Resync], error) {
	page, err := s.control.ListResyncs(ctx, actor(ctx), in.P, ztp.ResyncQuery{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return wireList(page, s.names(ctx).resync), nil
}

func (s *server) resync(ctx context.Context, in *struct{ AtResync }) (*resyncOut, error) {
	r, err := s.control.Resync(ctx, actor(ctx), in.id())
	return s.resyncAs(ctx, r, http.StatusOK, err)
}

func (s *server) resyncItems(ctx context.Context, in *struct {
	AtResync
	Paged
	State string `query:"state" enum:"queued,sending,told,came,not_registered,no_answer,refused,unsent,left_out,cancelled" doc:"Only those in this state"`
}) (*listOut[api.ResyncItem], error) {
	page, err := s.control.ResyncItems(ctx, actor(ctx), ztp.ResyncItemQuery{Resync: in.id(), State: ztp.ResyncItemState(in.State), Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return wireList(page, wireResyncItem), nil
}

func wireResyncItem(i ztp.ResyncItem) api.ResyncItem {
	return api.ResyncItem{
		Resync: string(i.Resync), MAC: i.MAC.String(), State: string(i.State), LeftOut: string(i.LeftOut), DueAt: when(i.DueAt), Target: i.Target,
		Status: i.Status, Note: i.Note, SentAt: when(i.SentAt), EndedAt: when(i.EndedAt),
	}
}

func (s *server) cancelResync(ctx context.Context, in *struct {
	AtResync
	Body *nothing
}) (*resyncOut, error) {
	r, err := s.control.CancelResync(ctx, actor(ctx), in.id())
	return s.resyncAs(ctx, r, http.StatusOK, err)
}

// lookAgain is said of telling phones.
const lookAgain = "Each phone is sent a SIP NOTIFY with the event check-sync at its time, through the configured proxy. Phones that are not in service, or have no SIP line, are left out and counted. " +
	"A phone that comes by itself before its time is not told, unless it is to restart. With `dry_run` nothing is made, and the answer is 200. " +
	"Repeated under the same Idempotency-Key within 24 hours, it is the resync that it made as that is now."

// resyncRoutes are those of phones that are told to look again.
func (s *server) resyncRoutes() {
	write(s, route{method: "POST", path: "/platforms/{p}/resyncs", id: "begin-resync", summary: "Tell phones of a platform to look for their settings again", more: lookAgain, status: 201, also: map[int]any{200: api.Resync{}}, body: maxBulkBody}, s.beginResync)
	read(s, route{method: "GET", path: "/platforms/{p}/resyncs", id: "list-resyncs", summary: "Resyncs of the platform, the newest first; those that ended a month ago are forgotten"}, s.listResyncs)
	read(s, route{method: "GET", path: "/resyncs/{id}", id: "get-resync", summary: "How far a resync is"}, s.resync)
	read(s, route{method: "GET", path: "/resyncs/{id}/items", id: "list-resync-items", summary: "What became of each of its phones, by MAC"}, s.resyncItems)
	write(s, route{method: "POST", path: "/resyncs/{id}/cancel", id: "cancel-resync", summary: "Let no further phone of it be told"}, s.cancelResync)
}
