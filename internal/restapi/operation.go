package restapi

import (
	"context"
	"net/http"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

const (
	// maxWait bounds how long a request waits for an operation.
	maxWait = 60 * time.Second
	// writeTime is what is left to write the answer after a wait.
	writeTime = 10 * time.Second
)

func (s *server) listOperations(ctx context.Context, in *struct {
	Paged
	Platform string `query:"platform" doc:"Slug or id of the platform"`
	Vendor   string `query:"vendor" doc:"Name of the vendor"`
	MAC      string `query:"mac" doc:"MAC address of a phone"`
	Open     bool   `query:"open" doc:"Only those that have not ended"`
}) (*listOut[api.Operation], error) {
	q := ztp.OperationQuery{Vendor: ztp.VendorName(in.Vendor), Open: in.Open, Cursor: in.Cursor, Limit: in.Limit}
	if in.Platform != "" {
		p, err := s.control.Platform(ctx, actor(ctx), in.Platform)
		if err != nil {
			return nil, err
		}
		q.Platform = p.ID
	}
	if in.MAC != "" {
		m, err := ztp.ParseMAC(in.MAC)
		if err != nil {
			return nil, err
		}
		q.MAC = m
	}
	page, err := s.control.ListOperations(ctx, actor(ctx), q)
	if err != nil {
		return nil, err
	}
	return wireList(page, s.names(ctx).operation), nil
}

// Waits is the parameter of a request that may wait.
type Waits struct {
	Wait string `query:"wait" maxLength:"16" doc:"Answer when it has ended, at the latest after this long, such as 30s; at most 60s"`
	// connection is set by connect, so that a wait may outlast the usual write time-out.
	connection *http.ResponseController
}

func (in *Waits) connect(w http.ResponseWriter, _ *http.Request) {
	in.connection = http.NewResponseController(w)
}

// wait is how long to wait; the connection is told.
func (in *Waits) wait() (time.Duration, error) {
	d, err := parseWait(in.Wait)
	if err == nil && d > 0 {
		// A writer without deadlines says so, and then needs none.
		_ = in.connection.SetWriteDeadline(time.Now().Add(d + writeTime))
	}
	return d, err
}

type operationIn struct {
	ID string `path:"id" doc:"Id of the operation"`
	Waits
}

type operationOut struct{ Body api.Operation }

func (s *server) operation(ctx context.Context, in *operationIn) (*operationOut, error) {
	wait, err := in.wait()
	if err != nil {
		return nil, err
	}
	id := ztp.OperationID(in.ID)
	var op ztp.Operation
	if wait == 0 {
		op, err = s.control.Operation(ctx, actor(ctx), id)
	} else {
		op, err = s.control.WaitOperation(ctx, actor(ctx), id, wait)
	}
	if err != nil {
		return nil, err
	}
	return &operationOut{Body: s.names(ctx).operation(op)}, nil
}

func parseWait(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxWait {
		return 0, ztp.Invalid("wait", "This is a time such as 30s, at most 60s.")
	}
	return d, nil
}
