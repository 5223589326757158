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

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
