package main

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
)

// configCmd prints what serve would run with.
type configCmd struct {
	settings
	JSON bool `name:"json" help:"Print JSON."`
}

// settingLine is one setting as it takes effect.
type settingLine struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// From is default, environment or flag.
	From string `json:"from"`
}

func (cmd *configCmd) Run(e *env, c *kong.Context) error {
	if _, err := cmd.parse(); err != nil {
		return err
	}
	cmd.storeFlags.fill()
	cmd.resellerFlags.fill(cmd.Installation)
	lines := settingLines(c)
	token := settingLine{Name: envPrefix + "TOKEN", From: "default"}
	if e.getenv(token.Name) != "" {
		token.Value, token.From = "[redacted]", "environment"
	}
	address := settingLine{Name: envPrefix + "URL", Value: defaultURL, From: "default"}
	if v := e.getenv(address.Name); v != "" {
		address.Value, address.From = redactAddress(v), "environment"
	}
	lines = append(lines, address, token)
	if cmd.JSON {
		return printJSON(e.stdout, map[string]any{"settings": lines})
	}
	rows := make([][]string, 0, len(lines))
	for _, l := range lines {
		rows = append(rows, []string{l.Name, l.From, l.Value})
	}
	return printTable(e.stdout, []string{"SETTING", "FROM", "VALUE"}, rows)
}

// settingLines are the settings of the chosen verb, in the order of their help.
func settingLines(c *kong.Context) (lines []settingLine) {
	from := map[string]string{}
	for _, p := range c.Path {
		switch {
		case p.Flag != nil && p.Resolved:
			from[p.Flag.Name] = "environment"
		case p.Flag != nil:
			from[p.Flag.Name] = "flag"
		}
	}
	for _, f := range c.Selected().Flags {
		if !f.Tag.Has(setting) {
			continue
		}
		l := settingLine{Name: envName(f.Name), Value: redactAddress(f.Target.String()), From: from[f.Name]}
		if l.From == "" {
			l.From = "default"
		}
		lines = append(lines, l)
	}
	return lines
}

// passwordWord is a password in a PostgreSQL connection string of words.
var passwordWord = regexp.MustCompile(`(?i)\b((?:ssl)?password|passfile)\s*=\s*('(?:[^'\\]|\\.)*'|\S+)`)

// redactAddress hides the password of an address, be it a URL or the words of a
// PostgreSQL connection string.
func redactAddress(s string) string {
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		if err != nil {
			return "[redacted]"
		}
		q := u.Query()
		for name := range q {
			if strings.Contains(strings.ToLower(name), "password") {
				q.Set(name, "redacted")
				u.RawQuery = q.Encode()
			}
		}
		if _, has := u.User.Password(); has {
			u.User = url.UserPassword(u.User.Username(), "redacted")
		}
		return u.String()
	}
	return passwordWord.ReplaceAllString(s, "$1=redacted")
}
