package web

import (
	"bytes"
	"html/template"
	"sync"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// RowInput and the functions below let tests draw rows and confirmations from
// made-up links, without a database that has been in every state.
type RowInput = rowInput

// Notes of redirects.
const (
	NoteOnboarded = noteOnboarded
	NoteDisabled  = noteDisabled
)

// DrawRow is the HTML of a row.
func DrawRow(in RowInput) (string, error) {
	return draw("platform", "row", buildRow(in), in.Now)
}

// DrawConfirm is the HTML of a dialog with these effects.
func DrawConfirm(kind ztp.OperationKind, info ztp.VendorInfo, view control.LinkView, pre control.Preflight, now time.Time) (string, error) {
	c := confirmView{ID: "ask", Title: "?", effects: effectsOf(kind, effectsIn{Info: info, View: view, Preflight: pre, Now: now})}
	return draw("confirm", "dialog", c, now)
}

// DrawForceDisable is the dialog for a Disable without the vendor.
func DrawForceDisable(info ztp.VendorInfo, view control.LinkView, now time.Time) (string, error) {
	c := confirmView{ID: "ask", Title: "?", effects: effectsOf(ztp.KindDisable, effectsIn{Info: info, View: view, Force: true, Now: now})}
	return draw("confirm", "dialog", c, now)
}

func draw(page, block string, data any, now time.Time) (string, error) {
	pages, err := drawn(now)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = pages[page].ExecuteTemplate(&b, block, data)
	return b.String(), err
}

// drawnPages are parsed once for each clock, which tests seldom change.
var drawnPages sync.Map

func drawn(now time.Time) (pageSet, error) {
	if pages, ok := drawnPages.Load(now); ok {
		return pages.(pageSet), nil
	}
	assets, err := loadAssets()
	if err != nil {
		return nil, err
	}
	p := &portal{cfg: Config{Now: func() time.Time { return now }}, assets: assets}
	pages, err := parsePages(p.funcs())
	if err == nil {
		drawnPages.Store(now, pages)
	}
	return pages, err
}

// Rich, LocalPath, Ago and Thousands are tested by themselves.
var (
	Rich      func(string) template.HTML = rich
	LocalPath                            = localPath
	Ago                                  = ago
	Thousands                            = thousands
	PairClass                            = pairClass
)

// ActionWords are the words of the audit log.
func ActionWords() map[string]string { return actionWords }

// ActionPaths are the actions of a row.
func ActionPaths() map[string]ztp.OperationKind { return actionPaths }

// Asset is what is sent for a file: its bytes and its compressed bytes.
func Asset(name string) (body, zipped []byte, path string, err error) {
	a, err := loadAssets()
	if err != nil {
		return nil, nil, "", err
	}
	f := a.files[name]
	return f.body, f.gzip, a.hashed[name], nil
}

// Icons are the names of all icons.
func Icons() []string {
	var names []string
	for n := range icons {
		names = append(names, n)
	}
	return names
}

// DrawCertificates is the check of certificates on the health page: its status and
// the lines below it.
func DrawCertificates(h control.Health) (kind, text string, lines []string) {
	c := certificatesCheck(h)
	return c.Status.Kind, c.Status.Text, c.Evidence
}

// DrawHandshakes is the same for failed handshakes.
func DrawHandshakes(h control.Health) (kind, text string, lines []string) {
	c := handshakesCheck(h)
	return c.Status.Kind, c.Status.Text, c.Evidence
}

// DrawAuthorities is the same for authorities that phones are told to trust.
func DrawAuthorities(h control.Health, platforms []control.PlatformView) (kind, text string, lines []string) {
	c := authoritiesCheck(h, platforms)
	return c.Status.Kind, c.Status.Text, c.Evidence
}
