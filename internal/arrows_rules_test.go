package internal_test

// A pattern is a package path below the module; a last "..." stands for the
// path before it and all below. "*" alone is every package of ours.

// rule says which packages of ours one package may import. Tests are free to
// import more.
type rule struct {
	of   string
	ours []string
}

// rules is read from the top; the first that matches counts. A new package
// needs a row here and a sentence in docs/architecture.md.
var rules = []rule{
	// The inside: no arrow leaves.
	{of: "api"},
	{of: "internal/ztp"},
	{of: "internal/keyring"},
	{of: "internal/mutants"},
	{of: "internal/phonefile", ours: []string{"internal/ztp"}},

	// The outside that the domain does not know.
	{of: "internal/sqlstore", ours: []string{"internal/ztp", "internal/keyring", "internal/sqlstore/internal/..."}},
	{of: "internal/sqlstore/internal/..."},
	{of: "internal/sqlstore/storetest", ours: []string{"internal/ztp", "internal/keyring", "internal/sqlstore"}},
	{of: "internal/sqlstore/pgtest"},
	{of: "internal/awscall", ours: []string{"internal/ztp"}},
	{of: "internal/awscall/mototest"},
	{of: "internal/reseller", ours: []string{"internal/ztp", "internal/awscall"}},
	{of: "internal/kms", ours: []string{"internal/ztp", "internal/awscall"}},

	// Vendors know the domain and their own wire client, never each other. The
	// simulator never sees the client, or both would share one mistake; the
	// settings file is what a phone reads, and the client never touches it.
	{of: "internal/vendors/snom", ours: []string{
		"internal/ztp", "internal/vendors/snom/sraps", "internal/vendors/snom/settingsxml"}},
	{of: "internal/vendors/snom/sraps"},
	{of: "internal/vendors/snom/settingsxml"},
	{of: "internal/vendors/snom/srapssim", ours: []string{"internal/vendors/snom/settingsxml"}},
	{of: "internal/vendors/snom/phonesim", ours: []string{"internal/vendors/snom/settingsxml"}},

	// The work, seen through interfaces of the domain alone.
	{of: "internal/control", ours: []string{"internal/ztp", "internal/phonefile"}},
	{of: "internal/orchestrator", ours: []string{"internal/ztp"}},
	{of: "internal/campaign", ours: []string{"internal/control", "internal/ztp"}},
	{of: "internal/access", ours: []string{"internal/ztp"}},
	{of: "internal/pace", ours: []string{"internal/ztp"}},
	{of: "internal/resync", ours: []string{"internal/ztp", "internal/sipnotify"}},
	{of: "internal/sipnotify", ours: []string{"internal/ztp"}},
	{of: "internal/sipsim"}, // it never sees the client, or both would share one mistake

	// The surfaces. The portal and the API never meet.
	{of: "internal/provision", ours: []string{"internal/ztp", "api"}},
	{of: "internal/restapi", ours: []string{"internal/control", "internal/access", "internal/ztp", "api"}},
	{of: "internal/web", ours: []string{"internal/control", "internal/access", "internal/ztp", "api"}},
	{of: "internal/server", ours: []string{"internal/restapi", "internal/web", "internal/provision", "internal/ztp"}},

	// Who ties the knot, and who plays with all of it.
	{of: "internal/demo", ours: []string{"internal/...", "api"}},
	{of: "cmd/zerotouch", ours: []string{"*"}},
	{of: "bench/...", ours: []string{"*"}},
	{of: "e2e/...", ours: []string{"api", "internal/vendors/snom/srapssim", "internal/vendors/snom/phonesim", "internal/sipsim"}},
}

// library says which packages may import a module of others. Whoever is not
// named uses the standard library.
type library struct {
	module string
	users  []string
}

// libraries holds every module that this one requires directly.
var libraries = []library{
	{"github.com/tink-crypto/tink-go/v2", []string{"internal/keyring"}},
	{"modernc.org/sqlite", []string{"internal/sqlstore"}},
	{"github.com/jackc/pgx/v5", []string{"internal/sqlstore", "internal/sqlstore/pgtest"}},
	{"github.com/pressly/goose/v3", []string{"internal/sqlstore"}},
	{"github.com/aws/aws-sdk-go-v2", []string{"internal/awscall", "internal/awscall/mototest", "internal/reseller", "internal/kms"}},
	{"github.com/aws/smithy-go", []string{"internal/awscall"}},
	{"github.com/alexedwards/scs/v2", []string{"internal/access"}},
	{"golang.org/x/crypto", []string{"internal/access"}},
	{"github.com/danielgtaylor/huma/v2", []string{"internal/restapi"}},
	{"github.com/prometheus/client_golang", []string{"internal/server"}},
	{"github.com/alecthomas/kong", []string{"cmd/zerotouch"}},
	{"golang.org/x/term", []string{"cmd/zerotouch"}},
	{"golang.org/x/sync", []string{"cmd/zerotouch", "internal/demo", "internal/server", "internal/orchestrator", "internal/control", "internal/sqlstore"}},
	{"golang.org/x/time", []string{"internal/vendors/snom", "internal/access", "internal/provision", "internal/orchestrator"}},

	// Tests alone.
	{"github.com/google/go-cmp", []string{"internal/sqlstore/storetest"}},
	{"pgregory.net/rapid", []string{"internal/sqlstore/storetest"}},
	{"github.com/rogpeppe/go-internal", nil},
	{"golang.org/x/net", nil},
}
