package storetest

import (
	"time"

	"zerotouch.example/internal/ztp"
)

var accessTests = map[string]func(*env){
	"Users": func(e *env) {
		u := ztp.User{Name: "ada", Role: ztp.SuperAdmin, PasswordHash: "$argon2id$1", CreatedAt: start, UpdatedAt: start}
		e.must(e.CreateUser(e.ctx, u))
		e.wantField("name", e.CreateUser(e.ctx, u))
		e.must(e.CreateUser(e.ctx, ztp.User{Name: "Bob", Role: ztp.Viewer, PasswordHash: "h", CreatedAt: start, UpdatedAt: start}))
		e.wantRefused("an unknown role", e.CreateUser(e.ctx, ztp.User{Name: "eve", Role: "root", CreatedAt: start, UpdatedAt: start}))
		u.Role, u.PasswordHash, u.UpdatedAt = ztp.Viewer, "$argon2id$2", start.Add(time.Hour)
		e.must(e.UpdateUser(e.ctx, u))
		got, err := e.User(e.ctx, "ada")
		e.must(err)
		same(e, u, got)
		all, err := e.ListUsers(e.ctx)
		e.must(err)
		if len(all) != 2 || all[0].Name != "Bob" {
			e.Errorf("want Bob and ada, got %+v", all)
		}
		_, err = e.User(e.ctx, "Ada")
		e.wantCode(ztp.CodeNotFound, err)
		u.Name = "nobody"
		e.wantCode(ztp.CodeNotFound, e.UpdateUser(e.ctx, u))
		e.wantCode(ztp.CodeNotFound, e.DeleteUser(e.ctx, "nobody"))
	},
	"Sessions": func(e *env) {
		end := start.Add(time.Hour)
		e.must(e.SaveSession(e.ctx, "h1", "", []byte("before"), end))
		e.must(e.SaveSession(e.ctx, "h1", "ada", []byte{0, 1, 255}, end))
		got, err := e.Session(e.ctx, "h1", start)
		e.must(err)
		same(e, []byte{0, 1, 255}, got)
		_, err = e.Session(e.ctx, "h1", end)
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.Session(e.ctx, "h2", start)
		e.wantCode(ztp.CodeNotFound, err)
		e.must(e.RenewSession(e.ctx, "h1", []byte("later"), end.Add(time.Hour)))
		e.wantCode(ztp.CodeNotFound, e.RenewSession(e.ctx, "ended", []byte("later"), end)) // none comes back
		_, err = e.Session(e.ctx, "ended", start)
		e.wantCode(ztp.CodeNotFound, err)
		e.must(e.SaveSession(e.ctx, "h2", "ada", nil, end))
		e.must(e.SaveSession(e.ctx, "h3", "bob", nil, end))
		e.must(e.DeleteSessionsOf(e.ctx, "ada"))
		e.must(e.DeleteSessionsOf(e.ctx, "ada"))
		for hash, there := range map[string]bool{"h1": false, "h2": false, "h3": true} {
			if _, err := e.Session(e.ctx, hash, start); (err == nil) != there {
				e.Errorf("%s: want it there: %t, got %v", hash, there, err)
			}
		}
		e.must(e.DeleteSession(e.ctx, "h3"))
		e.must(e.DeleteSession(e.ctx, "h3"))
		_, err = e.Session(e.ctx, "h3", start)
		e.wantCode(ztp.CodeNotFound, err)
	},
	"ExpiredSessionsAreForgotten": func(e *env) {
		e.must(e.SaveSession(e.ctx, "old", "ada", nil, start.Add(time.Minute)))
		e.clock.pass(time.Hour)
		e.must(e.SaveSession(e.ctx, "new", "ada", nil, start.Add(2*time.Hour)))
		_, err := e.Session(e.ctx, "old", start) // gone even for a clock that stands back
		e.wantCode(ztp.CodeNotFound, err)
	},
	"RemovingAUserEndsItsSessions": func(e *env) {
		e.must(e.CreateUser(e.ctx, ztp.User{Name: "ada", Role: ztp.Viewer, CreatedAt: start, UpdatedAt: start}))
		e.must(e.SaveSession(e.ctx, "h1", "ada", nil, start.Add(time.Hour)))
		e.must(e.DeleteUser(e.ctx, "ada"))
		_, err := e.Session(e.ctx, "h1", start)
		e.wantCode(ztp.CodeNotFound, err)
	},
	"APITokens": func(e *env) {
		tok := ztp.APIToken{Name: "ci", Role: ztp.Viewer, CreatedAt: start, ExpiresAt: start.Add(time.Hour)}
		e.must(e.CreateAPIToken(e.ctx, tok, "hash-1"))
		e.wantField("name", e.CreateAPIToken(e.ctx, tok, "hash-2"))
		e.must(e.CreateAPIToken(e.ctx, ztp.APIToken{Name: "backup", Role: ztp.SuperAdmin, CreatedAt: start}, "hash-3"))
		e.must(e.TouchAPIToken(e.ctx, "ci", start.Add(time.Minute)))
		tok.UsedAt = start.Add(time.Minute)
		got, err := e.APIToken(e.ctx, "hash-1")
		e.must(err)
		same(e, tok, got)
		all, err := e.ListAPITokens(e.ctx)
		e.must(err)
		if len(all) != 2 || all[0].Name != "backup" || !all[0].ExpiresAt.IsZero() {
			e.Errorf("want backup and ci, got %+v", all)
		}
		e.must(e.DeleteAPIToken(e.ctx, "ci"))
		e.wantCode(ztp.CodeNotFound, e.DeleteAPIToken(e.ctx, "ci"))
		e.wantCode(ztp.CodeNotFound, e.TouchAPIToken(e.ctx, "ci", start))
		_, err = e.APIToken(e.ctx, "hash-1")
		e.wantCode(ztp.CodeNotFound, err)
	},
}
