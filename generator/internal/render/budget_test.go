package render_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/internal/render"
)

// soon is far more than any of these takes, even on a busy machine, and what a
// template without limits never keeps.
const soon = time.Minute

// Each bomb ends soon, as a limit that names the file and the line.
func TestBombsEnd(t *testing.T) {
	loop := func(depth int) string {
		return strings.Repeat("{{ range until 60000 }}", depth) + "x" + strings.Repeat("{{ end }}", depth)
	}
	tests := map[string]struct {
		limits render.Limits
		files  fstest.MapFS
		file   string
		line   int
	}{
		"loops in loops":                  {render.Limits{}, files("files/a.tmpl", "\n"+loop(5)), "files/a.tmpl", 2},
		"a loop over a number":            {render.Limits{}, files("files/a.tmpl", "\n{{ range 9223372036854775807 }}{{ end }}"), "files/a.tmpl", 2},
		"an empty loop":                   {render.Limits{}, files("files/a.tmpl", "{{ range 2000000000 }}{{ end }}"), "files/a.tmpl", 1},
		"a loop that goes on":             {render.Limits{}, files("files/a.tmpl", "{{ range 2000000000 }}{{ continue }}{{ end }}"), "files/a.tmpl", 1},
		"a loop in a partial":             {render.Limits{}, files("files/a.tmpl", `{{ include "p" . }}`, "partials/p.tmpl", "\n\n"+loop(5)), "partials/p.tmpl", 3},
		"a template that calls itself":    {render.Limits{}, files("files/a.tmpl", "\n"+`{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}`), "files/a.tmpl", 2},
		"a template that includes itself": {render.Limits{}, files("files/a.tmpl", "\n"+`{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}`), "files/a.tmpl", 2},
		"partials that call each other":   {render.Limits{}, files("files/a.tmpl", `{{ template "p" . }}`, "partials/p.tmpl", `{{ include "q" . }}`, "partials/q.tmpl", `{{ template "p" . }}`), "", 1},
		"partials that double each other": {render.Limits{}, doubling(), "", 1},
		"repeat": {
			render.Limits{}, files("files/a.tmpl", `{{ repeat 1000000000 "x" }}`), "files/a.tmpl", 1,
		},
		"repeat in a loop": {
			render.Limits{}, files("files/a.tmpl", `{{ range until 60000 }}{{ repeat 1000000 "x" }}{{ end }}`), "files/a.tmpl", 1,
		},
		"a text that doubles": {
			render.Limits{}, files("files/a.tmpl", `{{ $s := "x" }}{{ range until 60 }}{{ $s = print $s $s }}{{ end }}{{ $s }}`), "files/a.tmpl", 1,
		},
		"a list that doubles": {
			render.Limits{}, files("files/a.tmpl", `{{ $s := list "x" }}{{ range until 60 }}{{ $s = list $s $s }}{{ end }}{{ $s }}`), "files/a.tmpl", 1,
		},
		"many large values": {
			render.Limits{}, files("files/a.tmpl", strings.Repeat(`{{ $_ := repeat 1000000 "x" }}`, 30000)), "files/a.tmpl", 1,
		},
		"many steps in one line": {
			render.Limits{}, files("files/a.tmpl", `{{ repeat 100000 "x" `+strings.Repeat("|upper", 100_000)+` }}`), "files/a.tmpl", 1,
		},
		"more bytes than allowed": {
			render.Limits{Bytes: 1000}, files("files/a.tmpl", "{{ range until 100 }}\n0123456789{{ $.app }}{{ end }}"), "files/a.tmpl", 2,
		},
		"more bytes than allowed, plain": {
			render.Limits{Bytes: 1000}, files("files/a", strings.Repeat("x", 1001)), "files/a", 0,
		},
		"more bytes than allowed, in sum": {
			render.Limits{Bytes: 1000}, files("files/a", strings.Repeat("x", 400), "files/b.tmpl", strings.Repeat("x", 400), "files/c.tmpl", "{{ .app }}"+strings.Repeat("x", 400)), "", 0,
		},
		"more files than allowed": {
			render.Limits{Files: 2}, files("files/a", "", "files/b", "", "files/c", ""), "files", 0,
		},
		"more files than allowed, by a loop": {
			render.Limits{Files: 5}, files("files/{{ .it }}", ""), "files/{{ .it }}", 0,
		},
		"a template of more than a megabyte": {
			render.Limits{}, files("files/a.tmpl", "{{ .app }}"+strings.Repeat("x", 1<<20)), "files/a.tmpl", 0,
		},
		"more time than allowed": {
			render.Limits{Time: 500 * time.Millisecond, Ticks: 1 << 60}, files("files/a.tmpl", "\n\n"+loop(5)), "files/a.tmpl", 3,
		},
		"more time than allowed, for all files": {
			render.Limits{Time: time.Nanosecond}, files("files/a", "", "files/b.tmpl", "{{ .app }}"), "files/a", 0,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.limits.Ticks == 0 {
				tt.limits.Ticks = 20_000
			}
			m := parse(t, "files: [{glob: '{{ .it }}', each: 'map(1..99, string(#))', as: it}]\n")
			start := time.Now()
			_, err := render.Tree(t.Context(), render.Template{FS: tt.files, Manifest: m}, variables(), tt.limits)
			if took := time.Since(start); took > soon {
				t.Errorf("took %v", took)
			}
			var got *render.Error
			if !errors.As(err, &got) || !fault.Is(err, fault.Limit) {
				t.Fatalf("got %v", err)
			}
			if byClock := strings.Contains(got.Message, "takes longer"); byClock != (tt.limits.Time > 0) {
				t.Errorf("it ended by another bound than its own: %s", got.Message)
			}
			if tt.file != "" && got.File != tt.file || got.File == "" || got.Line < tt.line {
				t.Errorf("at %s:%d: %s", got.File, got.Line, got.Message)
			}
		})
	}
}

