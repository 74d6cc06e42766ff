package templatetest

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/render"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

// Options say how a template is tested.
type Options struct {
	Cases     fs.FS                                  // holds tests/*.txtar; nil means none
	Dir       string                                 // put before the files of the template that are named: ./our-template
	Pairwise  bool                                   // render every pair of choices, whatever the manifest says
	Update    bool                                   // give the cases as they are now
	Recommend func(signals []string) any             // .scaffold.recommendation of a case; nil means none is made
	Verify    func(ctx context.Context) []VerifyStep // what --run does; nil means that it was not asked for
	// Keep writes a project that was made, for tools that are not ours, into a
	// directory of that name; nil means that none is kept. Its error ends the test.
	Keep    func(ctx context.Context, name string, answers *manifest.Resolved) error
	Upgrade *Upgrade // what --upgrade-from does; nil means that it was not asked for
	Limits  generator.Limits
}

// A VerifyStep is one step of the manifest's verify block that was run.
type VerifyStep struct {
	Name     string
	Problem  string // "" when it passed
	Duration time.Duration
}

// A Report is what Test found.
type Report struct {
	Template string   `json:"template"`
	Version  string   `json:"version"`
	Checks   []Check  `json:"checks"`
	Pairs    Pairs    `json:"pairs"`
	Coverage Coverage `json:"coverage"`

	Updated map[string][]byte `json:"-"` // cases to write, by their path below the template
}

// A Check is one thing that was tried.
type Check struct {
	Group    string        `json:"group"` // load, defaults, case, pairwise, upgrade, coverage or verify
	Name     string        `json:"name"`
	Files    int           `json:"files,omitempty"` // generated
	Kept     string        `json:"kept,omitempty"`  // the name that Keep was given
	File     string        `json:"file"`            // what is tested: the case, or the manifest
	Problems []Problem     `json:"problems"`
	Duration time.Duration `json:"-"`
	Millis   int64         `json:"duration_ms"`
}

// OK reports whether the check found nothing.
func (c Check) OK() bool { return len(c.Problems) == 0 }

// Pairs counts the pairs of choices.
type Pairs struct {
	Projects   int `json:"projects"`
	Covered    int `json:"covered"`
	Impossible int `json:"impossible"` // no answers bring the two together
}

// Failed counts the checks that found something.
func (r *Report) Failed() int {
	n := 0
	for _, c := range r.Checks {
		if !c.OK() {
			n++
		}
	}
	return n
}

// UnreadableReport is that of a template that cannot be loaded.
func UnreadableReport(name, file string, problems []Problem) *Report {
	check := Check{Group: "load", Name: "read", File: file, Problems: problems}
	return &Report{Template: name, Checks: []Check{check}, Coverage: Coverage{Missed: []Miss{}}}
}

// Test renders a template with nothing answered, its cases and, where the
// manifest or the options ask for it, every pair of its choices, and works out
// what none of them reached. An error means that nothing could be tested; what
// failed is in the report.
func Test(ctx context.Context, t *generator.Template, o Options) (*Report, error) {
	r := &runner{ctx: ctx, t: t, o: o, sources: map[string]bool{}, values: map[string]bool{}}
	r.report = &Report{Template: t.Manifest.Name, Version: t.Manifest.Version, Checks: []Check{}, Updated: map[string][]byte{}}
	r.runDefaults()
	var cases []Case
	if o.Cases != nil {
		var err error
		if cases, err = ReadCases(o.Cases); err != nil {
			return nil, err
		}
	}
	for _, c := range cases {
		r.check("case", c.title(), c.File, func(check *Check) { r.runCase(&c, check) })
	}
	if o.Upgrade != nil {
		r.runUpgrades(cases)
	}
	if t.Manifest.Tests.Pairwise || o.Pairwise {
		r.runPairs()
	}
	if err := cmp.Or(ctx.Err(), r.err); err != nil {
		return nil, err
	}
	if err := r.coverage(); err != nil {
		return nil, err
	}
	if o.Verify != nil {
		r.verify()
	}
	return r.report, ctx.Err()
}

type runner struct {
	ctx     context.Context
	t       *generator.Template
	o       Options
	report  *Report
	covered render.Coverage
	sources map[string]bool // files of the template that were rendered
	values  map[string]bool // id=value that was taken
	err     error           // ends the test
}

func (r *runner) check(group, name, file string, run func(*Check)) {
	c := Check{Group: group, Name: name, File: Within(r.o.Dir, file), Problems: []Problem{}}
	started := time.Now()
	run(&c)
	c.Duration = time.Since(started)
	c.Millis = c.Duration.Milliseconds()
	r.report.Checks = append(r.report.Checks, c)
}

func (r *runner) runCase(c *Case, check *Check) {
	if err := r.t.Manifest.CheckName(c.Name); err != nil {
		r.add(check, c.place("name"), err.Error())
		return
	}
	if wrong := r.unknownSignals(c.Signals); len(wrong) > 0 {
		for _, message := range wrong {
			r.add(check, c.place("signals"), message)
		}
		return
	}
	var advice any
	if r.o.Recommend != nil && len(c.Signals) > 0 {
		advice = r.o.Recommend(c.Signals)
	}
	resolved, err := r.t.Manifest.Resolve(given(r.t, c.Name, c.Signals, advice), c.Answers)
	if err == nil {
		err = problems(resolved)
	}
	if err != nil {
		r.fail(check, err, func(id string) fault.Place { return c.place("answers", id) })
		return
	}
	project, ok := r.render(resolved, check)
	if !ok {
		return
	}
	r.keep("case-"+c.title(), resolved, check)
	if !r.o.Update {
		for _, d := range c.differences(project) {
			r.add(check, d.at, d.what)
		}
		return
	}
	if r.report.Updated[c.File], err = c.update(project); err != nil {
		r.add(check, fault.Place{File: c.File}, err.Error())
	}
}

