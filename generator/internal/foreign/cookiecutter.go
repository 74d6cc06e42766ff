package foreign

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/manifest"
)

const cookieFile = "cookiecutter.json"

// A cookie is a template of cookiecutter.
type cookie struct {
	*base
	values  *jinja.Dict // cookiecutter.json, without the prompts
	prompts *jinja.Dict
	opts    jinja.Options
	env     *jinja.Environment
	folder  string // what becomes of the project, named by a variable
	hooks   []hook
	m       *manifest.Manifest
}

// A hook is a script of the folder hooks.
type hook struct{ moment, file string }

// command is how cookiecutter runs it: the last word is the script.
func (h hook) command() []string {
	if path.Ext(h.file) == ".py" {
		return []string{"python3", h.file}
	}
	return []string{h.file}
}

func openCookiecutter(b *base) (*manifest.Manifest, error) {
	c := &cookie{base: b, prompts: &jinja.Dict{}}
	if err := c.readValues(); err != nil {
		return nil, err
	}
	if err := c.environment(); err != nil {
		return nil, err
	}
	if err := c.findHooks(); err != nil {
		return nil, err
	}
	if parts := c.nested(); len(parts) > 0 {
		return openNest(c, parts)
	}
	if err := c.findFolder(); err != nil {
		return nil, err
	}
	m := c.about(Cookiecutter)
	for _, key := range c.asked() {
		m.Questions = append(m.Questions, c.question(key))
	}
	for _, h := range c.hooks {
		m.Actions = append(m.Actions, manifest.Action{ID: h.moment, Run: h.command()})
	}
	c.m = manifest.FromFormat(m, c)
	return c.m, nil
}

// Tool is whose format it is.
func (c *cookie) Tool() string { return Cookiecutter }

func (c *cookie) readValues() error {
	text, err := c.config(cookieFile)
	if err != nil {
		return err
	}
	v, err := jinja.ReadJSON(text)
	if err != nil {
		line, column := jsonPlace(text, err)
		return fault.New(fault.Template, "this is not JSON: %v", err).At(cookieFile, line, column)
	}
	d, ok := v.(*jinja.Dict)
	if !ok {
		return fault.New(fault.Template, "it is not an object of names and values").At(cookieFile, 1, 1)
	}
	c.values = &jinja.Dict{}
	d.Each(func(k, v jinja.Value) {
		if k == "__prompts__" {
			if p, ok := v.(*jinja.Dict); ok {
				c.prompts = p
			}
			return
		}
		c.values.Set(k, v)
	})
	return nil
}

// jsonPlace is where a JSON text goes wrong, as far as it is known.
func jsonPlace(text string, err error) (line, column int) {
	var syntax *json.SyntaxError
	at := len(text)
	if errors.As(err, &syntax) {
		at = min(int(syntax.Offset), len(text))
	}
	before := text[:at]
	return 1 + strings.Count(before, "\n"), max(1, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]))
}

var cookieExtensions = []string{
	"cookiecutter.extensions.JsonifyExtension", "cookiecutter.extensions.RandomStringExtension", "cookiecutter.extensions.SlugifyExtension",
	"cookiecutter.extensions.TimeExtension", "cookiecutter.extensions.UUIDExtension",
}

func (c *cookie) environment() error {
	c.opts = jinja.Options{Strict: true, Syntax: jinja.Syntax{KeepTrailingNewline: true}, Extensions: slices.Clone(cookieExtensions)}
	if v, ok := c.values.Get("_extensions"); ok {
		for _, x := range items(v) {
			name, _ := x.(string)
			c.opts.Extensions = append(c.opts.Extensions, name)
		}
	}
	if v, ok := c.values.Get("_jinja2_env_vars"); ok {
		d, _ := v.(*jinja.Dict)
		if err := settings(d, &c.opts, Cookiecutter, cookieFile); err != nil {
			return err
		}
	}
	var err error
	if c.env, err = jinja.New(c.opts); err != nil {
		return inFile(explain(err, Cookiecutter), cookieFile)
	}
	return nil
}

// inFile gives a fault its file.
func inFile(err error, file string) error {
	if f := fault.Of(err); f != nil && f.Place.File == "" {
		f.Place.File = file
	}
	return err
}

func items(v jinja.Value) []jinja.Value {
	if l, ok := v.(*jinja.List); ok {
		return l.Items
	}
	return nil
}

