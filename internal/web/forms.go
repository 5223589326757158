package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// formPage is a page that is one form.
type formPage struct {
	basePage
	Heading string
	Crumbs  []crumb
	// Platform is shown in the head with its colour code, nil where there is none yet.
	Platform *ztp.Platform
	// Intro is rich text above the fields.
	Intro string
	// effects say what it does and leaves alone, where that needs saying.
	effects
	Problem *message
	Fields  []field
	Hidden  []hidden
	Action  string
	Submit  string
	Danger  bool
	// Asks: it changes nothing, and only leads on.
	Asks   bool
	Cancel string
	Other  *button
	// Instead takes the place of the form while it can't end well.
	Instead *message
}

// form shows one, with what is wrong beside each field. It is for those who may
// change things only.
func (p *portal) form(w http.ResponseWriter, r *http.Request, status int, f formPage, e *ztp.Error) error {
	if !p.actor(r).MayChange() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	f.Problem = formProblem(e, withErrors(f.Fields, e), "")
	title := f.Heading
	if e != nil {
		title = "Error: " + title
	}
	if f.Nav == "" {
		f.Nav = "platforms"
	}
	f.basePage = p.base(r, f.Nav, title)
	return p.render(w, r, status, "form", f)
}

// submissionOf makes a form repeatable: a double click or a reload sends the id that
// it was drawn with again. What is no id of ours is none.
func submissionOf(r *http.Request) control.Submission {
	op := r.PostForm.Get("op")
	if !ztp.ValidID(op) {
		op = ""
	}
	return control.Submission{Key: op}
}

// again shows a refused form once more. What no form can repair has its own page.
func again(err error, show func(status int, e *ztp.Error) error) error {
	e := ztp.AsError(err)
	if ztp.InDatabase(err) {
		return err
	}
	switch e.Code {
	case ztp.CodeNotAllowed, ztp.CodeNotFound, ztp.CodeInternal, ztp.CodeUnauthenticated:
		return err
	}
	return show(e.Entry("").Status, e)
}

func trimmed(f url.Values, name string) string { return strings.TrimSpace(f.Get(name)) }

func version(v int64) string { return strconv.FormatInt(v, 10) }

// number reads a version; -1 for what is none, which matches no row.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 {
		return -1
	}
	return n
}
