package main

import (
	"fmt"
	"io"
	"strings"

	"zerotouch.example/api"
)

type healthCmd struct{ remote }

func (cmd *healthCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
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

func printHealth(w io.Writer, h api.Health) error {
	fmt.Fprintf(w, "Installation %s, version %s. Provisioning URL %s, check %s.\n\n",
		clean(h.Installation), clean(h.Version), clean(orNone(h.ProvisioningURL)), h.ProvisioningURLCheck)
	var vendors [][]string
	for _, v := range h.Vendors {
		reseller := "present"
		if v.Reseller != nil {
			reseller = v.Reseller.Code
		}
		vendors = append(vendors, []string{
			v.Name, fmt.Sprint(v.Configured), fmt.Sprint(v.InFlight), fmt.Sprint(v.Attention), fmt.Sprint(v.LooseKeys), reseller,
		})
	}
	if err := printTable(w, []string{"VENDOR", "CONFIGURED", "IN FLIGHT", "ATTENTION", "LOOSE KEYS", "RESELLER CREDENTIAL"}, vendors); err != nil {
		return err
	}
	if len(h.UnownedMACs) > 0 {
		fmt.Fprintf(w, "\nA move has left with nobody, as far as is known: %s\n", clean(strings.Join(h.UnownedMACs, ", ")))
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
		replicas = append(replicas, []string{r.ID, r.Version, fmt.Sprint(r.Schema), timeText(&r.Since), timeText(&r.SeenAt), state})
	}
	return printTable(w, []string{"REPLICA", "VERSION", "SCHEMA", "SINCE", "LAST SEEN", "STATE"}, replicas)
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
