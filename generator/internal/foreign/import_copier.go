package foreign

import (
	"fmt"
	"io/fs"
	"math/big"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"scaffold/generator/internal/jinja"
	"scaffold/generator/manifest"
)

// copier carries a template of copier over.
func (x *importer) copier(c *copied) error {
	var failure error
	c.details.Each(func(k, _ jinja.Value) {
		if failure == nil {
			failure = x.copierQuestion(c, k.(string))
		}
	})
	if failure != nil {
		return failure
	}
	x.leaveSettings(c.config, map[string]string{
		"jinja_extensions": "what is not built in has no counterpart", "external_data": "files of the project are not read",
		"message_before_copy": "nothing is said before", "message_before_update": "nothing is said before", "message_after_update": "migrations print",
		"migrations": "their commands are steps of a person: migrations of template.yaml print them",
	})
	if text, ok := c.config.Get("message_after_copy"); ok {
		x.message(asked(text))
	}
	x.tasks(c)
	return x.copierFiles(c)
}

func (x *importer) message(text string) {
	if !plainTask(text) {
		x.leave(x.config, "message_after_copy: it holds an expression; `next` of template.yaml is a text")
		return
	}
	x.next = text
}

func (x *importer) copierQuestion(c *copied, key string) error {
	d, err := c.detail(key)
	if err != nil {
		return err
	}
	if v, ok := d.d.Get("when"); ok && v == false {
		x.constant(key, d)
		return nil
	}
	name, ok := x.identifier(key)
	a, field := x.asking(c, d, name)
	if !ok || a.kind == "" {
		x.leave(x.config, "%s: a question of this name, type or choices has no counterpart", key)
		return nil
	}
	if d.text("validator") != "" {
		x.leave(x.config, "%s: its validator is not carried over; `validate` of template.yaml has patterns and expressions", key)
	}
	if v, ok := d.d.Get("when"); ok {
		if a.when, err = x.when(v); err != nil {
			x.leaveError(x.config, err, "the condition of "+key+" is not carried over")
		}
	}
	x.ask(a)
	x.fields[key] = field
	x.hidden(key, a, field)
	return nil
}

// constant is a question that is never asked: its default is computed.
func (x *importer) constant(key string, d detail) {
	name, ok := x.identifier(key)
	expression, kind, err := x.expression(x.config, asked(d.get("default")))
	switch text, isText := d.get("default").(string); {
	case !ok || d.kind != "str" || !isText:
		x.leave(x.config, "%s: it is not carried over", key)
	case err == nil && kind != jinja.Text:
		x.leave(x.config, "%s: its default %q is not a text in every case; it is not carried over", key, text)
	case err != nil:
		x.leaveError(x.config, err, key+" is not carried over")
	default:
		x.computes(key, name, expression, jinja.Text)
	}
}

// hidden has a question that is not asked hold its default, as copier does, where
// this tool has nothing.
func (x *importer) hidden(key string, a asking, field jinja.Field) {
	if a.when == "" || a.fallback == "" || a.kind == "multi" {
		return
	}
	fallback := a.fallback
	if inner, ok := strings.CutPrefix(fallback, "{expr: "); ok {
		text, _ := jinja.ReadJSON(strings.TrimSuffix(inner, "}"))
		fallback, _ = text.(string)
	}
	x.computes(key, field.Name+"_or_default", "("+a.when+") ? "+field.Name+" : "+fallback, field.Type)
}

func (x *importer) when(v jinja.Value) (string, error) {
	text, ok := v.(string)
	switch {
	case !ok:
		return "", nil // true: what is false is never asked
	case plainTask(text):
		return fmt.Sprint(castBool(text)), nil
	}
	t, err := x.parse(x.config, text)
	if err != nil {
		return "", err
	}
	return t.Condition(x.asker)
}

