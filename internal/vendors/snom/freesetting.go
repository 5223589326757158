package snom

import (
	"slices"
	"strings"

	"zerotouch.example/internal/vendors/snom/settingsxml"
	"zerotouch.example/internal/ztp"
)

// maxFree bounds a value of a setting by Snom's own name.
const maxFree = 500

// harmless are the settings that anybody who may change settings may set: what they do
// ends at the display, the ringer and the keys of one phone.
var harmless = []string{
	"advertisement", "auto_redial", "auto_redial_value", "auto_reboot_on_setting_change", "backlight", "backlight_idle",
	"backlight_when_active", "call_completion", "call_waiting", "callpickup_dialoginfo", "contrast", "cw_dialtone", "date_us_format",
	"dim_timer", "display_method", "dnd_mode", "dst", "headset_device", "intercom_enabled", "label_contrast", "mwi_dialtone",
	"mwi_notification", "no_dnd", "partial_lookup", "ring_sound", "ringer_headset_device", "screen_saver_timeout", "silence_compression",
	"time_24_format", "use_backlight", "vol_handset", "vol_headset", "vol_ringer", "vol_speaker", "with_flash",
}

// cuttingOff begin the names of settings that can cut a phone off for good, hand it to
// somebody else, or let somebody into it.
var cuttingOff = []string{
	"action_", "admin_mode", "auto_dial", "cert", "check_fqdn", "checksync", "custom_bg_image", "dhcp", "dns_", "dot1x", "eap", "enable_", "eth_",
	"firmware", "gateway", "http", "ieee8021", "ip_", "ipv6", "lcserver", "ldap_", "lldp", "net_", "netmask", "network_id", "ntp_", "openvpn",
	"phone_type", "pnp", "prov_", "provisioning", "redirection", "restrict", "server", "setting", "sip_", "stun", "subscription", "syslog",
	"tls", "tr069", "tr369", "trusted", "update", "user_", "vlan", "vpn", "web", "xml_",
}

// ours are settings by which a phone proves itself here: with other values it would be
// held as a stranger.
var ours = []string{"http_client_user", "http_client_pass"}

const (
	whyCutsOff = "it can cut a phone off or let somebody into it"
	whyUnknown = "it is not among the settings known to be harmless"
)

// FreeSetting knows by its name who may set a setting of Snom's own, and whether it holds
// a secret. Which settings there are, only the firmware knows: a phone ignores others.
func (v *Vendor) FreeSetting(name string) (ztp.SettingInfo, error) {
	if err := (settingsxml.Setting{Name: name}).Validate(); err != nil || name != strings.ToLower(name) {
		return ztp.SettingInfo{}, ztp.Invalid("name", "A setting of Snom's own has lower-case letters, digits and underscores, as in Snom's list of settings.")
	}
	if slices.Contains(ours, name) {
		return ztp.SettingInfo{}, ztp.Invalid("name", "Each phone gets a value of its own from here, by which it proves itself; leave this setting away.")
	}
	i := ztp.SettingInfo{
		Title: name, Help: "A setting by Snom's own name, given to the phone as it is.", Kind: ztp.ValueText, Most: maxFree,
		Indexes: ztp.MaxLines,
	}
	if settingsxml.IsSecret(name) {
		i.Kind, i.Secret = ztp.ValuePassword, true
	}
	begins := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	switch {
	case i.Secret || slices.ContainsFunc(cuttingOff, begins):
		i.AdminOnly, i.Why = true, whyCutsOff
	case !slices.Contains(harmless, name):
		i.AdminOnly, i.Why = true, whyUnknown
	}
	return i, nil
}
