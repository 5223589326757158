package restapi

import (
	"context"
	"net/http"
	"strconv"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// maxBulkBody is the longest body of a change of many phones.
const maxBulkBody = 32 * control.MaxBulk

type bulkIn struct {
	AtPlatform
	Keyed
	Body api.BulkEndpoints
}

func (s *server) bulkEndpoints(ctx context.Context, in *bulkIn) (*answerOut, error) {
	macs, err := bulkMACs(in.Body.MACs)
	if err != nil {
		return nil, err
	}
	op, err := s.control.BulkEndpoints(ctx, actor(ctx), in.P, control.BulkRequest{Submission: in.submission(), Action: in.Body.Action, MACs: macs})
	if err != nil {
		return nil, err
	}
	return s.accepted(ctx, op), nil
}

// bulkMACs names each address that is none by its place in the list.
func bulkMACs(texts []string) ([]ztp.MAC, error) {
	macs, fields := make([]ztp.MAC, len(texts)), map[string]string{}
	for i, text := range texts {
		m, err := ztp.ParseMAC(text)
		if err != nil && len(fields) < 10 {
			fields["macs["+strconv.Itoa(i)+"]"] = "This is not a MAC address."
		}
		macs[i] = m
	}
	return macs, ztp.InvalidFields(fields)
}

// AtOperation is /operations/{id}.
type AtOperation struct {
	ID string `path:"id" doc:"Id of the operation"`
}

func (t *AtOperation) locate(param func(string) string) { t.ID = param("id") }

func (t *AtOperation) exists(ctx context.Context, c *control.Control, a ztp.Actor) error {
	_, err := c.Operation(ctx, a, ztp.OperationID(t.ID))
	return err
}

func (*AtOperation) vendor() ztp.VendorName { return "" }

type cancelOperationIn struct {
	AtOperation
	Body *nothing
}

func (s *server) cancelOperation(ctx context.Context, in *cancelOperationIn) (*answerOut, error) {
	op, err := s.control.CancelOperation(ctx, actor(ctx), ztp.OperationID(in.ID))
	if err != nil {
		return nil, err
	}
	return &answerOut{Status: http.StatusOK, Body: s.names(ctx).operation(op)}, nil
}

type resumeOperationIn struct {
	AtOperation
	Keyed
	Body *nothing
}

func (s *server) resumeOperation(ctx context.Context, in *resumeOperationIn) (*answerOut, error) {
	op, err := s.control.ResumeOperation(ctx, actor(ctx), ztp.OperationID(in.ID), in.submission())
	if err != nil {
		return nil, err
	}
	return s.accepted(ctx, op), nil
}

func (s *server) phoneItems(ctx context.Context, in *struct {
	AtOperation
	Paged
	State string `query:"state" enum:"queued,sent,written,done,failed,cancelled" doc:"Only those in this state"`
}) (*listOut[api.PhoneItem], error) {
	page, err := s.control.PhoneItems(ctx, actor(ctx), ztp.PhoneItemQuery{
		Operation: ztp.OperationID(in.ID), State: ztp.PhoneItemState(in.State), Cursor: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	op, err := s.control.Operation(ctx, actor(ctx), ztp.OperationID(in.ID))
	if err != nil {
		return nil, err
	}
	names := s.names(ctx)
	return wireList(page, func(i ztp.PhoneItem) api.PhoneItem {
		return api.PhoneItem{MAC: i.MAC.String(), Action: string(i.Action), State: string(i.State), Line: i.Line, UpdatedAt: i.UpdatedAt.UTC(), Error: names.problem(i.Error, op.Vendor)}
	}), nil
}

// maxSIPBody is the longest body that tells of many phones whether they are registered.
const maxSIPBody = 160 * control.MaxBulk

func (s *server) putSIPs(ctx context.Context, in *struct {
	AtPlatform
	Body api.PutSIPRegistrations
}) (*struct{ Body api.SIPRegistrations }, error) {
	said := make([]ztp.SIPWord, len(in.Body.Registrations))
	for i, r := range in.Body.Registrations {
		mac, _ := ztp.ParseMAC(r.MAC) // none is refused as such
		said[i] = ztp.SIPWord{MAC: mac, SIPFact: ztp.SIPFact{Registered: r.Registered, At: r.At, Reason: ztp.SIPReason(r.Reason)}}
	}
	answers, err := s.control.SetSIPs(ctx, actor(ctx), in.P, said)
	if err != nil {
		return nil, err
	}
	out := api.SIPRegistrations{Results: make([]api.SIPResult, len(answers))}
	for i, a := range answers {
		r := api.SIPResult{MAC: in.Body.Registrations[i].MAC, SIP: sip(a.Stands)}
		switch {
		case ztp.IsCode(a.Err, ztp.CodeNotFound):
			r.Result, out.NotFound = "not_found", out.NotFound+1
		case a.Err != nil:
			r.Result, r.Error, out.Invalid = "invalid", sipError(a.Err), out.Invalid+1
		case a.Stands.At.After(said[i].At):
			r.Result, out.Later = "later", out.Later+1
		default:
			r.Result, out.Stands = "stands", out.Stands+1
		}
		out.Results[i] = r
	}
	return &struct{ Body api.SIPRegistrations }{out}, nil
}

// sipError names what is wrong with one word, which is one field.
func sipError(err error) string {
	for field, why := range ztp.AsError(err).Fields {
		return field + ": " + why
	}
	return err.Error()
}
