package snom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/ztp"
)

// skewAlarm is how far our clock may be off before a probe calls it wrong: half
// of the window of Hawk's reference implementation.
const skewAlarm = 30 * time.Second

// prober asks one question after the other.
type prober struct {
	findings
	v   *Vendor
	by  ztp.APIKey
	own string
}

// Probe looks at what the service offers to a reseller's key. It only reads. The
// error is that of the first call, without which there is nothing to say; a link in
// its answer that may not be followed is a finding like any other.
func (v *Vendor) Probe(ctx context.Context, by ztp.APIKey) (ProbeReport, error) {
	p := &prober{v: v, by: by}
	r := ProbeReport{Service: v.client.Base().Host, Key: by.String(), At: v.cfg.Now()}
	var err error
	p.own, err = v.client.OwnCompany(ctx, wire(by))
	var link *sraps.LinkError
	if err != nil && !errors.As(err, &link) {
		return r, resellerRead(err)
	}
	p.key(ctx)
	if link != nil { // everything else is behind this link
		p.add("hosts", hostsQuestion, AnswerNo, why(err))
		r.Findings = p.list
		return r, nil
	}
	p.company(ctx)
	p.collection(ctx, "companies", "child companies", true)
	p.collection(ctx, "tokens", "keys", true)
	p.collection(ctx, "roles", "roles", false)
	p.collection(ctx, "provisioning-profiles", "provisioning profiles", true)
	p.collection(ctx, "endpoints", "phones", false)
	p.role(ctx)
	p.paging(ctx)
	p.catalogue(ctx)
	r.Findings = p.list
	r.Usable = usable(p.list, []string{"companies_list", "tokens_list", "role", "setting_server"},
		[]string{"companies_create", "tokens_create", "provisioning-profiles_create"})
	return r, nil
}

// usable wants a yes to all of some questions, and no no to others.
func usable(list []Finding, yes, notNo []string) bool {
	return !slices.ContainsFunc(yes, func(n string) bool { return of(list, n) != AnswerYes }) &&
		!slices.ContainsFunc(notNo, func(n string) bool { return of(list, n) == AnswerNo })
}

// why is the reason of a failed reading call for a report.
func why(err error) string {
	v := ztp.VendorErrorOf(read(err))
	var link *sraps.LinkError
	if errors.As(err, &link) {
		return v.Detail
	}
	return v.Error()
}

// look makes one reading call; a call without an answer becomes a finding.
func (p *prober) look(ctx context.Context, name, question, method, target string) (sraps.Seen, bool) {
	s, err := p.v.client.Look(ctx, wire(p.by), method, target)
	if err != nil {
		p.add(name, question, AnswerUnknown, why(err))
		return s, false
	}
	return s, true
}

func refusal(s sraps.Seen) string {
	return strings.TrimSuffix(fmt.Sprintf("status %d, %s", s.Status, s.Message), ", ")
}

func ok(s sraps.Seen) bool { return s.Status >= 200 && s.Status <= 299 }

// key reads the key's own entry, and what every answer tells beside its body.
func (p *prober) key(ctx context.Context) {
	const question = "Does Snom accept the key?"
	s, answered := p.look(ctx, "key", question, http.MethodGet, p.v.client.Base().JoinPath("tokens", url.PathEscape(p.by.ID)).String())
	if !answered {
		return
	}
	p.add("key", question, AnswerYes, "fields of its entry: "+fieldNames(s.Object))
	switch {
	case !s.HasDate:
		p.add("clock", "Is our clock right?", AnswerUnknown, "the answer carries no Date")
	case s.Skew.Abs() > skewAlarm:
		p.add("clock", "Is our clock right?", AnswerNo, fmt.Sprintf("Snom is %d s ahead of it", int(s.Skew.Seconds())))
	default:
		p.add("clock", "Is our clock right?", AnswerYes, fmt.Sprintf("%d s apart", int(s.Skew.Abs().Seconds())))
	}
	signed := AnswerNo
	if s.Signed {
		signed = AnswerYes
	}
	p.add("server_authorization", "Does Snom sign its answers (Server-Authorization)?", signed, "")
}

const hostsQuestion = "Do all links lead to hosts that are allowed (ZEROTOUCH_SNOM_LINK_HOSTS)?"

// company reads the reseller's own company and where its links lead.
func (p *prober) company(ctx context.Context) {
	o, err := p.v.client.Company(ctx, wire(p.by), p.own)
	if err != nil {
		p.add("company", "Can the reseller's own company be read?", AnswerNo, why(err))
		return
	}
	p.add("company", "Can the reseller's own company be read?", AnswerYes, "fields: "+fieldNames(o))
	links := o.Links()
	paths, hosts, strange := []string{}, map[string]bool{}, map[string]bool{}
	for name, link := range links {
		u, err := url.Parse(link)
		if err != nil {
			strange["(unreadable)"] = true
			continue
		}
		hosts[u.Host] = true
		if !p.v.client.Allowed(link) {
			strange[u.Host] = true
		}
		paths = append(paths, name+" "+masked(u.Path))
	}
	slices.Sort(paths)
	p.add("links", "Which links does it give?", AnswerInfo, strings.Join(paths, ", "))
	if len(strange) > 0 {
		p.add("hosts", hostsQuestion, AnswerNo, "not allowed: "+fieldNames(strange))
		return
	}
	p.add("hosts", hostsQuestion, AnswerYes, fieldNames(hosts))
}

