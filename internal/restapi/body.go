package restapi

import (
	"bytes"
	"encoding/json"
	"strconv"

	"zerotouch.example/internal/ztp"
)

// parse reads a body as JSON, and refuses what json.Unmarshal would decide silently:
// of a field that is there twice, the last one would win, and a proxy or a log may
// have gone by the first.
func parse(data []byte) (any, error) {
	var v any
	if json.Unmarshal(data, &v) != nil {
		return nil, ztp.Invalid("body", "This is not valid JSON.")
	}
	name, err := twice(json.NewDecoder(bytes.NewReader(data)), "")
	if err == nil && name != "" {
		return nil, ztp.Invalid(readable(name), "This field is there twice. Send it once.")
	}
	return v, err
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
