package storetest

import (
	"fmt"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

var platformTests = map[string]func(*env){
	"RoundTrip": func(e *env) {
		p := ztp.Platform{
			ID: ztp.PlatformID(ztp.NewID()), Slug: "acme", Name: "Acmé & Söhne <b>", ExternalID: "crm-7",
			URLTemplate: "https://prov.acme.example/{account_token}/{mac}", PhoneProof: ztp.ProofToken,
			CreatedAt: start.In(time.FixedZone("east", 7200)), UpdatedAt: start.Add(time.Second + 400*time.Microsecond),
		}
		e.must(e.CreatePlatform(e.ctx, p))
		want := p
		want.CreatedAt, want.UpdatedAt, want.Version = start, start.Add(time.Second), 1
		for name, read := range map[string]func() (ztp.Platform, error){
			"id":          func() (ztp.Platform, error) { return e.Platform(e.ctx, string(p.ID)) },
			"slug":        func() (ztp.Platform, error) { return e.Platform(e.ctx, "acme") },
			"external id": func() (ztp.Platform, error) { return e.PlatformByExternalID(e.ctx, "crm-7") },
		} {
			got, err := read()
			if err != nil {
				e.Errorf("%s: %v", name, err)
			}
			same(e, want, got)
		}
	},
	"NotFound": func(e *env) {
		e.platform("acme")
		_, err := e.Platform(e.ctx, "acm")
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.Platform(e.ctx, "")
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.PlatformByExternalID(e.ctx, "")
		e.wantCode(ztp.CodeNotFound, err)
		for _, hostile := range []string{"a\x00b", "\xff", "' OR 1=1 --", strings.Repeat("x", 1<<16)} { // out of a URL
			if _, err := e.Platform(e.ctx, hostile); !ztp.IsCode(err, ztp.CodeNotFound) && !ztp.IsCode(err, ztp.CodeInvalid) {
				e.Errorf("%.20q: want not_found or invalid, got %v", hostile, err)
			}
		}
		e.wantCode(ztp.CodeNotFound, e.UpdatePlatform(e.ctx, ztp.Platform{ID: "none", Version: 1}))
		e.wantCode(ztp.CodeNotFound, e.DeletePlatform(e.ctx, "none"))
	},
	"AnIDWinsOverASlug": func(e *env) {
		first := e.platform("first")
		e.must(e.CreatePlatform(e.ctx, ztp.Platform{ID: ztp.PlatformID(ztp.NewID()), Slug: string(first.ID), Name: "Sly", CreatedAt: start, UpdatedAt: start}))
		got, err := e.Platform(e.ctx, string(first.ID))
		e.must(err)
		same(e, first, got)
	},
	"UsedNames": func(e *env) {
		p := e.platform("acme")
		p.ExternalID = "crm-7"
		e.must(e.UpdatePlatform(e.ctx, p))
		fresh := ztp.Platform{ID: ztp.PlatformID(ztp.NewID()), Slug: "other", Name: "Other", CreatedAt: start, UpdatedAt: start}
		for field, change := range map[string]func(*ztp.Platform){
			"slug":        func(p *ztp.Platform) { p.Slug = "acme" },
			"external_id": func(p *ztp.Platform) { p.ExternalID = "crm-7" },
			"id":          func(q *ztp.Platform) { q.ID = p.ID },
		} {
			q := fresh
			change(&q)
			e.wantField(field, e.CreatePlatform(e.ctx, q))
		}
		e.must(e.CreatePlatform(e.ctx, fresh))
		fresh.ExternalID, fresh.Version = "crm-7", 1
		e.wantField("external_id", e.UpdatePlatform(e.ctx, fresh))
	},
	"Update": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		p.Name, p.Primary, p.ExternalID, p.UpdatedAt = "New Name", a.ID, "x", start.Add(time.Hour)
		e.must(e.UpdatePlatform(e.ctx, p))
		e.wantCode(ztp.CodeFormOutdated, e.UpdatePlatform(e.ctx, p))
		p.Version = 2
		got, err := e.Platform(e.ctx, "acme")
		e.must(err)
		same(e, p, got)
		p.Primary = "of-nobody"
		e.wantRefused("a primary account that is not there", e.UpdatePlatform(e.ctx, p))
		q := e.platform("other")
		p.Primary = e.account(q, "main").ID
		e.wantRefused("a primary account of another platform", e.UpdatePlatform(e.ctx, p))
	},
	"List": func(e *env) {
		for i := range 25 {
			name := fmt.Sprintf("brand %02d", 24-i)
			if i%2 == 0 {
				name = "B" + name[1:]
			}
			e.must(e.CreatePlatform(e.ctx, ztp.Platform{
				ID: ztp.PlatformID(ztp.NewID()), Slug: fmt.Sprintf("slug-%c", 'a'+i), Name: name, CreatedAt: start, UpdatedAt: start,
			}))
		}
		all := pages(e, 10, func(c string) (ztp.Page[ztp.Platform], error) {
			return e.ListPlatforms(e.ctx, ztp.PlatformQuery{Cursor: c, Limit: 10})
		})
		var names []string
		for _, p := range all {
			names = append(names, p.Name[1:])
		}
		for i := range 25 {
			if want := fmt.Sprintf("rand %02d", i); i >= len(names) || names[i] != want {
				e.Fatalf("want %q at %d, got %q", want, i, names)
			}
		}
		for text, want := range map[string]int{"BRAND 1": 10, "slug-C": 1, "%": 0, "_": 0, "'": 0, "nowhere": 0} {
			page, err := e.ListPlatforms(e.ctx, ztp.PlatformQuery{Text: text})
			e.must(err)
			if len(page.Items) != want {
				e.Errorf("%q: want %d, got %d", text, want, len(page.Items))
			}
		}
		page, err := e.ListPlatforms(e.ctx, ztp.PlatformQuery{Limit: 1 << 30})
		e.must(err)
		same(e, 25, len(page.Items))
		for _, bad := range []string{"!", "bm8", "WyJhIl0", "W10"} {
			_, err := e.ListPlatforms(e.ctx, ztp.PlatformQuery{Cursor: bad})
			e.wantField("cursor", err)
		}
	},
	"SameNameTwice": func(e *env) {
		for range 5 {
			e.must(e.CreatePlatform(e.ctx, ztp.Platform{ID: ztp.PlatformID(ztp.NewID()), Slug: ztp.NewID(), Name: "Twin", CreatedAt: start, UpdatedAt: start}))
		}
		seen := map[ztp.PlatformID]bool{}
		for _, p := range pages(e, 2, func(c string) (ztp.Page[ztp.Platform], error) {
			return e.ListPlatforms(e.ctx, ztp.PlatformQuery{Cursor: c, Limit: 2})
		}) {
			seen[p.ID] = true
		}
		same(e, 5, len(seen))
	},
	"Delete": func(e *env) {
		p, kept := e.platform("acme"), e.platform("kept")
		a := e.account(p, "main")
		e.must(e.IssueToken(e.ctx, p.ID, a.ID, "t1", ztp.NewSecret("token"), start))
		p.Primary = a.ID
		e.must(e.UpdatePlatform(e.ctx, p))
		l := e.link(p)
		e.credential(l, 1)
		ep := e.endpoint(a, "000413000001")
		e.wantCode(ztp.CodeInUse, e.DeletePlatform(e.ctx, p.ID))
		ep.State = ztp.EndpointReleased
		e.must(e.SaveEndpoint(e.ctx, ep))
		o := e.operation(p, ztp.KindCheck)
		e.wantCode(ztp.CodeInUse, e.DeletePlatform(e.ctx, p.ID))
		finish(e, o)
		l.CompanyID = "c1"
		e.must(e.SaveLink(e.ctx, l))
		e.wantCode(ztp.CodeInUse, e.DeletePlatform(e.ctx, p.ID))
		l.CompanyID, l.Version = "", 2
		e.must(e.SaveLink(e.ctx, l))
		e.must(e.DeletePlatform(e.ctx, p.ID))
		_, err := e.Platform(e.ctx, "acme")
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.AccountByToken(e.ctx, ztp.NewSecret("token"))
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.Platform(e.ctx, string(kept.ID))
		e.must(err)
	},
}
