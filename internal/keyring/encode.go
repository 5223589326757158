package keyring

import "encoding/binary"

// encode joins the format and the caller's elements, each after its length in
// four bytes, so that no two lists give the same bytes: ("ab","c") and
// ("a","bc") differ, as do a list and its beginning.
func encode(format string, elements ...string) []byte {
	size := 4 + len(format)
	for _, e := range elements {
		size += 4 + len(e)
	}
	out := appendElement(make([]byte, 0, size), format)
	for _, e := range elements {
		out = appendElement(out, e)
	}
	return out
}

func appendElement(out []byte, element string) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(element)))
	return append(out, element...)
}
