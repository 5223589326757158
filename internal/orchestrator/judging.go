package orchestrator

import (
	"fmt"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// differences says how the two sides of a link compare, from what stood still while the
// vendor was read. Absence and change are not judged as long as the vendor may not
// show everywhere what was done last.
func (c *reconciliation) differences(s standing, got seen, address ztp.Secret) []ztp.ReconciliationRow {
	j := judging{c: c, standing: s, seen: got, labels: s.link.Labels(c.o.cfg.Installation)}
	j.others()
	switch {
	case s.link.CompanyID == "":
		return j.rows
	case got.gone:
		j.found(ztp.RowCompany, ztp.ReasonCompanyGone, "", s.link.CompanyName, "")
	case got.taken:
		j.found(ztp.RowCompany, ztp.ReasonCompanyTaken, "", s.link.CompanyName, "")
	default:
		j.company()
		j.keys()
		j.profiles(address)
	}
	return j.settle(c.o.now())
}

// judging compares the two sides of one link.
type judging struct {
	c *reconciliation
	standing
	seen
	labels ztp.Labels
	rows   []ztp.ReconciliationRow
}

func (j *judging) found(kind ztp.RowKind, reason ztp.RowReason, object, name, detail string) {
	j.rows = append(j.rows, j.c.row(j.link, kind, reason, j.link.CompanyID, object, name, detail))
}

// others are companies that carry the link's label and are not the recorded one.
func (j *judging) others() {
	for _, v := range j.seen.others {
		reason, detail := ztp.ReasonCompanyLeft, ""
		if j.link.CompanyID != "" {
			reason, detail = ztp.ReasonCompanyDuplicate, "Recorded is company "+j.link.CompanyID+"."
		}
		j.rows = append(j.rows, j.c.row(j.link, ztp.RowCompany, reason, v.ID, "", v.Name, detail))
	}
}

// company compares the name. The platform may have been renamed since, so a whole
// label of this link is as good as the recorded name. What was recorded after the list
// was read says nothing of it.
func (j *judging) company() {
	if n := j.seen.name; n != "" && j.link.CompanyName != "" && j.link.UpdatedAt.Before(j.c.rc.StartedAt) && n != j.link.CompanyName && !j.labels.OwnsCompany(n) {
		j.found(ztp.RowCompany, ztp.ReasonCompanyRenamed, "", n, "It was called "+j.link.CompanyName+".")
	}
}

// kept is a company without a key, and how it came to be so where somebody wanted that: a
// rebuild, for one, may have put none in force.
func (j *judging) kept() {
	how := ""
	if !j.link.DisabledAt.IsZero() {
		how = fmt.Sprintf("%s disabled it on %s.", j.link.DisabledBy, j.link.DisabledAt.UTC().Format(time.DateOnly))
	}
	j.found(ztp.RowCompany, ztp.ReasonCompanyKept, "", j.link.CompanyName, how)
}

func (j *judging) keys() {
	if j.refused {
		active := j.active()
		j.key(ztp.ReasonKeyRefused, active.Number, active.VendorID, active.Label)
	}
	if !j.keysKnown {
		return
	}
	s, notGiven := matchKeys(j.labels, j.seen.keys, j.standing.keys)
	for _, row := range j.standing.keys {
		k, there := s.at[row.Number]
		switch {
		case row.Number == j.link.Active && !there:
			j.rows = slices.DeleteFunc(j.rows, func(r ztp.ReconciliationRow) bool { return r.Reason == ztp.ReasonKeyRefused })
			j.key(ztp.ReasonKeyGone, row.Number, row.VendorID, row.Label)
		case row.Number == j.link.Active:
			if row.Label != "" && k.Name != row.Label {
				j.key(ztp.ReasonKeyRenamed, row.Number, k.ID, k.Name)
			}
		case there:
			j.key(ztp.ReasonKeyLeft, row.Number, k.ID, k.Name)
		case row.State.Live():
			j.key(ztp.ReasonKeyLeftGone, row.Number, row.VendorID, row.Label)
		}
	}
	for _, k := range notGiven {
		n, _ := j.labels.KeyNumber(k.Name)
		reason := ztp.ReasonKeyUnknown
		if slices.ContainsFunc(j.link.Later, func(l ztp.VendorKey) bool { return l.ID == k.ID }) {
			reason = ztp.ReasonKeyLater
		}
		j.key(reason, n, k.ID, k.Name)
	}
	for _, k := range s.foreign {
		j.found(ztp.RowKey, ztp.ReasonKeyForeign, k.ID, k.Name, "")
	}
}

func (j *judging) active() ztp.Credential {
	i := slices.IndexFunc(j.standing.keys, func(c ztp.Credential) bool { return c.Number == j.link.Active })
	if i < 0 {
		return ztp.Credential{Number: j.link.Active}
	}
	return j.standing.keys[i]
}

func (j *judging) key(reason ztp.RowReason, number int, id, name string) {
	r := j.c.row(j.link, ztp.RowKey, reason, j.link.CompanyID, id, name, "")
	r.Number = number
	j.rows = append(j.rows, r.WithID())
}

// profiles compares by recorded id. Their address contains a token: what it is now is
// never said.
func (j *judging) profiles(address ztp.Secret) {
	if !j.profilesKnown {
		return
	}
	at := map[string]ztp.VendorProfile{}
	for _, p := range j.seen.profiles {
		at[p.ID] = p
	}
	for _, group := range sortedKeys(j.link.Profiles) {
		id := j.link.Profiles[group]
		p, there := at[id]
		delete(at, id)
		if !there {
			j.found(ztp.RowProfile, ztp.ReasonProfileGone, id, j.labels.Profile(group), group)
			continue
		}
		if p.Name != j.labels.Profile(group) {
			j.found(ztp.RowProfile, ztp.ReasonProfileRenamed, id, p.Name, fmt.Sprintf("It was called %s.", j.labels.Profile(group)))
		}
		if !p.Enabled {
			j.found(ztp.RowProfile, ztp.ReasonProfilePaused, id, p.Name, group)
		}
		if !address.IsZero() && !p.URL.Equal(address) {
			j.found(ztp.RowProfile, ztp.ReasonProfileAddress, id, p.Name, group)
		}
	}
	for _, p := range j.seen.profiles {
		if _, left := at[p.ID]; !left {
			continue
		}
		delete(at, p.ID)
		reason := ztp.ReasonProfileForeign
		if l, ok := ztp.ParseObjectLabel(p.Name); ok && j.labels.Profile(l.Rest) == p.Name {
			reason = ztp.ReasonProfileDuplicate
		}
		j.found(ztp.RowProfile, reason, p.ID, p.Name, "")
	}
}

// lasting are findings that no lag of the vendor explains: what is there and was never
// made here.
var lasting = []ztp.RowReason{
	ztp.ReasonKeyForeign, ztp.ReasonKeyUnknown, ztp.ReasonKeyLater, ztp.ReasonProfileForeign, ztp.ReasonCompanyDuplicate, ztp.ReasonCompanyLeft,
}

// settle drops what is too early to be judged, and adds what the link comes to as a
// whole.
func (j *judging) settle(now time.Time) []ztp.ReconciliationRow {
	n := len(j.rows)
	if j.young(now) {
		j.rows = slices.DeleteFunc(j.rows, func(r ztp.ReconciliationRow) bool { return !slices.Contains(lasting, r.Reason) })
	}
	switch {
	case len(j.rows) < n:
		j.found(ztp.RowCompany, ztp.ReasonSettling, "", j.link.CompanyName, "")
	case j.unread != nil:
		j.rows = append(j.rows, j.c.notRead(j.link, j.unread)...)
	case n > 0:
	case j.link.Active == 0:
		j.kept()
	default:
		j.found(ztp.RowCompany, ztp.ReasonMatches, "", j.link.CompanyName, "")
	}
	return j.rows
}

// young reports whether the vendor may not yet show everywhere what was done here.
func (j *judging) young(now time.Time) bool {
	last := j.link.UpdatedAt
	for _, c := range j.standing.keys {
		for _, at := range []time.Time{c.Deadline, c.CreatedAt, c.VerifiedAt, c.RevokedAt} {
			if at.After(last) {
				last = at
			}
		}
	}
	return now.Before(last.Add(j.c.info.Settle))
}
