package settingsxml_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zerotouch.example/internal/vendors/snom/settingsxml"
)

func TestParse(t *testing.T) {
	t.Parallel()
	type setting = settingsxml.Setting
	tests := map[string]struct {
		in   string
		want settingsxml.File
	}{
		// An unknown MAC gets an empty settings file from the redirection service.
		"Empty":          {"<settings/>", settingsxml.File{}},
		"EmptyPhonePart": {"\uFEFF<?xml version='1.0' encoding='UTF-8'?>\n<settings><phone-settings e='2'/></settings>\n", settingsxml.File{}},
		"EveryFlag": {`<settings><phone-settings><a perm="">1</a><b perm="RW"/><c perm="$"/><d perm="R"/><e perm="&amp;"/><f perm=" "/>` +
			`<g perm="!"/><h perm="V"/></phone-settings></settings>`,
			settings(setting{Name: "a", Value: "1"}, setting{Name: "b", Perm: "RW"}, setting{Name: "c", Perm: "RW"}, setting{Name: "d", Perm: "R"},
				setting{Name: "e", Perm: "R"}, setting{Name: "f", Perm: "R"}, setting{Name: "g", Perm: "!"}, setting{Name: "h", Perm: "V"})},
		"Escapes": {`<settings><phone-settings e="2"><x idx="3">&lt;&amp;&#x65E5;<![CDATA[<b>]]><!-- no --> z </x></phone-settings></settings>`,
			settings(setting{Name: "x", Index: new(3), Value: "<&日<b> z "})},
		// Parts a phone needs and this package does not.
		"OtherParts": {`<settings><functionKeys e="2"><fkey idx="0" context="1" label="" perm="">line</fkey></functionKeys>` +
			`<tbook><item><first_name>A</first_name></item></tbook><phone-settings><user_pass idx="1">p</user_pass></phone-settings><dialplan/></settings>`,
			settings(setting{Name: "user_pass", Index: new(1), Value: "p", Secret: true})},
		"Twice": {`<settings><phone-settings><a>1</a></phone-settings><phone-settings><a>2</a></phone-settings></settings>`,
			settings(setting{Name: "a", Value: "1"}, setting{Name: "a", Value: "2"})},
		"Index": {`<setting-files><file url="http://h/a.xml?b=1&amp;c=2"/> <file url="b.xml"></file></setting-files>`,
			settingsxml.File{Index: []string{"http://h/a.xml?b=1&c=2", "b.xml"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := settingsxml.Parse([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("file (-want +got):\n%s", diff)
			}
		})
	}
}

func settings(s ...settingsxml.Setting) settingsxml.File {
	return settingsxml.File{Document: settingsxml.Document{Settings: s}}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	in := func(content string) string {
		return "<settings><phone-settings>" + content + "</phone-settings></settings>"
	}
	tests := map[string]struct{ in, want string }{
		"Nothing":          {"", "no element"},
		"OnlyText":         {"not found", "text between"},
		"HTML":             {"<html><body>login</body></html>", "root element"},
		"HTMLDoctype":      {"<!DOCTYPE html><html></html>", "document type"},
		"JSON":             {`{"error":"no"}`, "text between"},
		"FirmwareFile":     {"<firmware-settings><firmware>http://h/f.bin</firmware></firmware-settings>", "root element"},
		"Truncated":        {"<settings><phone-settings><a>1</a>", "not well-formed"},
		"TruncatedValue":   {"<settings><phone-settings><a>1", "not well-formed"},
		"WrongClosing":     {in("<a>1</b>"), "not well-formed"},
		"BareAmpersand":    {in("<a>1&2</a>"), "not well-formed"},
		"UnknownEntity":    {in("<a>&nbsp;</a>"), "not well-formed"},
		"UnquotedAttr":     {in("<a idx=1>x</a>"), "not well-formed"},
		"TwoRoots":         {"<settings/><settings/>", "follows the root"},
		"TextAfter":        {"<settings/>x", "follows the root"},
		"LateDeclaration":  {"<settings/><?xml version='1.0'?>", "follows the root"},
		"DeclarationInner": {"<settings><?xml version='1.0'?></settings>", "XML declaration"},
		"SpaceFirst":       {" <?xml version='1.0'?><settings/>", "XML declaration"},
		"EntityBomb":       {`<!DOCTYPE x [<!ENTITY a "aaaa">]>` + in("<x>&a;</x>"), "document type"},
		"Latin1Declared":   {"<?xml version='1.0' encoding='iso-8859-1'?><settings/>", "not well-formed"},
		"Latin1Bytes":      {in("<a>M\xfcller</a>"), "not UTF-8"},
		"NUL":              {in("<a>\x00</a>"), "XML does not allow"},
		"NULByReference":   {in("<a>&#0;</a>"), "not well-formed"},
		"Nested":           {in("<a><b/></a>"), "element inside a setting"},
		"TextBetween":      {in("<a/>oops<b/>"), "text between"},
		"BadIndex":         {in(`<a idx="-1"/>`), "idx is not a number"},
		"HugeIndex":        {in(`<a idx="99999999999999999999"/>`), "idx is not a number"},
		"BadFlag":          {in(`<a perm="X"/>`), "permission flag"},
		"Action":           {in(`<a action="remove"/>`), "action"},
		"AttributeTwice":   {in(`<a idx="1" idx="2"/>`), "stands twice"},
		"ManyAttributes":   {in("<a " + manyAttributes() + "/>"), "too many attributes"},
		"NameSpace":        {`<settings xmlns="urn:x"/>`, "name spaces"},
		"Prefix":           {in(`<x:a/>`), "name spaces"},
		"OddName":          {in(`<größe/>`), "valid setting name"},
		"Deep":             {"<settings>" + strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40) + "</settings>", "too deeply"},
		"EmptyIndex":       {"<setting-files/>", "names no file"},
		"IndexWithoutURL":  {"<setting-files><file/></setting-files>", "elements only"},
		"IndexOther":       {`<setting-files><a url="x"/></setting-files>`, "elements only"},
		"TooLarge":         {in("<a>" + strings.Repeat("x", settingsxml.MaxSize) + "</a>"), "larger than"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := settingsxml.Parse([]byte(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want one with %q", err, tt.want)
			}
			if diff := cmp.Diff(settingsxml.File{}, got); diff != "" {
				t.Errorf("part of a refused file came out:\n%s", diff)
			}
		})
	}
}

func manyAttributes() string {
	var b strings.Builder
	for i := range 40 {
		b.WriteString(" a" + strings.Repeat("x", i) + `=""`)
	}
	return b.String()
}

// TestParseErrorsHideContent: the decoder quotes entities and tags, and a wrongly escaped password looks like one.
func TestParseErrorsHideContent(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"&hunter2;", "<hunter2", "</hunter2>", "<x perm='hunter2'/>", "<x idx='hunter2'/>"} {
		_, err := settingsxml.Parse([]byte("<settings><phone-settings>" + bad + "</phone-settings></settings>"))
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: error = %v, want one without content", bad, err)
		}
	}
}

