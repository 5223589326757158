package ztp

import (
	"slices"
	"strings"
)

// ValueKind says what a setting's value looks like.
type ValueKind string

const (
	ValueText      ValueKind = "text"
	ValueChoice    ValueKind = "choice"
	ValueHost      ValueKind = "host" // host or host:port
	ValueURL       ValueKind = "url"  // https, without a password in it
	ValuePassword  ValueKind = "password"
	ValueWindow    ValueKind = "window"           // HH:MM-HH:MM, or off
	ValueKey       ValueKind = "key"              // see FunctionKey
	ValueBookEntry ValueKind = "phone_book_entry" // see BookEntry
	// ValueCertificates are certificates of authorities in PEM; see CACertificates.
	ValueCertificates ValueKind = "certificates"
)

// SettingInfo is what is known of a setting, whatever its value.
type SettingInfo struct {
	Name  SettingName
	Title string
	// Help says in a sentence what it does and how a value is written.
	Help string
	Kind ValueKind
	// Secret: the value is sealed, and never comes back.
	Secret bool
	// Choices are the values of a ValueChoice.
	Choices []string
	// Most is how many characters a value has at most.
	Most int
	// Indexes is how many of it a phone has: lines, keys, entries; 0 for a setting that
	// exists once.
	Indexes int
	// EveryLine: a value without an index counts for all lines.
	EveryLine bool
	// PhoneOnly: it says who somebody is, and so stands in the layer of a phone alone.
	PhoneOnly bool
	// AdminOnly: a wrong value can cut a phone off for good, or runs somebody's code on
	// it. Only super-admins set it. Why says which.
	AdminOnly bool
	Why       string
	// Default counts where no layer has a value; "" for none.
	Default string
}

// MaySet reports whether somebody of that role may set it. What a Viewer may do at all is
// decided elsewhere; the rule is for roles that a tenant's own people will have.
func (i SettingInfo) MaySet(r Role) bool { return !i.AdminOnly || r == SuperAdmin }

// How many lines, keys and entries a phone can have here.
const (
	MaxLines    = 12
	MaxKeys     = 200
	MaxContacts = 500
)

// Names of the catalogue that renderers ask for.
const (
	SettingTimeZone         SettingName = "time_zone"
	SettingLanguage         SettingName = "language"
	SettingToneScheme       SettingName = "tone_scheme"
	SettingNTPServer        SettingName = "ntp_server"
	SettingPhoneName        SettingName = "phone_name"
	SettingAdminPassword    SettingName = "admin_password"
	SettingPollWindow       SettingName = "poll_window"
	SettingFirmwareURL      SettingName = "firmware_url"
	SettingCACertificates   SettingName = "ca_certificates"
	SettingRemoteManagement SettingName = "vendor_remote_management"
	SettingNetworkFallback  SettingName = "network_fallback"
	SettingLineDisplayName  SettingName = "line_display_name"
	SettingLineUser         SettingName = "line_user"
	SettingLineAuthUser     SettingName = "line_auth_user"
	SettingLinePassword     SettingName = "line_password"
	SettingLineRegistrar    SettingName = "line_registrar"
	SettingLineProxy        SettingName = "line_outbound_proxy"
	SettingLineTransport    SettingName = "line_transport"
	SettingLineSRTP         SettingName = "line_srtp"
	SettingLineMailbox      SettingName = "line_mailbox"
	SettingKey              SettingName = "function_key"
	SettingPhoneBook        SettingName = "phone_book"
)

// On and Off are the values of switches.
const (
	On  = "on"
	Off = "off"
)

var onOff = []string{On, Off}

