package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// pageSize is how many rows a page of a list has.
const pageSize = 25

// platformsPage is the list of platforms.
type platformsPage struct {
	basePage
	Summary string
	List    platformList
	// Any is false while there is no platform at all.
	Any     bool
	Filters []field
}

// platformList is the part that filters, sorting and polling replace.
type platformList struct {
	Query     listQuery
	Columns   []column
	Rows      []platformRow
	Caption   string
	Range     string
	Prev      string
	Next      string
	Poll      string
	CanChange bool
	// NoMatch is what was searched for in vain.
	NoMatch string
	Found   foundPhones
}

// foundPhones are phones of any platform that a search finds.
type foundPhones struct {
	Rows []heldPhone
	// More: there are others, which a longer text would leave.
	More bool
}

type heldPhone struct {
	phoneRow
	Platform, Slug string
}

// findPhones looks what was typed up among all phones.
func (p *portal) findPhones(r *http.Request, text string, views []control.PlatformView) (found foundPhones, err error) {
	if text == "" {
		return found, nil
	}
	phones, more, err := p.ctl.FindEndpoints(r.Context(), p.actor(r), text, pageSize)
	if err != nil {
		return found, err
	}
	found.More = more
	waiting, err := p.ctl.WaitingOf(r.Context(), p.actor(r), phones)
	if err != nil {
		return found, err
	}
	for i, e := range phones {
		at := slices.IndexFunc(views, func(v control.PlatformView) bool { return v.ID == e.Platform })
		if at < 0 {
			continue // made since the copy of the list
		}
		found.Rows = append(found.Rows, heldPhone{p.phoneRow(r, views[at].Platform, e, "", waiting[i]), views[at].Name, views[at].Slug})
	}
	return found, nil
}

// column is a head of the table, with where a click on it leads.
type column struct {
	Title, Key, Href, Sort string
	Num                    bool
}

// platformRow is one platform in the list.
type platformRow struct {
	Platform ztp.Platform
	Links    []platformLink
	Phones   int
}

// platformLink is what one vendor's row says in the list.
type platformLink struct {
	Status status
	Note   string
}

func (p *portal) home(w http.ResponseWriter, r *http.Request) error {
	return seeOther(w, r, "/platforms")
}

