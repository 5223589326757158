package server

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are those of the listeners, in a registry of their own. No label ever
// carries a path, an address or anything else a caller chooses.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(cfg Config) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "zerotouch_http_requests_total", Help: "Requests answered, by listener, method and status.",
		}, []string{"listener", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "zerotouch_http_request_seconds", Help: "Time to answer a request, by listener.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 30},
		}, []string{"listener"}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "zerotouch_build_info", Help: "Always 1; the version is a label."}, []string{"version"})
	build.WithLabelValues(cfg.Version).Set(1)
	m.registry.MustRegister(m.requests, m.seconds, build, stateMetrics{cfg.Open}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if cfg.Gauges != nil {
		m.registry.MustRegister(gauges{cfg})
	}
	return m
}

// Gauge is a number as it is at the moment.
type Gauge struct {
	// Name begins with zerotouch_; Help says what it counts.
	Name, Help string
	// Labels are names and values in turn.
	Labels []string
	Value  float64
}

// gaugeTimeout bounds the reading of all gauges, so that a scrape never hangs.
const gaugeTimeout = 2 * time.Second

// gauges collects Config.Gauges; what cannot be read is missing from the scrape.
type gauges struct{ cfg Config }

// Describe describes nothing: which gauges there are is known when they are read.
func (gauges) Describe(chan<- *prometheus.Desc) {}

func (g gauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), gaugeTimeout)
	defer cancel()
	all, err := g.cfg.Gauges(ctx)
	if err != nil {
		g.cfg.Log.Error("gauges not read", "err", err)
	} // those that are told all the same count
	for _, v := range all {
		names, values := []string{}, []string{}
		for i := 0; i+1 < len(v.Labels); i += 2 {
			names, values = append(names, v.Labels[i]), append(values, v.Labels[i+1])
		}
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(v.Name, v.Help, names, nil), prometheus.GaugeValue, v.Value, values...)
	}
}

// tally counts the requests of one listener. Their counters are looked for once: there are as
// many as known methods and statuses.
type tally struct {
	*metrics
	listener string
	seconds  prometheus.Observer
	counters sync.Map // of prometheus.Counter, by answered
}

type answered struct {
	method string
	status int
}

func (m *metrics) tally(listener string) *tally {
	return &tally{metrics: m, listener: listener, seconds: m.seconds.WithLabelValues(listener)}
}

func (t *tally) count(method string, status int, took time.Duration) {
	k := answered{known(method), status}
	c, ok := t.counters.Load(k)
	if !ok {
		c, _ = t.counters.LoadOrStore(k, t.requests.WithLabelValues(t.listener, k.method, strconv.Itoa(status)))
	}
	c.(prometheus.Counter).Inc()
	t.seconds.Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// known keeps a made-up method from becoming a label or a line of its own.
func known(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
