package foreign

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/internal/jinja"
	"scaffold/generator/manifest"
)

// A detail is one question of copier.
type detail struct {
	name    string
	d       *jinja.Dict
	kind    string // its type; "" where it is an expression
	secret  bool
	multi   bool
	choices jinja.Value
}

func (d detail) get(name string) jinja.Value { v, _ := d.d.Get(name); return v }

func (d detail) text(name string) string {
	text, _ := d.get(name).(string)
	return text
}

func (d detail) hasDefault() bool { _, ok := d.d.Get("default"); return ok }

func (c *copied) detail(name string) (detail, error) {
	v, _ := c.details.Get(name)
	d := detail{name: name, d: v.(*jinja.Dict), secret: c.secret[name]}
	if name == "now" || name == "make_secret" || strings.HasPrefix(name, "_") {
		return d, invalid(c.file, "%s cannot be the name of a question", name)
	}
	d.multi, d.choices = jinja.Truth(d.get("multiselect")), d.get("choices")
	d.kind, _ = d.get("type").(string)
	if d.kind == "" {
		d.kind = "yaml"
		if d.hasDefault() {
			switch d.get("default").(type) {
			case bool:
				d.kind = "bool"
			case int64, *big.Int:
				d.kind = "int"
			case float64:
				d.kind = "float"
			case string:
				d.kind = "str"
			}
		}
	}
	if d.secret && !d.hasDefault() {
		return d, invalid(c.file, "the secret question %s has no default", name)
	}
	if strings.Contains(d.kind, "{") {
		return d, refused(Copier, c.file, "the type of question %s is an expression", name)
	}
	if !slices.Contains([]string{"bool", "float", "int", "json", "str", "yaml", "path"}, d.kind) {
		return d, invalid(c.file, "the question %s has the unknown type %q", name, d.kind)
	}
	return d, nil
}

// question describes a question before anything is answered.
func (c *copied) question(name string) (manifest.Question, error) {
	d, err := c.detail(name)
	if err != nil {
		return manifest.Question{}, err
	}
	q := manifest.Question{ID: questionID(name), Type: manifest.String, Title: d.text("help")}
	switch {
	case d.choices != nil && d.multi:
		q.Type = manifest.Multi
	case d.choices != nil:
		q.Type = manifest.Select
	case d.secret:
		q.Type = manifest.Secret
	case d.kind == "int":
		q.Type = manifest.Int
	case d.kind == "bool":
		q.Type = manifest.Bool
	case d.kind == "path":
		q.Type = manifest.Path
	}
	if list, ok := d.choices.(*jinja.List); ok {
		for _, x := range list.Items {
			text, _ := jinja.Str(x)
			q.Choices = append(q.Choices, manifest.Choice{Value: text})
		}
	}
	if d.hasDefault() && !d.secret {
		text := asked(d.get("default"))
		if s, many := d.get("default").(*jinja.List); many && d.multi {
			q.Default = &manifest.Default{Value: manifest.Scalar{List: texts(s), Many: true}}
		} else {
			q.Default = &manifest.Default{Value: manifest.Scalar{Text: text}}
		}
	}
	q.When = d.text("when")
	return q, nil
}

// asked is a value as a person types it.
func asked(v jinja.Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case *jinja.Dict, *jinja.List:
		text, _ := jinja.WriteJSON(v)
		return text
	case bool:
		return strconv.FormatBool(v)
	}
	text, _ := jinja.Str(v)
	return text
}
