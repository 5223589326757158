package restapi

import (
	"context"
	"io"
	"mime"
	"net/http"
	"slices"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// AtImport is /imports/{id}.
type AtImport struct {
	ID string `path:"id" doc:"Id of the import"`
}

func (t *AtImport) locate(param func(string) string) { t.ID = param("id") }

func (t *AtImport) exists(ctx context.Context, c *control.Control, a ztp.Actor) error {
	_, err := c.Import(ctx, a, t.id())
	return err
}

func (*AtImport) vendor() ztp.VendorName { return "" }

func (t *AtImport) id() ztp.ImportID { return ztp.ImportID(t.ID) }

// csvTypes are what clients call a CSV file.
var csvTypes = []string{"text/csv", "text/plain", "application/csv", "application/vnd.ms-excel", "application/octet-stream"}

// isFile checks that a body says that it is a file.
func isFile(r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(csvTypes, kind) {
		return ztp.Errorf(ztp.CodeUnsupportedMediaType, "Send the file itself, with Content-Type: text/csv.")
	}
	return nil
}

type checkImportIn struct {
	AtPlatform
	File   string `query:"file" maxLength:"255" doc:"Name of the file"`
	Vendor string `query:"vendor" doc:"Name of the vendor; may be left out where the server supports one"`
	// body is set by connect: it is read as it comes, and never kept whole.
	body io.Reader
	size int64
}

func (in *checkImportIn) connect(_ http.ResponseWriter, r *http.Request) {
	in.body, in.size = r.Body, r.ContentLength
}

type importOut struct {
	Status int
	Body   api.Import
}

func (s *server) checkImport(ctx context.Context, in *checkImportIn) (*importOut, error) {
	v, err := s.control.CheckImport(ctx, actor(ctx), in.P, control.ImportRequest{Vendor: ztp.VendorName(in.Vendor), File: in.body, Name: in.File, Size: in.size})
	if err != nil {
		return nil, err
	}
	return &importOut{http.StatusCreated, s.names(ctx).imported(v)}, nil
}

func (s *server) listImports(ctx context.Context, in *struct {
	AtPlatform
	Paged
}) (*listOut[api.Import], error) {
	page, err := s.control.ListImports(ctx, actor(ctx), in.P, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	n := s.names(ctx)
	return wireList(page, func(i ztp.Import) api.Import { return n.imported(control.ImportView{Import: i}) }), nil
}

func (s *server) importByID(ctx context.Context, in *struct{ AtImport }) (*importOut, error) {
	v, err := s.control.Import(ctx, actor(ctx), in.id())
	if err != nil {
		return nil, err
	}
	return &importOut{http.StatusOK, s.names(ctx).imported(v)}, nil
}

func (s *server) importRows(ctx context.Context, in *struct {
	AtImport
	Paged
	Outcome string `query:"outcome" enum:"new,change,unchanged,taken,invalid" doc:"Only rows of this outcome"`
	State   string `query:"state" enum:"queued,sent,written,done,failed,cancelled" doc:"Only rows whose phone is in this state in the import's operation"`
}) (*listOut[api.ImportRow], error) {
	v, err := s.control.Import(ctx, actor(ctx), in.id())
	if err != nil {
		return nil, err
	}
	page, err := s.control.ImportRows(ctx, actor(ctx), ztp.ImportRowQuery{
		Import: in.id(), Outcome: ztp.RowOutcome(in.Outcome), State: ztp.PhoneItemState(in.State), Cursor: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	return wireList(page, func(r ztp.ImportRow) api.ImportRow { return wireImportRow(r, v) }), nil
}

type startImportIn struct {
	AtImport
	Body api.StartImport
}

func (s *server) startImport(ctx context.Context, in *startImportIn) (*answerOut, error) {
	v, err := s.control.StartImport(ctx, actor(ctx), in.id(), ztp.ImportMode(in.Body.Mode))
	if err != nil {
		return nil, err
	}
	return s.accepted(ctx, *v.Run), nil
}

func (s *server) removeImport(ctx context.Context, in *struct{ AtImport }) (*struct{}, error) {
	return nil, s.control.RemoveImport(ctx, actor(ctx), in.id())
}

func (s *server) importResults(ctx context.Context, in *struct {
	AtImport
	Failed bool `query:"failed" doc:"Only rows that failed or could not be taken"`
}) (*fileOut, error) {
	if err := in.exists(ctx, s.control, actor(ctx)); err != nil {
		return nil, err
	}
	return s.csv("import-results.csv", func(w io.Writer) error {
		return s.control.WriteImportResults(ctx, actor(ctx), in.id(), in.Failed, w)
	}), nil
}

func (s *server) exportPhones(ctx context.Context, in *struct {
	AtPlatform
	Vendor string `query:"vendor" doc:"Name of the vendor; may be left out where the server supports one"`
	BOM    bool   `query:"bom" doc:"Begin with a byte order mark, by which Excel knows UTF-8"`
}) (*fileOut, error) {
	p, err := s.control.Platform(ctx, actor(ctx), in.P)
	if err != nil {
		return nil, err
	}
	if in.Vendor != "" {
		if _, err := s.control.Vendor(ztp.VendorName(in.Vendor)); err != nil {
			return nil, ztp.Invalid("vendor", "This build has no such vendor.")
		}
	}
	return s.csv(p.Slug+"-phones.csv", func(w io.Writer) error {
		return s.control.ExportPhones(ctx, actor(ctx), in.P, control.ExportQuery{Vendor: ztp.VendorName(in.Vendor), Mark: in.BOM}, w)
	}), nil
}

// fileOut is an answer that is a file.
type fileOut struct{ http.HandlerFunc }

// csv streams a file. One that breaks off must not look whole, so the connection does too.
func (s *server) csv(name string, write func(io.Writer) error) *fileOut {
	return &fileOut{func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		if err := write(w); err != nil {
			s.log.Warn("file broken off", "file", name, "request_id", requestID(r.Context()), "err", err)
			panic(http.ErrAbortHandler)
		}
	}}
}

func (n *names) imported(v control.ImportView) api.Import {
	out := api.Import{
		ID: string(v.ID), Platform: n.platform(v.Platform), Vendor: string(v.Vendor), State: string(v.State), File: v.File,
		Encoding: v.Encoding, Separator: v.Separator, Ignored: append([]string{}, v.Ignored...), Rows: v.Tally.Total(), Outcomes: map[string]int{},
		Mode: string(v.Mode), AskedBy: v.Actor.String(), CreatedAt: v.CreatedAt.UTC(), ExpiresAt: v.ExpiresAt.UTC(),
	}
	for _, o := range ztp.RowOutcomes {
		out.Outcomes[string(o)] = v.Tally[o]
	}
	if v.Run != nil {
		op := n.operation(*v.Run)
		out.Operation, out.Phones = &op, map[string]int{}
		for _, s := range ztp.PhoneItemStates {
			out.Phones[string(s)] = v.Phones[s]
		}
	}
	return out
}

func wireImportRow(r ztp.ImportRow, v control.ImportView) api.ImportRow {
	out := api.ImportRow{
		Line: r.Line, MAC: control.MACOf(r), Account: r.AccountRef, Group: r.ProductGroup, Model: r.Model, Name: r.Name, Serial: r.Serial,
		HasPIN: r.HasPIN, Outcome: string(r.Outcome), Changes: r.Changes, State: string(r.State), Error: problem(r.Error, v.Info.Title),
		Note: v.NotSaved(r),
	}
	if out.Note != "" {
		out.State = string(ztp.PhoneItemCancelled)
	}
	if !r.MAC.IsZero() {
		out.Hint = v.Info.OUIHint(r.MAC)
	}
	for _, f := range r.Faults {
		out.Faults = append(out.Faults, api.ImportFault{Field: f.Field, Text: f.Text, Remedy: f.Remedy})
	}
	return out
}
