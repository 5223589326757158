package demo

import (
	"net/http"

	"zerotouch.example/internal/vendors/snom/settingsxml"
)

// officePath is what the office's PnP server hands out; the phone fills in {mac}.
const officePath = "/office/{mac}"

// officeName is how phones that it serves are called.
const officeName = "Local office"

// officeNetwork is somebody's own little provisioning server, which answers every
// phone in the building: what a phone falls back to when the redirection service
// has nothing for it.
func officeNetwork() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+officePath, func(w http.ResponseWriter, _ *http.Request) {
		file, err := settingsxml.Document{Settings: []settingsxml.Setting{
			{Name: "phone_name", Value: officeName},
		}}.Encode()
		if err != nil {
			http.Error(w, "no settings", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		_, _ = w.Write(file) // a phone that has gone asks again
	})
	return mux
}
