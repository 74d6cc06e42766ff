package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// module is left out of the names of packages.
const module = "scaffold/"

// shown is from how many seconds on a test, or a step of one, has a row.
const shown = 2.0

// An event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of a package that is built
	Test       string
	Elapsed    float64 // seconds
	Output     string
}

// A row is a test or a step of one, by how long it took.
type row struct {
	name    string
	seconds float64
	steps   []row
}

// A report collects the events.
type report struct {
	out      io.Writer
	packages map[string]*row
	text     map[string]*strings.Builder // by package and test, until it has passed
	steps    map[string][]row            // by package and top test
	skipped  map[string]int              // by reason
	failed   []string
	passed   int
}

func newReport(out io.Writer) *report {
	return &report{out: out, packages: map[string]*row{}, text: map[string]*strings.Builder{}, steps: map[string][]row{}, skipped: map[string]int{}}
}

// read takes events until there are no more. A line that is none is printed.
func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var e event
		if json.Unmarshal([]byte(line), &e) != nil {
			fmt.Fprint(r.out, line)
			continue
		}
		r.take(e)
	}
}

func (r *report) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		r.output(key, e)
	case "skip":
		if e.Test != "" {
			r.skipped[reason(r.text[key])]++
		}
		delete(r.text, key)
	case "pass":
		if e.Test != "" {
			r.passed++
		}
		r.ended(e)
		delete(r.text, key)
	case "fail":
		if text := r.text[key]; text != nil {
			fmt.Fprint(r.out, text.String())
		}
		if e.Test != "" || len(r.failed) == 0 {
			r.failed = append(r.failed, strings.TrimSpace(short(e.Package)+" "+e.Test))
		}
		r.ended(e)
		delete(r.text, key)
	}
}

var took = regexp.MustCompile(`took ([0-9.]+) s: (.*)`)

func (r *report) output(key string, e event) {
	if r.text[key] == nil {
		r.text[key] = &strings.Builder{}
	}
	r.text[key].WriteString(e.Output)
	m := took.FindStringSubmatch(e.Output)
	if m == nil {
		return
	}
	seconds, _ := strconv.ParseFloat(m[1], 64) // the expression allows nothing else
	top, rest, nested := strings.Cut(e.Test, "/")
	name := m[2]
	if nested {
		name = rest + ": " + name
	}
	r.steps[e.Package+" "+top] = append(r.steps[e.Package+" "+top], row{name: name, seconds: seconds})
	if seconds >= shown {
		fmt.Fprintf(r.out, "        %-70s %7.1f s\n", short(e.Package)+": "+name, seconds)
	}
}

// ended notes how long a top test, or a package, took.
func (r *report) ended(e event) {
	if strings.Contains(e.Test, "/") {
		return
	}
	p := r.packages[e.Package]
	if p == nil {
		p = &row{name: short(e.Package)}
		r.packages[e.Package] = p
	}
	if e.Test != "" {
		p.steps = append(p.steps, row{e.Test, e.Elapsed, r.steps[e.Package+" "+e.Test]})
		return
	}
	p.seconds = e.Elapsed
	verdict := map[string]string{"pass": "ok", "fail": "FAIL"}[e.Action]
	fmt.Fprintf(r.out, "%-7s %-70s %7.1f s\n", verdict, p.name, p.seconds)
}

func short(path string) string { return strings.TrimPrefix(path, module) }

var place = regexp.MustCompile(`^\s*\S+\.go:\d+: `)

// reason is what a skipped test says.
func reason(text *strings.Builder) string {
	if text == nil {
		return ""
	}
	for line := range strings.Lines(text.String()) {
		if place.MatchString(line) {
			return strings.TrimSpace(place.ReplaceAllString(line, ""))
		}
	}
	return strings.TrimSpace(text.String())
}

func (r *report) skips() {
	for _, why := range slices.Sorted(maps.Keys(r.skipped)) {
		fmt.Fprintf(r.out, "skipped %d: %s\n", r.skipped[why], why)
	}
}

// table prints the packages, their tests and the steps of these, the slowest
// first. Packages run side by side: the rows add up to more than the clock.
func (r *report) table(before string) {
	fmt.Fprintln(r.out, "\nWhere the time went")
	if name, seconds, ok := strings.Cut(before, "="); ok {
		fmt.Fprintf(r.out, "%-78s %7s s\n", name, seconds)
	}
	var rest row
	for _, p := range slices.SortedFunc(maps.Values(r.packages), slowest) {
		if p.seconds < shown {
			rest.seconds += p.seconds
			rest.steps = append(rest.steps, *p)
			continue
		}
		r.print(0, *p)
	}
	if len(rest.steps) > 0 {
		fmt.Fprintf(r.out, "%-78s %7.1f s\n", fmt.Sprintf("%d packages more", len(rest.steps)), rest.seconds)
	}
}

func (r *report) print(depth int, p row) {
	fmt.Fprintf(r.out, "%-78s %7.1f s\n", strings.Repeat("  ", depth)+p.name, p.seconds)
	for _, s := range slices.SortedFunc(slices.Values(p.steps), func(a, b row) int { return slowest(&a, &b) }) {
		if s.seconds >= shown {
			r.print(depth+1, s)
		}
	}
}

func slowest(a, b *row) int {
	return cmp.Or(-cmp.Compare(a.seconds, b.seconds), cmp.Compare(a.name, b.name))
}
