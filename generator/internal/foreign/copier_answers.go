package foreign

import (
	"context"
	"path"
	"strconv"
	"strings"
	"time"

	"scaffold/generator/internal/jinja"
	"scaffold/generator/internal/late"
	"scaffold/generator/manifest"
)

// A survey works out the answers of one resolution.
type survey struct {
	*copied
	given   manifest.Given
	answers manifest.Answers
	other   map[string]any
	user    *jinja.Dict     // the answers so far
	hidden  map[string]bool // those that copier does not remember
	r       *manifest.Resolved

	answersPath string // of copier's answers file; "" until the answers are known
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
	if err := s.nameAnswersFile(); err != nil {
		return nil, inFile(err, c.file)
	}
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
		"_folder_name": s.given.Name, "_copier_phase": phase,
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

var versionTag = late.Pattern(`^v?\d+(\.\d+)*([.+-]?[A-Za-z][\w.+-]*)?$`)

// commit is what copier notes for the version of the template: a tag, or the
// commit, since copier goes back to it later. A branch would have moved by then.
func (s *survey) commit() string {
	if ref := s.place.Ref; s.place.Commit != "" && versionTag().MatchString(ref) && !strings.HasPrefix(s.place.Commit, ref) {
		return ref
	}
	return s.place.Commit
}

func (s *survey) conf() *jinja.Dict {
	conf := jinja.NewDict("answers_file", s.answersPath, "sep", "/", "os", "linux", "exclude", jinja.Tuple{}, "skip_if_exists", jinja.Tuple{},
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

// nameAnswersFile works out where copier's answers file is, which may depend on
// the answers.
func (s *survey) nameAnswersFile() error {
	v, ok := s.config.Get("answers_file")
	if !ok {
		v = ".copier-answers.yml"
	}
	out, err := s.render("_answers_file", v, nil)
	text, _ := out.(string)
	s.answersPath = path.Clean(text)
	return err
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
