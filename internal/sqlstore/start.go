package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// StartError says why this program may not or cannot use the database, and what to
// do. Whoever gets one can rely on the database being as it was, but for Changed.
type StartError struct {
	Reason string
	Remedy string
	// Changed says what was changed all the same; "" for nothing.
	Changed string
	// Err is the cause, if there is one. A key that does not fit wraps an
	// *ztp.Error with code sealing_key_mismatch.
	Err error
}

func (e *StartError) Error() string {
	changed := e.Changed
	if changed == "" {
		changed = "nothing was changed"
	}
	s := e.Reason + "; " + changed + ". To go on: " + e.Remedy
	if e.Err != nil {
		s += " (" + e.Err.Error() + ")"
	}
	return s
}

func (e *StartError) Unwrap() error { return e.Err }

// found is what a look at a database tells, before anything is decided.
type found struct {
	// tables of anybody; version is the schema's, 0 without one, oldest the oldest
	// version whose programs may use it.
	tables          []string
	version, oldest int64
	// The rest is empty until the first start has come to its end.
	installation     string
	canary, auditKey []byte
	keyset           stored
}

func (f found) fresh() bool { return f.installation == "" }

// inspect reads with SQL that fits every schema there ever was: tables and columns
// named here are never renamed.
func inspect(ctx context.Context, q db.DBTX, d dialect) (f found, err error) {
	rows, err := q.QueryContext(ctx, d.tables)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return f, err
		}
		f.tables = append(f.tables, name)
	}
	if err := rows.Err(); err != nil || !slices.Contains(f.tables, "goose_db_version") {
		return f, err
	}
	if err := q.QueryRowContext(ctx, "SELECT COALESCE(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&f.version); err != nil {
		return f, err
	}
	if f.version == 0 {
		return f, nil
	}
	if err := q.QueryRowContext(ctx, "SELECT oldest FROM schema_compat").Scan(&f.oldest); err != nil {
		return f, err
	}
	err = q.QueryRowContext(ctx, "SELECT name, canary, audit_key FROM installation").Scan(&f.installation, &f.canary, &f.auditKey)
	if errors.Is(err, sql.ErrNoRows) { // a first start that was cut short
		return f, nil
	}
	if err == nil {
		f.keyset, err = readKeyset(ctx, q, f.version)
	}
	return f, err
}

// todo is what has to be done before a database can be used.
type todo struct{ create, migrate bool }

// decide applies the start rules that need no key. build is the schema version of
// this program.
func decide(f found, cfg Config, build int64) (todo, error) {
	switch {
	case f.version == 0 && slices.ContainsFunc(f.tables, func(t string) bool { return t != "goose_db_version" }):
		return todo{}, &StartError{
			Reason: "the database holds tables of another program and none of zerotouch",
			Remedy: "name an empty database, or a path where nothing is yet",
		}
	case f.version > build && f.oldest > build:
		return todo{}, &StartError{
			Reason: fmt.Sprintf("the database has schema version %d, made by a newer zerotouch; this one has version %d and would need at least %d", f.version, build, f.oldest),
			Remedy: "start the newer zerotouch",
		}
	case !f.fresh() && f.installation != cfg.Installation:
		return todo{}, &StartError{
			Reason: fmt.Sprintf("the database belongs to the installation %q, this one is %q", f.installation, cfg.Installation),
			Remedy: fmt.Sprintf("set the installation name to %q, or name another database; a copy must not speak for the original", f.installation),
		}
	case !f.fresh() && f.version < build && !cfg.Migrate:
		return todo{}, &StartError{
			Reason: fmt.Sprintf("the database has schema version %d, this zerotouch needs version %d", f.version, build),
			Remedy: "make a backup, then run `zerotouch migrate` or start with --migrate auto",
		}
	}
	return todo{create: f.fresh(), migrate: f.version < build}, nil
}

// keys are what opens and chains; they live as long as the store.
type keys struct {
	root  *keyring.Root
	held  held
	audit []byte
	// created: this start made the database.
	created bool
}

// openKeys proves that the root key at hand is the one of this database.
func openKeys(ctx context.Context, f found, cfg Config) (keys, error) {
	root, ring, err := cfg.roots.open(ctx, f.keyset)
	if err != nil {
		return keys{}, keyError(err)
	}
	if err := ring.OpenCanary(canaryData(cfg.Installation), f.canary); err != nil {
		return keys{}, keyError(err)
	}
	audit, err := ring.Open(place{purpose: forAudit}.data(cfg.Installation), f.auditKey)
	if err != nil {
		return keys{}, keyError(err)
	}
	h, err := f.keyset.hold(ring, cfg.Installation)
	if err != nil {
		return keys{}, keyError(err)
	}
	return keys{root: root, held: h, audit: audit}, nil
}

