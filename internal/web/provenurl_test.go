package web_test

import (
	"net/url"
	"strings"
	"testing"
)

// The form of a platform's URL and the question of Update address say how many phones are
// concerned, and when they are told.
func TestEditedURLIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F11")
	w.phone(p, "000413A27F12")
	w.work()
	b := w.as("ops@example.net")
	const form = "/platforms/brightwater/edit"
	edit := b.page(form)
	if got := text(edit.doc); !strings.Contains(got, "2 phones will be told the new URL at the next fetch after Update address") || strings.Contains(got, "an earlier one now") {
		t.Error(got)
	}
	b.follow(b.post(form, url.Values{"name": {"Brightwater"}, "version": {attr(one(t, edit.doc, "input[name=version]"), "value")},
		"url_template": {"https://brand.example/p/{account_token}/{mac}"}}))
	if got := text(b.page(form).doc); !strings.Contains(got, "Of these 2 are told an earlier one now") {
		t.Error(got)
	}
	if got := text(b.page("/platforms/brightwater/ztp/snom/update-address").doc); !strings.Contains(got, "Tell 2 phones the new URL at the next fetch") {
		t.Error(got)
	}
}
