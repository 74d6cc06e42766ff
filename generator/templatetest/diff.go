package templatetest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"scaffold/generator"
	"scaffold/generator/internal/render"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

// A Difference is what one version of a template changes against another: in its
// manifest, and in the projects of the defaults and of every pair of choices of
// either version.
type Difference struct {
	Template  string           `json:"template"`
	State     string           `json:"state"`          // same, changed, added, removed or broken
	From      string           `json:"from,omitempty"` // versions
	To        string           `json:"to,omitempty"`
	Projects  int              `json:"projects"`  // compared
	Questions []string         `json:"questions"` // lines that begin with + or -
	Commands  []string         `json:"commands"`  // likewise: hooks, verify, checks of tools
	Files     []FileDifference `json:"files"`
	Problems  []ProjectProblem `json:"problems"`
}

// A FileDifference is one path that differs in some of the projects.
type FileDifference struct {
	Path     string              `json:"path"`
	Change   string              `json:"change"`         // added, removed, changed or mode
	Mode     string              `json:"mode,omitempty"` // of the newer version as git writes it; of a mode that changed, both
	Projects int                 `json:"projects"`       // in how many
	Contents []ContentDifference `json:"contents"`       // each once, in however many projects it is the same
}

// A ContentDifference is one way in which a file differs.
type ContentDifference struct {
	Projects int    `json:"projects"` // in how many
	Answers  string `json:"answers"`  // of the first of these, as --set takes them; "" is the defaults
	Diff     string `json:"diff"`     // unified
}

// A ProjectProblem is one reason why projects of the newer version cannot be made.
type ProjectProblem struct {
	Message  string `json:"message"`
	Projects int    `json:"projects"` // how many; 0 is all, of a version that cannot be read
	Answers  string `json:"answers"`  // of the first of these
}

// The states of a template between two versions of its repository.
const (
	Same    = "same"
	Changed = "changed"
	Added   = "added"
	Removed = "removed"
	Broken  = "broken" // the newer version cannot be read
)

// Unreadable is the difference where the newer version of a template is err.
func Unreadable(name string, err error) *Difference {
	d := newDifference(name)
	d.State = Broken
	for _, text := range texts(err) {
		d.Problems = append(d.Problems, ProjectProblem{Message: text})
	}
	return d
}

// texts is an error a line for each thing that is wrong, with its place.
func texts(err error) []string {
	list, ok := ProblemsOf(err, "")
	if !ok {
		return []string{err.Error()}
	}
	var out []string
	for _, p := range list {
		out = append(out, p.String())
	}
	return out
}

func newDifference(name string) *Difference {
	return &Difference{Template: name, Questions: []string{}, Commands: []string{}, Files: []FileDifference{}, Problems: []ProjectProblem{}}
}

// Compare renders two versions of a template with the same answers: what comes of
// the defaults and of every pair of choices of either. An answer that one of them
// does not ask for or does not take is left out there. A nil version is one that
// is not there; contents are given where both are.
func Compare(ctx context.Context, was, now *generator.Template) (*Difference, error) {
	d := newDifference(nameOf(now, was))
	d.From, d.To, d.State = versionOf(was), versionOf(now), stateOf(was, now)
	if d.State == Same {
		return d, nil
	}
	changes := outlineOf(now).Since(outlineOf(was))
	d.Questions, d.Commands = changes.Questions, changes.Commands
	c := comparing{Difference: d, was: was, now: now, files: map[string]*FileDifference{}, done: map[string]bool{}}
	for _, answers := range rowsOf(was, now) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c.project(ctx, answers)
	}
	for _, key := range sorted(c.files) {
		d.Files = append(d.Files, *c.files[key])
	}
	return d, ctx.Err()
}

func nameOf(versions ...*generator.Template) string {
	for _, t := range versions {
		if t != nil {
			return t.Manifest.Name
		}
	}
	return ""
}

func versionOf(t *generator.Template) string {
	if t == nil {
		return ""
	}
	return t.Manifest.Version
}

// stateOf is Same where every layer has the same content.
func stateOf(was, now *generator.Template) string {
	content := func(l generator.Layer) string { return l.Name + "\x00" + l.SHA256 }
	switch {
	case was == nil:
		return Added
	case now == nil:
		return Removed
	case slices.EqualFunc(was.Layers, now.Layers, func(a, b generator.Layer) bool { return content(a) == content(b) }):
		return Same
	}
	return Changed
}

func outlineOf(t *generator.Template) generator.Outline {
	if t == nil {
		return generator.Outline{}
	}
	return generator.Describe(t.Manifest)
}

// rowsOf are the answers that both versions are rendered with, each once.
func rowsOf(versions ...*generator.Template) []manifest.Answers {
	rows, seen := []manifest.Answers{{}}, map[string]bool{"": true}
	for _, t := range slices.Backward(versions) {
		if t == nil {
			continue
		}
		if _, err := Defaults(t); err != nil {
			continue // told of when it is rendered
		}
		sets, _, _ := pairs(t)
		for _, answers := range sets {
			if key := describe(answers); !seen[key] {
				seen[key], rows = true, append(rows, answers)
			}
		}
	}
	return rows
}

type comparing struct {
	*Difference
	was, now *generator.Template
	files    map[string]*FileDifference // by path and change
	done     map[string]bool            // projects, by what both versions make of the answers
}

