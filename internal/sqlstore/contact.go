package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func contactOf(r db.PhoneContact) (ztp.Contact, error) {
	mac, err := ztp.ParseMAC(r.Mac)
	if err != nil {
		return ztp.Contact{}, fmt.Errorf("column phone_contact.mac: %w", err)
	}
	c := ztp.Contact{
		Platform: ztp.PlatformID(r.PlatformID), MAC: mac, DeviceTokenHash: r.DeviceTokenHash, Account: ztp.AccountID(r.AccountID), TokenID: r.TokenID,
		Assurance: ztp.Assurance(r.Assurance), ProvenAt: instantOrZero(r.ProvenAt), AdmittedAt: instantOrZero(r.AdmittedAt),
		AdmittedUntil: instantOrZero(r.AdmittedUntil), AdmittedBy: r.AdmittedBy, PasswordHash: r.PasswordHash, PasswordAt: instantOrZero(r.PasswordAt),
		PasswordUsedAt: instantOrZero(r.PasswordUsedAt), PreviousHash: r.PreviousHash, AlarmedAt: instantOrZero(r.AlarmedAt),
		Waiting: ztp.Waiting(r.Waiting), WaitingSince: instantOrZero(r.WaitingSince), WaitingAt: instantOrZero(r.WaitingAt),
		WaitingAgent: r.WaitingAgent, OtherVisits: int(r.OtherVisits), Less: r.Less, Version: r.Version,
	}
	for _, line := range strings.Fields(r.Networks) {
		n, err := netip.ParsePrefix(line)
		if err != nil {
			return c, fmt.Errorf("column phone_contact.networks: %w", err)
		}
		c.Networks = append(c.Networks, n)
	}
	if c.Former, err = formerOf(r.Former); err != nil {
		return c, err
	}
	if c.WaitingNetwork, err = networkOrZero(r.WaitingNetwork); err != nil {
		return c, fmt.Errorf("column phone_contact.waiting_network: %w", err)
	}
	if c.AdmittedNetwork, err = networkOrZero(r.AdmittedNetwork); err != nil {
		return c, fmt.Errorf("column phone_contact.admitted_network: %w", err)
	}
	if c.Visitors, err = visitorsOf(r.Visitors); err != nil {
		return c, fmt.Errorf("column phone_contact.visitors: %w", err)
	}
	return c, nil
}

func networkOrZero(text string) (netip.Prefix, error) {
	if text == "" {
		return netip.Prefix{}, nil
	}
	return netip.ParsePrefix(text)
}

func networkText(n netip.Prefix) string {
	if !n.IsValid() {
		return ""
	}
	return n.String()
}

func networksText(all []netip.Prefix) string {
	lines := make([]string, len(all))
	for i, n := range all {
		lines[i] = n.String()
	}
	return strings.Join(lines, "\n")
}

// Contact returns what is known of the phone, without a row nothing.
func (s *Store) Contact(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) (ztp.Contact, error) {
	row, err := s.queries().GetContact(ctx, db.GetContactParams{PlatformID: string(p), Mac: mac.String()})
	if errors.Is(err, sql.ErrNoRows) {
		return ztp.Contact{}, nil
	}
	if err != nil {
		return ztp.Contact{}, s.fail(err, "phone")
	}
	return contactOf(row)
}

// ContactsOfMAC returns the row of every platform.
func (s *Store) ContactsOfMAC(ctx context.Context, mac ztp.MAC) ([]ztp.Contact, error) {
	rows, err := s.queries().ContactsOfMAC(ctx, mac.String())
	if err != nil {
		return nil, s.fail(err, "phone")
	}
	return mapRows(rows, contactOf)
}

// SaveContact inserts (version 0) or updates, with a new password where there is one.
func (s *Store) SaveContact(ctx context.Context, c ztp.Contact, password ztp.Secret) error {
	return s.inTx(ctx, func(t *Store) error {
		u := contactParams(c)
		if err := t.holdPhone(ctx, u); err != nil {
			return err
		}
		if !password.IsZero() {
			sealed, err := t.seal(ctx, passwordPlace(c.Platform, u.Mac), []byte(password.RevealSecret()))
			if err != nil {
				return err
			}
			u.Password = sealed
		}
		n, err := t.putContact(ctx, u)
		if t.dialect.classify(err) == classForeign {
			return ztp.NotFound("phone")
		}
		if err != nil {
			return s.fail(err, "phone")
		}
		if n == 0 {
			return outdated("phone")
		}
		if c.ProvenAt.IsZero() {
			return nil
		}
		err = t.queries().ForgetFormerContacts(ctx, db.ForgetFormerContactsParams{Mac: u.Mac, PlatformID: u.PlatformID})
		return s.fail(err, "phone")
	})
}

// holdPhone lets nothing be inserted for a phone whose life has ended, or ends now; what is
// there changes with that.
func (s *Store) holdPhone(ctx context.Context, u db.UpdateContactParams) (err error) {
	var alive bool
	if u.Version == 0 {
		err = s.tx.QueryRowContext(ctx, s.dialect.holdPhone, u.PlatformID, u.Mac, u.DeviceTokenHash).Scan(&alive)
		if err == nil && !alive {
			err = outdated("phone")
		}
	}
	return s.fail(err, "phone")
}

