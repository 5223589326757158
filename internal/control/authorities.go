package control

import (
	"context"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// trustedFor is how long what is known of certificates in settings is believed: to find
	// them takes a look at all settings, and they end on a day.
	trustedFor = 10 * time.Minute
	// trustedMost is how many values are looked at.
	trustedMost = 1000
)

// trusted is what was found last.
type trusted struct {
	mu  sync.Mutex
	at  time.Time
	all []ztp.TrustedAuthority
}

// authorities are the certificates that phones are told to trust by settings.
func (c *Control) authorities(ctx context.Context) ([]ztp.TrustedAuthority, error) {
	t, now := &c.trusted, c.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if age := now.Sub(t.at); age >= 0 && age < trustedFor {
		return t.all, nil
	}
	set, err := c.cfg.Store.SettingsNamed(ctx, ztp.SettingCACertificates, trustedMost)
	if err != nil {
		return nil, err
	}
	t.all, t.at = ztp.TrustedAuthorities(set), now
	return t.all, nil
}