// SettingCatalogue is every setting with a name of ours, in the order of pages.
var SettingCatalogue = []SettingInfo{
	{Name: SettingPhoneName, Title: "Phone name", Help: "What the phone calls itself; without one, the phone's name here.", Kind: ValueText, Most: 64, PhoneOnly: true},
	{Name: SettingTimeZone, Title: "Time zone", Help: "The zone whose time the display shows, such as Europe/Berlin.", Kind: ValueChoice, Choices: timeZones},
	{Name: SettingLanguage, Title: "Language", Help: "The language of display and web page, such as de.", Kind: ValueChoice, Choices: languages},
	{Name: SettingToneScheme, Title: "Tones", Help: "The country whose dial, ring and busy tones are played, such as DE.", Kind: ValueChoice, Choices: toneCountries},
	{Name: SettingNTPServer, Title: "Time server", Help: "Host of the NTP server. Without the right time a phone refuses every certificate.", Kind: ValueHost, Most: 253},
	{Name: SettingAdminPassword, Title: "Administrator password", Help: "Password of the phone's own menu and web page, 8 to 64 letters, digits and signs.", Kind: ValuePassword, Most: 64, Secret: true},
	{Name: SettingPollWindow, Title: "Asks for settings", Help: "When each phone asks for its settings once a day, at a time of its own, as 01:00-05:00; or off.", Kind: ValueWindow, Default: "01:00-05:00"},
	{Name: SettingRemoteManagement, Title: "Remote management by the vendor", Help: "Whether the vendor's own service may restart and change the phone over TR-369.", Kind: ValueChoice, Choices: onOff, Default: Off},
	{Name: SettingNetworkFallback, Title: "Settings from its own network", Help: "Whether a phone that can't get its settings here takes those that PnP, DHCP or TR-069 offer in its network. Without a value it does as its maker has it.", Kind: ValueChoice, Choices: onOff, AdminOnly: true, Why: "without it a phone that can't come here has to be reset"},
	{Name: SettingFirmwareURL, Title: "Firmware", Help: "The https address of the firmware that the phone is to have. Without one it keeps what it has.", Kind: ValueURL, Most: 500, AdminOnly: true, Why: "it runs somebody's program on the phone"},
	{Name: SettingCACertificates, Title: "Trusted authorities", Help: "Certificates of authorities, in PEM, that the phone is to trust beside those of its maker: at most 4, none that has ended, and never a key. They go to phones alone that get their lines over TLS. A phone may keep one that is taken away here until it is reset.", Kind: ValueCertificates, AdminOnly: true, Why: "whoever has its key can stand in for every server that the phone asks"},

	{Name: SettingLineDisplayName, Title: "Display name", Help: "The name that is shown to those who are called.", Kind: ValueText, Most: 64, Indexes: MaxLines, PhoneOnly: true},
	{Name: SettingLineUser, Title: "User", Help: "The user part of the line's SIP address. A line without one is switched off.", Kind: ValueText, Most: 128, Indexes: MaxLines, PhoneOnly: true},
	{Name: SettingLineAuthUser, Title: "Authentication user", Help: "The user name for signing in, where it is not the user.", Kind: ValueText, Most: 128, Indexes: MaxLines, PhoneOnly: true},
	{Name: SettingLinePassword, Title: "Password", Help: "The SIP password of the line, at most 128 characters.", Kind: ValuePassword, Most: 128, Secret: true, Indexes: MaxLines, PhoneOnly: true},
	{Name: SettingLineRegistrar, Title: "Registrar", Help: "Host of the voice service, with a port where it is not the usual one.", Kind: ValueHost, Most: 253, Indexes: MaxLines, EveryLine: true},
	{Name: SettingLineProxy, Title: "Outbound proxy", Help: "Host that all calls go through, where it is not the registrar.", Kind: ValueHost, Most: 253, Indexes: MaxLines, EveryLine: true},
	{Name: SettingLineTransport, Title: "Transport", Help: "How SIP is carried.", Kind: ValueChoice, Choices: []string{"udp", "tcp", "tls"}, Indexes: MaxLines, EveryLine: true},
	{Name: SettingLineSRTP, Title: "Encrypted speech", Help: "Whether speech is encrypted (SRTP).", Kind: ValueChoice, Choices: []string{Off, "optional", "required"}, Indexes: MaxLines, EveryLine: true},
	{Name: SettingLineMailbox, Title: "Mailbox", Help: "The number that the message key calls.", Kind: ValueText, Most: 64, Indexes: MaxLines, EveryLine: true},

	{Name: SettingKey, Title: "Function key", Help: "Type, value and label: \"line 1\", \"blf 201 Anna Berg\", \"speed_dial +49301234567 Office\", or none.", Kind: ValueKey, Most: 300, Indexes: MaxKeys},
	{Name: SettingPhoneBook, Title: "Phone book entry", Help: "Number and name: \"+49301234567 Anna Berg\".", Kind: ValueBookEntry, Most: 200, Indexes: MaxContacts},
}

