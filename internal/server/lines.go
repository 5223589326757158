package server

import (
	"context"
	"io"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Lines writes what slog's handlers write, to the byte, in a third of the time: there is a line
// for every request, and its attributes are texts and numbers that need no care. A line with
// anything else is written by slog itself, and so is every one of a logger With something.
type Lines struct {
	slog.Handler
	w    *oneAtATime
	json bool
}

// NewLines is slog's text handler, or its JSON handler, that logs from a level on.
func NewLines(w io.Writer, json bool, level slog.Level) Lines {
	l := Lines{w: &oneAtATime{w: w}, json: json}
	opts := &slog.HandlerOptions{Level: level}
	if l.Handler = slog.NewTextHandler(l.w, opts); json {
		l.Handler = slog.NewJSONHandler(l.w, opts)
	}
	return l
}

// oneAtATime keeps lines whole, whoever writes them.
type oneAtATime struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *oneAtATime) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(p)
}

var lineRooms = sync.Pool{New: func() any { return new([]byte) }}

// Handle writes the line.
func (l Lines) Handle(ctx context.Context, r slog.Record) error {
	room := lineRooms.Get().(*[]byte)
	defer lineRooms.Put(room)
	line := lineOf{text: (*room)[:0], json: l.json, easy: true}
	line.begin(r)
	r.Attrs(line.attr)
	*room = line.text
	if !line.easy {
		return l.Handler.Handle(ctx, r)
	}
	if l.json {
		line.text = append(line.text, '}')
	}
	*room = append(line.text, '\n')
	_, err := l.w.Write(*room)
	return err
}

// lineOf is a line that is being made; easy as long as it has nothing that slog is asked for.
type lineOf struct {
	text       []byte
	json, easy bool
}

// begin writes what every line has.
func (l *lineOf) begin(r slog.Record) {
	at := r.Time.Round(0)
	l.easy = !at.IsZero() && at.Year() > 0 && at.Year() < 10_000
	if l.json {
		l.text = append(l.text, `{"time":"`...)
		l.text = append(at.AppendFormat(l.text, time.RFC3339Nano), '"')
	} else {
		l.text = append(l.text, "time="...)
		l.text = at.AppendFormat(l.text, "2006-01-02T15:04:05.000Z07:00")
	}
	l.attr(slog.String(slog.LevelKey, r.Level.String()))
	l.attr(slog.String(slog.MessageKey, r.Message))
}

// attr writes an attribute, and reports whether the line is easy still.
func (l *lineOf) attr(a slog.Attr) bool {
	switch l.key(a.Key); a.Value.Kind() {
	case slog.KindString:
		l.word(a.Value.String())
	case slog.KindInt64:
		l.text = strconv.AppendInt(l.text, a.Value.Int64(), 10)
	case slog.KindFloat64:
		f := a.Value.Float64()
		l.easy = l.easy && (f == 0 && !math.Signbit(f) || f >= 1e-3 && f < 1e6) // which nobody writes with an exponent
		l.text = strconv.AppendFloat(l.text, f, 'f', -1, 64)
	default:
		l.easy = false
	}
	return l.easy
}

func (l *lineOf) key(k string) {
	if l.json {
		l.text = append(l.text, ',')
		l.word(k)
		l.text = append(l.text, ':')
		return
	}
	l.easy = l.easy && easyWord(k) == bare
	l.text = append(append(append(l.text, ' '), k...), '=')
}

func (l *lineOf) word(s string) {
	how := easyWord(s)
	l.easy = l.easy && how != uneasy
	if l.json || how == inQuotes {
		l.text = append(append(append(l.text, '"'), s...), '"')
		return
	}
	l.text = append(l.text, s...)
}

// How a text is written where quotes are not always needed.
type wording int

const (
	bare wording = iota
	inQuotes
	uneasy
)

// easyWord is uneasy with everything that is written as something else.
func easyWord(s string) wording {
	how := bare
	if s == "" {
		how = inQuotes
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == "…"[0] && strings.HasPrefix(s[i:], "…"): // as in a phone's path
			i += len("…") - 1
		case c < ' ', c > '~', c == '"', c == '\\':
			return uneasy
		case c == ' ', c == '=':
			how = inQuotes
		}
	}
	return how
}
