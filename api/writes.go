package api

import "time"

// VendorWrites says whether anything is changed at vendors.
type VendorWrites struct {
	On    bool         `json:"on" doc:"Nothing stands in the way of changes at any vendor"`
	Stops []WritesStop `json:"stops" nullable:"false" doc:"Why nothing is changed"`
}

// The reasons of a WritesStop.
const (
	StopSwitchedOff = "switched_off"
	StopAnotherCopy = "another_copy"
)

// WritesStop is one reason why nothing is changed at vendors.
type WritesStop struct {
	Vendor string    `json:"vendor,omitempty" doc:"Name of the vendor; left out for all of them"`
	Reason string    `json:"reason" enum:"switched_off,another_copy"`
	Detail string    `json:"detail,omitempty"`
	Since  time.Time `json:"since"`
	By     string    `json:"by"`
}

// SetVendorWrites switches changes at vendors on or off.
type SetVendorWrites struct {
	On          bool   `json:"on" doc:"false: operations rest before their next change, and nothing new is begun"`
	Reason      string `json:"reason,omitempty" maxLength:"120" doc:"Shown on every page while they are off"`
	NoOtherCopy bool   `json:"no_other_copy,omitempty" doc:"No other copy of this installation is running. Needed to switch them on after one was found; this database then counts as restored from a backup"`
}
