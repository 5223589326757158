package snom

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Answer is what a probe or a rehearsal found out about one question.
type Answer string

const (
	// AnswerYes and AnswerNo were seen; AnswerUnknown was asked without a clear
	// answer, AnswerSkipped was not asked, AnswerInfo is no yes-or-no question.
	AnswerYes     Answer = "yes"
	AnswerNo      Answer = "no"
	AnswerUnknown Answer = "unknown"
	AnswerSkipped Answer = "skipped"
	AnswerInfo    Answer = "info"
)

// Finding is one line of a report. It never holds a secret, a provisioning URL or
// the name of a customer.
type Finding struct {
	// Name is stable, for scripts; Question is for people.
	Name     string `json:"name"`
	Question string `json:"question"`
	Answer   Answer `json:"answer"`
	Detail   string `json:"detail,omitempty"`
}

func (f Finding) String() string {
	s := fmt.Sprintf("%-8s %s", f.Answer, f.Question)
	if f.Detail != "" {
		s += " " + f.Detail
	}
	return s
}

// findings collects the lines of a report and tells them as they come.
type findings struct {
	list []Finding
	tell func(Finding)
}

func (f *findings) add(name, question string, a Answer, detail string) {
	x := Finding{Name: name, Question: question, Answer: a, Detail: tidy(detail)}
	f.list = append(f.list, x)
	if f.tell != nil {
		f.tell(x)
	}
}

// of returns the answer to a question, AnswerSkipped when it was never asked.
func of(list []Finding, name string) Answer {
	for _, f := range list {
		if f.Name == name {
			return f.Answer
		}
	}
	return AnswerSkipped
}

// tidy keeps what a vendor wrote on one line of a terminal.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 400 {
		s = string(r[:399]) + "…"
	}
	return strings.TrimSpace(s)
}

// ProbeReport is what read-only calls showed.
type ProbeReport struct {
	// Service is the host that was asked, Key the key's id, shortened.
	Service  string    `json:"service"`
	Key      string    `json:"key"`
	At       time.Time `json:"at"`
	Findings []Finding `json:"findings"`
	// Usable: nothing was seen that keeps Onboard from working. Only a rehearsal
	// proves that it does.
	Usable bool `json:"usable"`
}

func (r ProbeReport) String() string {
	end := "Nothing stands in the way of Onboard, as far as reading can tell. A rehearsal proves it."
	switch {
	case of(r.Findings, "hosts") == AnswerNo && !r.Usable:
		end = "Neither Onboard nor Connect will work before the hosts that the links name are allowed."
	case !r.Usable:
		end = "Onboard will not work with this key as it is; Connect may."
	}
	return render("Read-only look at "+r.Service, r.Key, r.At, r.Findings) + end + "\n"
}

// RehearseReport is what making and removing one of everything showed.
type RehearseReport struct {
	Service  string    `json:"service"`
	Key      string    `json:"key"`
	At       time.Time `json:"at"`
	Findings []Finding `json:"findings"`
	// Usable: Onboard, Rotate and Disable find all that they rely on.
	Usable bool `json:"usable"`
	// Left names what could not be removed again, for the vendor's portal.
	Left []string `json:"left"`
}

func (r RehearseReport) String() string {
	s := render("Rehearsal at "+r.Service, r.Key, r.At, r.Findings)
	if r.Usable {
		s += "All that Onboard, Rotate and Disable rely on is there.\n"
	} else {
		s += "Something that Onboard, Rotate or Disable relies on is not there; see the lines with no and unknown.\n"
	}
	if len(r.Left) == 0 {
		return s + "Nothing is left at the vendor.\n"
	}
	return s + "Left at the vendor, to be removed in its portal:\n  " + strings.Join(r.Left, "\n  ") + "\n"
}

func render(title, key string, at time.Time, list []Finding) string {
	s := fmt.Sprintf("%s with key %s, %s\n", title, key, at.UTC().Format(time.RFC3339))
	for _, f := range list {
		s += "  " + f.String() + "\n"
	}
	return s
}

// anyID is what is left out of the paths that a report shows.
var anyID = regexp.MustCompile(`/[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]{7,}`)

func masked(path string) string { return anyID.ReplaceAllString(path, "/{id}") }

// fieldNames lists what an object has, without what is in it.
func fieldNames[V any](m map[string]V) string {
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
