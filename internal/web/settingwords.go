package web

import (
	"slices"
	"strings"

	"zerotouch.example/internal/ztp"
)

// nextFree is the lowest number that is not in the sorted list, 0 when all are.
func nextFree(taken []int, most int) int {
	for n := 1; n <= most; n++ {
		if _, found := slices.BinarySearch(taken, n); !found {
			return n
		}
	}
	return 0
}

// adminsAlone says of a setting that only super-admins set it, and why; else "".
func adminsAlone(i ztp.SettingInfo) string {
	if !i.AdminOnly {
		return ""
	}
	return "Super-admins alone: " + i.Why
}

var keyTitles = map[ztp.KeyType]string{
	ztp.KeyNone: "Nothing", ztp.KeyLine: "Line", ztp.KeyBLF: "Busy lamp (BLF)", ztp.KeySpeedDial: "Speed dial", ztp.KeyPark: "Park",
	ztp.KeyTransfer: "Transfer", ztp.KeyDTMF: "Tones (DTMF)",
}

// valueWords is a value for people.
func valueWords(i ztp.SettingInfo, value string) string {
	switch {
	case i.Secret || value == "":
		return ""
	case i.Kind == ztp.ValueKey:
		k := ztp.ParseFunctionKey(value)
		words := strings.TrimSpace(keyTitles[k.Type] + " " + k.Value)
		if k.Label != "" {
			words += ", " + k.Label
		}
		return words
	case i.Kind == ztp.ValueBookEntry:
		b := ztp.ParseBookEntry(value)
		return b.Name + ", " + b.Number
	case i.Kind == ztp.ValueCertificates:
		return strings.Join(ztp.CertificateWords(value), "; ")
	}
	return value
}
