package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// stepTimeout bounds one step of the story. The slowest takes well under a second
// on a machine that has nothing else to do.
const stepTimeout = 30 * time.Second

// StepError is a step of the walkthrough that did not go as the product promises.
type StepError struct {
	Step string
	Err  error
}

func (e *StepError) Error() string { return fmt.Sprintf("walkthrough: %s: %v", e.Step, e.Err) }

func (e *StepError) Unwrap() error { return e.Err }

// step is one thing that happens in the story. play does it, compares what the
// simulator holds and what the API says with what is promised, and tells what it
// saw.
type step struct {
	name string
	play func(*story, context.Context) (string, error)
}

// Walkthrough plays the story from the missing credential to a paused phone that
// is redirected again, one line per step. It returns nil only if every step was
// as promised; the first that was not ends it with a *StepError.
func Walkthrough(ctx context.Context, cfg Config) (err error) {
	began := time.Now()
	cfg.Listen = Listen{Admin: anyPort, Phone: anyPort, Ops: anyPort, Snom: anyPort, Desk: anyPort}
	d, err := openDoors(cfg.Listen)
	if err != nil {
		return err
	}
	if err := d.desk.Close(); err != nil { // nobody sits at it
		return fmt.Errorf("walkthrough: %w", err)
	}
	s, err := setUp(ctx, cfg, d.snom, d.office, srapssim.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.serve(ctx, d.listen, Start{}); err != nil {
		return err
	}
	if err := newStory(s).tell(ctx); err != nil {
		return err
	}
	return s.print(map[string]any{"steps": len(steps), "ok": true, "seconds": time.Since(began).Seconds()},
		"\n%d steps, every one as promised, in %.1f s.\n", len(steps), time.Since(began).Seconds())
}

// anyPort lets the system choose.
const anyPort = "127.0.0.1:0"

// tell plays every step until one fails.
func (s *story) tell(ctx context.Context) error {
	for i, st := range steps {
		s.traced = nil
		saw, err := s.playStep(ctx, st)
		word := "ok"
		if err != nil {
			word, saw = "FAILED", err.Error()
		}
		line := map[string]any{"step": i + 1, "name": st.name, "ok": err == nil, "saw": saw}
		if len(s.traced) > 0 {
			line["phone"] = s.traced
		}
		if werr := s.print(line, "%-7s %2d  %s: %s\n%s", word, i+1, st.name, saw, traceText(s.traced)); werr != nil {
			return werr
		}
		if err != nil {
			left := len(steps) - i - 1
			return errors.Join(s.print(map[string]any{"steps": i + 1, "ok": false, "not_played": left},
				"\nStopped here; %d steps were not played.\n", left), &StepError{st.name, err})
		}
	}
	return nil
}

// print prints text for people, or the object for programs.
func (s *stage) print(object any, format string, args ...any) error {
	if !s.cfg.JSON {
		_, err := fmt.Fprintf(s.cfg.Out, format, args...)
		return err
	}
	enc := json.NewEncoder(s.cfg.Out)
	enc.SetEscapeHTML(false)
	return enc.Encode(object)
}

func (s *story) playStep(ctx context.Context, st step) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	return st.play(s, ctx)
}

func traceText(steps []phonesim.Step) string {
	var b strings.Builder
	for _, t := range steps {
		fmt.Fprintf(&b, "            %s\n", t)
	}
	return b.String()
}

// findings collects what is not as promised, so that a failed step names all of it.
type findings []string

// expect notes the sentence unless ok.
func (f *findings) expect(ok bool, format string, args ...any) {
	if !ok {
		*f = append(*f, fmt.Sprintf(format, args...))
	}
}

// err is nil when everything was as promised.
func (f findings) err() error {
	if len(f) == 0 {
		return nil
	}
	return errors.New(strings.Join(f, "; "))
}
