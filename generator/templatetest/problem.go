package templatetest

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

// A Problem is one thing that failed, at the place where a person mends it.
type Problem struct {
	File    string   `json:"file"`
	Line    int      `json:"line,omitempty"`   // from 1; 0 is the whole file
	Column  int      `json:"column,omitempty"` // from 1
	Message string   `json:"message"`          // one line
	Lines   []string `json:"lines,omitempty"`  // what belongs under it, such as the last output of a step
}

// String is FILE:LINE:COLUMN: MESSAGE, as far as the place is known.
func (p Problem) String() string { return p.Place() + ": " + p.Message }

// Place is file:line:column.
func (p Problem) Place() string {
	return fault.Place{File: p.File, Line: p.Line, Column: p.Column}.String()
}

// A Failure is a problem and the checks that found it.
type Failure struct {
	Problem
	Check string // the first: its group and name
	More  int    // further ones that found the same
}

// Failures are the problems of a report, each once.
func (r *Report) Failures() []Failure {
	var list []Failure
	for _, c := range r.Checks {
		for _, p := range c.Problems {
			i := slices.IndexFunc(list, func(f Failure) bool { return f.String() == p.String() && slices.Equal(f.Lines, p.Lines) })
			if i >= 0 {
				list[i].More++
				continue
			}
			list = append(list, Failure{Problem: p, Check: strings.TrimSpace(c.Group + " " + c.Name)})
		}
	}
	return list
}

// ProblemsOf are what is wrong with a template in dir that cannot be read; false
// where the template is not what is wrong.
func ProblemsOf(err error, dir string) ([]Problem, bool) {
	found, ok := Refused(err)
	whole := new(manifest.Problems)
	var list []Problem
	for _, f := range found {
		if !errors.As(err, whole) && !strings.HasPrefix(f.File, dir) { // those of a manifest have their directory
			f.File = Within(dir, f.File)
		}
		list = append(list, Problem{f.File, f.Line, f.Column, f.Message, nil})
	}
	return list, ok
}

// answersError is what is wrong with the answers of a project.
type answersError []manifest.AnswerProblem

func (e answersError) Error() string {
	var texts []string
	for _, p := range e {
		texts = append(texts, answerProblem(p))
	}
	return strings.Join(texts, "; ")
}

// add notes a problem in a file of the template.
func (r *runner) add(check *Check, at fault.Place, message string, lines ...string) {
	check.Problems = append(check.Problems, Problem{Within(r.o.Dir, at.File), at.Line, at.Column, message, lines})
}

// fail notes an error at its places; where names those of answers.
func (r *runner) fail(check *Check, err error, where func(id string) fault.Place) {
	if wrong := (answersError)(nil); errors.As(err, &wrong) {
		for _, p := range wrong {
			r.add(check, where(p.ID), answerProblem(p))
		}
		return
	}
	list, ok := ProblemsOf(err, r.o.Dir)
	if !ok {
		f := refusal(err)
		list = []Problem{{Within(r.o.Dir, f.File), f.Line, f.Column, f.Message, nil}}
	}
	check.Problems = append(check.Problems, list...)
}

// at is the place of an element of the template's own manifest.
func (r *runner) at(path ...any) fault.Place {
	own := r.t.Manifest
	if n := len(r.t.Overlays); n > 0 {
		own = r.t.Overlays[n-1].Manifest
	}
	place := own.Problem("", "", path...).Place
	place.File = manifest.FileName
	return place
}

// question is the place of a question; of one of a base it is the whole file.
func (r *runner) question(id string) fault.Place {
	own := r.t.Manifest
	if n := len(r.t.Overlays); n > 0 {
		own = r.t.Overlays[n-1].Manifest
	}
	i := slices.IndexFunc(own.Questions, func(q manifest.Question) bool { return q.ID == id })
	if i < 0 {
		return fault.Place{File: manifest.FileName}
	}
	return r.at("questions", i, "id")
}

// place is that of a key of the case's answers.yaml.
func (c *Case) place(path ...any) fault.Place {
	f := c.finding(path...)
	return fault.Place{File: f.File, Line: f.Line, Column: f.Column}
}

// sourceLine is where the file that gave a generated one has a text; the whole
// file where it does not hold it.
func sourceLine(t *generator.Template, f tree.File, text string) fault.Place {
	place := fault.Place{File: f.Source}
	data, err := fs.ReadFile(t.FS, f.Source)
	if before, _, found := bytes.Cut(data, []byte(text)); err == nil && found {
		place.Line = bytes.Count(before, []byte("\n")) + 1
	}
	return place
}
