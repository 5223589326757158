package web

import (
	"net/http"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// fetchRow is a line of what a phone has asked for.
type fetchRow struct {
	At, FirstAt time.Time
	Result      status
	Why         string
	Times       int
	From, Says  string
	// Agent is what Says was read from, "" where that is all.
	Agent string
	Bytes int
}

var fetchKinds = map[ztp.FetchResult]string{
	ztp.FetchSettings: "ok", ztp.FetchUnchanged: "ok", ztp.FetchURL: "info", ztp.FetchHolding: "warn", ztp.FetchChallenge: "info",
	ztp.FetchRefused: "err", ztp.FetchTrouble: "err",
}

// fetchRows are those of a phone, the newest first.
func (p *portal) fetchRows(r *http.Request, f foundPhone) ([]fetchRow, error) {
	all, err := p.ctl.Fetches(r.Context(), p.actor(r), f.p.Slug, f.e.MAC)
	if err != nil {
		return nil, err
	}
	rows := make([]fetchRow, len(all))
	for i, x := range all {
		row := fetchRow{At: x.At, FirstAt: x.FirstAt, Result: status{fetchKinds[x.Result], x.Result.Title()}, Why: x.Why(), Times: x.Times, Says: x.Agent, Bytes: x.Bytes}
		if row.Result.Kind == "" { // of a newer program
			row.Result.Kind = "unk"
		}
		if x.Address.IsValid() {
			row.From = x.Address.String()
		}
		if x.Model != "" {
			row.Says, row.Agent = strings.TrimSpace(x.Model+" "+x.Firmware), x.Agent
		}
		rows[i] = row
	}
	return rows, nil
}