// The values that vendors' adapters have words for. Others are set by the vendor's own
// name.
var (
	languages     = []string{"da", "de", "en", "es", "fr", "hu", "it", "nl", "pl", "sv"}
	toneCountries = []string{"AT", "AU", "CH", "DE", "DK", "ES", "FR", "GB", "IT", "JP", "NL", "NO", "NZ", "SE", "US"}
	timeZones     = []string{
		"America/Anchorage", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/New_York", "America/Toronto",
		"America/Vancouver", "Asia/Jerusalem", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Europe/Amsterdam", "Europe/Athens",
		"Europe/Berlin", "Europe/Bratislava", "Europe/Brussels", "Europe/Bucharest", "Europe/Budapest", "Europe/Copenhagen",
		"Europe/Dublin", "Europe/Helsinki", "Europe/Kyiv", "Europe/Lisbon", "Europe/London", "Europe/Luxembourg", "Europe/Madrid",
		"Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Riga", "Europe/Rome", "Europe/Sofia", "Europe/Stockholm",
		"Europe/Tallinn", "Europe/Vienna", "Europe/Warsaw", "Europe/Zagreb", "Europe/Zurich", "Pacific/Auckland", "Pacific/Honolulu",
	}
)

// settingOrder is the place of each name in the catalogue.
var settingOrder = func() map[SettingName]int {
	order := make(map[SettingName]int, len(SettingCatalogue))
	for i, info := range SettingCatalogue {
		order[info.Name] = i
	}
	return order
}()

// SettingBook knows every setting: those of the catalogue, and vendors' own through their
// adapters.
type SettingBook struct {
	vendors []VendorName
	free    map[VendorName]FreeSettings
}

// NewSettingBook asks those of the vendors that know settings of their own.
func NewSettingBook(vendors []Vendor) SettingBook {
	b := SettingBook{free: map[VendorName]FreeSettings{}}
	for _, v := range vendors {
		if f, ok := v.(FreeSettings); ok {
			name := v.Describe().Name
			b.vendors, b.free[name] = append(b.vendors, name), f
		}
	}
	return b
}

// Info tells what is known of a setting; invalid for one that there is not.
func (b SettingBook) Info(n SettingName) (SettingInfo, error) {
	if i, ok := settingOrder[n]; ok {
		return SettingCatalogue[i], nil
	}
	vendor, name, free := n.Free()
	if !free {
		return SettingInfo{}, Invalid("name", "There is no setting of this name; zerotouch settings list tells which there are. A vendor's own is written with the vendor before it, such as snom:dim_timer.")
	}
	f, ok := b.free[vendor]
	if !ok {
		names := make([]string, len(b.vendors))
		for i, v := range b.vendors {
			names[i] = string(v)
		}
		return SettingInfo{}, Invalid("name", "There is no such vendor before the colon. There is "+strings.Join(names, ", ")+".")
	}
	info, err := f.FreeSetting(name)
	info.Name = n
	return info, err
}

// compareSettings puts values into the order of pages: the catalogue, then vendors' own
// by name, each by index.
func compareSettings(a, b Setting) int {
	if d := settingRank(a.Name) - settingRank(b.Name); d != 0 {
		return d
	}
	if d := strings.Compare(string(a.Name), string(b.Name)); d != 0 {
		return d
	}
	return a.Index - b.Index
}

func settingRank(n SettingName) int {
	if i, ok := settingOrder[n]; ok {
		return i
	}
	return len(SettingCatalogue)
}

func hasChoice(i SettingInfo, value string) bool { return slices.Contains(i.Choices, value) }
