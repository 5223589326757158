package ztp

// The codes, in the order of the catalogue.
const (
	CodeInvalid                         Code = "invalid"
	CodeUnauthenticated                 Code = "unauthenticated"
	CodeNotAllowed                      Code = "not_allowed"
	CodeNotFound                        Code = "not_found"
	CodeMethodNotAllowed                Code = "method_not_allowed"
	CodeTooLarge                        Code = "too_large"
	CodeUnsupportedMediaType            Code = "unsupported_media_type"
	CodeIdempotencyMismatch             Code = "idempotency_mismatch"
	CodeTooManyRequests                 Code = "too_many_requests"
	CodeInternal                        Code = "internal"
	CodeFormOutdated                    Code = "form_outdated"
	CodeOperationRunning                Code = "operation_running"
	CodeNotOnboarded                    Code = "not_onboarded"
	CodeInUse                           Code = "in_use"
	CodeConfigurationMissing            Code = "configuration_missing"
	CodeProvisioningTokenMissing        Code = "provisioning_token_missing"
	CodeProvisioningURLUnreachable      Code = "provisioning_url_unreachable"
	CodeResellerCredentialsMissing      Code = "reseller_credentials_missing"
	CodeResellerCredentialsMalformed    Code = "reseller_credentials_malformed"
	CodeResellerCredentialsRejected     Code = "reseller_credentials_rejected"
	CodeResellerCredentialsOtherAccount Code = "reseller_credentials_other_account"
	CodeSecretStoreDenied               Code = "secret_store_denied"
	CodeSecretStoreThrottled            Code = "secret_store_throttled"
	CodeSecretStoreUnavailable          Code = "secret_store_unavailable"
	CodeSecretStoreNotConfigured        Code = "secret_store_not_configured"
	CodeVendorKeyRejected               Code = "vendor_key_rejected"
	CodeVendorCompanyMissing            Code = "vendor_company_missing"
	CodeVendorCompanyAmbiguous          Code = "vendor_company_ambiguous"
	CodeVendorCompanyTaken              Code = "vendor_company_taken"
	CodeVendorCompanyInUse              Code = "vendor_company_in_use"
	CodeVendorCannot                    Code = "vendor_cannot"
	CodeVendorRoleMissing               Code = "vendor_role_missing"
	CodeVendorSettingAmbiguous          Code = "vendor_setting_ambiguous"
	CodeVendorKeyQuota                  Code = "vendor_key_quota"
	CodeVendorWritesOff                 Code = "vendor_writes_off"
	CodeForeignKeyFound                 Code = "foreign_key_found"
	CodeVendorUnavailable               Code = "vendor_unavailable"
	CodeVendorUnreachable               Code = "vendor_unreachable"
	CodeVendorRejected                  Code = "vendor_rejected"
	CodeVendorRateLimited               Code = "vendor_rate_limited"
	CodeOutcomeUnknown                  Code = "outcome_unknown"
	CodeClockSkew                       Code = "clock_skew"
	CodeSealingKeyMismatch              Code = "sealing_key_mismatch"
	CodeEndpointTaken                   Code = "endpoint_taken"
	CodeEndpointUnowned                 Code = "endpoint_unowned"
	CodeAnotherCopyRunning              Code = "another_copy_running"
	CodeDatabaseRestored                Code = "database_restored"
	CodeCampaignRunning                 Code = "campaign_running"
	CodeCancelled                       Code = "cancelled"
	CodeNotRendered                     Code = "not_rendered"
	CodeSettingsFrozen                  Code = "settings_frozen"
	CodeRolloutOpen                     Code = "rollout_open"
	CodeRolloutEnded                    Code = "rollout_ended"
	CodeSIPProxyMissing                 Code = "sip_proxy_missing"
	CodeResyncEnded                     Code = "resync_ended"
	CodeDatabaseUnavailable             Code = "database_unavailable"
)

