package sqlstore

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"unicode"

	"zerotouch.example/internal/ztp"
)

// last is behind every text that begins with what is before it.
const last = "\U0010FFFF"

// words are the letters and digits of a text without case, cut at everything else.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// phoneFold is what a phone is sorted and found by: a line with its name, one with its
// MAC, and one with the words that endpoint_word has of it, which is all but what its
// name begins with.
func phoneFold(e ztp.Endpoint) string {
	name := fold(e.Name)
	all := words(name + " " + e.Serial + " " + e.Model)
	if len(all) > 0 && strings.HasPrefix(name, all[0]) {
		all = all[1:]
	}
	slices.Sort(all)
	return name + "\n" + e.MAC.String() + "\n" + strings.Join(slices.Compact(all), " ")
}

// needle is what somebody looks for.
type needle struct {
	// digits of a MAC in a row, at least four; "" where it can be no MAC.
	digits string
	terms  []string
}

func needleOf(text string) needle {
	n := needle{terms: words(text)}
	bare := strings.ToUpper(strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(text))
	if len(bare) >= 4 && len(bare) <= 12 && strings.Trim(bare, "0123456789ABCDEF") == "" {
		n.digits = bare
	}
	if len(bare) == 12 && n.digits != "" {
		n.terms = nil
	}
	return n
}

func (n needle) inMAC(mac string) bool {
	return n.digits != "" && strings.Contains(strings.ReplaceAll(mac, ":", ""), n.digits)
}

// inFold: every term begins a word.
func (n needle) inFold(fold string) bool {
	name, rest, _ := strings.Cut(fold, "\n")
	_, rest, _ = strings.Cut(rest, "\n")
	all := append(words(name), strings.Fields(rest)...)
	for _, t := range n.terms {
		if !slices.ContainsFunc(all, func(w string) bool { return strings.HasPrefix(w, t) }) {
			return false
		}
	}
	return len(n.terms) > 0
}

// firstIn is the first word of endpoint_word of a phone that begins with the term.
func firstIn(fold, term string) string {
	words := strings.Fields(fold[strings.LastIndexByte(fold, '\n')+1:])
	slices.Sort(words) // as the database does, by bytes
	if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, term) }); i >= 0 {
		return words[i]
	}
	return ""
}

// macRange holds the MACs from the first one on, before the second one.
type macRange struct{ from, to string }

// macRanges are the ranges, in their order, of MACs that have the digits at a place that
// begins in the maker's half. makers are the first halves that there are, and rarely
// more than a few.
func macRanges(digits string, makers []string) (all []macRange) {
	for _, maker := range makers {
		bare := strings.ReplaceAll(maker, ":", "")
		for at := range min(6, 13-len(digits)) {
			head := digits[:min(len(digits), 6-at)]
			if bare[at:at+len(head)] == head {
				all = append(all, rangeOf(bare+digits[len(head):]))
			}
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].from < all[j].from }) // a wider one first
	kept := all[:0]
	for _, r := range all {
		if len(kept) == 0 || r.to > kept[len(kept)-1].to {
			kept = append(kept, r)
		}
	}
	return kept
}

// rangeOf is the range of MACs that begin with these digits.
func rangeOf(digits string) macRange {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && i%2 == 0 {
			b.WriteByte(':')
		}
		b.WriteRune(d)
	}
	return macRange{b.String(), b.String() + last}
}

// endSizes are how many second halves a statement asks for: each text of one is kept.
var endSizes = []int{1, 32, 768}

// macEnds are the second halves of MACs that have the digits in them; the first one fills
// up to one of endSizes.
func macEnds(digits string) []string {
	free := 6 - len(digits)
	if free < 0 {
		return nil
	}
	seen := map[string]bool{}
	for at := range free + 1 {
		for n := range 1 << (4 * free) {
			others := fmt.Sprintf("%0*X", free, n)[:free]
			end := others[:at] + digits + others[at:]
			seen[end[:2]+":"+end[2:4]+":"+end[4:]] = true
		}
	}
	ends := slices.Sorted(maps.Keys(seen))
	size := endSizes[slices.IndexFunc(endSizes, func(size int) bool { return len(ends) <= size })]
	for len(ends) < size {
		ends = append(ends, ends[0])
	}
	return ends
}
