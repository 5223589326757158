package restapi

import (
	"context"
	"net/http"
	"net/url"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

type accountOut struct {
	Status   int
	Location string `header:"Location"`
	Body     api.Account
}

// accountOut answers with an account, and its token where one was just issued.
func (s *server) accountOut(ctx context.Context, ref string, a ztp.Account, token ztp.Secret) (*accountOut, error) {
	p, err := s.control.Platform(ctx, actor(ctx), ref)
	if err != nil {
		return nil, err
	}
	out := &accountOut{Status: http.StatusOK, Body: wireAccount(a, p.Primary)}
	if !token.IsZero() {
		out.Body.Token = api.Secret(token.RevealSecret())
	}
	return out, nil
}

func (s *server) listAccounts(ctx context.Context, in *struct {
	AtPlatform
	Paged
}) (*listOut[api.Account], error) {
	p, err := s.control.Platform(ctx, actor(ctx), in.P)
	if err != nil {
		return nil, err
	}
	page, err := s.control.ListAccounts(ctx, actor(ctx), in.P, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return wireList(page, func(a ztp.Account) api.Account { return wireAccount(a, p.Primary) }), nil
}

type createAccountIn struct {
	AtPlatform
	Keyed
	Body api.NewAccount
}

func (s *server) createAccount(ctx context.Context, in *createAccountIn) (*accountOut, error) {
	b := in.Body
	a, token, created, err := s.control.CreateAccount(ctx, actor(ctx), in.P, control.NewAccount{
		Submission: in.submission(), Slug: b.Slug, Name: b.Name, ExternalID: b.ExternalID, NoToken: b.Token != nil && !*b.Token,
	})
	if err != nil {
		return nil, err
	}
	out, err := s.accountOut(ctx, in.P, a, token)
	if err == nil && created {
		out.Status = http.StatusCreated
		out.Location = prefix + "/platforms/" + url.PathEscape(in.P) + "/accounts/" + a.Slug
	}
	return out, err
}

func (s *server) account(ctx context.Context, in *struct{ AtAccount }) (*accountOut, error) {
	a, err := s.control.Account(ctx, actor(ctx), in.P, in.A)
	if err != nil {
		return nil, err
	}
	return s.accountOut(ctx, in.P, a, ztp.Secret{})
}

type updateAccountIn struct {
	AtAccount
	Body api.AccountPatch
}

func (s *server) updateAccount(ctx context.Context, in *updateAccountIn) (*accountOut, error) {
	b := in.Body
	a, err := s.control.UpdateAccount(ctx, actor(ctx), in.P, in.A, control.AccountPatch{
		Name: b.Name, ExternalID: b.ExternalID, Primary: b.Primary, Version: b.Version,
	})
	if err != nil {
		return nil, err
	}
	return s.accountOut(ctx, in.P, a, ztp.Secret{})
}

func (s *server) deleteAccount(ctx context.Context, in *struct{ AtAccount }) (*struct{}, error) {
	return nil, s.control.DeleteAccount(ctx, actor(ctx), in.P, in.A)
}

type issueTokenIn struct {
	AtAccount
	Keyed
	Body *nothing
}

func (s *server) issueToken(ctx context.Context, in *issueTokenIn) (*accountOut, error) {
	a, token, err := s.control.IssueToken(ctx, actor(ctx), in.P, in.A, control.NewToken{Submission: in.submission()})
	if err != nil {
		return nil, err
	}
	return s.accountOut(ctx, in.P, a, token)
}
