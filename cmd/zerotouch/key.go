package main

import (
	"fmt"
	"strconv"
	"time"

	"zerotouch.example/internal/sqlstore"
)

type keyCmd struct {
	Status keyStatusCmd `cmd:"" help:"Tell whether the root key opens the database, and how many values hang on which key."`
	Rotate keyRotateCmd `cmd:"" help:"Seal every value again under a new key, beside running servers; one that was cut short is finished."`
	Phones keyPhonesCmd `cmd:"" help:"Seal what phones get under a key of its own, for serve --only phones, beside running servers; one that was cut short is finished."`
	Rewrap keyRewrapCmd `cmd:"" help:"Change the root key: to another key file or to AWS KMS, without touching a value."`
}

// keyStatusCmd opens the database with the key: sqlstore.Open refuses one that
// does not open what is sealed there.
type keyStatusCmd struct{ local }

func (cmd *keyStatusCmd) Run(e *env) error {
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		status, err := s.KeyStatus(e.ctx)
		if err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(e.stdout, cmd.keysOf(s, status))
		}
		return cmd.print(e, s, status)
	})
}

// keysJSON is the JSON of every verb on keys.
type keysJSON struct {
	// KeyFile is empty when KMSKey, the key of AWS KMS in use, is not.
	KeyFile      string `json:"key_file"`
	KMSKey       string `json:"kms_key"`
	Opens        bool   `json:"opens"`
	Installation string `json:"installation"`
	Database     string `json:"database"`
	Engine       string `json:"engine"`
	// Rotation is steady, distributing or resealing; the latter two are not finished.
	Rotation string    `json:"rotation"`
	Keys     []keyJSON `json:"keys"`
	Lost     int64     `json:"lost"`
	// PhonesReady: serve --only phones can be started.
	PhonesReady bool          `json:"phones_ready"`
	RootKeys    []rootKeyJSON `json:"root_keys"`
}

type keyJSON struct {
	ID      string `json:"id"`
	Primary bool   `json:"primary"`
	Values  int64  `json:"values"`
	// Phones: it seals what phones get, and serve --only phones has it.
	Phones bool `json:"phones"`
}

type rootKeyJSON struct {
	ID     string `json:"id"`
	KMSKey string `json:"kms_key"`
	InUse  bool   `json:"in_use"`
}

func (l *local) keysOf(s *sqlstore.Store, status sqlstore.KeyStatus) keysJSON {
	out := keysJSON{
		KeyFile: l.KeyFile, Opens: true, Installation: l.Installation, Database: redactAddress(l.Database), Engine: s.Engine(),
		Rotation: string(status.Phase), Lost: status.Lost,
	}
	if l.KMSKey != "" {
		out.KeyFile, out.KMSKey = "", l.KMSKey
	}
	for _, k := range status.Keys {
		out.Keys = append(out.Keys, keyJSON{sqlstore.KeyName(k.ID), k.Primary, k.Values, k.Phones})
	}
	out.PhonesReady = status.PhonesReady
	for _, r := range status.Roots {
		out.RootKeys = append(out.RootKeys, rootKeyJSON{r.ID, r.KMSKey, r.Mine})
	}
	return out
}

// phases says of a rotation that is not finished how far it is.
var phases = map[sqlstore.KeyPhase]string{
	sqlstore.KeysDistributing: "not finished: the new key does not seal yet. Run: zerotouch key rotate",
	sqlstore.KeysResealing:    "not finished: values hang on the old key. Run: zerotouch key rotate",
}

func (cmd *keyStatusCmd) print(e *env, s *sqlstore.Store, status sqlstore.KeyStatus) error {
	var mine, other string
	for _, r := range status.Roots {
		if r.Mine {
			mine = r.ID
		} else {
			other = rootName(r) + ". When every server has the one that stays, run with it: zerotouch key rewrap --finish"
		}
	}
	keys := cmd.keysOf(s, status)
	lost := ""
	if status.Lost > 0 {
		lost = strconv.FormatInt(status.Lost, 10) + " hang on no key of this database and do not open"
	}
	if err := printFields(e.stdout, "key file", keys.KeyFile, "KMS key", keys.KMSKey, "root key", mine, "opens the database", "yes",
		"opens it too", other, "installation", keys.Installation, "database", keys.Database, "engine", keys.Engine,
		"rotation", phases[status.Phase], "lost values", lost); err != nil {
		return err
	}
	rows := make([][]string, 0, len(keys.Keys))
	for _, k := range keys.Keys {
		state := "opens"
		if k.Primary {
			state = "primary"
		}
		if k.Phones {
			state += ", of phones"
		}
		rows = append(rows, []string{k.ID, state, strconv.FormatInt(k.Values, 10)})
	}
	return printTable(e.stdout, []string{"KEY", "STATE", "VALUES"}, rows)
}

