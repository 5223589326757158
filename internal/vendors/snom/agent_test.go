package snom_test

import (
	"testing"

	"zerotouch.example/internal/vendors/snom"
)

func TestReadAgent(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string][2]string{
		"Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 SXM:0 UXM:0)":                              {"D785", "10.1.33.33"},
		"Mozilla/4.0 (compatible; snomD785-SIP 10.1.169.16 2010.12-00001-gd311851f1 (Feb 25 2019 - 14:19:43) 00041396D9B4 SXM:0 UXMC:0)": {"D785", "10.1.169.16"},
		"Mozilla/4.0 (compatible; snom710-SIP 8.7.3.19 1.1.5-IFX-05.01.12)":                                                              {"710", "8.7.3.19"},
		"Mozilla/4.0 (compatible; Snom M900 05.20.0001 000413b60680)":                                                                    {"M900", "05.20.0001"},
		"curl/8.5.0": {},
		"":           {},
	} {
		if model, firmware := (*snom.Vendor)(nil).ReadAgent(agent); [2]string{model, firmware} != want {
			t.Errorf("%q: %q %q", agent, model, firmware)
		}
	}
}
