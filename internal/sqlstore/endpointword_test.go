package sqlstore_test

import (
	"testing"

	"zerotouch.example/internal/ztp"
)

// A word that should not be there keeps no phone from being registered, and the other
// words of the same phones are there all the same.
func TestSaveEndpoints_StrayWord(t *testing.T) {
	t.Parallel()
	for engine, s := range both(t) {
		p, a := ztp.PlatformID(ztp.NewID()), ztp.AccountID(ztp.NewID())
		err := s.CreatePlatform(ctx, ztp.Platform{ID: p, Slug: "acme", Name: "Acme", CreatedAt: noon, UpdatedAt: noon})
		if err == nil {
			err = s.CreateAccount(ctx, ztp.Account{ID: a, Platform: p, Slug: "main", Name: "Main", CreatedAt: noon, UpdatedAt: noon})
		}
		if err == nil {
			_, err = s.Raw().Exec("INSERT INTO endpoint_word (platform_id, word, mac) VALUES ($1, 'east', '00:04:13:00:00:01')", string(p))
		}
		if err != nil {
			t.Fatal(engine, err)
		}
		var phones []ztp.Endpoint
		for n := range byte(3) {
			phones = append(phones, ztp.Endpoint{
				Platform: p, Vendor: "snom", MAC: ztp.MAC{0x00, 0x04, 0x13, 0x00, 0x00, n + 1}, Account: a, Name: "Lobby east", Model: "D785",
				State: ztp.EndpointWanted, CreatedAt: noon, UpdatedAt: noon,
			})
		}
		if _, err := s.SaveEndpoints(ctx, p, phones); err != nil {
			t.Fatal(engine, err)
		}
		for _, word := range []string{"east", "d785"} {
			page, err := s.ListEndpoints(ctx, ztp.EndpointQuery{Platform: p, Text: word, Limit: 10})
			if err != nil || len(page.Items) != len(phones) {
				t.Errorf("%s: %d phones with %s, %v", engine, len(page.Items), word, err)
			}
		}
		n, err := s.CountEndpoints(ctx, p, "snom")
		if err != nil || n.Wanted != len(phones) {
			t.Errorf("%s: %+v, %v", engine, n, err)
		}
	}
}
