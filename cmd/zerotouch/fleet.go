package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/ztp"
)

// fleetCmd starts many simulated phones at once, as after a power cut.
type fleetCmd struct {
	Count      int           `default:"0" placeholder:"N" help:"How many phones; all of the list when left out."`
	Boot       string        `default:"power-cut" enum:"power-cut,staggered,at-once" help:"How they start (${default}): power-cut, a fifth within the first eighth of --over and the others evenly (assumed); staggered, evenly; at-once."`
	Over       time.Duration `default:"120s" help:"When the last one starts (${default})."`
	List       string        `placeholder:"FILE" help:"The phones, one a line: MAC,URL[,user,password], {mac} in a URL is the MAC; or the MAC alone with --redirection-url."`
	URL        string        `name:"url" placeholder:"URL" help:"Without a list: the URL of all, with {mac} in it."`
	Redirect   string        `name:"redirection-url" placeholder:"URL" help:"Redirection service that phones without a URL ask first, as they do ex works, such as http://127.0.0.1:7700."`
	Keep       string        `placeholder:"FILE" help:"New file for what phones that were served know afterwards, to be used as --list; holds their passwords."`
	Sources    int           `default:"1" placeholder:"N" help:"Ask loopback addresses from so many of this machine (127.1.x.y): one has about 28,000 ports (${default})."`
	FirstMAC   string        `name:"first-mac" default:"000413000000" placeholder:"MAC" help:"Without a list: the first one's MAC; the others follow (${default})."`
	Fetches    int           `default:"1" help:"How often each asks (${default})."`
	Reuse      bool          `help:"On one connection; else on a new one each time (assumed)."`
	Tries      int           `default:"5" help:"How often a phone in service asks in all before it gives up (${default}, assumed). One from the box asks once, until it is started again."`
	RetryAfter time.Duration `default:"30s" help:"Time between two tries (${default}, assumed; Retry-After is not heeded)."`
	Polls      int           `default:"0" help:"How often a phone that is held asks again, each time when its file says (${default})."`
	Timeout    time.Duration `default:"10s" help:"Time for one request (${default}, assumed)."`
	Limit      time.Duration `default:"15m" help:"When all ends; who has no settings by then is lost (${default})."`
	Open       int           `default:"2000" help:"Connections at once at most (${default})."`
	TrustCA    string        `name:"trust-ca" placeholder:"FILE" help:"Certificate authorities (PEM) that they trust, instead of the system's."`
	Target     []string      `placeholder:"HOST" help:"Host that may be asked besides loopback addresses; may be given again."`
	JSON       bool          `name:"json" help:"Print the report as JSON."`
}

// mostPhones bounds a fleet.
const mostPhones = 1_000_000

// errFleet says that the report is not good.
var errFleet = errors.New("some phones got a wrong file or none")

func (cmd *fleetCmd) Run(e *env) error {
	roots, err := readRoots(cmd.TrustCA)
	if err != nil {
		return err
	}
	phones, err := cmd.phones()
	if err != nil {
		return err
	}
	if cmd.Count < 1 || cmd.Count > mostPhones || cmd.Fetches < 1 || cmd.Tries < 1 || cmd.Polls < 0 || cmd.Open < 1 || cmd.Limit <= 0 {
		return usagef("A fleet has 1 to %d phones (--count), each asks at least once (--fetches, --tries; --polls is not less than 0) over at least one connection (--open), within a time (--limit).", mostPhones)
	}
	if cmd.Sources < 1 || cmd.Sources > phonesim.MostSources {
		return usagef("--sources is from 1 to %d.", phonesim.MostSources)
	}
	if cmd.Over < 0 || cmd.RetryAfter < 0 || cmd.Timeout <= 0 {
		return usagef("--over and --retry-after are not less than 0, and --timeout is more.")
	}
	fleet := phonesim.FleetOptions{
		Count: cmd.Count, Phone: phones, Factory: cmd.Redirect, Boot: cmd.Boot, Sources: cmd.Sources, Over: cmd.Over, Fetches: cmd.Fetches, Reuse: cmd.Reuse, Tries: cmd.Tries,
		RetryAfter: cmd.RetryAfter, Polls: cmd.Polls, Timeout: cmd.Timeout, Open: cmd.Open, Roots: roots, Hosts: cmd.Target,
	}
	if err := fleet.Check(); err != nil {
		return usagef("%v", err)
	}
	return cmd.start(e, fleet)
}

