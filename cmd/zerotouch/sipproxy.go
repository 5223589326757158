package main

import (
	"context"
	"os"
	"strings"

	"zerotouch.example/internal/resync"
	"zerotouch.example/internal/server"
	"zerotouch.example/internal/sipnotify"
	"zerotouch.example/internal/ztp"
)

// sipFlags say through whom phones are told to look for their settings again.
type sipFlags struct {
	SIPProxy        string `setting:"" name:"sip-proxy" placeholder:"SIP-URI" help:"SIP proxy through which phones are told to look for their settings again, such as sip:proxy.example.net:5060;transport=tcp (udp, tcp or tls)."`
	SIPFrom         string `setting:"" name:"sip-from" placeholder:"SIP-URI" help:"From of these messages; sip:zerotouch@ and the proxy's host when left out."`
	SIPUser         string `setting:"" name:"sip-user" placeholder:"NAME" help:"User for the digest that the proxy asks for, if it asks."`
	SIPPasswordFile string `setting:"" name:"sip-password-file" placeholder:"FILE" help:"File with its password."`
	SIPRealm        string `setting:"" name:"sip-realm" placeholder:"NAME" help:"The only realm that gets an answer made of them; any that asks on the way to a phone does when left out."`
}

// sipConfig is nil without a proxy.
type sipConfig struct{ sip *sipnotify.Config }

func (f sipFlags) parse(m *mistakes) (c sipConfig) {
	if f.SIPProxy == "" {
		m.unset(map[string]string{"SIP_FROM": f.SIPFrom, "SIP_USER": f.SIPUser, "SIP_PASSWORD_FILE": f.SIPPasswordFile, "SIP_REALM": f.SIPRealm}, "it does nothing without "+envPrefix+"SIP_PROXY")
		return c
	}
	proxy, err := sipnotify.ParseProxy(f.SIPProxy)
	if err != nil {
		m.add("SIP_PROXY", "%v", err)
	}
	if f.SIPFrom != "" {
		if err := sipnotify.CheckFrom(f.SIPFrom); err != nil {
			m.add("SIP_FROM", "%v", err)
		}
	}
	if (f.SIPUser == "") != (f.SIPPasswordFile == "") {
		m.add("SIP_USER", "it comes with ZEROTOUCH_SIP_PASSWORD_FILE, or both are left out")
	}
	if f.SIPUser == "" {
		m.unset(map[string]string{"SIP_REALM": f.SIPRealm}, "it does nothing without "+envPrefix+"SIP_USER")
	}
	return sipConfig{&sipnotify.Config{
		Proxy: proxy, From: f.SIPFrom, User: f.SIPUser, Password: f.password(m), Realm: f.SIPRealm, Agent: "zerotouch/" + agentVersion(),
	}}
}

// password reads the file; a line's end behind it is not part of it.
func (f sipFlags) password(m *mistakes) ztp.Secret {
	if f.SIPPasswordFile == "" {
		return ztp.Secret{}
	}
	text, err := os.ReadFile(f.SIPPasswordFile)
	password := strings.TrimRight(string(text), "\r\n")
	if err != nil || password == "" {
		m.add("SIP_PASSWORD_FILE", "it is a file with the password, which can't be read or is empty")
	}
	return ztp.NewSecret(password)
}

// agentVersion is the version as a product token: what has no place in one is left out.
func agentVersion() string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f && !strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) {
			return r
		}
		return -1
	}, version())
}

// shown is the proxy for people, "" without one.
func (c sipConfig) shown() string {
	if c.sip == nil {
		return ""
	}
	return c.sip.Proxy.String()
}

// sender tells phones, nil without a proxy; close it when done.
func (c sipConfig) sender() (s resync.Sender, close func()) {
	if c.sip == nil {
		return nil, func() {}
	}
	client := sipnotify.New(*c.sip)
	return client, client.Close
}

// resyncGauges tell of phones that are being told, and whether that goes on.
func resyncGauges(ctx context.Context, store ztp.Store) (out []server.Gauge, err error) {
	open, err := store.ListResyncs(ctx, ztp.ResyncQuery{Open: true})
	phones, rest := ztp.ResyncTally{}, 0.0
	for _, r := range open.Items {
		for state, n := range r.Tally {
			phones[state] += n
		}
		if r.Trouble != "" {
			rest++
		}
	}
	out = append(out, server.Gauge{Name: "zerotouch_resyncs", Help: "Resyncs that have not told all their phones.", Value: float64(len(open.Items))},
		server.Gauge{Name: "zerotouch_resyncs_in_trouble", Help: "Those of them that the SIP proxy keeps from going on.", Value: rest})
	for _, state := range ztp.ResyncItemStates {
		out = append(out, server.Gauge{Name: "zerotouch_resync_phones", Help: "Phones of resyncs that have not told all of them, by what became of each.",
			Labels: []string{"state", string(state)}, Value: float64(phones[state])})
	}
	return out, err
}