// Catalogue is the table of all errors: the only place with their titles and remedies.
var Catalogue = []CatalogueEntry{
	{CodeInvalid, 422, "Some of this can't be taken as it is", "Nothing changed.", "Correct the fields named and send it again.", ""},
	{CodeUnauthenticated, 401, "You are not signed in", "Nothing changed.", "Sign in again, or send a valid API token that has not expired.", "/sign-in"},
	{CodeNotAllowed, 403, "Only super-admins can do this", "Nothing changed.", "Ask a super-admin of this installation.", ""},
	{CodeNotFound, 404, "Nothing is here", "Nothing changed.", "Check the address or the name; it may have been removed.", ""},
	{CodeMethodNotAllowed, 405, "This address doesn't take that method", "Nothing changed.", "The API document lists the methods of every address.", "/api/v1/openapi.json"},
	{CodeTooLarge, 413, "That is too large", "Nothing changed.", "Send less at once.", ""},
	{CodeUnsupportedMediaType, 415, "This format isn't taken here", "Nothing changed.", "Send JSON with Content-Type: application/json.", ""},
	{CodeIdempotencyMismatch, 422, "The same Idempotency-Key came with another request", "Nothing changed; the first request stands.", "Use a new key for a new request.", ""},
	{CodeTooManyRequests, 429, "Too many tries", "Nothing changed.", "Wait as long as it says, then try again.", ""},
	{CodeInternal, 500, "Something went wrong here", "This request may not have been carried out. Operations that are recorded go on by themselves.", "Look at the page again before you repeat it; if it stays, look for the request id in the log.", ""},
	{CodeFormOutdated, 409, "This page was out of date", "Nothing changed. Somebody changed this meanwhile; it is shown now as it is.", "Read it, then act again.", ""},
	{CodeOperationRunning, 409, "Another change is running", "Yours was not started.", "Wait until it has ended; the row shows it.", ""},
	{CodeNotOnboarded, 409, "This platform isn't onboarded at {vendor}", "Nothing was sent.", "Onboard it first.", ""},
	{CodeInUse, 409, "This is still in use", "Nothing changed.", "Free what uses it first, as named.", ""},
	{CodeConfigurationMissing, 503, "A setting is missing in this environment", "Stopped before anything was changed.", "Set what is named and start zerotouch again.", "/health"},
	{CodeProvisioningTokenMissing, 422, "Account has no provisioning token", "The address given to {vendor} contains the token of the platform's primary account; there is none yet. Nothing was sent.", "Set up the first account, then try again.", "#accounts"},
	{CodeProvisioningURLUnreachable, 503, "The provisioning URL can't be reached", "A phone sent there would need a visit. Nothing was sent to {vendor}.", "Correct the URL if it is wrong; else make the address answer with a certificate that phones trust. Then try again.", "/health"},
	{CodeResellerCredentialsMissing, 503, "Reseller credentials not configured in this environment", "Stopped before anything was sent. Nothing changed.", "Put them in place as named, then try again; no restart is needed.", "/health"},
	{CodeResellerCredentialsMalformed, 503, "The reseller credentials can't be read", "Stopped before anything was sent. Nothing changed.", "Replace the value by JSON with key_id and key_secret, then try again; no restart is needed.", "/health"},
	{CodeResellerCredentialsRejected, 502, "{vendor} rejects our reseller credentials", "They are in place, but {vendor} refuses them. No platform can be changed until they are replaced.", "Replace them; if they are right, check this server's clock. Then try again.", "/health"},
	{CodeResellerCredentialsOtherAccount, 409, "These reseller credentials belong to another account", "Nothing was sent but the question whose they are. Nothing changed.", "Put the credentials of the account back with which this installation began.", "/health"},
	{CodeSecretStoreDenied, 503, "The secret store denies access", "Nothing was sent to {vendor}.", "Allow this server to read and decrypt the parameter named, then try again.", "/health"},
	{CodeSecretStoreThrottled, 503, "The secret store asks us to wait", "Nothing was sent to {vendor}.", "Try again in a minute.", "/health"},
	{CodeSecretStoreUnavailable, 503, "Can't reach the secret store", "Nothing was sent to {vendor}.", "Check the way from this server to the secret store, then try again.", "/health"},
	{CodeSecretStoreNotConfigured, 503, "No AWS configuration in this environment", "Nothing was sent to {vendor}.", "Give this server a region and credentials for AWS, or keep reseller credentials in the embedded store.", "/health"},
	{CodeVendorKeyRejected, 502, "{vendor} rejects the stored key", "Phones in service keep working; new phones can't be registered.", "Rotate to set a fresh key.", ""},
	{CodeVendorCompanyMissing, 409, "{vendor} has no company with this ID", "It was deleted at {vendor}. Phones in service keep working.", "Disable, then Onboard.", ""},
	{CodeVendorCompanyAmbiguous, 409, "More than one company could be this platform's", "None was picked and none was changed.", "Look at them in the portal of {vendor}, then adopt the right one.", ""},
	{CodeVendorCompanyTaken, 409, "Another reseller owns this company at {vendor}", "Nothing changed.", "Ask the support of {vendor} and quote the request id.", ""},
	{CodeVendorCompanyInUse, 409, "This company belongs to somebody else here", "Nothing changed and the pasted key was wiped.", "Paste the key of this platform's own company.", ""},
	{CodeVendorCannot, 409, "{vendor} does not offer this to this reseller", "Nothing changed.", "Connect… with a key made in the portal of {vendor}.", ""},
	{CodeVendorRoleMissing, 502, "No role for the platform's key at {vendor}", "A key without a role can read but not register phones, so none was made.", "Name the role in the reseller credentials or in ZEROTOUCH_SNOM_ROLE, then try again.", "/health"},
	{CodeVendorSettingAmbiguous, 502, "{vendor} offers more than one setting for the provisioning URL", "None was picked, since the wrong one is accepted silently. Nothing was written.", "Tell the developers of zerotouch; the answer of {vendor} has changed.", ""},
	{CodeVendorKeyQuota, 409, "{vendor} allows no further key in this company", "Nothing changed; the key in force stays.", "Remove a key that is not needed in the portal of {vendor}, then try again.", ""},
	{CodeVendorWritesOff, 503, "Changes at {vendor} are switched off in this installation", "Nothing was sent.", "Switch them on again, then try again.", "/health"},
	{CodeForeignKeyFound, 409, "A key that we did not make is in this company", "It was not touched. Whoever holds it can redirect this platform's phones.", "Find out whose it is; remove it here or in the portal of {vendor}.", ""},
	{CodeVendorUnavailable, 502, "{vendor} could not answer the request", "What is in force here is unchanged.", "Try again; if it stays, ask {vendor}.", "/health"},
	{CodeVendorUnreachable, 502, "Can't reach {vendor}", "No connection; nothing was sent.", "Try again; if it stays, check the way out of this network.", "/health"},
	{CodeVendorRejected, 502, "{vendor} refused the request", "What it refused did not happen.", "Read the reason given and change what it names.", ""},
	{CodeVendorRateLimited, 503, "{vendor} asks us to wait", "The request was not carried out.", "Try again when it says.", ""},
	{CodeOutcomeUnknown, 504, "{vendor} didn't answer in time", "It may or may not have gone through. Phones are not affected.", "Check with {vendor}; it is also checked again by itself.", ""},
	{CodeClockSkew, 502, "This server's clock is off", "{vendor} refuses requests signed at another time. Nothing changed.", "Make the server's clock follow a time server, then try again.", "/health"},
	{CodeSealingKeyMismatch, 500, "Stored credentials cannot be opened with this key", "Nothing is made again. Phones in service keep working.", "Start zerotouch with the right key file.", "/health"},
	{CodeEndpointTaken, 409, "This MAC is registered by another company", "{vendor} registered nothing for this platform. It is not said who has the MAC.", "Whoever has it must release it first; ask the phone's seller or the support of {vendor}.", ""},
	{CodeEndpointUnowned, 409, "Nobody may have this MAC now", "A move gave the phone up and could neither finish nor be taken back, as far as is known. Until it is registered again, anybody can claim it.", "Save it again in the platform it was in, or move it once more.", ""},
	{CodeAnotherCopyRunning, 409, "Another copy of this installation is running", "A key with our label and a number that we never gave exists at {vendor}. Writing has stopped; nothing was touched.", "Stop the other copy for good, then switch writing on again here; never run both.", "/health"},
	{CodeDatabaseRestored, 409, "This was restored from a backup", "{vendor} may have moved on since. Nothing was revoked and nothing was started again.", "Check with {vendor}, then do what is missing: Rotate, Disable or Onboard.", ""},
	{CodeCampaignRunning, 409, "Another campaign at {vendor} has not ended", "Yours was not made.", "Wait until it has ended, or cancel it.", "/campaigns"},
	{CodeCancelled, 409, "Cancelled before it was written", "{vendor} has the phone as it was, or not at all.", "Save the phone once more, or take up the rest of the operation again.", ""},
	{CodeNotRendered, 409, "Phones of this model get no settings from here", "They read another format than the one that is written here. Such a phone is answered like an unknown one.", "Correct the phone's model and product group if they are wrong; otherwise serve it from elsewhere.", ""},
	{CodeSettingsFrozen, 409, "Settings of phones are frozen", "Nothing changed. Phones go on getting what they get.", "When what they were frozen for is over: zerotouch settings unfreeze. Then try again.", "/health"},
	{CodeRolloutOpen, 409, "An earlier change of these settings has not ended", "Yours was not taken.", "Take it back, send it to everybody, or, if it isn't stopped, wait until it has ended: on the page of these settings, or by zerotouch settings rollout back ID, advance ID --to 100, show ID.", ""},
	{CodeRolloutEnded, 409, "This change of settings can't be moved any more", "Nothing changed.", "See how far it is: zerotouch settings rollout show ID. What was set since is changed as any setting is.", ""},
	{CodeSIPProxyMissing, 503, "No SIP proxy is configured", "No phone was told. Phones come for their settings at their usual time.", "Set ZEROTOUCH_SIP_PROXY, such as sip:proxy.example.net:5060;transport=tcp, and start zerotouch again.", ""},
	{CodeResyncEnded, 409, "This resync has ended", "Nothing changed.", "See what became of its phones: zerotouch phones resync show ID. For others begin a new one.", ""},
	{CodeDatabaseUnavailable, 503, "The database can't be reached", "Nothing was changed. Phones in service go on being served from memory, for an hour.", "Try again in a few seconds; operations go on by themselves when it is back. If it stays, see that the database runs, has room on its disk and can be reached from this server; the log says what was met.", ""},
}

