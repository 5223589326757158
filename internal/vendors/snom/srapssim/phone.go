package srapssim

import (
	"encoding/xml"
	"net/http"
	"regexp"
	"strings"
)

// What a factory-fresh phone asks for. The .htm forms are those a phone uses
// with any setting server that ends in no file name (Snom wiki); that today's
// firmware asks SRAPS the same way is assumed. The .php form is the legacy
// service's (client code in production). Real phones show a client
// certificate; the simulator asks for none.
var (
	phoneFile   = regexp.MustCompile(`^/(snom\w+?)(?:-([0-9A-Fa-f]{12}))?\.htm$`)
	phoneLegacy = regexp.MustCompile(`^/(snom\w+)/(snom\w+)\.php$`)
	agentMAC    = regexp.MustCompile(`\b[0-9A-Fa-f]{12}\b`)
)

// phoneAnswer is settings XML, empty for a phone that is unknown or paused
// (unknown: client code in production; paused: assumed).
func (s *Server) phoneAnswer(r *http.Request) *answer {
	if r.Method != http.MethodGet {
		return methodNotAllowed(r.Method, []string{http.MethodGet})
	}
	kind, mac := "", ""
	if m := phoneFile.FindStringSubmatch(r.URL.Path); m != nil {
		kind, mac = m[1], m[2]
		if mac == "" {
			mac = agentMAC.FindString(r.UserAgent()) // assumed
		}
	} else if m := phoneLegacy.FindStringSubmatch(r.URL.Path); m != nil && m[1] == m[2] {
		kind, mac = m[1], r.URL.Query().Get("mac")
	} else {
		return notFound()
	}
	a := empty(http.StatusOK)
	a.header.Set("Content-Type", "text/xml; charset=utf-8")
	s.mu.Lock()
	defer s.mu.Unlock()
	a.body = settingsXML(s.state.delivered(strings.ToUpper(mac), productGroupOf(kind)))
	return a
}

// delivered are the settings a phone of this product group gets: the
// endpoint's before the profile's (Snom wiki). A paused endpoint gets nothing,
// a paused profile gives nothing (assumed). Only settings of the phone's
// product group have an effect, which is what makes the wrong setting_server
// harmless and useless (client code in production).
func (st *state) delivered(mac, group string) []setting {
	c, ok := st.companies[st.macCompany[mac]]
	if !ok {
		return nil
	}
	e, _ := c.endpoints.get(mac)
	return effective(c, e, group)
}

func effective(c *company, e endpoint, group string) []setting {
	if !e.enabled {
		return nil
	}
	layers := [][]setting{e.settings}
	if p, ok := c.profiles.get(e.profile); ok && p.enabled {
		layers = append(layers, p.settings)
	}
	var result []setting
	have := map[string]bool{}
	for _, layer := range layers {
		for _, v := range layer {
			if !have[v.id] && theCatalogue().byID[v.id].isFor(group) {
				have[v.id] = true
				result = append(result, v)
			}
		}
	}
	return result
}

func (d settingDef) isFor(group string) bool {
	for _, g := range d.groups {
		if g == group {
			return true
		}
	}
	return false
}

// productGroupOf tells the family from the phone type (client code in
// production; the split of M-Series and MSC-Series is assumed).
func productGroupOf(kind string) string {
	family := strings.TrimPrefix(kind, "snom")
	name := "D-Series"
	switch {
	case strings.HasPrefix(family, "M") && strings.HasSuffix(family, "SC"):
		name = "MSC-Series"
	case strings.HasPrefix(family, "M"):
		name = "M-Series"
	case strings.HasPrefix(family, "C"):
		name = "C-Series"
	}
	for _, g := range theCatalogue().productGroups {
		if g.name == name {
			return g.id
		}
	}
	return ""
}

// settingsXML writes the container of Snom settings files (Snom wiki). A
// placeholder such as {mac} stays as it is: the phone fills it in.
func settingsXML(settings []setting) []byte {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<settings>\n  <phone-settings e=\"2\">\n")
	for _, v := range settings {
		param := theCatalogue().byID[v.id].param
		b.WriteString("    <" + param + ` perm="`)
		_ = xml.EscapeText(&b, []byte(v.perm)) // a strings.Builder never fails
		b.WriteString(`">`)
		_ = xml.EscapeText(&b, []byte(v.text()))
		b.WriteString("</" + param + ">\n")
	}
	b.WriteString("  </phone-settings>\n</settings>\n")
	return []byte(b.String())
}
