package orchestrator

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// tokenHolder is whose a token is that was seen in an address.
type tokenHolder struct {
	account ztp.AccountID
	// tokenID is that of the account's current token, "" when it is an earlier one.
	tokenID string
	// elsewhere: another platform has it. unknown: nobody here has.
	elsewhere, unknown bool
}

// holderOf finds whose a token is. It is remembered for this run.
func (r *run) holderOf(ctx context.Context, token ztp.Secret) (tokenHolder, error) {
	if h, ok := r.accounts[token.RevealSecret()]; ok {
		return h, nil
	}
	h, err := r.findHolder(ctx, token)
	if err != nil {
		return h, err
	}
	if r.accounts == nil {
		r.accounts = map[string]tokenHolder{}
	}
	r.accounts[token.RevealSecret()] = h
	return h, nil
}

func (r *run) findHolder(ctx context.Context, token ztp.Secret) (tokenHolder, error) {
	acc, err := r.o.cfg.Store.AccountByToken(ctx, token)
	switch {
	case ztp.IsCode(err, ztp.CodeNotFound):
		return tokenHolder{unknown: true}, nil
	case err != nil:
		return tokenHolder{}, &storeError{err}
	case acc.Platform != r.op.Platform:
		return tokenHolder{elsewhere: true}, nil
	}
	h := tokenHolder{account: acc.ID}
	current, err := r.o.cfg.Store.OpenToken(ctx, acc.Platform, acc.ID, acc.TokenID)
	if err != nil {
		return h, openFailure(err)
	}
	if current.Equal(token) {
		h.tokenID = acc.TokenID
	}
	return h, nil
}
