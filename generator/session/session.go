// Package session is the way from what was said to one plan: it holds flags,
// files and environment against each other, gives the steps that are still to be
// asked, and plans.
//
// It prints nothing, draws nothing and reads no flags: what was said arrives as
// [Given], what it needs of the machine as [Machine]. Whoever asks (a terminal, a
// program, nobody) is a face of it.
package session

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
	"scaffold/generator/source"
	"scaffold/generator/trust"
)

// A Machine is what a session needs of the machine that it runs on.
type Machine struct {
	Templates  *source.Catalog
	Dir        string   // the working directory, absolute
	Beside     string   // where a project goes whose directory is not named; "" is Dir
	Program    []string // how this program is called; nil is scaffold
	Now        time.Time
	Environ    []string          // KEY=VALUE
	Defaults   manifest.Answers  // what the configuration prefers, in any template
	TrustFile  string            // see [trust.Open]
	Publishers []trust.Publisher // that the machine trusts
	Screen     Screen
}

// A Screen is what the texts of steps are laid out for. The zero value has 80
// columns and no end.
type Screen struct {
	Width, Height int
	Spoken        bool // read aloud line by line: no long lists
}

func (m Machine) generator() *generator.Generator {
	return generator.New(generator.Options{Now: m.Now})
}

func (m Machine) absolute(dir string) string {
	if filepath.IsAbs(dir) {
		return filepath.Clean(dir)
	}
	return filepath.Join(m.Dir, dir)
}

// program is how this program is called.
func (m Machine) program() []string {
	if len(m.Program) == 0 {
		return []string{"scaffold"}
	}
	return slices.Clone(m.Program)
}

// getenv gives a variable; where it is there twice, the last one holds.
func (m Machine) getenv(name string) string {
	prefix := name + "="
	for _, kv := range slices.Backward(m.Environ) {
		if len(kv) >= len(prefix) && kv[:len(prefix)] == prefix {
			return kv[len(prefix):]
		}
	}
	return ""
}

// A Session is one way to a plan. It is not for several goroutines.
type Session struct {
	machine   Machine
	given     Given
	entries   []manifest.Listed
	policies  []*manifest.Policy
	groups    []manifest.SignalGroup
	layers    layers
	fileName  string                // the project's name, as the answers file says it
	git       generator.GitSettings // the machine's, with what was given on top
	gitDir    string                // the directory that they are for
	templates map[string]*chosen    // by reference: each is read once

	answered []Answered
	at       *state          // after answered; nil where it has to be worked out
	plan     *generator.Plan // of that state; what a person is shown is what Apply takes
}

// Start reads all that was said and checks it, before anything is asked.
func Start(ctx context.Context, m Machine, g Given) (*Session, error) {
	s := &Session{machine: m, given: g, layers: m.layers(g), templates: map[string]*chosen{}}
	if err := g.check(); err != nil {
		return nil, err
	}
	if err := s.survey(ctx); err != nil {
		return nil, err
	}
	if err := s.read(g.Answers); err != nil {
		return nil, err
	}
	if g.Made != nil {
		s.layers.file = g.Made.Answers
	}
	_, err := recommend.Check(s.given.Signals, s.groups)
	if err != nil {
		return nil, err
	}
	if err := s.describable(); err != nil {
		return nil, err
	}
	s.gitDir = s.directory(s.projectName())
	if err := s.detect(ctx); err != nil {
		return nil, err
	}
	if g.Ask && g.Dir != "" && g.Made == nil { // refused before anyone answers a question
		return s, m.generator().CheckDestination(m.absolute(g.Dir), g.Force)
	}
	return s, nil
}

// detect asks git, and meanwhile reads the template that was given: both take
// about as long.
func (s *Session) detect(ctx context.Context) error {
	var git sync.WaitGroup
	var failed error
	git.Go(func() { s.git, failed = s.machine.gitSettings(ctx, s.given, s.gitDir) })
	err := s.checkGivenName(ctx)
	git.Wait()
	return cmp.Or(failed, err)
}

// checkGivenName holds a name that was given to the rule of the template that was.
func (s *Session) checkGivenName(ctx context.Context) error {
	rule := manifest.CheckName
	if ref := s.given.Template; ref != "" {
		t, err := s.load(ctx, ref)
		if err != nil {
			return err
		}
		rule = t.Manifest.CheckName
	}
	if name := s.projectName(); name != "" && s.given.Made == nil {
		return rule(name)
	}
	return nil
}

// directory is the project's, as it was given, or by its name; "" as long as
// neither is known.
func (s *Session) directory(name string) string {
	if s.given.Dir != "" || name == "" {
		return s.given.Dir
	}
	return filepath.Join(s.machine.Beside, name)
}

// survey reads what there is to choose from. Where a template is named, nobody is
// asked and nothing is said that speaks for another, that is nothing, and a
// project of a few files is made in half the time.
func (s *Session) survey(ctx context.Context) (err error) {
	if s.policies, err = s.machine.Templates.Policies(ctx); err != nil {
		return err
	}
	g := s.given
	settled := g.Template != "" && !g.Ask && len(g.Signals) == 0 && g.Describe == "" && g.Answers == nil && g.Made == nil
	if !settled || len(s.policies) > 0 {
		if s.entries, err = s.machine.Templates.List(ctx); err != nil {
			return err
		}
	}
	s.groups = recommend.Groups(s.entries)
	return nil
}

// Next is the step to ask now. It is nil where nothing is left to ask, or nobody
// may be asked: then what is missing, unknown or invalid is the error, all at
// once.
func (s *Session) Next(ctx context.Context) (*Step, error) {
	at, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	if !s.given.Ask {
		return nil, at.ready(ctx)
	}
	step, err := at.next(ctx)
	if step != nil {
		step.Progress = at.progress(step)
	}
	return step, err
}

// Answer takes the value of the step to ask now. An error says what is wrong
// with the value: then nothing is taken.
func (s *Session) Answer(ctx context.Context, value any) error {
	step, err := s.Next(ctx)
	if err != nil {
		return err
	}
	if step == nil {
		return fault.New(fault.Bug, "an answer to nothing that is asked")
	}
	if value, err = step.take(value); err != nil {
		return err
	}
	if step.ID != stepConfirm || value != doCreate {
		s.plan = nil
	}
	s.answered, s.at = append(slices.Clip(s.answered), Answered{Step: *step, Value: value}), nil
	return nil
}

// Back drops the last answer, if there is one.
func (s *Session) Back() {
	if n := len(s.answered); n > 0 {
		s.answered, s.at, s.plan = s.answered[:n-1], nil, nil
	}
}

// Answered are the answers so far, in order.
func (s *Session) Answered() []Answered { return slices.Clone(s.answered) }

// Plan is the one plan of what was said and answered: made once, and the same
// until another answer is taken or dropped. Hooks that nobody allowed, and
// answers that are missing, are errors.
func (s *Session) Plan(ctx context.Context) (*generator.Plan, error) {
	at, err := s.state(ctx)
	if err != nil || s.plan != nil {
		return s.plan, err
	}
	if err := at.ready(ctx); err != nil {
		return nil, err
	}
	s.plan, err = at.plan(ctx)
	return s.plan, err
}

// Apply writes the plan that [Session.Plan] gave. Trust that the person gave to
// the template is kept before anything is written.
func (s *Session) Apply(ctx context.Context, p *generator.Plan) (*generator.Result, error) {
	if err := s.Trust(ctx); err != nil {
		return nil, err
	}
	if err := s.before(ctx); err != nil {
		return nil, err
	}
	return s.machine.generator().Apply(ctx, p)
}