func rootName(r sqlstore.RootKeyStatus) string {
	name := "root key " + r.ID
	if r.ID == "" {
		name = "the root key of before"
	}
	if r.KMSKey != "" {
		return name + ", encrypted by " + r.KMSKey
	}
	return name + ", in a key file"
}

type keyRotateCmd struct {
	local
	Wait time.Duration `default:"10s" placeholder:"TIME" help:"How long the new key is there before it seals, so that servers know it before they meet it (${default})."`
}

func (cmd *keyRotateCmd) Run(e *env) error {
	if cmd.Wait < 0 || cmd.Wait > time.Hour {
		return usagef("--wait is a time from 0s to 1h, such as 10s.")
	}
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		resealed := 0
		status, err := s.RotateKeys(e.ctx, sqlstore.KeyRotation{
			Actor: operator(), Distribute: cmd.Wait,
			Progress: func(p sqlstore.KeyProgress) error { resealed = p.Resealed; return nil },
		})
		if err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(e.stdout, cmd.keysOf(s, status))
		}
		under, values := sqlstore.KeyName(status.Keys[0].ID), status.Keys[0].Values
		for _, k := range status.Keys[1:] { // after a rotation one more at most, that of phones
			under, values = under+" or, of phones, "+sqlstore.KeyName(k.ID), values+k.Values
		}
		fmt.Fprintf(e.stdout, "Every value in %s is sealed under the key %s: %d, of which this run sealed %d again. No older key opens any.\n", cmd.place(), under, values, resealed)
		return nil
	})
}

type keyRewrapCmd struct {
	local
	asking
	ToFile   string `placeholder:"FILE" help:"Begin: the root key of this key file opens the database too. A file that is not there is made, none is ever overwritten."`
	ToKMSKey string `name:"to-kms-key" placeholder:"KEY" help:"Begin: a new root key that this key of AWS KMS encrypts opens the database too."`
	Finish   bool   `help:"End: only the root key that this command was configured with opens the database from now on."`
}

func (cmd *keyRewrapCmd) Run(e *env) error {
	chosen := 0
	for _, is := range []bool{cmd.ToFile != "", cmd.ToKMSKey != "", cmd.Finish} {
		if is {
			chosen++
		}
	}
	if chosen != 1 {
		return usagef("It takes one of --to-file, --to-kms-key and --finish.")
	}
	if cmd.Finish {
		if err := e.confirm(cmd.Yes, "Does every server run with the settings of this command? The other root key opens nothing any more."); err != nil {
			return err
		}
	}
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		if err := cmd.change(e, s); err != nil {
			return err
		}
		status, err := s.KeyStatus(e.ctx)
		if err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(e.stdout, cmd.keysOf(s, status))
		}
		cmd.print(e, status)
		return nil
	})
}

func (cmd *keyRewrapCmd) change(e *env, s *sqlstore.Store) error {
	switch {
	case cmd.Finish:
		return s.WithdrawRootKey(e.ctx, operator())
	case cmd.ToFile != "":
		return s.AddRootKey(e.ctx, operator(), sqlstore.NewRoot{File: sqlstore.KeyFile(cmd.ToFile)})
	}
	return s.AddRootKey(e.ctx, operator(), sqlstore.NewRoot{Service: cmd.keyService(cmd.ToKMSKey)})
}

func (cmd *keyRewrapCmd) print(e *env, status sqlstore.KeyStatus) {
	if cmd.Finish {
		fmt.Fprintf(e.stdout, "Only the root key %s opens %s now. Keep the one of before as long as backups from its time are kept.\n", status.Roots[0].ID, cmd.place())
		return
	}
	setting := "ZEROTOUCH_KEY_FILE=" + clean(cmd.ToFile)
	if cmd.ToKMSKey != "" {
		setting = "ZEROTOUCH_KMS_KEY=" + clean(cmd.ToKMSKey)
	} else if cmd.KMSKey != "" {
		setting += " and without ZEROTOUCH_KMS_KEY"
	}
	fmt.Fprintf(e.stdout, "Two root keys open %s now, the one of before and the new one.\nStart every server again with %s, then run with that setting: zerotouch key rewrap --finish\n", cmd.place(), setting)
}
