package provision

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// lookupTimeout bounds all questions to the database for one phone. A phone
	// that waits longer than 5 s may give up for good until its next start.
	lookupTimeout = 4 * time.Second
	// touchEvery is how exactly "last fetched" is kept, so that a phone in a loop
	// costs no write per request.
	touchEvery = time.Minute
)

// errNotHere: this phone gets no file here, for a reason that only the log tells.
type errNotHere string

func (e errNotHere) Error() string { return string(e) }

// errUnclaimed: a phone that nobody has registered, with the token of an account.
const errUnclaimed = errNotHere("MAC not registered")

// phone answers /p/<rest>.
func (s *server) phone(w http.ResponseWriter, r *http.Request, rest string) {
	at, ok := parseAddress(rest)
	from := s.where(r)
	if !ok || s.guessed(from, at) { // of a scan nothing is noted for each phone
		s.failed(r.Context(), &caller{from: from})
		notHere(w)
		return
	}
	ctx := newWithin(r.Context(), s.patience)
	defer ctx.end()
	c := callers.Get().(*caller)
	c.at, c.from, c.agent = at, from, cleanAgent(r.UserAgent())
	defer c.gone()
	verdict, f, err := s.answer(ctx, r, c)
	if err != nil {
		verdict, f, err = s.instead(r, c, err)
	}
	defer f.sent()
	s.saw(c, s.reply(ctx, w, r, c, verdict, f, err))
}

// of are the attributes of every line about a phone.
func (c *caller) of(more ...slog.Attr) []slog.Attr {
	return append([]slog.Attr{
		slog.String("mac", c.at.mac.String()), slog.String("platform", c.platform.Slug), slog.String("account", c.account.Slug),
		slog.String("user_agent", c.agent),
	}, more...)
}

// tell says what came of a request.
func (s *server) tell(ctx context.Context, level slog.Level, message string, attrs []slog.Attr) {
	if !s.cfg.Tell(ctx, level, message, attrs...) {
		s.cfg.Log.LogAttrs(ctx, level, message, append(attrs, slog.String("request_id", s.cfg.RequestID(ctx)))...)
	}
}

// reply answers with what was found, and tells what that was.
func (s *server) reply(ctx context.Context, w http.ResponseWriter, r *http.Request, c *caller, verdict ztp.Verdict, f file, err error) ztp.Fetch {
	log := func(level slog.Level, message string, more ...slog.Attr) {
		s.tell(r.Context(), level, message, c.of(more...))
	}
	var refused errNotHere
	switch {
	case errors.As(err, &refused):
		if refused == errUnclaimed {
			s.notes.phone(ztp.UnclaimedPhone{Platform: c.platform.ID, Account: c.account.ID, MAC: c.at.mac, FirstAt: s.now(), LastAt: s.now(),
				Network: ztp.NetworkOf(c.from), Agent: c.agent})
		}
		log(slog.LevelInfo, "phone not served", slog.String("reason", string(refused)))
		s.failed(r.Context(), c)
		notHere(w)
		return refusal(refused)
	case err != nil && r.Context().Err() != nil:
		log(slog.LevelInfo, "phone has gone before it was answered")
		notNow(w)
		return ztp.Fetch{Result: ztp.FetchTrouble}
	case errors.Is(err, errLoop):
		log(slog.LevelWarn, "phone not served", slog.Any("err", err))
		notNow(w)
		return ztp.Fetch{Result: ztp.FetchTrouble}
	case err != nil:
		log(slog.LevelError, "phone not served", slog.Any("err", err))
		notNow(w)
		return ztp.Fetch{Result: ztp.FetchTrouble}
	case c.trouble != nil:
		return s.heldOver(r.Context(), w, r, c, f)
	case verdict.Answer == ztp.AnswerChallenge:
		log(slog.LevelInfo, "phone asked for its password")
		sayPassword(w)
		return ztp.Fetch{Result: ztp.FetchChallenge}
	case verdict.Answer == ztp.AnswerHolding:
		status := f.send(w, r)
		log(slog.LevelInfo, "phone waits", slog.String("reason", string(verdict.Waiting)))
		return sent(verdict, r, status, f)
	}
	s.touch(ctx, r, c)
	status := f.send(w, r)
	log(slog.LevelInfo, "phone served", slog.String("assurance", string(verdict.Assurance)))
	return sent(verdict, r, status, f)
}