// Case is a cause of a code for which the code's own words would not be true.
type Case string

// The cases, in the order of the table.
const (
	// CaseForeignSite: the form was sent by a page of another site.
	CaseForeignSite Case = "foreign_site"
	// CasePassword: the phone has no HTTP password, or has not come with its last one.
	CasePassword Case = "password"
	// CaseOwnCredentials: the store does not know who asks, so no permission would help.
	CaseOwnCredentials Case = "own_credentials"
	// CaseNewKey: the key that was made for an operation does not prove itself, and so
	// was never in force.
	CaseNewKey Case = "new_key"
	// CasePastedKey: the same of a key that was made in the vendor's portal.
	CasePastedKey Case = "pasted_key"
	// CaseForeignAddress: no key, but an address in the company is not ours.
	CaseForeignAddress Case = "foreign_address"
	// CaseLaterKeys: keys of ours are at the vendor whose number this database never gave.
	CaseLaterKeys Case = "later_keys"
	// CaseRebuilt: the row was read back from the vendor after its database was lost.
	CaseRebuilt Case = "rebuilt"
	// CaseNotBegun: the change of settings is only proposed.
	CaseNotBegun Case = "not_begun"
	// CaseDatabase: it was our own database that did not answer, after something of the
	// request was, or may have been, committed.
	CaseDatabase Case = "database"
)

