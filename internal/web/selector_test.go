package web_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// parse reads a page or a part of one, as a browser would read it in a list.
func parse(t testing.TB, text string) *html.Node {
	t.Helper()
	if strings.HasPrefix(text, "<!doctype") {
		doc, err := html.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	root := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(text), root)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	return root
}

// step is one part of a selector: tag#id.class[attr=value].
type step struct {
	tag     string
	classes []string
	attrs   [][2]string // an empty value asks for presence
}

// selector understands what these tests need: steps with a descendant between them.
func selector(s string) []step {
	var steps []step
	for _, part := range strings.Fields(s) {
		var st step
		for part != "" {
			end := strings.IndexAny(part[1:], "#.[") + 1
			if end == 0 {
				end = len(part)
			}
			if part[0] == '[' {
				end = strings.IndexByte(part, ']') + 1
			}
			token := part[:end]
			part = part[end:]
			switch token[0] {
			case '#':
				st.attrs = append(st.attrs, [2]string{"id", token[1:]})
			case '.':
				st.classes = append(st.classes, token[1:])
			case '[':
				name, value, _ := strings.Cut(strings.Trim(token, "[]"), "=")
				st.attrs = append(st.attrs, [2]string{name, value})
			default:
				st.tag = token
			}
		}
		steps = append(steps, st)
	}
	return steps
}

func (s step) matches(n *html.Node) bool {
	if n.Type != html.ElementNode || s.tag != "" && n.Data != s.tag {
		return false
	}
	for _, c := range s.classes {
		found := false
		for _, have := range strings.Fields(attr(n, "class")) {
			found = found || have == c
		}
		if !found {
			return false
		}
	}
	for _, a := range s.attrs {
		value, ok := lookup(n, a[0])
		if !ok || a[1] != "" && value != a[1] {
			return false
		}
	}
	return true
}

func lookup(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func attr(n *html.Node, name string) string {
	v, _ := lookup(n, name)
	return v
}

// all returns the elements that a selector selects, in order.
func all(root *html.Node, sel string) []*html.Node {
	steps := selector(sel)
	var out []*html.Node
	var walk func(n *html.Node, rest []step)
	seen := map[*html.Node]bool{}
	walk = func(n *html.Node, rest []step) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if rest[0].matches(c) {
				if len(rest) == 1 && !seen[c] {
					seen[c] = true
					out = append(out, c)
				}
				if len(rest) > 1 {
					walk(c, rest[1:])
				}
			}
			walk(c, rest)
		}
	}
	if root != nil {
		walk(root, steps)
	}
	return out
}

// text is what stands in an element, spaces folded.
func text(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		if n.Type == html.ElementNode && n.DataAtom != atom.Span && n.DataAtom != atom.Code && n.DataAtom != atom.B && n.DataAtom != atom.Wbr {
			b.WriteByte(' ')
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// texts is the text of everything that a selector selects.
func texts(root *html.Node, sel string) []string {
	var out []string
	for _, n := range all(root, sel) {
		out = append(out, text(n))
	}
	return out
}

// one returns the only element that a selector selects.
func one(t testing.TB, root *html.Node, sel string) *html.Node {
	t.Helper()
	found := all(root, sel)
	if len(found) != 1 {
		t.Fatalf("%s: want one element, got %d", sel, len(found))
	}
	return found[0]
}
