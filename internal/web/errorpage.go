package web

import (
	"maps"
	"net/http"
	"slices"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/ztp"
)

// errorView is the page of an error: what happened, whether anything changed,
// what to do, and a way back.
type errorView struct {
	basePage
	Status  int
	Message message
	Back    NavLink
}

// errorPage draws it. Where something went wrong here it asks the database for
// nothing: that may be what failed.
func (p *portal) errorPage(r *http.Request, e *ztp.Error) errorView {
	entry := e.Entry("")
	v := errorView{
		basePage: basePage{Title: "Error: " + entry.Title, Installation: p.cfg.Installation, Version: p.cfg.Version,
			Theme: themeOf(r), Extra: p.cfg.ExtraNav},
		Status: entry.Status, Back: NavLink{"Go to platforms", "/platforms"},
	}
	if e.Code == ztp.CodeDatabaseUnavailable && r.Method == http.MethodGet {
		v.Back = NavLink{"Try again", r.URL.RequestURI()}
	}
	if a, ok := access.ActorFrom(r.Context()); ok {
		v.SignedIn, v.Actor, v.CanChange = true, a, a.MayChange()
		if entry.Status < http.StatusInternalServerError {
			v.Attention = p.attention(r, a)
		}
	} else if e.Code != ztp.CodeDatabaseUnavailable { // which can't say who asks
		v.Back = NavLink{"Go to sign-in", "/sign-in"}
	}
	v.Message = message{Kind: "err", Title: entry.Title, Level: 1, Steps: []string{entry.Remedy}}
	if e.Detail != "" && len(e.Fields) == 0 { // else the fields say it
		v.Message.Paras = append(v.Message.Paras, e.Detail)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) { // of an address that was put together by hand
		v.Message.Paras = append(v.Message.Paras, name+": "+e.Fields[name])
	}
	v.Message.Paras = append(v.Message.Paras, entry.Unchanged)
	v.Message.Meta = problemMeta(ztp.ProblemOf(e, p.cfg.Now(), p.cfg.RequestID(r.Context())))
	return v
}

// renderError writes the page, or for htmx a dialog that says the same. A poll
// gets nothing: a page must not shout every two seconds.
func (p *portal) renderError(w http.ResponseWriter, r *http.Request, view errorView) error {
	switch {
	case IsPoll(r):
		w.Header().Set("HX-Reswap", "none")
		w.WriteHeader(view.Status)
		return nil
	case isFragment(r):
		w.Header().Set("HX-Retarget", "#dialog")
		w.Header().Set("HX-Reswap", "innerHTML")
		view.Message.Level = 2
		return p.renderBlock(w, r, view.Status, "error", "error-dialog", view)
	}
	return p.render(w, r, view.Status, "error", view)
}
