package ztp

import (
	"fmt"
	"time"
)

const (
	// PollsPerSecond is how many phones at most are planned to ask for their settings in one
	// second of the day, all that share a window taken together.
	PollsPerSecond = 50
	// pollsOnAverage is how many a second, over a whole window, keep its busiest second below
	// that: each phone asks at a time of its own, picked at random.
	pollsOnAverage = 30
)

// CrowdedWindow says what is wrong with a valid value of poll_window when so many phones ask
// within it, and what to do, "" when nothing is. It is a warning: the value can be taken.
func CrowdedWindow(window string, phones int) string {
	from, to, ok := ParseWindow(window)
	if !ok {
		return ""
	}
	begin, err1 := time.Parse(clockLayout, from)
	end, err2 := time.Parse(clockLayout, to)
	if err1 != nil || err2 != nil {
		return ""
	}
	width := (end.Sub(begin) + day) % day
	if width <= 0 || phones <= pollsOnAverage*int(width.Seconds()) {
		return ""
	}
	text := fmt.Sprintf("In the window %s, up to %d phones ask for their settings within %s: %.0f a second, where %d on average keep the busiest second below %d. ",
		window, phones, widthText(width), float64(phones)/width.Seconds(), pollsOnAverage, PollsPerSecond)
	need := time.Duration(phones/pollsOnAverage)*time.Second + time.Minute
	if need = need.Truncate(time.Minute); need >= day {
		return text + "No window is wide enough for so many: set another one for a part of the platforms."
	}
	return text + fmt.Sprintf("Make it %s wide at least, such as %s-%s.", widthText(need), from, begin.Add(need).Format(clockLayout))
}

// clockLayout is a time of day in a window.
const clockLayout = "15:04"

// widthText writes whole minutes, as in 1 h 52 min.
func widthText(d time.Duration) string {
	hours, minutes := int(d/time.Hour), int(d%time.Hour/time.Minute)
	switch {
	case hours == 0:
		return fmt.Sprintf("%d min", minutes)
	case minutes == 0:
		return fmt.Sprintf("%d h", hours)
	}
	return fmt.Sprintf("%d h %d min", hours, minutes)
}
