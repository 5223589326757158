package restapi

import (
	"context"
	"net/http"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// AtRow is /vendors/{v}/reconciliation/rows/{row}.
type AtRow struct {
	V   string `path:"v" doc:"Name of the vendor"`
	Row string `path:"row" doc:"Id of the row"`
}

func (t *AtRow) locate(param func(string) string) { t.V, t.Row = param("v"), param("row") }

func (t *AtRow) exists(ctx context.Context, c *control.Control, a ztp.Actor) error {
	_, err := c.ReconciliationRow(ctx, a, t.vendor(), t.Row)
	return err
}

func (t *AtRow) vendor() ztp.VendorName { return ztp.VendorName(t.V) }

type reconciliationOut struct{ Body api.Reconciliation }

type reconcileIn struct {
	AtVendor
	Body *api.Reconcile
}

func (s *server) reconcile(ctx context.Context, in *reconcileIn) (*reconciliationOut, error) {
	platform := ""
	if in.Body != nil {
		platform = in.Body.Platform
	}
	v, err := s.control.Reconcile(ctx, actor(ctx), in.vendor(), platform)
	if err != nil {
		return nil, err
	}
	return &reconciliationOut{Body: wireReconciliation(v)}, nil
}

func (s *server) reconciliation(ctx context.Context, in *struct {
	AtVendor
	Waits
	Platform string `query:"platform" doc:"Slug or id of one platform"`
}) (*reconciliationOut, error) {
	wait, err := in.wait()
	if err != nil {
		return nil, err
	}
	v, err := s.control.WaitReconciliation(ctx, actor(ctx), in.vendor(), in.Platform, wait)
	if err != nil {
		return nil, err
	}
	return &reconciliationOut{Body: wireReconciliation(v)}, nil
}

func (s *server) reconciliationRows(ctx context.Context, in *struct {
	AtVendor
	Paged
	Platform string `query:"platform" doc:"Slug or id of one platform"`
	Class    string `query:"class" enum:"ours_only,changed,theirs_only,not_judged,matching,not_ours" doc:"How the two sides compare"`
}) (*listOut[api.ReconciliationRow], error) {
	page, err := s.control.ReconciliationRows(ctx, actor(ctx), in.vendor(), control.ReconciliationFilter{
		Platform: in.Platform, Class: ztp.RowClass(in.Class), Cursor: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	return wireList(page, wireRow), nil
}

type rowIn struct {
	AtRow
	Keyed
	Body *api.RowRequest
}

type rowOut struct {
	Status int
	Body   api.RowAnswer
}

// onRow is the use case of one verb on a row.
func (s *server) onRow(verb control.RowVerb) func(context.Context, *rowIn) (*rowOut, error) {
	return func(ctx context.Context, in *rowIn) (*rowOut, error) {
		req := control.RowRequest{Submission: in.submission()}
		dry := false
		if in.Body != nil {
			req.Platform, dry = in.Body.Platform, in.Body.DryRun
		}
		if dry && actor(ctx).MayChange() {
			plan, err := s.control.PlanRow(ctx, actor(ctx), in.vendor(), in.Row, verb, req)
			if err != nil {
				return nil, err
			}
			out := wirePlan(plan)
			out.DryRun = true
			return &rowOut{Status: http.StatusOK, Body: out}, nil
		}
		done, err := s.control.ActOnRow(ctx, actor(ctx), in.vendor(), in.Row, verb, req)
		if err != nil {
			return nil, err
		}
		out := &rowOut{Status: http.StatusOK, Body: wirePlan(done.Plan)}
		if op := done.Result.Operation; op != nil {
			wired := s.names(ctx).operation(*op)
			out.Status, out.Body.Operation = http.StatusAccepted, &wired
		}
		return out, nil
	}
}

func wirePlan(p control.RowPlan) api.RowAnswer {
	return api.RowAnswer{Action: string(p.Verb), Kind: string(p.Operation), Platform: p.Platform.Slug, Will: p.Will, Wont: p.Wont}
}

func wireReconciliation(v control.ReconciliationView) api.Reconciliation {
	out := api.Reconciliation{
		Vendor: string(v.Vendor), Platform: v.Scope, State: "idle", Done: v.Done, Total: v.Total, Waiting: v.Waiting,
		Error: problem(v.Error, v.Info.Title), Overdue: v.Overdue,
	}
	if v.Run != "" {
		out.State, out.AskedAt, out.AskedBy = "queued", when(v.AskedAt), v.AskedBy
		switch {
		case v.Owner != "":
			out.State = "running"
		case v.Attempt > 0:
			out.State, out.NextAt = "waiting", when(v.NextAt)
		}
	}
	if !v.CompleteAt.IsZero() {
		out.Complete = &api.CompleteReconciliation{
			Since: v.CompleteSince.UTC(), At: v.CompleteAt.UTC(), By: v.CompleteBy, Rows: map[string]int{}, Findings: v.Findings(),
		}
		for _, class := range ztp.RowClasses {
			out.Complete.Rows[string(class)] = v.Counts[class]
		}
	}
	return out
}

func wireRow(r control.RowView) api.ReconciliationRow {
	out := api.ReconciliationRow{
		ID: r.ID, Class: string(r.Class()), Reason: string(r.Reason), Title: r.Reason.Title(), Text: r.Reason.Text(), Kind: string(r.Kind),
		Platform: r.Of.Slug, CompanyID: r.CompanyID, ObjectID: r.ObjectID, Number: r.Number, Name: r.Name, Detail: r.Detail,
		SeenAt: r.SeenAt.UTC(), Offers: []string{},
	}
	for _, verb := range r.Offers {
		out.Offers = append(out.Offers, string(verb))
	}
	if r.RevokeKey {
		out.Offers = append(out.Offers, string(ztp.KindRevokeKey))
	}
	return out
}
