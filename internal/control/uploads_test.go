package control_test

import (
	"io"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// Two files of a platform are read at once and no third one, and four in all. When one has
// come to its end, another one may.
func TestCheckImport_AtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var platforms []string
	for _, name := range []string{"One", "Two", "Three"} {
		p, _, err := w.control.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: name})
		w.must(err)
		_, _, _, err = w.control.CreateAccount(t.Context(), admin, p.Slug, control.NewAccount{Slug: "main", Name: "Main"})
		w.must(err)
		platforms = append(platforms, p.Slug)
	}
	done := make(chan error)
	// begin sends the beginning of a file: what was read of it was admitted.
	begin := func(p string) *io.PipeWriter {
		from, to := io.Pipe()
		go func() {
			_, err := w.control.CheckImport(t.Context(), admin, p, control.ImportRequest{File: from})
			done <- err
		}()
		_, err := io.WriteString(to, "mac,account\n")
		w.must(err)
		return to
	}
	refused := func(p string) {
		t.Helper()
		_, err := w.control.CheckImport(t.Context(), admin, p, control.ImportRequest{File: neverRead{t}})
		w.wantCode(ztp.CodeTooManyRequests, err)
		if ztp.AsError(err).RetryAfter == 0 {
			t.Error("it is not said when to come again")
		}
	}
	open := []*io.PipeWriter{begin(platforms[0]), begin(platforms[0])}
	refused(platforms[0])
	open = append(open, begin(platforms[1]), begin(platforms[1]))
	refused(platforms[2])
	for n, to := range open {
		_, err := io.WriteString(to, "000413000001,main\n")
		w.must(err)
		w.must(to.Close())
		w.must(<-done)
		if n == 0 {
			open[0] = begin(platforms[2])
			defer func() { w.must(open[0].CloseWithError(io.ErrUnexpectedEOF)); <-done }()
		}
	}
}

// neverRead fails the test when somebody reads of it.
type neverRead struct{ t *testing.T }

func (n neverRead) Read([]byte) (int, error) {
	n.t.Error("a file that was refused was read")
	return 0, io.EOF
}