// platforms lists all platforms, those that need somebody first.
func (p *portal) platforms(w http.ResponseWriter, r *http.Request) error {
	if to := searchMAC(r.URL.Query().Get("q")); to != "" && !IsPoll(r) {
		return seeOther(w, r, to)
	}
	age := time.Duration(0)
	if IsPoll(r) {
		age = pollAge
	}
	views, err := p.allPlatforms(r.Context(), p.actor(r), age)
	if err != nil {
		return err
	}
	list := p.platformList(listQueryOf(r.URL.Query()), views)
	list.CanChange = p.actor(r).MayChange()
	if list.Found, err = p.findPhones(r, list.Query.Text, views); err != nil {
		return err
	}
	version := list.version()
	if IsPoll(r) && r.URL.Query().Get(pollParam) == version {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	list.Poll = withParam(list.Query.href(list.Query.Sort, list.Query.Page), pollParam, version)
	if wants(r, "list") {
		return p.renderBlock(w, r, http.StatusOK, "platforms", "platform-list", list)
	}
	return p.render(w, r, http.StatusOK, "platforms", platformsPage{
		basePage: p.base(r, "platforms", "Platforms"), Summary: summary(views), List: list,
		Any: len(views) > 0, Filters: p.platformFilters(list.Query),
	})
}

func withParam(href, name, value string) string {
	sep := "?"
	if strings.Contains(href, "?") {
		sep = "&"
	}
	return href + sep + name + "=" + url.QueryEscape(value)
}

// platformList filters, sorts and cuts the list.
func (p *portal) platformList(q listQuery, views []control.PlatformView) platformList {
	var rows []control.PlatformView
	for _, v := range views {
		if q.matches(v) {
			rows = append(rows, v)
		}
	}
	q.sort(rows)
	l := platformList{Query: q, Columns: q.columns(), Caption: "Platforms"}
	if q.Sort == "" {
		l.Caption += ", those needing attention first"
	}
	if len(rows) == 0 && len(views) > 0 {
		l.NoMatch = q.describe()
		return l
	}
	first := min((q.Page-1)*pageSize, max(len(rows)-1, 0)/pageSize*pageSize)
	last := min(first+pageSize, len(rows))
	l.Query.Page = first/pageSize + 1
	for _, v := range rows[first:last] {
		l.Rows = append(l.Rows, p.platformRow(v))
	}
	l.Range = pageRange(first, last, len(rows))
	if first > 0 {
		l.Prev = q.href(q.Sort, l.Query.Page-1)
	}
	if last < len(rows) {
		l.Next = q.href(q.Sort, l.Query.Page+1)
	}
	return l
}

func pageRange(first, last, total int) string {
	if total == 0 {
		return "None"
	}
	return thousands(first+1) + "–" + thousands(last) + " of " + thousands(total)
}

func (p *portal) platformFilters(q listQuery) []field {
	fields := []field{{Name: "q", Label: "Platform, company ID, or any phone", Type: "search", Value: q.Text, Max: 120, Complete: "off"}}
	if vendors := p.ctl.Vendors(); len(vendors) > 1 {
		f := field{Name: "vendor", Label: "Vendor", Type: "select", Options: []option{{Label: "Any vendor"}}}
		for _, v := range vendors {
			f.Options = append(f.Options, option{Value: string(v.Name), Label: v.Title, Selected: q.Vendor == string(v.Name)})
		}
		fields = append(fields, f)
	}
	f := field{Name: "status", Label: "Status", Type: "select"}
	for _, o := range groupNames {
		o.Selected = o.Value == q.State
		f.Options = append(f.Options, o)
	}
	return append(fields, f)
}

// version is a digest of everything that the list shows and time doesn't change.
func (l platformList) version() string {
	h := sha256.New()
	for _, r := range l.Rows {
		h.Write([]byte(r.Platform.Slug + "\x00" + r.Platform.Name + "\x00" + strconv.Itoa(r.Phones) + "\x00"))
		for _, link := range r.Links {
			h.Write([]byte(link.Status.Text + "\x00" + link.Note + "\x00"))
		}
	}
	for _, f := range l.Found.Rows {
		h.Write([]byte(f.Href + "\x00" + f.Endpoint.Name + "\x00" + f.Status.Text + "\x00" + f.waits() + "\x00"))
	}
	h.Write([]byte(l.Range + l.NoMatch))
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// platformRow draws one line of the list.
func (p *portal) platformRow(v control.PlatformView) platformRow {
	row := platformRow{Platform: v.Platform, Phones: v.Endpoints.Held()}
	for _, l := range v.Links {
		s := linkStatus(l.State)
		if s.Kind == "ok" && l.NeedsSomebody() {
			s = status{"warn", "Configured, look at it"}
		}
		s.Text = l.Info.Title + ": " + strings.ToLower(s.Text)
		row.Links = append(row.Links, platformLink{s, linkNote(v, l, p.cfg.Now())})
	}
	return row
}

// linkNote is the one thing worth knowing beside the state.
func linkNote(v control.PlatformView, l control.LinkView, now time.Time) string {
	switch {
	case l.State.InFlight() && l.Operation != nil:
		return "Started by " + l.Operation.Actor.String() + " at " + clock(l.Operation.CreatedAt) + " UTC"
	case l.State == ztp.LinkUnknown:
		return "No answer; it is checked again by itself"
	case l.Error != nil:
		return l.Error.Err().Entry(l.Info.Title).Title
	case l.Unconfirmed:
		return "Disabled here only, revocation not confirmed"
	case l.Old:
		return "Key is " + plural(int(now.Sub(l.SetAt)/day), "day", "days") + " old"
	case l.AddressOutdated:
		return "The provisioning URL has changed"
	case !l.DisabledAt.IsZero() && l.Active == 0:
		return "Disabled " + l.DisabledAt.UTC().Format("2 Jan 2006")
	case v.Primary == "":
		return "No account with a token yet"
	}
	return ""
}

// summary is the one line above the list.
func summary(views []control.PlatformView) string {
	attention, configured, rest := 0, 0, 0
	for _, v := range views {
		switch {
		case attentionIn(v):
			attention++
		case slices.ContainsFunc(v.Links, func(l control.LinkView) bool { return l.Active != 0 }):
			configured++
		default:
			rest++
		}
	}
	verb := "need"
	if attention == 1 {
		verb = "needs"
	}
	are := func(n int) string {
		if n == 1 {
			return " is"
		}
		return " are"
	}
	return plural(len(views), "platform", "platforms") + ". " + thousands(attention) + " " + verb + " attention, " +
		thousands(configured) + are(configured) + " set up for Zero Touch, " + thousands(rest) + are(rest) + " not."
}
