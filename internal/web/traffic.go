package web

import (
	"net/http"
	"time"

	"zerotouch.example/internal/ztp"
)

// trafficPage shows how many fetches of a platform's phones there were, by the hour: a
// chart of a day, and a table of it.
type trafficPage struct {
	basePage
	Platform    ztp.Platform
	Crumbs      []crumb
	Sentence    string
	From, Until string
	Most        int
	Hours       []trafficHour
	// Week sums the seven days.
	Week trafficHour
}

// trafficHour is a bar of the chart and a line of the table. Bars are drawn from their
// bottom up, on a field that is a hundred high.
type trafficHour struct {
	At                              time.Time
	Served, Waited, Trouble         int
	X                               int
	ServedY, WaitedY, TroubleY      int
	ServedHigh, WaitedHigh, TroHigh int
}

const (
	chartHours = 24
	barWide    = 10
	chartHigh  = 100
)

func (h *trafficHour) add(c ztp.TrafficCount) {
	switch c.Result {
	case ztp.FetchHolding, ztp.FetchChallenge:
		h.Waited += c.N
	case ztp.FetchTrouble:
		h.Trouble += c.N
	default:
		h.Served += c.N
	}
}

// All is how many there were.
func (h trafficHour) All() int { return h.Served + h.Waited + h.Trouble }

// draw gives the parts of a bar their places; the fullest hour is as high as the chart.
func (h *trafficHour) draw(most int) {
	if most == 0 {
		return
	}
	high := func(n int) int {
		if n == 0 {
			return 0
		}
		return max(1, n*chartHigh/most)
	}
	h.ServedHigh, h.WaitedHigh, h.TroHigh = high(h.Served), high(h.Waited), high(h.Trouble)
	h.ServedY = chartHigh - h.ServedHigh
	h.WaitedY = h.ServedY - h.WaitedHigh
	h.TroubleY = h.WaitedY - h.TroHigh
}

// traffic shows the page.
func (p *portal) traffic(w http.ResponseWriter, r *http.Request) error {
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	since, counts, err := p.ctl.Traffic(r.Context(), p.actor(r), pl.Slug)
	if err != nil {
		return err
	}
	first := since.Add(ztp.TrafficFor - chartHours*time.Hour)
	page := trafficPage{
		basePage: p.base(r, "platforms", "Fetches: "+pl.Name), Platform: pl, Crumbs: append(platformCrumbs(pl), crumb{Title: "Fetches"}),
		From: first.Format(minuteLayout), Until: first.Add(chartHours * time.Hour).Format(minuteLayout), Hours: make([]trafficHour, chartHours),
	}
	for i := range page.Hours {
		page.Hours[i].At, page.Hours[i].X = first.Add(time.Duration(i)*time.Hour), i*barWide
	}
	var day trafficHour
	for _, c := range counts {
		page.Week.add(c)
		if i := int(c.Hour.Sub(first) / time.Hour); !c.Hour.Before(first) && i < chartHours {
			page.Hours[i].add(c)
			day.add(c)
			page.Most = max(page.Most, page.Hours[i].All())
		}
	}
	for i := range page.Hours {
		page.Hours[i].draw(page.Most)
	}
	page.Sentence = "In the last 24 hours " + plural(day.All(), "fetch", "fetches") + ": " + thousands(day.Served) + " served, " + thousands(day.Waited) +
		" with holding settings or asked for a password, " + thousands(day.Trouble) + " told to come later."
	return p.render(w, r, http.StatusOK, "traffic", page)
}
