package api

import (
	"context"
	"net/http"
	"time"
)

// Settings are the values that count somewhere: in the installation, a platform, an
// account or a phone.
type Settings struct {
	Layer    string    `json:"layer" enum:"installation,platform,account,endpoint" doc:"Which layer was asked for"`
	Version  int64     `json:"version" doc:"Counts the changes of this layer here; send it with a change that was made by this answer"`
	Settings []Setting `json:"settings" nullable:"false" doc:"Every value that counts here, in the order of pages"`
	Rollout  *Rollout  `json:"rollout,omitempty" doc:"The change of this layer that has not gone to every phone yet; its values are not among the settings"`
	Warnings []string  `json:"warnings,omitempty" doc:"What is taken and may do harm all the same, in sentences: a poll_window of this layer in which too many phones ask at once"`
}

// Setting is one value and where it comes from.
type Setting struct {
	Name   string     `json:"name" doc:"A name of the catalogue, such as time_zone, or a vendor's own, such as snom:dim_timer"`
	Index  int        `json:"index,omitempty" doc:"Line, key or entry from 1 on; left out for a value that has none, and for one that counts for every line"`
	Value  string     `json:"value" doc:"Empty for a secret"`
	Secret bool       `json:"secret,omitempty" doc:"The value is sealed and never comes back"`
	Layer  string     `json:"layer" enum:"default,installation,platform,account,endpoint" doc:"The layer that it comes from"`
	SetAt  *time.Time `json:"set_at,omitempty" doc:"Left out for a default"`
	SetBy  string     `json:"set_by,omitempty"`
}

// PutSettings changes settings of one layer; what it does not name stays.
type PutSettings struct {
	Settings []PutSetting `json:"settings" minItems:"1" maxItems:"1000" nullable:"false"`
	Version  *int64       `json:"version,omitempty" nullable:"false" doc:"That of the answer by which the change was made: when it is another by now, nothing is changed. Left out, it does not matter"`
}

// PutSetting sets one value, or takes it away.
type PutSetting struct {
	Name  string  `json:"name" doc:"A name of the catalogue, or a vendor's own, such as snom:dim_timer"`
	Index int     `json:"index,omitempty" minimum:"0" doc:"Line, key or entry from 1 on"`
	Value *Secret `json:"value" nullable:"true" doc:"null takes the value away, so that the layers above count; an empty text is a value of its own: nothing"`
}

// SettingInfo is what is known of a setting.
type SettingInfo struct {
	Name      string   `json:"name"`
	Title     string   `json:"title"`
	Help      string   `json:"help"`
	Kind      string   `json:"kind" enum:"text,choice,host,url,password,window,key,phone_book_entry,certificates"`
	Secret    bool     `json:"secret,omitempty"`
	Choices   []string `json:"choices,omitempty"`
	Indexes   int      `json:"indexes,omitempty" doc:"How many of it a phone has: lines, keys, entries"`
	EveryLine bool     `json:"every_line,omitempty" doc:"A value without an index counts for every line"`
	PhoneOnly bool     `json:"phone_only,omitempty" doc:"It is set for one phone alone"`
	AdminOnly bool     `json:"admin_only,omitempty" doc:"Super-admins alone set it"`
	Default   string   `json:"default,omitempty"`
}

// SettingsPreview is the file that a phone would get.
type SettingsPreview struct {
	ContentType string `json:"content_type"`
	File        string `json:"file" doc:"Exactly what the phone would get, with ******** for secrets and tokens"`
}

// SettingCatalogue lists the settings that have the same name for every vendor.
func (c *Client) SettingCatalogue(ctx context.Context) (List[SettingInfo], error) {
	return get[List[SettingInfo]](ctx, c, path("setting-catalogue"))
}

// Settings returns what counts in the installation, or below it: SettingsOf tells where.
func (c *Client) Settings(ctx context.Context, of SettingsOf) (Settings, error) {
	return get[Settings](ctx, c, of.path())
}

// PutSettings changes settings there, and returns what counts then.
func (c *Client) PutSettings(ctx context.Context, of SettingsOf, in PutSettings) (Settings, error) {
	return send[Settings](ctx, c, http.MethodPut, of.path(), in)
}

// PreviewSettings renders the file that a phone would get.
func (c *Client) PreviewSettings(ctx context.Context, platform, mac string) (SettingsPreview, error) {
	return get[SettingsPreview](ctx, c, path("platforms", platform, "endpoints", mac, "preview"))
}

// SettingsOf names whose settings are meant: the installation's when it is zero, a
// platform's, an account's of it, or a phone's of it.
type SettingsOf struct{ Platform, Account, MAC string }

func (o SettingsOf) path() string {
	switch {
	case o.Platform == "":
		return path("settings")
	case o.MAC != "":
		return path("platforms", o.Platform, "endpoints", o.MAC, "settings")
	case o.Account != "":
		return path("platforms", o.Platform, "accounts", o.Account, "settings")
	}
	return path("platforms", o.Platform, "settings")
}
