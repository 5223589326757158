package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"zerotouch.example/internal/ztp"
)

// Onboard asks for the platform's company, key and profile at the vendor. On an
// onboarded platform it changes nothing and says so.
func (c *Control) Onboard(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, s Submission) (Result, error) {
	return c.act(ctx, a, ref, v, action{kind: ztp.KindOnboard, sub: s})
}

// Rotate asks for a new key. On a connected link the replacement is pasted.
func (c *Control) Rotate(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, r RotateRequest) (Result, error) {
	return c.act(ctx, a, ref, v, action{kind: ztp.KindRotate, sub: r.Submission, params: ztp.OperationParams{Exposed: r.Exposed}, key: r.APIKey})
}

// Disable asks for the end of the link. On one that is not configured it changes
// nothing and says so.
func (c *Control) Disable(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, r DisableRequest) (Result, error) {
	return c.act(ctx, a, ref, v, action{kind: ztp.KindDisable, sub: r.Submission, params: ztp.OperationParams{Force: r.Force, IfGone: r.IfGone}})
}

// Connect brings in a key that was made in the vendor's portal.
func (c *Control) Connect(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, r ConnectRequest) (Result, error) {
	return c.act(ctx, a, ref, v, action{kind: ztp.KindConnect, sub: r.Submission, params: ztp.OperationParams{CompanyID: r.CompanyID}, key: r.APIKey, needKey: true})
}

// Adopt takes up a company that a person has recognised as the platform's.
func (c *Control) Adopt(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, companyID string, s Submission) (Result, error) {
	return c.act(ctx, a, ref, v, action{kind: ztp.KindAdopt, sub: s, params: ztp.OperationParams{CompanyID: companyID}, needCompany: true})
}

// action is one request to change a link.
type action struct {
	kind        ztp.OperationKind
	sub         Submission
	params      ztp.OperationParams
	key         ztp.APIKey
	needKey     bool
	needCompany bool
	// mac is the phone that it is about, target what the audit log says it is about.
	mac    ztp.MAC
	target string
	// hash stands for the body where one request may come to several kinds.
	hash string
}

// act checks what docs/architecture.md lists, in that order, and queues the operation.
func (c *Control) act(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, x action) (Result, error) {
	verb := string(x.kind) + ".asked"
	p, perr := c.cfg.Store.Platform(ctx, ref)
	if err := c.mayChange(ctx, a, verb, p.ID, v); err != nil {
		return Result{}, err
	}
	if perr != nil {
		return Result{}, perr
	}
	info, err := c.Vendor(v)
	if err != nil {
		return Result{}, err
	}
	link, err := c.cfg.Store.Link(ctx, p.ID, info.Name)
	if err != nil {
		return Result{}, err
	}
	if err := x.validate(link); err != nil {
		return Result{}, err
	}
	hash := x.bodyHash(p.ID, info.Name)
	if op, err := c.repeated(ctx, a, x.sub.Key, hash); op != nil || err != nil {
		return c.result(ctx, p, info, op, err)
	}
	if err := c.anotherKey(ctx, link, x); err != nil {
		return Result{}, err
	}
	if res, err := c.atOnce(ctx, p, info, link, x.kind); res != nil || err != nil {
		// What is in the way may be what the same request has made a moment ago.
		if op, rerr := c.repeated(ctx, a, x.sub.Key, hash); op != nil || rerr != nil {
			return c.result(ctx, p, info, op, rerr)
		}
		if err == nil {
			return *res, nil
		}
		c.refused(ctx, a, verb, p.ID, info.Name, "", err)
		if ztp.IsCode(err, ztp.CodeNotOnboarded) {
			c.keepRefusal(ctx, a, p, info, err) // in the other cases the row says it already
		}
		return Result{}, err
	}
	needs := c.requirements(x.kind, link, x.params.Force)
	for _, check := range needs {
		if err := c.require(ctx, check, p, info); err != nil {
			c.refused(ctx, a, verb, p.ID, info.Name, "", err)
			c.keepRefusal(ctx, a, p, info, err)
			return Result{}, err
		}
	}
	x.params.Template = c.proves(needs, p)
	op, err := c.queue(ctx, a, p, info, x, hash)
	if ztp.IsCode(err, ztp.CodeFormOutdated) {
		return c.sinceThen(ctx, p, info, x.kind, err)
	}
	return c.result(ctx, p, info, op, err)
}

