package sqlstore

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// verifyPage is how many events VerifyEvents holds at a time.
const verifyPage = 1000

func eventOf(r db.Event) (ztp.Event, error) {
	return ztp.Event{
		Seq: r.Seq, At: instant(r.At), Hash: r.Hash, Actor: r.Actor, Address: r.Address, Action: r.Action,
		Platform: ztp.PlatformID(r.PlatformID), Vendor: ztp.VendorName(r.Vendor), Target: r.Target,
		Operation: ztp.OperationID(r.OperationID), Outcome: r.Outcome, Code: ztp.Code(r.Code), Detail: r.Detail, RequestID: r.RequestID,
	}, nil
}

// AppendEvent adds a row to the chain; Seq and Hash of e are ignored. The head row
// stays locked until the transaction ends, so append late in it.
func (s *Store) AppendEvent(ctx context.Context, e ztp.Event) error {
	if s.onlyPhones {
		return s.tell(ctx, e)
	}
	return s.inTx(ctx, func(t *Store) error {
		q := t.queries()
		t.audited = true
		head, err := q.NextEvent(ctx)
		if err != nil {
			return s.fail(err, "audit log")
		}
		e.Seq, e.At = head.Seq, rounded(e.At)
		e.Hash = s.chain(head.Hash, e)
		if err := q.InsertEvent(ctx, db.InsertEventParams{
			Seq: e.Seq, At: ms(e.At), Hash: e.Hash, Actor: e.Actor, Address: e.Address, Action: e.Action,
			PlatformID: string(e.Platform), Vendor: string(e.Vendor), Target: e.Target, OperationID: string(e.Operation),
			Outcome: e.Outcome, Code: string(e.Code), Detail: e.Detail, RequestID: e.RequestID,
			Fold: fold(e.Actor, e.Action, e.Target, string(e.Code), e.Detail, e.RequestID),
		}); err != nil {
			return s.fail(err, "audit log")
		}
		return s.fail(q.SetEventHead(ctx, e.Hash), "audit log")
	})
}

// chain is the hash of e after the row with the hash before. Its key is sealed,
// so whoever can only write to the database cannot make a chain that verifies.
func (s *shared) chain(before string, e ztp.Event) string {
	mac := hmac.New(sha256.New, s.auditKey)
	var length [4]byte
	for _, field := range []string{
		before, strconv.FormatInt(e.Seq, 10), strconv.FormatInt(ms(e.At), 10), e.Actor, e.Address, e.Action, string(e.Platform),
		string(e.Vendor), e.Target, string(e.Operation), e.Outcome, string(e.Code), e.Detail, e.RequestID,
	} {
		binary.BigEndian.PutUint32(length[:], uint32(len(field))) // lengths keep fields from running into each other
		mac.Write(length[:])
		mac.Write([]byte(field))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// ListEvents returns events, newest first.
func (s *Store) ListEvents(ctx context.Context, q ztp.EventQuery) (ztp.Page[ztp.Event], error) {
	none := ztp.Page[ztp.Event]{}
	before := int64(math.MaxInt64)
	if q.Cursor != "" {
		var err error
		if before, err = strconv.ParseInt(q.Cursor, 10, 64); err != nil || before < 1 {
			return none, badCursor()
		}
	}
	max := limit(q.Limit)
	var rows []db.Event
	var from int64
	var err error
	switch filter := (ztp.EventQuery{Vendor: q.Vendor, Actor: q.Actor, Action: q.Action, Outcome: q.Outcome, Text: q.Text}); {
	case q.Target != "":
		rows, err = s.queries().EventsOfTarget(ctx, db.EventsOfTargetParams{Target: q.Target, BeforeSeq: before, MaxRows: int64(max) + 1})
	case q.Platform != "":
		rows, err = s.queries().ListPlatformEvents(ctx, db.ListPlatformEventsParams{
			PlatformID: string(q.Platform), BeforeSeq: before, Vendor: string(q.Vendor), Actor: q.Actor, Action: q.Action,
			Outcome: q.Outcome, Needle: fold(q.Text), MaxRows: int64(max) + 1,
		})
	case filter == ztp.EventQuery{}:
		rows, err = s.queries().ListEvents(ctx, db.ListEventsParams{BeforeSeq: before, MaxRows: int64(max) + 1})
	default:
		rows, from, err = s.filterEvents(ctx, q, before, int64(max)+1)
	}
	if err != nil {
		return none, s.fail(err, "audit log")
	}
	items, err := mapRows(rows, eventOf)
	if err != nil {
		return none, err
	}
	p := page(items, max, func(e ztp.Event) string { return strconv.FormatInt(e.Seq, 10) })
	if p.Next == "" && from > 0 {
		p.Next = strconv.FormatInt(from, 10)
	}
	return p, nil
}

// filterEvents returns the events that match among the next ones, and where it has stopped
// looking; 0 is the beginning of the log. It looks at twenty times as many as a page of
// phones does: they lie side by side.
func (s *Store) filterEvents(ctx context.Context, q ztp.EventQuery, before, n int64) (rows []db.Event, from int64, err error) {
	head, err := s.queries().GetEventHead(ctx)
	if err != nil {
		return nil, 0, err
	}
	before = min(before, head.Seq+1)
	if from = before - 20*int64(s.scanned); from <= 1 {
		from = 0
	}
	rows, err = s.queries().ListEvents(ctx, db.ListEventsParams{
		BeforeSeq: before, FromSeq: from, Vendor: string(q.Vendor), Actor: q.Actor, Action: q.Action, Outcome: q.Outcome, Needle: fold(q.Text), MaxRows: n,
	})
	return rows, from, err
}

// VerifyEvents recomputes the chain as it stands at the call; rows appended
// meanwhile are left for the next time.
func (s *Store) VerifyEvents(ctx context.Context) (int64, error) {
	head, err := s.queries().GetEventHead(ctx)
	if err != nil {
		return 0, s.fail(err, "audit log")
	}
	var seq int64
	var hash string
	for seq < head.Seq {
		rows, err := s.queries().EventsFrom(ctx, db.EventsFromParams{AfterSeq: seq, MaxRows: min(verifyPage, head.Seq-seq)})
		if err != nil {
			return 0, s.fail(err, "audit log")
		}
		if len(rows) == 0 {
			return 0, fmt.Errorf("audit log: event %d is missing", seq+1)
		}
		for _, r := range rows {
			e, _ := eventOf(r)
			if e.Seq != seq+1 {
				return 0, fmt.Errorf("audit log: event %d is missing", seq+1)
			}
			if want := s.chain(hash, e); !hmac.Equal([]byte(want), []byte(e.Hash)) {
				return 0, fmt.Errorf("audit log: event %d was changed", e.Seq)
			}
			seq, hash = e.Seq, e.Hash
		}
	}
	if hash != head.Hash {
		return 0, fmt.Errorf("audit log: the end of the chain, event %d, was changed", head.Seq)
	}
	return seq, s.nothingAfter(ctx, seq)
}

// nothingAfter refuses a row behind the end of the chain. One that was appended since the
// end was read has moved that in its own commit.
func (s *Store) nothingAfter(ctx context.Context, end int64) error {
	rows, err := s.queries().EventsFrom(ctx, db.EventsFromParams{AfterSeq: end, MaxRows: 1})
	if err != nil || len(rows) == 0 {
		return s.fail(err, "audit log")
	}
	head, err := s.queries().GetEventHead(ctx)
	if err == nil && head.Seq < rows[0].Seq {
		err = fmt.Errorf("audit log: event %d was put in", rows[0].Seq)
	}
	return err
}
