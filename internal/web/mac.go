package web

import (
	"net/http"
	"net/url"
	"strings"

	"zerotouch.example/internal/ztp"
)

// macPage is the life of one MAC address over all platforms.
type macPage struct {
	basePage
	Crumbs []crumb
	MAC    ztp.MAC
	// Maker is the vendor that its beginning hints at, "" for none.
	Maker   string
	Holders []macHolder
	Open    []macOperation
	Moments []macMoment
	First   string
	Next    string
}

// macHolder is one platform that has it, or had it.
type macHolder struct {
	phoneRow
	Platform, Vendor string
}

// macOperation is one that is under way about it.
type macOperation struct {
	Verb, Platform, Href, Waiting string
}

// macMoment is one thing that happened to it.
type macMoment struct {
	eventView
	// Href is where its operation shows, "" where there is none.
	Href string
}

func macPath(mac ztp.MAC) string { return "/phones/" + strings.ToLower(mac.Bare()) }

// searchMAC is where a search for a whole MAC address leads, "" for any other.
func searchMAC(text string) string {
	mac, err := ztp.ParseMAC(text)
	if err != nil {
		return ""
	}
	return macPath(mac)
}

// mac shows who has a MAC address and what happened to it.
func (p *portal) mac(w http.ResponseWriter, r *http.Request) error {
	mac, err := ztp.ParseMAC(r.PathValue("mac"))
	if err != nil {
		return ztp.NotFound("page")
	}
	after := r.URL.Query().Get("after")
	life, err := p.ctl.MAC(r.Context(), p.actor(r), mac, after, 50)
	if err != nil {
		return err
	}
	slugs, _, err := p.platformSlugs(r, &ztp.EventQuery{}, "")
	if err != nil {
		return err
	}
	page := macPage{
		basePage: p.base(r, "platforms", mac.String()), MAC: mac, Maker: p.vendorTitle(life.Maker),
		Crumbs: []crumb{{Title: "Platforms", Href: "/platforms"}, {Title: mac.String()}},
	}
	waiting, err := p.ctl.WaitingOf(r.Context(), p.actor(r), life.Phones)
	if err != nil {
		return err
	}
	for i, e := range life.Phones {
		page.Holders = append(page.Holders, p.macHolder(r, e, slugs[e.Platform], waiting[i]))
	}
	for _, op := range life.Open {
		title := p.vendorTitle(op.Vendor)
		page.Open = append(page.Open, macOperation{
			Verb: phoneVerb(op.Kind), Platform: slugs[op.Platform], Waiting: phoneWaiting(&op, title), Href: "/platforms/" + slugs[op.Platform] + "/phones/" + strings.ToLower(mac.Bare()),
		})
	}
	for _, e := range life.Moments.Items {
		m := macMoment{eventView: p.eventView(e, slugs[e.Platform])}
		if m.Target = ""; e.Operation != "" && m.Platform != "" {
			m.Href = "/platforms/" + m.Platform + "/phones/" + strings.ToLower(mac.Bare()) + "?op=" + string(e.Operation)
		}
		page.Moments = append(page.Moments, m)
	}
	if after != "" {
		page.First = macPath(mac)
	}
	if life.Moments.Next != "" {
		page.Next = macPath(mac) + "?" + url.Values{"after": {life.Moments.Next}}.Encode()
	}
	return p.render(w, r, http.StatusOK, "mac", page)
}

func (p *portal) macHolder(r *http.Request, e ztp.Endpoint, slug string, k ztp.Contact) macHolder {
	h := macHolder{phoneRow: p.phoneRow(r, ztp.Platform{Slug: slug}, e, "", k), Platform: slug, Vendor: p.vendorTitle(e.Vendor)}
	if slug == "" {
		h.Platform, h.Href = string(e.Platform), ""
		return h
	}
	if acc, err := p.ctl.Account(r.Context(), p.actor(r), string(e.Platform), string(e.Account)); err == nil {
		h.Account = acc.Name
	}
	return h
}
