package web

import (
	"fmt"
	"hash/fnv"
	"html"
	"html/template"
	"strconv"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// moment is a time as pages show it: absolute and relative, both as text.
type moment struct {
	ISO, Abs, Rel string
}

const (
	minuteLayout = "2 Jan 2006, 15:04"
	secondLayout = "2 Jan 2006, 15:04:05"
)

// momentOf is to the minute, with how long ago it was.
func momentOf(t, now time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	return moment{ISO: t.UTC().Format(time.RFC3339), Abs: t.UTC().Format(minuteLayout), Rel: ago(t, now)}
}

// exactMoment is to the second and has no relative part, for what is quoted.
func exactMoment(t, _ time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	return moment{ISO: t.UTC().Format(time.RFC3339), Abs: t.UTC().Format(secondLayout)}
}

// clock is the time of day to the second, for what happened just now.
func clock(t time.Time) string { return t.UTC().Format(time.TimeOnly) }

// ago says how far t is from now, in words of the browser's Intl, so that the
// minute's refresh changes nothing but the number.
func ago(t, now time.Time) string {
	d := now.Sub(t)
	future := d < 0
	if future {
		d = -d
	}
	say := func(n int, unit string) string {
		if n != 1 {
			unit += "s"
		}
		if future {
			return fmt.Sprintf("in %d %s", n, unit)
		}
		return fmt.Sprintf("%d %s ago", n, unit)
	}
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return say(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return say(int(d/time.Hour), "hour")
	}
	return say(int(d/day), "day")
}

// copyable is an identifier with a copy button; What names it for the button.
type copyable struct{ Value, What string }

// wrapID lets long identifiers break behind slashes, underscores and colons.
func wrapID(s string) template.HTML {
	var b strings.Builder
	for i, r := range s {
		b.WriteString(html.EscapeString(string(r)))
		if (r == '/' || r == '_') && i < len(s)-1 {
			b.WriteString("<wbr>")
		}
	}
	return template.HTML(b.String()) //nolint:gosec // every rune is escaped
}

// rich turns plain text into HTML: what stands between backticks becomes code.
// Everything is escaped first, so text from anywhere may go through it.
func rich(s string) template.HTML {
	parts := strings.Split(s, "`")
	var b strings.Builder
	for i, part := range parts {
		if i%2 == 1 && i < len(parts)-1 {
			b.WriteString("<code>" + string(wrapID(part)) + "</code>")
			continue
		}
		if i%2 == 1 { // a lone backtick is just one
			b.WriteString("`")
		}
		b.WriteString(html.EscapeString(part))
	}
	return template.HTML(b.String()) //nolint:gosec // every part is escaped
}

// quoted sets a foreign name in quotes; a backtick in it would start code.
func quoted(s string) string { return `"` + strings.ReplaceAll(s, "`", "'") + `"` }

// code sets a foreign value as code.
func code(s string) string { return "`" + strings.ReplaceAll(s, "`", "'") + "`" }

// thousands writes 1204 as 1,204.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural joins a number with its noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

const day = 24 * time.Hour

// ageText says an age of keys: in days, or as it is written where these are not whole.
func ageText(d time.Duration) string {
	if d%day != 0 {
		return ztp.AgeText(d)
	}
	return plural(int(d/day), "day", "days")
}

// pairClass is the two-wire colour code of a platform, made from its slug: the
// same on every page and every installation. Decoration; the name stands beside it.
func pairClass(slug string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(slug))
	n := int(h.Sum32() % 25)
	return fmt.Sprintf("wire-a%d wire-b%d", n/5+1, n%5+1)
}

// icons are drawn on a 16 by 16 grid; every status has an outline of its own.
var icons = map[string]string{
	"ok":     `<circle cx="8" cy="8" r="7" fill="currentColor"/><path class="cut" d="m4.7 8.2 2.3 2.4 4.3-4.8"/>`,
	"off":    `<circle class="line" cx="8" cy="8" r="6"/>`,
	"warn":   `<path d="M8 1.3 15.3 14.4H.7z" fill="currentColor"/><path class="cut" d="M8 5.9v4M8 11.3v1.6"/>`,
	"err":    `<path d="M5 .9h6L15.1 5v6L11 15.1H5L.9 11V5z" fill="currentColor"/><path class="cut" d="m5.5 5.5 5 5m0-5-5 5"/>`,
	"unk":    `<circle class="line" cx="8" cy="8" r="6.1" stroke-dasharray="2.6 2.2"/><path class="line" d="M6.3 6.3a1.8 1.8 0 1 1 2.5 1.8c-.6.3-.8.6-.8 1.2M8 10.7V12"/>`,
	"busy":   `<circle class="line" cx="8" cy="8" r="6" opacity=".25"/><path class="line" d="M8 2a6 6 0 0 1 6 6"/>`,
	"info":   `<circle cx="8" cy="8" r="7" fill="currentColor"/><path class="cut" d="M8 7.1v4.5M8 4.2v1.7"/>`,
	"copy":   `<rect class="line" x="5.5" y="5.5" width="8" height="8.5" rx="1.2"/><path class="line" d="M10.5 3.2v-.7a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1V10a1 1 0 0 0 1 1h.8"/>`,
	"will":   `<path class="line" d="M2.5 8h10M8.8 4.1 12.6 8l-3.8 3.9"/>`,
	"wont":   `<path class="line" d="M8 1.4 13.5 3.5v4.1c0 3.4-2.2 5.9-5.5 7-3.3-1.1-5.5-3.6-5.5-7V3.5z"/><path class="line" d="m5.5 8 1.8 1.9 3.3-3.7"/>`,
	"down":   `<path class="line" d="m4 6.4 4 4 4-4"/>`,
	"person": `<circle class="line" cx="8" cy="5.2" r="2.9"/><path class="line" d="M2.3 14.2c.6-2.9 2.8-4.4 5.7-4.4s5.1 1.5 5.7 4.4"/>`,
}

// icon draws one; it says nothing to a screen reader, the words beside it do.
func icon(name string) template.HTML {
	body, ok := icons[name]
	if !ok {
		panic("web: no icon " + name)
	}
	class := "ic"
	if name == "busy" {
		class += " turn"
	}
	return template.HTML(`<svg class="` + class + `" viewBox="0 0 16 16" aria-hidden="true" focusable="false">` + body + `</svg>`) //nolint:gosec // constants
}
