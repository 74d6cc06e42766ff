package session

import (
	"context"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/step"
)

// A Job is one command that runs in a finished project: a hook, or a step of
// the verify block.
type Job struct {
	Name  string
	Run   []string
	Again string // what to type once its fault is mended
	Do    func(ctx context.Context, line func(string)) error
}

// Hooks are the template's hooks of these answers, and what becomes of them. It
// is for a session that has a plan.
func (s *Session) Hooks() ([]manifest.Action, Hooks) {
	actions, err := s.at.actions()
	if err != nil { // the plan would not be there
		return nil, ""
	}
	return actions, s.at.hooks()
}

// Stages are the steps of the verification that was asked for, and what becomes
// of them.
func (s *Session) Stages() ([]step.Stage, Hooks) {
	list, _ := s.at.stages() // the plan would not be there
	return list, s.at.vetted()
}

func (a *state) stages() ([]step.Stage, error) {
	if a.given.Verify == "" {
		return nil, nil
	}
	list, err := Stages(a.template.Manifest, a.given.Verify)
	for i := range list {
		list[i].Hide = secrets(a.resolved)
	}
	return list, err
}

// HookJobs are the hooks that run once the project is in place.
func (s *Session) HookJobs(p *generator.Plan) []Job {
	actions, said := s.Hooks()
	if !said.allows() {
		return nil
	}
	var jobs []Job
	for _, a := range actions {
		if a.Before {
			continue // it has run
		}
		c := s.command(a, p.Dir)
		again := "cd " + shell([]string{s.machine.Relative(c.Dir)}) + " && " + shell(a.Run)
		if a.Script != "" {
			again = ""
		}
		jobs = append(jobs, Job{Name: a.ID, Run: a.Run, Again: again, Do: func(ctx context.Context, line func(string)) error {
			c.Line = line
			return run(ctx, a, c)
		}})
	}
	return jobs
}

// StageJobs are the steps of the verification, where they may run; see
// [VerifyJobs].
func (s *Session) StageJobs(dir, typed string) []Job {
	list, said := s.Stages()
	if !said.allows() {
		return nil
	}
	return VerifyJobs(s.machine.Environ, dir, typed, list)
}

// VerifyJobs are steps of a verify block, to be run in a directory; typed is the
// project as the person names it.
func VerifyJobs(environ []string, dir, typed string, list []step.Stage) []Job {
	env := step.Environ(environ)
	jobs := make([]Job, len(list))
	for i, s := range list {
		jobs[i] = Job{Name: s.Name, Run: s.Run, Again: quote.Shell("scaffold", "verify", typed), Do: func(ctx context.Context, line func(string)) error {
			return s.Verify(ctx, dir, env, line)
		}}
	}
	return jobs
}

// answerEnv gives answers to a hook as data, SCAFFOLD_ANSWER_<ID>, so that no
// answer is ever part of a command. A secret goes only to a hook that declares
// it.
func answerEnv(r *manifest.Resolved, wanted []string) []string {
	env := []string{answerVar("name", r.Vars["name"])}
	for _, a := range r.Asked {
		if a.Active && (!a.Question.Type.IsSecret() || slices.Contains(wanted, a.Question.ID)) {
			env = append(env, answerVar(a.Question.ID, a.Value))
		}
	}
	for _, id := range manifest.Defaulted() {
		if !isQuestion(r, id) {
			env = append(env, answerVar(id, r.Vars[id]))
		}
	}
	return env
}

func answerVar(id string, value any) string {
	return answerVariable + strings.ToUpper(id) + "=" + manifest.Typed(value)
}

// secrets are the answers that no output may show.
func secrets(r *manifest.Resolved) []string {
	var out []string
	for _, a := range r.Asked {
		if a.Question.Type.IsSecret() {
			out = append(out, manifest.Typed(a.Value))
		}
	}
	return out
}

// Skipped are the commands that do not run because somebody said so, a line each.
// It is for a session that has a plan.
func (s *Session) Skipped() []string {
	var lines []string
	if actions, said := s.Hooks(); said == HooksSkipped {
		lines = hookLines(actions)
	}
	if stages, said := s.Stages(); said == HooksSkipped {
		lines = append(lines, stageLines(stages)...)
	}
	return lines
}

// Commands says, a line each, what would run, and which tools are not as the
// project needs them. It is for a session that has a plan.
func (s *Session) Commands() []string {
	actions, said := s.Hooks()
	var lines []string
	for _, a := range actions {
		lines = append(lines, said.verb()+"  "+HookLine(a))
	}
	stages, said := s.Stages()
	for _, st := range stages {
		lines = append(lines, said.verb()+"  "+StageLine(st))
	}
	if len(lines) == 0 {
		lines = append(lines, "runs  nothing; the commands to type come after")
	}
	for _, line := range ToolLines(s.Tools()) {
		lines = append(lines, "tools  "+line)
	}
	return lines
}
