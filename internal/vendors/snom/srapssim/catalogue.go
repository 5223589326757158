package srapssim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
)

// Ids seen in a recorded answer (client code in production). Clients look
// them up by name; they are constants here so that a test can tell them apart.
const (
	DeskGroupID         = "1a45a2a3f6b94c4cbfa5439b446132f7" // D-Series
	DECTGroupID         = "6cdbd3dfe5fe40e28c909f118a509b8a" // M-Series
	DeskSettingServerID = "50a400560eec4dc0b96b026094e06562" // redirects desk phones
	DECTSettingServerID = "5683038cec6c4fa9be95b2de9d1750e8" // the trap: first in the list, no effect on desk phones
)

// settingCount is how many global settings a client counted in March 2026
// (client code in production).
const settingCount = 1179

// Where the two entries named setting_server stand: the wrong one on the first
// page, the right one far behind (order assumed; both exist in a recorded
// answer).
const (
	wrongSettingServerAt = 7
	rightSettingServerAt = 903
)

// settingDef is one entry of the global catalogue; the fields are those of a
// recorded answer (client code in production).
type settingDef struct {
	id, name, param, section, fieldType, group string
	groups                                     []string
	usesPermissions                            bool
}

type productGroup struct{ id, name string }

// settingGroup is what links.group of a setting leads to (the resource is in a
// recorded answer, its content is assumed).
type settingGroup struct{ id, name string }

type catalogue struct {
	settings      []settingDef
	byID          map[string]settingDef
	productGroups []productGroup
	groups        []settingGroup
}

// theCatalogue is the same for every server: SRAPS has one, and building it
// once keeps New cheap for tests that make thousands of servers.
var theCatalogue = sync.OnceValue(buildCatalogue)

// Names known from settings files (Snom wiki, client code in production).
var knownParams = []string{
	"user_active", "user_realname", "user_name", "user_pname", "user_pass", "user_hash", "user_host", "user_outbound",
	"user_mailbox", "user_expiry", "user_srtp", "user_savp", "user_idle_text", "user_idle_number", "user_dtmf_info",
	"codec_priority_list", "user_auth_tag", "user_server_type", "user_failover_identity", "keepalive_interval",
	"stun_server", "provisioning_order", "update_policy", "firmware_status", "firmware_interval", "ntp_server",
	"timezone", "tone_scheme", "language", "web_language", "http_user", "http_pass", "admin_mode_password",
	"webserver_admin_name", "webserver_admin_password", "webserver_type", "phone_name", "auto_reboot_on_setting_change",
	"prov_polling_enabled", "prov_polling_mode", "prov_polling_period", "prov_polling_time",
	"prov_polling_time_rand_end", "http_client_user", "http_client_pass", "tr369_enable", "pnp_config", "vlan_id",
	"vlan_qos", "codec_tos", "signaling_tos", "checksync_action", "settings_refresh_timer",
	"check_fqdn_against_server_cert", "update_server", "update_filename",
}

func buildCatalogue() *catalogue {
	c := &catalogue{byID: map[string]settingDef{}}
	// Group names: client code in production. The ids of the last two are assumed.
	c.productGroups = []productGroup{
		{id: fixedID("group C-Series"), name: "C-Series"},
		{id: DeskGroupID, name: "D-Series"},
		{id: DECTGroupID, name: "M-Series"},
		{id: fixedID("group MSC-Series"), name: "MSC-Series"},
	}
	for _, section := range []string{"global", "phone-settings", "functionKeys", "tbook"} {
		c.groups = append(c.groups, settingGroup{id: fixedID("setting group " + section), name: section})
	}
	for i, known, filler := 0, 0, 0; i < settingCount; i++ {
		var def settingDef
		switch {
		case i == wrongSettingServerAt:
			def = settingDef{id: DECTSettingServerID, name: "Setting Server URL", param: "setting_server",
				section: "global", fieldType: "url", groups: []string{DECTGroupID}}
		case i == rightSettingServerAt:
			def = settingDef{id: DeskSettingServerID, name: "Setting Server", param: "setting_server",
				section: "phone-settings", fieldType: "text", groups: []string{DeskGroupID}, usesPermissions: true}
		case i%3 == 0 && known < len(knownParams):
			def = plainSetting(knownParams[known], "phone-settings")
			known++
		default:
			def = fillerSetting(filler)
			filler++
		}
		def.group = fixedID("setting group " + def.section)
		c.settings = append(c.settings, def)
		c.byID[def.id] = def
	}
	return c
}

// fillerSetting makes up entries for the size of the list (names assumed).
func fillerSetting(n int) settingDef {
	subjects := []string{"ringer", "display", "headset", "speaker", "call_log", "directory", "wlan", "bluetooth", "ldap", "xcap"}
	return plainSetting(fmt.Sprintf("%s_option_%d", subjects[n%len(subjects)], n/len(subjects)+1), "phone-settings")
}

func plainSetting(param, section string) settingDef {
	return settingDef{id: fixedID("setting " + param), name: param, param: param, section: section,
		fieldType: "text", groups: []string{DeskGroupID}, usesPermissions: true}
}

// fixedID gives the same 32 digits in every run: settings are global and their
// uuids stable (client code in production: same uuid in 2021 and 2025).
func fixedID(what string) string {
	sum := sha256.Sum256([]byte(what))
	return hex.EncodeToString(sum[:16])
}

func (c *catalogue) hasProductGroup(id string) bool { return c.groupName(id) != "" }

// groupName returns the name of a product group, "" for one that does not exist.
func (c *catalogue) groupName(id string) string {
	for _, g := range c.productGroups {
		if g.id == id {
			return g.name
		}
	}
	return ""
}
