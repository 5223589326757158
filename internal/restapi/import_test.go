package restapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

func (s *stack) mustImport(platform, file string) api.Import {
	s.t.Helper()
	i, err := s.admin.CheckImport(s.t.Context(), platform, strings.NewReader(file), api.ImportOptions{File: "phones.csv"})
	if err != nil {
		s.t.Fatal(err)
	}
	return i
}

func (s *stack) fileRows(id, outcome string) (lines []string) {
	s.t.Helper()
	for r, err := range s.admin.ImportRows(s.t.Context(), id, outcome, "") {
		if err != nil {
			s.t.Fatal(err)
		}
		line := fmt.Sprintf("%d %s %s %s", r.Line, r.MAC, r.Outcome, strings.Join(r.Changes, ","))
		for _, f := range r.Faults {
			line += "[" + f.Field + ": " + f.Text + "]"
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// A file is checked row by row, and that changes nothing.
func TestImport_Check(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.fill()
	i := s.mustImport("acme", "Name;Account;MAC;PIN;Notes\r\nZo\xeb;main-acme;000413000001;;x\r\nNew;main-acme;00-04-13-00-00-05;4711;\r\n"+
		"Theirs;main-acme;000413000002;;\r\nLost;main-acme;4,13E+10;;\r\nWho;main-acmee;000413000006;;\r\nA;main-acme;000413000007;;\r\nB;main-acme;0004.1300.0007;;\r\n")
	want := []string{
		"2 00:04:13:00:00:01 change name,registration", "3 00:04:13:00:00:05 new", "4 00:04:13:00:00:02 taken [mac: This MAC is registered elsewhere.]",
		"5 4,13E+10 invalid [mac: A spreadsheet has turned the MAC address into a number (4,13E+10), and digits are lost.]",
		"6 00:04:13:00:00:06 invalid [account: The account “main-acmee” doesn't exist here.]",
		"7 00:04:13:00:00:07 invalid [mac: Line 8 has the same MAC address.]", "8 00:04:13:00:00:07 invalid [mac: Line 7 has the same MAC address.]",
	}
	if d := cmp.Diff(want, s.fileRows(i.ID, "")); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string]int{"new": 1, "change": 1, "unchanged": 0, "taken": 1, "invalid": 4}, i.Outcomes); d != "" {
		t.Error(d)
	}
	if i.Encoding != "Windows-1252" || i.Separator != ";" || len(i.Ignored) != 1 || i.Ignored[0] != "notes" || i.Rows != 7 || i.State != "ready" || i.Operation != nil {
		t.Errorf("%+v", i)
	}
	if len(s.fileRows(i.ID, "taken")) != 1 {
		t.Error("no filter by outcome")
	}
	p, err := s.admin.Endpoint(t.Context(), "acme", "000413000001")
	if err != nil || p.Name != "" {
		t.Errorf("the check has changed a phone: %+v, %v", p, err)
	}
	var results bytes.Buffer
	if err := s.admin.ImportResults(t.Context(), i.ID, true, &results); err != nil || strings.Count(results.String(), "\n") != 6 || !strings.Contains(results.String(), "Did you mean main-acme?") {
		t.Errorf("results: %v\n%s", err, results.String())
	}
	if strings.Contains(results.String(), "4711") {
		t.Error("a PIN is in the results")
	}
}

// What is no file of phones is refused and leaves nothing behind.
func TestImport_Refused(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.fill()
	for file, says := range map[string]string{
		"":                           "empty",
		"PK\x03\x04":                 ".xlsx",
		"mac,name\n000413000005,x\n": `"account" is missing`,
		"mac,account\n":              "no phones",
		"mac,account\n" + strings.Repeat("x", 20000): "Line 2 is longer",
	} {
		_, err := s.admin.CheckImport(t.Context(), "acme", strings.NewReader(file), api.ImportOptions{})
		var e *api.Error
		if !errors.As(err, &e) || e.Code != string(ztp.CodeInvalid) && e.Code != string(ztp.CodeTooLarge) || !strings.Contains(e.Detail, says) {
			t.Errorf("%.20q: %v", file, err)
		}
	}
	for i := range s.admin.Imports(t.Context(), "acme") {
		t.Errorf("left behind: %+v", i)
	}
	if got := s.request(ztp.SuperAdmin, http.MethodPost, "/api/v1/platforms/acme/imports", `{"mac":"x"}`); got.status != 415 {
		t.Errorf("JSON: %d %s", got.status, got.body)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.admin.CheckImport(ctx, "acme", &hangsUp{cancel: cancel}, api.ImportOptions{})
	if err == nil {
		t.Error("a file that never ended was taken")
	}
}

// A MAC that does not begin like those of the vendor's phones is pointed out, and taken.
func TestImport_OddMAC(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.fill()
	i := s.mustImport("acme", "mac,account\n001122334455,main-acme\n000413000055,main-acme\n")
	want := map[string]bool{"00:11:22:33:44:55": true, "00:04:13:00:00:55": false}
	for r, err := range s.admin.ImportRows(t.Context(), i.ID, string(ztp.RowNew), "") {
		if odd, there := want[r.MAC]; err != nil || !there || strings.Contains(r.Hint, "begin with 00:04:13") != odd {
			t.Errorf("%s: %q, %v", r.MAC, r.Hint, err)
		}
		delete(want, r.MAC)
	}
	if len(want) > 0 {
		t.Errorf("not taken: %v", want)
	}
}

// A file of 2 GB is refused by its length. It has no content, so whoever read it would
// call it binary.
func TestImport_TooLong(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.fill()
	f, err := os.Create(filepath.Join(t.TempDir(), "phones.csv"))
	if err == nil {
		err = f.Truncate(2 << 30)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = s.admin.CheckImport(t.Context(), "acme", f, api.ImportOptions{})
	var e *api.Error
	if !errors.As(err, &e) || e.Code != string(ztp.CodeTooLarge) || e.Detail != "The file is longer than 512 MB. Cut the file into parts." {
		t.Error(err)
	}
}

// hangsUp sends a part of a file and goes away.
type hangsUp struct {
	cancel func()
	sent   bool
}

func (h *hangsUp) Read(p []byte) (int, error) {
	if h.sent {
		h.cancel()
		return 0, errors.New("gone")
	}
	h.sent = true
	return copy(p, "mac,account\n000413000005,main-acme\n"), nil
}

// What is exported is imported as it is: every row is unchanged.
func TestImport_RoundTrip(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.mustPlatform("acme")
	p, err := s.store.Platform(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.store.Account(t.Context(), p.ID, "main-acme")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"=1+1", "+49 30 1", "-x", "@home", "'quoted", `5" display`, "comma, too", "Zoë"}
	for n, name := range names {
		mac, _ := ztp.ParseMAC(fmt.Sprintf("0004130000%02x", n+16))
		now := time.Now()
		if err := s.store.SaveEndpoint(t.Context(), ztp.Endpoint{Platform: p.ID, Vendor: "snom", MAC: mac, Account: a.ID, ProductGroup: "D-Series", Model: "D785", Serial: "=1",
			Name: name, State: ztp.EndpointListed, CreatedAt: now, UpdatedAt: now}); err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	if err := s.admin.ExportPhones(t.Context(), "acme", "", true, &file); err != nil {
		t.Fatal(err)
	}
	i := s.mustImport("acme", file.String())
	if i.Rows != len(names) || i.Outcomes["unchanged"] != len(names) {
		t.Errorf("%v\n%s\n%v", i.Outcomes, file.String(), s.fileRows(i.ID, ""))
	}
	_, err = s.admin.StartImport(t.Context(), i.ID, api.ImportSkipInvalid)
	var e *api.Error
	if !errors.As(err, &e) || e.Code != string(ztp.CodeInvalid) || !strings.Contains(e.Detail, "Nothing of this file is to be written") {
		t.Errorf("start: %v", err)
	}
}

// The start asks for the mode, and refuses what can't end well.
func TestImport_Start(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.fill()
	i := s.mustImport("acme", "mac,account\n000413000005,main-acme\n000413000002,main-acme\n")
	for mode, says := range map[string]string{"": "one of", api.ImportAllOrNothing: "1 row can't be taken, so nothing is"} {
		_, err := s.admin.StartImport(t.Context(), i.ID, mode)
		var e *api.Error
		if !errors.As(err, &e) || e.Code != string(ztp.CodeInvalid) || !strings.Contains(fmt.Sprint(e.Detail, e.Fields), says) {
			t.Errorf("%q: %v", mode, err)
		}
	}
	if err := s.admin.RemoveImport(t.Context(), i.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.admin.Import(t.Context(), i.ID); err == nil {
		t.Error("it is still there")
	}
}
