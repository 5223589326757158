package web

import (
	"cmp"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// listQuery is what the address of the list asks for.
type listQuery struct {
	Text, Vendor, State, Sort string
	Page                      int
}

func listQueryOf(q url.Values) listQuery {
	l := listQuery{
		Text: clip(strings.TrimSpace(q.Get("q")), 120), Vendor: q.Get("vendor"),
		State: q.Get("status"), Sort: q.Get("sort"),
	}
	l.Page, _ = strconv.Atoi(q.Get("page"))
	l.Page = max(l.Page, 1)
	if !slices.Contains([]string{"name", "-name", "phones", "-phones"}, l.Sort) {
		l.Sort = ""
	}
	return l
}

// clip cuts what came from an address to what a field takes.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// href is the address of the list with another sorting or page.
func (l listQuery) href(sort string, page int) string {
	v := url.Values{}
	for name, value := range map[string]string{"q": l.Text, "vendor": l.Vendor, "status": l.State, "sort": sort} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return "/platforms"
	}
	return "/platforms?" + v.Encode()
}

// matches looks at names, slugs, external ids and company ids, without case.
func (l listQuery) matches(v control.PlatformView) bool {
	text := strings.ToLower(l.Text)
	found := text == "" || strings.Contains(strings.ToLower(v.Name), text) ||
		strings.Contains(v.Slug, text) || strings.Contains(strings.ToLower(v.ExternalID), text)
	state := l.State == ""
	for _, link := range v.Links {
		found = found || link.CompanyID != "" && strings.Contains(strings.ToLower(link.CompanyID), text)
		if l.Vendor != "" && string(link.Info.Name) != l.Vendor {
			continue
		}
		state = state || stateGroup(link) == l.State
	}
	return found && state
}

// stateGroup is how the filter calls a link's state.
func stateGroup(l control.LinkView) string {
	switch {
	case l.NeedsSomebody():
		return "attention"
	case l.State.InFlight():
		return "in-flight"
	case l.State == ztp.LinkConfigured:
		return "configured"
	}
	return "not-configured"
}

var groupNames = []option{
	{Value: "", Label: "Any status"}, {Value: "attention", Label: "Needs attention"}, {Value: "in-flight", Label: "In flight"},
	{Value: "configured", Label: "Configured"}, {Value: "not-configured", Label: "Not configured"},
}

// sort puts what needs somebody first unless another order was asked for.
func (l listQuery) sort(rows []control.PlatformView) {
	byName := func(a, b control.PlatformView) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	}
	sort.SliceStable(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		switch l.Sort {
		case "name":
			return byName(a, b) < 0
		case "-name":
			return byName(b, a) < 0
		case "phones":
			return cmp.Or(cmp.Compare(a.Endpoints.Held(), b.Endpoints.Held()), byName(a, b)) < 0
		case "-phones":
			return cmp.Or(cmp.Compare(b.Endpoints.Held(), a.Endpoints.Held()), byName(a, b)) < 0
		}
		return cmp.Or(cmp.Compare(attentionRank(a), attentionRank(b)), byName(a, b)) < 0
	})
}

func attentionRank(v control.PlatformView) int {
	if attentionIn(v) {
		return 0
	}
	return 1
}

func (l listQuery) columns() []column {
	head := func(title, key, first string) column {
		c := column{Title: title, Href: l.href(first, 1)}
		switch l.Sort {
		case key:
			c.Sort, c.Href = "ascending", l.href("-"+key, 1)
		case "-" + key:
			c.Sort, c.Href = "descending", l.href(key, 1)
		}
		return c
	}
	zero := column{Title: "Zero Touch", Href: l.href("", 1)}
	if l.Sort == "" {
		zero.Sort = "descending"
	}
	phones := head("Phones", "phones", "-phones")
	phones.Num = true
	return []column{head("Platform", "name", "name"), zero, phones}
}

func (l listQuery) describe() string {
	if l.Text != "" {
		return quoted(l.Text)
	}
	return "these filters"
}