// CaseEntry is what the catalogue says of one case of a code.
type CaseEntry struct {
	Code Code
	Case Case
	// Title, Unchanged and Remedy stand in the place of those of the code.
	Title, Unchanged, Remedy string
}

// Cases belongs to the catalogue. A case that is not in it has the words of its code.
var Cases = []CaseEntry{
	{CodeNotAllowed, CaseForeignSite, "This request came from another site", "Nothing changed.", "Do it on the page here, at the portal's own address. If you did, a proxy stands between: ZEROTOUCH_ADMIN_URL has to be the address that browsers use."},
	{CodeInUse, CasePassword, "The phone can't be given another password now", "Nothing changed.", "Wait until it has come with the one that it was given. Against somebody who knows its URL and password, hold the phone."},
	{CodeSecretStoreDenied, CaseOwnCredentials, "The secret store does not accept this server's own credentials", "Nothing was sent to {vendor}.", "Replace the AWS credentials that this server uses, and check its clock; then try again. Only those in its environment take a restart."},
	{CodeVendorKeyRejected, CaseNewKey, "{vendor} refuses the new key", "It was not put in force and is removed again; a key that is in force stays.", "Try again; if it stays, give new keys another role: in the reseller credentials, or in ZEROTOUCH_SNOM_ROLE."},
	{CodeVendorKeyRejected, CasePastedKey, "{vendor} refuses the pasted key", "It was not put in force and is wiped here; a key that is in force stays.", "Check in the portal of {vendor} that id and secret belong together and that the key has a role that may write, then paste it again."},
	{CodeForeignKeyFound, CaseForeignAddress, "An address in this company is not ours", "It was not touched. Phones that it is for are sent there after a factory reset.", "Put each line of the list right, then compare again."},
	{CodeDatabaseRestored, CaseLaterKeys, "Keys of ours at {vendor} are not known here", "They were made after a backup, or before a rebuild. Nothing was revoked.", "When no other copy of this installation is running and this platform's own key is in force, remove them one by one."},
	{CodeDatabaseRestored, CaseRebuilt, "This was rebuilt from what {vendor} has", "What only the lost database knew is gone: names of accounts, users, programs' tokens, the audit log.", "Give the accounts their names and look at what is named here; then check with {vendor}, which takes this off the row."},
	{CodeRolloutEnded, CaseNotBegun, "No phone has this change of settings yet", "There is nothing to stop, and nothing changed.", "To drop it, take it back: zerotouch settings rollout back ID."},
	{CodeOutcomeUnknown, CaseDatabase, "The database went away while this was saved", "It may have been saved, in whole or in part, or not at all. Phones in service go on being served from memory, for an hour.", "When the database answers again, look at what is there before you repeat it. A request that had an Idempotency-Key may be sent again with the same one; it is not carried out twice."},
}

