package control

import (
	"context"
	"fmt"
	"strings"

	"zerotouch.example/internal/phonefile"
	"zerotouch.example/internal/ztp"
)

// accountBook finds a platform's accounts by whatever a file may call them.
type accountBook struct {
	bySlug, byID, byExternalID map[string]ztp.Account
}

func (c *Control) accountBook(ctx context.Context, p ztp.Platform) (accountBook, error) {
	b := accountBook{bySlug: map[string]ztp.Account{}, byID: map[string]ztp.Account{}, byExternalID: map[string]ztp.Account{}}
	for cursor := ""; ; {
		page, err := c.cfg.Store.ListAccounts(ctx, p.ID, cursor, 1000)
		if err != nil {
			return b, err
		}
		for _, a := range page.Items {
			b.bySlug[a.Slug], b.byID[string(a.ID)] = a, a
			if a.ExternalID != "" {
				b.byExternalID[a.ExternalID] = a
			}
		}
		if cursor = page.Next; cursor == "" {
			return b, nil
		}
	}
}

// find is the row with its account.
func (b accountBook) find(r ztp.ImportRow) ztp.ImportRow {
	for _, m := range []map[string]ztp.Account{b.bySlug, b.byID, b.byExternalID} {
		a, ok := m[r.AccountRef]
		switch {
		case !ok:
		case !a.HasToken():
			return r.Faulty(phonefile.ColumnAccount, fmt.Sprintf("The account “%s” has no provisioning token, so the phone would have no address.", r.AccountRef), "Issue a token for it first.")
		default:
			r.Account = a.ID
			return r
		}
	}
	remedy := "Write the slug, the id or the external id of an account of this platform."
	if near := b.near(r.AccountRef); near != "" {
		remedy = "Did you mean " + near + "?"
	}
	return r.Faulty(phonefile.ColumnAccount, fmt.Sprintf("The account “%s” doesn't exist here.", r.AccountRef), remedy)
}

// nearLimit is how many accounts are compared with a name that none has.
const nearLimit = 1000

// near is the account that was perhaps meant, "" without one.
func (b accountBook) near(ref string) string {
	ref = strings.ToLower(ref)
	if slug := ztp.Slugify(ref); slug != "" {
		if _, ok := b.bySlug[slug]; ok {
			return slug
		}
	}
	if len(b.bySlug) > nearLimit || len(ref) > 60 {
		return ""
	}
	best, found := 3, ""
	for slug, a := range b.bySlug {
		for _, name := range []string{slug, strings.ToLower(a.Name)} {
			if d := distance(ref, name, best); d < best || d == best && found != "" && slug < found {
				best, found = d, slug
			}
		}
	}
	return found
}

// distance is how many letters have to be changed, put in or taken out to make one word
// of the other; most or more when it is not less than that.
func distance(a, b string, most int) int {
	if n := len(a) - len(b); n >= most || -n >= most {
		return most
	}
	row := make([]int, len(b)+1)
	for i := range row {
		row[i] = i
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
