package foreign

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/internal/late"
	"scaffold/generator/manifest"
)

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

var wholeNumber = late.Pattern(`^\s*[+-]?\d+(_\d+)*\s*$`)

func castInt(v jinja.Value) (jinja.Value, error) {
	switch v := v.(type) {
	case int64, *big.Int:
		return v, nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case float64:
		return int64(v), nil
	case string:
		if wholeNumber().MatchString(v) {
			digits := strings.TrimPrefix(strings.ReplaceAll(strings.TrimSpace(v), "_", ""), "+")
			if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
				return n, nil
			}
			if n, ok := new(big.Int).SetString(digits, 10); ok && len(digits) < 4300 { // Python's own bound
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