// project compares what the two versions make of the same answers. What only the
// older one cannot make is no problem any more.
func (c *comparing) project(ctx context.Context, answers manifest.Answers) {
	older, wasErr := resolve(c.was, answers)
	newer, err := resolve(c.now, answers)
	key := answersOf(older) + "\n" + answersOf(newer)
	if wasErr == nil && err == nil && c.done[key] {
		return
	}
	c.done[key] = true
	before, wasErr := made(ctx, c.was, older, wasErr)
	after, err := made(ctx, c.now, newer, err)
	if err != nil {
		for _, text := range texts(err) {
			c.problem(text, answers)
		}
	}
	if err != nil || wasErr != nil {
		return
	}
	c.Projects++
	for _, f := range after.Files() {
		if old, there := before.Lookup(f.Path.String()); there {
			c.both(old, f, answers)
		} else {
			c.note(Added, f.GitMode(), tree.File{Path: f.Path}, f, answers)
		}
	}
	for _, f := range before.Files() {
		if _, there := after.Lookup(f.Path.String()); !there {
			c.note(Removed, "", f, tree.File{Path: f.Path}, answers)
		}
	}
}

// both notes a file of both projects.
func (c *comparing) both(old, f tree.File, answers manifest.Answers) {
	if was, is := old.GitMode(), f.GitMode(); was != is {
		c.note("mode", was+" → "+is, f, f, answers)
	}
	if !bytes.Equal(old.Data, f.Data) {
		c.note(Changed, f.GitMode(), old, f, answers)
	}
}

// resolve gives what a version makes of the answers that it takes.
func resolve(t *generator.Template, answers manifest.Answers) (*manifest.Resolved, error) {
	if t == nil {
		return nil, nil
	}
	return settle(t.Manifest, given(t, "demo", nil, nil), taken(t.Manifest, answers))
}

// answersOf is what tells resolved answers apart.
func answersOf(r *manifest.Resolved) string {
	var b strings.Builder
	if r != nil {
		for _, a := range r.Asked {
			fmt.Fprintf(&b, "%s=%v ", a.Question.ID, a.Value)
		}
	}
	return b.String()
}

// made is the project of a version; none of one that is not there.
func made(ctx context.Context, t *generator.Template, r *manifest.Resolved, err error) (tree.Tree, error) {
	if t == nil || err != nil {
		return tree.Tree{}, err
	}
	return generator.New(generator.Options{}).Render(ctx, t, r, &render.Coverage{})
}

// taken leaves out answers that a manifest does not take: to questions that are
// none of its own or are answered for good, and values that are none of its
// choices.
func taken(m *manifest.Manifest, answers manifest.Answers) manifest.Answers {
	answers = answerable(m, answers)
	maps.DeleteFunc(answers, func(id string, s manifest.Scalar) bool {
		q, _ := m.Question(id)
		unknown := func(v string) bool { return !slices.Contains(q.Alternatives(), v) }
		return fixed(m, id) || s.Many != q.Type.Many() || slices.ContainsFunc(append(slices.Clone(s.List), single(s)...), unknown)
	})
	return answers
}

func single(s manifest.Scalar) []string {
	if s.Many {
		return nil
	}
	return []string{s.Text}
}

// note counts one difference of one project.
func (c *comparing) note(change, mode string, old, f tree.File, answers manifest.Answers) {
	path := f.Path.String()
	key := path + "\x00" + change
	d := c.files[key]
	if d == nil {
		d = &FileDifference{Path: path, Change: change, Mode: mode, Contents: []ContentDifference{}}
		c.files[key] = d
	}
	d.Projects++
	if c.was == nil || c.now == nil || change == "mode" {
		return // all of it is new or gone
	}
	d.content(unified(path, change, old.Data, f.Data), answers)
}

// content counts a difference of contents. Those that change the same lines are
// one, whatever stands around these.
func (d *FileDifference) content(diff string, answers manifest.Answers) {
	if diff == "" {
		return // an empty file
	}
	for i, known := range d.Contents {
		if changedLines(known.Diff) == changedLines(diff) {
			d.Contents[i].Projects++
			return
		}
	}
	d.Contents = append(d.Contents, ContentDifference{Projects: 1, Answers: describe(answers), Diff: diff})
}

func changedLines(diff string) string {
	var b strings.Builder
	for line := range strings.Lines(diff) {
		if line[0] == '+' || line[0] == '-' {
			b.WriteString(line)
		}
	}
	return cmp.Or(b.String(), diff)
}

// unified is a difference that git apply takes. What is not text is named only.
func unified(path, change string, was, now []byte) string {
	from, to := "a/"+path, "b/"+path
	switch change {
	case Added:
		from = "/dev/null"
	case Removed:
		to = "/dev/null"
	}
	if bytes.IndexByte(was, 0) >= 0 || bytes.IndexByte(now, 0) >= 0 {
		return fmt.Sprintf("binary: %d bytes, %d before\n", len(now), len(was))
	}
	return udiff.Unified(from, to, string(was), string(now))
}

// problem counts a project of the newer version that cannot be made.
func (c *comparing) problem(message string, answers manifest.Answers) {
	for i, known := range c.Problems {
		if known.Message == message {
			c.Problems[i].Projects++
			return
		}
	}
	c.Problems = append(c.Problems, ProjectProblem{Message: message, Projects: 1, Answers: describe(answers)})
}