// keyError says what to do about a root key that cannot be had or does not fit.
func keyError(err error) error {
	var known *ztp.Error
	e := &StartError{Err: err}
	if !errors.As(err, &known) {
		e.Err = &ztp.Error{Code: ztp.CodeSealingKeyMismatch, Err: err}
	} else if remedy, ok := keyServiceRemedies[known.Code]; ok && !errors.Is(err, errNoFileRoot) {
		if known.Case == ztp.CaseOwnCredentials {
			remedy = "replace the AWS credentials that this server uses, and check its clock"
		}
		e.Reason, e.Remedy = strings.TrimSuffix(known.Detail, "."), remedy
		return e
	}
	switch {
	case errors.Is(err, errNoFileRoot):
		e.Reason = "the root key of this database is encrypted by a key service, and none is configured"
		e.Remedy = "set ZEROTOUCH_KMS_KEY to the key named at the end"
	case errors.Is(err, errNoServiceRoot):
		e.Reason = "ZEROTOUCH_KMS_KEY is set, but the root key of this database is in a key file"
		e.Remedy = "unset it, or first run `zerotouch key rewrap --to-kms-key …` without it"
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = "the database holds sealed values and their key file is missing"
		e.Remedy = "put the key file of this installation back; a new one cannot open them"
	case errors.Is(err, keyring.ErrMismatch):
		e.Reason = "the key does not open what is sealed in the database"
		e.Remedy = "start with the key file that this installation began with, or with the one that it was changed to since"
	default:
		e.Reason = "the key of the database cannot be read"
		e.Remedy = "correct what is said at the end"
	}
	return e
}

// keyServiceRemedies say what to do when a key service does not give the root key.
var keyServiceRemedies = map[ztp.Code]string{
	ztp.CodeSecretStoreDenied:        "let this server encrypt and decrypt with that key, and check that the key is enabled",
	ztp.CodeSecretStoreThrottled:     "try again in a minute",
	ztp.CodeSecretStoreUnavailable:   "check the way from this server to the key service, then try again",
	ztp.CodeSecretStoreNotConfigured: "give this server a region and credentials for AWS",
	ztp.CodeConfigurationMissing:     "name a symmetric key that is there, and for a database that exists the one that encrypted its root key",
	ztp.CodeSealingKeyMismatch:       "put the database back as it was, or start with the installation name and the key that belong to it",
}

// noKey refuses a first start that has no key to seal with.
func noKey(err error) error {
	var known *ztp.Error
	if errors.As(err, &known) {
		return keyError(err)
	}
	return &StartError{Reason: "no key to seal with", Remedy: "correct what is said at the end", Err: err}
}

// create writes what makes an empty schema this installation's own.
func create(ctx context.Context, q *db.Queries, cfg Config) error {
	root, w, err := cfg.roots.fresh(ctx)
	if err != nil {
		return noKey(err)
	}
	ring, wrapped, err := keyring.New(root)
	if err != nil {
		return err
	}
	canary, err := ring.SealCanary(canaryData(cfg.Installation))
	if err != nil {
		return err
	}
	audit := make([]byte, 32)
	_, _ = rand.Read(audit) // never fails
	sealed, err := ring.Seal(place{purpose: forAudit}.data(cfg.Installation), audit)
	if err != nil {
		return err
	}
	now := ms(cfg.now())
	if err := q.InsertKeyset(ctx, db.InsertKeysetParams{
		Wrapped: wrapped, CreatedAt: now, RootID: w.rootID, KmsKey: w.kmsKey, RootSealed: w.rootSealed,
	}); err != nil {
		return err
	}
	return q.InsertInstallation(ctx, db.InsertInstallationParams{Name: cfg.Installation, Canary: canary, AuditKey: sealed, CreatedAt: now})
}

// KeyFile is the usual Config.RootKey: the key in a file, which is made on the
// first start and never again.
func KeyFile(path string) func(fresh bool) (*keyring.Root, error) {
	return func(fresh bool) (*keyring.Root, error) {
		root, err := keyring.OpenFile(path)
		if !fresh || !errors.Is(err, fs.ErrNotExist) {
			return root, err
		}
		root, err = keyring.CreateFile(path)
		if errors.Is(err, fs.ErrExist) { // another process was first
			return keyring.OpenFile(path)
		}
		return root, err
	}
}
