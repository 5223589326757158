package ztp

import "strings"

// GateCause is why a gate is closed.
type GateCause string

const (
	CauseReleased       GateCause = "released"
	CauseDisabled       GateCause = "link_disabled"
	CauseNotOnboarded   GateCause = "link_not_configured"
	CauseLinkTrouble    GateCause = "link_needs_attention"
	CausePaused         GateCause = "paused"
	CausePausedDisable  GateCause = "paused_by_disable"
	CauseNotConfirmed   GateCause = "not_confirmed"
	CauseTaken          GateCause = "taken"
	CauseVendorRefused  GateCause = "vendor_refused"
	CauseMissingThere   GateCause = "missing_at_vendor"
	CauseSibling        GateCause = "sibling_company"
	CauseWrongGroup     GateCause = "wrong_product_group"
	CauseSwitchedOff    GateCause = "switched_off_at_vendor"
	CauseOtherURL       GateCause = "other_url"
	CauseEarlierURL     GateCause = "earlier_url"
	CauseNoURL          GateCause = "no_url"
	CauseNoToken        GateCause = "no_token"
	CauseServedElse     GateCause = "served_elsewhere"
	CauseDNS            GateCause = "dns"
	CauseUnreachable    GateCause = "unreachable"
	CauseNeverCame      GateCause = "never_came"
	CauseSilent         GateCause = "silent"
	CauseOldTLS         GateCause = "old_tls"
	CauseNoCipher       GateCause = "no_common_cipher"
	CauseName           GateCause = "name_not_served"
	CausePlainHTTP      GateCause = "plain_http"
	CauseHandshake      GateCause = "handshake"
	CauseOurCertificate GateCause = "our_certificate"
	CauseChain          GateCause = "our_chain"
	CauseNotTrusted     GateCause = "not_trusted"
	CauseClock          GateCause = "clock"
	CauseNoCertificate  GateCause = "phone_certificate_missing"
	CauseNotBelieved    GateCause = "phone_certificate_not_believed"
	CauseOtherCert      GateCause = "other_certificate"
	CauseRetiredToken   GateCause = "retired_token"
	CauseUnknownToken   GateCause = "unknown_token"
	CauseOtherAccount   GateCause = "other_account"
	CauseNoDeviceToken  GateCause = "no_device_token"
	CauseWrongDevice    GateCause = "wrong_device_token"
	CauseMoving         GateCause = "moving"
	CauseEarly          GateCause = "not_expected_yet"
	CauseLate           GateCause = "window_closed"
	CauseElsewhere      GateCause = "other_network"
	CauseHeld           GateCause = "held"
	CauseOwnCertificate GateCause = "own_certificate_missing"
	CausePassword       GateCause = "password_not_said"
	CauseSentHome       GateCause = "sent_home"
	CauseNotRendered    GateCause = "not_rendered"
	CauseNotReady       GateCause = "not_ready"
	CauseTrouble        GateCause = "trouble_here"
	CauseNoLine         GateCause = "no_line"
	CauseNoRegistrar    GateCause = "no_registrar"
	CauseNoPassword     GateCause = "no_sip_password"
	CauseWrongPassword  GateCause = "wrong_sip_password"
	CauseUnknownUser    GateCause = "unknown_sip_user"
	CauseEarlierFile    GateCause = "earlier_settings"
	CauseGone           GateCause = "sip_gone"
	CauseNotRegistered  GateCause = "not_registered"
)

// vendorWord stands for the vendor's title.
const vendorWord = "{vendor}"

