package server

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"zerotouch.example/internal/ztp"
)

// State tells which certificates are shown, and which files cannot be used.
func (l *Listeners) State() ztp.ListenerState {
	var s ztp.ListenerState
	for _, o := range []opened{l.admin, l.phone, l.ops} {
		if o.certificates == nil {
			continue
		}
		o.certificates.look()
		for _, x := range o.certificates.shown.Load().chains {
			s.Certificates = append(s.Certificates, o.certificates.served(x))
		}
		if t := o.certificates.trouble.Load(); t != nil {
			s.Troubles = append(s.Troubles, *t)
		}
	}
	if l.clients != nil {
		s.Clients = true
		l.clients.look()
		if t := l.clients.trouble.Load(); t != nil {
			s.Troubles = append(s.Troubles, *t)
		}
	}
	s.Handshakes = l.failures.list()
	return s
}

// stateMetrics tells the same to whoever collects metrics.
type stateMetrics struct{ open *Listeners }

var (
	certificateEnds = prometheus.NewDesc("zerotouch_certificate_expires_timestamp_seconds",
		"When a certificate that a listener shows ends, in Unix time.", []string{"listener", "names", "key"}, nil)
	handshakesFailed = prometheus.NewDesc("zerotouch_phone_handshakes_failed_total",
		"TLS handshakes with phones that did not come about, by reason.", []string{"reason"}, nil)
	filesUnusable = prometheus.NewDesc("zerotouch_listener_files_unusable",
		"TLS files of a listener that have changed and cannot be used; what was read before goes on being used.", []string{"listener"}, nil)
)

func (stateMetrics) Describe(out chan<- *prometheus.Desc) {
	out <- certificateEnds
	out <- filesUnusable
	out <- handshakesFailed
}

func (m stateMetrics) Collect(out chan<- prometheus.Metric) {
	s := m.open.State()
	for r, n := range m.open.failures.totals() {
		out <- prometheus.MustNewConstMetric(handshakesFailed, prometheus.CounterValue, float64(n), string(r))
	}
	troubles := map[string]float64{}
	ends := map[[3]string]float64{}
	for _, c := range s.Certificates {
		troubles[c.Listener] = 0
		// Two for the same may lie side by side in a folder; the first to end counts.
		key, at := [3]string{c.Listener, strings.Join(c.Names, " "), c.Key}, float64(c.NotAfter.Unix())
		if before, ok := ends[key]; !ok || at < before {
			ends[key] = at
		}
	}
	for _, t := range s.Troubles {
		troubles[t.Listener]++
	}
	for key, at := range ends {
		out <- prometheus.MustNewConstMetric(certificateEnds, prometheus.GaugeValue, at, key[:]...)
	}
	for listener, n := range troubles {
		out <- prometheus.MustNewConstMetric(filesUnusable, prometheus.GaugeValue, n, listener)
	}
}
