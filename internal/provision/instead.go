package provision

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"zerotouch.example/internal/ztp"
)

// instead is what a phone gets that has nothing yet, where there is trouble on this side: an
// error would send it away until its next start, so it is told to come again in some
// minutes, and nothing is kept of it. Who has settings goes on with those, and everybody
// else gets what the trouble makes of it.
func (s *server) instead(r *http.Request, c *caller, trouble error) (ztp.Verdict, file, error) {
	var refused errNotHere
	if errors.As(trouble, &refused) || r.Context().Err() != nil {
		return ztp.Verdict{}, file{}, trouble
	}
	e, ok := s.newcomer(c)
	if !ok {
		return ztp.Verdict{}, file{}, trouble
	}
	c.endpoint, c.trouble = e, trouble
	wanted := ztp.SettingsFor(e)
	wanted.Holding, wanted.Poll = ztp.WaitingSettings.Word(), ztp.HoldingPoll(c.at.mac)
	f, err := s.render(c, wanted)
	if err != nil {
		return ztp.Verdict{}, file{}, trouble
	}
	return ztp.Verdict{Answer: ztp.AnswerHolding, Waiting: ztp.WaitingSettings, Assurance: ztp.AssuranceNone}, f, nil
}

// newcomer is the phone, if it is certain that it comes by its own right token and by the
// URL of one that has nothing yet, and that it was never served: from what was found of it,
// or else from what memory has of who there is.
func (s *server) newcomer(c *caller) (ztp.Endpoint, bool) {
	switch {
	case c.at.settled || c.at.device.IsZero():
		return ztp.Endpoint{}, false
	case c.right:
		nothing := c.endpoint.FetchedAt.IsZero() && c.contact.ProvenAt.IsZero() && c.contact.PasswordHash == "" && c.platform.HomeSince.IsZero()
		return c.endpoint, nothing
	}
	x := s.feed.index.Load()
	if x == nil || s.feed.silentFor() >= staleFor {
		return ztp.Endpoint{}, false
	}
	seen := x.look(c.at)
	if !seen.first || seen.kind.Vendor == "" {
		return ztp.Endpoint{}, false
	}
	c.seenOn = seen.holder.Platform
	return ztp.Endpoint{Platform: seen.holder.Platform, Account: seen.holder.Account, MAC: c.at.mac,
		Vendor: seen.kind.Vendor, Model: seen.kind.Model, ProductGroup: seen.kind.ProductGroup}, true
}

// heldOver sends a phone what it gets instead, which is trouble all the same.
func (s *server) heldOver(ctx context.Context, w http.ResponseWriter, r *http.Request, c *caller, f file) ztp.Fetch {
	f.send(w, r)
	s.tell(ctx, slog.LevelError, "phone waits, which has nothing yet", c.of(slog.Any("err", c.trouble)))
	return ztp.Fetch{Result: ztp.FetchTrouble}
}
