package foreign

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/manifest"
)

// copierVersion is the version of copier that templates are read as.
const copierVersion = "9.19.1"

// A copied is a template of copier.
type copied struct {
	*base
	file      string      // copier.yml, or copier.yaml
	config    *jinja.Dict // what begins with _, without it
	details   *jinja.Dict // the questions
	secret    map[string]bool
	opts      jinja.Options
	env       *jinja.Environment
	suffix    string
	exclude   []string
	skip      []string
	keepLinks bool
	m         *manifest.Manifest
}

// copierFile is the name of the file with the questions, or "".
func copierFile(fsys fs.FS) string {
	for _, name := range []string{"copier.yml", "copier.yaml"} {
		if regular(fsys, name) {
			return name
		}
	}
	return ""
}

func openCopier(b *base) (*manifest.Manifest, error) {
	c := &copied{base: b, file: copierFile(b.fsys), secret: map[string]bool{}}
	if regular(b.fsys, "copier.yml") && regular(b.fsys, "copier.yaml") {
		return nil, invalid("copier.yaml", "there is a copier.yml, too: copier takes one")
	}
	if err := c.readConfig(); err != nil {
		return nil, err
	}
	if err := c.settings(); err != nil {
		return nil, err
	}
	m := c.about(Copier)
	var failure error
	c.details.Each(func(k, v jinja.Value) {
		q, err := c.question(k.(string))
		if err != nil && failure == nil {
			failure = err
		}
		m.Questions = append(m.Questions, q)
	})
	if failure != nil {
		return nil, failure
	}
	m.Migrations = c.migrations()
	tasks, _ := c.config.Get("tasks")
	for i, t := range items(tasks) {
		if d, ok := t.(*jinja.Dict); ok {
			t, _ = d.Get("command")
		}
		run := []string{"sh", "-c", asked(t)}
		if list, ok := t.(*jinja.List); ok {
			run = texts(list)
		}
		m.Actions = append(m.Actions, manifest.Action{ID: fmt.Sprintf("task-%d", i+1), Run: run})
	}
	c.m = manifest.FromFormat(m, c)
	return c.m, nil
}

// Tool is whose format it is.
func (c *copied) Tool() string { return Copier }

// readConfig reads the file and what it includes, as copier's
// load_template_config does.
func (c *copied) readConfig() error {
	docs, err := c.documents(c.file, 0)
	if err != nil {
		return err
	}
	merged := &jinja.Dict{}
	lists := map[string]*jinja.List{}
	for _, d := range docs {
		d.Each(func(k, v jinja.Value) {
			name, _ := k.(string)
			if slices.Contains([]string{"_exclude", "_jinja_extensions", "_secret_questions", "_skip_if_exists"}, name) {
				if lists[name] == nil {
					lists[name] = jinja.NewList()
				}
				lists[name].Items = append(lists[name].Items, items(v)...)
				v = lists[name]
			}
			merged.Set(k, v)
		})
	}
	c.config, c.details = &jinja.Dict{}, &jinja.Dict{}
	var failure error
	merged.Each(func(k, v jinja.Value) {
		name, ok := k.(string)
		if !ok {
			failure = invalid(c.file, "a key is a text, and %v is none", k)
			return
		}
		if setting, ok := strings.CutPrefix(name, "_"); ok {
			c.config.Set(setting, v)
			return
		}
		if _, ok := v.(*jinja.Dict); !ok {
			v = jinja.NewDict("default", v)
		}
		c.details.Set(name, v)
	})
	return failure
}

// documents reads the mappings of a file, with those that it includes in their
// place.
func (c *copied) documents(file string, depth int) ([]*jinja.Dict, error) {
	if depth > 10 {
		return nil, invalid(file, "the files include each other")
	}
	text, err := c.base.config(file)
	if err != nil {
		return nil, err
	}
	reader := jinja.YAMLReader{Tag: func(tag, value string) (jinja.Value, error) {
		if tag != "!include" {
			return nil, fmt.Errorf("the tag %s is not known here", tag)
		}
		return c.include(value, depth)
	}}
	values, err := reader.All(text)
	if err != nil {
		return nil, c.yamlFault(file, err)
	}
	var docs []*jinja.Dict
	for _, v := range flatten(values) {
		d, ok := v.(*jinja.Dict)
		if !ok {
			if v == nil {
				continue
			}
			return nil, invalid(file, "it is not a mapping of questions and settings")
		}
		docs = append(docs, d)
	}
	return docs, nil
}

