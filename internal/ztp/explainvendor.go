package ztp

import "slices"

// entryGate: does the vendor redirect the phone for this platform?
func entryGate(f PhoneFacts) Gate {
	e := f.Endpoint
	if e.State == EndpointReleased {
		return closed(CauseReleased)
	}
	if g, shut := linkGate(f.Link); shut {
		return g
	}
	if f.Drift != nil {
		if g, shut := driftGate(f); shut {
			return g
		}
	}
	switch {
	case e.State == EndpointFailed && e.Error != nil && e.Error.Code == CodeEndpointTaken:
		return closed(CauseTaken, e.Error.Detail)
	case e.State == EndpointFailed && e.Error != nil && e.Error.Code == CodeVendorKeyRejected:
		return closed(CauseLinkTrouble, Lookup(e.Error.Code).For(f.Vendor).Title+".")
	case e.State == EndpointFailed && e.Error != nil && e.Error.Code == CodeVendorRejected:
		return closed(CauseVendorRefused, Lookup(e.Error.Code).For(f.Vendor).Title+".", e.Error.Detail)
	case e.State == EndpointFailed && e.Error != nil: // no word of the vendor on the phone
		said := Lookup(e.Error.Code).For(f.Vendor)
		return closed(CauseNotConfirmed, said.Title+".", e.Error.Detail, said.Remedy)
	case e.State == EndpointFailed:
		return closed(CauseVendorRefused)
	case e.State == EndpointPaused && !e.WantPaused && f.Open:
		return closed(CausePausedDisable, "An operation is under way that redirects it again.")
	case e.State == EndpointPaused && !e.WantPaused:
		return closed(CausePausedDisable)
	case e.State == EndpointPaused:
		return closed(CausePaused)
	case e.State == EndpointWanted && f.Open:
		return closed(CauseNotConfirmed, "An operation is under way.")
	case e.State == EndpointWanted:
		return closed(CauseNotConfirmed, "No operation is under way.")
	}
	return opened("{vendor} confirmed it on " + at(e.ConfirmedAt) + ".")
}

func linkGate(l Link) (g Gate, shut bool) {
	switch {
	case l.State == LinkNotConfigured && !l.DisabledAt.IsZero():
		return closed(CauseDisabled, "Since "+at(l.DisabledAt)+"."), true
	case l.State == LinkNotConfigured:
		return closed(CauseNotOnboarded), true
	case l.State == LinkNeedsAttention && l.Active == 0:
		return closed(CauseLinkTrouble), true
	}
	return g, false
}

func driftGate(f PhoneFacts) (g Gate, shut bool) {
	d, when := f.Drift, "As {vendor}'s list had it on "+at(f.Drift.FoundAt)+"."
	switch {
	case d.Class == DriftMissing:
		return closed(CauseMissingThere, when, "If the company of another platform has it, that shows once that one is compared."), true
	case d.Class == DriftMoved && f.Elsewhere != "":
		return closed(CauseSibling, "It is in the company of platform "+f.Elsewhere+".", when), true
	case d.Class == DriftMoved:
		return closed(CauseSibling, when), true
	case d.Class == DriftChanged && slices.Contains(d.Differs, DiffersGroup):
		return closed(CauseWrongGroup, "There it is "+d.ProductGroup+", here "+f.Endpoint.ProductGroup+".", when), true
	case d.Class == DriftChanged && slices.Contains(d.Differs, DiffersRedirection) && !d.Enabled:
		return closed(CauseSwitchedOff, when), true
	}
	return g, false
}

// urlGate: is the URL at the vendor the one that is served?
func urlGate(f PhoneFacts) Gate {
	e := f.Endpoint
	switch {
	case f.Present.IsZero():
		return closed(CauseNoURL)
	case !f.Template.ServedHere() && !f.earlierURL():
		return closed(CauseServedElse, "They go to `"+f.Template.Base()+"`.")
	case f.Account.ID != "" && !f.Account.HasToken():
		return closed(CauseNoToken) // so the vendor can be given none of ours, whatever it has
	case f.Drift != nil && f.Drift.Class == DriftOtherURL:
		return closed(CauseOtherURL, "To "+f.Drift.Host+", as its list had it on "+at(f.Drift.FoundAt)+".")
	case e.Found && e.AddressTemplate == "":
		return closed(CauseOtherURL, "It was taken over with a URL that is not ours.")
	case e.AddressTemplate == "" && f.Platform.ProvenTemplate == "":
		return unknown("Nothing is written there yet. Until an operation has proven it, a phone that comes is told `" + f.Template.ForPhone().String() + "` unproven.")
	case e.AddressTemplate == "":
		return unknown("Nothing is written there yet. Until it is, the phone is told `" + f.Template.ForPhone().String() + "`.")
	case f.earlierURL():
		return closed(CauseEarlierURL, "There it is `"+e.AddressTemplate+"`, and so is the phone told. The platform's is `"+f.Present.ForPhone().String()+"` by now.")
	}
	return opened("It is `" + e.AddressTemplate + "`.")
}

// earlierURL reports whether the vendor has confirmed another URL than the platform's present
// one.
func (f PhoneFacts) earlierURL() bool {
	has := f.Endpoint.AddressTemplate
	return has != "" && has != f.Present.ForPhone().String() && has != f.Present.ForProfile().String()
}
