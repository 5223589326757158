package snom

// The phone's words for values of the catalogue (Snom wiki and client code in production).

var languages = map[string]string{
	"da": "Dansk", "de": "Deutsch", "en": "English", "es": "Español", "fr": "Français", "hu": "Magyar", "it": "Italiano",
	"nl": "Nederlands", "pl": "Polski", "sv": "Svenska",
}

var toneSchemes = map[string]string{
	"AT": "AUT", "AU": "AUS", "CH": "SWI", "DE": "GER", "DK": "DNK", "ES": "ESP", "FR": "FRA", "GB": "GBR", "IT": "ITA", "JP": "JPN",
	"NL": "NLD", "NO": "NOR", "NZ": "NZL", "SE": "SWE", "US": "USA",
}

var timeZones = map[string]string{
	"America/Anchorage": "USA-9", "America/Chicago": "USA-6", "America/Denver": "USA-7", "America/Los_Angeles": "USA-8",
	"America/New_York": "USA-5", "America/Toronto": "CAN-5", "America/Vancouver": "CAN-8", "Asia/Jerusalem": "ISR+2",
	"Asia/Kolkata": "IND+5.5", "Asia/Singapore": "SGP+8", "Asia/Tokyo": "JPN+9", "Europe/Amsterdam": "NLD+1", "Europe/Athens": "GRC+2",
	"Europe/Berlin": "GER+1", "Europe/Bratislava": "SVK+1", "Europe/Brussels": "BEL+1", "Europe/Bucharest": "ROU+2",
	"Europe/Budapest": "HUN+1", "Europe/Copenhagen": "DNK+1", "Europe/Dublin": "IRL-0", "Europe/Helsinki": "FIN+2", "Europe/Kyiv": "UKR+2",
	"Europe/Lisbon": "PRT-0", "Europe/London": "GBR-0", "Europe/Luxembourg": "LUX+1", "Europe/Madrid": "ESP+1", "Europe/Oslo": "NOR+1",
	"Europe/Paris": "FRA+1", "Europe/Prague": "CZE+1", "Europe/Riga": "LVA+2", "Europe/Rome": "ITA+1", "Europe/Sofia": "BGR+2",
	"Europe/Stockholm": "SWE+1", "Europe/Tallinn": "EST+2", "Europe/Vienna": "AUT+1", "Europe/Warsaw": "POL+1", "Europe/Zagreb": "HRV+1",
	"Europe/Zurich": "CHE+1", "Pacific/Auckland": "NZL+12", "Pacific/Honolulu": "USA-10",
}
