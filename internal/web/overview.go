package web

import (
	"context"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// How old the copy of the list may be: for the count in the navigation, and for
// a page that asks whether its list is still so.
const (
	navAge  = 5 * time.Second
	pollAge = time.Second
)

// snapshot is a copy of the list of platforms, so that many open pages cost one
// look at the database and not one each. Everybody who may see may see all of it.
type snapshot struct {
	at    time.Time
	views []control.PlatformView
}

// allPlatforms returns every platform with its rows, by name, from a copy that
// is at most maxAge old; zero asks the database.
func (p *portal) allPlatforms(ctx context.Context, a ztp.Actor, maxAge time.Duration) ([]control.PlatformView, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	if maxAge > 0 && !p.overview.at.IsZero() && now.Sub(p.overview.at) < maxAge {
		return p.overview.views, nil
	}
	views := []control.PlatformView{}
	for cursor := ""; ; {
		page, err := p.ctl.ListPlatforms(ctx, a, ztp.PlatformQuery{Cursor: cursor, Limit: 200})
		if err != nil {
			return nil, err
		}
		views = append(views, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	p.overview = snapshot{at: now, views: views}
	return views, nil
}

// forgetPlatforms makes the next look a fresh one, after something was changed here.
func (p *portal) forgetPlatforms() {
	p.mu.Lock()
	p.overview = snapshot{}
	p.mu.Unlock()
}

// needsSomebody reports whether a link waits for a person, by the same rule as Health.
func needsSomebody(l control.LinkView) bool {
	return l.State == ztp.LinkNeedsAttention || l.State == ztp.LinkUnknown ||
		l.Error != nil && l.Error.Code == ztp.CodeForeignKeyFound
}

func attentionIn(views []control.PlatformView) int {
	n := 0
	for _, v := range views {
		for _, l := range v.Links {
			if needsSomebody(l) {
				n++
			}
		}
	}
	return n
}
