package session

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
	"scaffold/generator/step"
	"scaffold/generator/trust"
)

// A chosen template is one that was read, and what is known of it on this
// machine.
type chosen struct {
	*generator.Template
	ref   string // it was loaded by
	trust *trust.Store
	tools func() []step.Finding // waits for them
}

// load reads a template, once: what a person is shown, trusts and gets is of the
// same bytes.
func (s *Session) load(ctx context.Context, ref string) (*chosen, error) {
	if c, ok := s.templates[ref]; ok {
		return c, nil
	}
	t, err := s.machine.Templates.Load(ctx, ref)
	if err != nil {
		return nil, err
	}
	c := &chosen{Template: t, ref: ref, trust: &trust.Store{}}
	if trust.Matters(t) {
		if c.trust, err = trust.Open(s.machine.TrustFile, s.machine.Publishers...); err != nil {
			return nil, err
		}
		if err := c.trust.Judge(ctx, t, s.machine.Templates.Signed); err != nil {
			return nil, err
		}
	}
	c.tools = s.lookForTools(ctx, c)
	s.templates[ref] = c
	return c, nil
}

// A state is a session as it stands after some answers. It is made anew for
// each, so that going back needs no undo.
type state struct {
	*Session
	template *chosen
	layers   layers // with the template's preset
	name     string
	said     []string // signals, as given and answered
	signals  []string // said, without what adds nothing
	advice   recommend.Advice
	asked    map[string]bool // groups of signals that something spoke for

	words      string   // a description that waits to be confirmed
	wantsWords bool     // the person wants to describe it
	plain      []string // uses that were asked about in plain words
	rest       bool     // the person wants to answer what can change nothing
	answers    manifest.Answers
	resolved   *manifest.Resolved
	wanted     []string // questions to be asked before the next confirmation
	unseen     bool     // the recommendation was taken by nobody
	changing   bool     // the person asked to change some answers
	done       bool

	consent  Hooks    // what the person said about the template's hooks
	seen     []string // the hooks that it was said of
	warnings []string
}

// state gives the session as it stands now.
func (s *Session) state(ctx context.Context) (*state, error) {
	if s.at != nil {
		return s.at, nil
	}
	a := &state{Session: s, layers: s.layers, name: s.projectName(), said: s.given.Signals, asked: map[string]bool{}}
	for _, signal := range s.given.Signals {
		group, _ := manifest.SplitSignal(signal)
		a.asked[group] = true
	}
	if err := a.begin(ctx); err != nil {
		return nil, err
	}
	if s.given.Made != nil {
		a.wanted = slices.Clone(s.given.Made.Ask)
	}
	for _, answer := range s.answered {
		if err := a.take(ctx, answer); err != nil {
			return nil, err
		}
	}
	if err := a.locate(ctx); err != nil {
		return nil, err
	}
	if err := a.settle(); err != nil {
		return nil, err
	}
	s.at = a
	return a, a.keepConsent()
}

// begin takes what was given.
func (a *state) begin(ctx context.Context) error {
	var err error
	if a.given.Made != nil {
		a.signals = a.given.Made.Signals
	} else if a.signals, err = recommend.Check(a.said, a.groups); err != nil {
		return err
	}
	a.answers = a.layers.merged()
	if a.given.Describe != "" {
		if a.given.Ask {
			a.words = a.given.Describe
		} else if err := a.understand(a.Understood()); err != nil {
			return err
		}
	}
	if a.given.Template == "" {
		return nil
	}
	return a.use(ctx, a.given.Template)
}

// use makes ref the template.
func (a *state) use(ctx context.Context, ref string) error {
	var err error
	if a.template, err = a.load(ctx, ref); err != nil {
		return err
	}
	a.layers.preset, err = preset(a.template.Manifest, a.given.Preset)
	a.answers = a.layers.merged()
	return err
}

// locate reads git's settings anew where the project's directory has become
// known: some hold only in some places.
func (a *state) locate(ctx context.Context) (err error) {
	if dir := a.directory(a.name); dir != a.gitDir {
		a.gitDir = dir
		a.git, err = a.machine.gitSettings(ctx, a.given, dir)
	}
	return err
}

// settle works out what follows from the answers.
func (a *state) settle() error {
	a.advice = recommend.Rank(a.entries, a.said, a.policies...)
	return a.resolve()
}

// resolve works out the template's answers, once there is a template. What is
// wrong with its own expressions is the template's fault.
func (a *state) resolve() error {
	if a.template == nil {
		return nil
	}
	var err error
	if a.resolved, err = a.template.Manifest.Resolve(a.variables(a.name), a.answers); err != nil {
		return templateFault(err)
	}
	if a.given.Made != nil && a.dropStale() {
		return a.resolve()
	}
	return nil
}

// templateFault makes an error of the template's own expressions the template's.
func templateFault(err error) error {
	if fault.Of(err) != nil {
		return err
	}
	return fault.As(fault.Template, err)
}

