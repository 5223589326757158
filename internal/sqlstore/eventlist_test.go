package sqlstore_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

// A filter of the audit log looks at a part of it at a time, and misses nothing.
func TestListEvents_InParts(t *testing.T) {
	t.Parallel()
	for engine, s := range both(t) {
		s.Scan(1)
		for i := range 70 {
			action := "phone.moved"
			if i%33 == 0 {
				action = "platform.created"
			}
			if err := s.AppendEvent(ctx, ztp.Event{At: noon, Action: action, Outcome: ztp.OutcomeOK}); err != nil {
				t.Fatal(err)
			}
		}
		var found []int64
		q, pages := ztp.EventQuery{Action: "platform.created", Limit: 2}, 0
		for more := true; more; more = q.Cursor != "" {
			page, err := s.ListEvents(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Items {
				found = append(found, e.Seq)
			}
			q.Cursor, pages = page.Next, pages+1
		}
		if diff := cmp.Diff([]int64{67, 34, 1}, found); diff != "" || pages != 4 {
			t.Errorf("%s, %d pages: %s", engine, pages, diff)
		}
	}
}
