package phonesim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"zerotouch.example/internal/vendors/snom/settingsxml"
)

// State is what can be seen on the phone.
type State struct {
	// MAC is twelve upper-case hex digits.
	MAC string
	// PhoneType is such as "snomD785".
	PhoneType string
	// SettingServer is where the phone asks at its next boot, placeholders unexpanded. It may carry an account
	// token: String and MarshalJSON redact it.
	SettingServer string
	// Factory is true while SettingServer is the redirection service.
	Factory bool
	// Boots counts the boots since the last factory reset.
	Boots int
	// LastBoot is when the last boot or resync ended; zero when there was none.
	LastBoot time.Time
	// LastSource is what provided settings then: "redirection", "pnp", "dhcp", or "" for nothing.
	LastSource string
	// Settings are those that were ever written, by name and index; printed, they hide secrets.
	Settings []settingsxml.Setting

	shownServer string
}

// State returns a snapshot; it may be called while the phone boots.
func (p *Phone) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	server := p.settingServer()
	return State{
		MAC: p.id.mac, PhoneType: p.id.phoneType, SettingServer: server, Factory: p.isFactory(server),
		Boots: p.flash.boots, LastBoot: p.flash.lastBoot, LastSource: p.flash.lastSource,
		Settings: p.flash.sorted(), shownServer: p.id.redact(server),
	}
}

// Value returns a setting's value, and whether it was ever written; index is nil for settings without one.
func (s State) Value(name string, index *int) (string, bool) {
	want := keyOf(settingsxml.Setting{Name: name, Index: index})
	for _, have := range s.Settings {
		if keyOf(have) == want {
			return have.Value, true
		}
	}
	return "", false
}

// Waits is after how long the phone would ask again because holding settings tell it to, 0 when it has got others since or none:
// what is complete switches the timer off.
func (s State) Waits() time.Duration {
	v, _ := s.Value(settingRefresh, nil)
	n, err := strconv.Atoi(v)
	if err != nil || n <= 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// String tells the state in one line, without the account token.
func (s State) String() string {
	source := s.LastSource
	if source == "" {
		source = "nothing"
	}
	return fmt.Sprintf("%s %s boots=%d provisioned_by=%s setting_server=%s", s.PhoneType, s.MAC, s.Boots, source, s.shownServer)
}

// GoString is String.
func (s State) GoString() string { return s.String() }

// MarshalJSON writes the state for showing, without the account token and without secrets.
func (s State) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		MAC           string                `json:"mac"`
		PhoneType     string                `json:"phone_type"`
		SettingServer string                `json:"setting_server"`
		Factory       bool                  `json:"factory"`
		Boots         int                   `json:"boots"`
		LastBoot      time.Time             `json:"last_boot,omitzero"`
		LastSource    string                `json:"last_source"`
		Settings      []settingsxml.Setting `json:"settings"`
	}{s.MAC, s.PhoneType, s.shownServer, s.Factory, s.Boots, s.LastBoot, s.LastSource, s.Settings})
}

// stateFormat is the version of the state file; another one is refused.
const stateFormat = 1

// maxState bounds the state file: a phone cannot have got more than a few full settings files.
const maxState = 8 * settingsxml.MaxSize

// stateFile is the flash on disk. Unlike State it has everything in clear: the phone needs its passwords again.
type stateFile struct {
	Format     int            `json:"format"`
	MAC        string         `json:"mac"`
	Boots      int            `json:"boots"`
	LastBoot   time.Time      `json:"last_boot,omitzero"`
	LastSource string         `json:"last_source"`
	Settings   []stateSetting `json:"settings"`
}

type stateSetting struct {
	Name  string           `json:"name"`
	Index *int             `json:"index,omitempty"`
	Perm  settingsxml.Perm `json:"perm,omitempty"`
	Value string           `json:"value"`
}

// load takes up the state file. A missing one is a phone out of the box. A file of another phone, or a damaged one,
// is refused and left alone.
func (p *Phone) load() error {
	f, err := os.Open(p.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxState+1))
	if err != nil {
		return err
	}
	if len(data) > maxState {
		return fmt.Errorf("%s is larger than %d bytes", p.file, maxState)
	}
	var file stateFile
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil || d.More() {
		return fmt.Errorf("%s is damaged or no state file; remove it to start with a factory-fresh phone", p.file)
	}
	if file.Format != stateFormat {
		return fmt.Errorf("%s has format %d, want %d", p.file, file.Format, stateFormat)
	}
	if file.MAC != p.id.mac {
		return fmt.Errorf("%s belongs to the phone %s", p.file, file.MAC)
	}
	p.flash.boots, p.flash.lastBoot, p.flash.lastSource = file.Boots, file.LastBoot, file.LastSource
	for _, s := range file.Settings {
		setting := settingsxml.Setting{Name: s.Name, Index: s.Index, Perm: s.Perm, Value: s.Value, Secret: settingsxml.IsSecret(s.Name)}
		p.flash.settings[keyOf(setting)] = setting
	}
	return nil
}

// save writes the state file as a whole or not at all: a process killed here leaves the old one.
func (p *Phone) save() error {
	if p.file == "" {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	file := stateFile{
		Format: stateFormat, MAC: p.id.mac, Boots: p.flash.boots, LastBoot: p.flash.lastBoot, LastSource: p.flash.lastSource,
		Settings: []stateSetting{},
	}
	for _, s := range p.flash.sorted() {
		file.Settings = append(file.Settings, stateSetting{s.Name, s.Index, s.Perm, s.Value})
	}
	data, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	if err := writeAtomic(p.file, append(data, '\n')); err != nil {
		return fmt.Errorf("save the state of phone %s: %w", p.id.mac, err)
	}
	return nil
}

// writeAtomic fills a temporary file (mode 0600) beside the target and renames it, with both on disk at the end.
func writeAtomic(path string, data []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
