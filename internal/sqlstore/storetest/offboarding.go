package storetest

import (
	"time"

	"zerotouch.example/internal/ztp"
)

func (e *env) offboarding(p ztp.Platform, key string) ztp.Offboarding {
	return ztp.Offboarding{
		ID: ztp.OffboardingID(ztp.NewID()), Platform: p.ID, Slug: p.Slug, Name: p.Name, State: ztp.OffboardingRunning, KeepPhones: true,
		Parts:   []ztp.OffboardingPart{{Vendor: vendor, Operation: "op", State: ztp.OffboardingRunning, CompanyID: "c1", Phones: 3}},
		AskedBy: "user:a", Key: key, BodyHash: "h", CreatedAt: start, Version: 1,
	}
}

var offboardingTests = map[string]func(*env){
	"OneAtATime": func(e *env) {
		p := e.platform("a")
		o := e.offboarding(p, "k")
		e.must(e.CreateOffboarding(e.ctx, o))
		got, err := e.Offboarding(e.ctx, o.ID)
		e.must(err)
		same(e, o, got)
		e.wantCode(ztp.CodeOperationRunning, e.CreateOffboarding(e.ctx, e.offboarding(p, "other")))
		e.wantCode(ztp.CodeOperationRunning, e.CreateOffboarding(e.ctx, e.offboarding(e.platform("b"), "k")))
		o.Parts[0].State, o.Parts[0].Released = ztp.OffboardingDone, 3
		ended, err := o.Ended(start.Add(time.Minute))
		e.must(err)
		e.must(e.SaveOffboarding(e.ctx, ended))
		e.wantCode(ztp.CodeFormOutdated, e.SaveOffboarding(e.ctx, ended))
		ended.Version++
		got, err = e.OffboardingByKey(e.ctx, "user:a", "k")
		e.must(err)
		same(e, ended, got)
		e.must(e.CreateOffboarding(e.ctx, e.offboarding(p, "")))
		_, err = e.OffboardingByKey(e.ctx, "user:a", "")
		e.wantCode(ztp.CodeNotFound, err)
	},
	"OutlivesPlatform": func(e *env) {
		p := e.platform("a")
		o := e.offboarding(p, "")
		o.State, o.FinishedAt = ztp.OffboardingDone, start
		e.must(e.CreateOffboarding(e.ctx, o))
		later := e.offboarding(p, "")
		later.CreatedAt = start.Add(time.Second)
		e.must(e.CreateOffboarding(e.ctx, later))
		e.must(e.CreateOffboarding(e.ctx, e.offboarding(e.platform("b"), "")))
		e.must(e.DeletePlatform(e.ctx, p.ID))
		list := func(of ztp.PlatformID) []ztp.Offboarding {
			return pages(e, 1, func(cursor string) (ztp.Page[ztp.Offboarding], error) {
				return e.ListOffboardings(e.ctx, of, cursor, 1)
			})
		}
		same(e, []ztp.Offboarding{later, o}, list(p.ID))
		same(e, 3, len(list("")))
	},
	"Home": func(e *env) {
		p := e.platform("a")
		phone := e.endpoint(e.account(p, "main"), "000413000001")
		e.must(e.SendPhonesHome(e.ctx, p.ID, start))
		got, err := e.Platform(e.ctx, "a")
		e.must(err)
		same(e, start, got.HomeSince)
		for want := range 2 {
			n, err := e.CountHome(e.ctx, p.ID, start)
			e.must(err)
			same(e, want, n)
			e.must(e.TouchEndpoint(e.ctx, p.ID, phone.MAC, start))
		}
		e.must(e.SendPhonesHome(e.ctx, p.ID, time.Time{}))
		got, err = e.Platform(e.ctx, "a")
		e.must(err)
		same(e, true, got.HomeSince.IsZero())
	},
	"ReleaseItems": func(e *env) {
		p := e.platform("a")
		a := e.account(p, "main")
		kept := e.endpoint(a, "000413000001")
		e.released(e.endpoint(a, "000413000002"))
		e.endpoint(e.account(e.platform("b"), "main"), "000413000003")
		o := e.operation(p, ztp.KindOffboard)
		for want := 1; want >= 0; want-- { // the second time there is nothing new
			n, err := e.AddReleaseItems(e.ctx, p.ID, vendor, o.ID, start)
			e.must(err)
			same(e, want, n)
		}
		same(e, []ztp.PhoneItem{{Operation: o.ID, MAC: kept.MAC, Action: ztp.ItemRelease, State: ztp.PhoneItemQueued, UpdatedAt: start}},
			e.phoneItems(ztp.PhoneItemQuery{Operation: o.ID}))
	},
	"NothingBeside": func(e *env) {
		p := e.platform("a")
		o := e.operation(p, ztp.KindRegister)
		why := &ztp.Problem{Code: ztp.CodeNotOnboarded, At: start}
		for _, want := range []bool{true, false} { // ended once
			ended, err := e.EndWaitingOperation(e.ctx, o.ID, why, start)
			e.must(err)
			same(e, want, ended)
		}
		got, err := e.Operation(e.ctx, o.ID)
		e.must(err)
		same(e, ztp.OperationFailed, got.State)
		same(e, why, got.Error)
		off := e.newOperation(p, ztp.KindOffboard)
		off.HoldsLink = true
		e.must(e.CreateOperation(e.ctx, off))
		for _, kind := range []ztp.OperationKind{ztp.KindRegister, ztp.KindImport, ztp.KindCheck} {
			e.wantCode(ztp.CodeOperationRunning, e.CreateOperation(e.ctx, e.newOperation(p, kind)))
		}
		there := e.newOperation(e.platform("b"), ztp.KindMove)
		there.Also = ztp.HeldPhone{Platform: p.ID, MAC: e.mac("000413000001")}
		e.wantCode(ztp.CodeOperationRunning, e.CreateOperation(e.ctx, there))
	},
}
