package step

import (
	"context"
	"slices"
	"strconv"
	"time"

	"scaffold/generator/manifest"
)

// Levels are how far a verification goes; each one includes those before it.
func Levels() []string { return []string{"install", "test", "run"} }

// A Stage is one step of a verify block.
type Stage struct {
	Name string // one of Levels
	manifest.VerifyStep
	Hide []string // texts that no line of its output may show: secrets
}

// Stages lists the steps of a verify block up to a level, in the order in which
// they run.
func Stages(v manifest.Verify, level string) []Stage {
	var stages []Stage
	for i, step := range []*manifest.VerifyStep{v.Install, v.Test, v.Run} {
		if step != nil && i <= slices.Index(Levels(), level) {
			stages = append(stages, Stage{Name: Levels()[i], VerifyStep: *step})
		}
	}
	return stages
}

// Verify runs one stage in a project. A stage with a readiness check is started
// with a free PORT, awaited and stopped; any other one runs to its end. env is
// the whole environment.
func (s Stage) Verify(ctx context.Context, dir string, env []string, line func(string)) error {
	return s.run(ctx, dir, env, line, func(c Command, port int) error { return c.Serve(ctx, s.ready(port)) })
}

// Start is [Stage.Verify], but that a stage with a readiness check goes on until
// ctx is cancelled. up gets the address where it answers.
func (s Stage) Start(ctx context.Context, dir string, env []string, line, up func(string)) error {
	return s.run(ctx, dir, env, line, func(c Command, port int) error {
		return c.Hold(ctx, s.ready(port), func() { up(localURL(port, "")) })
	})
}

// run runs a stage to its end, or hands one that serves over with a free port.
func (s Stage) run(ctx context.Context, dir string, env []string, line func(string), serve func(c Command, port int) error) error {
	c := s.command(dir, env, line)
	if s.Ready == nil {
		return c.Do(ctx)
	}
	port, err := FreePort()
	if err != nil {
		return err
	}
	return serve(c.at(port), port)
}

func (s Stage) command(dir string, env []string, line func(string)) Command {
	return Command{Name: s.Name, Run: s.Run, Dir: dir, Env: env, Timeout: time.Duration(s.Timeout), Hide: s.Hide, Line: line}
}

// at is the command as a server on a port of this machine.
func (c Command) at(port int) Command {
	c.Env = append(slices.Clone(c.Env), "PORT="+strconv.Itoa(port), "HOST=127.0.0.1")
	return c
}

func (s Stage) ready(port int) Ready {
	return Ready{URL: localURL(port, s.Ready.HTTP), Within: time.Duration(s.Ready.Within)}
}
