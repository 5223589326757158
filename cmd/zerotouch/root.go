package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"zerotouch.example/internal/ztp"
)

// root is the grammar of the command line.
type root struct {
	Serve          serveCmd     `cmd:"" group:"server" help:"Run the server."`
	Demo           demoCmd      `cmd:"" group:"server" help:"Show the whole story on this machine: portal, simulated Snom, simulated phones."`
	Config         configCmd    `cmd:"" group:"server" help:"Print the effective configuration, without secrets."`
	Migrate        migrateCmd   `cmd:"" group:"server" help:"Bring the database up to date, while no server runs."`
	Backup         backupCmd    `cmd:"" group:"local" help:"Copy the SQLite database to a file, beside a running server."`
	Restore        restoreCmd   `cmd:"" group:"server" help:"Put a backup in the place of the SQLite database, while no server runs."`
	VersionCmd     versionCmd   `cmd:"" name:"version" group:"server" help:"Print the version."`
	User           userCmd      `cmd:"" group:"local" help:"Who may sign in at the portal."`
	Token          tokenCmd     `cmd:"" group:"local" help:"API tokens of programs and of this command line."`
	Reseller       resellerCmd  `cmd:"" group:"local" help:"The reseller credential in the embedded sealed store."`
	Key            keyCmd       `cmd:"" group:"local" help:"The key that seals the database."`
	DatabaseCmd    databaseCmd  `cmd:"" name:"database" group:"local" help:"Users of the PostgreSQL database."`
	Vendor         vendorCmd    `cmd:"" group:"local" help:"What a vendor's service offers to the reseller."`
	Sim            simCmd       `cmd:"" group:"simulators" help:"Simulated vendors."`
	Phone          simulatedCmd `cmd:"" group:"simulators" help:"Simulated Snom desk phones."`
	remoteCommands `embed:"" group:"remote"`
	Version        kong.VersionFlag `name:"version" help:"Print the version."`
}

// groups are the headings of the help.
var groups = kong.ExplicitGroups([]kong.Group{
	{Key: "server", Title: "Server:"},
	{Key: "local", Title: "On the server's host, beside a running server:"},
	{Key: "remote", Title: "Through the API of a running server (ZEROTOUCH_URL, ZEROTOUCH_TOKEN):"},
	{Key: "simulators", Title: "To try it without a vendor and without phones:"},
})

// run is the whole program: it parses args, runs the verb and returns the exit code.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	e := newEnv(ctx, environ, stdin, stdout, stderr)
	left, err := execute(e, args)
	if left != nil {
		return *left
	}
	if ztp.InDatabase(err) {
		err = ztp.AsErrorOf(e.ctx, err)
	}
	if err != nil {
		printError(stderr, err)
	}
	return exitCode(err)
}

// newEnv is the outside as the verbs see it.
func newEnv(ctx context.Context, environ []string, stdin io.Reader, stdout, stderr io.Writer) *env {
	e := &env{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, environ: environ, getenv: lookUp(environ)}
	if file, ok := stdin.(interface{ Fd() uintptr }); ok {
		e.isTerminal = term.IsTerminal(int(file.Fd()))
	}
	return e
}

// execute parses and runs. left is the exit code when kong has done everything
// itself, which it does for --help.
func execute(e *env, args []string) (left *int, err error) {
	c, left, err := parse(e, args)
	if left != nil || err != nil {
		return left, err
	}
	return nil, c.Run(e)
}

// parse reads args and the environment. Only flags with the tag setting take their
// value from there. No args at all is a question for help.
func parse(e *env, args []string) (c *kong.Context, left *int, err error) {
	out := e.stdout
	if len(args) == 0 {
		defer func() { left = usageIfHelped(left) }()
		args, out = []string{"--help"}, e.stderr
	}
	k, err := kong.New(&root{}, kong.Name("zerotouch"), kong.Writers(out, e.stderr), groups,
		kong.Vars{"version": "zerotouch " + version()},
		kong.Description("Factory-fresh desk phones find their platform by themselves.\n\n"+
			"Exit codes: 0 done, 1 failed, 2 wrong call, 3 not found, 4 refused, 5 outcome unknown."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: false}),
		kong.Exit(func(code int) { left = &code }),
		kong.Resolvers(fromEnvironment(e.getenv)))
	if err != nil {
		return nil, nil, err
	}
	c, err = k.Parse(args)
	switch {
	case left != nil:
		return nil, left, nil
	case err != nil:
		return nil, nil, wrongCommand(err)
	}
	if err := noEmptyName(c); err != nil {
		return nil, nil, err
	}
	if c.Command() == "version" {
		return c, nil, nil
	}
	return c, nil, checkEnvironment(k.Model, e.environ)
}

// noEmptyName refuses an argument that is there and empty, as a variable of a script is that
// was not set: it names nobody. One that may be left out may be empty, too.
func noEmptyName(c *kong.Context) error {
	for _, part := range c.Path {
		if p := part.Positional; p != nil && p.Target.Kind() == reflect.String && p.Target.String() == "" {
			return usagef("<%s> is empty.\n  For help: zerotouch %s --help", p.Name, commandOf(c))
		}
	}
	return nil
}

// commandOf is the verb without its arguments.
func commandOf(c *kong.Context) string {
	verb, _, _ := strings.Cut(c.Command(), " <")
	return verb
}

// usageIfHelped turns the exit code of --help into that of a wrong call.
func usageIfHelped(left *int) *int {
	if left == nil {
		return nil
	}
	code := exitUsage
	return &code
}

// wrongCommand says what is wrong with the arguments, and where the help for them is.
func wrongCommand(err error) error {
	help, text := "zerotouch", err.Error()
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil {
		for _, part := range p.Context.Path {
			if part.Command != nil {
				help += " " + part.Command.Name
			}
		}
	}
	if word, ok := strings.CutPrefix(text, "unexpected argument "); ok {
		if help == "zerotouch" {
			text = "there is no command " + word
		}
		word, _, _ = strings.Cut(word, ",") // a guess by spelling may follow
		if like := likeVerb(p, word); like != "" {
			text = "there is no " + help + " " + word + "; did you mean " + help + " " + like + "?"
		}
	}
	return usagef("%s\n  For help: %s --help", text, help)
}

// verbs are words for the same in other programs.
var verbs = [][]string{
	{"register", "create", "add", "new"}, {"release", "remove", "revoke", "delete", "rm"}, {"list", "ls"}, {"show", "get", "describe", "info"}, {"set", "change", "edit", "update"},
}

// likeVerb is the command beside which a word stands that other programs have for the same, ""
// where there is none.
func likeVerb(p *kong.ParseError, word string) string {
	if p == nil || p.Context == nil || len(p.Context.Path) == 0 {
		return ""
	}
	at := p.Context.Path[len(p.Context.Path)-1].Node()
	for _, same := range verbs {
		if at == nil || !slices.Contains(same, word) {
			continue
		}
		for _, verb := range same {
			if slices.ContainsFunc(at.Children, func(n *kong.Node) bool { return n.Name == verb }) {
				return verb
			}
		}
	}
	return ""
}

type versionCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (cmd *versionCmd) Run(e *env) error {
	if cmd.JSON {
		return printJSON(e.stdout, map[string]string{"version": version()})
	}
	_, err := fmt.Fprintln(e.stdout, "zerotouch", version())
	return err
}
