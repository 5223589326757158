package restapi

import (
	"context"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

type settingsOut struct{ Body api.Settings }

func (s *server) settingsAt(ctx context.Context, at control.SettingsAt) (*settingsOut, error) {
	v, err := s.control.Settings(ctx, actor(ctx), at)
	if err != nil {
		return nil, err
	}
	return s.names(ctx).settings(v), nil
}

func (n *names) settings(v control.SettingsView) *settingsOut {
	out := &settingsOut{Body: api.Settings{Layer: string(v.Scope.Layer()), Version: v.Version, Settings: []api.Setting{}, Warnings: v.Warnings}}
	for _, e := range v.Effective.All() {
		one := api.Setting{Name: string(e.Name), Index: e.Index, Value: e.Value, Secret: e.Secret, Layer: string(e.Layer), SetBy: e.SetBy}
		one.SetAt = when(e.SetAt)
		out.Body.Settings = append(out.Body.Settings, one)
	}
	if v.Rollout != nil {
		r := n.rollout(*v.Rollout)
		out.Body.Rollout = &r
	}
	return out
}

func (s *server) putSettingsAt(ctx context.Context, at control.SettingsAt, in api.PutSettings) (*settingsOut, error) {
	r := control.SettingsRequest{Version: in.Version}
	for _, p := range in.Settings {
		c := ztp.SettingChange{Name: ztp.SettingName(p.Name), Index: p.Index, Unset: p.Value == nil}
		if p.Value != nil {
			c.Value = ztp.NewSecret(p.Value.Reveal())
		}
		r.Changes = append(r.Changes, c)
	}
	v, err := s.control.ChangeSettings(ctx, actor(ctx), at, r)
	if err != nil {
		return nil, err
	}
	return s.names(ctx).settings(v), nil
}

func (s *server) settings(ctx context.Context, _ *struct{}) (*settingsOut, error) {
	return s.settingsAt(ctx, control.SettingsAt{})
}

func (s *server) putSettings(ctx context.Context, in *struct {
	Nowhere
	Body api.PutSettings
}) (*settingsOut, error) {
	return s.putSettingsAt(ctx, control.SettingsAt{}, in.Body)
}

func (s *server) platformSettings(ctx context.Context, in *struct{ AtPlatform }) (*settingsOut, error) {
	return s.settingsAt(ctx, control.SettingsAt{Platform: in.P})
}

func (s *server) putPlatformSettings(ctx context.Context, in *struct {
	AtPlatform
	Body api.PutSettings
}) (*settingsOut, error) {
	return s.putSettingsAt(ctx, control.SettingsAt{Platform: in.P}, in.Body)
}

func (s *server) accountSettings(ctx context.Context, in *struct{ AtAccount }) (*settingsOut, error) {
	return s.settingsAt(ctx, control.SettingsAt{Platform: in.P, Account: in.A})
}

func (s *server) putAccountSettings(ctx context.Context, in *struct {
	AtAccount
	Body api.PutSettings
}) (*settingsOut, error) {
	return s.putSettingsAt(ctx, control.SettingsAt{Platform: in.P, Account: in.A}, in.Body)
}

func (s *server) endpointSettings(ctx context.Context, in *struct{ AtEndpoint }) (*settingsOut, error) {
	if err := in.exists(ctx, s.control, actor(ctx)); err != nil {
		return nil, err
	}
	return s.settingsAt(ctx, control.SettingsAt{Platform: in.P, MAC: in.mac()})
}

func (s *server) putEndpointSettings(ctx context.Context, in *struct {
	AtEndpoint
	Body api.PutSettings
}) (*settingsOut, error) {
	return s.putSettingsAt(ctx, control.SettingsAt{Platform: in.P, MAC: in.mac()}, in.Body)
}

type previewOut struct{ Body api.SettingsPreview }

func (s *server) preview(ctx context.Context, in *struct{ AtEndpoint }) (*previewOut, error) {
	if err := in.exists(ctx, s.control, actor(ctx)); err != nil {
		return nil, err
	}
	p, err := s.control.PreviewSettings(ctx, actor(ctx), in.P, in.mac())
	if err != nil {
		return nil, err
	}
	return &previewOut{Body: api.SettingsPreview{ContentType: p.ContentType, File: string(p.File)}}, nil
}

func (s *server) settingCatalogue(context.Context, *struct{}) (*listOut[api.SettingInfo], error) {
	out := &listOut[api.SettingInfo]{}
	out.Body.Items = []api.SettingInfo{}
	for _, i := range s.control.SettingInfos() {
		out.Body.Items = append(out.Body.Items, api.SettingInfo{
			Name: string(i.Name), Title: i.Title, Help: i.Help, Kind: string(i.Kind), Secret: i.Secret, Choices: i.Choices, Indexes: i.Indexes,
			EveryLine: i.EveryLine, PhoneOnly: i.PhoneOnly, AdminOnly: i.AdminOnly, Default: i.Default,
		})
	}
	return out, nil
}

// aChangeOfSettings is said of each of them.
const aChangeOfSettings = "What is not named stays. All of it is taken, or nothing. Phones get it when they ask next; for more than 20 phones it is proposed, as `rollout` in the answer, and goes to them in rings. A secret is never answered again."

// settingRoutes are those of the settings of phones.
func (s *server) settingRoutes() {
	s.rolloutRoutes()
	s.resyncRoutes()
	read(s, route{method: "GET", path: "/setting-catalogue", id: "list-setting-catalogue", summary: "Settings of phones that have the same name for every vendor"}, s.settingCatalogue)
	read(s, route{method: "GET", path: "/settings", id: "get-settings", summary: "Settings of phones in the whole installation"}, s.settings)
	write(s, route{method: "PUT", path: "/settings", id: "put-settings", summary: "Change settings of phones in the whole installation", more: aChangeOfSettings}, s.putSettings)
	read(s, route{method: "GET", path: "/platforms/{p}/settings", id: "get-platform-settings", summary: "Settings that count for a platform's phones, and where each comes from"}, s.platformSettings)
	write(s, route{method: "PUT", path: "/platforms/{p}/settings", id: "put-platform-settings", summary: "Change settings of a platform's phones", more: aChangeOfSettings}, s.putPlatformSettings)
	read(s, route{method: "GET", path: "/platforms/{p}/accounts/{a}/settings", id: "get-account-settings", summary: "Settings that count for an account's phones, and where each comes from"}, s.accountSettings)
	write(s, route{method: "PUT", path: "/platforms/{p}/accounts/{a}/settings", id: "put-account-settings", summary: "Change settings of an account's phones", more: aChangeOfSettings}, s.putAccountSettings)
	read(s, route{method: "GET", path: "/platforms/{p}/endpoints/{mac}/settings", id: "get-endpoint-settings", summary: "Settings that count for a phone, and where each comes from"}, s.endpointSettings)
	write(s, route{method: "PUT", path: "/platforms/{p}/endpoints/{mac}/settings", id: "put-endpoint-settings", summary: "Change settings of a phone", more: aChangeOfSettings}, s.putEndpointSettings)
	read(s, route{method: "GET", path: "/platforms/{p}/endpoints/{mac}/preview", id: "preview-endpoint", summary: "The settings file that the phone would get, with secrets masked"}, s.preview)
}
