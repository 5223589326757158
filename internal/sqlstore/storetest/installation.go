package storetest

import (
	"time"

	"zerotouch.example/internal/ztp"
)

var installationTests = map[string]func(*env){
	"Name": func(e *env) {
		name, err := e.Installation(e.ctx)
		e.must(err)
		same(e, "test", name)
	},
	"PinAccount": func(e *env) {
		_, err := e.PinnedAccount(e.ctx, vendor)
		e.wantCode(ztp.CodeNotFound, err)
		e.must(e.PinAccount(e.ctx, vendor, "company-1"))
		e.must(e.PinAccount(e.ctx, vendor, "company-1"))
		e.must(e.PinAccount(e.ctx, "yealink", "company-2"))
		e.wantCode(ztp.CodeResellerCredentialsOtherAccount, e.PinAccount(e.ctx, vendor, "company-2"))
		pinned, err := e.PinnedAccount(e.ctx, vendor)
		e.must(err)
		same(e, "company-1", pinned)
	},
	"Reseller": func(e *env) {
		_, _, err := e.SealedReseller(e.ctx, vendor)
		e.wantCode(ztp.CodeNotFound, err)
		e.wantCode(ztp.CodeNotFound, e.RemoveReseller(e.ctx, vendor))
		e.must(e.SetReseller(e.ctx, vendor, ztp.APIKey{ID: "old", Secret: ztp.NewSecret("old-secret")}, start))
		want := ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret("s3cret \"quoted\" ü"), Role: "installer"}
		e.must(e.SetReseller(e.ctx, vendor, want, start.Add(time.Hour)))
		got, at, err := e.SealedReseller(e.ctx, vendor)
		e.must(err)
		same(e, want, got)
		same(e, start.Add(time.Hour), at)
		_, _, err = e.SealedReseller(e.ctx, "yealink")
		e.wantCode(ztp.CodeNotFound, err)
		e.must(e.RemoveReseller(e.ctx, vendor))
		_, _, err = e.SealedReseller(e.ctx, vendor)
		e.wantCode(ztp.CodeNotFound, err)
	},
	"Challenge": func(e *env) {
		e.must(e.PutChallenge(e.ctx, "nonce", "answer", start, start.Add(time.Minute)))
		got, err := e.Challenge(e.ctx, "nonce", start.Add(59*time.Second))
		e.must(err)
		same(e, "answer", got)
		_, err = e.Challenge(e.ctx, "nonce", start.Add(time.Minute))
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.Challenge(e.ctx, "other", start)
		e.wantCode(ztp.CodeNotFound, err)
		// The next one sweeps: the first is gone even for a clock that stands back.
		e.must(e.PutChallenge(e.ctx, "next", "answer 2", start.Add(time.Hour), start.Add(2*time.Hour)))
		_, err = e.Challenge(e.ctx, "nonce", start)
		e.wantCode(ztp.CodeNotFound, err)
	},
}
