package sqlstore

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// wordList is many words, each with one of its phones, in a fraction of the memory and of
// the time to sort that strings take.
type wordList struct {
	text []byte // each word with the MAC behind it
	all  []wordAt
}

// wordAt is where a word stands. begins is what it begins with, which tells most apart.
type wordAt struct {
	begins    uint64
	at, bytes uint32
}

func (l *wordList) add(word, mac string) {
	var begins [8]byte
	copy(begins[:], word)
	l.all = append(l.all, wordAt{binary.BigEndian.Uint64(begins[:]), uint32(len(l.text)), uint32(len(word))}) //nolint:gosec // of wordsOf phones
	l.text = append(append(l.text, word...), mac...)
}

// sort has the words in the order of their bytes, each by MAC, provided that phones were
// added by MAC.
func (l *wordList) sort() {
	slices.SortFunc(l.all, func(a, b wordAt) int {
		if c := cmp.Compare(a.begins, b.begins); c != 0 {
			return c
		}
		if c := bytes.Compare(l.text[a.at:a.at+a.bytes], l.text[b.at:b.at+b.bytes]); c != 0 {
			return c
		}
		return cmp.Compare(a.at, b.at)
	})
}

func (l *wordList) of(w wordAt) (word, mac string) {
	const macBytes = len("00:04:13:00:00:00")
	both := string(l.text[w.at : int(w.at+w.bytes)+macBytes])
	return both[:w.bytes], both[w.bytes:]
}
