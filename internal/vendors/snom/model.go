package snom

import (
	"regexp"
	"slices"
	"strings"

	"zerotouch.example/internal/ztp"
)

// model is what has to be known of a phone to write its file.
type model struct {
	// webserver: the web page's user has settings of its own (D8xx, client code).
	webserver bool
	// tr369: the firmware knows TR-369 (Snom wiki: D8xx, D713, D717, D735, D140, D150). A
	// phone whose model nobody has told is taken for one: others ignore what they don't know.
	tr369 bool
}

var (
	// deskModels read <phone-settings>: D1xx, D3xx, D7xx and D8xx, the 3xx, 7xx and 8xx
	// before them, and the PA1.
	deskModels = regexp.MustCompile(`^(D[1378]\d\d(W|W?B)?|[378]\d\d|PA1\+?)$`)
	// otherModels are DECT bases and handsets, conference phones and repeaters, whose files
	// have other elements or other meanings.
	otherModels = regexp.MustCompile(`^(M|A|C|HM|HD|HOTEL|MSC)\d`)

	tr369Models = []string{"D140", "D150", "D713", "D717", "D735"}
)

// deskGroup is the product group whose phones read these files.
const deskGroup = "D-Series"

// bareModel is a model's name as it is compared.
func bareModel(s string) string {
	return strings.TrimPrefix(strings.ToUpper(strings.ReplaceAll(s, " ", "")), "SNOM")
}

// modelOf judges by what people have told of the phone; a name that says nothing leaves
// the product group to decide.
func modelOf(s ztp.PhoneSettings) (model, error) {
	name := bareModel(s.Model)
	known := deskModels.MatchString(name)
	switch {
	case otherModels.MatchString(name):
		return model{}, ztp.Errorf(ztp.CodeNotRendered, "Model %q is no desk phone with the settings file of the D-Series.", s.Model)
	case !known && s.ProductGroup != "" && s.ProductGroup != deskGroup:
		return model{}, ztp.Errorf(ztp.CodeNotRendered, "Phones of the product group %q have another settings file than those of the D-Series.", s.ProductGroup)
	}
	return model{
		webserver: !known || strings.HasPrefix(name, "D8"),
		tr369:     !known || strings.HasPrefix(name, "D8") || slices.Contains(tr369Models, name),
	}, nil
}
