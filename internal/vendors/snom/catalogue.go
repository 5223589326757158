package snom

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/ztp"
)

// catalogue is what one product group needs of the vendor's catalogues.
type catalogue struct {
	group string // uuid of the product group
	// setting is the uuid of the setting_server of this group.
	setting string
	at      time.Time
}

// catalogueAge is when the catalogue is read again; also after a refused write.
const catalogueAge = 24 * time.Hour

// lookup returns the ids for a product group, from memory for a day.
func (v *Vendor) lookup(ctx context.Context, by ztp.APIKey, group string) (catalogue, error) {
	v.mu.Lock()
	c, ok := v.catalogue[group]
	v.mu.Unlock()
	if ok && v.cfg.Now().Sub(c.at) < catalogueAge {
		return c, nil
	}
	if err := v.pace(ctx); err != nil {
		return c, err
	}
	groups, err := v.client.ProductGroups(ctx, wire(by))
	if err != nil {
		return c, before(read(err))
	}
	c = catalogue{at: v.cfg.Now()}
	if c.group, err = groupID(groups, group); err != nil {
		return c, err
	}
	if err := v.pace(ctx); err != nil {
		return c, err
	}
	settings, err := v.client.Settings(ctx, wire(by))
	if err != nil {
		return c, before(read(err))
	}
	if c.setting, err = settingServer(settings, group, c.group); err != nil {
		return c, err
	}
	v.mu.Lock()
	v.catalogue[group] = c
	v.mu.Unlock()
	return c, nil
}

// forget drops the catalogue, after the vendor refused a value made with it.
func (v *Vendor) forget(group string) {
	v.mu.Lock()
	delete(v.catalogue, group)
	v.mu.Unlock()
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
		Detail: fmt.Sprintf("Snom has no product group %q; it has %q.", name, names)}
}

// settingServer picks the setting that redirects phones of the group. There are
// two of the same name, and a value under the wrong one is accepted silently; the
// first match broke redirection in production elsewhere (client code in
// production). So: the one whose product groups contain ours; for desk phones also
// of the section phone-settings; none or several is an error, never a guess.
func settingServer(settings []sraps.Setting, group, groupID string) (string, error) {
	var found []string
	for _, o := range settings {
		if o.ParamName != "setting_server" || !slices.Contains(productGroups(o), groupID) {
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
