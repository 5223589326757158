package api

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// The modes of an import: what becomes of the other rows when some can't be taken.
const (
	ImportAllOrNothing = "all_or_nothing"
	ImportSkipInvalid  = "skip_invalid"
)

// Import is a file of phones, checked and perhaps started.
type Import struct {
	ID        string         `json:"id"`
	Platform  string         `json:"platform" doc:"Slug of the platform"`
	Vendor    string         `json:"vendor"`
	State     string         `json:"state" enum:"reading,ready,started" doc:"ready: checked, and nothing was done with it"`
	File      string         `json:"file" doc:"Name of the file"`
	Encoding  string         `json:"encoding" doc:"How the file was read, such as UTF-8 or Windows-1252"`
	Separator string         `json:"separator" doc:"What stands between its values"`
	Ignored   []string       `json:"ignored_columns" nullable:"false" doc:"Columns that nothing is taken from"`
	Rows      int            `json:"rows"`
	Outcomes  map[string]int `json:"outcomes" doc:"How many rows are new, change, unchanged, taken, invalid"`
	Mode      string         `json:"mode,omitempty" enum:"all_or_nothing,skip_invalid" doc:"How it was started"`
	Operation *Operation     `json:"operation" doc:"Its operation; null before the start"`
	Phones    map[string]int `json:"phones,omitempty" doc:"How many of its phones are queued, sent, written, done, failed, cancelled"`
	AskedBy   string         `json:"asked_by"`
	CreatedAt time.Time      `json:"created_at"`
	ExpiresAt time.Time      `json:"expires_at" doc:"When it is removed with its rows; what it did stays"`
}

// ImportRow is one row of an import.
type ImportRow struct {
	Line    int           `json:"line" doc:"Where it stands in the file; the header is line 1"`
	MAC     string        `json:"mac" doc:"The MAC address, or what the file has in its place"`
	Account string        `json:"account" doc:"As the file names it"`
	Group   string        `json:"product_group,omitempty"`
	Model   string        `json:"model,omitempty"`
	Name    string        `json:"name,omitempty"`
	Serial  string        `json:"serial,omitempty"`
	HasPIN  bool          `json:"has_pin,omitempty" doc:"The row has a PIN; it is never shown"`
	Outcome string        `json:"outcome" enum:"new,change,unchanged,taken,invalid"`
	Changes []string      `json:"changes,omitempty" doc:"What changes of a registered phone"`
	Faults  []ImportFault `json:"faults,omitempty" doc:"Why it can't be taken"`
	State   string        `json:"state,omitempty" enum:"queued,sent,written,done,failed,cancelled" doc:"How far its phone is in the import's operation"`
	Error   *Problem      `json:"error,omitempty" doc:"Why its phone was refused"`
	Note    string        `json:"note,omitempty" doc:"Why it was not saved: the import was cancelled before"`
	Hint    string        `json:"hint,omitempty" doc:"What looks odd about the MAC address; nothing is refused for it"`
}

// ImportFault is why a row can't be taken.
type ImportFault struct {
	Field  string `json:"field,omitempty"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

// StartImport is the body of an import's start.
type StartImport struct {
	Mode string `json:"mode" enum:"all_or_nothing,skip_invalid" doc:"all_or_nothing takes no row when one can't be taken; skip_invalid leaves those out"`
}

// ImportOptions go with a file.
type ImportOptions struct {
	// File is what the sender calls it, Vendor may be "" where the server supports one.
	File, Vendor string
}

// CheckImport sends a file of phones and returns what would happen to it. No phone is
// changed. The context bounds how long it may take.
func (c *Client) CheckImport(ctx context.Context, platform string, file io.Reader, o ImportOptions) (Import, error) {
	var out Import
	in := call{method: http.MethodPost, path: path("platforms", platform, "imports"), query: query("file", o.File, "vendor", o.Vendor), file: file}
	_, err := c.patient().do(ctx, in, &out)
	return out, err
}

// patient is the client without a time-out of its own, for files.
func (c *Client) patient() *Client {
	p, h := *c, *c.http
	h.Timeout = 0
	p.http = &h
	return &p
}

// Import returns one import.
func (c *Client) Import(ctx context.Context, id string) (Import, error) {
	return get[Import](ctx, c, path("imports", id))
}

// Imports yields the platform's imports, newest first.
func (c *Client) Imports(ctx context.Context, platform string) iter.Seq2[Import, error] {
	return all[Import](ctx, c, call{path: path("platforms", platform, "imports")})
}

// ImportRows yields the rows of an import by line, those of an outcome and of a state of
// their phone when these are not "".
func (c *Client) ImportRows(ctx context.Context, id, outcome, state string) iter.Seq2[ImportRow, error] {
	return all[ImportRow](ctx, c, call{path: path("imports", id, "rows"), query: query("outcome", outcome, "state", state)})
}

// StartImport begins to take an import's rows. Repeated in the same mode it answers with
// the same operation.
func (c *Client) StartImport(ctx context.Context, id, mode string) (Answer, error) {
	return c.answer(ctx, call{method: http.MethodPost, path: path("imports", id, "start"), in: StartImport{Mode: mode}})
}

// RemoveImport removes an import with its rows. What it did stays.
func (c *Client) RemoveImport(ctx context.Context, id string) error {
	return c.remove(ctx, path("imports", id))
}

// ImportResults writes a line for each row as CSV; failed for those that failed or could
// not be taken alone.
func (c *Client) ImportResults(ctx context.Context, id string, failed bool, w io.Writer) error {
	q := url.Values{}
	if failed {
		q.Set("failed", "true")
	}
	return c.patient().download(ctx, call{method: http.MethodGet, path: path("imports", id, "results"), query: q}, w)
}

// ExportPhones writes the platform's phones in the format that imports take. PINs stay
// empty. mark puts a byte order mark before them, by which Excel knows UTF-8.
func (c *Client) ExportPhones(ctx context.Context, platform, vendor string, mark bool, w io.Writer) error {
	q := query("vendor", vendor)
	if mark {
		q.Set("bom", "true")
	}
	return c.patient().download(ctx, call{method: http.MethodGet, path: path("platforms", platform, "export"), query: q}, w)
}

// download writes the body of an answer.
func (c *Client) download(ctx context.Context, in call, w io.Writer) error {
	req, err := c.request(ctx, in)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/csv, application/problem+json")
	resp, err := c.http.Do(req)
	if err != nil {
		return c.noAnswer(in, withoutURL(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return c.noAnswer(in, err)
		}
		if resp.StatusCode >= 400 {
			return c.problemOf(in, resp, body)
		}
		return c.elsewhere(in, resp, body)
	}
	_, err = io.Copy(w, resp.Body)
	return err
}
