package session

import (
	"context"
	"slices"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/quote"
	"scaffold/generator/step"
)

// A Launch is the question whether to install and start a project that is there: a
// flow of one step.
type Launch struct {
	step       Step
	answered   []Answered
	stages     []step.Stage
	environ    []string
	dir, typed string
}

// Launch asks about the project in dir, which the person calls typed. It is nil where
// the template does not say how to start it, a tool for that is missing, the project
// was verified anyway, or its commands were refused.
func (s *Session) Launch(dir, typed string) *Launch {
	stages := slices.DeleteFunc(step.Stages(s.at.template.Manifest.Verify, "run"), func(st step.Stage) bool { return st.Name == "test" })
	if len(stages) == 0 || stages[len(stages)-1].Name != "run" || s.given.Verify != "" || s.refused() || s.lacksTools() {
		return nil
	}
	for i := range stages {
		stages[i].Hide = secrets(s.at.resolved)
	}
	title, lines := "Start it now?", []string{"start    " + quote.Text(shell(stages[len(stages)-1].Run))}
	if len(stages) > 1 {
		title, lines = "Install and start it now?", append([]string{"install  " + quote.Text(shell(stages[0].Run))}, lines...)
	}
	body := strings.Join(lines, "\n")
	if !s.at.vetted().allows() {
		body = s.at.template.wants(lines)
	}
	return &Launch{
		step: Step{
			ID: stepStart, Kind: Confirm, Title: title, Body: body, Default: false, Terms: termsStart,
			Help: "in " + typed + ", with its output shown; Ctrl-C ends it",
		},
		stages: stages, environ: s.machine.Environ, dir: dir, typed: typed,
	}
}

// refused reports that somebody refused the commands of a template that is not
// trusted.
func (s *Session) refused() bool {
	return s.at.hooks() == HooksSkipped && !s.at.vetted().allows()
}

func (s *Session) lacksTools() bool {
	return slices.ContainsFunc(s.Tools(), func(f step.Finding) bool { return f.State == step.NotThere })
}

// Next is the question, until it is answered.
func (s *Launch) Next(context.Context) (*Step, error) {
	if len(s.answered) > 0 {
		return nil, nil
	}
	return &s.step, nil
}

// Answer takes yes or no.
func (s *Launch) Answer(_ context.Context, value any) error {
	value, err := s.step.take(value)
	if err == nil {
		s.answered = []Answered{{Step: s.step, Value: value}}
	}
	return err
}

// Back drops the answer.
func (s *Launch) Back() { s.answered = nil }

// Answered is the answer, if there is one.
func (s *Launch) Answered() []Answered { return slices.Clone(s.answered) }

// Wanted reports a yes.
func (s *Launch) Wanted() bool { return len(s.answered) > 0 && s.answered[0].Value == true }

// Jobs install the project and run it until the context is cancelled. Once it
// answers, up gets its address; from then on to cancel is no fault.
func (s *Launch) Jobs(up func(url string)) []Job {
	env := step.Environ(s.environ)
	jobs := VerifyJobs(s.environ, s.dir, s.typed, s.stages)
	last := len(jobs) - 1
	jobs[last].Again = s.Again()
	jobs[last].Do = func(ctx context.Context, line func(string)) error {
		err := s.stages[last].Start(ctx, s.dir, env, line, up)
		if cause := context.Cause(ctx); err == nil && !fault.Is(cause, fault.Cancelled) {
			return cause
		}
		return err
	}
	return jobs
}

// Again is what a person types to start the project.
func (s *Launch) Again() string {
	run := quote.Shell(s.stages[len(s.stages)-1].Run...)
	if s.typed == "." {
		return run
	}
	return "cd " + quote.Shell(s.typed) + " && " + run
}
