package main

import (
	"bytes"
	"strings"
	"testing"
)

const events = `{"Action":"start","Package":"scaffold/a"}
{"Action":"run","Package":"scaffold/a","Test":"TestOne"}
{"Action":"output","Package":"scaffold/a","Test":"TestOne/x","Output":"    a_test.go:3: took 3.5 s: install\n"}
{"Action":"pass","Package":"scaffold/a","Test":"TestOne/x","Elapsed":3.6}
{"Action":"pass","Package":"scaffold/a","Test":"TestOne","Elapsed":4}
{"Action":"output","Package":"scaffold/a","Test":"TestTwo","Output":"    a_test.go:9: it is broken\n"}
{"Action":"fail","Package":"scaffold/a","Test":"TestTwo","Elapsed":0.1}
{"Action":"output","Package":"scaffold/a","Test":"TestThree","Output":"    a_test.go:12: redis is not installed\n"}
{"Action":"skip","Package":"scaffold/a","Test":"TestThree","Elapsed":0}
{"Action":"fail","Package":"scaffold/a","Elapsed":4.2}
this is no event
{"Action":"pass","Package":"scaffold/b","Elapsed":0.5}
`

func TestAReportSaysWhatFailedWhatWasSkippedAndWhereTheTimeWent(t *testing.T) {
	var out bytes.Buffer
	r := newReport(&out)
	if err := r.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	r.skips()
	r.table("set-up=7")
	if got := strings.Join(r.failed, ", "); got != "a TestTwo" {
		t.Errorf("failed: %s", got)
	}
	if r.passed != 2 {
		t.Errorf("%d passed", r.passed)
	}
	text := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"a_test.go:9: it is broken", "FAIL a 4.2 s", "this is no event", "ok b 0.5 s", "skipped 1: redis is not installed",
		"Where the time went set-up 7 s a 4.2 s TestOne 4.0 s x: install 3.5 s 1 packages more 0.5 s",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

// TestExitCode holds the exit code to that of `go test`, for a package without
// a test that passes, one that fails to build, and none at all.
func TestExitCode(t *testing.T) {
	for args, want := range map[string]int{
		"-run ^TestAReport scaffold/internal/gotest": 0,
		"-run ^TestNone$ scaffold/internal/gotest":   1,
		"scaffold/internal/there-is-none":            1,
	} {
		var out bytes.Buffer
		if got := run(&out, &out, "", strings.Fields(args)); got != want {
			t.Errorf("%s gives %d, not %d\n%s", args, got, want, out.String())
		}
	}
}