// sinceThen answers where the link has come to another rest while the request was
// checked: by what the same request would be answered now.
func (c *Control) sinceThen(ctx context.Context, p ztp.Platform, info ztp.VendorInfo, kind ztp.OperationKind, cause error) (Result, error) {
	l, err := c.cfg.Store.Link(ctx, p.ID, info.Name)
	if err != nil {
		return Result{}, err
	}
	res, err := c.atOnce(ctx, p, info, l, kind)
	switch {
	case err != nil:
		return Result{}, err
	case res == nil:
		return Result{}, cause
	}
	return *res, nil
}

// validate checks the body.
func (x action) validate(l ztp.Link) error {
	if x.needCompany && !ztp.ValidKeyID(x.params.CompanyID) {
		return ztp.Invalid("company_id", "Give the vendor's id of the company: letters, digits, dashes and underscores.")
	}
	pasted := x.needKey || x.key.ID != "" || !x.key.Secret.IsZero()
	if x.kind == ztp.KindRotate && l.Connected {
		pasted = true
	} else if x.kind == ztp.KindRotate && pasted {
		return ztp.Invalid("key_id", "This platform's keys are made by API; rotate without pasting one.")
	}
	if !pasted {
		return nil
	}
	return ztp.InvalidFields(keyMistakes(x.key))
}

// keyMistakes says what is wrong with a pasted key, by field.
func keyMistakes(key ztp.APIKey) map[string]string {
	fields := map[string]string{}
	if !ztp.ValidKeyID(key.ID) {
		fields["key_id"] = "A key id has 1 to 128 letters, digits, dashes and underscores."
	}
	if s := key.Secret.RevealSecret(); len(s) < 8 || len(s) > 512 || !printable(s) {
		fields["key_secret"] = "A key secret has 8 to 512 printable characters without spaces."
	}
	return fields
}

