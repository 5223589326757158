package provision

import (
	"context"
	"net/http"

	"zerotouch.example/internal/ztp"
)

// challenge answers a check of our own address: the answer that whoever checks
// put into the database under this nonce. Any replica can give it.
func (s *server) challenge(w http.ResponseWriter, r *http.Request, nonce string) {
	if !noncePattern.MatchString(nonce) {
		notHere(w)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), lookupTimeout)
	defer cancel()
	answer, err := s.cfg.Store.Challenge(ctx, nonce, s.now())
	switch {
	case ztp.IsCode(err, ztp.CodeNotFound):
		notHere(w)
	case err != nil:
		s.cfg.Log.Error("address check not answered", "request_id", s.cfg.RequestID(r.Context()), "err", err)
		notNow(w)
	default:
		plain(w, http.StatusOK, answer)
	}
}
