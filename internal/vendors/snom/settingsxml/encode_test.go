package settingsxml_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom/settingsxml"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// deskPhone is what a provisioning server sends to a desk phone, with the characters that need care.
func deskPhone() settingsxml.Document {
	rw := settingsxml.ReadWrite
	return settingsxml.Document{Settings: []settingsxml.Setting{
		{Name: "auto_reboot_on_setting_change", Perm: rw, Value: "on"},
		{Name: "setting_server", Perm: rw, Value: "https://prov.example.net/p/TOKEN/{mac}"},
		{Name: "ntp_server", Perm: settingsxml.UserKeeps, Value: "pool.ntp.org"},
		{Name: "phone_name", Perm: settingsxml.ReadOnly, Value: `Müller & Søn <"Empfang">`},
		{Name: "idle_text", Value: "日本語 🙂"},
		{Name: "http_user", Perm: settingsxml.Volatile, Value: ""},
		{Name: "user_name", Index: new(1), Perm: rw, Value: "1001"},
		{Name: "user_pass", Index: new(1), Perm: rw, Value: "a]]>b&c", Secret: true},
		{Name: "user_name", Index: new(12), Perm: rw, Value: "1012"},
	}}
}

func TestEncodeGolden(t *testing.T) {
	t.Parallel()
	const golden = "testdata/desk-phone.xml"
	got, err := deskPhone().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("settings file (-want +got):\n%s", diff)
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		setting settingsxml.Setting
		want    string
	}{
		"EmptyName":       {settingsxml.Setting{Value: "x"}, "not a valid setting name"},
		"MarkupInName":    {settingsxml.Setting{Name: "a b><evil"}, "not a valid setting name"},
		"LongName":        {settingsxml.Setting{Name: strings.Repeat("a", 129)}, "not a valid setting name"},
		"DigitFirst":      {settingsxml.Setting{Name: "1a"}, "not a valid setting name"},
		"NewlineAfter":    {settingsxml.Setting{Name: "a\n"}, "not a valid setting name"},
		"NegativeIndex":   {settingsxml.Setting{Name: "user_name", Index: new(-1)}, "user_name: the index is outside"},
		"HugeIndex":       {settingsxml.Setting{Name: "user_name", Index: new(10000)}, "user_name: the index is outside"},
		"UnknownFlag":     {settingsxml.Setting{Name: "a", Perm: `"><x`}, "a: unknown permission flag"},
		"Newline":         {settingsxml.Setting{Name: "phone_name", Value: "a\nb"}, "phone_name: the value has a control character"},
		"NUL":             {settingsxml.Setting{Name: "user_name", Index: new(2), Value: "a\x00"}, "user_name[2]: the value has a control character"},
		"C1Control":       {settingsxml.Setting{Name: "phone_name", Value: "a\u0085b"}, "phone_name: the value has a control character"},
		"NotUTF8":         {settingsxml.Setting{Name: "phone_name", Value: "M\xfcller"}, "phone_name: the value has bytes that are not UTF-8"},
		"NotACharacter":   {settingsxml.Setting{Name: "phone_name", Value: "\uFFFE"}, "phone_name: the value has a character that XML cannot carry"},
		"SecretUserKeeps": {settingsxml.Setting{Name: "x", Perm: settingsxml.UserKeeps, Secret: true}, "x: the flag !"},
		"KnownSecretUserKeeps": {settingsxml.Setting{Name: "user_pass", Index: new(1), Perm: settingsxml.UserKeeps},
			"user_pass[1]: the flag !"},
		"ServerUserKeeps": {settingsxml.Setting{Name: settingsxml.SettingServer, Perm: settingsxml.UserKeeps}, "setting_server: the flag !"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := settingsxml.Document{Settings: []settingsxml.Setting{{Name: "first"}, tt.setting}}
			got, err := doc.Encode()
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "setting 2") {
				t.Errorf("error = %v, want one about setting 2 with %q", err, tt.want)
			}
			if got != nil {
				t.Errorf("half a file was returned: %q", got)
			}
		})
	}
}

func TestEncodeRefusesTwice(t *testing.T) {
	t.Parallel()
	doc := settingsxml.Document{Settings: []settingsxml.Setting{
		{Name: "user_name", Index: new(1)}, {Name: "user_name", Index: new(2)}, {Name: "user_name", Index: new(1)},
	}}
	_, err := doc.Encode()
	if want := "setting 3: user_name[1] stands in the document twice"; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %q", err, want)
	}
}

// Of certificates nothing is written that is none.
func TestEncodeRefusesCertificates(t *testing.T) {
	t.Parallel()
	doc := settingsxml.Document{Settings: []settingsxml.Setting{{Name: "first"}}, Certificates: [][]byte{[]byte("</certificate>")}}
	if got, err := doc.Encode(); err == nil || !strings.Contains(err.Error(), "certificate 1") || got != nil {
		t.Errorf("%v, %q", err, got)
	}
}

// TestErrorsHideValues puts a password wherever it can be wrong.
func TestErrorsHideValues(t *testing.T) {
	t.Parallel()
	const canary = "hunter2hunter2"
	for _, s := range []settingsxml.Setting{
		{Name: canary + "!"}, {Name: "user_pass", Value: canary + "\n"}, {Name: "user_pass", Value: canary, Perm: "!"},
		{Name: "user_pass", Value: canary, Perm: settingsxml.Perm(canary)},
	} {
		_, err := settingsxml.Document{Settings: []settingsxml.Setting{s}}.Encode()
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("error = %v, want one without the value", err)
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	const canary = "hunter2hunter2"
	doc := settingsxml.Document{Settings: []settingsxml.Setting{
		{Name: "user_pass", Index: new(1), Value: canary},
		{Name: "setting_server", Value: "https://h/p/" + canary + "/{mac}"},
		{Name: "anything", Value: canary, Secret: true},
		{Name: "user_name", Value: "shown"},
	}}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("settings", "doc", doc, "one", doc.Settings[0])
	asJSON, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	for how, got := range map[string]string{
		"%v": fmt.Sprintf("%v", doc), "%+v": fmt.Sprintf("%+v", &doc), "%#v": fmt.Sprintf("%#v", doc),
		"%s": fmt.Sprintf("%s", doc.Settings), "json": string(asJSON),
	} {
		if strings.Contains(got, canary) || !strings.Contains(got, "shown") {
			t.Errorf("%s shows the wrong things: %s", how, got)
		}
	}
	if strings.Contains(log.String(), canary) {
		t.Errorf("the log shows a secret: %s", log.String())
	}
}

func BenchmarkEncode(b *testing.B) {
	var doc settingsxml.Document
	for i := range 120 {
		doc.Settings = append(doc.Settings, settingsxml.Setting{Name: fmt.Sprintf("setting_%d", i), Perm: "RW", Value: "a value & more"})
	}
	for b.Loop() {
		if _, err := doc.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}
