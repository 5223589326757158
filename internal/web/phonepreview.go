package web

import (
	"net/http"

	"zerotouch.example/internal/ztp"
)

// previewPage is the file that a phone would get.
type previewPage struct {
	basePage
	Platform          ztp.Platform
	MAC               ztp.MAC
	Crumbs            []crumb
	Settings          string
	File, ContentType string
	// Problem is why there is none.
	Problem *message
	// Held is why the phone gets holding settings for now, "" when it does not.
	Held string
}

func (p *portal) previewPhone(w http.ResponseWriter, r *http.Request) error {
	found, err := p.findPhone(r)
	if err != nil {
		return err
	}
	at, mac := phonePath(found.p, found.e.MAC), found.e.MAC
	page := previewPage{
		basePage: p.base(r, "platforms", "Preview: "+mac.String()), Platform: found.p, MAC: mac, Settings: at + "/settings",
		Crumbs: append(platformCrumbs(found.p), crumb{mac.String(), at}, crumb{Title: "Preview"}),
	}
	page.Held = found.contact.Waiting.Title()
	file, err := p.ctl.PreviewSettings(r.Context(), p.actor(r), found.p.Slug, mac)
	switch e := ztp.AsError(err); {
	case err == nil:
		page.File, page.ContentType = string(file.File), file.ContentType
	case e.Code == ztp.CodeNotRendered, e.Code == ztp.CodeConfigurationMissing:
		page.Problem = formProblem(e, nil, p.vendorTitle(found.e.Vendor))
		page.Problem.Kind = "warn"
	default:
		return err
	}
	return p.render(w, r, http.StatusOK, "preview", page)
}
