package web_test

import (
	"fmt"
	"html"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

var capitals = regexp.MustCompile(`\B[A-Z]`)

// TestCardPage writes every state of the card into one page, for a browser to look
// at: to the file that ZEROTOUCH_CARD_PAGE names, as the browser tests do, else
// only to see that the page is whole.
func TestCardPage(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
		`<title>Card · test · zerotouch</title><meta name="color-scheme" content="light dark"><link rel="stylesheet" href="static/app.css">` +
		`</head><body><header><p class="env"><b>` + installation + `</b></p></header><main id="main"><h1>Every state of the card</h1><div class="stack">`)
	states := cardStates()
	for i, name := range slices.Sorted(maps.Keys(states)) {
		in := states[name].in
		in.View.Info.Name = ztp.VendorName(fmt.Sprintf("snom-%d", i)) // one id each
		if in.Actor.Name == "" {
			in.Actor = admin
		}
		in.Now, in.Platform = now, ztp.Platform{ID: "p", Slug: "brightwater", Name: "Brightwater Voice", Primary: "a"}
		row, err := web.DrawRow(in)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, `<section class="card" aria-labelledby="s%d"><div class="card-h"><h2 id="s%d">%s</h2></div><ul class="rows">%s</ul></section>`,
			i, i, html.EscapeString(capitals.ReplaceAllString(name, " $0")), row)
	}
	b.WriteString(`</div></main></body></html>`)
	wholePage(t, "the card", parse(t, b.String()))
	if file := os.Getenv("ZEROTOUCH_CARD_PAGE"); file != "" {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
