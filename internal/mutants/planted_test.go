package mutants_test

// mutant is a failure of a well-known system, made in our code.
type mutant struct {
	// id is its number in the list of failures, with a letter where there are several.
	id string
	// does is what goes wrong; as is who had it.
	does, as string
	plant    []insertion
	caught   by
}

// insertion is code put in front of a place, for the mutant alone.
type insertion struct {
	file string
	// before is text that the file has once.
	before string
	code   string
}

// by names tests of the ordinary suite that have to fail, and a part of what they have
// to say: a test that fails for another reason has caught nothing.
type by struct{ pkg, tests, says string }

const (
	orchestrator = "internal/orchestrator"
	sqlstore     = "internal/sqlstore"
)

var mutants = []mutant{
	{
		id: "1", does: "a new secret is tried out at the vendor before it is stored; then the store fails",
		as: "Vault issue 6042",
		plant: []insertion{{orchestrator + "/newkey.go", `	r.note("credential.created", strconv.Itoa(c.Number), "")`, `
			if _, err := r.whoAmI(ctx, ztp.APIKey{ID: made.ID, Secret: secret}); err != nil {
				return err
			}`}},
		caught: by{orchestrator, "TestSecretIsSealedBeforeAnythingElse", "S8: "},
	},
	{
		id: "2", does: "the intent is written in the transaction of the result, so a crash takes both",
		as: "OpenBao df6ce2c",
		plant: []insertion{{orchestrator + "/newkey.go", `	return c, r.announce(ctx, "create_key"`, `
			return c, r.later(ctx, result{
				link: func(l *ztp.Link) error { l.NextCredential = n + 1; return nil },
				rows: func(ctx context.Context, s ztp.Store) error { return s.PlanCredential(ctx, c) },
			})`}},
		caught: by{orchestrator, "TestRotateLeavesRegistrationsAlone", "S1: "},
	},
	{
		id: "3", does: "the intent is written after the call, and the key has a name that nobody can find again",
		as: "Vault's Azure plugin 81fae24",
		plant: []insertion{
			{orchestrator + "/newkey.go", `	return c, r.announce(ctx, "create_key"`, `
				c.Label = "zerotouch-" + ztp.NewID()
				return c, nil`},
			{orchestrator + "/newkey.go", `	r.note("credential.created", strconv.Itoa(c.Number), "")`, `
				if err := r.announce(ctx, "create_key", c.Label, func(s ztp.Store, l *ztp.Link) error {
					l.NextCredential = c.Number + 1
					return s.PlanCredential(ctx, c)
				}); err != nil {
					return err
				}
				r.settled(true)`},
		},
		caught: by{orchestrator, "TestRotateLeavesRegistrationsAlone", "S1: "},
	},
	{
		id: "4a", does: "the old key is revoked before the new one is in force",
		as: "Vault's Azure plugin 81fae24",
		plant: []insertion{{orchestrator + "/activate.go", `	now := r.o.now()`, `
			if r.link.Active != 0 {
				by, err := r.keeper(ctx)
				if err != nil {
					return err
				}
				old, err := r.credential(ctx, r.link.Active)
				if err != nil {
					return err
				}
				if err := r.intent(ctx, "revoke_key", old.Label, nil); err != nil {
					return err
				}
				if err := r.call(ctx, func(ctx context.Context) error {
					return r.vendor.RevokeCredential(ctx, by, r.link.CompanyID, old.VendorID)
				}); err != nil {
					return err
				}
			}`}},
		caught: by{orchestrator, "TestRotateLeavesRegistrationsAlone", "S5: "},
	},
	{
		id: "4b", does: "tidying deletes every other key in the company, whoever made it",
		as: "Vault's Azure plugin 81fae24",
		plant: []insertion{{orchestrator + "/keys.go", `	r.op.Data.Foreign = s.foreign
	current := rows`, `
			for _, k := range s.foreign {
				if err := r.intent(ctx, "revoke_key", k.ID, nil); err != nil {
					return err
				}
				if err := r.call(ctx, func(ctx context.Context) error {
					return r.vendor.RevokeCredential(ctx, by, r.link.CompanyID, k.ID)
				}); err != nil {
					return err
				}
			}`}},
		caught: by{orchestrator, "TestForeignKeys", "want configured \"foreign_key_found\""},
	},
	{
		id: "5a", does: "the old key is revoked at once, under calls that still use it",
		as: "Vault issue 31758",
		plant: []insertion{{orchestrator + "/rotate.go", `	r.gate.drain()`, `
			return nil`}},
		caught: by{orchestrator, "TestReplicas_RevokeWaits/rotate", "want it to wait for the other replica"},
	},
	{
		id: "5b", does: "what the vendor does not list yet counts as not there",
		as: "HashiCorp web-unified-docs issue 2436 (Azure)",
		plant: []insertion{{orchestrator + "/run.go", `return deadline.Add(r.info.Settle) }`, `
			return time.Time{}`}},
		caught: by{orchestrator, "TestAbsenceNeedsTheSettleTime", "times before absence counts"},
	},
	{
		id: "6a", does: "a new key that the vendor does not know yet is taken for a wrong one",
		as: "AWS Secrets Manager rotation lambdas, pull request 142",
		plant: []insertion{{orchestrator + "/prove.go", `	return c.State == ztp.CredentialCreated && !r.pasted()`, `
			return false`}},
		caught: by{orchestrator, "TestYoungKey/RefusedFor20sIsNotWrong", "vendor_key_rejected"},
	},
	{
		id: "6b", does: "two clocks are compared, and every look finds the key too old and rotates it",
		as: "Vault issue 6476",
		plant: []insertion{{orchestrator + "/upkeep.go", `			if err := o.resumeLeft(ctx, l); err != nil {`, `
			if l.State == ztp.LinkConfigured && o.now().After(l.SetAt) {
				if err := o.queue(ctx, l.Platform, name, ztp.KindRotate, checkAgain); err != nil {
					return err
				}
			}`}},
		caught: by{orchestrator, "TestDailyCheck/OnlyOnceADay", "calls an hour after a check"},
	},
	{
		id: "7", does: "a rotation that failed stays open and blocks the next",
		as: "aws-cdk issues 17265 and 17288",
		plant: []insertion{{orchestrator + "/stop.go", `	alone := ztp.IsCode(e.err, ztp.CodeAnotherCopyRunning)`, `
			if r.op.Kind == ztp.KindRotate {
				return r.pause(ctx, &rest{until: r.o.now().AddDate(1, 0, 0), reason: "The rotation before is not complete"})
			}`}},
		caught: by{orchestrator, "TestRotateFailsBeforeTheFlip/CreateRefused", "operations still open"},
	},
	{
		id: "8", does: "what the vendor has definitely refused is sent again for ever",
		as: "Vault pull request 28989, its OpenLDAP plugin issue 56",
		plant: []insertion{{orchestrator + "/runner.go", `
	return r.stop(ctx, step, &end{err: v})
}`, `
			return r.pause(ctx, &rest{until: now.Add(time.Minute), reason: r.title(v.Code) + "; trying again"})`}},
		caught: by{orchestrator, "TestRotateFailsBeforeTheFlip/CreateRefused", "operations still open"},
	},
	{
		id: "9", does: "something left over from before makes the schedule rotate",
		as: "Vault's OpenLDAP plugin issue 28",
		plant: []insertion{{orchestrator + "/upkeep.go", `		if err := o.queue(ctx, c.Platform, c.Vendor, ztp.KindTidy, tidyEvery); err != nil {`, `
			if err := o.queue(ctx, c.Platform, c.Vendor, ztp.KindRotate, tidyEvery); err != nil {
				return err
			}
			continue`}},
		caught: by{orchestrator, "TestRotateCannotRevoke/Rejected", "credentials (-want +got)"},
	},
	{
		id: "10", does: "every replica does the same rotation: a claim gives no lease and no fence",
		as: "Vault issues 7131 and 27477",
		plant: []insertion{
			{sqlstore + "/operation.go", `		return err
	})
	if err != nil {
		return ztp.Operation{}, s.fail(err, "due operation")
	}
	return operationOf(row)`, `
				if err == nil {
					row.Fence = 0
					_, err = t.tx.ExecContext(ctx, "UPDATE operation SET fence = 0, due_at = $1 WHERE id = $2", now, id)
				}`},
			{sqlstore + "/operation.go", `	return s.inTx(ctx, func(t *Store) error {
		n, err := t.queries().SaveOperation(`, `
				if o.State == ztp.OperationRunning {
					due = &now
				}`},
		},
		caught: by{orchestrator, "TestReplicas_OneAtATime", "another replica has taken it up"},
	},
	{
		id: "11a", does: "an older backup is taken for what the vendor should have: newer keys are deleted",
		as: "vault-config-operator issue 131",
		plant: []insertion{{orchestrator + "/keys.go", `		if !r.mayBeLater(k) {`, `
			by, err := r.keeper(ctx)
			if err != nil {
				return s, err
			}
			if err := r.intent(ctx, "revoke_key", k.Name, nil); err != nil {
				return s, err
			}
			if err := r.call(ctx, func(ctx context.Context) error {
				return r.vendor.RevokeCredential(ctx, by, r.link.CompanyID, k.ID)
			}); err != nil {
				return s, err
			}
			continue`}},
		caught: by{orchestrator, "TestRestored/KeySigns/day5", "S24: "},
	},
	{
		id: "11b", does: "sealing again writes the value as it was read over one that was set meanwhile",
		as: "vault-config-operator issue 131",
		plant: []insertion{{sqlstore + "/sealed.go", `	result, err := q.ExecContext(`, `
			for i, k := range v.column.key {
				where[i] = k + " = " + placeholders(i+2, 1, "")
			}
			_, err := q.ExecContext(ctx, fmt.Sprintf("UPDATE %s SET %s = $1 WHERE %s",
				v.column.table, v.column.column, strings.Join(where, " AND ")), append([]any{sealed}, v.key...)...)
			return err == nil, err`}},
		caught: by{sqlstore, "TestRotateKeys_LeavesWhatIsWrittenMeanwhile", "want what was written meanwhile"},
	},
	{
		id: "12", does: "the flip is two commits, and whose key it is is asked between them",
		as: "NanoDEP's upstaged token keys",
		plant: []insertion{
			{orchestrator + "/prove.go", `	key, err := r.open(ctx, r.op.Data.Key)`, `
				if s := r.op.Step(ztp.StepActivate); s != nil && s.State != ztp.StepRunning {
					return nil
				}`},
			{orchestrator + "/activate.go", `	now := r.o.now()`, `
				if err := r.commit(ctx, func(s ztp.Store, l *ztp.Link) error {
					if err := r.retireActive(ctx, s, l); err != nil {
						return err
					}
					l.Active = 0
					return nil
				}); err != nil {
					return err
				}
				if err := r.prove(ctx); err != nil {
					return err
				}`},
		},
		caught: by{orchestrator, "TestOneActiveAtEveryCommit", "S3: "},
	},
	{
		id: "13", does: "giving up after the last try counts as done",
		as: "certmagic's doWithRetry",
		plant: []insertion{{orchestrator + "/runner.go", `	return r.stop(ctx, step, &end{err: v, operator: v.Effect == ztp.EffectUnknown})`, `
			for i := range r.op.Steps {
				r.op.Steps[i].State = ztp.StepDone
			}
			return r.finish(ctx)`}},
		caught: by{orchestrator, "TestGivingUpIsNoSuccess/rotate", "rotate is done"},
	},
	{
		id: "14a", does: "the lease is shorter than the call",
		as: "lua-resty-acme issue 47",
		plant: []insertion{{orchestrator + "/run.go", `	return min(r.info.CallTimeout, r.leaseEnd`, `
			return r.o.cfg.Lease + r.info.CallTimeout`}},
		caught: by{orchestrator, "TestCallsEndBeforeTheirLease", "S12: "},
	},
	{
		id: "14b", does: "a lease never ends, so what a killed process had is nobody's any more",
		as: "caddy-tlsconsul issue 18",
		plant: []insertion{
			{sqlstore + "/operation.go", `	if owner == "" || ttl < time.Millisecond {`, `
				ttl = 100 * 365 * 24 * time.Hour`},
			{sqlstore + "/operation.go", `	o.LeaseUntil = instant(now + ttl.Milliseconds())`, `
				ttl = 100 * 365 * 24 * time.Hour`},
		},
		caught: by{orchestrator, "TestReplicas_TakeOver", "nobody takes it over"},
	},
	{
		id: "14c", does: "what a list does not show yet is made once more",
		as: "cert-manager issue 3603",
		plant: []insertion{{orchestrator + "/onboard.go", `	if p := r.op.Data.Pending; p != nil && p.What == "create_company" && r.o.now()`, `
			return r.createCompany(ctx, keeper, by)`}},
		caught: by{orchestrator, "TestAbsenceNeedsTheSettleTime", "times before absence counts"},
	},
	{
		id: "15", does: "values are sealed under a new key that lies in no database yet, and that nobody else knows",
		as: "gagan114662/openbot issue 8",
		plant: []insertion{{sqlstore + "/rotate.go", `	return r.changeKeyset(ctx, h, func(t *Store) error {
		if err := t.oneRoot(`, `
			unsaved, err := next.ring.Promote(id)
			if err != nil {
				return err
			}
			if err := r.resealAll(ctx, held{version: h.version, ring: unsaved}); err != nil {
				return err
			}`}},
		caught: by{sqlstore, "TestRotateKeys_BesideAReplica/sqlite", "sealing_key_mismatch"},
	},
}
