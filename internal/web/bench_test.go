package web_test

import (
	"net/http"
	"slices"
	"testing"
	"time"
)

// BenchmarkPlatformPage is the page of a platform with 5,000 phones, whole and as
// its open page asks for it; ui.md gives the whole page 50 ms of server time.
func BenchmarkPlatformPage(b *testing.B) {
	w := newWorld(b)
	p := w.onboarded("Brightwater")
	w.phones(p, 5000)
	browser := w.as("ops@example.net")
	page := browser.page("/platforms/brightwater")
	for name, get := range map[string]func() answer{
		"Whole": func() answer { return browser.get("/platforms/brightwater") },
		"RowPoll": func() answer {
			return browser.htmx("ztp-snom").get(attr(one(b, page.doc, "#ztp-snom .poll"), "hx-get"))
		},
		"PhonesPoll": func() answer {
			return browser.htmx("phone-list").get(attr(one(b, page.doc, "#phone-list .poll"), "hx-get"))
		},
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if got := get(); got.status >= http.StatusBadRequest {
					b.Fatal(got.status)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}
