package sraps_test

import (
	"net/http"
	"testing"
)

// A key's id may be called id or uuid, its secret key or secret.
func TestNamesOfAKey(t *testing.T) {
	t.Parallel()
	for _, fields := range []string{`"id":"ck_9","key":"5ecre7"`, `"uuid":"ck_9","secret":"5ecre7"`} {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodPost:
				answering(201, "{"+fields+"}")(w, r)
			case r.URL.Path == "/api/v1/companies/c1/tokens/":
				answering(200, "[{"+fields+"},null]")(w, r)
			default:
				answering(200, `{"uuid":"c1"}`)(w, r)
			}
		})
		c := s.client(t)
		if id, secret, err := c.CreateToken(t.Context(), key, "c1", "name", "role"); id != "ck_9" || secret != "5ecre7" || err != nil {
			t.Errorf("{%s}: got %q, %q, %v", fields, id, secret, err)
		}
		if all, err := c.Tokens(t.Context(), key, "c1"); err != nil || len(all) != 2 || all[0].Text("id") != "ck_9" {
			t.Errorf("{%s}: got %v, %v", fields, all, err)
		}
	}
}
