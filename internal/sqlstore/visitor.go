package sqlstore

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"zerotouch.example/internal/ztp"
)

// visitorsOf reads the column: a network, why it waits, when it came first and last, and what
// it says it is, a line.
func visitorsOf(text string) (all []ztp.Visitor, err error) {
	for line := range strings.Lines(text) {
		part := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 5)
		if len(part) != 5 {
			return nil, errors.New("not a network, a reason, two times and an agent")
		}
		v := ztp.Visitor{Waiting: ztp.Waiting(part[1]), Agent: part[4]}
		first, err1 := strconv.ParseInt(part[2], 10, 64)
		last, err2 := strconv.ParseInt(part[3], 10, 64)
		if v.Network, err = netip.ParsePrefix(part[0]); err != nil || err1 != nil || err2 != nil {
			return nil, errors.Join(err, err1, err2)
		}
		v.FirstAt, v.LastAt = instant(first), instant(last)
		all = append(all, v)
	}
	return all, nil
}

// visitorsText is what visitorsOf reads. An agent is one line; see ztp.Visitor.
func visitorsText(all []ztp.Visitor) string {
	var b strings.Builder
	for _, v := range all {
		fmt.Fprintf(&b, "%s %s %d %d %s\n", v.Network, v.Waiting, ms(v.FirstAt), ms(v.LastAt), strings.ReplaceAll(v.Agent, "\n", " "))
	}
	return b.String()
}