// settings takes what a template says about Jinja itself.
func settings(d *jinja.Dict, opts *jinja.Options, tool, file string) error {
	if d == nil {
		return nil
	}
	texts := map[string]*string{
		"block_start_string": &opts.Syntax.BlockStart, "block_end_string": &opts.Syntax.BlockEnd,
		"variable_start_string": &opts.Syntax.VariableStart, "variable_end_string": &opts.Syntax.VariableEnd,
		"comment_start_string": &opts.Syntax.CommentStart, "comment_end_string": &opts.Syntax.CommentEnd,
		"newline_sequence": &opts.Syntax.Newline,
	}
	flags := map[string]*bool{
		"trim_blocks": &opts.Syntax.TrimBlocks, "lstrip_blocks": &opts.Syntax.LstripBlocks, "keep_trailing_newline": &opts.Syntax.KeepTrailingNewline,
	}
	var failure error
	d.Each(func(k, v jinja.Value) {
		name, _ := k.(string)
		text, isText := v.(string)
		switch {
		case texts[name] != nil && isText:
			*texts[name] = text
		case flags[name] != nil:
			*flags[name] = jinja.Truth(v)
		case name == "undefined" && tool == Copier && (text == "jinja2.Undefined" || text == "jinja2.StrictUndefined"):
			opts.Strict = text == "jinja2.StrictUndefined"
		case name == "autoescape" && !jinja.Truth(v), name == "optimized", name == "cache_size", name == "auto_reload":
		default:
			failure = refused(tool, file, "the setting %s of Jinja", name)
		}
	})
	return failure
}

func (c *cookie) findHooks() error {
	entries, err := fs.ReadDir(c.fsys, "hooks")
	if err != nil {
		return nil // there are none
	}
	for _, e := range entries {
		name := e.Name()
		base := strings.TrimSuffix(name, path.Ext(name))
		if strings.HasSuffix(name, "~") || e.IsDir() {
			continue
		}
		switch base {
		case "pre_prompt":
			return refused(Cookiecutter, "hooks/"+name, "a hook that changes the template before the questions")
		case "pre_gen_project", "post_gen_project":
			c.hooks = append(c.hooks, hook{base, "hooks/" + name})
		}
	}
	return nil
}

func (c *cookie) findFolder() error {
	entries, err := fs.ReadDir(c.fsys, ".")
	if err != nil {
		return err
	}
	start, end := c.opts.Syntax.VariableStart, c.opts.Syntax.VariableEnd
	if start == "" {
		start = "{{"
	}
	if end == "" {
		end = "}}"
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.Contains(name, "cookiecutter") || !strings.Contains(name, start) || !strings.Contains(name, end) {
			continue
		}
		if c.folder != "" {
			return refused(Cookiecutter, name, "a second folder whose name holds cookiecutter and a variable")
		}
		c.folder = name
	}
	if info, err := fs.Stat(c.fsys, c.folder); c.folder == "" || err != nil || !info.IsDir() {
		return fault.New(fault.Template, "no folder's name holds cookiecutter and a variable, such as {{cookiecutter.slug}}").At(cookieFile, 0, 0)
	}
	return nil
}

// asked are the keys that a person is asked for: first the plain ones, then the
// mappings, as cookiecutter does.
func (c *cookie) asked() []string {
	var plain, dicts []string
	c.values.Each(func(k, v jinja.Value) {
		key := k.(string)
		if strings.HasPrefix(key, "_") {
			return
		}
		if _, ok := v.(*jinja.Dict); ok {
			dicts = append(dicts, key)
		} else {
			plain = append(plain, key)
		}
	})
	return append(plain, dicts...)
}

// question describes a key before anything is answered.
func (c *cookie) question(key string) manifest.Question {
	raw, _ := c.values.Get(key)
	q := manifest.Question{ID: questionID(key), Type: manifest.String, Title: c.prompt(key, "")}
	text, _ := jinja.Str(raw)
	switch v := raw.(type) {
	case bool:
		q.Type, text = manifest.Bool, fmt.Sprint(v)
	case *jinja.List:
		q.Type, text = manifest.Select, ""
		for _, x := range v.Items {
			value, _ := jinja.Str(x)
			q.Choices = append(q.Choices, manifest.Choice{Value: value, Title: c.prompt(key, value)})
		}
		if len(q.Choices) > 0 {
			text = q.Choices[0].Value
		}
	case *jinja.Dict:
		text, _ = jinja.WriteJSON(v)
		q.Help = "an object in JSON"
	case nil:
		text = ""
	}
	q.Default = &manifest.Default{Value: manifest.Scalar{Text: text}}
	return q
}

// prompt is what a template says to ask for a key, or for a choice of it.
func (c *cookie) prompt(key, choice string) string {
	v, _ := c.prompts.Get(key)
	if d, ok := v.(*jinja.Dict); ok {
		name := choice
		if name == "" {
			name = "__prompt__"
		}
		v, _ = d.Get(name)
	} else if choice != "" {
		return ""
	}
	text, _ := v.(string)
	return text
}
