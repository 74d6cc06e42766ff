// Package templatetest proves a template: Lint reads it, Test renders it.
//
// It is what scaffold's own templates go through, and what a platform team gets
// for theirs. It writes nothing and prints nothing; cases come from an [fs.FS],
// and what --update would write comes back as bytes.
package templatetest

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

const (
	filesDir = manifest.FilesDir
	suffix   = manifest.Suffix
)

// given are the variables of every project that is rendered here: the same on
// every machine and day.
func given(t *generator.Template, name string, signals []string, advice any) manifest.Given {
	return manifest.Given{
		Name: name, Signals: signals, Template: t.Manifest.Name, Version: t.Manifest.Version,
		Scaffold: generator.Version, Date: "2026-01-02", Year: "2026",
		Author: "Ada Lovelace", Email: "ada@example.com", License: "MIT", Recommendation: advice,
	}
}

// settle resolves answers, leaving out those to questions that are not asked,
// and answering with an example what has no default.
func settle(m *manifest.Manifest, g manifest.Given, answers manifest.Answers) (*manifest.Resolved, error) {
	answers = maps.Clone(answers)
	if answers == nil {
		answers = manifest.Answers{}
	}
	for range 2*len(m.Questions) + 1 {
		r, err := m.Resolve(g, answers)
		if err != nil {
			return nil, err
		}
		changed := false
		for _, a := range r.Asked {
			switch {
			case a.Given && !a.Active:
				delete(answers, a.Question.ID)
				changed = true
			case a.Missing:
				answers[a.Question.ID] = manifest.Scalar{Text: a.Question.Sample()}
				changed = true
			}
			if changed {
				break
			}
		}
		if !changed {
			return r, problems(r)
		}
	}
	return nil, errors.New("the conditions of the questions do not settle")
}

// Defaults resolves a template with nothing answered but what has no default,
// which takes its example.
func Defaults(t *generator.Template) (*manifest.Resolved, error) {
	return settle(t.Manifest, given(t, "demo", nil, nil), nil)
}

// problems gives what is wrong with the answers as one error, or nil.
func problems(r *manifest.Resolved) error {
	if len(r.Problems) == 0 {
		return nil
	}
	return answersError(r.Problems)
}

func answerProblem(p manifest.AnswerProblem) string {
	text := fmt.Sprintf("%s answer %s", p.Kind, p.ID)
	if p.Value != "" {
		text += "=" + p.Value
	}
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	return text
}

// sourceFiles lists the files and links below files/, and the directories there
// that hold nothing.
func sourceFiles(fsys fs.FS) (files, links, empty []string, err error) {
	err = fs.WalkDir(fsys, filesDir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == filesDir:
			return fs.SkipAll
		case err != nil:
			return err
		case d.IsDir():
			entries, err := fs.ReadDir(fsys, name)
			if len(entries) == 0 {
				empty = append(empty, name)
			}
			return err
		case d.Type()&fs.ModeSymlink != 0:
			links = append(links, name)
		}
		files = append(files, name)
		return nil
	})
	return files, links, empty, err
}

// Within puts a template's directory, as it was given, before the path of one of
// its files; without a directory the path stays.
func Within(dir, file string) string {
	if dir == "" {
		return file
	}
	return strings.TrimRight(dir, "/") + "/" + file
}

// below is a file's path below files/, which globs match.
func below(name string) string { return manifest.Below(name) }

// ownFile reports whether a file of the template comes from its last layer: what
// an overlay stands on has been checked and tested where it is kept.
func ownFile(t *generator.Template, name string) bool {
	layers := t.Origins[name]
	return len(layers) == 0 || layers[len(layers)-1] == len(t.Layers)-1
}

// ownQuestion reports whether the last layer asks the question.
func ownQuestion(t *generator.Template, id string) bool {
	if len(t.Overlays) == 0 {
		return true
	}
	_, own := t.Overlays[len(t.Overlays)-1].Manifest.Question(id)
	return own
}

// A Finding is one thing in a template that is wrong, or that will be.
type Finding struct {
	Rule    string `json:"rule"`
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`   // from 1; 0 when the whole file is meant
	Column  int    `json:"column,omitempty"` // from 1
	Message string `json:"message"`
	Try     string `json:"try,omitempty"`
}

// Place is file:line:column, as far as it is known.
func (f Finding) Place() string {
	return fault.Place{File: f.File, Line: f.Line, Column: f.Column}.String()
}

func compareFindings(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
}

// Refused turns the error of a template that cannot be loaded or read into
// findings; false where the template is not what is wrong.
func Refused(err error) ([]Finding, bool) {
	var list []error
	if problems := (manifest.Problems)(nil); errors.As(err, &problems) {
		list = problems.Unwrap()
	} else if fault.Is(err, fault.Template, fault.Unsafe) {
		list = []error{err}
	}
	findings := make([]Finding, len(list))
	for i, err := range list {
		findings[i] = refusal(err)
	}
	return findings, len(list) > 0
}

func refusal(err error) Finding {
	f := Finding{Rule: RuleRefused, File: manifest.FileName, Message: err.Error()}
	if from := fault.Of(err); from != nil {
		f.Try = from.Hint
		if at := from.Place; at.File != "" {
			f.File, f.Line, f.Column = at.File, at.Line, at.Column
		}
	}
	return f
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
