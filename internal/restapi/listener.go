package restapi

import (
	"context"
	"slices"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

func wireListeners(s ztp.ListenerState, now time.Time) api.Listeners {
	out := api.Listeners{PhoneCertificates: s.Clients, Certificates: []api.Certificate{}, Troubles: []api.FileTrouble{}}
	for _, c := range s.Certificates {
		out.Certificates = append(out.Certificates, api.Certificate{
			Listener: c.Listener, Names: append([]string{}, c.Names...), Key: c.Key, NotAfter: c.NotAfter, Alarm: c.Alarm(now),
		})
	}
	for _, t := range s.Troubles {
		out.Troubles = append(out.Troubles, api.FileTrouble{Listener: t.Listener, Detail: t.Detail, Since: t.Since.UTC()})
	}
	return out
}

func (s *server) handshakeFailures(ctx context.Context, _ *struct{}) (*listOut[api.HandshakeFailure], error) {
	h, err := s.control.Health(ctx, actor(ctx))
	if err != nil {
		return nil, err
	}
	return wireList(ztp.Page[ztp.HandshakeFailure]{Items: h.Listeners.Handshakes}, func(f ztp.HandshakeFailure) api.HandshakeFailure {
		return api.HandshakeFailure{
			Address: f.Address, Name: f.Name, Reason: string(f.Reason), Text: f.Reason.Text(), Offers: f.Offers, Alert: f.Alert,
			Count: f.Count, First: f.First, Last: f.Last,
		}
	}), nil
}

func (n *names) authorities(h control.Health) []api.Authority {
	out := make([]api.Authority, len(h.Authorities))
	for i, a := range h.Authorities {
		one := api.Authority{Subject: a.Subject, Issuer: a.Issuer, Fingerprint: a.Fingerprint, NotAfter: a.NotAfter.UTC(), Alarm: a.Alarm(h.Now), Platforms: []string{}}
		for _, s := range a.Scopes {
			one.Everywhere = one.Everywhere || s.Platform == ""
			if slug := n.platform(s.Platform); s.Platform != "" && !slices.Contains(one.Platforms, slug) {
				one.Platforms = append(one.Platforms, slug)
			}
		}
		out[i] = one
	}
	return out
}
