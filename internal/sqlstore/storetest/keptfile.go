package storetest

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// sqliteFile is a database file that goes back to a text. It is not written anew, which
// its connections would never see, but page by page through SQLite.
type sqliteFile struct {
	path string
	text []byte
	page int
	db   *sql.DB
}

func keptFile(t testing.TB, text []byte) *sqliteFile {
	t.Helper()
	f := &sqliteFile{path: filepath.Join(t.TempDir(), "zerotouch.db"), page: int(binary.BigEndian.Uint16(text[16:]))}
	if err := os.WriteFile(f.path, text, 0o600); err != nil {
		t.Fatalf("storetest: %v", err)
	}
	// A backup has no journal yet: that is written in the first page.
	db, err := sql.Open("sqlite", "file:"+f.path+"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)")
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	f.db = db
	if f.text, err = f.whole(); err != nil {
		t.Fatalf("storetest: %v", err)
	}
	return f
}

func (f *sqliteFile) DSN() string { return f.path }

func (f *sqliteFile) DB() *sql.DB { return f.db }

// Restore also sees that it has: the file is the text again, byte by byte.
func (f *sqliteFile) Restore(t testing.TB) {
	t.Helper()
	now, err := f.whole()
	if err == nil && !f.same(now) {
		if err = f.write(now); err == nil {
			now, err = f.whole()
		}
		if err == nil && !f.same(now) {
			err = fmt.Errorf("the database is not what it was")
		}
	}
	if err != nil {
		t.Fatalf("storetest: restore %s: %v", f.path, err)
	}
}

// whole is the file with everything in it and nothing in its journal.
func (f *sqliteFile) whole() ([]byte, error) {
	var busy, frames, moved int
	if err := f.db.QueryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved); err != nil {
		return nil, err
	}
	if busy != 0 {
		return nil, fmt.Errorf("somebody is still reading or writing")
	}
	return os.ReadFile(f.path)
}

// same compares but for the count of changes in the first page, which only ever grows.
func (f *sqliteFile) same(now []byte) bool {
	if len(now) != len(f.text) {
		return false
	}
	copy(now[24:28], f.text[24:28])
	copy(now[92:96], f.text[92:96])
	return bytes.Equal(now, f.text)
}

// write puts back the pages that differ from what the file holds now.
func (f *sqliteFile) write(now []byte) error {
	tx, err := f.db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // without effect after the commit
	put, err := tx.Prepare("UPDATE sqlite_dbpage SET data = $1 WHERE pgno = $2")
	if err != nil {
		return err
	}
	for at := 0; at < len(f.text); at += f.page {
		page := f.text[at : at+f.page]
		if at+f.page <= len(now) && bytes.Equal(now[at:at+f.page], page) {
			continue
		}
		if _, err := put.Exec(page, at/f.page+1); err != nil {
			return err
		}
	}
	if len(now) > len(f.text) {
		if _, err := tx.Exec("INSERT INTO sqlite_dbpage (pgno, data) VALUES ($1, NULL)", len(f.text)/f.page+1); err != nil {
			return err
		}
	}
	return tx.Commit()
}