// document draws any document that Encode must take.
func document(t *rapid.T) settingsxml.Document {
	name := rapid.StringMatching(`[A-Za-z_][A-Za-z0-9_.-]{0,20}`)
	value := rapid.StringOf(rapid.Rune().Filter(func(r rune) bool {
		return r >= 0x20 && (r < 0x7F || r > 0x9F) && r != 0xFFFE && r != 0xFFFF
	}))
	one := rapid.Custom(func(t *rapid.T) settingsxml.Setting {
		s := settingsxml.Setting{Name: name.Draw(t, "name"), Value: value.Draw(t, "value")}
		s.Secret = settingsxml.IsSecret(s.Name)
		perms := []settingsxml.Perm{settingsxml.Default, settingsxml.ReadWrite, settingsxml.ReadOnly, settingsxml.Volatile}
		if !s.Secret {
			perms = append(perms, settingsxml.UserKeeps)
		}
		s.Perm = rapid.SampledFrom(perms).Draw(t, "perm")
		if rapid.Bool().Draw(t, "indexed") {
			s.Index = new(rapid.IntRange(0, 9999).Draw(t, "index"))
		}
		return s
	})
	return settingsxml.Document{Settings: rapid.SliceOfNDistinct(one, 1, 20, settingsxml.Setting.Label).Draw(t, "settings")}
}

// TestRoundTrip: what a phone reads is what was written, and writing it again gives the same bytes.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := document(t)
		data, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := settingsxml.Parse(data)
		if err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		if diff := cmp.Diff(want, got.Document); diff != "" {
			t.Fatalf("document (-want +got):\n%s", diff)
		}
		again, err := got.Document.Encode()
		if err != nil || !bytes.Equal(data, again) {
			t.Fatalf("not deterministic (%v):\n%s\n%s", err, data, again)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "<settings/>", `<setting-files><file url="a"/></setting-files>`, "<!DOCTYPE a><settings/>", "\uFEFF<settings></settings>",
		`<?xml version="1.0"?><settings><phone-settings e="2"><a idx="1" perm="RW">&amp;&#65;<![CDATA[x]]></a></phone-settings></settings>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := settingsxml.Parse(data)
		if err != nil {
			return
		}
		encoded, err := file.Document.Encode()
		if err != nil {
			return // a tab in a value, a setting twice: readable, but nothing we would write
		}
		again, err := settingsxml.Parse(encoded)
		if err != nil {
			t.Fatalf("own file refused: %v\n%s", err, encoded)
		}
		if diff := cmp.Diff(file.Document, again.Document); diff != "" {
			t.Fatalf("document (-first +second):\n%s", diff)
		}
	})
}
