package control

import (
	"fmt"

	"zerotouch.example/internal/ztp"
)

// say words what the plan does and leaves alone. It is the same in the portal, the API
// and the command line.
func (p *RowPlan) say(x rowAction, info ztp.VendorInfo) {
	company := "`" + x.row.CompanyID + "`"
	vendor := info.Title
	switch p.Operation {
	case local:
		p.sayLocal(x, vendor)
	case ztp.KindAdopt:
		of := "the platform that you name"
		if p.Platform.Slug != "" {
			of = "platform `" + p.Platform.Slug + "`"
		}
		p.Will = []string{
			fmt.Sprintf("Take up company %s at %s as that of %s", company, vendor, of),
			"Create a key of ours in it, prove it, and write the provisioning profile with this platform's address",
		}
		p.Wont = []string{"Remove keys, profiles or phones that somebody else made there; they are reported", "Touch any other company"}
	case ztp.KindOnboard:
		p.Will = []string{
			fmt.Sprintf("Onboard platform `%s`, which finds company %s by its label and takes it up unless something in it is not ours", p.Platform.Slug, company),
		}
		p.Wont = []string{"Make a second company", "Touch phones in service"}
	case ztp.KindRotate:
		p.Will = []string{
			fmt.Sprintf("Create a new key in company %s, prove it and switch to it", company),
			"Revoke the old key where it still exists",
		}
		p.Wont = []string{"Touch phones or their registrations", "Remove keys that we did not make"}
	case ztp.KindDisable:
		p.Will = []string{
			fmt.Sprintf("Ask %s once more for company %s, and when it is gone forget it here with its keys; its phones are named as failed", vendor, company),
			"Leave the platform disabled; Onboard makes a new company",
		}
		p.Wont = []string{"Delete anything at " + vendor, "Stop phones in service: they keep what they have"}
	case ztp.KindUpdateAddress:
		p.Will = []string{
			fmt.Sprintf("Write the profile in company %s with its name, in force, and with this platform's present address; make it again if it is gone", company),
			"Write the address of each registered phone that has another one recorded: one request each",
		}
		p.Wont = []string{"Touch profiles that we did not make", "Stop serving an earlier address: phones learn the present one at their next fetch"}
	case ztp.KindTidy:
		p.Will = []string{fmt.Sprintf("List the keys of company %s, and delete those of ours that nothing uses; record here as revoked what is gone", company)}
		p.Wont = []string{"Touch the key in force", "Remove keys that we did not make"}
	default:
		p.Will = []string{fmt.Sprintf("Read at %s how things are, and say in the platform's row what is found", vendor)}
		p.Wont = []string{"Change anything at " + vendor}
	}
}

// sayLocal words what is done here alone.
func (p *RowPlan) sayLocal(x rowAction, vendor string) {
	if x.row.Kind == ztp.RowKey {
		p.Will = []string{fmt.Sprintf("Record key %d here as revoked: %s does not list it", x.row.Number, vendor)}
		p.Wont = []string{"Send anything to " + vendor, "Touch the key in force"}
		return
	}
	p.Will = []string{
		fmt.Sprintf("Forget here that company `%s` is that of platform `%s`", x.row.CompanyID, p.Platform.Slug),
		"Let a later Onboard make a company of its own",
	}
	p.Wont = []string{"Send anything to " + vendor + ", or delete the company there", "Give up phones: as long as any is in the company this is refused"}
}
