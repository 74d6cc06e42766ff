package cli

import (
	"fmt"
	"slices"
	"strings"

	"scaffold/generator/manifest"
)

// command is the one line that repeats the run without questions: the template,
// the signals, and every answer that is not its default.
func (r *newRun) command(resolved *manifest.Resolved) []string {
	args := []string{"scaffold", "new"}
	if r.opts.dirGiven {
		args = append(args, r.opts.dir)
	} else if name := fmt.Sprint(resolved.Vars["name"]); name != "" {
		args = append(args, name)
	}
	if r.opts.name != "" {
		args = append(args, "--name", r.opts.name)
	}
	args = append(args, "--template", r.templateRef)
	args = append(args, signalArgs(r.signals)...)
	args = append(args, r.setArgs(resolved)...)
	for _, flag := range []struct {
		name string
		on   bool
	}{{"--force", r.opts.force}, {"--no-git", r.opts.noGit}, {"--no-commit", r.opts.noCommit},
		{"--run-hooks", r.opts.runHooks || r.hookChoice() == hooksRun && r.hookAnswer == hooksRun}, {"--no-hooks", r.hookChoice() == hooksSkip},
		{"--no-input", true}} {
		if flag.on {
			args = append(args, flag.name)
		}
	}
	if r.opts.verify != "" {
		args = append(args, "--verify="+r.opts.verify)
	}
	if r.opts.branch != "" {
		args = append(args, "--branch", r.opts.branch)
	}
	if r.opts.author != "" {
		args = append(args, "--author", r.opts.author)
	}
	return args
}

// setArgs gives the answers that differ from what the template would take by
// itself, and something to fill in for those that are missing.
func (r *newRun) setArgs(resolved *manifest.Resolved) []string {
	given := r.given(fmt.Sprint(resolved.Vars["name"]))
	given.Defaults = nil // the command works on a machine without this configuration, too
	defaults, err := r.template.Manifest.Resolve(given, nil)
	if err != nil {
		defaults = resolved
	}
	var args []string
	for i, a := range resolved.Asked {
		bare := defaults.Asked[i]
		switch {
		case !a.Active:
		case a.Question.Type == manifest.Secret:
			args = append(args, "--secret-file", a.Question.ID+"=FILE")
		case a.Missing, bare.Missing && invalid(resolved, a.Question.ID):
			args = append(args, "--set", a.Question.ID+"="+a.Question.Sample())
		case invalid(resolved, a.Question.ID): // said aloud, so that it also hides what was given elsewhere
			args = append(args, "--set", a.Question.ID+"="+manifest.Typed(a.Value))
		case bare.Missing || !bare.Active || manifest.Typed(bare.Value) != manifest.Typed(a.Value) || a.Given && dependsOn(resolved, defaults, i):
			args = append(args, "--set", a.Question.ID+"="+manifest.Typed(a.Value))
		}
	}
	for _, id := range manifest.Defaulted() {
		if v, ok := r.layers.merged()[id]; ok && !isQuestion(resolved, id) {
			args = append(args, "--set", id+"="+v.Text)
		}
	}
	return args
}

func invalid(r *manifest.Resolved, id string) bool {
	return slices.ContainsFunc(r.Problems, func(p manifest.AnswerProblem) bool { return p.Kind == manifest.Invalid && p.ID == id })
}

func isQuestion(r *manifest.Resolved, id string) bool {
	return slices.ContainsFunc(r.Asked, func(a manifest.Asked) bool { return a.Question.ID == id })
}

// dependsOn reports whether question i may have another default here than where
// nothing is answered: an earlier answer differs.
func dependsOn(resolved, defaults *manifest.Resolved, i int) bool {
	for j := range i {
		if manifest.Typed(resolved.Asked[j].Value) != manifest.Typed(defaults.Asked[j].Value) {
			return true
		}
	}
	return false
}

// shellJoin writes a command line that a POSIX shell reads back unchanged.
func shellJoin(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = shellQuote(a)
	}
	return strings.Join(quoted, " ")
}

func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
