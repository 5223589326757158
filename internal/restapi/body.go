package restapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// twicePrefix begins the error of a body that has a field twice; its name follows.
const twicePrefix = "twice: "

// unmarshal is json.Unmarshal, but refuses what that would decide silently: of a
// field that is there twice, the last one would win, and a proxy or a log may have
// gone by the first. huma calls it with an *any before it fills the real type.
func unmarshal(data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return err
	}
	if _, first := v.(*any); !first {
		return nil
	}
	name, err := twice(json.NewDecoder(bytes.NewReader(data)), "")
	if err == nil && name != "" {
		err = errors.New(twicePrefix + name)
	}
	return err
}

// twice reads one value and returns the path of the first field in it that its
// object has already, "" for none.
func twice(d *json.Decoder, path string) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", err
	}
	if t != json.Delim('{') && t != json.Delim('[') {
		return "", nil
	}
	seen := map[string]bool{}
	for n := 0; d.More(); n++ {
		at := path + "[" + strconv.Itoa(n) + "]"
		if t == json.Delim('{') {
			key, err := d.Token()
			if err != nil {
				return "", err
			}
			name, _ := key.(string)
			if at = name; path != "" {
				at = path + "." + name
			}
			if seen[name] {
				return at, nil
			}
			seen[name] = true
		}
		if found, err := twice(d, at); err != nil || found != "" {
			return found, err
		}
	}
	_, err = d.Token() // its end
	return "", err
}
