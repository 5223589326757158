// Package settingsxml writes and reads the settings files of Snom desk phones: XML with the root <settings> that
// holds <phone-settings>, and the index files with the root <setting-files>.
//
// Writing is for a provisioning server: Document.Encode checks every setting, function key and entry of a phone book, because encoding/xml escapes values
// but takes any element name, and because one malformed byte makes a phone throw the whole file away. Reading is
// what a careful phone does: Parse takes a file as a whole or not at all. Neither knows what a setting means, except
// that some of them hold secrets: those never show when they are printed, and never get the flag that would let a
// user's change win over the next rotation.
//
// The format is the one the Snom wiki documents ("Desk Phone Configuration Files", "Permission Flags"); the function
// keys, phone books and certificates that may stand beside <phone-settings> are left alone when read.
package settingsxml

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SettingServer is the setting that says where a phone fetches its settings. Its value carries an account token.
const SettingServer = "setting_server"

// Perm says who may change a setting on the phone, in the spelling this package writes.
// Parse turns the older spellings ("$", "&" and one blank) into these.
type Perm string

const (
	// Default leaves the attribute out: writable, overwritten by the next provisioning.
	Default Perm = ""
	// ReadWrite lets the user change the value until the next provisioning overwrites it.
	ReadWrite Perm = "RW"
	// ReadOnly locks the user out; provisioning can still change the value.
	ReadOnly Perm = "R"
	// UserKeeps lets the user's value win over provisioning for good. Refused for secrets and for SettingServer.
	UserKeeps Perm = "!"
	// Volatile (firmware 10.1.79 and newer) is not kept over a reboot.
	Volatile Perm = "V"
)

// Setting is one parameter of a settings file.
type Setting struct {
	// Name is the element name, such as "user_name".
	Name string
	// Index is the identity or key the value belongs to; nil for settings that exist once.
	Index *int
	// Perm is the permission flag.
	Perm Perm
	// Value is the text as the phone is to have it, unescaped.
	Value string
	// Secret keeps the value out of everything printed. Settings that IsSecret knows need no mark.
	Secret bool
}

// Document is the content of a settings file. The order is kept: some settings act from where they stand on.
type Document struct {
	Settings []Setting
	// Keys are function keys; without any the phone keeps those it has.
	Keys []Key
	// Book is the whole phone book: what is not in it goes from the phone. nil leaves the phone's own alone.
	Book []Entry
	// Certificates are those of authorities that the phone is to trust beside its own, as DER;
	// without any nothing is said of them.
	Certificates [][]byte
}

// redacted stands for a secret value wherever a setting is printed.
const redacted = "[redacted]"

// maxIndex bounds idx far above the identities (1 to 12) and keys any phone has; more is a mistake of the caller.
const maxIndex = 9999

// maxName bounds a setting name; the longest known one has about 40 characters.
const maxName = 128

// validName reports whether name matches ^[A-Za-z_][A-Za-z0-9_.-]*$ within maxName. By hand, because a regular
// expression takes most of the time of writing a file.
func validName(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		case i > 0 && ('0' <= c && c <= '9' || c == '.' || c == '-'):
		default:
			return false
		}
	}
	return name != "" && len(name) <= maxName
}

// IsSecret reports whether a setting of this name holds a password, its hash, or a URL with a token in it.
// It errs on the side of secrecy: a harmless setting with "pass" in its name counts too, and so does
// every action URL, since those of voice services have users, passwords and keys in them.
func IsSecret(name string) bool {
	n := strings.ToLower(name)
	for part := range strings.SplitSeq(n, "_") {
		switch part {
		case "pw", "pwd", "pin", "psk", "token":
			return true
		}
	}
	return n == SettingServer || strings.HasPrefix(n, "action_") || strings.Contains(n, "pass") || strings.Contains(n, "secret") || strings.Contains(n, "hash")
}

// Label names the setting with its index, for messages: `user_name[2]`. It never contains the value.
func (s Setting) Label() string {
	if s.Index == nil {
		return s.Name
	}
	return s.Name + "[" + strconv.Itoa(*s.Index) + "]"
}

// Validate says what keeps the setting out of a settings file; the value never stands in the error.
func (s Setting) Validate() error {
	if !validName(s.Name) {
		// The name is not repeated: a value in the wrong field may be a password.
		return errors.New("the name is not a valid setting name")
	}
	if s.Index != nil && (*s.Index < 0 || *s.Index > maxIndex) {
		return fmt.Errorf("%s: the index is outside 0 to %d", s.Name, maxIndex)
	}
	switch s.Perm {
	case Default, ReadWrite, ReadOnly, Volatile:
	case UserKeeps:
		if s.secret() {
			return fmt.Errorf("%s: the flag ! would keep an old value on the phone for good", s.Label())
		}
	default:
		return fmt.Errorf("%s: unknown permission flag", s.Label())
	}
	if why := badText(s.Value); why != "" {
		return fmt.Errorf("%s: the value has %s in it", s.Label(), why)
	}
	return nil
}

// badText names what cannot stand in a value. Tabs and line breaks are legal XML, but no setting of a phone has a
// use for them, and they are how a value smuggles a second line into a log or a display.
func badText(value string) string {
	if !utf8.ValidString(value) {
		return "bytes that are not UTF-8"
	}
	for _, r := range value {
		switch {
		case unicode.IsControl(r):
			return "a control character"
		case r == 0xFFFE || r == 0xFFFF:
			return "a character that XML cannot carry"
		}
	}
	return ""
}

func (s Setting) secret() bool { return s.Secret || IsSecret(s.Name) }

func (s Setting) shown() string {
	if s.secret() {
		return redacted
	}
	return s.Value
}

// Format prints name=value with a secret value left out, whatever the verb.
func (s Setting) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "%s=%q", s.Label(), s.shown())
}

// LogValue leaves a secret value out of logs.
func (s Setting) LogValue() slog.Value {
	return slog.StringValue(s.Label() + "=" + s.shown())
}

// MarshalJSON leaves a secret value out. It is for showing settings; a copy made through JSON is not complete.
func (s Setting) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name  string `json:"name"`
		Index *int   `json:"index,omitempty"`
		Perm  Perm   `json:"perm,omitempty"`
		Value string `json:"value"`
	}{s.Name, s.Index, s.Perm, s.shown()})
}