// anotherKey refuses the key in force as its own replacement.
func (c *Control) anotherKey(ctx context.Context, l ztp.Link, x action) error {
	if x.key.ID == "" || l.Active == 0 {
		return nil
	}
	active, err := c.cfg.Store.Credential(ctx, l.Platform, l.Vendor, l.Active)
	if err != nil || active.VendorID != x.key.ID {
		return err
	}
	return ztp.Invalid("key_id", "This key is in force already. Make another one in the vendor's portal.")
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// bodyHash tells two requests under one key apart. A pasted secret enters as a
// digest of its own.
func (x action) bodyHash(p ztp.PlatformID, v ztp.VendorName) string {
	if x.hash != "" {
		return x.hash
	}
	secret := sha256.Sum256([]byte("pasted\x00" + x.key.Secret.RevealSecret()))
	params := x.params
	params.Credential = 0
	return digest(x.kind, p, v, params, x.key.ID, hex.EncodeToString(secret[:]))
}

// repeated returns the operation that the same actor created under the same key,
// idempotency_mismatch when the body was another, or (nil, nil) when the key is new.
func (c *Control) repeated(ctx context.Context, a ztp.Actor, key, hash string) (*ztp.Operation, error) {
	if key == "" {
		return nil, nil
	}
	op, err := c.cfg.Store.OperationByKey(ctx, a.String(), key)
	switch {
	case ztp.IsCode(err, ztp.CodeNotFound):
		if _, err = c.cfg.Store.Submission(ctx, a.String(), key); ztp.IsCode(err, ztp.CodeNotFound) {
			return nil, nil
		}
		if err == nil {
			err = &ztp.Error{Code: ztp.CodeIdempotencyMismatch}
		}
		return nil, err
	case err != nil:
		return nil, err
	case op.BodyHash != hash:
		return nil, &ztp.Error{Code: ztp.CodeIdempotencyMismatch, Operation: &op}
	}
	return &op, nil
}

// atOnce answers what needs no operation. (nil, nil) means go on.
func (c *Control) atOnce(ctx context.Context, p ztp.Platform, info ztp.VendorInfo, l ztp.Link, kind ztp.OperationKind) (*Result, error) {
	done := func(r Result) (*Result, error) {
		if err := c.forgetRefusal(ctx, l); err != nil {
			return nil, err
		}
		v, err := c.viewLink(ctx, p, info)
		r.Link = v
		return &r, err
	}
	if kind == ztp.KindOnboard {
		switch {
		case l.State == ztp.LinkConfigured, l.State == ztp.LinkRotating:
			return done(Result{AlreadyOnboarded: true})
		case l.State == ztp.LinkNeedsAttention && l.Active != 0 && l.Error != nil:
			e := l.Error.Err()
			e.Standing = true
			return nil, e
		case l.State == ztp.LinkNeedsAttention && l.Active != 0:
			return nil, &ztp.Error{Code: ztp.CodeVendorKeyRejected, Standing: true}
		}
	}
	op, err := c.cfg.Store.OpenOperation(ctx, p.ID, info.Name)
	if err == nil {
		return nil, running(op)
	}
	if !ztp.IsCode(err, ztp.CodeNotFound) {
		return nil, err
	}
	switch {
	case kind == ztp.KindRotate && l.Active == 0:
		return nil, &ztp.Error{Code: ztp.CodeNotOnboarded}
	case kind == ztp.KindDisable:
		nothing, err := c.nothingToDisable(ctx, l)
		if err != nil {
			return nil, err
		}
		if nothing {
			return done(Result{AlreadyDisabled: true})
		}
	case (kind == ztp.KindConnect || kind == ztp.KindAdopt) && l.Active != 0:
		return nil, ztp.Errorf(ztp.CodeInUse, "This platform is onboarded already. Disable it first, or rotate its key.")
	}
	return nil, nil
}

// nothingToDisable is true when no key of this link may be alive anywhere, and no
// phone is redirected any more: a forced Disable leaves both.
func (c *Control) nothingToDisable(ctx context.Context, l ztp.Link) (bool, error) {
	if l.State != ztp.LinkNotConfigured || l.Unconfirmed {
		return false, nil
	}
	n, err := c.cfg.Store.CountEndpoints(ctx, l.Platform, l.Vendor)
	if err != nil || n.Listed > 0 {
		return false, err
	}
	creds, err := c.cfg.Store.Credentials(ctx, l.Platform, l.Vendor)
	if err != nil {
		return false, err
	}
	for _, cr := range creds {
		if cr.State.Live() {
			return false, nil
		}
	}
	return true, nil
}

func running(op ztp.Operation) error {
	return &ztp.Error{
		Code: ztp.CodeOperationRunning, Operation: &op,
		Detail: op.Actor.String() + " started the " + op.Kind.Noun() + " at " + op.CreatedAt.UTC().Format(time.TimeOnly) + " UTC.",
	}
}

// queue commits the operation, the link's new state and the audit row together:
// the intent, before anything is sent.
func (c *Control) queue(ctx context.Context, a ztp.Actor, p ztp.Platform, info ztp.VendorInfo, x action, hash string) (*ztp.Operation, error) {
	var op ztp.Operation
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		l, err := s.Link(ctx, p.ID, info.Name)
		if err != nil {
			return err
		}
		from := l.State
		l.Error = nil
		if l, err = l.Move(inFlight(x.kind)); err != nil {
			return &ztp.Error{Code: ztp.CodeFormOutdated, Err: err}
		}
		if l.Nonce == "" {
			l.Nonce = ztp.NewNonce()
		}
		if x.kind != ztp.KindDisable && x.kind != ztp.KindRotate { // its phones are to be served again
			if err := s.SendPhonesHome(ctx, p.ID, time.Time{}); err != nil {
				return err
			}
		}
		params := x.params
		if x.key.ID != "" {
			if params.Credential, err = c.sealPasted(ctx, s, &l, x.key); err != nil {
				return err
			}
		}
		op = c.operation(a, x.kind, p.ID, info.Name, params, x.sub.Key, hash)
		op.Data.From, op.Data.Key = from, params.Credential
		if params.Credential == 0 {
			l.UpdatedAt = c.now()
			if err := s.SaveLink(ctx, l); err != nil {
				return err
			}
		}
		if err := s.CreateOperation(ctx, op); err != nil {
			return err
		}
		e := c.event(a, string(x.kind)+".asked", p.ID, info.Name, "")
		e.Operation = op.ID
		return s.AppendEvent(ctx, e)
	})
	if err != nil {
		return c.raced(ctx, a, p, info, x.sub.Key, hash, err)
	}
	c.cfg.Wake()
	return &op, nil
}