// guessed reports whether the answer is known already: from an address with too many
// failures, a token that nobody had a short while ago, and that is not known to be
// somebody's since: an office behind one address has phones that were just registered.
func (s *server) guessed(from netip.Addr, at address) bool {
	now := s.now()
	if !s.budget.spent(from, now) {
		return false
	}
	if _, wrong := s.budget.wrong.age(at.accountHash, now); !wrong {
		return false
	}
	x := s.feed.index.Load()
	return x == nil || x.look(at).holder.Hash == ""
}

// answerTries is how often it is begun anew because the phone was changed, or another
// request of it was saved, in between.
const answerTries = 5

// answer finds out who asks, decides, and makes the file. What is to be kept of it is
// committed after that, so that nothing counts as a success for which no file came out, and
// before the answer, so that a phone never holds what nobody here knows.
func (s *server) answer(ctx context.Context, r *http.Request, c *caller) (ztp.Verdict, file, error) {
	defer s.done(c) // after a crash, too
	if err := s.recall(ctx, c); err != nil {
		return ztp.Verdict{}, file{}, err
	}
	for try := 1; ; try++ {
		verdict, f, err := s.answerNow(ctx, r, c)
		if !ztp.IsCode(err, ztp.CodeFormOutdated) || try == answerTries {
			return verdict, f, err
		}
		c.forget(s.cfg.Store)
	}
}

func (s *server) answerNow(ctx context.Context, r *http.Request, c *caller) (ztp.Verdict, file, error) {
	if err := s.identify(ctx, c); err != nil {
		return ztp.Verdict{}, file{}, err
	}
	if !c.platform.HomeSince.IsZero() && !c.moved {
		wanted := ztp.SettingsFor(c.endpoint)
		wanted.Home = true
		f, err := s.render(c, wanted)
		return ztp.Verdict{Answer: ztp.AnswerURL}, f, err
	}
	if err := s.ready(ctx, c); err != nil {
		return ztp.Verdict{}, file{}, err
	}
	verdict, err := s.decide(ctx, r, c)
	if err != nil {
		return verdict, file{}, err
	}
	password := newPassword(verdict)
	f, err := s.settings(ctx, c, verdict, password)
	if err != nil {
		return verdict, file{}, err
	}
	err = s.keep(ctx, c, verdict, password)
	switch {
	case err == nil:
	case !ztp.IsCode(err, ztp.CodeFormOutdated) && expendable(c.contact, verdict):
		s.tell(ctx, slog.LevelWarn, "what came of a phone's visit is not kept", c.of(slog.Any("err", err))) // the next time
	default:
		f.sent() // which it will not be
		return verdict, file{}, err
	}
	return verdict, f, nil
}

// touch records the fetch. A phone gets its file whether that works or not. The first one
// is recorded at once where it was not with the contact, and so is that of a phone that goes
// home; others are noted.
func (s *server) touch(ctx context.Context, r *http.Request, c *caller) {
	missed := func(what string, err error) {
		s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, what, c.of(slog.String("request_id", s.cfg.RequestID(ctx)), slog.Any("err", err))...)
	}
	if c.endpoint.PlainURL && !c.at.device.IsZero() && !c.away {
		if err := s.cfg.Store.LeavePlainURL(ctx, c.endpoint.Platform, c.at.mac); err != nil {
			missed("coming by its own URL not recorded", err)
		}
	}
	now := s.now()
	if c.tokenID != "" {
		s.notes.token(usedToken{c.account.Platform, c.account.ID, c.tokenID}, now)
	}
	known := now.Sub(c.endpoint.FetchedAt) < touchEvery && !c.endpoint.FetchedAt.Before(c.platform.HomeSince)
	if r.Method != http.MethodGet || known || c.goes() {
		return
	}
	if c.away || !c.endpoint.FetchedAt.IsZero() && c.platform.HomeSince.IsZero() {
		s.notes.touch(ztp.FetchedPhone{Platform: c.endpoint.Platform, MAC: c.at.mac, DeviceTokenHash: c.endpoint.DeviceTokenHash}, now)
		return
	}
	if err := s.cfg.Store.TouchEndpoint(ctx, c.endpoint.Platform, c.at.mac, now); err != nil {
		missed("fetch not recorded", err)
	}
}
