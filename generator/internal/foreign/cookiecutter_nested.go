package foreign

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

// A nest is a template of cookiecutter that chooses among templates in folders of
// its own: its first question is which one.
type nest struct {
	question manifest.Question
	parts    []nested
}

// A nested template is one of a nest.
type nested struct {
	value, title string // of the choice
	folder       string
	m            *manifest.Manifest
}

func (n nested) format() manifest.Format { return n.m.Format() }

// openNest reads each of the templates that cookiecutter.json names.
func openNest(c *cookie, parts []nested) (*manifest.Manifest, error) {
	n := &nest{parts: parts, question: manifest.Question{ID: questionID("template"), Type: manifest.Select, Title: cmp.Or(c.prompt("template", ""), "Which template")}}
	m := c.about(Cookiecutter)
	for i := range n.parts {
		p := &n.parts[i]
		if err := p.open(c.base); err != nil {
			return nil, err
		}
		n.question.Choices = append(n.question.Choices, manifest.Choice{Value: p.value, Title: p.title})
		m.Questions = joinQuestions(m.Questions, p.m.Questions)
		m.Actions = append(m.Actions, p.m.Actions...)
	}
	n.question.Default = &manifest.Default{Value: manifest.Scalar{Text: n.parts[0].value}}
	m.Questions = append([]manifest.Question{n.question}, m.Questions...)
	return manifest.FromFormat(m, n), nil
}

func (n *nested) open(b *base) error {
	part := *b
	if !fs.ValidPath(n.folder) || n.folder == "." || !regular(b.fsys, path.Join(n.folder, cookieFile)) {
		return fault.New(fault.Template, "it names the template %q, and there is no %s in that folder", n.folder, cookieFile).At(cookieFile, 0, 0)
	}
	var err error
	if part.fsys, err = fs.Sub(b.fsys, n.folder); err != nil {
		return err
	}
	part.place.Name = path.Base(n.folder)
	if n.m, err = openCookiecutter(&part); err != nil {
		return n.within(err)
	}
	if _, deeper := n.format().(*nest); deeper {
		return refused(Cookiecutter, path.Join(n.folder, cookieFile), "a choice of templates below a choice of templates")
	}
	return nil
}

// within gives the faults of one template their place in the whole.
func (n nested) within(err error) error {
	if f := fault.Of(err); f != nil && f.Place.File != "" {
		f.Place.File = path.Join(n.folder, f.Place.File)
	}
	return err
}

// joinQuestions are those of both. Of two with one name and different types
// either may be asked, so that any text is taken until it is known which.
func joinQuestions(all, more []manifest.Question) []manifest.Question {
	for _, q := range more {
		i := slices.IndexFunc(all, func(o manifest.Question) bool { return o.ID == q.ID })
		switch {
		case i < 0:
			all = append(all, q)
		case all[i].Type != q.Type:
			all[i] = manifest.Question{ID: q.ID, Type: manifest.String, Title: all[i].Title, Default: all[i].Default}
		default:
			for _, c := range q.Choices {
				if !slices.Contains(all[i].Values(), c.Value) {
					all[i].Choices = append(slices.Clip(all[i].Choices), c)
				}
			}
		}
	}
	return all
}

// Tool is whose format it is.
func (n *nest) Tool() string { return Cookiecutter }

func (n *nest) chosen(value any) nested {
	i := slices.IndexFunc(n.parts, func(p nested) bool { return p.value == value })
	return n.parts[max(i, 0)]
}

// Resolve works out the answers of the chosen template.
func (n *nest) Resolve(given manifest.Given, answers manifest.Answers, other map[string]any) (*manifest.Resolved, error) {
	rest := maps.Clone(answers)
	answer, said := answers[n.question.ID]
	delete(rest, n.question.ID)
	q := n.question
	asked := manifest.Asked{Question: &q, Active: true, Given: said, Open: !said, Value: n.chosen(answer.Text).value}
	r, err := n.chosen(answer.Text).format().Resolve(given, rest, other)
	if err != nil {
		return nil, n.chosen(answer.Text).within(err)
	}
	if said && asked.Value != answer.Text {
		r.Problems = append(r.Problems, manifest.AnswerProblem{Kind: manifest.Invalid, ID: q.ID, Value: answer.String(), Detail: "must be one of " + strings.Join(q.Values(), ", "), Question: &q})
	}
	r.Asked = append([]manifest.Asked{asked}, r.Asked...)
	r.Vars[q.ID] = asked.Value
	return r, nil
}

// Accept types one answer.
func (n *nest) Accept(id string, answer manifest.Scalar, vars map[string]any) (any, error) {
	if id != n.question.ID {
		return n.chosen(vars[n.question.ID]).format().Accept(id, answer, vars)
	}
	if !slices.Contains(n.question.Values(), answer.Text) {
		return nil, fmt.Errorf("must be one of %s", strings.Join(n.question.Values(), ", "))
	}
	return answer.Text, nil
}

// Actions are the hooks of the chosen template.
func (n *nest) Actions(moment string, vars map[string]any) ([]manifest.Action, error) {
	p := n.chosen(vars[n.question.ID])
	list, err := p.format().Actions(moment, vars)
	return list, p.within(err)
}

// Check reads every text of each template.
func (n *nest) Check(ctx context.Context) []error {
	var found []error
	for _, p := range n.parts {
		for _, err := range p.format().Check(ctx) {
			found = append(found, p.within(err))
		}
	}
	return found
}

// Render makes the files of the chosen template.
func (n *nest) Render(ctx context.Context, fsys fs.FS, vars map[string]any, now time.Time, limits generator.Limits) (generator.Rendered, error) {
	p := n.chosen(vars[n.question.ID])
	part, err := fs.Sub(fsys, p.folder)
	if err != nil {
		return generator.Rendered{}, err
	}
	made, err := p.format().(generator.Renderer).Render(ctx, part, vars, now, limits)
	if err != nil {
		return generator.Rendered{}, p.within(err)
	}
	files := made.Files.Files()
	for i := range files {
		files[i].Source = path.Join(p.folder, files[i].Source)
	}
	made.Files, err = tree.New(files...)
	return made, err
}

// nested lists the templates that this one chooses among: the newer way has an
// object, with a path in each, the older one a list of texts with a path in
// brackets.
func (c *cookie) nested() []nested {
	var parts []nested
	if v, ok := c.values.Get("templates"); ok {
		d, _ := v.(*jinja.Dict)
		d.Each(func(k, v jinja.Value) { parts = append(parts, nestedOf(fmt.Sprint(k), v)) })
		return parts
	}
	v, _ := c.values.Get("template")
	for _, text := range texts(v) {
		if _, p, found := strings.Cut(text, "("); found {
			folder := path.Clean(p[:max(strings.LastIndexByte(p, ')'), 0)])
			parts = append(parts, nested{value: folder, title: text, folder: folder})
		}
	}
	return parts
}

func nestedOf(key string, v jinja.Value) nested {
	d, _ := v.(*jinja.Dict)
	text := func(name string) string {
		v, _ := d.Get(name)
		text, _ := v.(string)
		return text
	}
	n := nested{value: key, title: text("title"), folder: path.Clean(text("path"))}
	if about := text("description"); about != "" && about != n.title {
		n.title = strings.TrimPrefix(n.title+": "+about, ": ")
	}
	return n
}
