package snom_test

import (
	"bytes"
	"encoding/xml"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// polls reads out of a rendered file when its phone asks once a day.
func polls(t *testing.T, file []byte) (from, span time.Duration) {
	t.Helper()
	said := map[string]string{}
	in := xml.NewDecoder(bytes.NewReader(file))
	for name := ""; ; {
		token, err := in.Token()
		if err != nil {
			break
		}
		switch x := token.(type) {
		case xml.StartElement:
			name = x.Name.Local
		case xml.CharData:
			if strings.HasPrefix(name, "prov_polling_") {
				said[name] += strings.TrimSpace(string(x))
			}
		}
	}
	if said["prov_polling_mode"] != "random" || said["prov_polling_period"] != "86400" {
		t.Fatalf("no random time once a day: %v", said)
	}
	at := func(s string) time.Duration {
		clock, err := time.Parse("15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute
	}
	from, span = at(said["prov_polling_time"]), at(said["prov_polling_time_rand_end"])-at(said["prov_polling_time"])
	return from, (span + 24*time.Hour) % (24 * time.Hour)
}

// 100,000 phones that are told nothing of their own ask over the night, and in no second of
// the day more than fifty of them.
func TestPlannedPollsOfManyPhones(t *testing.T) {
	t.Parallel()
	const phones, most = 100_000, 50
	models := []string{"", "D785", "D735", "D865", "D150", "D385", "715", "821", "PA1"}
	day := make([]int, 24*60*60)
	random := rand.New(rand.NewPCG(1, 2))
	for _, m := range models {
		from, span := polls(t, rendered(t, ztp.PhoneSettings{Model: m, Values: values()}))
		for range phones / len(models) {
			day[int((from+time.Duration(random.Int64N(int64(span)))).Seconds())%len(day)]++
		}
	}
	busiest, all := 0, 0
	for _, n := range day {
		busiest, all = max(busiest, n), all+n
	}
	if all < phones-len(models) || busiest > most {
		t.Errorf("%d phones, %d of them in one second", all, busiest)
	}
}
