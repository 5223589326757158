package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"

	"zerotouch.example/internal/vendors/snom/phonesim"
)

// simulatedCmd is one simulated phone, or many.
type simulatedCmd struct {
	Boot  phoneCmd `cmd:"" default:"withargs" help:"Boot a simulated Snom desk phone."`
	Fleet fleetCmd `cmd:"" help:"Start many at once, and report who got settings."`
}

// phoneCmd boots a simulated phone once and prints what it did, one line per step;
// the last one is how the boot ended. One that found no settings is a failure, so
// that a script notices.
type phoneCmd struct {
	MAC            string `name:"mac" required:"" placeholder:"MAC" help:"MAC address of the phone, in any usual spelling."`
	RedirectionURL string `name:"redirection-url" required:"" placeholder:"URL" help:"Redirection service that it asks ex works, such as http://127.0.0.1:7700."`
	State          string `required:"" placeholder:"FILE" help:"File that keeps what the phone remembers; holds its passwords."`
	FactoryReset   bool   `help:"Reset it to factory settings first."`
	TrustCA        string `name:"trust-ca" placeholder:"FILE" help:"Certificate authorities (PEM) that it trusts, instead of the system's."`
	Cert           string `name:"cert" placeholder:"FILE" help:"Certificate (PEM) that it shows to servers that ask for one, with the chain up to its maker's authority; the MAC address stands in its name. With --key."`
	Key            string `name:"key" placeholder:"FILE" help:"Private key (PEM) of --cert."`
	Source         string `placeholder:"ADDRESS" help:"Address of this machine that it asks from, such as 127.0.1.9; in another /24 it is another network to the server."`
	Model          string `default:"D785" placeholder:"NAME" help:"Type label (${default})."`
	PnPURL         string `name:"pnp-url" placeholder:"URL" help:"What a PnP server on its network would answer."`
	DHCPURL        string `name:"dhcp-url" placeholder:"URL" help:"What DHCP options 66 and 67 would give."`
	JSON           bool   `name:"json" help:"Print each step as a JSON object, one a line."`
}

func (cmd *phoneCmd) Run(e *env) error {
	roots, err := readRoots(cmd.TrustCA)
	if err != nil {
		return err
	}
	certificate, err := readPair(cmd.Cert, cmd.Key)
	if err != nil {
		return err
	}
	var source netip.Addr
	if cmd.Source != "" {
		if source, err = netip.ParseAddr(cmd.Source); err != nil {
			return usagef("--source: %q is not an IP address.", cmd.Source)
		}
	}
	phone, err := phonesim.New(phonesim.Options{
		MAC: cmd.MAC, Model: cmd.Model, FactoryServer: cmd.RedirectionURL, StateFile: cmd.State, Roots: roots, Certificate: certificate, Source: source,
		PnP: discovered(cmd.PnPURL), DHCP: discovered(cmd.DHCPURL),
		OnStep: func(s phonesim.Step) { cmd.print(e, s) },
	})
	if err != nil {
		return usagef("%v", err)
	}
	if cmd.FactoryReset {
		if err := phone.FactoryReset(); err != nil {
			return err
		}
	}
	trace, err := phone.Boot(e.ctx)
	if err != nil {
		return err
	}
	return trace.Err()
}

// print prints a step as it happens.
func (cmd *phoneCmd) print(e *env, s phonesim.Step) {
	if !cmd.JSON {
		fmt.Fprintln(e.stdout, s)
		return
	}
	line, err := json.Marshal(s)
	if err != nil { // a Step is text and numbers
		panic(err)
	}
	fmt.Fprintf(e.stdout, "%s\n", line)
}

// discovered is a stand-in that hands out a URL; nil finds nothing.
func discovered(url string) phonesim.Discover {
	if url == "" {
		return nil
	}
	return func(context.Context) (string, error) { return url, nil }
}

// readPair reads the phone's own certificate; nil is none.
func readPair(cert, key string) (*tls.Certificate, error) {
	switch {
	case cert == "" && key == "":
		return nil, nil
	case cert == "" || key == "":
		return nil, usagef("--cert and --key go together: a certificate, and the private key of it.")
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, usagef("--cert, --key: %v", err)
	}
	return &pair, nil
}

// readRoots reads certificate authorities; nil are the system's.
func readRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, usagef("%s: there is no certificate in PEM form in it.", path)
	}
	return pool, nil
}
