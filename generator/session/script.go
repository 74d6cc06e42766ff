package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/step"
)

// command is a hook as it runs in a directory; more goes into its environment.
func (s *Session) command(a manifest.Action, dir string) step.Command {
	answers := s.at.resolved
	return step.Command{
		Name: a.ID, Run: a.Run, Dir: filepath.Join(dir, filepath.FromSlash(a.Dir)), Timeout: time.Duration(a.Timeout), Hide: secrets(answers),
		Env: step.Environ(s.machine.Environ, append(answerEnv(answers, a.Needs.Secrets), a.Env...)...),
	}
}

// run runs a hook. The script of one is a file for as long as it runs.
func run(ctx context.Context, a manifest.Action, c step.Command) error {
	if a.Script == "" {
		return c.Do(ctx)
	}
	file := a.Run[len(a.Run)-1]
	temp, err := os.MkdirTemp("", "scaffold-hook-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	at := filepath.Join(temp, filepath.Base(file))
	if err := os.WriteFile(at, []byte(a.Script), 0o700); err != nil {
		return err
	}
	c.Run = slices.Clone(a.Run)
	c.Run[len(c.Run)-1] = at
	return c.Do(ctx)
}

// scriptNote says which script a hook runs, once it is filled with the answers.
func scriptNote(a manifest.Action) string {
	sum := sha256.Sum256([]byte(a.Script))
	return fmt.Sprintf("a script of %d lines, sha256 %s", strings.Count(strings.TrimSuffix(a.Script, "\n"), "\n")+1, hex.EncodeToString(sum[:6]))
}

// before runs the hooks that come before anything is written, in an empty
// directory of their own: they may say no, and write nothing.
func (s *Session) before(ctx context.Context) error {
	actions, said := s.Hooks()
	if !said.allows() {
		return nil
	}
	for _, a := range actions {
		if !a.Before {
			continue
		}
		if err := s.runBefore(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) runBefore(ctx context.Context, a manifest.Action) error {
	dir, err := os.MkdirTemp("", "scaffold-before-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := run(ctx, a, s.command(a, dir)); err != nil {
		return err
	}
	left, err := os.ReadDir(dir)
	if err == nil && len(left) > 0 {
		err = fault.New(fault.Template, "the hook %s writes %s before the project is there, which is not supported", a.ID, left[0].Name()).
			Try("--no-hooks makes the project without the template's hooks")
	}
	return err
}
