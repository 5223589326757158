package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// sealedColumn is a column of sealed values: what a rotation seals again, and what
// key status counts. Names are ours and go into statements as they are.
type sealedColumn struct {
	table, column string
	// key are the columns of the primary key; place makes of them where a value
	// belongs. The canary has no place.
	key   []string
	place func(key []string) place
}

// sealedColumns are all of them. A test finds a column of bytes that is neither
// here nor said to hold nothing sealed.
var sealedColumns = []sealedColumn{
	{"credential", "sealed", []string{"platform_id", "vendor", "number"}, func(k []string) place {
		return place{forCredential, ztp.PlatformID(k[0]), ztp.VendorName(k[1]), k[2]}
	}},
	{"reseller", "sealed", []string{"vendor"}, func(k []string) place { return resellerPlace(ztp.VendorName(k[0])) }},
	{"account_token", "sealed", []string{"platform_id", "account_id", "id"}, func(k []string) place {
		return tokenPlace(ztp.PlatformID(k[0]), ztp.AccountID(k[1]), k[2])
	}},
	{"campaign_item", "sealed", []string{"campaign_id", "platform_id", "vendor"}, func(k []string) place {
		return campaignPlace(ztp.CampaignID(k[0]), ztp.PlatformID(k[1]), ztp.VendorName(k[2]))
	}},
	{"endpoint", "pin", []string{"platform_id", "mac"}, func(k []string) place { return pinPlace(ztp.PlatformID(k[0]), k[1]) }},
	{"endpoint", "device_token", []string{"platform_id", "mac"}, func(k []string) place { return devicePlace(ztp.PlatformID(k[0]), k[1]) }},
	{"setting", "sealed", []string{"scope", "name", "idx"}, func(k []string) place { return settingPlace(k[0], k[1], k[2]) }},
	{"setting_rollout_value", "sealed", []string{"scope", "rollout_id", "side", "name", "idx"}, func(k []string) place {
		return rolloutPlace(k[0], k[1], k[2], k[3], k[4])
	}},
	{"phone_contact", "password", []string{"platform_id", "mac"}, func(k []string) place { return passwordPlace(ztp.PlatformID(k[0]), k[1]) }},
	{"import_row", "pin", []string{"import_id", "line", "platform_id", "mac"}, func(k []string) place { return pinPlace(ztp.PlatformID(k[2]), k[3]) }},
	{"installation", "audit_key", []string{"one"}, func([]string) place { return place{purpose: forAudit} }},
	{"installation", "canary", []string{"one"}, nil},
	{"phones_keyset", "root", []string{"one"}, func([]string) place { return place{purpose: forPhonesRoot} }},
}

// purpose is that of every value in the column.
func (c sealedColumn) purpose() purpose {
	if c.place == nil {
		return ""
	}
	return c.place(make([]string, len(c.key))).purpose
}

// sealedValue is one of them with its row's key.
type sealedValue struct {
	column sealedColumn
	key    []any
	sealed []byte
}

func (v sealedValue) String() string {
	if v.column.place == nil {
		return "canary"
	}
	return v.column.place(v.words()).String()
}

func (v sealedValue) words() []string {
	words := make([]string, len(v.key))
	for i, k := range v.key {
		words[i] = fmt.Sprint(k)
	}
	return words
}

// again seals the value under the primary key of the keyset that it belongs to. One that
// does not open under its own place is ErrMismatch: a rotation makes nothing right that
// was wrong.
func (v sealedValue) again(h held, installation string) ([]byte, error) {
	p := v.column.purpose()
	ring := h.opening(p, v.sealed)
	if ring == nil {
		return nil, keyring.ErrMismatch
	}
	if v.column.place == nil {
		if err := ring.OpenCanary(canaryData(installation), v.sealed); err != nil {
			return nil, err
		}
		return ring.SealCanary(canaryData(installation))
	}
	data := v.column.place(v.words()).data(installation)
	plain, err := ring.Open(data, v.sealed)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return h.sealing(p).Seal(data, plain)
}

// page reads values in the order of their keys, from behind the key after.
func (c sealedColumn) page(ctx context.Context, q db.DBTX, after []any, n int) (values []sealedValue, err error) {
	key := strings.Join(c.key, ", ")
	where := ""
	if after != nil {
		where = fmt.Sprintf(" AND (%s) > (%s)", key, placeholders(1, len(c.key), ", "))
	}
	rows, err := q.QueryContext(ctx, fmt.Sprintf("SELECT %[1]s, %[2]s FROM %[3]s WHERE %[2]s IS NOT NULL%[4]s ORDER BY %[1]s LIMIT %[5]d",
		key, c.column, c.table, where, n), after...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		v := sealedValue{column: c, key: make([]any, len(c.key))}
		to := make([]any, 0, len(c.key)+1)
		for i := range v.key {
			to = append(to, &v.key[i])
		}
		if err := rows.Scan(append(to, &v.sealed)...); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, rows.Err()
}

// swap replaces the value where it is still what was read.
func (v sealedValue) swap(ctx context.Context, q db.DBTX, sealed []byte) (bool, error) {
	where := make([]string, len(v.key))
	for i, k := range v.column.key {
		where[i] = k + " = " + placeholders(i+3, 1, "")
	}
	result, err := q.ExecContext(ctx, fmt.Sprintf("UPDATE %s SET %s = $1 WHERE %[2]s = $2 AND %s",
		v.column.table, v.column.column, strings.Join(where, " AND ")), append([]any{sealed, v.sealed}, v.key...)...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// placeholders are n of them from $first on.
func placeholders(first, n int, between string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("$%d", first+i)
	}
	return strings.Join(list, between)
}

// hanging is a key, and whether values of phones hang on it or others. 0 is for those that
// name none.
type hanging struct {
	phones bool
	id     uint32
}

// sealedCounts counts values by what they hang on.
func sealedCounts(ctx context.Context, q db.DBTX) (map[hanging]int64, error) {
	counts := map[hanging]int64{}
	for _, c := range sealedColumns {
		if err := c.count(ctx, q, counts); err != nil {
			return nil, fmt.Errorf("store: count the sealed values of %s: %w", c.table, err)
		}
	}
	return counts, nil
}

func (c sealedColumn) count(ctx context.Context, q db.DBTX, counts map[hanging]int64) (err error) {
	rows, err := q.QueryContext(ctx, fmt.Sprintf("SELECT substr(%s, 1, %d), count(*) FROM %s WHERE %[1]s IS NOT NULL GROUP BY 1",
		c.column, keyring.HeadSize, c.table))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var (
			head []byte
			n    int64
		)
		if err := rows.Scan(&head, &n); err != nil {
			return err
		}
		id, err := keyring.KeyIDOf(head)
		if err != nil {
			id = 0
		}
		counts[hanging{c.purpose().ofPhones(), id}] += n
	}
	return rows.Err()
}
