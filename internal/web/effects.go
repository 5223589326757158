package web

import (
	"strings"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// effects is what a confirmation says: what the action does, what it leaves
// alone, and what else is worth knowing. Each line is rich text.
type effects struct {
	Will, Wont []string
	Note       string
}

// effectsIn is what the texts are made from.
type effectsIn struct {
	Info      ztp.VendorInfo
	View      control.LinkView
	Preflight control.Preflight
	// CompanyID, KeyID and Force are the action's own parameters.
	CompanyID, KeyID string
	Force            bool
	// Foreign is what is to be fixed.
	Foreign control.ForeignAddressView
	Now     time.Time
}

// effectsOf says what an action at this vendor does, from what the adapter
// declares and what is recorded of the link.
func effectsOf(kind ztp.OperationKind, in effectsIn) effects {
	switch kind {
	case ztp.KindOnboard:
		return onboardEffects(in)
	case ztp.KindConnect:
		return connectEffects(in)
	case ztp.KindAdopt:
		return adoptEffects(in)
	case ztp.KindRotate:
		return rotateEffects(in)
	case ztp.KindDisable:
		if in.Force {
			return forceEffects(in)
		}
		return disableEffects(in)
	case ztp.KindRevokeKey:
		return revokeEffects(in)
	case ztp.KindUpdateAddress:
		return addressEffects(in)
	case ztp.KindPauseForeign:
		return fixEffects(in)
	}
	return effects{}
}

// shownURL is the provisioning URL as it may be seen: without the token.
func shownURL(template string) string {
	return strings.Replace(template, "{account_token}", "…", 1)
}

// shownPhoneURL is the URL of a phone as it may be seen: without the tokens.
func shownPhoneURL(template string) string {
	if t, err := ztp.ParseURLTemplate(template); err == nil {
		template = t.ForPhone().String()
	}
	return strings.Replace(shownURL(template), "{device_token}", "…", 1)
}

// profileLine tells of the profile where the vendor keeps one.
func profileLine(in effectsIn) string {
	return "Create its provisioning profile with " + code(shownURL(in.Preflight.ProvisioningURL))
}

// resumed tells of phones that come back with the link.
func resumed(in effectsIn) string {
	n := in.View.Counts.Paused
	if n == 0 {
		return "Register new phones"
	}
	return "Register new phones (phones paused by an earlier Disable are redirected again: " + thousands(n) + " of them)"
}

func onboardEffects(in effectsIn) effects {
	company := "Create the company " + quoted(in.Preflight.CompanyName) + " in " + in.Info.Service + ", or take up the one made here before"
	if in.View.CompanyID != "" {
		company = "Take up company " + code(in.View.CompanyID) + " in " + in.Info.Service + ", made here before"
	}
	return effects{
		Will: []string{company, profileLine(in), "Store the company's key, encrypted, in this environment"},
		Wont: []string{"Touch phones already in service", resumed(in)},
		Note: "About 5 seconds. If already onboarded, nothing is sent and nothing changes.",
	}
}

func connectEffects(in effectsIn) effects {
	return effects{
		Will: []string{
			"Seal the key you paste in this environment; it is wiped again if " + in.Info.Title + " refuses it",
			"Prove it, and write the provisioning profile of its company with " + code(shownURL(in.Preflight.ProvisioningURL)),
			"Treat it from then on like any other key of this platform",
		},
		Wont: []string{"Create a company or a key at " + in.Info.Title, "Touch phones already in service", resumed(in)},
		Note: "Make a company for this platform alone in the portal of " + in.Info.Title + ", and a key in it that may write profiles and phones. The reseller's own key is refused.",
	}
}

func adoptEffects(in effectsIn) effects {
	return effects{
		Will: []string{
			"Take up company " + code(in.CompanyID) + " in " + in.Info.Service + " as this platform's own",
			profileLine(in),
			"Create a key of ours in it and store it, encrypted, in this environment",
		},
		Wont: []string{"Remove keys or phones that somebody else made there; they are reported", "Touch phones already in service"},
		Note: "Look at the company in the portal of " + in.Info.Title + " first. Whoever holds another key of it can redirect this platform's phones.",
	}
}

func rotateEffects(in effectsIn) effects {
	stays := "Change the company ID"
	if n := in.View.Counts.Held(); n > 0 {
		stays += " or the " + plural(n, "phone registration", "phone registrations")
	}
	e := effects{
		Will: []string{
			"Ask " + in.Info.Title + " for a new company key and store it here",
			"Prove the new key, switch to it in one step, then end the old one; both work until the switch is done",
		},
		Wont: []string{
			stays,
			"Touch any phone: phones never hold this key, and factory resets still come back here",
		},
		Note: currentKey(in),
	}
	if in.View.Connected {
		e.Will[0] = "Take the key you paste from the portal of " + in.Info.Title + " and store it here, encrypted"
	}
	return e
}

// currentKey tells how old the key in force is and when it last worked.
func currentKey(in effectsIn) string {
	v := in.View
	if v.Active == 0 || v.SetAt.IsZero() {
		return ""
	}
	m := momentOf(v.SetAt, in.Now)
	s := "Current key: set " + m.Abs + " (" + m.Rel + ") by " + v.SetBy + "."
	if v.CheckedAt.After(v.SetAt) {
		c := momentOf(v.CheckedAt, in.Now)
		s += " Last used " + c.Abs + " (" + c.Rel + ") by a check."
	}
	return s
}

func disableEffects(in effectsIn) effects {
	will := []string{"Revoke this platform's key at " + in.Info.Title + " and wipe it here"}
	if n := in.View.Counts.Listed + in.View.Counts.Wanted; n > 0 {
		will = []string{
			"Pause the redirection of " + plural(n, "phone", "phones") + " at " + in.Info.Title + ", revoke this platform's key there and wipe it here",
			"After their next factory reset those phones are no longer redirected here; they fall back to what they find on their own network",
		}
	}
	return effects{
		Will: will,
		Wont: []string{
			"Stop phones in service: they keep working until their next factory reset",
			"Delete phones or accounts here, touch other vendors, or give up the MACs: the company at " + in.Info.Title + " keeps them until you onboard again or release them",
		},
		Note: "You can onboard again at any time.",
	}
}

func forceEffects(in effectsIn) effects {
	return effects{
		Will: []string{
			"Wipe this platform's key here, without waiting for " + in.Info.Title,
			"Name every key that may still be open at " + in.Info.Title + "; removing them is tried again every hour",
			"Show the row as disabled, with the revocation not confirmed",
		},
		Wont: []string{
			"Revoke the key at " + in.Info.Title + " for certain: whoever holds a copy of it can go on using it",
			"Pause the redirection of phones: after a factory reset they are still redirected here",
			"Stop phones in service",
		},
		Note: "For when " + in.Info.Title + " or the reseller credentials are out of reach for good. Otherwise disable it in the usual way.",
	}
}

func revokeEffects(in effectsIn) effects {
	return effects{
		Will: []string{"Remove key " + code(in.KeyID) + " from this platform's company in " + in.Info.Service},
		Wont: []string{"Touch the key in force here", "Touch any phone, here or at " + in.Info.Title},
		Note: "Whatever else uses this key stops working at once. It can't be undone.",
	}
}

func addressEffects(in effectsIn) effects {
	will := []string{
		"Prove " + code(shownURL(in.Preflight.ProvisioningURL)) + ", and write it into the provisioning profile at " + in.Info.Title,
		"Write each registered phone's own address: " + plural(in.View.Counts.Held(), "phone", "phones"),
	}
	wont := []string{"Stop serving the earlier address"}
	if n := in.Preflight.EarlierURLs; n > 0 {
		will = append(will, "Tell "+plural(n, "phone", "phones")+" the new URL at the next fetch, each once it is written")
	} else {
		wont = append([]string{"Tell any phone in service another URL"}, wont...)
	}
	return effects{Will: will, Wont: wont, Note: "One request for each phone. You can leave the page meanwhile."}
}

// fixEffects are those of putting one foreign address right.
func fixEffects(in effectsIn) effects {
	a, vendor := in.Foreign, in.Info.Title
	from := ""
	if a.Host != "" && a.Host != "?" {
		from = ", in place of the one that leads to " + code(a.Host)
	}
	switch a.Fix {
	case control.FixWrite:
		return effects{
			Will: []string{"Write this phone's own address at " + vendor + " again" + from + ": " + code(shownPhoneURL(in.Preflight.ProvisioningURL))},
			Wont: []string{"Change its account, its name or whether it is paused", "Touch the phone while it is in service: it uses the address after its next factory reset"},
			Note: "The same write as when the phone was registered.",
		}
	case control.FixUpdateAddress:
		return addressEffects(in)
	}
	what := "phone " + code(a.Target)
	if a.What != ztp.ForeignPhone {
		what = "profile " + code(a.Target)
	}
	return effects{
		Will: []string{"Pause the redirection of " + what + " at " + vendor + ", so that nothing is sent to where it leads"},
		Wont: []string{"Delete it, or give a MAC up: the company keeps it", "Change anything else of it", "Touch any phone or profile of this platform"},
		Note: "It has no row here to correct it by. It can be switched on again in the portal of " + vendor + ". If a phone is yours after all, add it here: that writes its own address.",
	}
}
