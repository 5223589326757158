package ztp_test

import (
	"encoding/json"
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

func TestParseMAC(t *testing.T) {
	t.Parallel()
	const want = "00:04:13:A1:1F:A7"
	for _, spelling := range []string{
		"00:04:13:A1:1F:A7", "00:04:13:a1:1f:a7", "000413a11fa7", "000413A11FA7", "00-04-13-A1-1F-A7",
		"0004.13a1.1fa7", "00 04 13 a1 1f a7", "  000413-A11FA7\n",
	} {
		m, err := ztp.ParseMAC(spelling)
		if err != nil || m.String() != want || m.Bare() != "000413A11FA7" {
			t.Errorf("%q: %v, %v", spelling, m, err)
		}
	}
	for name, wrong := range map[string]string{
		"empty": "", "separators alone": "::::", "too short": "000413A11FA", "too long": "000413A11FA7A7",
		"eight bytes": "00:04:13:A1:1F:A7:00:01", "not hexadecimal": "00:04:13:A1:1F:G7", "other alphabet": "００04１3Ａ11F",
		"multicast": "01:00:5E:00:00:01", "broadcast": "FF:FF:FF:FF:FF:FF", "zero": "00:00:00:00:00:00",
		"line break inside": "000413\nA11FA7", "prefix": "0x000413A11FA7", "invalid UTF-8": "000413A11FA\xff",
	} {
		m, err := ztp.ParseMAC(wrong)
		if e := ztp.AsError(err); err == nil || e.Code != ztp.CodeInvalid || e.Fields["mac"] == "" || !m.IsZero() {
			t.Errorf("%s: want a field error for mac, got %v, %v", name, m, err)
		}
	}
}

func TestMACInJSON(t *testing.T) {
	t.Parallel()
	var in struct{ MAC ztp.MAC }
	if err := json.Unmarshal([]byte(`{"MAC":"0004.13a1.1fa7"}`), &in); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(in)
	if want := `{"MAC":"00:04:13:A1:1F:A7"}`; err != nil || string(out) != want {
		t.Errorf("want %s, got %s, %v", want, out, err)
	}
	before := in.MAC
	if err := json.Unmarshal([]byte(`{"MAC":"nonsense"}`), &in); err == nil || in.MAC != before {
		t.Errorf("nonsense gave %v, %v", in.MAC, err)
	}
}

func FuzzParseMAC(f *testing.F) {
	for _, s := range []string{"00:04:13:A1:1F:A7", "0004.13a1.1fa7", "", "zz", "01005e000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ztp.ParseMAC(s)
		if err != nil {
			if ztp.AsError(err).Fields["mac"] == "" || !m.IsZero() {
				t.Errorf("%q: %v, %v", s, m, err)
			}
			return
		}
		again, err := ztp.ParseMAC(m.String())
		if err != nil || again != m {
			t.Errorf("%q: %s parses as %v, %v", s, m, again, err)
		}
		if digits := strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(strings.TrimSpace(s)); !strings.EqualFold(digits, m.Bare()) {
			t.Errorf("%q became %s", s, m.Bare())
		}
	})
}