// asking describes a question; without a type where none stands for it.
func (x *importer) asking(c *copied, d detail, name string) (asking, jinja.Field) {
	a := asking{id: name, title: d.text("help")}
	if !plainTask(a.title) {
		a.title = ""
	}
	q, err := c.question(d.name)
	switch {
	case err != nil:
	case d.secret && d.kind == "str" && d.choices == nil:
		a.kind = "secret"
		return a, jinja.Field{Name: name, Type: jinja.Text}
	case d.choices != nil:
		return x.choices(c, d, a)
	case d.kind == "int" && isBig(d.get("default")):
	case d.kind == "int" || d.kind == "bool":
		a.kind = string(q.Type)
		if text := asked(d.get("default")); d.hasDefault() && plainTask(text) {
			a.fallback = text
		} else if d.hasDefault() {
			x.leave(x.config, "%s: its default is an expression; the question has none", d.name)
		}
		return a, jinja.Field{Name: name, Type: map[string]jinja.Type{"int": jinja.Number, "bool": jinja.Truthful}[d.kind]}
	case jinja.Truth(d.get("multiline")) || strings.Contains(d.text("default"), "\n"): // an answer is one line
	case d.kind == "str" || d.kind == "path":
		a.kind = string(q.Type)
		if d.hasDefault() {
			a.fallback = x.fallback(d.name, asked(d.get("default")))
		}
	}
	return a, jinja.Field{Name: name, Type: jinja.Text}
}

func isBig(v jinja.Value) bool { _, big := v.(*big.Int); return big }

// choices takes those that are texts, or print as one.
func (x *importer) choices(c *copied, d detail, a asking) (asking, jinja.Field) {
	if _, computed := d.choices.(string); computed {
		return a, jinja.Field{}
	}
	s := &survey{copied: c, user: &jinja.Dict{}, hidden: map[string]bool{}}
	offers, err := s.offers(d)
	field := jinja.Field{Name: a.id, Type: jinja.Text}
	for _, o := range offers {
		text, isText := o.value.(string)
		if !isText || text == "" || !plainTask(text) || o.disabled != "" || err != nil || d.kind != "str" {
			return a, field
		}
		a.choices = append(a.choices, manifest.Choice{Value: text, Title: o.name})
	}
	a.kind = "choice"
	text := asked(d.get("default"))
	if d.multi {
		a.kind, a.fallback, field.Type = "multi", yamlList(texts(d.get("default"))), jinja.Texts
	} else if d.hasDefault() && plainTask(text) {
		a.fallback = yamlText(text)
	} else if d.hasDefault() {
		a.fallback = x.fallback(d.name, text)
	}
	return a, field
}

// tasks carries those over that say the same for every answer.
func (x *importer) tasks(c *copied) {
	v, _ := c.config.Get("tasks")
	for i, t := range items(v) {
		run := yamlList(append([]string{"sh", "-c"}, asked(t)))
		if list, ok := t.(*jinja.List); ok {
			run = yamlList(texts(list))
		}
		if _, mapping := t.(*jinja.Dict); mapping || !plainTask(run) {
			x.leave(x.config, "task %d: it holds an expression, or a condition; an action gets answers by its environment: docs/hooks.md", i+1)
			continue
		}
		x.actions = append(x.actions, fmt.Sprintf("  - {id: task-%d, run: %s, on: [new, update]}", i+1, run))
	}
}

func (x *importer) copierFiles(c *copied) error {
	root := "."
	if v, ok := c.config.Get("subdirectory"); ok {
		if root = path.Clean(asked(v)); !plainTask(root) || !fs.ValidPath(root) {
			x.leave(x.config, "subdirectory: it is an expression; no file is carried over")
			return nil
		}
	}
	out := slices.DeleteFunc(slices.Clone(c.exclude), func(p string) bool { return !plainTask(p) })
	once := slices.DeleteFunc(slices.Clone(c.skip), func(p string) bool { return !plainTask(p) })
	if len(out)+len(once) < len(c.exclude)+len(c.skip) {
		x.leave(x.config, "a pattern of exclude or skip_if_exists is an expression")
	}
	excluded, kept := newExcluded(out), newExcluded(once)
	return fs.WalkDir(x.fsys, root, func(name string, d fs.DirEntry, err error) error {
		below := strings.TrimPrefix(name, root+"/")
		switch {
		case err != nil:
			return err
		case name == ".git":
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		if d.Type()&fs.ModeSymlink != 0 && c.keepLinks {
			x.leave(name, "it is a link that is not carried over")
			return nil
		}
		s := source{from: name, to: below, rawText: !strings.HasSuffix(path.Base(name), c.suffix)}
		if !s.rawText && c.suffix != "" {
			s.to = withoutSuffix(below)
		} else if _, err := fs.Stat(x.fsys, name+c.suffix); err == nil && c.suffix != "" {
			return nil // its template stands beside it
		}
		if excluded.matches(norm.NFD.String(s.to)) || strings.Contains(s.to, "_copier_conf.answers_file") {
			return nil
		}
		s.once = kept.matches(norm.NFD.String(s.to))
		return x.file(s)
	})
}