func (s *Store) putContact(ctx context.Context, u db.UpdateContactParams) (int64, error) {
	if u.Version != 0 {
		return s.queries().UpdateContact(ctx, u)
	}
	return s.queries().InsertContact(ctx, db.InsertContactParams{
		PlatformID: u.PlatformID, Mac: u.Mac, DeviceTokenHash: u.DeviceTokenHash, AccountID: u.AccountID, TokenID: u.TokenID,
		Assurance: u.Assurance, ProvenAt: u.ProvenAt, Networks: u.Networks, AdmittedAt: u.AdmittedAt, AdmittedUntil: u.AdmittedUntil,
		AdmittedBy: u.AdmittedBy, Password: u.Password, PasswordHash: u.PasswordHash, PasswordAt: u.PasswordAt,
		PasswordUsedAt: u.PasswordUsedAt, PreviousHash: u.PreviousHash, AlarmedAt: u.AlarmedAt, Waiting: u.Waiting,
		WaitingSince: u.WaitingSince, WaitingAt: u.WaitingAt, WaitingNetwork: u.WaitingNetwork, WaitingAgent: u.WaitingAgent,
		Less: u.Less, Former: u.Former, AdmittedNetwork: u.AdmittedNetwork, Visitors: u.Visitors, OtherVisits: u.OtherVisits,
	})
}

func contactParams(c ztp.Contact) db.UpdateContactParams {
	return db.UpdateContactParams{
		PlatformID: string(c.Platform), Mac: c.MAC.String(), DeviceTokenHash: c.DeviceTokenHash, AccountID: string(c.Account), TokenID: c.TokenID,
		Assurance: string(c.Assurance), ProvenAt: msOrNull(c.ProvenAt), Networks: networksText(c.Networks), AdmittedAt: msOrNull(c.AdmittedAt),
		AdmittedUntil: msOrNull(c.AdmittedUntil), AdmittedBy: c.AdmittedBy, PasswordHash: c.PasswordHash, PasswordAt: msOrNull(c.PasswordAt),
		PasswordUsedAt: msOrNull(c.PasswordUsedAt), PreviousHash: c.PreviousHash, AlarmedAt: msOrNull(c.AlarmedAt), Waiting: string(c.Waiting),
		WaitingSince: msOrNull(c.WaitingSince), WaitingAt: msOrNull(c.WaitingAt), WaitingNetwork: networkText(c.WaitingNetwork),
		WaitingAgent: c.WaitingAgent, Less: c.Less, Former: formerText(c.Former),
		AdmittedNetwork: networkText(c.AdmittedNetwork), Visitors: visitorsText(c.Visitors), OtherVisits: int64(c.OtherVisits), Version: c.Version,
	}
}

// ContactPassword opens the phone's HTTP password.
func (s *Store) ContactPassword(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) (ztp.Secret, error) {
	plain, err := s.opened(ctx, passwordPlace(p, mac.String()), func() ([]byte, error) {
		row, err := s.queries().GetContact(ctx, db.GetContactParams{PlatformID: string(p), Mac: mac.String()})
		if err == nil && row.Password == nil {
			err = sql.ErrNoRows
		}
		return row.Password, s.fail(err, "phone")
	})
	if err != nil {
		return ztp.Secret{}, err
	}
	return ztp.NewSecret(string(plain)), nil
}

// ListWaiting returns phones of the platform that wait, the longest first.
func (s *Store) ListWaiting(ctx context.Context, p ztp.PlatformID, cursor string, n int) (ztp.Page[ztp.Contact], error) {
	none := ztp.Page[ztp.Contact]{}
	after, err := readCursor(cursor, 2)
	if err != nil {
		return none, err
	}
	max := limit(n)
	params := db.ListWaitingParams{PlatformID: string(p), AfterSince: new(int64), MaxRows: int64(max) + 1}
	if after != nil {
		since, err := strconv.ParseInt(after[0], 10, 64)
		if err != nil {
			return none, badCursor()
		}
		params.AfterSince, params.AfterMac = &since, after[1]
	}
	rows, err := s.queries().ListWaiting(ctx, params)
	if err != nil {
		return none, s.fail(err, "phones")
	}
	items, err := mapRows(rows, contactOf)
	if err != nil {
		return none, err
	}
	return page(items, max, func(c ztp.Contact) string {
		return newCursor(strconv.FormatInt(ms(c.WaitingSince), 10), c.MAC.String())
	}), nil
}

// WaitingOf returns what is known of those of these phones that wait, on any platform and in
// no order: one question for up to a page of a list.
func (s *Store) WaitingOf(ctx context.Context, macs []ztp.MAC) ([]ztp.Contact, error) {
	if len(macs) == 0 {
		return nil, nil
	}
	text := make([]string, len(macs))
	for i, m := range macs {
		text[i] = m.String()
	}
	rows, err := s.ofMany().WaitingOf(ctx, listJSON(text))
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	return mapRows(rows, contactOf)
}

// CountWaiting counts waiting phones and alarms by platform.
func (s *Store) CountWaiting(ctx context.Context) (map[ztp.PlatformID]ztp.WaitingCounts, error) {
	counts := map[ztp.PlatformID]ztp.WaitingCounts{}
	waiting, err := s.queries().CountWaiting(ctx)
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	for _, r := range waiting {
		counts[ztp.PlatformID(r.PlatformID)] = ztp.WaitingCounts{Waiting: int(r.Phones)}
	}
	alarmed, err := s.queries().CountAlarmed(ctx)
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	for _, r := range alarmed {
		n := counts[ztp.PlatformID(r.PlatformID)]
		n.Alarmed = int(r.Phones)
		counts[ztp.PlatformID(r.PlatformID)] = n
	}
	return counts, nil
}