// collection finds out whether one can be listed, and whether OPTIONS says that
// something can be made in it.
func (p *prober) collection(ctx context.Context, name, things string, creatable bool) {
	question := "Can " + things + " be listed?"
	target, linked, err := p.v.client.Place(ctx, wire(p.by), p.own, name)
	if err != nil {
		p.add(name+"_list", question, AnswerUnknown, why(err))
		return
	}
	where := "found by a link"
	if !linked {
		where = "no link, found by the usual path"
	}
	s, answered := p.look(ctx, name+"_list", question, http.MethodGet, withQuery(target, "page_size", "1"))
	switch {
	case !answered:
	case !ok(s) || s.List == nil:
		p.add(name+"_list", question, AnswerNo, refusal(s)+", "+where)
	case len(s.List) > 0:
		p.add(name+"_list", question, AnswerYes, where+"; fields: "+fieldNames(s.List[0]))
	default:
		p.add(name+"_list", question, AnswerYes, where+"; the list is empty")
	}
	if creatable {
		p.making(ctx, name, things, target)
	}
}

// making asks a collection for its description, which need not exist.
func (p *prober) making(ctx context.Context, name, things, target string) {
	question := "Does it look as if " + things + " can be made?"
	s, answered := p.look(ctx, name+"_create", question, http.MethodOptions, target)
	switch {
	case !answered:
	case len(s.Allow) == 0 || !ok(s) && s.Status != http.StatusMethodNotAllowed:
		p.add(name+"_create", question, AnswerUnknown, "OPTIONS is not answered: "+refusal(s))
	case !slices.Contains(s.Allow, http.MethodPost):
		p.add(name+"_create", question, AnswerNo, "allowed are "+strings.Join(s.Allow, ", "))
	default:
		detail := "POST is allowed"
		if fields := s.Object.Inner("actions").Inner("POST"); len(fields) > 0 {
			detail += " and takes " + fieldNames(fields)
		}
		p.add(name+"_create", question, AnswerYes, detail)
	}
}

// role tells which role new keys would get.
func (p *prober) role(ctx context.Context) {
	const question = "Is it clear which role new keys get?"
	id, err := p.v.role(ctx, p.by, p.own)
	if err != nil {
		p.add("role", question, AnswerNo, ztp.VendorErrorOf(err).Detail)
		return
	}
	name := id
	if all, err := p.v.client.Roles(ctx, wire(p.by), p.own); err == nil {
		for _, o := range all {
			if o.Text("uuid") == id {
				name = o.Text("name")
			}
		}
	}
	p.add("role", question, AnswerYes, name)
}

// paging looks at the catalogue of settings, the one list that is long everywhere.
func (p *prober) paging(ctx context.Context) {
	target := p.v.client.Base().JoinPath("settings/").String()
	const usual, asked = "How long is a page that nobody asked to be longer?", "Is a page as long as one asks for (1000)?"
	if s, answered := p.look(ctx, "page_default", usual, http.MethodGet, target); answered {
		detail := fmt.Sprintf("%d entries", len(s.List))
		if u, err := url.Parse(s.Next); err == nil && s.Next != "" {
			detail += "; the next page is named by a link to " + u.Host
		}
		p.add("page_default", usual, AnswerInfo, detail)
	}
	if s, answered := p.look(ctx, "page_size", asked, http.MethodGet, withQuery(target, "page_size", "1000")); answered {
		answer := AnswerYes
		if len(s.List) < 1000 && s.Next != "" {
			answer = AnswerNo
		}
		p.add("page_size", asked, answer, fmt.Sprintf("%d entries", len(s.List)))
	}
}

// catalogue tells whether the setting that redirects phones is unmistakable.
func (p *prober) catalogue(ctx context.Context) {
	const question = "Is there exactly one setting_server for every configured product group?"
	var chosen []string
	for _, group := range p.v.cfg.ProductGroups {
		e, err := p.v.lookup(ctx, p.by, group)
		if err != nil {
			p.add("setting_server", question, AnswerNo, ztp.VendorErrorOf(err).Detail)
			return
		}
		chosen = append(chosen, group+" "+e.setting)
	}
	p.add("setting_server", question, AnswerYes, strings.Join(chosen, ", "))
}

func withQuery(target, name, value string) string {
	u, err := url.Parse(target)
	if err != nil {
		return target
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}
