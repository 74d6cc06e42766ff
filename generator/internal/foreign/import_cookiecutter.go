package foreign

import (
	"io/fs"
	"slices"
	"strings"

	"scaffold/generator/internal/jinja"
)

// cookiecutter carries a template of cookiecutter over.
func (x *importer) cookiecutter(c *cookie) error {
	c.values.Each(func(k, raw jinja.Value) {
		key := k.(string)
		switch {
		case strings.HasPrefix(key, "__"):
			x.private(key, raw)
		case !strings.HasPrefix(key, "_"):
			x.cookieQuestion(c, key, raw)
		}
	})
	if v, ok := c.values.Get("_new_lines"); ok && jinja.Truth(v) {
		x.newLines = asked(v)
	}
	x.leaveSettings(c.values, map[string]string{"_extensions": "what is not built in has no counterpart"})
	for _, h := range c.hooks {
		x.leave(h.file, "a hook is a script of its own; docs/hooks.md says how an action runs one")
	}
	return x.cookieFiles(c)
}

func (x *importer) private(key string, raw jinja.Value) {
	text, ok := raw.(string)
	name := strings.TrimLeft(strings.ToLower(key), "_")
	if !ok || !id().MatchString(name) || x.ids[name] || reserved[name] {
		x.leave(x.config, "%s: it is not carried over", key)
		return
	}
	expression, kind, err := x.expression(x.config, text)
	if err != nil {
		x.leaveError(x.config, err, key+" is not carried over")
		return
	}
	x.ids[name] = true
	x.computes("cookiecutter."+key, name, expression, kind)
}

func (x *importer) cookieQuestion(c *cookie, key string, raw jinja.Value) {
	name, ok := x.identifier(key)
	q := c.question(key)
	if _, object := raw.(*jinja.Dict); object || !ok {
		x.leave(x.config, "%s: a question of this name, or an object, has no counterpart", key)
		return
	}
	a := asking{id: name, kind: "string", title: q.Title}
	field := jinja.Field{Name: name, Type: jinja.Text}
	switch v := raw.(type) {
	case bool:
		a.kind, a.fallback, field.Type = "bool", q.Default.Value.Text, jinja.Truthful
	case *jinja.List:
		if len(v.Items) > 0 && !slices.ContainsFunc(v.Items, isFilled) {
			a.kind, a.choices, a.fallback = "choice", q.Choices, yamlText(q.Choices[0].Value)
			break
		}
		x.leave(x.config, "%s: its choices are expressions; the question takes any text", key)
	default:
		a.fallback = x.fallback(key, q.Default.Value.Text)
	}
	x.ask(a)
	x.fields["cookiecutter."+key] = field
}

// isFilled reports a choice that is an expression, or no text.
func isFilled(v jinja.Value) bool {
	text, ok := v.(string)
	return !ok || !plainTask(text)
}

// fallback is a default as YAML.
func (x *importer) fallback(key, text string) string {
	if plainTask(text) {
		return yamlText(text)
	}
	expression, kind, err := x.expression(x.config, text)
	if err == nil && kind == jinja.Text {
		return "{expr: " + yamlText(expression) + "}"
	}
	if err == nil {
		x.leave(x.config, "%s: its default is not a text in every case; the question has none", key)
	} else {
		x.leaveError(x.config, err, "the default of "+key+" is not carried over")
	}
	return ""
}

func (x *importer) cookieFiles(c *cookie) error {
	raw, _ := c.values.Get("_copy_without_render")
	verbatim := &cookieMaker{raw: texts(raw)}
	return fs.WalkDir(x.fsys, c.folder, func(name string, d fs.DirEntry, err error) error {
		below := strings.TrimPrefix(name, c.folder+"/")
		if err != nil || d.IsDir() {
			return err
		}
		data, err := x.read(name, 64<<20)
		if err != nil {
			x.leave(name, "it is a link that is not carried over")
			return nil
		}
		binary, sure := isBinary(name, data)
		copied := verbatim.copied(below)
		for i := range below {
			copied = copied || below[i] == '/' && verbatim.copied(below[:i])
		}
		return x.file(source{from: name, to: below, rawText: copied || binary || !sure})
	})
}
