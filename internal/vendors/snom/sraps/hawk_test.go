package sraps_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom/sraps"
)

// The vectors of the public Hawk documents.
var vector = sraps.Signature{
	Key: sraps.Key{ID: "dh37fgj492je", Secret: "werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn"},
	TS:  "1353832234", Nonce: "j4h3g2", Method: "GET", Ext: "some-app-ext-data",
	URL: mustURL("http://example.com:8000/resource/1?b=1&a=2"),
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

func TestHawk_PublicVectors(t *testing.T) {
	t.Parallel()
	post := vector
	post.Method, post.ContentType, post.Payload = "POST", "text/plain", "Thank you for flying Hawk"
	post.URL = mustURL("http://example.com:8000/resource/1?b=1&a=2")
	want := map[string]string{
		"GET":          "6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE=",
		"POST":         "aSe1DERmZuRl3pI36/9BdZmnErTw3sNzOOAUlfeKjVw=",
		"payload hash": "Yi9LfIIFRtBEPt74PVmbTF/xVAwPn7ub15ePICfgnuY=",
		"empty hash":   "B0weSUXsMcb5UhL41FZbrUJCAotzSI3HawE1NPLRUz8=",
		"header": `Hawk id="dh37fgj492je", ts="1353832234", nonce="j4h3g2", ext="some-app-ext-data", ` +
			`mac="6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE="`,
	}
	got := map[string]string{
		"GET":          vector.MAC(),
		"POST":         post.MAC(),
		"payload hash": sraps.PayloadHash("text/plain", post.Payload),
		"empty hash":   sraps.PayloadHash("", ""),
		"header":       vector.Header(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("vectors (-want +got):\n%s", diff)
	}
}

func TestHawk_StaleTimestampVector(t *testing.T) {
	t.Parallel()
	challenge := func(ts, tsm string) string {
		return `Hawk ts="` + ts + `", tsm="` + tsm + `", error="Stale timestamp"`
	}
	const tsm = "2mw1eh/qXzl0wJZ/E6XvBhRMEJN7L3j8AyMA8eItEb0="
	tests := map[string]struct {
		header string
		want   bool
	}{
		"the public vector":         {challenge("1353832234", tsm), true},
		"another time":              {challenge("1353832235", tsm), false},
		"another signature":         {challenge("1353832234", "AAAA"+tsm[4:]), false},
		"no signature":              {`Hawk ts="1353832234", error="Stale timestamp"`, false},
		"no time":                   {`Hawk tsm="` + tsm + `"`, false},
		"another scheme":            {`Basic ts="1353832234", tsm="` + tsm + `"`, false},
		"no header":                 {"", false},
		"lower case scheme is fine": {`hawk ts="1353832234", tsm="` + tsm + `"`, true},
	}
	for name, tt := range tests {
		at, ok := sraps.StaleTimestamp(tt.header, vector.Key)
		if ok != tt.want {
			t.Errorf("%s: verified %v, want %v", name, ok, tt.want)
		}
		if want := time.Unix(1353832234, 0); ok && !at.Equal(want) {
			t.Errorf("%s: want %v, got %v", name, want, at)
		}
	}
}

func TestHawk_PayloadHashIgnoresParameters(t *testing.T) {
	t.Parallel()
	want := sraps.PayloadHash("application/json", `{"a":1}`)
	for _, contentType := range []string{"Application/JSON", "application/json; charset=utf-8", " application/json ;x=y"} {
		if got := sraps.PayloadHash(contentType, `{"a":1}`); got != want {
			t.Errorf("%q: want %s, got %s", contentType, want, got)
		}
	}
}
