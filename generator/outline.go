package generator

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"scaffold/generator/manifest"
	"scaffold/generator/quote"
)

// An Outline is what a person looks at before letting a template, or a newer
// version of it, do something on the machine.
type Outline struct {
	Commands  []string          `yaml:"commands" json:"commands"`   // one line for each
	Questions []string          `yaml:"questions" json:"questions"` // one line for each
	Files     map[string]string `yaml:"files" json:"files"`         // the start of the content's sha256, by path
}

// OutlineOf describes a template: what its manifest says, and its files.
func OutlineOf(fsys fs.FS, m *manifest.Manifest) (Outline, error) {
	o := Describe(m)
	var err error
	o.Files, err = FileSums(fsys)
	return o, err
}

// FileSums gives, for each file's path, the start of its content's sha256.
func FileSums(fsys fs.FS) (map[string]string, error) {
	sums := map[string]string{}
	return sums, fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		sum := sha256.Sum256(data)
		sums[name] = hex.EncodeToString(sum[:8])
		return err
	})
}

// Describe gives the outline of a manifest alone, without files.
func Describe(m *manifest.Manifest) Outline {
	o := Outline{Commands: commands(m)}
	for _, q := range m.Questions {
		o.Questions = append(o.Questions, question(q))
	}
	return o
}

// commands are all that a template may run, whatever the answers.
func commands(m *manifest.Manifest) []string {
	var lines []string
	add := func(what string, argv []string, notes ...string) {
		if len(argv) > 0 {
			lines = append(lines, strings.Join(append([]string{what + ": " + quote.Text(quote.Shell(argv...))}, notes...), "; "))
		}
	}
	for _, a := range m.Actions {
		var notes []string
		if a.When != "" {
			notes = append(notes, "when "+quote.Text(a.When))
		}
		if a.Needs.Net {
			notes = append(notes, "reaches the network")
		}
		if len(a.Needs.Secrets) > 0 {
			notes = append(notes, "gets the secret "+strings.Join(a.Needs.Secrets, ", "))
		}
		if a.Timeout > 0 {
			notes = append(notes, "at most "+time.Duration(a.Timeout).String())
		}
		add("hook "+a.ID, a.Run, notes...)
	}
	for name, s := range map[string]*manifest.VerifyStep{"install": m.Verify.Install, "test": m.Verify.Test, "run": m.Verify.Run} {
		if s != nil {
			add("verify "+name, s.Run)
		}
	}
	for _, t := range m.Requires.Tools {
		add("check of "+t.Name, t.Check)
	}
	slices.Sort(lines)
	return lines
}

func question(q manifest.Question) string {
	line := q.ID + ": " + string(q.Type)
	if len(q.Choices) > 0 {
		values := make([]string, len(q.Choices))
		for i, c := range q.Choices {
			values[i] = c.Value
		}
		line += " of " + strings.Join(values, "|")
	}
	switch d := q.Default; {
	case d == nil:
	case d.Expr != "":
		line += ", default by " + d.Expr
	default:
		line += fmt.Sprintf(", default %s", manifest.Typed(d.Value))
	}
	return quote.Text(line)
}

// Changes are what differs between two outlines: lines that begin with +, - or,
// for the content of a file, ~.
type Changes struct {
	Commands  []string `json:"commands"`
	Questions []string `json:"questions"`
	Files     []string `json:"files"`
}

// Since gives what has changed since an earlier outline.
func (o Outline) Since(was Outline) Changes {
	c := Changes{Commands: difference(was.Commands, o.Commands), Questions: difference(was.Questions, o.Questions), Files: []string{}}
	for name, sum := range o.Files {
		switch old, there := was.Files[name]; {
		case !there:
			c.Files = append(c.Files, "+ "+quote.Text(name))
		case old != sum:
			c.Files = append(c.Files, "~ "+quote.Text(name))
		}
	}
	for name := range was.Files {
		if _, there := o.Files[name]; !there {
			c.Files = append(c.Files, "- "+quote.Text(name))
		}
	}
	slices.SortFunc(c.Files, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return c
}

func difference(was, now []string) []string {
	lines := []string{}
	for _, l := range was {
		if !slices.Contains(now, l) {
			lines = append(lines, "- "+l)
		}
	}
	for _, l := range now {
		if !slices.Contains(was, l) {
			lines = append(lines, "+ "+l)
		}
	}
	return lines
}
