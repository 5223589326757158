package ztp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

const canary = "canary-of-the-secret"

// leaks reports whether the text holds the canary, as it is or in hexadecimal.
func leaks(s string) bool {
	return strings.Contains(s, canary) || strings.Contains(strings.ToLower(s), fmt.Sprintf("%x", canary))
}

// holder has a secret where fmt finds it but may call no method of it.
type holder struct {
	Name   string
	hidden ztp.Secret
	nested struct{ key ztp.APIKey }
}

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	secret := ztp.NewSecret(canary)
	key := ztp.APIKey{ID: "ck_1", Secret: secret}
	inside := holder{Name: "h", hidden: secret}
	inside.nested.key = key
	values := []any{
		secret, &secret, []ztp.Secret{secret}, map[string]ztp.Secret{"a": secret}, key, &key, inside, &inside,
		struct{ s any }{secret}, ztp.VendorProfile{URL: secret}, ztp.PhoneSettings{URL: secret},
	}
	// %p and %w are the ones for which fmt asks no method; held in variables, since
	// vet refuses them where it sees them.
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%t", "%e", "%c", "%U", "%p", "%w", "%T", "%z", "%10.3s"} {
		for _, v := range values {
			if got := fmt.Sprintf(verb, v); leaks(got) {
				t.Errorf("Sprintf(%q) of %T: %s", verb, v, got)
			}
			if got := fmt.Errorf("a: "+verb, v).Error(); leaks(got) {
				t.Errorf("Errorf(%q) of %T: %s", verb, v, got)
			}
		}
	}
	if got := fmt.Sprint(secret); got != "[redacted]" {
		t.Errorf("want [redacted], got %s", got)
	}
}

func TestSecretNeverEncodes(t *testing.T) {
	t.Parallel()
	secret := ztp.NewSecret(canary)
	inside := holder{Name: "h", hidden: secret}
	for _, v := range []any{secret, &secret, map[string]any{"a": secret}, ztp.APIKey{Secret: secret}, inside} {
		b, err := json.Marshal(v)
		if err != nil || leaks(string(b)) {
			t.Errorf("json of %T: %s, %v", v, b, err)
		}
	}
	text, err := secret.MarshalText()
	if err != nil || leaks(string(text)) {
		t.Errorf("text: %s, %v", text, err)
	}
	var out bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		log := slog.New(h)
		log.Info("a", "secret", secret, "pointer", &secret, "key", ztp.APIKey{Secret: secret}, "inside", inside,
			slog.Group("g", "secret", secret), "err", fmt.Errorf("with %v", secret), "list", []any{secret, inside})
		log.With("secret", secret).Info("b")
	}
	if out.Len() == 0 || leaks(out.String()) {
		t.Errorf("log: %s", out.String())
	}
	e := &ztp.Error{Code: ztp.CodeInternal, Detail: fmt.Sprint(secret), Err: fmt.Errorf("x: %v", ztp.APIKey{ID: "a", Secret: secret})}
	if leaks(e.Error()) || leaks(errors.Join(e).Error()) {
		t.Errorf("error: %v", e)
	}
}

func TestSecretValue(t *testing.T) {
	t.Parallel()
	secret := ztp.NewSecret(canary)
	if got := secret.RevealSecret(); got != canary {
		t.Errorf("RevealSecret: %q", got)
	}
	for _, c := range []struct {
		a, b  ztp.Secret
		equal bool
	}{
		{secret, ztp.NewSecret(canary), true},
		{secret, ztp.NewSecret(canary + "x"), false},
		{secret, ztp.Secret{}, false},
		{ztp.Secret{}, ztp.NewSecret(""), true},
	} {
		if c.a.Equal(c.b) != c.equal || c.b.Equal(c.a) != c.equal {
			t.Errorf("Equal of %q and %q is not %v", c.a.RevealSecret(), c.b.RevealSecret(), c.equal)
		}
	}
	if !(ztp.Secret{}).IsZero() || !ztp.NewSecret("").IsZero() || secret.IsZero() || (ztp.Secret{}).RevealSecret() != "" {
		t.Error("IsZero is wrong")
	}
}
