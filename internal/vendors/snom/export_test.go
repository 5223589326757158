package snom

import (
	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/ztp"
)

// Classify is the one function that says what is known of a failed call.
func Classify(err error, mutating bool) *ztp.VendorError {
	out := classify(err, mutating)
	if out == nil {
		return nil
	}
	return ztp.VendorErrorOf(out)
}

// SettingServer picks among the settings named setting_server.
func SettingServer(servers []sraps.Setting, group, groupID string) (string, error) {
	return settingServer(servers, group, groupID)
}
