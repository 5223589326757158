package orchestrator_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// TestNoSecretLeaks tells a long story with refusals, lost answers and a killed
// process, then looks for every secret in all that was written and answered.
func TestNoSecretLeaks(t *testing.T) {
	t.Parallel()
	log := &lockedBuffer{}
	w := newWorld(t, worldOptions{})
	w.log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.start()
	secrets := w.longStory()

	places := map[string][]byte{"log": log.b.Bytes(), "answers": w.answers()}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		raw, err := os.ReadFile(w.file + suffix)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		places["file"+suffix] = raw
	}
	if len(places["log"]) == 0 || len(places["file"]) == 0 || len(secrets) < 10 {
		t.Fatalf("log of %d bytes, file of %d, %d secrets", len(places["log"]), len(places["file"]), len(secrets))
	}
	for place, raw := range places {
		for i, s := range secrets {
			for form, text := range map[string]string{"plain": s, "hex": hex.EncodeToString([]byte(s)), "base64": base64.StdEncoding.EncodeToString([]byte(s))[:len(s)/3*4]} {
				if bytes.Contains(raw, []byte(text)) {
					t.Errorf("secret %d stands in the %s, %s", i, place, form)
				}
			}
		}
	}
}

// longStory goes through every action and returns all secrets that occurred.
func (w *world) longStory() []string {
	w.t.Helper()
	ctx := context.Background()
	w.press(ztp.KindOnboard)
	w.register(phone)
	w.register(strangers)
	w.sim.AddFault(srapssim.Fault{Method: "POST", Resource: srapssim.ResourceTokens, Nth: 1, Do: srapssim.DoLoseAnswer})
	w.press(ztp.KindRotate)
	w.sim.AddFault(srapssim.Fault{Method: "POST", Resource: srapssim.ResourceTokens, Nth: 1, Do: srapssim.DoTruncate})
	w.press(ztp.KindRotate)
	w.store.at, w.store.fault = w.store.n+5, killAfter
	w.press(ztp.KindRotate)
	w.refuse("PUT", srapssim.ResourceEndpoints, 400)
	w.register(ztp.MAC{0x00, 0x04, 0x13, 4, 4, 4})
	w.sim.ClearFaults()
	w.rotateExposed()
	if _, _, err := w.control.IssueToken(ctx, admin, w.p.Slug, w.account.Slug, control.NewToken{}); err != nil {
		w.t.Fatal(err)
	}
	w.press(ztp.KindUpdateAddress)
	w.sim.DeleteKey(w.activeKey())
	w.daily()
	w.press(ztp.KindDisable)

	w.p, w.account = w.another("Second Voice")
	company := w.sim.AddCompany(w.own(), "by hand")
	wrong := ztp.APIKey{ID: w.paste(company).ID, Secret: ztp.NewSecret("pasted-and-wrong-secret-0123456789")}
	w.connect(wrong)
	w.connect(w.paste(company))
	w.replace(w.paste(company))
	w.register(ztp.MAC{0x00, 0x04, 0x13, 5, 5, 5})
	w.force()

	secrets := append(w.sim.Secrets(), wrong.Secret.RevealSecret(), reseller.Secret)
	return append(secrets, w.tokens()...)
}

// tokens opens every provisioning token that was ever issued.
func (w *world) tokens() []string {
	w.t.Helper()
	var out []string
	for _, row := range w.dump() {
		if row["table"] != "account_token" {
			continue
		}
		s, err := w.base.OpenToken(context.Background(), ztp.PlatformID(row["platform_id"]), ztp.AccountID(row["account_id"]), row["id"])
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, s.RevealSecret())
	}
	if len(out) < 3 {
		w.t.Fatalf("want three tokens at least, got %d", len(out))
	}
	return out
}

// answers is everything that pages and the API can show, as JSON and as text.
func (w *world) answers() []byte {
	w.t.Helper()
	ctx := context.Background()
	var all []any
	must := func(v any, err error) {
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, v)
	}
	platforms, err := w.control.ListPlatforms(ctx, admin, ztp.PlatformQuery{Limit: 100})
	must(platforms, err)
	for _, p := range platforms.Items {
		must(w.control.ListAccounts(ctx, admin, p.Slug, "", 100))
		must(w.control.ListEndpoints(ctx, admin, p.Slug, ztp.EndpointQuery{Limit: 100}))
		must(w.control.Preflight(ctx, admin, p.Slug, "snom", ztp.KindOnboard))
	}
	must(w.control.ListOperations(ctx, admin, ztp.OperationQuery{Limit: 1000}))
	must(w.control.Events(ctx, admin, ztp.EventQuery{Limit: 1000}))
	must(w.control.Health(ctx, admin))
	_, err = w.control.Connect(ctx, admin, w.p.Slug, "snom", control.ConnectRequest{APIKey: ztp.APIKey{ID: "bad id", Secret: ztp.NewSecret("pasted-and-wrong-secret-0123456789")}})
	all = append(all, fmt.Sprint(err))
	raw, err := json.Marshal(all)
	if err != nil {
		w.t.Fatal(err)
	}
	return fmt.Appendf(raw, "%+v %#v", all, all)
}
