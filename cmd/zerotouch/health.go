package main

import (
	"fmt"
	"io"
	"strings"

	"zerotouch.example/api"
)

type healthCmd struct {
	remote
	Handshakes bool `help:"List TLS handshakes with phones that went wrong, instead."`
}

func (cmd *healthCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if cmd.Handshakes {
		return cmd.handshakes(e, c)
	}
	h, err := c.Health(e.ctx)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, h)
	}
	return printHealth(e.stdout, h)
}

func (cmd *healthCmd) handshakes(e *env, c *api.Client) error {
	l, err := c.HandshakeFailures(e.ctx)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, l)
	}
	var rows [][]string
	for _, f := range l.Items {
		rows = append(rows, []string{f.Address, clean(f.Name), f.Reason, clean(f.Offers), clean(f.Alert), fmt.Sprint(f.Count), timeText(&f.Last)})
	}
	return printTable(e.stdout, []string{"ADDRESS", "NAME", "REASON", "OFFERS", "ALERT", "COUNT", "LAST"}, rows)
}

func printVendors(w io.Writer, vendors []api.VendorHealth) error {
	var rows [][]string
	for _, v := range vendors {
		reseller := "present"
		if v.Reseller != nil {
			reseller = v.Reseller.Code
		}
		rows = append(rows, []string{
			v.Name, fmt.Sprint(v.Configured), fmt.Sprint(v.InFlight), fmt.Sprint(v.Attention), fmt.Sprint(v.LooseKeys), reseller,
		})
	}
	return printTable(w, []string{"VENDOR", "CONFIGURED", "IN FLIGHT", "ATTENTION", "LOOSE KEYS", "RESELLER CREDENTIAL"}, rows)
}

func printHealth(w io.Writer, h api.Health) error {
	fmt.Fprintf(w, "Installation %s, version %s. Provisioning URL %s, check %s.\n\n",
		clean(h.Installation), clean(h.Version), clean(orNone(h.ProvisioningURL)), h.ProvisioningURLCheck)
	if err := printVendors(w, h.Vendors); err != nil {
		return err
	}
	if len(h.UnownedMACs) > 0 {
		fmt.Fprintf(w, "\nA move has left with nobody, as far as is known: %s\n", clean(strings.Join(h.UnownedMACs, ", ")))
	}
	if h.WaitingPhones+h.AlarmedPhones > 0 {
		fmt.Fprintf(w, "\nPhones that wait: %d, alarms: %d (zerotouch phones waiting PLATFORM)\n", h.WaitingPhones, h.AlarmedPhones)
	}
	if h.PlatformsWithLess+h.PhonesWithLess > 0 {
		fmt.Fprintf(w, "\nLess than a device certificate: platforms that ask for less %d, phones served without theirs %d\n", h.PlatformsWithLess, h.PhonesWithLess)
	}
	if len(h.Scans) > 0 {
		fmt.Fprintf(w, "\nSearches for phones that are not there, in the last day: %d, the last from %s at %s: %s (zerotouch audit list --action phones.scanned)\n",
			len(h.Scans), clean(h.Scans[0].Address), timeText(&h.Scans[0].At), clean(h.Scans[0].Detail))
	}
	printRollouts(w, h)
	for _, a := range h.Authorities {
		if a.Alarm > 0 {
			fmt.Fprintf(w, "\nAn authority that phones are told to trust ends at %s: %s, SHA-256 %s (settings ca_certificates of %s)\n", timeText(&a.NotAfter), clean(a.Subject), clean(a.Fingerprint), clean(trustedIn(a)))
		}
	}
	if err := printCertificates(w, h.Listeners); err != nil {
		return err
	}
	fmt.Fprintln(w)
	var replicas [][]string
	for _, r := range h.Replicas {
		state := "running"
		if !r.Live {
			state = "lost"
		}
		if r.OnlyPhones {
			state += ", phones alone"
		}
		replicas = append(replicas, []string{r.ID, r.Version, fmt.Sprint(r.Schema), timeText(&r.Since), timeText(&r.SeenAt), state})
	}
	return printTable(w, []string{"REPLICA", "VERSION", "SCHEMA", "SINCE", "LAST SEEN", "STATE"}, replicas)
}

// trustedIn names in whose settings it stands.
func trustedIn(a api.Authority) string {
	names := a.Platforms
	if a.Everywhere {
		names = append([]string{"the installation"}, names...)
	}
	return strings.Join(names, ", ")
}

// printCertificates prints those of the process that answered, if it has any.
func printCertificates(w io.Writer, l api.Listeners) error {
	var rows [][]string
	for _, c := range l.Certificates {
		state := "in order"
		if c.Alarm > 0 {
			state = fmt.Sprintf("ends within %d days", c.Alarm)
		}
		rows = append(rows, []string{c.Listener, clean(strings.Join(c.Names, " ")), c.Key, timeText(&c.NotAfter), state})
	}
	for _, t := range l.Troubles {
		fmt.Fprintf(w, "\nListener %s: a changed file cannot be used: %s\n", t.Listener, clean(t.Detail))
	}
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return printTable(w, []string{"LISTENER", "CERTIFICATE", "KEY", "ENDS", "STATE"}, rows)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
