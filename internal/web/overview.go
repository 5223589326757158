package web

import (
	"context"
	"slices"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// pollAge is how old the copy of the list may be for a page that asks whether its
// list is still so.
const pollAge = time.Second

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
		page, err := p.ctl.ListPlatforms(ctx, a, ztp.PlatformQuery{Cursor: cursor, Limit: 1000})
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

// attentionIn reports whether any link of the platform needs somebody.
func attentionIn(v control.PlatformView) bool {
	return slices.ContainsFunc(v.Links, func(l control.LinkView) bool { return l.NeedsSomebody() })
}
