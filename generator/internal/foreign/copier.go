package foreign

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/text/unicode/norm"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/internal/tree"
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

var detailKeys = []string{"type", "help", "default", "choices", "multiselect", "when", "validator", "secret", "multiline", "placeholder", "qmark", "ask"}

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
	var failure error
	d.d.Each(func(k, _ jinja.Value) {
		key, _ := k.(string)
		if !slices.Contains(detailKeys, key) {
			failure = invalid(c.file, "the question %s has an unknown key %q", name, key)
		}
	})
	if failure != nil {
		return d, failure
	}
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
			case int64:
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

// A survey works out the answers of one resolution.
type survey struct {
	*copied
	given   manifest.Given
	answers manifest.Answers
	other   map[string]any
	user    *jinja.Dict     // the answers so far
	hidden  map[string]bool // those that copier does not remember
	r       *manifest.Resolved
}

// Resolve works out the answers, in the order of the questions.
func (c *copied) Resolve(given manifest.Given, answers manifest.Answers, other map[string]any) (*manifest.Resolved, error) {
	s := &survey{copied: c, given: given, answers: answers, other: other, user: &jinja.Dict{}, hidden: map[string]bool{}, r: &manifest.Resolved{Vars: given.Variables()}}
	var failure error
	c.details.Each(func(k, _ jinja.Value) {
		if failure == nil {
			failure = s.one(k.(string))
		}
	})
	if failure != nil {
		return nil, inFile(failure, c.file)
	}
	unknown(s.r, answers, c.m.Questions)
	s.keepSource()
	s.r.Vars[manifest.Context] = s.context("render")
	return s.r, nil
}

// keepSource keeps the address that copier's own answers file had.
func (s *survey) keepSource() {
	if v, ok := s.answers[SourceAnswer]; ok {
		q := &manifest.Question{ID: SourceAnswer, Type: manifest.String, Title: "where copier finds the template"}
		s.r.Asked = append(s.r.Asked, manifest.Asked{Question: q, Active: true, Given: true, Value: v.Text})
		s.r.Vars[SourceAnswer] = v.Text
	}
}

// source is the address of the template as copier has it.
func (s *survey) source() string {
	if v, ok := s.answers[SourceAnswer]; ok {
		return v.Text
	}
	return s.place.Source
}

// context is what templates see.
func (s *survey) context(phase string) map[string]jinja.Value {
	vars := map[string]jinja.Value{
		"_folder_name": s.given.Name, "_copier_phase": phase, "_copier_operation": "copy",
		"_copier_python": &jinja.Refused{Message: "_copier_python is a program of copier's own"},
		"_external_data": &jinja.Refused{Message: "_external_data: files of the project that the template reads"},
		"now":            &jinja.Refused{Message: "now is deprecated by copier itself: use strftime"},
		"_src_path":      s.source(),
	}
	remembered := &jinja.Dict{}
	if commit := s.commit(); commit != "" {
		vars["_commit"] = commit
		remembered.Set("_commit", commit)
	}
	remembered.Set("_src_path", s.source())
	s.user.Each(func(k, v jinja.Value) {
		name := k.(string)
		vars[name] = v
		if !s.hidden[name] && !s.secret[name] {
			remembered.Set(k, v)
		}
	})
	vars["_copier_answers"] = remembered
	vars["_copier_conf"] = s.conf()
	return vars
}

// commit is what copier notes for the version of the template.
func (s *survey) commit() string {
	if s.place.Commit == "" {
		return ""
	}
	if s.place.Ref != "" && !strings.HasPrefix(s.place.Commit, s.place.Ref) {
		return s.place.Ref
	}
	return s.place.Commit
}

