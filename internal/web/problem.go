package web

import (
	"regexp"
	"strings"

	"zerotouch.example/internal/ztp"
)

// problemText is the catalogue's words for a problem at a vendor, as the
// paragraphs of a message: the cause, what did not happen, what to do.
func problemText(p *ztp.Problem, vendorTitle string) (title string, paras []string, entry ztp.CatalogueEntry) {
	entry = p.Err().Entry(vendorTitle)
	if p.Detail != "" {
		detail := p.Detail
		if place := whereOf(detail).Value; place != "" && !strings.Contains(detail, "`") {
			detail = strings.Replace(detail, place, code(place), 1)
		}
		paras = append(paras, detail)
	}
	return entry.Title, append(paras, p.Unchanged(vendorTitle)), entry
}

// reassure answers the operator's first question unless the text has done so.
func reassure(paras []string) []string {
	for _, p := range paras {
		if strings.Contains(strings.ToLower(p), "phones") {
			return paras
		}
	}
	const calm = "Phones in service are not affected."
	if len(paras) == 0 {
		return []string{calm}
	}
	paras[len(paras)-1] += " " + calm
	return paras
}

// problemMeta is the small print of a problem: code, time, request.
func problemMeta(p *ztp.Problem) []metaItem {
	meta := []metaItem{{Code: string(p.Code)}}
	if !p.At.IsZero() {
		meta = append(meta, metaItem{At: p.At})
	}
	if place := whereOf(p.Detail); place.Value != "" {
		meta = append(meta, metaItem{Text: place.What, Copy: place})
	}
	if p.RequestID != "" {
		meta = append(meta, metaItem{Text: "Request", Copy: copyable{p.RequestID, "request ID"}})
	}
	return meta
}

// whereOf finds what a refusal names for copying: a command of ours, or the name
// of a parameter in the secret store.
func whereOf(detail string) copyable {
	if m := namedCommand.FindString(detail); m != "" {
		return copyable{Value: m, What: "Command"}
	}
	if m := namedParameter.FindStringSubmatch(detail); m != nil {
		return copyable{Value: m[1], What: "Parameter"}
	}
	return copyable{}
}

var (
	namedCommand   = regexp.MustCompile(`zerotouch reseller set [a-z0-9-]+ --key-id [^\s,;]+`)
	namedParameter = regexp.MustCompile(`SSM parameter (/[A-Za-z0-9_./-]*[A-Za-z0-9_-])`)
)

// formProblem is the message on top of a form that was refused.
func formProblem(e *ztp.Error, rest []string, vendorTitle string) *message {
	if e == nil {
		return nil
	}
	entry := e.Entry(vendorTitle)
	m := &message{Kind: "err", Title: entry.Title, Fresh: true, Level: 2}
	if e.Detail != "" && (e.Code != ztp.CodeInvalid || len(e.Fields) == 0) {
		m.Paras = append(m.Paras, e.Detail)
	}
	switch hidden := len(rest) > 0 && len(rest) >= len(e.Fields); {
	case e.Code == ztp.CodeInvalid && hidden: // no field shows it, so that none is marked
		m.Paras = append(m.Paras, entry.Unchanged)
	case e.Code == ztp.CodeInvalid:
		m.Paras = append(m.Paras, entry.Unchanged+" "+"Correct what is marked and send it again.")
	default:
		m.Paras = append(m.Paras, entry.Unchanged, entry.Remedy)
	}
	m.Paras = append(m.Paras, rest...)
	m.Meta = []metaItem{{Code: string(e.Code)}}
	return m
}

// sentences joins texts to one, each with a full stop.
func sentences(texts []string) string {
	var b strings.Builder
	for _, t := range texts {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t)
		if t != "" && !strings.ContainsAny(t[len(t)-1:], ".!?") {
			b.WriteByte('.')
		}
	}
	return b.String()
}
