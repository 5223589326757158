package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"zerotouch.example/internal/ztp"
)

// formerOf reads the column: an account and a hash a line.
func formerOf(text string) (all []ztp.FormerURL, err error) {
	for line := range strings.Lines(text) {
		account, hash, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !ok {
			return nil, fmt.Errorf("column phone_contact.former: not an account and a hash")
		}
		all = append(all, ztp.FormerURL{Account: ztp.AccountID(account), TokenHash: hash})
	}
	return all, nil
}

func formerText(all []ztp.FormerURL) string {
	var b strings.Builder
	for _, f := range all {
		b.WriteString(string(f.Account) + " " + f.TokenHash + "\n")
	}
	return b.String()
}

// CountLess counts platforms and phones with less than a device certificate.
func (s *Store) CountLess(ctx context.Context) (ztp.LessCounts, error) {
	out := ztp.LessCounts{Phones: map[ztp.PlatformID]int{}}
	n, err := s.queries().CountLessProof(ctx)
	if err != nil {
		return out, s.fail(err, "platforms")
	}
	out.Platforms = int(n)
	rows, err := s.queries().CountLess(ctx)
	if err != nil {
		return out, s.fail(err, "phones")
	}
	for _, r := range rows {
		out.Phones[ztp.PlatformID(r.PlatformID)] = int(r.Phones)
	}
	return out, nil
}
