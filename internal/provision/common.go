package provision

import (
	"bytes"
	"unique"
)

// commonPart is a text that many files have, and where it stands in what is left of one
// without it. It is in memory once, however many phones have it: certificates of
// authorities are longer than all the rest of a file.
type commonPart struct {
	at   int
	text unique.Handle[string]
}

// cutCommon returns what is left of a file without those of the texts that it has, in their
// order, and these. The file stays as it is.
func cutCommon(whole []byte, texts []string) (own []byte, common []commonPart) {
	if len(texts) == 0 {
		return whole, nil
	}
	for _, text := range texts {
		at := bytes.Index(whole, []byte(text))
		if at < 0 { // of a format that writes it in another way
			continue
		}
		own = append(own, whole[:at]...)
		common = append(common, commonPart{len(own), unique.Make(text)})
		whole = whole[at+len(text):]
	}
	return append(own, whole...), common
}

// withCommon is the inverse; it appends to room.
func withCommon(room, own []byte, common []commonPart) []byte {
	from := 0
	for _, c := range common {
		room = append(append(room, own[from:c.at]...), c.text.Value()...)
		from = c.at
	}
	return append(room, own[from:]...)
}
