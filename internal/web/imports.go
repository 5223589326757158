package web

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// newImportPage is where a file is chosen, with the imports before it.
type newImportPage struct {
	basePage
	Crumbs   []crumb
	Platform ztp.Platform
	Problem  *message
	Vendor   string
	Rows     []importListRow
	First    string
	Next     string
}

// importListRow is one import in the list.
type importListRow struct {
	File, Href string
	Status     status
	Note, By   string
	At         time.Time
}

// newImport shows the form; viewers see the list alone.
func (p *portal) newImport(w http.ResponseWriter, r *http.Request) error {
	return p.importForm(w, r, http.StatusOK, nil)
}

func (p *portal) importForm(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	title := "Import phones"
	if e != nil {
		title = "Error: " + title
	}
	page := newImportPage{basePage: p.base(r, "platforms", title), Crumbs: append(platformCrumbs(pl), crumb{Title: "Import phones"}), Platform: pl, Vendor: p.vendorTitle(p.firstVendor())}
	if e != nil {
		page.Problem = formProblem(e, nil, page.Vendor)
		if e.Code == ztp.CodeInvalid {
			page.Problem.Title, page.Problem.Paras = "This file can't be taken", []string{e.Detail, "Nothing changed."}
			page.Problem.Steps = nil
		}
	}
	after := r.URL.Query().Get("after")
	list, err := p.ctl.ListImports(r.Context(), p.actor(r), pl.Slug, after, pageSize)
	if err != nil {
		return err
	}
	for _, i := range list.Items {
		page.Rows = append(page.Rows, importListRow{File: i.File, Href: importPath(i.ID), Status: importListStatus(i), By: i.Actor.String(), At: i.CreatedAt,
			Note: importListNote(i.Tally)})
	}
	at := "/platforms/" + pl.Slug + "/import"
	if after != "" {
		page.First = at
	}
	if list.Next != "" {
		page.Next = at + "?after=" + url.QueryEscape(list.Next)
	}
	return p.render(w, r, code, "importnew", page)
}

// importListNote says how many rows a file has, and how many of them are not fit.
func importListNote(t ztp.ImportTally) string {
	note := plural(t.Total(), "row", "rows")
	if t.Left() > 0 {
		note += ", " + plural(t.Left(), "of them can't be taken", "of them can't be taken")
	}
	return note
}

func importListStatus(i ztp.Import) status {
	switch i.State {
	case ztp.ImportReady:
		return status{"off", "Checked, not started"}
	case ztp.ImportStarted:
		return status{"ok", "Started"}
	}
	return status{"busy", "Being read"}
}

func importPath(id ztp.ImportID) string { return "/imports/" + string(id) }

// isUpload finds the one form of the portal that carries a file.
func isUpload(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/platforms/") && strings.HasSuffix(r.URL.Path, "/import")
}

// checkImport reads the file as it comes; it is never kept whole.
func (p *portal) checkImport(w http.ResponseWriter, r *http.Request) error {
	file, err := p.uploaded(r)
	var v control.ImportView
	if err == nil {
		v, err = p.ctl.CheckImport(r.Context(), p.actor(r), r.PathValue("p"), control.ImportRequest{File: file, Name: file.FileName()})
	}
	if err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.importForm(w, r, code, e) })
	}
	return seeOther(w, r, importPath(v.ID))
}

// uploaded is the part of the form that is the file. Who may not send one is refused by
// the use case, before anything of it is read.
func (p *portal) uploaded(r *http.Request) (*multipart.Part, error) {
	if !p.actor(r).MayChange() {
		return &multipart.Part{}, nil
	}
	form, err := r.MultipartReader()
	if err != nil {
		return nil, ztp.Errorf(ztp.CodeUnsupportedMediaType, "The file comes in a form of this portal, or through the API as text/csv.")
	}
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil, ztp.Invalid("file", "Choose a file first.")
		case err != nil:
			return nil, ztp.Invalid("file", "The file did not arrive whole. Send it again.")
		case part.FormName() == "file" && part.FileName() == "":
			return nil, ztp.Invalid("file", "Choose a file first.")
		case part.FormName() == "file":
			return part, nil
		}
	}
}

// startImport begins what the page of a check offers.
func (p *portal) startImport(w http.ResponseWriter, r *http.Request) error {
	id := ztp.ImportID(r.PathValue("id"))
	_, err := p.ctl.StartImport(r.Context(), p.actor(r), id, ztp.ImportMode(r.PostForm.Get("mode")))
	if err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.importPage(w, r, code, e) })
	}
	return seeOther(w, r, importPath(id))
}

func (p *portal) removeImport(w http.ResponseWriter, r *http.Request) error {
	id := ztp.ImportID(r.PathValue("id"))
	v, err := p.ctl.Import(r.Context(), p.actor(r), id)
	if err == nil {
		err = p.ctl.RemoveImport(r.Context(), p.actor(r), id)
	}
	if err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.importPage(w, r, code, e) })
	}
	return seeOther(w, r, "/platforms/"+v.Of.Slug+"/import")
}

// importResults and exportPhones are files.
func (p *portal) importResults(w http.ResponseWriter, r *http.Request) error {
	id := ztp.ImportID(r.PathValue("id"))
	v, err := p.ctl.Import(r.Context(), p.actor(r), id)
	if err != nil {
		return err
	}
	failed := r.URL.Query().Get("failed") != ""
	return p.file(w, r, v.Of.Slug+"-import-results.csv", func(w io.Writer) error {
		return p.ctl.WriteImportResults(r.Context(), p.actor(r), id, failed, w)
	})
}

func (p *portal) exportPhones(w http.ResponseWriter, r *http.Request) error {
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	return p.file(w, r, pl.Slug+"-phones.csv", func(w io.Writer) error {
		return p.ctl.ExportPhones(r.Context(), p.actor(r), pl.Slug, control.ExportQuery{Mark: true}, w)
	})
}

// file streams one. When it breaks off the connection does, too: half a file must not
// look whole.
func (p *portal) file(w http.ResponseWriter, r *http.Request, name string, write func(io.Writer) error) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	if err := write(w); err != nil {
		p.cfg.Log.Warn("file broken off", "path", r.URL.Path, "request_id", p.cfg.RequestID(r.Context()), "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}
