package foreign

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"scaffold/generator/internal/jinja"
	"scaffold/generator/manifest"
)

// An answering works out the answers of one resolution.
type answering struct {
	*cookie
	given   manifest.Given
	answers manifest.Answers
	other   map[string]any
	values  *jinja.Dict // cookiecutter's own, so far
	r       *manifest.Resolved

	picked map[string]int // which of the choices was given, by key
}

// Resolve works out the answers in the order of cookiecutter.json; a default may
// use those before it.
func (c *cookie) Resolve(given manifest.Given, answers manifest.Answers, other map[string]any) (*manifest.Resolved, error) {
	a := &answering{cookie: c, given: given, answers: answers, other: other, values: &jinja.Dict{}, r: &manifest.Resolved{Vars: given.Variables()}, picked: map[string]int{}}
	var dicts []string
	var failure error
	c.values.Each(func(k, raw jinja.Value) {
		key := k.(string)
		_, isDict := raw.(*jinja.Dict)
		switch {
		case failure != nil:
		case strings.HasPrefix(key, "_") && !strings.HasPrefix(key, "__"):
			a.values.Set(key, raw)
		case isDict:
			dicts = append(dicts, key)
			if strings.HasPrefix(key, "__") {
				failure = a.private(key, raw)
			}
		case strings.HasPrefix(key, "__"):
			failure = a.private(key, raw)
		default:
			failure = a.one(key, raw)
		}
	})
	for _, key := range dicts {
		raw, _ := c.values.Get(key)
		switch {
		case failure != nil:
		case strings.HasPrefix(key, "__"):
			failure = a.private(key, raw)
		default:
			failure = a.one(key, raw)
		}
	}
	if failure != nil {
		return nil, inFile(failure, cookieFile)
	}
	unknown(a.r, answers, c.m.Questions)
	a.r.Vars[manifest.Context] = a.context()
	return a.r, nil
}