// MissingEntry is what the catalogue says of one kind of thing that was not found.
type MissingEntry struct {
	// What is the word for it, as in "There is no such platform."
	What string
	// Remedy and Link stand in the place of those of not_found.
	Remedy, Link string
}

// Missing belongs to the catalogue: what to do when something was not found, by what
// was looked for. Anything else has the remedy of not_found itself.
var Missing = []MissingEntry{
	{"platform", "Look for its slug in the list of platforms. A platform that was removed is in the audit log alone.", "/platforms"},
	{"account", "Look for its slug among the accounts of this platform; those of other platforms are not found here.", ""},
	{"phone", "Look for its MAC among the phones of this platform. It may have been released, or was never registered here.", ""},
	{"provisioning token", "See which the account has: `zerotouch account token list PLATFORM ACCOUNT`.", ""},
	{"vendor", "Name a vendor of this build; the page of a platform has a row for each.", ""},
	{MissingForeignAddress, "It may be put right already. Compare again to see what is not ours now.", ""},
	{"operation", "Take its id from the answer that started it, or from the audit log.", "/audit"},
	{"resync", "See which there are: `zerotouch phones resync list PLATFORM`. Those that ended a month ago are forgotten.", ""},
	{"rollout", "See which there are: `zerotouch settings rollout list`.", ""},
	{"off-boarding", "Look for it in the list of off-boardings; it may be one of another installation.", "/offboardings"},
	{"campaign", "Look for it in the list of campaigns; it may be one of another installation.", "/campaigns"},
	{"row", "It was compared anew since; look at what the comparison says now.", "/vendors"},
	{"page", "Check the address, or begin at the list of platforms.", "/platforms"},
	{"file", "Load the page again; it may have been that of another version.", ""},
	{"action", "Load the page again; it shows what can be done now.", ""},
	{"address", "The API document lists every address.", "/api/v1/openapi.json"},
	{"user", "See who can sign in: `zerotouch user list` on the server's host.", ""},
	{"API token", "See which there are: `zerotouch token list` on the server's host.", ""},
	{"reseller credential", "Put one in place on the server's host: `zerotouch reseller set VENDOR --key-id ID`.", "/health"},
	{"database", "Name the data folder of the server by --data-dir or ZEROTOUCH_DATA_DIR; a first `zerotouch serve` makes one.", ""},
}
