package web

import (
	"cmp"
	"net/url"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// proofField asks what phones have to show whose model has a device certificate.
func proofField(value string) field {
	f := field{Name: "phone_proof", Label: "Phones have to show", Type: "select", Value: cmp.Or(value, string(ztp.ProofCertificate)),
		Hint: "Counts where the makers' authorities are loaded. Less than the certificate is shown in red on Health; phones of models without one are not asked for it."}
	for _, p := range ztp.PhoneProofs {
		f.Options = append(f.Options, option{Value: string(p), Label: p.Title(), Selected: string(p) == f.Value})
	}
	return f
}

// lessCheck counts platforms and phones with less than a device certificate, and leads to
// each of these platforms.
func lessCheck(h control.Health, views []control.PlatformView) check {
	c := check{ID: "less", Name: "Device certificates"}
	phones := h.Less.Total()
	for _, pl := range views {
		if (!pl.PhoneProof.Certificate() || h.Less.Phones[pl.ID] > 0) && len(c.Links) < 20 {
			c.Links = append(c.Links, NavLink{pl.Name, "/platforms/" + pl.Slug})
		}
	}
	switch {
	case h.Less.Platforms+phones > 0 && (h.Listeners.Clients || phones > 0):
		c.Status = status{"err", plural(phones, "phone with less", "phones with less")}
		c.Evidence = []string{plural(h.Less.Platforms, "platform asks", "platforms ask") + " for less than a device certificate; " +
			plural(phones, "phone was", "phones were") + " last served without the one that its model has."}
	case h.Listeners.Clients:
		c.Status, c.Evidence = status{"ok", "Required"}, []string{"A phone whose model has a device certificate has to show it; who doesn't waits to be admitted."}
	default:
		c.Status = status{"off", "Not asked for"}
		c.Evidence = []string{"Phones are believed by their own token and password. `ZEROTOUCH_PHONE_CLIENT_CA` names the makers' authorities, and then their certificates are required."}
	}
	if c.Status.Kind != "err" {
		c.Links = nil
	}
	return c
}

// proofOf is what a form says, nil when it says nothing.
func proofOf(f url.Values) *ztp.PhoneProof {
	if !f.Has("phone_proof") {
		return nil
	}
	p := ztp.PhoneProof(trimmed(f, "phone_proof"))
	return &p
}
