package templatetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

// The sections of a case, a txtar file in tests/.
const (
	answersSection = "answers.yaml" // what the project is made from
	listSection    = "files"        // every generated path, a line each, with the mode
	wantPrefix     = "want/"        // then a path: the file's exact content
	editsSection   = "edits.patch"  // what an owner does to the project before an update, as git diff gives it
)

// A Case is a project that a template is to make, and what is to be in it.
type Case struct {
	File string // tests/minimal.txtar
	caseInput
	edits   []byte // a patch
	archive *txtar.Archive

	answersText []byte
	answersLine int // the line of its marker, from 1
}

// caseInput is a case's answers.yaml.
type caseInput struct {
	Name    string                     `yaml:"name"`
	Signals []string                   `yaml:"signals"`
	Answers map[string]manifest.Scalar `yaml:"answers"`
}

// ReadCases reads tests/*.txtar of a template's directory, in order.
func ReadCases(fsys fs.FS) ([]Case, error) {
	names, err := fs.Glob(fsys, "tests/*.txtar")
	if err != nil {
		return nil, err
	}
	var cases []Case
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		c, err := parseCase(name, data)
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func parseCase(name string, data []byte) (Case, error) {
	c := Case{File: name, archive: txtar.Parse(data), caseInput: caseInput{Name: "demo"}}
	for _, f := range c.archive.Files {
		line := markerLine(data, f.Name)
		switch {
		case f.Name == answersSection:
			c.answersText, c.answersLine = f.Data, line
			if err := manifest.Decode(name, f.Data, &c.caseInput); err != nil {
				return c, moved(err, line)
			}
		case f.Name == editsSection:
			c.edits = f.Data
		case f.Name != listSection && !strings.HasPrefix(f.Name, wantPrefix):
			sections := []string{answersSection, listSection, wantPrefix + "PATH", editsSection}
			remedy := nearest.Hint(f.Name, sections)
			if remedy == "" {
				remedy = "sections: " + strings.Join(sections, ", ")
			}
			return c, fault.New(fault.Template, "unknown section %q", f.Name).At(name, line, 1).Try(remedy)
		}
	}
	if c.answersLine == 0 {
		return c, fault.New(fault.Template, "the case has no section %s", answersSection).At(name, 1, 1).Try("start it with -- " + answersSection + " --")
	}
	return c, nil
}

// markerLine is the line of a section's marker.
func markerLine(data []byte, section string) int {
	before, _, found := bytes.Cut(append([]byte("\n"), data...), []byte("\n-- "+section+" --"))
	if !found {
		return 1
	}
	return bytes.Count(before, []byte("\n")) + 1
}

// moved puts the places of a section's problems into its file.
func moved(err error, by int) error {
	var problems manifest.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			p.Place.Line += by
		}
	}
	return err
}

// title is the case's name in reports.
func (c *Case) title() string { return strings.TrimSuffix(path.Base(c.File), ".txtar") }

// A caseDifference is what a project is not, at the section that says so.
type caseDifference struct {
	at   fault.Place
	what string
}

// differences holds a rendered project against the case.
func (c *Case) differences(t tree.Tree) []caseDifference {
	var found []caseDifference
	for _, f := range c.archive.Files {
		line := markerLine(txtar.Format(c.archive), f.Name)
		for _, what := range c.sectionDifferences(f, t) {
			found = append(found, caseDifference{fault.Place{File: c.File, Line: line, Column: 1}, what})
		}
	}
	return found
}

func (c *Case) sectionDifferences(f txtar.File, t tree.Tree) []string {
	wanted, isFile := strings.CutPrefix(f.Name, wantPrefix)
	if f.Name == listSection {
		return listDifferences(string(f.Data), list(t))
	}
	if !isFile {
		return nil
	}
	got, ok := t.Lookup(wanted)
	if !ok {
		return []string{strings.TrimSuffix(wanted+" is not generated; "+nearest.Hint(wanted, pathsOf(t)), "; ")}
	}
	if text := encode(got.Data); !bytes.Equal(text, f.Data) {
		return []string{wanted + firstDifference(f.Data, text)}
	}
	return nil
}

func pathsOf(t tree.Tree) []string {
	var paths []string
	for _, f := range t.Files() {
		paths = append(paths, f.Path.String())
	}
	return paths
}

// update gives the case with what the project holds now: the same sections, and
// no file that is not generated. Reading the bytes back gives the same case, or
// the error says what does not.
func (c *Case) update(t tree.Tree) ([]byte, error) {
	a := &txtar.Archive{Comment: c.archive.Comment}
	for _, f := range c.archive.Files {
		data := f.Data
		if f.Name == listSection {
			data = []byte(list(t))
		} else if wanted, ok := strings.CutPrefix(f.Name, wantPrefix); ok {
			got, generated := t.Lookup(wanted)
			if !generated {
				continue
			}
			data = encode(got.Data)
		}
		a.Files = append(a.Files, txtar.File{Name: f.Name, Data: data})
	}
	out := txtar.Format(a)
	back, err := parseCase(c.File, out)
	if err != nil {
		return nil, err
	}
	if diff := back.differences(t); len(diff) > 0 {
		return nil, errors.New("the case does not survive being written: " + diff[0].what)
	}
	return out, nil
}

// list is the whole project, a path a line, with what is unusual about it.
func list(t tree.Tree) string {
	var b strings.Builder
	for _, f := range t.Files() {
		b.WriteString(f.Path.String())
		switch f.GitMode() {
		case "100755":
			b.WriteString(" (executable)")
		case "120000":
			fmt.Fprintf(&b, " -> %s", f.Data)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func listDifferences(want, got string) []string {
	wanted, made := lines(want), lines(got)
	var found []string
	for _, line := range wanted {
		if !slices.Contains(made, line) {
			found = append(found, line+" is not generated")
		}
	}
	for _, line := range made {
		if !slices.Contains(wanted, line) {
			found = append(found, line+" is generated, and not in the list")
		}
	}
	return found
}

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

// encode is a file's content as a case holds it: itself, or where txtar would
// change it (binary, no final newline, a line like -- x --) its digest.
func encode(data []byte) []byte {
	if utf8.Valid(data) && !bytes.Contains(data, []byte{0}) && !bytes.HasPrefix(data, []byte("sha256:")) {
		a := txtar.Parse(txtar.Format(&txtar.Archive{Files: []txtar.File{{Name: "x", Data: data}}}))
		if len(a.Files) == 1 && bytes.Equal(a.Files[0].Data, data) {
			return data
		}
	}
	return fmt.Appendf(nil, "sha256:%x %d bytes\n", sha256.Sum256(data), len(data))
}

// firstDifference says where two texts part.
func firstDifference(want, got []byte) string {
	w, g := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := 0; ; i++ {
		switch {
		case i >= len(w) || i >= len(g):
			return fmt.Sprintf(" differs: %d lines, wanted %d", len(g)-1, len(w)-1)
		case w[i] != g[i]:
			return fmt.Sprintf(":%d is %q, wanted %q", i+1, shorten(g[i]), shorten(w[i]))
		}
	}
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}