// raced turns a lost race into what the winner's request would have answered us.
func (c *Control) raced(ctx context.Context, a ztp.Actor, p ztp.Platform, info ztp.VendorInfo, key, hash string, err error) (*ztp.Operation, error) {
	code := ztp.CodeOf(err)
	if code != ztp.CodeOperationRunning && code != ztp.CodeFormOutdated {
		return nil, err
	}
	if op, rerr := c.repeated(ctx, a, key, hash); op != nil || rerr != nil {
		return op, rerr
	}
	if op, oerr := c.cfg.Store.OpenOperation(ctx, p.ID, info.Name); oerr == nil {
		return nil, running(op)
	}
	var e *ztp.Error
	if errors.As(err, &e) && e.Operation != nil {
		return nil, running(*e.Operation)
	}
	return nil, err
}

// sealPasted seals a pasted key in the operation's own commit, as the next number.
func (c *Control) sealPasted(ctx context.Context, s ztp.Store, l *ztp.Link, key ztp.APIKey) (int, error) {
	l.NextCredential = max(l.NextCredential, 1)
	n := l.NextCredential
	l.NextCredential++
	now := c.now()
	l.UpdatedAt = now
	// The link row comes first: credentials refer to it.
	if err := s.SaveLink(ctx, *l); err != nil {
		return 0, err
	}
	cr := ztp.Credential{Platform: l.Platform, Vendor: l.Vendor, Number: n, State: ztp.CredentialPlanned, CreatedAt: now, Deadline: now}
	if err := s.PlanCredential(ctx, cr); err != nil {
		return 0, err
	}
	cr.State, cr.VendorID = ztp.CredentialCreated, key.ID
	return n, s.SealCredential(ctx, cr, key.Secret, ztp.CredentialPlanned)
}

// operation makes a queued operation with its steps.
func (c *Control) operation(a ztp.Actor, kind ztp.OperationKind, p ztp.PlatformID, v ztp.VendorName, params ztp.OperationParams, key, hash string) ztp.Operation {
	now := c.now()
	return ztp.Operation{
		ID: ztp.OperationID(ztp.NewID()), Kind: kind, Platform: p, Vendor: v, State: ztp.OperationQueued,
		Steps: ztp.StepsOf(kind, params), HoldsLink: kind.ChangesLink(), Params: params,
		Actor: a, Key: key, BodyHash: hash, CreatedAt: now, UpdatedAt: now,
	}
}

func inFlight(kind ztp.OperationKind) ztp.LinkState {
	switch kind {
	case ztp.KindRotate:
		return ztp.LinkRotating
	case ztp.KindDisable, ztp.KindOffboard:
		return ztp.LinkDisabling
	}
	return ztp.LinkOnboarding
}

// result wraps an operation with the row as it is now.
func (c *Control) result(ctx context.Context, p ztp.Platform, info ztp.VendorInfo, op *ztp.Operation, err error) (Result, error) {
	if err != nil {
		return Result{}, err
	}
	v, err := c.viewLink(ctx, p, info)
	return Result{Operation: op, Link: v}, err
}

// keepRefusal records a refusal as the link's error until the next try. It is
// not worth failing for: the answer itself carries the refusal.
func (c *Control) keepRefusal(ctx context.Context, a ztp.Actor, p ztp.Platform, info ztp.VendorInfo, cause error) {
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		l, err := s.Link(ctx, p.ID, info.Name)
		if err != nil {
			return err
		}
		if l.State.InFlight() || l.State == ztp.LinkUnknown {
			return nil
		}
		l.Error, l.UpdatedAt = ztp.ProblemOf(cause, c.now(), a.RequestID), c.now()
		return s.SaveLink(ctx, l)
	})
	if err != nil {
		c.cfg.Log.Error("refusal not kept", "platform", p.Slug, "vendor", info.Name, "err", err)
	}
}

// forgetRefusal takes an earlier refusal off the row: this was the next try. What was
// found at the vendor stays.
func (c *Control) forgetRefusal(ctx context.Context, l ztp.Link) error {
	refusal := func(l ztp.Link) bool {
		return l.Error != nil && l.Error.RequestID != "" && l.Error.Code != ztp.CodeForeignKeyFound && len(l.Error.Keys) == 0 && len(l.Error.Companies) == 0 && l.State == l.Rest()
	}
	if !refusal(l) {
		return nil
	}
	return c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		l, err := s.Link(ctx, l.Platform, l.Vendor)
		if err != nil || !refusal(l) {
			return err
		}
		l.Error, l.UpdatedAt = nil, c.now()
		return s.SaveLink(ctx, l)
	})
}
