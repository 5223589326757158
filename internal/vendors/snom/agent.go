package snom

import (
	"regexp"
	"strings"
)

// agentPattern is how a phone says what it is (requests of real phones as others have
// recorded them); DECT bases say it in the second way.
var agentPattern = regexp.MustCompile(`(?i)\bsnom ?([A-Z0-9]+\+?)(?:-SIP)? ([0-9][0-9.]*)`)

// ReadAgent finds model and firmware in what a phone says it is.
func (*Vendor) ReadAgent(agent string) (model, firmware string) {
	found := agentPattern.FindStringSubmatch(agent)
	if found == nil {
		return "", ""
	}
	return strings.ToUpper(found[1]), found[2]
}
