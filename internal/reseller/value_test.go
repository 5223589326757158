package reseller_test

import (
	"strings"
	"testing"

	"zerotouch.example/internal/reseller"
)

func TestParseValue(t *testing.T) {
	t.Parallel()
	good := func(secret string) string { return `{"key_id":"ck_1","key_secret":"` + secret + `"}` }
	for _, value := range []string{
		good("12345678"), good(strings.Repeat("x", 512)), good("with a space"), good(`quote\"and\\slash`), " " + good(canary) + "\n",
	} {
		if _, err := reseller.ParseValue(value); err != nil {
			t.Errorf("%.60q: %v", value, err)
		}
	}
	for name, value := range map[string]string{
		"empty":             ``,
		"null":              `null`,
		"array":             `["` + canary + `"]`,
		"string":            `"` + canary + `"`,
		"cut off":           `{"key_id":"ck_1","key_secret":"` + canary,
		"cut after":         `{"key_id":"ck_1","key_secret":"` + canary + `"`,
		"cut after colon":   `{"key_id":"ck_1","key_secret":`,
		"no secret":         `{"key_id":"ck_1"}`,
		"no id":             `{"key_secret":"` + canary + `"}`,
		"secret as a name":  `{"` + canary + `":"ck_1"}`,
		"other case":        `{"Key_ID":"ck_1","key_secret":"` + canary + `"}`,
		"unknown field":     `{"key_id":"ck_1","key_secret":"` + canary + `","url":"x"}`,
		"twice":             `{"key_id":"ck_1","key_id":"ck_2","key_secret":"` + canary + `"}`,
		"number":            `{"key_id":1,"key_secret":"` + canary + `"}`,
		"nested":            `{"key_id":{"a":"` + canary + `"},"key_secret":"` + canary + `"}`,
		"null secret":       `{"key_id":"ck_1","key_secret":null}`,
		"trailing":          good(canary) + `{"more":"` + canary + `"}`,
		"trailing comma":    `{"key_id":"ck_1","key_secret":"` + canary + `",}`,
		"id with a slash":   `{"key_id":"a/b","key_secret":"` + canary + `"}`,
		"secret too short":  good("1234567"),
		"secret too long":   good(strings.Repeat("x", 513)),
		"secret with break": good(canary + `\n`),
		"secret not ASCII":  good(canary + "ü"),
		"role with break":   `{"key_id":"ck_1","key_secret":"` + canary + `","role":"a\nb"}`,
	} {
		got, err := reseller.ParseValue(value)
		if err == nil || got.ID != "" || !got.Secret.IsZero() {
			t.Errorf("%s: accepted, or %v returned beside the error", name, got)
			continue
		}
		if strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "ck_1") {
			t.Errorf("%s: the error repeats the value: %v", name, err)
		}
	}
}

func FuzzParseValue(f *testing.F) {
	f.Add(`{"key_id":"ck_1","key_secret":"12345678"}`)
	f.Add(`{"key_id":"ck_1","key_secret":"12345678","role":"r"} `)
	f.Add(`{"a":[{}]}`)
	f.Fuzz(func(t *testing.T, value string) {
		key, err := reseller.ParseValue(value)
		if (err == nil) == (key.ID == "" || key.Secret.IsZero()) {
			t.Errorf("%q: key %v and error %v do not agree", value, key, err)
		}
	})
}
