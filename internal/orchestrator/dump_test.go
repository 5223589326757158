package orchestrator_test

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// dump reads every row of every table as it lies in the file: table, columns and
// values, sealed ones in hex.
func (w *world) dump() []map[string]string {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.file+"?mode=ro")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	var out []map[string]string
	for _, table := range w.column(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
		rows, err := db.Query(`SELECT * FROM "` + table + `"`)
		if err != nil {
			w.t.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil {
			w.t.Fatal(err)
		}
		for rows.Next() {
			row, values := map[string]string{"table": table}, make([]any, len(names))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				w.t.Fatal(err)
			}
			for i, name := range names {
				row[name] = text(*values[i].(*any))
			}
			out = append(out, row)
		}
		if err := rows.Err(); err != nil {
			w.t.Fatal(err)
		}
		rows.Close()
	}
	if len(out) == 0 {
		w.t.Fatal("the database is empty")
	}
	return out
}

// commits counts those that SQLite's write-ahead log holds: frames that carry the
// size of the database after them (file format, chapter 4). No test of one operation
// comes near the thousand pages at which the log begins anew.
func (w *world) commits() int {
	w.t.Helper()
	wal, err := os.ReadFile(w.file + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	if err != nil {
		w.t.Fatal(err)
	}
	const header, frameHeader = 32, 24
	if len(wal) < header {
		return 0
	}
	n, size := 0, frameHeader+int(binary.BigEndian.Uint32(wal[8:]))
	for f := wal[header:]; len(f) >= size && bytes.Equal(f[8:16], wal[16:24]); f = f[size:] {
		if binary.BigEndian.Uint32(f[4:]) != 0 {
			n++
		}
	}
	return n
}

func text(v any) string {
	if b, ok := v.([]byte); ok {
		return hex.EncodeToString(b)
	}
	return fmt.Sprint(v)
}

func (w *world) column(db *sql.DB, query string) []string {
	w.t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			w.t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// rowsOfOthers is the dump without the rows of the platform's link with Snom and of its
// phones, and without what moves with everything: the audit log, and the number of the
// last change of a phone.
func (w *world) rowsOfOthers() []map[string]string {
	w.t.Helper()
	dump, mine := w.dump(), map[string]bool{"platform/" + string(w.p.ID): true}
	for _, row := range dump {
		if row["table"] == "platform" && row["id"] == string(w.p.ID) {
			delete(row, "proven_template") // what was last proven for its links
		}
		if row["platform_id"] != string(w.p.ID) || row["vendor"] != "snom" {
			continue
		}
		switch row["table"] {
		case "operation":
			mine[row["id"]] = true
		case "endpoint":
			mine[row["mac"]] = true
			mine["endpoint/"+string(w.p.ID)+"/"+row["mac"]] = true
		}
	}
	return slices.DeleteFunc(dump, func(row map[string]string) bool {
		return strings.HasPrefix(row["table"], "event") || row["platform_id"] == string(w.p.ID) && row["vendor"] == "snom" ||
			row["table"] == "operation_item_count" && mine[row["operation_id"]] ||
			row["table"] == "endpoint_word" && row["platform_id"] == string(w.p.ID) && mine[row["mac"]] ||
			row["table"] == "phone_change" && mine[row["what"]] || row["table"] == "sqlite_sequence" && row["name"] == "phone_change"
	})
}

// killNext kills the process before its next commit.
func (f *faultyStore) killNext() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at, f.fault = f.n+1, killBefore
}
