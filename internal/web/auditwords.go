package web

import "strings"

// actionWords say what an action of the audit log did, between who did it and to
// what. An action that is not here is said by its name.
var actionWords = map[string]string{
	"onboard.asked": "asked to onboard", "onboard.done": "onboarded", "onboard.failed": "could not onboard",
	"connect.asked": "asked to connect", "connect.done": "connected", "connect.failed": "could not connect",
	"rotate.asked": "asked to rotate the credentials", "rotate.done": "rotated the credentials", "rotate.failed": "could not rotate the credentials",
	"platform.offboard.asked": "asked to off-board platform", "platform.offboard.cancelled": "asked to cancel an off-boarding", "platform.offboarded": "came to the end of the off-boarding of platform",
	"offboard.asked": "asked to give up what is at", "offboard.done": "gave up what was at", "offboard.failed": "could not give up what is at",
	"profile.deleted": "deleted profile", "profile.not_deleted": "could not delete profile",
	"disable.asked": "asked to disable", "disable.done": "disabled", "disable.failed": "could not disable",
	"disable.confirmed": "confirmed the earlier Disable",
	"adopt.asked":       "asked to adopt a company", "adopt.done": "adopted a company", "adopt.failed": "could not adopt a company",
	"check.asked": "asked for a check", "check.done": "checked", "check.failed": "could not check",
	"revoke_key.asked": "asked to remove key", "revoke_key.done": "removed a key", "revoke_key.failed": "could not remove a key",
	"update_address.asked": "asked to update the address", "update_address.done": "updated the address",
	"update_address.failed": "could not update the address",
	"reconcile.asked":       "asked for a comparison", "reconcile.done": "compared everything", "reconcile.failed": "could not compare",
	"sync.asked": "asked for a sync", "sync.done": "synced phones", "sync.failed": "could not sync phones",
	"sync.adopt.asked": "asked to adopt phones", "sync.fix.asked": "asked to fix phones", "sync.release.asked": "asked to release phones",
	"fix_address.asked": "asked to put right the address of", "pause_foreign.done": "stopped the redirection of a foreign address",
	"pause_foreign.failed": "could not stop the redirection of a foreign address", "address.paused": "stopped the redirection of",
	"address.gone":  "no longer found",
	"rebuild.asked": "asked to rebuild from company", "rebuild.done": "rebuilt the platform", "rebuild.failed": "could not rebuild the platform",
	"platform.rebuilt": "rebuilt platform", "account.rebuilt": "rebuilt account", "endpoints.rebuilt": "read back phones",
	"database.restored": "marked the database as restored", "later_key.found": "found a key that this database never gave:",
	"vendor_writes.off": "switched vendor writes off", "vendor_writes.on": "switched vendor writes on", "vendor_writes.stopped": "stopped changes",
	"company.released": "let the record go of company", "key.released": "closed the record of key",
	"row.fix": "asked to fix row", "row.adopt": "asked to adopt the company of row", "row.release": "asked to release row",
	"tidy.asked": "asked to tidy up",
	"tidy.done":  "tidied up", "tidy.failed": "could not tidy up",

	"endpoint.register.asked": "asked to register phone", "register.done": "registered phone", "register.failed": "could not register phone",
	"endpoint.pause.asked": "asked to pause phone", "pause.done": "paused phone", "pause.failed": "could not pause phone",
	"endpoint.resume.asked": "asked to resume phone", "resume.done": "resumed phone", "resume.failed": "could not resume phone",
	"endpoint.release.asked": "asked to release phone", "release.done": "carried out the release of phone", "release.failed": "could not release phone",
	"settings.change": "asked to change settings", "settings.changed": "changed settings",
	"settings.proposed": "proposed a change of settings for many phones,", "rollout.advance": "asked to send on change of settings", "rollout.advanced": "sent on change of settings",
	"rollout.stop": "asked to stop change of settings", "rollout.stopped": "stopped change of settings", "rollout.done": "sent to everybody change of settings",
	"rollout.back": "asked to take back change of settings", "rollout.taken_back": "took back change of settings",
	"resync.begin": "asked to tell phones to look again", "resync.begun": "began telling phones to look again,", "resync.cancel": "asked to cancel telling phones to look again,", "resync.cancelled": "cancelled telling phones to look again,",
	"settings.freeze": "asked to freeze settings", "settings.frozen": "froze the settings of phones", "settings.unfreeze": "asked to unfreeze settings", "settings.unfrozen": "let changes of settings go out again",
	"endpoint.sip":      "told the voice service's word on phone",
	"endpoint.admitted": "admitted phone", "endpoint.alarm_dismissed": "took note of the alarm of phone", "endpoint.newcomer_held": "held somebody who came by the URL of phone",
	"endpoint.held": "held phone", "endpoint.hold_ended": "ended the hold of phone", "endpoint.password_rotated": "gave another HTTP password to phone",
	"phones.scanned":         "noticed, in requests for many phones that are not there, a",
	"endpoint.replace.asked": "asked to replace phone", "replace.done": "replaced phone", "replace.failed": "could not replace phone",
	"endpoint.move.asked": "asked to move phone", "move.done": "moved phone", "move.failed": "could not move phone",
	"endpoint.replaced": "replaced phone", "endpoint.replaces": "registered as a replacement phone", "endpoint.given_up": "gave up, to move it, phone", "endpoint.moved": "moved phone",
	"phone.first_contact": "fetched its settings for the first time", "phone.fetched": "fetched its settings last",
	"phone.sip_registered": "was said to be SIP-registered", "phone.sip_not_registered": "was said not to be SIP-registered",
	"endpoint.listed": "wrote phone", "endpoint.paused": "wrote as paused phone", "endpoint.released": "gave up phone",
	"endpoint.removed": "took off the list phone", "endpoint.failed": "was refused phone",
	"endpoints.pause.asked": "asked to pause many phones", "endpoints.resume.asked": "asked to resume many phones",
	"endpoints.release.asked": "asked to release many phones", "endpoints.bulk.asked": "asked to change many phones",
	"bulk.done": "came to the end with many phones", "bulk.failed": "stopped with many phones",
	"operation.cancel": "asked to cancel", "operation.cancelled": "cancelled the rest of", "operation.resume": "asked to take up again", "operation.resumed": "took up again the rest of many phones",

	"company.created": "created company", "company.found": "took up company", "company.adopted": "took up company",
	"company.gone": "no longer found company", "profile.recorded": "wrote profile",
	"link.checked": "checked company", "link.disabled": "let go of company",
	"credential.planned": "will create key", "credential.created": "created key", "credential.activated": "switched to key",
	"credential.revoked": "revoked key", "credential.refused": "was refused key", "credential.absent": "found that there is no key",
	"credential.found_late": "found late key", "credential.orphaned": "wiped here key", "foreign_key.revoked": "removed key",

	"platform.create": "asked to add a platform", "platform.created": "added platform", "platform.update": "asked to change a platform",
	"platform.updated": "changed platform", "platform.delete": "asked to remove a platform", "platform.removed": "removed platform",
	"account.create": "asked to add an account", "account.created": "added account", "account.update": "asked to change an account",
	"account.updated": "changed account", "account.delete": "asked to remove an account", "account.removed": "removed account",
	"account.token_issue": "asked for the token of an account", "account.token_issued": "issued the token of", "account.token_retire": "asked to retire an earlier token of an account", "account.token_retired": "retired an earlier token of", "account.token_shown_again": "was shown again the token of", "account.made_primary": "made primary account",

	"import.check": "asked to check a file of phones", "import.checked": "checked the file of phones", "import.asked": "asked to import", "import.done": "imported phones",
	"import.failed": "could not import phones", "import.remove": "asked to remove the check of a file", "import.removed": "removed the check of", "endpoints.imported": "took phones of",

	"campaign.create": "asked for a campaign", "campaign.created": "made campaign", "campaign.paused": "paused campaign", "campaign.resumed": "let go on campaign",
	"campaign.cancelled": "cancelled campaign", "campaign.ended": "came to the end of campaign",

	"key.added": "began to rotate the keyset, with the new key", "key.promoted": "switched sealing to key", "key.withdrawn": "rotated the keyset and withdrew key",
	"root_key.added": "added the root key", "root_key.withdrawn": "withdrew the root key",
	"phones_key.added": "began to seal what phones get under a key of its own, root key", "phones_key.ready": "sealed all that phones get under the root key", "phones_key.renewed": "exchanged the root key of phones for",
	"user.signed_in": "signed in", "user.signed_out": "signed out", "user.sign_in": "tried to sign in as",
	"user.add": "asked to add user", "user.added": "added user", "user.password_set": "set the password of", "user.remove": "asked to remove user",
	"user.removed": "removed user", "token.add": "asked to add API token", "token.added": "added API token",
	"token.revoke": "asked to revoke API token", "token.revoked": "revoked API token",
	"reseller.set": "put reseller credentials in place:", "reseller.remove": "asked to remove the reseller credentials", "reseller.removed": "removed the reseller credentials",
}

// sentence turns an action such as "link.checked" into words.
func sentence(action string) string {
	if words, ok := actionWords[action]; ok {
		return words
	}
	return strings.NewReplacer(".", " ", "_", " ").Replace(action)
}