// unknownSignals reports the signals that neither scaffold nor the template
// knows.
func (r *runner) unknownSignals(signals []string) []string {
	known := signalsKnown(r.t.Manifest)
	var wrong []string
	for _, s := range signals {
		if message, try, unknown := unknownSignal(s, known); unknown {
			wrong = append(wrong, strings.TrimSuffix(message+"; "+try, "; "))
		}
	}
	return wrong
}

func signalsKnown(m *manifest.Manifest) []string {
	known := manifest.SignalNames()
	for _, s := range m.Signals {
		known = append(known, s.ID)
	}
	return known
}

// unknownSignal explains a signal that is not known. Those of other templates
// start with x-, and are let through.
func unknownSignal(s string, known []string) (message, try string, unknown bool) {
	if slices.Contains(known, s) || strings.HasPrefix(s, "x-") {
		return "", "", false
	}
	return fmt.Sprintf("unknown signal %q", s), nearest.Hint(s, known), true
}

// runDefaults renders what a person gets who answers nothing but what must be.
func (r *runner) runDefaults() {
	r.check("defaults", "nothing answered", manifest.FileName, func(check *Check) {
		resolved, err := Defaults(r.t)
		if err != nil {
			r.fail(check, err, r.question)
			return
		}
		if _, ok := r.render(resolved, check); ok {
			r.keep("defaults", resolved, check)
		}
	})
}

func (r *runner) runPairs() {
	if _, err := Defaults(r.t); err != nil {
		return // the check of the defaults has failed
	}
	sets, covered, impossible := pairs(r.t)
	r.report.Pairs = Pairs{Projects: len(sets), Covered: covered, Impossible: impossible}
	for i, answers := range sets {
		if r.ctx.Err() != nil || r.err != nil {
			return
		}
		r.check("pairwise", describe(answers), manifest.FileName, func(check *Check) {
			resolved, err := settle(r.t.Manifest, given(r.t, "demo", nil, nil), answers)
			if err != nil {
				r.fail(check, err, r.question)
				return
			}
			if _, ok := r.render(resolved, check); ok {
				r.keep(fmt.Sprintf("pair-%02d", i+1), resolved, check)
			}
		})
	}
}

func (r *runner) keep(name string, resolved *manifest.Resolved, check *Check) {
	if r.o.Keep == nil {
		return
	}
	if r.err = r.o.Keep(r.ctx, name, resolved); r.err == nil {
		check.Kept = name
	}
}

// render makes one project and looks at it; false where there is none.
func (r *runner) render(resolved *manifest.Resolved, check *Check) (tree.Tree, bool) {
	project, err := generator.New(generator.Options{Limits: r.o.Limits}).Render(r.ctx, r.t, resolved, &r.covered)
	if err != nil {
		r.fail(check, err, r.question)
		return tree.Tree{}, false
	}
	for _, a := range resolved.Asked {
		if a.Active {
			r.note(a)
		}
	}
	names := r.t.Manifest.Names()
	for _, f := range project.Files() {
		r.sources[f.Source] = true
		if name, line := unrendered(f, names); name != "" {
			r.add(check, sourceLine(r.t, f, "."+name), fmt.Sprintf("%s:%d: .%s is not rendered", f.Path, line, name))
		}
	}
	check.Files = project.Len()
	return project, true
}

// note remembers the choices of an answer.
func (r *runner) note(a manifest.Asked) {
	if list, ok := a.Value.([]string); ok {
		for _, v := range a.Question.Values() {
			r.values[fmt.Sprintf("%s=%s: %t", a.Question.ID, v, slices.Contains(list, v))] = true
		}
		return
	}
	r.values[fmt.Sprintf("%s=%v", a.Question.ID, a.Value)] = true
}

// unrendered looks for a variable in its delimiters in what was generated.
func unrendered(f tree.File, names []string) (name string, line int) {
	if !utf8.Valid(f.Data) {
		return "", 0
	}
	for _, m := range bare.FindAllStringSubmatchIndex(string(f.Data), -1) {
		if name := string(f.Data[m[2]:m[3]]); slices.Contains(names, name) {
			return name, strings.Count(string(f.Data[:m[0]]), "\n") + 1
		}
	}
	return "", 0
}

func (r *runner) verify() {
	for _, s := range r.o.Verify(r.ctx) {
		place := r.at("verify", s.Name)
		c := Check{Group: "verify", Name: s.Name, File: Within(r.o.Dir, place.File), Problems: []Problem{}, Duration: s.Duration, Millis: s.Duration.Milliseconds()}
		if message, lines := firstLine(s.Problem); message != "" {
			r.add(&c, place, message, lines...)
		}
		r.report.Checks = append(r.report.Checks, c)
	}
}

func firstLine(text string) (first string, rest []string) {
	list := strings.Split(text, "\n")
	return list[0], list[1:]
}
