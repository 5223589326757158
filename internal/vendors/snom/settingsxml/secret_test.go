package settingsxml_test

import (
	"testing"

	"zerotouch.example/internal/vendors/snom/settingsxml"
)

// What Snom's settings are called that hold a secret, and names that are near to those.
func TestIsSecret(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"setting_server": true, "user_pass": true, "http_pass": true, "admin_mode_password_confirm": true, "ldap_password": true, "user_hash": true,
		"keyboard_lock_pw": true, "mailbox_pin": true, "wifi_psk": true, "xml_token": true, "KEYBOARD_LOCK_PW": true,
		"keyboard_lock": false, "keyboard_lock_timeout": false, "user_pname": false, "pickup_indication": false, "ringing_time": false, "fkey": false,
	} {
		if got := settingsxml.IsSecret(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