// variables is what the template gets without asking.
func (a *state) variables(name string) manifest.Given {
	m, now := a.template.Manifest, a.machine.Now
	if made := a.given.Made; made != nil {
		return made.Variables(m, name)
	}
	return manifest.Given{
		Name: name, Signals: a.signals,
		Template: m.Name, Version: m.Version,
		Scaffold: generator.Version, Date: now.Format("2006-01-02"), Year: now.Format("2006"),
		Author: a.git.Author.Name, Email: a.git.Author.Email, License: "MIT",
		Recommendation: a.advice.Value(), Defaults: a.machine.Defaults,
	}
}

// take applies one answer.
func (a *state) take(ctx context.Context, answer Answered) error {
	kind, id, _ := strings.Cut(answer.Step.ID, ":")
	switch kind {
	case stepSignal:
		if id == "use" {
			return a.takeUses(answer.Value.([]string))
		}
		return a.takeSignals(id, answer.Value)
	case stepPlain:
		return a.takePlain(id, answer.Value.(string))
	case stepWords:
		a.words, a.wantsWords = answer.Value.(string), false
	case stepMeant:
		return a.takeMeaning(answer.Value.(string))
	case stepTemplate:
		if answer.Value == doRest {
			a.rest = true
			return nil
		}
		return a.use(ctx, answer.Value.(string))
	case stepName:
		a.name = answer.Value.(string)
	case stepAnswer:
		a.answers[id] = scalar(answer.Value)
		a.wanted = slices.DeleteFunc(a.wanted, func(q string) bool { return q == id })
	case stepChange:
		a.wanted, a.changing = slices.Clone(answer.Value.([]string)), false
	case stepHooks:
		return a.takeConsent(Hooks(answer.Value.(string)))
	case stepConfirm:
		return a.takeConfirmation(answer.Value.(string))
	}
	return nil
}

func (a *state) takeConfirmation(what string) error {
	switch what {
	case doCreate:
		a.done = true
	case doChange:
		a.changing = true
	case doAll:
		if err := a.resolve(); err != nil {
			return err
		}
		for _, q := range a.resolved.Asked {
			a.wanted = append(a.wanted, q.Question.ID)
		}
	}
	return nil
}

func (a *state) takeSignals(group string, value any) error {
	values, many := value.([]string)
	if !many {
		values = []string{value.(string)}
	}
	a.asked[group] = true
	signals := make([]string, len(values))
	for i, v := range values {
		signals[i] = recommend.Signal(group, v)
	}
	return a.add(signals...)
}

// scalar is an answer as it would be typed.
func scalar(value any) manifest.Scalar {
	switch v := value.(type) {
	case []string:
		return manifest.Scalar{List: v, Many: true}
	case nil:
		return manifest.Scalar{}
	default:
		return manifest.Scalar{Text: fmt.Sprint(v)}
	}
}

// choose makes sure of a template where nobody is asked: the given one, or the
// recommendation where it may be taken unseen.
func (a *state) choose(ctx context.Context) error {
	switch choice := a.advice.Choice; {
	case a.template != nil:
		return nil
	case choice == nil:
		return fault.New(fault.Usage, "no template is named, and nothing says what the project is for").
			Try("add --template NAME, or say what it is for: --use rest-api --team python (scaffold recommend --list shows all)")
	case !a.given.Accept:
		return fault.New(fault.Usage, "the recommendation is %s; nobody is here to confirm it", choice.Primary).
			Try("add --yes to take it, or --template " + choice.Primary)
	case a.advice.Confidence == recommend.Low:
		a.warnings = append(a.warnings, fmt.Sprintf("the confidence in %s is low; `scaffold recommend` with the same flags shows why", choice.Primary))
	}
	a.unseen = true
	if err := a.use(ctx, a.advice.Choice.Primary); err != nil {
		return err
	}
	return a.resolve()
}

// ready says what is in the way of a plan.
func (a *state) ready(ctx context.Context) error {
	if err := a.choose(ctx); err != nil {
		return err
	}
	if a.name == "" {
		return fault.New(fault.Usage, "the project has no name").Try("give a directory: scaffold new my-app, or --name my-app")
	}
	if err := a.checkName(); err != nil {
		return err
	}
	if len(a.resolved.Problems) > 0 {
		return a.problems(a.resolved.Problems)
	}
	return nil
}

// plan renders what was answered.
func (a *state) plan(ctx context.Context) (*generator.Plan, error) {
	stages, err := a.stages()
	if err != nil {
		return nil, err
	}
	var verify []generator.Command
	for _, s := range stages {
		verify = append(verify, generator.Command{Kind: generator.Verify, Name: s.Name, Run: s.Run})
	}
	p, err := a.machine.generator().Plan(ctx, generator.Request{
		Dir: a.machine.absolute(a.directory(a.name)), Name: a.name, Force: a.given.Force, Verify: verify,
		Parts: []generator.Part{{Path: ".", Template: a.template.Template, Answers: a.resolved, Signals: a.signals}},
		Git: generator.GitRequest{
			Skip: a.given.NoGit, NoCommit: a.given.NoCommit,
			Branch: a.git.Branch, Author: a.git.Author, Signing: a.git.Signing, Machine: a.git.Machine,
		},
	})
	if err != nil {
		return nil, err
	}
	// Nobody is asked about the commands of a plan that is not the one they saw.
	if err := p.Expect(a.given.Expect); err != nil {
		return nil, err
	}
	if err := a.admit(); err != nil {
		return nil, err
	}
	return p, nil
}
