package main

import (
	"regexp"
	"sort"
	"strings"

	"github.com/alecthomas/kong"
)

const envPrefix = "ZEROTOUCH_"

// setting is the tag of flags that the environment sets too.
const setting = "setting"

// clientSettings are read by the remote verbs themselves, and are no flags or not
// by this rule.
var clientSettings = []string{envPrefix + "URL", envPrefix + "TOKEN"}

// fromKubernetes matches what Kubernetes puts into the environment of every
// container beside a service called zerotouch or zerotouch-something.
var fromKubernetes = regexp.MustCompile(`^ZEROTOUCH_(.+_)?(SERVICE_(HOST|PORT.*)|PORT(_.*)?)$`)

// envName is the variable of a flag: --data-dir is ZEROTOUCH_DATA_DIR.
func envName(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// envNames are the variables of a flag, the one that docs name first.
func envNames(flag *kong.Flag) []string {
	names := []string{envName(flag.Name)}
	for _, alias := range flag.Aliases {
		names = append(names, envName(alias))
	}
	return names
}

// lookUp finds a variable, "" when it is not there; of several the last counts.
func lookUp(environ []string) func(name string) string {
	return func(name string) string {
		for i := len(environ) - 1; i >= 0; i-- {
			if value, ok := strings.CutPrefix(environ[i], name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// fromEnvironment gives flags that stand not in the arguments their value from the
// environment. An empty variable counts as none, and a flag's name before its aliases,
// which are names that earlier builds had for it.
func fromEnvironment(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if !flag.Tag.Has(setting) {
			return nil, nil
		}
		for _, name := range envNames(flag) {
			if value := getenv(name); value != "" {
				return value, nil
			}
		}
		return nil, nil
	})
}

// checkEnvironment refuses variables that look like ours and mean nothing: a
// setting with a slip in its name would otherwise be lost in silence.
func checkEnvironment(app *kong.Application, environ []string) error {
	known := map[string]bool{}
	for _, name := range clientSettings {
		known[name] = true
	}
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && flag.Tag.Has(setting) {
			for _, name := range envNames(flag) {
				known[name] = true
			}
		}
		return next(nil)
	})
	var unknown []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, envPrefix) && !known[name] && !fromKubernetes.MatchString(name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	sort.Strings(unknown)
	return usagef("Unknown in the environment: %s. `zerotouch config --help` lists every setting.", strings.Join(unknown, ", "))
}