// GateCauses is what each cause is called and what opens the gate, in the order of gates.
var GateCauses = []struct {
	Cause         GateCause
	Gate          GateName
	Title, Remedy string
}{
	{CauseReleased, GateEntry, "The phone is released", "Register it again."},
	{CauseNotOnboarded, GateEntry, "{vendor} is not onboarded for this platform", "Onboard it on the platform's card."},
	{CauseDisabled, GateEntry, "{vendor} is disabled for this platform", "Onboard it again on the platform's card; phones that the Disable paused are then redirected again."},
	{CauseLinkTrouble, GateEntry, "{vendor} needs attention for this platform", "Do what the platform's card says."},
	{CausePaused, GateEntry, "The phone is paused", "Resume it."},
	{CausePausedDisable, GateEntry, "The phone was paused by a Disable", "Resume it, or onboard the platform again."},
	{CauseNotConfirmed, GateEntry, "{vendor} has not confirmed the phone yet", "Wait for its operation, or save the phone again when none is under way."},
	{CauseTaken, GateEntry, "Another company at {vendor} has the phone", "Have it released there, then save it again. A platform of this installation that has it can move it."},
	{CauseVendorRefused, GateEntry, "{vendor} has refused the phone", "Correct what it says, then save the phone again."},
	{CauseMissingThere, GateEntry, "The phone is missing at {vendor}", "Use Fix in the comparison with {vendor}, or save the phone again."},
	{CauseSibling, GateEntry, "The company of another platform has the phone at {vendor}", "Move it there from here, or release it there and save it again."},
	{CauseWrongGroup, GateEntry, "The phone has another product group at {vendor}", "Use Fix in the comparison with {vendor}, or correct the product group here."},
	{CauseSwitchedOff, GateEntry, "Its redirection is switched off at {vendor}", "Use Fix in the comparison with {vendor}."},
	{CauseNoURL, GateURL, "There is no provisioning URL", "Set ZEROTOUCH_PROVISIONING_URL, or give the platform one of its own."},
	{CauseNoToken, GateURL, "Its account has no provisioning token", "Issue one, then save the phone."},
	{CauseOtherURL, GateURL, "{vendor} sends it to another URL", "Use Fix in the comparison with {vendor}, or save the phone."},
	{CauseEarlierURL, GateURL, "{vendor} sends it to an earlier URL", "Use Update address on the platform's card: it proves the present one, and phones in service then learn it at their next fetch. Or set the earlier one again."},
	{CauseServedElse, GateURL, "The platform's phones are served elsewhere", "Look at that server: what phones get there is not seen here. One that still asks here is told its URL there and nothing else."},
	{CauseDNS, GateDNS, "The name of the provisioning URL is not found in DNS", "Correct the record of that name."},
	{CauseUnreachable, GateReach, "The provisioning URL does not lead here", "Correct proxy, firewall or address as Health says."},
	{CauseNeverCame, GateReach, "It has never come", "Connect it and, if it was in use before, reset it to factory settings. Its network has to let it reach {vendor} and the provisioning URL by HTTPS, and offer no other settings by DHCP or PnP first."},
	{CauseSilent, GateReach, "It has not come for days", "See whether it has power and network. It asks for its settings every night, so it is off, cut off, or was reset and not redirected."},
	{CauseOldTLS, GateTLS, "It speaks no TLS that is spoken here", "Bring a firmware onto it that speaks TLS 1.2."},
	{CauseNoCipher, GateTLS, "No cipher suite is known to both", "Add a chain with RSA to ZEROTOUCH_PHONE_TLS_CERT, or bring a newer firmware onto it."},
	{CauseName, GateTLS, "No certificate is for the name it asks for", "Add a certificate for that name to ZEROTOUCH_PHONE_TLS_CERT."},
	{CausePlainHTTP, GateTLS, "It comes without TLS", "Make its URL an https one. If a proxy takes TLS off, name it in ZEROTOUCH_TRUSTED_PROXIES and let it set X-Forwarded-Proto."},
	{CauseHandshake, GateTLS, "Its TLS handshakes fail", "See what Health says of the handshakes of its network."},
	{CauseOurCertificate, GateCertificate, "Our certificate is out of time, or not for this name", "Renew it: a new file is taken without a restart."},
	{CauseChain, GateCertificate, "Our certificate is from an authority that is not known", "Put the whole chain into ZEROTOUCH_PHONE_TLS_CERT, of an authority that phones know."},
	{CauseNotTrusted, GateCertificate, "It does not trust our certificate", "Put the whole chain into ZEROTOUCH_PHONE_TLS_CERT, of an authority that its firmware knows, for the name in the URL."},
	{CauseClock, GateCertificate, "Its clock is wrong", "Give it a time server by DHCP option 42, and let its network reach that."},
	{CauseNoCertificate, GateCertificate, "It shows no certificate where one is required", "Let it come by a name where none is required, or have a phone with one."},
	{CauseNotBelieved, GateCertificate, "Its certificate is not believed", "Add its maker's authority to ZEROTOUCH_PHONE_CLIENT_CA if that is why; where none is required, admit the phone once you are sure of it."},
	{CauseOtherCert, GateCertificate, "Whoever comes shows the certificate of another phone", "Compare the MAC on the phone's label with this one, and register that."},
	{CauseRetiredToken, GateToken, "The token in its URL is retired", "Use Update address on the platform's card, then reset the phone to factory settings."},
	{CauseUnknownToken, GateToken, "It comes by a token that no account has", "Reset it to factory settings: {vendor} gives it the present URL."},
	{CauseOtherAccount, GateToken, "It comes by the URL of another account", "Register it in that account, or reset it to factory settings so that {vendor} gives it the present URL."},
	{CauseNoDeviceToken, GateToken, "It comes by a URL without its own token", "Reset it to factory settings: {vendor} gives it its own URL. One that was typed in by hand lacks it."},
	{CauseWrongDevice, GateToken, "It comes by a URL from an earlier life", "Reset it to factory settings: {vendor} gives it the present URL."},
	{CauseMoving, GateToken, "It was told its own URL and has not come by that", "Wait for its next request; if none comes, restart it."},
	{CauseEarly, GateWindow, "It came before it is expected", "Admit it, or correct the day on which it is expected."},
	{CauseLate, GateWindow, "Its first-contact window is closed", "Admit it: it gets its settings the next time it asks."},
	{CauseElsewhere, GateWindow, "Its settings were given out in another network before", "Make sure who is the phone. If it is one that waits, admit it and give its lines other passwords: somebody else has read those. If it is the one that has them, dismiss the alarm."},
	{CauseHeld, GateWindow, "Somebody holds it: it gets holding settings whatever it shows", "End the hold on the phone's page. Admitting it ends the hold too."},
	{CauseOwnCertificate, GateWindow, "It came without the device certificate of its model", "Make sure that it is the phone, and admit it. Edit platform lets all its phones come without one, which is less."},
	{CausePassword, GateWindow, "It was asked for its password and has not said it", "Admit it if it was reset or replaced; else it gets in when it says its password."},
	{CauseSentHome, GateSettings, "Its platform is off-boarded", "Cancel the off-boarding, or move the phone to another platform."},
	{CauseNotRendered, GateSettings, "Its model reads no settings from here", "Correct model and product group if they are wrong; else it needs another server."},
	{CauseNotReady, GateSettings, "Its settings were not complete when it last came", "Wait: it comes again within 15 minutes, and gets them then without a click."},
	{CauseTrouble, GateSettings, "Its settings could not be made", "It asks again by itself, and gets them when that is over. If it is not, look at Health and the log of this server."},
	{CauseNoLine, GateSettings, "It has no SIP line here", "Set line_user, line_password and line_registrar. A line that it has from elsewhere stays as it is."},
	{CauseNoRegistrar, GateSettings, "A line of it has no registrar, so it gets no settings", "Set line_registrar for the phone, its account or its platform."},
	{CauseNoPassword, GateSettings, "A line of it has no password, so it gets no settings", "Set line_password. Where the voice service asks for none, any will do."},
	{CauseEarlierFile, GateSIP, "It has not asked since its settings were changed", "Wait for its next request, or restart it."},
	{CauseWrongPassword, GateSIP, "The voice service refuses its user or password", "Set line_password, line_user and line_auth_user as the voice service has them."},
	{CauseUnknownUser, GateSIP, "The voice service does not know its user", "Create the user there, or correct line_user."},
	{CauseGone, GateSIP, "It was registered and has not come again", "See whether it has power and network, and whether its firewall keeps SIP open."},
	{CauseNotRegistered, GateSIP, "The voice service has no registration of it", "Compare user, password, registrar, outbound proxy and transport with the voice service, and see whether its network lets SIP through."},
}

// Title is the cause for people.
func (c GateCause) Title(vendor string) string {
	for _, x := range GateCauses {
		if x.Cause == c {
			return strings.ReplaceAll(x.Title, vendorWord, vendor)
		}
	}
	return string(c)
}

// Remedy is what opens the gate.
func (c GateCause) Remedy(vendor string) string {
	for _, x := range GateCauses {
		if x.Cause == c {
			return strings.ReplaceAll(x.Remedy, vendorWord, vendor)
		}
	}
	return ""
}

var gateTitles = map[GateName]string{
	GateEntry: "Entry at the vendor", GateURL: "URL at the vendor", GateDNS: "Name in DNS", GateReach: "Way here", GateTLS: "TLS",
	GateCertificate: "Certificates", GateToken: "Tokens in its URL", GateWindow: "Who it is", GateSettings: "Settings", GateSIP: "SIP registration",
}

// Title is the gate for people.
func (g GateName) Title() string { return titleOf(gateTitles, g) }

// GateNames lists them in their order.
func GateNames() []GateName {
	all := make([]GateName, len(gates))
	for i, g := range gates {
		all[i] = g.name
	}
	return all
}
