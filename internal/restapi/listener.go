package restapi

import (
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

func wireListeners(s ztp.ListenerState, now time.Time) api.Listeners {
	out := api.Listeners{Certificates: []api.Certificate{}, Troubles: []api.FileTrouble{}}
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
