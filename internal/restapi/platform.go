package restapi

import (
	"context"
	"net/http"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

type platformOut struct {
	Status   int
	Location string `header:"Location"`
	Body     api.Platform
}

func (s *server) listPlatforms(ctx context.Context, in *struct {
	Paged
	Text string `query:"q" maxLength:"120" doc:"Part of the name or slug"`
}) (*listOut[api.Platform], error) {
	p, err := s.control.ListPlatforms(ctx, actor(ctx), ztp.PlatformQuery{Text: in.Text, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return wireList(p, s.names(ctx).wirePlatform), nil
}

type createPlatformIn struct {
	Nowhere
	Keyed
	Body api.NewPlatform
}

func (s *server) createPlatform(ctx context.Context, in *createPlatformIn) (*platformOut, error) {
	b := in.Body
	p, created, err := s.control.CreatePlatform(ctx, actor(ctx), control.NewPlatform{
		Submission: in.submission(), Slug: b.Slug, Name: b.Name, ExternalID: b.ExternalID, URLTemplate: b.URLTemplate,
	})
	if err != nil {
		return nil, err
	}
	out, err := s.platformOut(ctx, string(p.ID), http.StatusOK)
	if err == nil && created {
		out.Status, out.Location = http.StatusCreated, prefix+"/platforms/"+out.Body.Slug
	}
	return out, err
}

// platformOut answers with the platform as it is now.
func (s *server) platformOut(ctx context.Context, ref string, status int) (*platformOut, error) {
	v, err := s.control.PlatformView(ctx, actor(ctx), ref)
	if err != nil {
		return nil, err
	}
	return &platformOut{Status: status, Body: s.names(ctx).wirePlatform(v)}, nil
}

func (s *server) platform(ctx context.Context, in *struct{ AtPlatform }) (*platformOut, error) {
	return s.platformOut(ctx, in.P, http.StatusOK)
}

type updatePlatformIn struct {
	AtPlatform
	Body api.PlatformPatch
}

func (s *server) updatePlatform(ctx context.Context, in *updatePlatformIn) (*platformOut, error) {
	b := in.Body
	p, err := s.control.UpdatePlatform(ctx, actor(ctx), in.P, control.PlatformPatch{
		Name: b.Name, ExternalID: b.ExternalID, URLTemplate: b.URLTemplate, PhoneProof: (*ztp.PhoneProof)(b.PhoneProof), Version: b.Version,
	})
	if err != nil {
		return nil, err
	}
	return s.platformOut(ctx, string(p.ID), http.StatusOK)
}

func (s *server) deletePlatform(ctx context.Context, in *struct{ AtPlatform }) (*struct{}, error) {
	return nil, s.control.DeletePlatform(ctx, actor(ctx), in.P)
}
