package ztp

import "strconv"

// MaxSettingChanges is how many values one request changes at most.
const MaxSettingChanges = 1000

// Check decides whether the actor may make these changes in that scope, and whether the
// values are right; it returns them with Secret set, and certificates as they are stored. Nothing of it is done when one is
// not. Errors name the setting and never show a value.
func (b SettingBook) Check(r Role, scope SettingScope, changes []SettingChange) ([]SettingChange, error) {
	if len(changes) == 0 || len(changes) > MaxSettingChanges {
		return nil, Invalid("settings", "Give 1 to "+strconv.Itoa(MaxSettingChanges)+" settings at once.")
	}
	fields, seen := map[string]string{}, map[string]bool{}
	checked := make([]SettingChange, 0, len(changes))
	for _, c := range changes {
		info, err := b.Info(c.Name)
		if err != nil {
			fields[fieldOf(c)] = AsError(err).Fields["name"]
			continue
		}
		if !info.MaySet(r) {
			return nil, Errorf(CodeNotAllowed, "%s is set by super-admins alone: %s.", c.Name, info.Why)
		}
		if why := info.refuse(scope, c); why != "" {
			fields[fieldOf(c)] = why
		} else if !c.Unset {
			c.Value = info.normal(c.Value)
		}
		if seen[c.Label()] {
			fields[fieldOf(c)] = "It stands in the request twice."
		}
		seen[c.Label()], c.Secret = true, info.Secret
		checked = append(checked, c)
	}
	return checked, InvalidFields(fields)
}

// fieldOf names a change in an error. A name that is none may be a value in the wrong
// place, and is cut.
func fieldOf(c SettingChange) string {
	const most = 64
	label := []rune(c.Label())
	for i, r := range label {
		if isControl(r) {
			label[i] = '?'
		}
	}
	if len(label) > most {
		label = append(label[:most], '…')
	}
	return string(label)
}

// refuse says why the change can't stand there, "" when it can.
func (i SettingInfo) refuse(scope SettingScope, c SettingChange) string {
	switch {
	case c.Index < 0 || c.Index > i.Indexes:
		if i.Indexes == 0 {
			return "It exists once: leave the number away."
		}
		return "The number is 1 to " + strconv.Itoa(i.Indexes) + "."
	case c.Index == 0 && i.Indexes > 0 && !i.EveryLine && !i.indexFree():
		return "Say which one: " + string(i.Name) + "[1] to " + i.Name.Label(i.Indexes) + "."
	case c.Unset:
		return ""
	case i.PhoneOnly && scope.Layer() != LayerEndpoint:
		return "It is of one phone: set it there."
	}
	return i.Check(c.Value.RevealSecret())
}

// indexFree: a vendor's own settings may have an index or none; the vendor knows.
func (i SettingInfo) indexFree() bool {
	_, _, free := i.Name.Free()
	return free
}
