package phonesim

// Requests gives tests the addresses a phone asks for one configured URL.
func (p *Phone) Requests(template string) ([]string, error) {
	addresses, err := p.id.requests(template)
	var out []string
	for _, u := range addresses {
		out = append(out, u.String())
	}
	return out, err
}

// Redact gives tests the form of a URL that is shown.
func (p *Phone) Redact(s string) string { return p.id.redact(s) }