func TestDefaultLimits(t *testing.T) {
	m := parse(t, "")
	wide := `{{ range 100000 }}{{ end }}{{ repeat 1000000 "x" }}`
	if _, err := render.Tree(t.Context(), render.Template{FS: files("files/a.tmpl", wide), Manifest: m}, variables(), render.Limits{}); err != nil {
		t.Errorf("an ordinary large file: %v", err)
	}
	_, err := render.Tree(t.Context(), render.Template{FS: files("files/a.tmpl", "{{ range 1000001 }}{{ end }}"), Manifest: m}, variables(), render.Limits{})
	var got *render.Error
	if !errors.As(err, &got) || !got.Limit {
		t.Errorf("a million rounds and one: %v", err)
	}
}

// doubling is thirty partials, each of which includes the next one twice.
func doubling() fstest.MapFS {
	m := files("files/a.tmpl", `{{ include "p0" . }}`, "partials/p30.tmpl", "0123456789")
	for i := range 30 {
		next := `{{ include "p` + strconv.Itoa(i+1) + `" . }}`
		m["partials/p"+strconv.Itoa(i)+".tmpl"] = &fstest.MapFile{Data: []byte(next + next)}
	}
	return m
}

// Nesting is bounded by the size of a template: it does not exhaust the stack.
func TestDeepNestingEnds(t *testing.T) {
	for name, text := range map[string]string{
		"if":     strings.Repeat("{{if 1}}", 60_000) + strings.Repeat("{{end}}", 60_000),
		"open":   strings.Repeat("{{if 1}}", 130_000),
		"with":   strings.Repeat("{{with 1}}", 50_000) + strings.Repeat("{{end}}", 50_000),
		"else":   "{{if 0}}" + strings.Repeat("{{else if 0}}", 70_000) + "{{end}}",
		"parens": "{{" + strings.Repeat("(", 500_000) + "1" + strings.Repeat(")", 500_000) + "}}",
		"chain":  "{{" + strings.Repeat(".a", 500_000) + "}}",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := render.Tree(t.Context(), render.Template{FS: files("files/a.tmpl", text), Manifest: parse(t, "")}, variables(), render.Limits{})
			if took := time.Since(start); took > soon {
				t.Errorf("took %v, %.80v", took, err)
			}
		})
	}
}

// Whatever a template says, it ends soon, and what comes out is within the
// limits.
func FuzzBudget(f *testing.F) {
	for _, s := range []string{
		`{{ range until 60000 }}{{ range until 60000 }}x{{ end }}{{ end }}`,
		`{{ define "x" }}{{ template "x" . }}{{ end }}{{ include "x" . }}`,
		`{{ $s := "x" }}{{ range until 60 }}{{ $s = print $s $s }}{{ end }}{{ $s }}`,
		`{{ $s := list 1 }}{{ range 99 }}{{ $s = concat $s $s }}{{ end }}{{ uniq $s }}`,
		`{{ repeat 1000000 "a" | indent 99 | regexReplaceAll "(a*)*b" "$0" }}`,
		`{{ printf "%999d%s" 1 (repeat 99999 "x") | wrap 1 }}`,
		`{{ range $k, $v := . }}{{ toJson $v | quote | squote | b64enc }}{{ end }}`,
		`{{ join (repeat 9999 "a") (untilStep 0 99999999 1) }}`,
		`{{ with .apps }}{{ index . 0 | snake | plural }}{{ else }}{{ break }}{{ end }}`,
	} {
		f.Add(s, s)
	}
	limits := render.Limits{Bytes: 10_000_000, Time: time.Second / 2}
	m := parse(f, "")
	f.Fuzz(func(t *testing.T, text, partial string) {
		start := time.Now()
		got, err := render.Tree(t.Context(), render.Template{FS: files("files/a.tmpl", text, "partials/p.tmpl", partial), Manifest: m}, variables(), limits)
		if took := time.Since(start); took > time.Minute {
			t.Errorf("took %v", took)
		}
		if err == nil && got.Size() > limits.Bytes {
			t.Errorf("%d bytes", got.Size())
		}
		if err != nil && fault.Of(err) == nil {
			t.Errorf("no kind: %v", err)
		}
	})
}
