package ztp_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

var update = flag.Bool("update", false, "write docs/errors.md and docs/state-machines.md anew")

// checkDocument compares a generated document with the one in docs, or writes it.
func checkDocument(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/%s is not what the source says; run go test ./internal/ztp -update. -want +got:\n%s", name, diff)
	}
}

func TestErrorsDocument(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`# Errors

Every error of zerotouch has a code, the same in the portal, the API, the command line and the log. An answer of the API
carries it in a problem document (RFC 9457) as ` + "`code`" + ` and in ` + "`type`" + ` as ` + "`urn:zerotouch:error:<code>`" + `, with the
cause of this one case in ` + "`detail`" + ` and the id to look for in the log in ` + "`request_id`" + `.

Generated from ` + "`internal/ztp/catalogue.go`" + ` by ` + "`go test ./internal/ztp -update`" + `.

| Code | Status | Title |
|---|---|---|
`)
	for _, e := range ztp.Catalogue {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %d | %s |\n", e.Code, e.Code, e.Status, heading(e.For("").Title))
	}
	for _, e := range ztp.Catalogue {
		e = e.For("")
		fmt.Fprintf(&b, "\n## %s\n\n**%s** (HTTP %d)\n\n", e.Code, heading(e.Title), e.Status)
		fmt.Fprintf(&b, "- What happened to your request: %s\n- What to do: %s\n", e.Unchanged, e.Remedy)
		if strings.HasPrefix(e.Link, "/") {
			fmt.Fprintf(&b, "- Where: `%s`\n", e.Link)
		}
		for _, c := range ztp.Cases {
			if c.Code == e.Code {
				entry := (&ztp.Error{Code: c.Code, Case: c.Case}).Entry("")
				fmt.Fprintf(&b, "\n**%s**, under the same code\n\n- What happened to your request: %s\n- What to do: %s\n", heading(entry.Title), entry.Unchanged, entry.Remedy)
			}
		}
		if e.Code == ztp.CodeNotFound {
			b.WriteString("\n| Not found | What to do |\n|---|---|\n")
			for _, m := range ztp.Missing {
				fmt.Fprintf(&b, "| %s | %s |\n", m.What, m.Remedy)
			}
		}
	}
	checkDocument(t, "errors.md", b.String())
}

// heading begins a title that starts with "the vendor" in upper case.
func heading(title string) string { return strings.ToUpper(title[:1]) + title[1:] }

func TestStateMachinesDocument(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`# State machines

What may follow what, as the domain enforces it and the database repeats it. A move that is not drawn is refused. The API
and ` + "`--json`" + ` carry the states' names, the portal and the command line's tables the words for people.

Generated from ` + "`internal/ztp`" + ` by ` + "`go test ./internal/ztp -update`" + `.
`)
	for _, m := range machines() {
		fmt.Fprintf(&b, "\n## %s\n\n```mermaid\nstateDiagram-v2\n    [*] --> %s\n", m.name, m.start)
		for _, from := range m.states {
			moves := m.moves(from)
			for _, to := range moves {
				fmt.Fprintf(&b, "    %s --> %s\n", from, to)
			}
			if len(moves) == 0 {
				fmt.Fprintf(&b, "    %s --> [*]\n", from)
			}
		}
		b.WriteString("```\n\n")
		row := func(c constant) string { return fmt.Sprintf("| `%s` | %s |\n", c.value, meaning(m, c)) }
		head := "| State | Meaning |\n|---|---|\n"
		if m.title != nil {
			row = func(c constant) string {
				return fmt.Sprintf("| `%s` | %s | %s |\n", c.value, m.title(c.value), meaning(m, c))
			}
			head = "| State | For people | Meaning |\n|---|---|---|\n"
		}
		b.WriteString(head)
		for _, c := range constants(t, m.typeName) {
			b.WriteString(row(c))
		}
	}
	checkDocument(t, "state-machines.md", b.String())
}

// meaning is the comment of the constant, without its name at the front.
func meaning(m machine, c constant) string {
	if doc, ok := strings.CutPrefix(c.doc, c.name+": "); ok {
		return heading(doc)
	}
	if len(m.moves(c.value)) == 0 {
		return "It has ended."
	}
	return c.doc
}
