package ztp_test

import (
	"testing"

	"zerotouch.example/internal/ztp"
)

// Characters that nobody sees would let two names look the same.
func TestValidNameRefusesInvisibleCharacters(t *testing.T) {
	t.Parallel()
	for _, r := range []rune{0x00ad, 0x061c, 0x180e, 0x200b, 0x200d, 0x2060, 0x2064, 0x202e, 0x2028, 0xfeff, 0xfffd, 0x85, 0xfffe, 0xffff, 0xfdd0, 0x10ffff} {
		if name := "Bright" + string(r) + "water"; ztp.ValidName(name) {
			t.Errorf("%+q is taken", name)
		}
	}
	if !ztp.ValidName("Größe & Söhne, Zürich 東京") {
		t.Error("an ordinary name is refused")
	}
}
