package main

import (
	"fmt"
	"io"
	"strings"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type settingsCmd struct {
	Show  settingsShowCmd  `cmd:"" help:"Show the settings that count somewhere, and where each comes from."`
	Set   settingsSetCmd   `cmd:"" help:"Set one; the value of a secret is read from standard input or a prompt."`
	Unset settingsUnsetCmd `cmd:"" help:"Take one away, so that the layers above count."`
	List  settingsListCmd  `cmd:"" help:"List the settings that there are for every vendor."`

	Rollout  rolloutCmd  `cmd:"" help:"Changes that touch many phones: proposed, then sent to parts of them, one after the other."`
	Freeze   freezeCmd   `cmd:"" help:"Let no change of settings go out, in the whole installation."`
	Unfreeze unfreezeCmd `cmd:"" help:"Let them go out again."`
}

// atSettings says whose settings a verb is about.
type atSettings struct {
	Platform string `placeholder:"PLATFORM" help:"Slug or id of the platform; without one it is the whole installation."`
	Account  string `placeholder:"ACCOUNT" help:"Slug or id of an account of the platform."`
	MAC      string `name:"mac" placeholder:"MAC" help:"MAC address of a phone of the platform."`
}

func (at atSettings) of() (api.SettingsOf, error) {
	switch {
	case at.Platform == "" && at.Account+at.MAC != "":
		return api.SettingsOf{}, usagef("Say by --platform which platform it belongs to.")
	case at.Account != "" && at.MAC != "":
		return api.SettingsOf{}, usagef("Give --account or --mac, not both.")
	}
	return api.SettingsOf{Platform: at.Platform, Account: at.Account, MAC: at.MAC}, nil
}

type settingsShowCmd struct {
	remote
	atSettings
}

func (cmd *settingsShowCmd) Run(e *env) error {
	of, err := cmd.of()
	if err != nil {
		return err
	}
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	s, err := c.Settings(e.ctx, of)
	if err != nil {
		return err
	}
	return printSettings(e, cmd.JSON, s)
}

func printSettings(e *env, asJSON bool, s api.Settings) error {
	if asJSON {
		return printJSON(e.stdout, s)
	}
	rows := make([][]string, len(s.Settings))
	for i, one := range s.Settings {
		value := shownSetting(one.Name, one.Value)
		if one.Secret {
			value = "(secret)"
		}
		rows[i] = []string{ztp.SettingName(one.Name).Label(one.Index), value, one.Layer, timeText(one.SetAt), one.SetBy}
	}
	if err := printTable(e.stdout, []string{"SETTING", "VALUE", "FROM", "SET", "BY"}, rows); err != nil {
		return err
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(e.stderr, "Warning: %s\n", w)
	}
	if s.Rollout == nil {
		return nil
	}
	r := *s.Rollout
	if r.State == api.RolloutProposed {
		fmt.Fprintf(e.stderr, "A change is proposed, and none of %d phones has it yet: zerotouch settings rollout show %s\n", r.Phones, r.ID)
		fmt.Fprintf(e.stderr, "To send it to the first of them: zerotouch settings rollout advance %s\n", r.ID)
		return nil
	}
	fmt.Fprintf(e.stderr, "A change is on its way, at %s: zerotouch settings rollout show %s\n", rolloutRing(r), r.ID)
	return nil
}

// shownSetting is a value in a table: certificates by what is in them.
func shownSetting(name, value string) string {
	if ztp.SettingName(name) == ztp.SettingCACertificates && value != "" {
		return strings.Join(ztp.CertificateWords(value), "; ")
	}
	return value
}

type settingsSetCmd struct {
	remote
	atSettings
	Name  string  `arg:"" help:"Its name, with a number where there are several: time_zone, line_user[2], snom:dim_timer."`
	Value *string `arg:"" optional:"" help:"Its value. A secret is never given here: leave it away. Certificates are read from standard input."`
}

func (cmd *settingsSetCmd) Run(e *env) error {
	change, err := settingOf(cmd.Name)
	if err != nil {
		return err
	}
	secret, err := isSecretSetting(change.Name)
	if err != nil {
		return err
	}
	if cmd.Value != nil && secret {
		return usagef("%s is a secret: arguments are seen by everybody on this machine. Leave the value away; it is read from standard input or a prompt.", change.Name)
	}
	if cmd.Value == nil {
		read := e.readSecret
		if ztp.SettingName(change.Name) == ztp.SettingCACertificates {
			read = e.readText
		}
		text, err := read("Value")
		if err != nil {
			return err
		}
		cmd.Value = &text
	}
	value := api.Secret(*cmd.Value)
	change.Value = &value
	return putSetting(e, cmd.remote, cmd.atSettings, change)
}

// isSecretSetting asks the catalogue and the adapters of this build, before the server is
// asked. A setting that they do not know is the server's to judge.
func isSecretSetting(name string) (bool, error) {
	vendors, err := vendorConfig{}.vendors()
	if err != nil {
		return false, err
	}
	info, err := ztp.NewSettingBook(vendors).Info(ztp.SettingName(name))
	return err == nil && info.Secret, nil
}

type settingsUnsetCmd struct {
	remote
	atSettings
	Name string `arg:"" help:"Its name, with a number where there are several."`
}

func (cmd *settingsUnsetCmd) Run(e *env) error {
	change, err := settingOf(cmd.Name)
	if err != nil {
		return err
	}
	return putSetting(e, cmd.remote, cmd.atSettings, change)
}

func settingOf(label string) (api.PutSetting, error) {
	n, i, err := ztp.ParseSettingLabel(label)
	return api.PutSetting{Name: string(n), Index: i}, err
}

func putSetting(e *env, r remote, at atSettings, change api.PutSetting) error {
	of, err := at.of()
	if err != nil {
		return err
	}
	c, err := r.client(e)
	if err != nil {
		return err
	}
	s, err := c.PutSettings(e.ctx, of, api.PutSettings{Settings: []api.PutSetting{change}})
	if err != nil {
		return err
	}
	return printSettings(e, r.JSON, s)
}

type settingsListCmd struct{ remote }

// fewChoices are listed; more are named when a value is refused.
const fewChoices = 8

func (cmd *settingsListCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	list, err := c.SettingCatalogue(e.ctx)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, list)
	}
	rows := make([][]string, len(list.Items))
	for i, one := range list.Items {
		name := one.Name
		if one.Indexes > 0 {
			name += fmt.Sprintf("[1-%d]", one.Indexes)
		}
		if n := len(one.Choices); n > 0 && n <= fewChoices {
			one.Help += " One of: " + strings.Join(one.Choices, ", ") + "."
		}
		rows[i] = []string{name, one.Title, one.Help}
	}
	return printTable(e.stdout, []string{"SETTING", "TITLE", "WHAT IT DOES"}, rows)
}

type endpointPreviewCmd struct {
	remote
	atEndpoint
}

func (cmd *endpointPreviewCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	p, err := c.PreviewSettings(e.ctx, cmd.Platform, cmd.MAC)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, p)
	}
	_, err = io.WriteString(e.stdout, p.File)
	return err
}
