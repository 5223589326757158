package ztp

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Check says what is wrong with a value, "" for nothing: what to do about it, in a
// sentence that never has the value in it. An empty value of anything but a password or a
// choice is right: nothing, whatever farther layers say.
func (i SettingInfo) Check(value string) string {
	if value == "" {
		switch i.Kind {
		case ValuePassword, ValueChoice, ValueWindow:
			return "Give a value, or remove the setting."
		}
		return ""
	}
	if i.Kind == ValueCertificates { // the one that has several lines
		return checkCertificates(value)
	}
	if i.Most > 0 && len([]rune(value)) > i.Most {
		return "It has at most " + strconv.Itoa(i.Most) + " characters."
	}
	if strings.TrimSpace(value) != value || strings.ContainsFunc(value, isControl) {
		return "It has no control or invisible characters, and no space at its ends."
	}
	return valueChecks[i.Kind](i, value)
}

var valueChecks = map[ValueKind]func(i SettingInfo, value string) string{
	ValueText:      func(SettingInfo, string) string { return "" },
	ValueChoice:    checkChoice,
	ValueHost:      checkHost,
	ValueURL:       checkURL,
	ValuePassword:  checkPassword,
	ValueWindow:    checkWindow,
	ValueKey:       checkKey,
	ValueBookEntry: checkBookEntry,
}

func checkChoice(i SettingInfo, value string) string {
	if hasChoice(i, value) {
		return ""
	}
	return "It is one of: " + strings.Join(i.Choices, ", ") + "."
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$`)

func checkHost(_ SettingInfo, value string) string {
	const shape = "It is a host name or an IP address, with a port after a colon where needed: sip.example.net:5061 or [2001:db8::1]:5061."
	host, port := value, ""
	switch end := strings.LastIndexByte(value, ']'); {
	case strings.HasPrefix(value, "[") && end > 0:
		host, port = value[1:end], value[end+1:]
		if a, err := netip.ParseAddr(host); err != nil || !a.Is6() || a.Zone() != "" {
			return shape
		}
		if port != "" && port[0] != ':' {
			return shape
		}
		port = strings.TrimPrefix(port, ":")
		return checkPort(port, strings.HasSuffix(value, ":"), shape)
	case strings.Contains(value, ":"):
		host, port, _ = strings.Cut(value, ":")
	}
	if !hostPattern.MatchString(host) {
		return shape
	}
	return checkPort(port, strings.HasSuffix(value, ":"), shape)
}

func checkPort(port string, needed bool, shape string) string {
	if port == "" && !needed {
		return ""
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || port[0] == '+' {
		return shape
	}
	return ""
}

func checkURL(_ SettingInfo, value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" || u.User != nil || checkHost(SettingInfo{}, u.Host) != "" || u.Host == "" || u.Fragment != "" || strings.Contains(value, " ") {
		return "It is an https address without a user or password in it."
	}
	return ""
}

const minAdminPassword = 8

func checkPassword(i SettingInfo, value string) string {
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "It has letters, digits and signs of ASCII alone, since phones write others in different ways."
	}
	if i.Name == SettingAdminPassword && len(value) < minAdminPassword {
		return "It has at least 8 characters."
	}
	return ""
}

var windowPattern = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$`)

func checkWindow(_ SettingInfo, value string) string {
	from, to, _ := ParseWindow(value)
	if value == Off || windowPattern.MatchString(value) && from != to {
		return ""
	}
	return "It is two times of the day, such as 01:00-05:00, or off."
}

// ParseWindow splits a value of kind ValueWindow; ok is false for one that is off.
func ParseWindow(value string) (from, to string, ok bool) { return strings.Cut(value, "-") }

// KeyType is what a function key does.
type KeyType string

