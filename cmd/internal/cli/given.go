package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/session"
)

// given is what the flags say, with the files that they name.
func (o *newOptions) given(e *env) (session.Given, error) {
	g := session.Given{
		Dir: o.dir, Name: o.name, Template: o.template, Signals: o.signals.list(), Describe: o.describe, Preset: o.preset,
		Set: manifest.Answers{}, Secrets: manifest.Answers{},
		Ask: e.Interactive() && !o.yes, Accept: o.yes, DryRun: o.dryRun, Force: o.force,
		NoGit: o.noGit, NoCommit: o.noCommit, Branch: o.branch, Author: o.author, Verify: o.verify, Expect: o.expect,
	}
	switch {
	case o.diff && !o.dryRun:
		return g, fault.New(fault.Usage, "--diff without --dry-run").Try("add --dry-run")
	case o.runHooks && o.noHooks:
		return g, fault.New(fault.Usage, "--run-hooks and --no-hooks").Try("give one of them")
	case o.runHooks:
		g.Hooks = session.HooksOnce
	case o.noHooks:
		g.Hooks = session.HooksSkipped
	}
	var err error
	if g.Set, err = parseSet(o.set); err != nil {
		return g, err
	}
	if o.license != "" {
		g.Set["license"] = manifest.Scalar{Text: o.license}
	}
	if err := e.readSecrets(o.secretFiles, g.Secrets); err != nil {
		return g, err
	}
	g.Answers, err = e.readAnswers(o.answersFile)
	return g, err
}

// parseSet reads --set KEY=VALUE.
func parseSet(list []string) (manifest.Answers, error) {
	answers := manifest.Answers{}
	for _, s := range list {
		key, value, ok := strings.Cut(s, "=")
		if !ok || key == "" {
			return nil, fault.New(fault.Usage, "--set %q", s).Try("write --set KEY=VALUE")
		}
		answers[key] = manifest.Scalar{Text: value}
	}
	return answers, nil
}

func (e *env) readSecrets(files []string, into manifest.Answers) error {
	for _, s := range files {
		key, path, ok := strings.Cut(s, "=")
		if !ok || key == "" || path == "" {
			return fault.New(fault.Usage, "--secret-file %q", s).Try("write --secret-file KEY=FILE")
		}
		data, err := e.readAll(path)
		if err != nil {
			return fault.New(fault.Usage, "the secret %s cannot be read: %v", key, err).Try("correct --secret-file " + key + "=FILE")
		}
		into[key] = manifest.Scalar{Text: strings.TrimRight(string(data), "\r\n")}
	}
	return nil
}

// readAnswers gives the answers file that was named, or nil.
func (e *env) readAnswers(path string) (*session.Document, error) {
	if path == "" {
		return nil, nil
	}
	data, err := e.readAll(path)
	if err != nil {
		return nil, fault.New(fault.Usage, "the answers cannot be read: %v", err).Try("correct --answers FILE")
	}
	if path == "-" {
		path = "standard input"
	}
	return &session.Document{Name: path, Data: data}, nil
}

// readAll reads a small file, or standard input for "-".
func (e *env) readAll(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(e.In, 1<<20+1))
	}
	return os.ReadFile(absolute(e.dir, path))
}

// document is what is wrong with the configuration: the person's input, whatever
// was wrong with it.
func document(err error) error {
	f := fault.As(fault.Encoded, err)
	if f.Hint == "" {
		f.Hint = "correct the file at that place"
	}
	return f
}

func absolute(workDir, dir string) string {
	if filepath.IsAbs(dir) {
		return filepath.Clean(dir)
	}
	return filepath.Join(workDir, dir)
}