// start runs the fleet and prints its report.
func (cmd *fleetCmd) start(e *env, fleet phonesim.FleetOptions) error {
	kept, err := cmd.keeper()
	if err != nil {
		return err
	}
	fleet.Served = kept.put
	ctx, cancel := context.WithTimeout(e.ctx, cmd.Limit)
	defer cancel()
	report, err := phonesim.RunFleet(ctx, fleet)
	if kerr := kept.close(); err == nil {
		err = kerr
	}
	if err != nil {
		return err
	}
	if cmd.JSON {
		err = printJSON(e.stdout, report)
	} else {
		err = printFleet(e.stdout, report)
	}
	if err == nil && !report.Good() {
		err = errFleet
	}
	return err
}

// keeper writes phones into a file that it makes; without one it forgets them.
type keeper struct {
	mu   sync.Mutex
	file *os.File
	to   *bufio.Writer
}

func (cmd *fleetCmd) keeper() (*keeper, error) {
	if cmd.Keep == "" {
		return &keeper{}, nil
	}
	f, err := os.OpenFile(cmd.Keep, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &keeper{file: f, to: bufio.NewWriter(f)}, nil
}

func (k *keeper) put(_ int, p phonesim.FleetPhone) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.to == nil {
		return
	}
	line := p.MAC + "," + p.URL
	if p.Password != "" {
		line += "," + p.User + "," + p.Password
	}
	_, _ = k.to.WriteString(line + "\n") // an error is told at the end
}

func (k *keeper) close() error {
	if k.to == nil {
		return nil
	}
	return errors.Join(k.to.Flush(), k.file.Close())
}

func printFleet(w io.Writer, r phonesim.FleetReport) error {
	_, err := fmt.Fprintf(w, "%d phones: %d served, %d held, %d with a wrong file, %d lost. %d requests, %d phones asked again. Answers: %v.\n"+
		"From start to settings: half within %d ms, 95 %% %d ms, 99 %% %d ms, all %d ms. The last one had them after %d ms.\n",
		r.Phones, r.Served, r.Held, r.Wrong, r.Lost, r.Requests, r.Retried, r.Answers, r.P50, r.P95, r.P99, r.Max, r.Last)
	return err
}

// phones is the list, or the pattern.
func (cmd *fleetCmd) phones() (func(int) (phonesim.FleetPhone, error), error) {
	if cmd.List != "" && cmd.URL != "" || cmd.List == "" && cmd.URL == "" && cmd.Redirect == "" {
		return nil, usagef("Say which phones: --list FILE, or --url URL for all of them, or --redirection-url URL where they ask for theirs.")
	}
	if cmd.List != "" {
		return cmd.listed()
	}
	first, err := ztp.ParseMAC(cmd.FirstMAC)
	if err != nil {
		return nil, usagef("--first-mac: %s", ztp.AsError(err).Fields["mac"])
	}
	return func(i int) (phonesim.FleetPhone, error) {
		mac := first
		for at := len(mac) - 1; i > 0 && at > 2; at-- { // the maker's half stays
			i += int(mac[at])
			mac[at] = byte(i)
			i >>= 8
		}
		return phonesim.FleetPhone{MAC: mac.Bare(), URL: cmd.URL}, nil
	}, nil
}

func (cmd *fleetCmd) listed() (func(int) (phonesim.FleetPhone, error), error) {
	file, err := os.Open(cmd.List)
	if err != nil {
		return nil, usagef("--list: %v", err)
	}
	defer func() { _ = file.Close() }()
	var all []phonesim.FleetPhone
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		fields := strings.SplitN(strings.TrimSpace(lines.Text()), ",", 4)
		if len(fields) == 1 && cmd.Redirect != "" {
			all = append(all, phonesim.FleetPhone{MAC: fields[0]})
			continue
		}
		if len(fields) != 2 && len(fields) != 4 {
			return nil, usagef("%s: line %d is not MAC,URL or MAC,URL,user,password.", cmd.List, n)
		}
		p := phonesim.FleetPhone{MAC: fields[0], URL: fields[1]}
		if len(fields) == 4 {
			p.User, p.Password = fields[2], fields[3]
		}
		all = append(all, p)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if cmd.Count == 0 {
		cmd.Count = len(all)
	}
	if cmd.Count > len(all) {
		return nil, usagef("%s has %d phones, and --count asks for %d.", cmd.List, len(all), cmd.Count)
	}
	return func(i int) (phonesim.FleetPhone, error) { return all[i], nil }, nil
}