const (
	KeyNone      KeyType = "none"
	KeyLine      KeyType = "line"       // the value is the line's number, "" for whichever is free
	KeyBLF       KeyType = "blf"        // shows whether somebody is busy, and calls
	KeySpeedDial KeyType = "speed_dial" // calls the number
	KeyPark      KeyType = "park"       // parks a call, or takes it up
	KeyTransfer  KeyType = "transfer"   // gives the call to the number
	KeyDTMF      KeyType = "dtmf"       // sends the tones
)

// KeyTypes lists them in the order of pages.
var KeyTypes = []KeyType{KeyNone, KeyLine, KeyBLF, KeySpeedDial, KeyPark, KeyTransfer, KeyDTMF}

// FunctionKey is the value of a SettingKey.
type FunctionKey struct {
	Type KeyType
	// Value is a number, a SIP address or a line, without spaces.
	Value string
	Label string
}

// ParseFunctionKey reads "type value label". Without a value, the label is left out too.
func ParseFunctionKey(text string) FunctionKey {
	var k FunctionKey
	kind, rest, _ := strings.Cut(text, " ")
	k.Type = KeyType(kind)
	k.Value, k.Label, _ = strings.Cut(strings.TrimSpace(rest), " ")
	k.Label = strings.TrimSpace(k.Label)
	return k
}

// String is the inverse of ParseFunctionKey.
func (k FunctionKey) String() string {
	return strings.TrimSpace(string(k.Type) + " " + strings.TrimSpace(k.Value+" "+k.Label))
}

var (
	dialPattern = regexp.MustCompile(`^[A-Za-z0-9+*#._~!$&'()/-]{1,128}$`)
	sipPattern  = regexp.MustCompile(`^sips?:[A-Za-z0-9+*#._~!$&'()/-]{1,128}@[A-Za-z0-9.:\[\]-]{1,253}$`)
	tonePattern = regexp.MustCompile(`^[0-9A-D*#]{1,64}$`)
	linePattern = regexp.MustCompile(`^([1-9]|1[0-2])?$`)
)

func checkKey(_ SettingInfo, value string) string {
	k := ParseFunctionKey(value)
	switch {
	case !slices.Contains(KeyTypes, k.Type):
		names := make([]string, len(KeyTypes))
		for i, t := range KeyTypes {
			names[i] = string(t)
		}
		return "It begins with one of: " + strings.Join(names, ", ") + "."
	case k.Type == KeyNone && k.Value+k.Label != "":
		return "A key that does nothing has neither value nor label."
	case k.Type == KeyNone:
	case k.Type == KeyLine && !linePattern.MatchString(k.Value):
		return "The value of a line key is the number of the line, 1 to 12."
	case k.Type == KeyDTMF && !tonePattern.MatchString(k.Value):
		return "The value is what is sent: digits, * and #."
	case k.Type != KeyLine && k.Type != KeyDTMF && !dialPattern.MatchString(k.Value) && !sipPattern.MatchString(k.Value):
		return "After the type comes a number, such as 201, or a SIP address, such as sip:201@pbx.example.net."
	case len([]rune(k.Label)) > 64:
		return "A label has at most 64 characters."
	}
	return ""
}

// BookEntry is the value of a SettingPhoneBook.
type BookEntry struct{ Number, Name string }

// ParseBookEntry reads "number name".
func ParseBookEntry(text string) BookEntry {
	number, name, _ := strings.Cut(text, " ")
	return BookEntry{number, strings.TrimSpace(name)}
}

// String is the inverse of ParseBookEntry.
func (e BookEntry) String() string { return strings.TrimSpace(e.Number + " " + e.Name) }

func checkBookEntry(_ SettingInfo, value string) string {
	c := ParseBookEntry(value)
	number := dialPattern.MatchString(c.Number) && strings.ContainsAny(c.Number, "0123456789*#")
	if !number && !sipPattern.MatchString(c.Number) || c.Name == "" {
		return "It is a number without spaces, and then a name: +49301234567 Anna Berg."
	}
	return ""
}
