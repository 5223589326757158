package sqlstore

import "strconv"

// TicketKey is the key of TLS session tickets for a period of time, the same in every
// process on this database. It is derived from the keyset that seals what phones need, so
// nothing is stored, and what changes that keyset's key ends the tickets from before: a
// rotation, and SplitPhones. The database is not asked.
func (s *Store) TicketKey(period int64) ([32]byte, error) {
	h := s.held.Load()
	return h.sealing(forPassword).Derive("tls-ticket", s.installation, strconv.FormatInt(period, 10))
}
