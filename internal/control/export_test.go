package control

// MergeHandshakes puts together what is written and what this process has seen.
var MergeHandshakes = mergeHandshakes

// PutInPartsOf has a resync of more phones than these be put in by parts.
func (c *Control) PutInPartsOf(phones int) *Control {
	c.resyncPart = phones
	return c
}