func flatten(values []jinja.Value) []jinja.Value {
	var out []jinja.Value
	for _, v := range values {
		if l, ok := v.(*jinja.List); ok {
			out = append(out, flatten(l.Items)...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

func (c *copied) yamlFault(file string, err error) error {
	var e *jinja.YAMLError
	if errors.As(err, &e) {
		return fault.New(fault.Template, "%s", e.Message).At(file, e.Line, e.Column)
	}
	return err
}

func (c *copied) include(pattern string, depth int) (jinja.Value, error) {
	if path.IsAbs(pattern) || strings.Contains("/"+pattern+"/", "/../") {
		return nil, fmt.Errorf("an included file has a path below the template")
	}
	names, err := fs.Glob(c.fsys, path.Clean(pattern))
	if err != nil {
		return nil, err
	}
	if strings.Contains(pattern, "**") {
		return nil, fmt.Errorf("not supported in a template of copier: ** in what is included")
	}
	out := jinja.NewList()
	for _, name := range names {
		docs, err := c.documents(name, depth+1)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			out.Items = append(out.Items, d)
		}
	}
	return out, nil
}

func (c *copied) settings() error {
	get := func(name string) jinja.Value { v, _ := c.config.Get(name); return v }
	if v, ok := c.config.Get("min_copier_version"); ok {
		if err := c.checkVersion(v); err != nil {
			return err
		}
	}
	c.opts = jinja.Options{Syntax: jinja.Syntax{KeepTrailingNewline: true}, Extensions: []string{"jinja2_ansible_filters.AnsibleCoreFiltersExtension", "copier.YieldExtension"}}
	for _, x := range items(get("jinja_extensions")) {
		name, _ := x.(string)
		c.opts.Extensions = append(c.opts.Extensions, name)
	}
	envops, _ := get("envops").(*jinja.Dict)
	if err := settings(envops, &c.opts, Copier, c.file); err != nil {
		return err
	}
	var err error
	if c.env, err = jinja.New(c.opts); err != nil {
		return inFile(explain(err, Copier), c.file)
	}
	c.suffix = ".jinja"
	if v, ok := c.config.Get("templates_suffix"); ok {
		c.suffix, _ = v.(string)
	}
	c.exclude = []string{"copier.yaml", "copier.yml", "~*", "*.py[co]", "__pycache__", ".git", ".DS_Store", ".svn"}
	if s, _ := get("subdirectory").(string); s != "" {
		c.exclude = nil
	}
	if v, ok := c.config.Get("exclude"); ok {
		c.exclude = texts(v)
	}
	c.skip, c.keepLinks = texts(get("skip_if_exists")), jinja.Truth(get("preserve_symlinks"))
	for _, name := range texts(get("secret_questions")) {
		c.secret[name] = true
	}
	c.details.Each(func(k, v jinja.Value) {
		if secret, ok := v.(*jinja.Dict).Get("secret"); ok && jinja.Truth(secret) {
			c.secret[k.(string)] = true
		}
	})
	return nil
}

func texts(v jinja.Value) []string {
	var out []string
	for _, x := range items(v) {
		text, _ := jinja.Str(x)
		out = append(out, text)
	}
	return out
}

func (c *copied) checkVersion(v jinja.Value) error {
	text, _ := jinja.Str(v)
	least, err := semver.NewVersion(text)
	if err != nil {
		return refused(Copier, c.file, "_min_copier_version %q", text)
	}
	if semver.MustParse(copierVersion).LessThan(least) {
		return fault.New(fault.Template, "the template needs copier %s; scaffold reads templates as copier %s does", text, copierVersion).
			At(c.file, 0, 0).Try("use an older version of the template, or a newer scaffold")
	}
	return nil
}