func (s *survey) conf() *jinja.Dict {
	conf := jinja.NewDict("answers_file", s.answersFile(), "sep", "/", "os", "linux", "exclude", jinja.Tuple{}, "skip_if_exists", jinja.Tuple{},
		"use_prereleases", false, "cleanup_on_error", true, "overwrite", false, "pretend", false, "conflict", "inline", "context_lines", int64(3),
		"vcs_ref_hash", nil)
	if s.place.Commit != "" {
		conf.Set("vcs_ref_hash", s.place.Commit)
	}
	for _, name := range []string{"src_path", "dst_path", "vcs_ref", "data", "settings", "defaults", "user_defaults", "quiet", "unsafe", "skip_answered", "skip_tasks", "os"} {
		conf.Set(name, &jinja.Refused{Message: "_copier_conf." + name + " is about one run of copier"})
	}
	return conf
}

func (s *survey) answersFile() string {
	if v, ok := s.config.Get("answers_file"); ok {
		if text, ok := v.(string); ok && !strings.Contains(text, "{") {
			return text
		}
	}
	return ".copier-answers.yml"
}

// render fills the expressions of a value.
func (s *survey) render(name string, v jinja.Value, extra map[string]jinja.Value) (jinja.Value, error) {
	switch v := v.(type) {
	case string:
		if !strings.Contains(v, "{") && s.opts.Syntax.VariableStart == "" && s.opts.Syntax.BlockStart == "" && !strings.HasSuffix(v, "\n") {
			return v, nil
		}
		return s.copied.fill(s.context("prompt"), extra, name, v, dayOf(s.given))
	case *jinja.List:
		out := jinja.NewList()
		for _, x := range v.Items {
			y, err := s.render(name, x, extra)
			if err != nil {
				return nil, err
			}
			out.Items = append(out.Items, y)
		}
		return out, nil
	}
	return v, nil
}

// fill renders a text of the questions, or of a task.
func (c *copied) fill(vars, extra map[string]jinja.Value, name, text string, now time.Time) (string, error) {
	opts := c.opts
	opts.Draw, opts.Now, opts.Load = c.draw(c.file+"\x00"+name), now, c.loader(".")
	env, err := jinja.New(opts)
	if err != nil {
		return "", explain(err, Copier)
	}
	t, err := env.Parse(c.file+", "+name, text)
	if err != nil {
		return "", explain(err, Copier)
	}
	for k, v := range extra {
		vars[k] = v
	}
	out, err := t.Render(context.Background(), vars)
	return out, explain(err, Copier)
}

// An offer is one choice of a question.
type offer struct {
	name     string
	value    jinja.Value
	disabled string
}

// one works out one question.
func (s *survey) one(name string) error {
	d, err := s.detail(name)
	if err != nil {
		return err
	}
	q, err := s.question(name)
	if err != nil {
		return err
	}
	if help, err := s.render(name, d.get("help"), nil); err != nil {
		return err
	} else if text, ok := help.(string); ok {
		q.Title = strings.TrimSpace(text)
	}
	if hint, err := s.render(name, d.get("placeholder"), nil); err != nil {
		return err
	} else if text, ok := hint.(string); ok {
		q.Example = text
	}
	active, err := s.holds(d, "when")
	if err != nil {
		return err
	}
	offers, err := s.offers(d)
	if err != nil {
		return err
	}
	q.Choices = nil
	for _, o := range offers {
		if o.disabled == "" {
			q.Choices = append(q.Choices, manifest.Choice{Value: asked(o.value), Title: o.name})
		}
	}
	a := manifest.Asked{Question: &q, Active: active && jinja.Truth(orTrue(d.get("ask"))), Value: zero(q.Type)}
	if !active {
		s.hidden[name] = true
	}
	value, there, err := s.valueOf(d, &q, &a, offers)
	if err != nil {
		return err
	}
	if there {
		s.user.Set(name, value)
		a.Value = s.kept(&q, value)
	}
	s.r.Asked = append(s.r.Asked, a)
	s.r.Vars[q.ID] = a.Value
	return nil
}

func orTrue(v jinja.Value) jinja.Value {
	if v == nil {
		return true
	}
	return v
}

func zero(t manifest.Type) any {
	switch t {
	case manifest.Int:
		return 0
	case manifest.Bool:
		return false
	case manifest.Multi:
		return []string{}
	}
	return ""
}

