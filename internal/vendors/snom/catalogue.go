package snom

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/ztp"
)

// catalogue is what we need of the vendor's product groups and settings. Both are
// the same for every account (the ids were equal in dumps years apart), so one
// serves all keys.
type catalogue struct {
	groups []sraps.Object
	// servers are the settings named setting_server, of more than a thousand.
	servers []sraps.Setting
	at      time.Time
}

// ids are the uuids of a product group and of the setting that redirects it.
type ids struct{ group, setting string }

// catalogueAge is when the catalogue is read again; also after a refused write.
const catalogueAge = 24 * time.Hour

// settingServerName is the one setting that redirects phones. Two have that name.
const settingServerName = "setting_server"

// lookup returns the ids for a product group.
func (v *Vendor) lookup(ctx context.Context, by ztp.APIKey, group string) (ids, error) {
	c, err := v.readCatalogue(ctx, by)
	if err != nil {
		return ids{}, err
	}
	return c.ids(group)
}

// readCatalogue is from memory for a day. Of several callers one reads it and the
// others wait for that.
func (v *Vendor) readCatalogue(ctx context.Context, by ztp.APIKey) (*catalogue, error) {
	if c := v.freshCatalogue(); c != nil {
		return c, nil
	}
	select {
	case v.fetching <- struct{}{}:
		defer func() { <-v.fetching }()
	case <-ctx.Done():
		return nil, &ztp.VendorError{Code: ztp.CodeVendorUnavailable, Effect: ztp.EffectNotSent, Temporary: true,
			Detail: "The list of settings is still being read.", Err: ctx.Err()}
	}
	if c := v.freshCatalogue(); c != nil {
		return c, nil
	}
	c, err := v.fetchCatalogue(ctx, by)
	if err != nil {
		return nil, before(read(err))
	}
	v.mu.Lock()
	v.catalogue = c
	v.mu.Unlock()
	return c, nil
}

// freshCatalogue is nil when there is none, or only an old one.
func (v *Vendor) freshCatalogue() *catalogue {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.catalogue == nil || v.cfg.Now().Sub(v.catalogue.at) >= catalogueAge {
		return nil
	}
	return v.catalogue
}

func (v *Vendor) fetchCatalogue(ctx context.Context, by ztp.APIKey) (*catalogue, error) {
	c := &catalogue{at: v.cfg.Now()}
	var err error
	if c.groups, err = v.client.ProductGroups(ctx, wire(by)); err != nil {
		return nil, err
	}
	settings, err := v.client.Settings(ctx, wire(by))
	for _, s := range settings {
		if s.ParamName == settingServerName {
			c.servers = append(c.servers, s)
		}
	}
	return c, err
}

// forget drops the catalogue, after the vendor refused a value made with it.
func (v *Vendor) forget() {
	v.mu.Lock()
	v.catalogue = nil
	v.mu.Unlock()
}

func (c *catalogue) ids(group string) (ids, error) {
	id, err := groupID(c.groups, group)
	if err != nil {
		return ids{}, err
	}
	setting, err := settingServer(c.servers, group, id)
	return ids{id, setting}, err
}

// groupName returns the name of a product group by its id or name, "" for one that
// is not in the catalogue.
func (c *catalogue) groupName(ref string) string {
	for _, o := range c.groups {
		if name := o.Text("name"); ref != "" && (ref == o.Text("uuid") || ref == name) {
			return name
		}
	}
	return ""
}

func groupID(groups []sraps.Object, name string) (string, error) {
	var names []string
	for _, o := range groups {
		if o.Text("name") == name {
			return o.Text("uuid"), nil
		}
		names = append(names, o.Text("name"))
	}
	return "", &ztp.VendorError{Code: ztp.CodeVendorRejected, Effect: ztp.EffectRefused,
		Detail: fmt.Sprintf("Snom has no product group %q. Name in ZEROTOUCH_SNOM_PRODUCT_GROUPS those that it has: %s.", name, strings.Join(names, ", "))}
}

// settingServer picks the setting that redirects phones of the group. There are
// two of the same name, and a value under the wrong one is accepted silently; the
// first match broke redirection in production elsewhere (client code in
// production). So: the one whose product groups contain ours; for desk phones also
// of the section phone-settings; none or several is an error, never a guess.
func settingServer(servers []sraps.Setting, group, groupID string) (string, error) {
	var found []string
	for _, o := range servers {
		if !slices.Contains(productGroups(o), groupID) {
			continue
		}
		if group == "D-Series" && o.Section != "phone-settings" {
			continue
		}
		if id := o.UUID; !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	if len(found) == 1 && found[0] != "" {
		return found[0], nil
	}
	return "", &ztp.VendorError{Code: ztp.CodeVendorSettingAmbiguous, Effect: ztp.EffectRefused,
		Detail: fmt.Sprintf("%d settings named setting_server fit the product group %s.", len(found), group)}
}

// productGroups reads the ids of a setting's product groups: plain, or as objects.
func productGroups(o sraps.Setting) []string {
	var ids []string
	for _, r := range o.ProductGroups {
		var s string
		if json.Unmarshal(r, &s) == nil {
			ids = append(ids, s)
			continue
		}
		var inner sraps.Object
		if json.Unmarshal(r, &inner) == nil {
			ids = append(ids, inner.Text("uuid"))
		}
	}
	return ids
}

// setting is one value in a settings_manager.
type setting struct {
	Value string       `json:"value"`
	Attrs settingAttrs `json:"attrs"`
}

type settingAttrs struct {
	Perm string `json:"perm"`
}

// urlIn returns the provisioning URL in an object's settings_manager.
func urlIn(o sraps.Object, settingID string) ztp.Secret {
	var manager map[string]json.RawMessage
	_ = json.Unmarshal(o["settings_manager"], &manager)
	var s setting
	if json.Unmarshal(manager[settingID], &s) != nil {
		var plain string
		_ = json.Unmarshal(manager[settingID], &plain)
		return ztp.NewSecret(plain)
	}
	return ztp.NewSecret(s.Value)
}

// setURL puts the provisioning URL into an object's settings_manager and keeps
// the other settings. The phone may change it later: perm RW (Snom wiki; "R" would
// lock users out, "!" could never be changed again).
func setURL(o sraps.Object, settingID string, url ztp.Secret) {
	manager := map[string]json.RawMessage{}
	_ = json.Unmarshal(o["settings_manager"], &manager)
	if manager == nil {
		manager = map[string]json.RawMessage{}
	}
	raw, _ := json.Marshal(setting{Value: url.RevealSecret(), Attrs: settingAttrs{Perm: "RW"}})
	manager[settingID] = raw
	o.Set("settings_manager", manager)
}
