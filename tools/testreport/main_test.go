package main

import (
	"strings"
	"testing"
)

const (
	passed  = `{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}` + "\n" + `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n"
	skipped = `{"Action":"output","Package":"p","Test":"TestB","Output":"no such program\n"}` + "\n" + `{"Action":"skip","Package":"p","Test":"TestB"}` + "\n"
	failed  = `{"Action":"output","Package":"p","Test":"TestC","Output":"want 1, got 2\n"}` + "\n" + `{"Action":"fail","Package":"p","Test":"TestC"}` + "\n"
	ok      = `{"Action":"output","Package":"p","Output":"PASS\n"}` + "\n" + `{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}` + "\n" + `{"Action":"pass","Package":"p"}` + "\n"
	broken  = `{"ImportPath":"q","Action":"build-output","Output":"q.go:1: syntax error\n"}` + "\n" + `{"ImportPath":"q","Action":"build-fail"}` + "\n" + `{"Action":"fail","Package":"q","FailedBuild":"q"}` + "\n"
)

func TestRun(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in   string
		code int
		want []string
		not  []string
	}{
		"pass":             {passed + ok, 0, []string{"ok  \tp", "1 tests passed, 0 failed, 0 skipped"}, []string{"quiet", "PASS"}},
		"skip is shown":    {passed + skipped + ok, 0, []string{"no such program", "1 skipped"}, nil},
		"fail is shown":    {passed + failed, 1, []string{"want 1, got 2", "1 failed"}, []string{"quiet"}},
		"does not build":   {passed + broken, 1, []string{"syntax error", "1 failed"}, nil},
		"nothing at all":   {"", 1, []string{"no tests were executed"}, nil},
		"only skipped":     {skipped + ok, 1, []string{"no tests were executed"}, nil},
		"foreign line":     {"go: warning\n" + passed, 0, []string{"go: warning"}, nil},
		"last line is cut": {passed + `{"Action":"pa`, 0, []string{`{"Action":"pa`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if got := run(strings.NewReader(tc.in), &out); got != tc.code {
				t.Errorf("exit code: want %d, got %d", tc.code, got)
			}
			for _, want := range tc.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("want %q in:\n%s", want, out.String())
				}
			}
			for _, not := range tc.not {
				if strings.Contains(out.String(), not) {
					t.Errorf("unwanted %q in:\n%s", not, out.String())
				}
			}
		})
	}
}
