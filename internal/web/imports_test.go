package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// upload sends a file as the form of a page does, without script.
func (b *browser) upload(path, name, file string) answer {
	b.w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(file))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		b.w.t.Fatal(err)
	}
	return b.send(http.MethodPost, path, form.FormDataContentType(), &body)
}

// A file is sent, looked at, started, followed and downloaded; a viewer sees all of it
// and presses nothing.
func TestImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	b, guest := w.as("ops@example.net"), w.as("guest")
	path := "/platforms/" + p.Slug + "/import"
	if a := guest.upload(path, "phones.csv", "mac,account\n"); a.status != http.StatusForbidden {
		t.Errorf("a viewer sent a file: %d", a.status)
	}
	if n := len(all(guest.page(path).doc, "input[type=file]")); n != 0 {
		t.Error("a viewer may choose a file")
	}
	for file, says := range map[string]string{"": "Choose a file first.", "PK\x03\x04rest": ".xlsx", "mac,name\nx,y\n": `"account" is missing`} {
		name := "phones.csv"
		if file == "" {
			name = ""
		}
		if a := b.upload(path, name, file); a.status != http.StatusUnprocessableEntity || !strings.Contains(strings.Join(texts(a.doc, "main .msg"), " "), says) {
			t.Errorf("%q: %d %q", file, a.status, texts(a.doc, "main .msg"))
		}
	}
	sent := b.upload(path, `C:\desk\phones "berlin".csv`, "mac;account;name\r\n000413A27F10;brightwater-hq;Zo\xeb\r\n000413A27F11;brightwater-hq;<b>x</b>\r\n1,2E+11;brightwater-hq;lost\r\n")
	at := sent.header.Get("Location")
	if sent.status != http.StatusSeeOther || !strings.HasPrefix(at, "/imports/") {
		t.Fatalf("sent: %d %q %s", sent.status, at, sent.body)
	}
	page := b.page(at)
	if got := text(one(t, page.doc, "#im-h")); got != "2 of 3 rows are ready" {
		t.Errorf("checked: %q", got)
	}
	if got := text(one(t, page.doc, "#rows tbody")); !strings.Contains(got, "turned the MAC address into a number") || !strings.Contains(got, "format the column as Text") {
		t.Errorf("rows: %q", got)
	}
	if got := texts(b.page(at+"?outcome=invalid").doc, "#rows tbody code"); len(got) != 1 || got[0] != "1,2E+11" {
		t.Errorf("those that need fixing: %q", got)
	}
	if a := b.get(at + "?outcome=nonsense"); a.status != http.StatusNotFound {
		t.Errorf("a filter that is none: %d", a.status)
	}
	if n := len(all(guest.page(at).doc, "#import button")); n != 0 {
		t.Error("a viewer may press something")
	}
	if a := guest.post(at+"/start", map[string][]string{"mode": {"skip_invalid"}}); a.status != http.StatusForbidden {
		t.Errorf("a viewer started it: %d", a.status)
	}
	start := one(t, page.doc, "form[action="+at+"/start]")
	mode := attr(one(t, start, "input[name=mode]"), "value")
	if mode != "skip_invalid" || text(one(t, start, "button")) != "Import 2 phones, leave 1 out" {
		t.Errorf("start: %s %q", mode, text(one(t, start, "button")))
	}
	if a := b.post(at+"/start", map[string][]string{"mode": {mode}}); a.status != http.StatusSeeOther {
		t.Fatalf("started: %d %s", a.status, a.body)
	}
	w.followed(t, b, at)
}

// followed checks the page of a started import: it polls, and goes on after a reload.
func (w *world) followed(t *testing.T, b *browser, at string) {
	t.Helper()
	page := b.page(at)
	if got := text(one(t, page.doc, "#im-h")); got != "Taking the rows of the file" {
		t.Errorf("started: %q", got)
	}
	poll := attr(one(t, page.doc, "#import .poll"), "hx-get")
	if a := b.htmx("import").get(poll); a.status != http.StatusNoContent {
		t.Errorf("unchanged: %d", a.status)
	}
	i, err := w.ctl.Import(t.Context(), admin, ztp.ImportID(strings.TrimPrefix(at, "/imports/")))
	if err != nil {
		t.Fatal(err)
	}
	err = w.store.AddPhoneItems(t.Context(), i.Platform, i.Vendor, []ztp.PhoneItem{
		{Operation: i.Operation, MAC: w.mac("000413A27F10"), Action: ztp.ItemWrite, State: ztp.PhoneItemDone, Line: 2, UpdatedAt: w.clock.now()},
		{Operation: i.Operation, MAC: w.mac("000413A27F11"), Action: ztp.ItemWrite, State: ztp.PhoneItemFailed, Line: 3, UpdatedAt: w.clock.now(),
			Error: &ztp.Problem{Code: ztp.CodeEndpointTaken, At: w.clock.now()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	part := b.htmx("import").get(poll)
	if part.status != http.StatusOK || !strings.Contains(text(one(t, part.doc, ".counts")), "Registered") {
		t.Errorf("changed: %d %s", part.status, part.body)
	}
	if got := text(one(t, b.page(at+"?state=failed").doc, "#rows tbody")); !strings.Contains(got, "This MAC is registered by another company") || strings.Contains(got, "A27F10") {
		t.Errorf("failed ones: %q", got)
	}
	csv := b.get(at + "/results.csv")
	if !strings.HasPrefix(csv.header.Get("Content-Type"), "text/csv") || !strings.Contains(csv.body, "2,00:04:13:A2:7F:10,change,done,\n") || !strings.Contains(csv.body, "3,00:04:13:A2:7F:11,new,failed,") {
		t.Errorf("results:\n%s", csv.body)
	}
	if got := b.get(at + "/results.csv?failed=1").body; strings.Contains(got, "A2:7F:10") || strings.Count(got, "\n") != 3 {
		t.Errorf("what failed:\n%s", got)
	}
	if a := b.post(at+"/remove", nil); a.status != http.StatusConflict {
		t.Errorf("removed while it runs: %d", a.status)
	}
	w.clock.advance(time.Second)
}

func (w *world) mac(s string) ztp.MAC {
	w.t.Helper()
	m, err := ztp.ParseMAC(s)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// The phones are downloaded in the format that imports take, with escaped formulas.
func TestExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	b := w.as("guest")
	a := b.get("/platforms/" + p.Slug + "/phones.csv")
	if a.status != http.StatusOK || a.body != "\ufeffmac,account,product_group,model,name,serial,pin\n00:04:13:A2:7F:10,brightwater-hq,D-Series,,,,\n" {
		t.Errorf("%d %q", a.status, a.body)
	}
	if a := b.get("/platforms/nobody/phones.csv"); a.status != http.StatusNotFound {
		t.Errorf("nobody's: %d", a.status)
	}
}
