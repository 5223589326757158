package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/ztp"
)

// signInView is the sign-in page.
type signInView struct {
	basePage
	Name    string
	Next    string
	Problem *message
	// Wrong: the fields were refused.
	Wrong bool
}

// signInPage shows the form, or goes on for whoever is signed in already.
func (p *portal) signInPage(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"))
	if _, ok := access.ActorFrom(r.Context()); ok {
		return seeOther(w, r, next)
	}
	view := signInView{basePage: p.base(r, "", "Sign in"), Next: next}
	switch r.URL.Query().Get("ended") {
	case endedForm:
		view.Problem = &message{Kind: "warn", Level: 2, Title: "Your session had ended", Fresh: true,
			Paras: []string{"What you sent was not carried out; nothing changed. Sign in, then send it again."}}
	case endedPage:
		view.Problem = &message{Kind: "info", Level: 2, Title: "Your session has ended", Fresh: true,
			Paras: []string{"Sign in to go on where you were. What is in flight goes on by itself."}}
	}
	return p.render(w, r, http.StatusOK, "signin", view)
}

// signIn answers a wrong name and a wrong password in one and the same way.
func (p *portal) signIn(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	name, next := trimmed(f, "username"), localPath(f.Get("next"))
	_, cookie, err := p.cfg.Access.SignIn(r.Context(), clip(name, 256), ztp.NewSecret(f.Get("password")), p.cfg.Address(r))
	if err == nil {
		http.SetCookie(w, cookie)
		return seeOther(w, r, next)
	}
	e := ztp.AsError(err)
	m := &message{Kind: "err", Level: 2, Fresh: true, Meta: []metaItem{{Code: string(e.Code)}}}
	switch e.Code {
	case ztp.CodeUnauthenticated, ztp.CodeInvalid:
		e = &ztp.Error{Code: ztp.CodeUnauthenticated}
		m.Title = "That name and password don't match"
		m.Paras = []string{"Check both and try again. After 5 tries the account rests for a while."}
		m.Meta = nil
	case ztp.CodeTooManyRequests:
		m.Title = e.Entry("").Title
		m.Paras = []string{"Sign-in rests. " + restFor(e.RetryAfter)}
		setRetryAfter(w, e)
	default:
		return err
	}
	return p.render(w, r, e.Entry("").Status, "signin",
		signInView{basePage: p.base(r, "", "Error: sign in"), Name: clip(name, 256), Next: next, Problem: m, Wrong: true})
}

func restFor(d time.Duration) string {
	switch {
	case d <= 0:
		return "Try again in a while."
	case d < 2*time.Minute:
		return "Try again in " + plural(wholeSeconds(d), "second", "seconds") + "."
	}
	return "Try again in " + plural(int((d+time.Minute-1)/time.Minute), "minute", "minutes") + "."
}

func (p *portal) signOut(w http.ResponseWriter, r *http.Request) error {
	cookie, err := p.cfg.Access.SignOut(r.Context())
	if err != nil {
		return err
	}
	http.SetCookie(w, cookie)
	return seeOther(w, r, "/sign-in")
}

// localPath keeps redirects on this portal: anything but a plain path here
// leads to the front page.
func localPath(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil ||
		!strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") {
		return "/platforms"
	}
	return s
}

// settingsPage shows who is signed in and how pages look.
type settingsPage struct {
	basePage
	Themes []option
	Keys   []option
}

// themeCookie carries the theme, so that the server sends pages right at once.
const themeCookie = "zerotouch-theme"

var themes = []option{{Value: "", Label: "As the system"}, {Value: "light", Label: "Light"}, {Value: "dark", Label: "Dark"}}

func themeOf(r *http.Request) string {
	c, err := r.Cookie(themeCookie)
	if err != nil || c.Value != "light" && c.Value != "dark" {
		return ""
	}
	return c.Value
}

// keysCookie says that a slash is not to lead to the search field: whoever speaks to the
// computer may not want single keys to do things.
const keysCookie = "zerotouch-keys"

func keysOf(r *http.Request) string {
	if c, err := r.Cookie(keysCookie); err == nil && c.Value == "off" {
		return "off"
	}
	return ""
}

func (p *portal) settings(w http.ResponseWriter, r *http.Request) error {
	page := settingsPage{basePage: p.base(r, "settings", "Settings")}
	for _, t := range themes {
		t.Selected = t.Value == page.Theme
		page.Themes = append(page.Themes, t)
	}
	page.Keys = []option{{Label: "On", Selected: page.NoKeys == ""}, {Value: "off", Label: "Off", Selected: page.NoKeys == "off"}}
	return p.render(w, r, http.StatusOK, "settings", page)
}

// setTheme is what viewers may write, too: cookies of their own.
func (p *portal) setTheme(w http.ResponseWriter, r *http.Request) error {
	for name, values := range map[string][]string{themeCookie: {"light", "dark"}, keysCookie: {"off"}} {
		c := &http.Cookie{
			Name: name, Path: "/", HttpOnly: true, Secure: p.cfg.Secure, SameSite: http.SameSiteLaxMode,
			MaxAge: int((365 * 24 * time.Hour).Seconds()), Value: r.PostForm.Get(strings.TrimPrefix(name, "zerotouch-")),
		}
		if !slices.Contains(values, c.Value) {
			c.Value, c.MaxAge = "", -1
		}
		http.SetCookie(w, c)
	}
	return seeOther(w, r, "/settings")
}
