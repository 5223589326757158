package provision

import (
	"strings"
	"unicode"
)

// maxAgent keeps the longest User-Agent of a real phone and no novel.
const maxAgent = 120

// cleanAgent makes what a phone says of itself fit for a log: a hint, never an
// identity. What does not print, turns or hides text is left out.
func cleanAgent(s string) string {
	if len(s) <= maxAgent && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return s // as that of nearly all phones
	}
	if len(s) > 4*maxAgent {
		s = s[:4*maxAgent]
	}
	s = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxAgent {
		return string(runes[:maxAgent]) + "…"
	}
	return s
}