// kept is a value as scaffold keeps it.
func (s *survey) kept(q *manifest.Question, v jinja.Value) any {
	switch q.Type {
	case manifest.Int:
		if n, ok := v.(int64); ok {
			return int(n)
		}
	case manifest.Bool:
		if b, ok := v.(bool); ok {
			return b
		}
	case manifest.Multi:
		out := []string{}
		for _, x := range items(v) {
			out = append(out, asked(x))
		}
		return out
	}
	return asked(v)
}

// holds reports whether a condition of the question holds, as copier's
// cast_to_bool reads it.
func (s *survey) holds(d detail, key string) (bool, error) {
	v, ok := d.d.Get(key)
	if !ok {
		return true, nil
	}
	v, err := s.render(d.name, v, nil)
	return castBool(v), err
}

func castBool(v jinja.Value) bool {
	text, ok := v.(string)
	if !ok {
		return jinja.Truth(v)
	}
	text = strings.ToLower(strings.TrimSpace(text))
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f != 0
	}
	switch text {
	case "", "n", "no", "f", "false", "off", "~", "null", "none":
		return false
	}
	return true
}

// offers are the choices of a question.
func (s *survey) offers(d detail) ([]offer, error) {
	choices := d.choices
	if text, ok := choices.(string); ok {
		filled, err := s.render(d.name, text, nil)
		if err != nil {
			return nil, err
		}
		if choices, err = (jinja.YAMLReader{}).One(filled.(string)); err != nil {
			return nil, invalid(s.file, "the choices of %s: %v", d.name, err)
		}
	}
	var pairs [][2]jinja.Value
	switch v := choices.(type) {
	case *jinja.Dict:
		v.Each(func(k, x jinja.Value) { pairs = append(pairs, [2]jinja.Value{k, x}) })
	case *jinja.List:
		for _, x := range v.Items {
			if pair, ok := x.(*jinja.List); ok && len(pair.Items) == 2 {
				pairs = append(pairs, [2]jinja.Value{pair.Items[0], pair.Items[1]})
			} else {
				pairs = append(pairs, [2]jinja.Value{x, x})
			}
		}
	}
	var out []offer
	for _, p := range pairs {
		o, err := s.offer(d, p[0], p[1])
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

func (s *survey) offer(d detail, name, value jinja.Value) (offer, error) {
	var o offer
	label, err := s.render(d.name, name, nil)
	if err != nil {
		return o, err
	}
	if o.name, err = jinja.Str(label); err != nil {
		return o, err
	}
	if more, ok := value.(*jinja.Dict); ok && name != value {
		v, has := more.Get("value")
		if !has {
			return o, invalid(s.file, "a choice of %s has no value", d.name)
		}
		value = v
		if rule, ok := more.Get("validator"); ok {
			why, err := s.render(d.name, rule, nil)
			if err != nil {
				return o, err
			}
			o.disabled, _ = why.(string)
		}
	}
	if value, err = s.render(d.name, value, nil); err != nil {
		return o, err
	}
	if o.value, err = cast(d.kind, value); err != nil {
		return o, invalid(s.file, "a choice of %s: %v", d.name, err)
	}
	return o, nil
}

// valueOf is the answer, or the default.
func (s *survey) valueOf(d detail, q *manifest.Question, a *manifest.Asked, offers []offer) (jinja.Value, bool, error) {
	if v, ok := s.other[q.ID]; ok {
		return v, true, nil
	}
	answer, given := s.answers[q.ID]
	a.Given, a.Open = given, a.Active && !given
	if preferred, ok := s.given.Defaults[q.ID]; ok && !given && a.Active {
		answer, given = preferred, true
	}
	switch {
	case given && !a.Active:
		s.problem(manifest.Invalid, q, answer, "is not asked here: its condition is "+d.text("when"))
	case given:
		v, err := s.take(d, q, answer, offers)
		if err == nil {
			return v, true, nil
		}
		if fault.Of(err) != nil {
			return nil, false, err
		}
		s.problem(manifest.Invalid, q, answer, err.Error())
	}
	v, there, err := s.defaultOf(d, offers)
	if err == nil && there && a.Active && !d.secret {
		err = s.validate(d, v)
	}
	if err != nil && fault.Of(err) == nil {
		if !a.Active {
			return nil, false, invalid(s.file, "the default of %s: %v", d.name, err)
		}
		a.Missing = true
		if !given {
			s.problem(manifest.Missing, q, manifest.Scalar{}, err.Error())
		}
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if !there && a.Active {
		if a.Missing = true; !given {
			s.problem(manifest.Missing, q, manifest.Scalar{}, q.Example)
		}
	}
	return v, there, nil
}

func (s *survey) problem(kind manifest.Kind, q *manifest.Question, answer manifest.Scalar, detail string) {
	p := manifest.AnswerProblem{Kind: kind, ID: q.ID, Detail: detail, Question: q}
	if q.Type != manifest.Secret {
		p.Value = answer.String()
	}
	s.r.Problems = append(s.r.Problems, p)
}

func (s *survey) defaultOf(d detail, offers []offer) (jinja.Value, bool, error) {
	if !d.hasDefault() {
		return nil, false, nil
	}
	v, err := s.render(d.name, d.get("default"), map[string]jinja.Value{"UNSET": &jinja.Refused{Message: "UNSET"}})
	if e := (*jinja.Error)(nil); errors.As(err, &e) && e.Kind == jinja.Unsupported && e.Message == "UNSET" {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	out, err := s.parse(d, v, offers)
	return out, err == nil, err
}

// take types an answer that somebody gave.
func (s *survey) take(d detail, q *manifest.Question, answer manifest.Scalar, offers []offer) (jinja.Value, error) {
	if answer.Many != d.multi && answer.Many && d.kind != "yaml" && d.kind != "json" {
		return nil, errors.New("one value, not a list")
	}
	if err := control(answer.String()); err != nil {
		return nil, err
	}
	var v jinja.Value = answer.Text
	if d.kind == "bool" && d.choices == nil {
		b, err := truth(answer.Text)
		if err != nil {
			return nil, err
		}
		v = b
	}
	if answer.Many {
		v = jinja.From(answer.List)
	} else if d.multi {
		v = jinja.From(splitList(answer.Text))
	}
	if d.choices != nil {
		chosen, err := pick(d, v, offers)
		if err != nil {
			return nil, err
		}
		v = chosen
	} else if v, err := s.parse(d, v, offers); err != nil {
		return nil, err
	} else {
		return v, s.validate(d, v)
	}
	return v, s.validate(d, v)
}

func splitList(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// pick finds the choices that texts name, in the order of the choices.
func pick(d detail, v jinja.Value, offers []offer) (jinja.Value, error) {
	var known []string
	for _, o := range offers {
		if o.disabled == "" {
			known = append(known, asked(o.value))
		}
	}
	wanted := items(v)
	if !d.multi {
		wanted = []jinja.Value{v}
	}
	for _, w := range wanted {
		if !slices.Contains(known, asked(w)) {
			return nil, fmt.Errorf("must be one of %s", strings.Join(known, ", "))
		}
	}
	out := jinja.NewList()
	out.Items = []jinja.Value{}
	for _, o := range offers {
		if slices.ContainsFunc(wanted, func(w jinja.Value) bool { return asked(w) == asked(o.value) }) {
			if !d.multi {
				return o.value, nil
			}
			out.Items = append(out.Items, o.value)
		}
	}
	return out, nil
}

// parse is copier's parse_answer.
func (s *survey) parse(d detail, v jinja.Value, offers []offer) (jinja.Value, error) {
	if !d.multi {
		return s.parseOne(d, v, offers)
	}
	list := items(v)
	if text, ok := v.(string); ok {
		read, err := (jinja.YAMLReader{}).One(text)
		l, isList := read.(*jinja.List)
		if err != nil || !isList {
			return nil, fmt.Errorf("not a YAML list: %q", text)
		}
		list = l.Items
	}
	var wanted []jinja.Value
	for _, x := range list {
		if _, ok := x.(string); !ok && d.kind == "str" {
			if _, isBool := x.(bool); isBool || x == nil {
				return nil, fmt.Errorf("not supported in a template of copier: a list of choices that YAML reads as something else than texts")
			}
		}
		y, err := s.parseOne(d, x, offers)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, y)
	}
	out := jinja.NewList()
	out.Items = []jinja.Value{}
	for _, o := range offers {
		if slices.ContainsFunc(wanted, func(w jinja.Value) bool { return jinja.Equal(w, o.value) }) {
			out.Items = append(out.Items, o.value)
		}
	}
	return out, nil
}

func (s *survey) parseOne(d detail, v jinja.Value, offers []offer) (jinja.Value, error) {
	out, err := cast(d.kind, v)
	if err != nil || len(offers) == 0 {
		return out, err
	}
	for _, o := range offers {
		if o.disabled == "" && jinja.Equal(out, o.value) {
			return out, nil
		}
	}
	return nil, fmt.Errorf("%s is not one of the choices", asked(out))
}

// cast is copier's cast_answer.
func cast(kind string, v jinja.Value) (jinja.Value, error) {
	if v == nil && kind != "json" && kind != "yaml" {
		return nil, fmt.Errorf("nothing is not an answer of type %s", kind)
	}
	text, isText := v.(string)
	switch kind {
	case "bool":
		return castBool(v), nil
	case "int":
		return castInt(v)
	case "float":
		f, ok := jinja.Float(v)
		if !ok {
			return nil, errors.New("must be a number")
		}
		return f, nil
	case "json":
		if !isText {
			return v, nil
		}
		out, err := jinja.ReadJSON(text)
		if err != nil {
			return nil, fmt.Errorf("must be JSON: %w", err)
		}
		return out, nil
	case "yaml":
		if !isText {
			return v, nil
		}
		out, err := (jinja.YAMLReader{}).One(text)
		if err != nil {
			return nil, fmt.Errorf("must be YAML: %w", err)
		}
		return out, nil
	case "path":
		return jinja.Str(v)
	}
	switch v.(type) {
	case *jinja.List, *jinja.Dict:
		return nil, errors.New("must be a text")
	}
	return jinja.Str(v)
}

var wholeNumber = regexp.MustCompile(`^\s*[+-]?\d+(_\d+)*\s*$`)

func castInt(v jinja.Value) (jinja.Value, error) {
	switch v := v.(type) {
	case int64:
		return v, nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case float64:
		return int64(v), nil
	case string:
		if wholeNumber.MatchString(v) {
			n, err := strconv.ParseInt(strings.TrimPrefix(strings.ReplaceAll(strings.TrimSpace(v), "_", ""), "+"), 10, 64)
			if err == nil {
				return n, nil
			}
		}
	}
	return nil, errors.New("must be a whole number")
}

// validate asks the question's validator; what it prints is what is wrong.
func (s *survey) validate(d detail, v jinja.Value) error {
	rule := d.text("validator")
	if rule == "" {
		return nil
	}
	said, err := s.render(d.name, rule, map[string]jinja.Value{d.name: v})
	if err != nil {
		return err
	}
	if text := strings.TrimSpace(said.(string)); text != "" {
		return errors.New(text)
	}
	return nil
}

// Accept types one answer, with the names that are known at the question.
func (c *copied) Accept(id string, answer manifest.Scalar, vars map[string]any) (any, error) {
	known, _ := vars[manifest.Context].(map[string]jinja.Value)
	s := &survey{copied: c, user: &jinja.Dict{}, hidden: map[string]bool{}}
	var name string
	c.details.Each(func(k, _ jinja.Value) {
		if v, ok := known[k.(string)]; ok {
			s.user.Set(k, v)
		}
		if questionID(k.(string)) == id {
			name = k.(string)
		}
	})
	if name == "" {
		return nil, fmt.Errorf("no question %s", id)
	}
	d, err := c.detail(name)
	if err != nil {
		return nil, err
	}
	q, err := c.question(name)
	if err != nil {
		return nil, err
	}
	offers, err := s.offers(d)
	if err != nil {
		return nil, err
	}
	v, err := s.take(d, &q, answer, offers)
	if err != nil {
		return nil, err
	}
	return s.kept(&q, v), nil
}

// migrations are told: they are commands for one step between two versions.
func (c *copied) migrations() []manifest.Migration {
	v, _ := c.config.Get("migrations")
	var list []manifest.Migration
	for _, x := range items(v) {
		d, ok := x.(*jinja.Dict)
		if !ok {
			continue
		}
		to, _ := d.Get("version")
		text := fmt.Sprint(to)
		var commands []string
		for _, key := range []string{"before", "after", "command"} {
			if v, ok := d.Get(key); ok {
				if l, many := v.(*jinja.List); many && key != "command" {
					for _, one := range l.Items {
						commands = append(commands, asked(one))
					}
				} else {
					commands = append(commands, asked(v))
				}
			}
		}
		if parsed, err := semver.NewVersion(text); err == nil && len(commands) > 0 {
			list = append(list, manifest.Migration{To: parsed.String(), Print: "copier's migration, which does not run here: " + strings.Join(commands, "; ")})
		}
	}
	return list
}

// Actions are the template's tasks, filled with the answers.
func (c *copied) Actions(moment string, vars map[string]any) ([]manifest.Action, error) {
	tasks, _ := c.config.Get("tasks")
	known, _ := vars[manifest.Context].(map[string]jinja.Value)
	operation := map[string]string{"new": "copy", "update": "update"}[moment]
	var list []manifest.Action
	for i, t := range items(tasks) {
		extra := map[string]jinja.Value{"_stage": "task", "_copier_phase": "tasks", "_copier_operation": operation, "_copier_python": "python3"}
		here := map[string]jinja.Value{}
		for k, v := range known {
			here[k] = v
		}
		a, wanted, err := c.task(here, extra, i+1, t)
		if err != nil {
			return nil, err
		}
		if wanted {
			a.Env = []string{"STAGE=task", "COPIER_OPERATION=" + operation}
			list = append(list, a)
		}
	}
	return list, nil
}

func (c *copied) task(vars, extra map[string]jinja.Value, n int, t jinja.Value) (manifest.Action, bool, error) {
	a := manifest.Action{ID: fmt.Sprintf("task-%d", n)}
	fill := func(text string) (string, error) { return c.fill(vars, extra, a.ID, text, clock(time.Now(), nil)) }
	command := t
	if d, ok := t.(*jinja.Dict); ok {
		command, _ = d.Get("command")
		if when, ok := d.Get("when"); ok {
			if text, isText := when.(string); isText {
				filled, err := fill(text)
				if err != nil {
					return a, false, err
				}
				when = filled
			}
			if !castBool(when) {
				return a, false, nil
			}
		}
		if dir, ok := d.Get("working_directory"); ok {
			text, _ := jinja.Str(dir)
			filled, err := fill(text)
			if err != nil {
				return a, false, err
			}
			if a.Dir = filled; path.IsAbs(filled) || strings.Contains("/"+filled+"/", "/../") {
				return a, false, fault.New(fault.Unsafe, "task %d runs in %q, which is outside of the project", n, filled)
			}
		}
	}
	if list, ok := command.(*jinja.List); ok {
		for _, x := range list.Items {
			text, _ := jinja.Str(x)
			part, err := fill(text)
			if err != nil {
				return a, false, err
			}
			a.Run = append(a.Run, part)
		}
		return a, len(a.Run) > 0, nil
	}
	text, _ := jinja.Str(command)
	line, err := fill(text)
	a.Run = []string{"sh", "-c", line}
	return a, err == nil, err
}

// Render makes the files as copier's _render_template does.
func (c *copied) Render(ctx context.Context, fsys fs.FS, vars map[string]any, now time.Time, limits generator.Limits) (tree.Tree, map[string]bool, error) {
	limits = limitsOf(limits)
	timed, cancel := context.WithTimeoutCause(ctx, limits.Time, fault.New(fault.Limit, "rendering takes longer than %v", limits.Time))
	defer cancel()
	values, _ := vars[manifest.Context].(map[string]jinja.Value)
	b := *c.base
	b.fsys = fsys
	opts := c.opts
	opts.Load, opts.Now, opts.Draw = b.loader("."), clock(now, vars), b.draw("files")
	env, err := jinja.New(opts)
	if err != nil {
		return tree.Tree{}, nil, explain(err, Copier)
	}
	g := &copyMaker{maker: maker{base: &b, tool: Copier, ctx: timed, env: env, vars: values, limits: limits, drawn: map[string]bool{}}, copied: c, seen: map[string]bool{}}
	if err := g.all(); err != nil {
		return tree.Tree{}, nil, err
	}
	files, err := tree.New(g.files...)
	return files, g.drawn, err
}

type copyMaker struct {
	maker
	copied  *copied
	root    string // what is copied, below the template
	exclude excluded
	answers string // the path of the answers file
	seen    map[string]bool
}

func (g *copyMaker) all() error {
	if v, ok := g.copied.config.Get("subdirectory"); ok {
		text, _ := jinja.Str(v)
		out, err := g.text("_subdirectory", text, g.vars)
		if err != nil {
			return inFile(err, g.copied.file)
		}
		g.root = path.Clean(out.Text)
		if !fs.ValidPath(g.root) {
			return fault.New(fault.Unsafe, "_subdirectory is %q, which is outside of the template", out.Text).At(g.copied.file, 0, 0)
		}
	}
	if g.root == "" {
		g.root = "."
	}
	var patterns []string
	for _, p := range g.copied.exclude {
		out, err := g.text("_exclude", p, g.vars)
		if err != nil {
			return inFile(err, g.copied.file)
		}
		for _, line := range regexp.MustCompile(`\r\n|\r|\n`).Split(out.Text, -1) {
			patterns = append(patterns, norm.NFD.String(line))
		}
	}
	g.exclude = newExcluded(patterns)
	conf, _ := g.vars["_copier_conf"].(*jinja.Dict)
	file, _ := conf.Get("answers_file")
	g.answers, _ = file.(string)
	info, err := fs.Stat(g.fsys, g.root)
	if err != nil || !info.IsDir() {
		return fault.New(fault.Template, "_subdirectory names %s, which is no folder of the template", g.root).At(g.copied.file, 0, 0)
	}
	return g.folder("")
}

func (g *copyMaker) folder(at string) error {
	entries, err := fs.ReadDir(g.fsys, path.Join(g.root, at))
	if err != nil {
		return err
	}
	if strings.Count(at, "/") > 100 {
		return fault.New(fault.Limit, "the folders of the template are nested too deeply: is there a link to one above?")
	}
	for _, e := range entries {
		if g.ctx.Err() != nil {
			return context.Cause(g.ctx)
		}
		name := path.Join(at, e.Name())
		link := e.Type()&fs.ModeSymlink != 0
		if link && g.copied.keepLinks {
			if err := g.link(name); err != nil {
				return err
			}
			continue
		}
		info, err := fs.Stat(g.fsys, path.Join(g.root, name))
		if err != nil {
			return refused(Copier, name, "a link that leads nowhere, or out of the template")
		}
		if info.IsDir() {
			if name == ".git" && g.root == "." {
				continue // excluded, with all that is in it
			}
			err = g.folder(name)
		} else {
			err = g.file(name, info)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// A target is where a file goes, and what its names were looped over.
type target struct {
	path  string
	extra map[string]jinja.Value
	drawn bool
}

// targets is copier's _render_path.
func (g *copyMaker) targets(name string) ([]target, error) {
	suffix := g.copied.suffix
	templated := strings.HasSuffix(path.Base(name), suffix)
	if suffix != "" {
		if _, err := fs.Stat(g.fsys, path.Join(g.root, name+suffix)); err == nil {
			return nil, nil
		}
		if templated {
			name = strings.TrimSuffix(name, path.Ext(name))
		}
	}
	out, err := g.parts(name, strings.Split(name, "/"), target{}, templated)
	return out, err
}

func (g *copyMaker) parts(name string, parts []string, so target, templated bool) ([]target, error) {
	if len(parts) == 0 {
		if !templated && g.copied.suffix != "" {
			if _, err := fs.Stat(g.fsys, so.path+g.copied.suffix); err == nil {
				return nil, nil
			}
		}
		return []target{so}, nil
	}
	out, err := g.text(name, parts[0], g.with(so.extra))
	if err != nil {
		return nil, err
	}
	if out.Yield == nil {
		return g.part(name, out.Text, parts, target{so.path, so.extra, so.drawn || out.Drawn}, templated)
	}
	var list []target
	for _, v := range out.Yield.Items {
		extra := map[string]jinja.Value{}
		for k, x := range so.extra {
			extra[k] = x
		}
		extra[out.Yield.Name] = v
		one, err := g.text(name, parts[0], g.with(extra))
		if err != nil {
			return nil, err
		}
		more, err := g.part(name, one.Text, parts, target{so.path, extra, so.drawn || one.Drawn}, templated)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

func (g *copyMaker) part(name, text string, parts []string, so target, templated bool) ([]target, error) {
	switch {
	case text == "":
		return nil, nil
	case text == g.answers:
		return []target{{g.answers, so.extra, so.drawn}}, nil
	}
	return g.parts(name, parts[1:], target{path.Join(so.path, text), so.extra, so.drawn}, templated)
}

func (g *copyMaker) with(extra map[string]jinja.Value) map[string]jinja.Value {
	if len(extra) == 0 {
		return g.vars
	}
	out := make(map[string]jinja.Value, len(g.vars)+len(extra))
	for k, v := range g.vars {
		out[k] = v
	}
	for k, v := range extra {
		out[k] = v
	}
	return out
}

func (g *copyMaker) file(name string, info fs.FileInfo) error {
	targets, err := g.targets(name)
	if err != nil {
		return err
	}
	from := path.Join(g.root, name)
	for _, t := range targets {
		if g.exclude.matches(norm.NFD.String(t.path)) {
			continue
		}
		data, err := g.read(from, g.limits.Bytes)
		if err != nil {
			return err
		}
		drawn := t.drawn
		if strings.HasSuffix(path.Base(name), g.copied.suffix) {
			if !utf8.Valid(data) {
				if g.copied.suffix != "" {
					return invalid(from, "this is not UTF-8")
				}
			} else {
				out, err := g.text(from, string(data), g.with(t.extra))
				if err != nil {
					return err
				}
				if out.Yield != nil {
					return invalid(from, "a file holds a yield tag, which is for names")
				}
				data, drawn = []byte(out.Text), drawn || out.Drawn
			}
		}
		if g.seen[t.path] {
			return invalid(from, "two files of the template become %s", t.path)
		}
		g.seen[t.path] = true
		if err := g.add(t.path, from, modeOf(info), data, drawn); err != nil {
			return err
		}
	}
	return nil
}

func (g *copyMaker) link(name string) error {
	targets, err := g.targets(name)
	if err != nil {
		return err
	}
	from := path.Join(g.root, name)
	to, err := fs.ReadLink(g.fsys, from)
	if err != nil {
		return err
	}
	for _, t := range targets {
		if g.exclude.matches(norm.NFD.String(t.path)) {
			continue
		}
		if strings.HasSuffix(path.Base(name), g.copied.suffix) {
			out, err := g.text(from, to, g.with(t.extra))
			if err != nil {
				return err
			}
			to = out.Text
		}
		rel, err := tree.SafeRel(t.path)
		if err == nil {
			err = tree.SafeLink(rel, to)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		if err := g.add(t.path, from, fs.ModeSymlink|0o777, []byte(to), t.drawn); err != nil {
			return err
		}
	}
	return nil
}