// unknown reports answers to what is not asked.
func unknown(r *manifest.Resolved, answers manifest.Answers, questions []manifest.Question) {
	known := append(manifest.Defaulted(), SourceAnswer)
	for _, q := range questions {
		known = append(known, q.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		if !slices.Contains(known, id) {
			r.Problems = append(r.Problems, manifest.AnswerProblem{Kind: manifest.Unknown, ID: id, Detail: "the questions are " + strings.Join(known[len(manifest.Defaulted())+1:], ", ")})
		}
	}
}

// context is what templates see: the values in the order of cookiecutter.json,
// and what the template offered.
func (a *answering) context() map[string]jinja.Value {
	out, offered := &jinja.Dict{}, &jinja.Dict{}
	a.cookie.values.Each(func(k, raw jinja.Value) {
		v, _ := a.values.Get(k)
		out.Set(k, v)
		if !strings.HasPrefix(k.(string), "_") {
			offered.Set(k, a.offered(k.(string), raw, v))
		}
	})
	out.Set("_template", a.place.Source)
	for _, name := range []string{"_output_dir", "_repo_dir"} {
		out.Set(name, &jinja.Refused{Message: "cookiecutter." + name + " is a place on one machine"})
	}
	out.Set("_checkout", nil)
	if a.place.Ref != "" {
		out.Set("_checkout", a.place.Ref)
	}
	return map[string]jinja.Value{"cookiecutter": out, "_cookiecutter": offered}
}

// offered is a value as cookiecutter offers it: an answer that was given
// beforehand stands in the default's place.
func (a *answering) offered(key string, raw, answer jinja.Value) jinja.Value {
	if _, given := a.answers[questionID(key)]; !given {
		return raw
	}
	list, ok := raw.(*jinja.List)
	if !ok {
		return answer
	}
	i := a.picked[key]
	return jinja.NewList(slices.Concat(list.Items[i:i+1], list.Items[:i], list.Items[i+1:])...)
}

func (a *answering) private(key string, raw jinja.Value) error {
	v, err := a.render(key, raw)
	if err == nil {
		a.values.Set(key, v)
	}
	return err
}

// render fills the expressions of a value.
func (a *answering) render(key string, raw jinja.Value) (jinja.Value, error) {
	switch v := raw.(type) {
	case nil, bool:
		return v, nil
	case *jinja.List:
		out := jinja.NewList()
		for _, x := range v.Items {
			y, err := a.render(key, x)
			if err != nil {
				return nil, err
			}
			out.Items = append(out.Items, y)
		}
		return out, nil
	case *jinja.Dict:
		out := &jinja.Dict{}
		var failure error
		v.Each(func(k, x jinja.Value) {
			name, err := a.render(key, k)
			if err == nil {
				x, err = a.render(key, x)
			}
			if err != nil && failure == nil {
				failure = err
			}
			out.Set(name, x)
		})
		return out, failure
	}
	text, err := jinja.Str(raw)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(text, "{") && a.opts.Syntax.VariableStart == "" {
		return text, nil
	}
	opts := a.opts
	opts.Draw, opts.Now = a.draw(cookieFile+"\x00"+key), dayOf(a.given)
	return renderText(opts, key, text, map[string]jinja.Value{"cookiecutter": a.values})
}

func renderText(opts jinja.Options, name, text string, vars map[string]jinja.Value) (string, error) {
	out, err := jinja.Render(context.Background(), opts, name, text, vars)
	if err != nil {
		return "", explain(err, Cookiecutter)
	}
	return out, nil
}

// dayOf is the day that the record names.
func dayOf(given manifest.Given) time.Time {
	t, _ := time.Parse(time.DateOnly, given.Date)
	return t
}

// one works out one question.
func (a *answering) one(key string, raw jinja.Value) error {
	q := a.question(key)
	var value jinja.Value
	_, list := raw.(*jinja.List)
	if _, given := a.answers[q.ID]; !given || list { // cookiecutter puts an answer in the default's place
		var err error
		if value, err = a.render(key, raw); err != nil {
			return err
		}
	}
	asked := manifest.Asked{Question: &q, Active: true}
	var choices []jinja.Value
	if list, ok := value.(*jinja.List); ok {
		choices = list.Items
		q.Choices = nil
		for i, x := range list.Items {
			text, _ := jinja.Str(x)
			rawText, _ := jinja.Str(items(raw)[i])
			q.Choices = append(q.Choices, manifest.Choice{Value: text, Title: a.prompt(key, rawText)})
		}
		if len(list.Items) == 0 {
			return invalid(cookieFile, "the list of choices of %s is empty", key)
		}
		value = list.Items[0]
	}
	answer, given := a.answers[q.ID]
	asked.Given, asked.Open = given, !given
	if preferred, ok := a.given.Defaults[q.ID]; ok && !given {
		answer, given = preferred, true
	}
	if given {
		v, err := accept(&q, answer)
		if err != nil {
			a.r.Problems = append(a.r.Problems, manifest.AnswerProblem{Kind: manifest.Invalid, ID: q.ID, Value: answer.String(), Detail: err.Error(), Question: &q})
		} else {
			value = v
		}
	}
	asked.Value = plainValue(value)
	if text, ok := value.(string); ok && choices != nil {
		a.picked[key] = slices.Index(q.Values(), text)
		value = choices[a.picked[key]] // it need not be a text
	} else if choices != nil {
		asked.Value = q.Choices[0].Value
	}
	a.values.Set(key, value)
	a.r.Asked = append(a.r.Asked, asked)
	a.r.Vars[q.ID] = asked.Value
	return nil
}

// plainValue is a value as scaffold keeps it: one that it can ask for again.
func plainValue(v jinja.Value) any {
	switch v := v.(type) {
	case bool, string:
		return v
	case nil:
		return ""
	case *jinja.Dict, *jinja.List:
		text, _ := jinja.WriteJSON(v)
		return text
	}
	text, _ := jinja.Str(v)
	return text
}

// accept types an answer to a question of cookiecutter.
func accept(q *manifest.Question, answer manifest.Scalar) (jinja.Value, error) {
	if answer.Many {
		return nil, errors.New("one value, not a list")
	}
	if err := control(answer.Text); err != nil {
		return nil, err
	}
	switch q.Type {
	case manifest.Bool:
		return truth(answer.Text)
	case manifest.Select:
		if !slices.Contains(q.Values(), answer.Text) {
			return nil, fmt.Errorf("must be one of %s", strings.Join(q.Values(), ", "))
		}
	case manifest.String:
		if q.Help != "" { // a mapping
			v, err := jinja.ReadJSON(answer.Text)
			if _, ok := v.(*jinja.Dict); !ok || err != nil {
				return nil, errors.New("must be an object in JSON")
			}
			return v, nil
		}
	}
	return answer.Text, nil
}

func truth(text string) (jinja.Value, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "1", "true", "t", "yes", "y", "on":
		return true, nil
	case "0", "false", "f", "no", "n", "off":
		return false, nil
	}
	return nil, errors.New("must be true or false")
}

// Accept types one answer.
func (c *cookie) Accept(id string, answer manifest.Scalar, vars map[string]any) (any, error) {
	for _, key := range c.asked() {
		if questionID(key) != id {
			continue
		}
		q := c.question(key)
		if q.Type == manifest.Select { // the choices may hold expressions; resolving holds them
			return answer.Text, control(answer.Text)
		}
		v, err := accept(&q, answer)
		return plainValue(v), err
	}
	return nil, fmt.Errorf("no question %s", id)
}

// Actions are the hooks of the template, filled with the answers.
func (c *cookie) Actions(moment string, vars map[string]any) ([]manifest.Action, error) {
	if moment != "new" {
		return nil, nil // cookiecutter has no update
	}
	values, _ := vars[manifest.Context].(map[string]jinja.Value)
	var list []manifest.Action
	for _, h := range c.hooks {
		source, err := c.config(h.file)
		if err != nil {
			return nil, err
		}
		opts := c.opts
		opts.Draw, opts.Now = c.draw(h.file), clock(time.Now(), vars)
		text, err := renderText(opts, h.file, source, values)
		if err != nil {
			return nil, err
		}
		list = append(list, manifest.Action{ID: strings.TrimSuffix(path.Base(h.file), path.Ext(h.file)), Run: h.command(), Script: text, Before: h.moment == "pre_gen_project"})
	}
	slices.SortStableFunc(list, func(a, b manifest.Action) int {
		switch {
		case a.Before == b.Before:
			return 0
		case a.Before:
			return -1
		}
		return 1
	})
	return list, nil
}
