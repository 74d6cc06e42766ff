package prompt

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/quote"
)

var (
	errEmpty     = errors.New("an answer is needed")
	errNoneMarks = errors.New("choose at least one")
	errNotInt    = errors.New("must be a whole number")
)

// accept turns what a control holds into the step's value, or says what is
// wrong with it. Numbers arrive as text.
func (s Step) accept(raw any) (any, error) {
	value, err := s.parse(raw)
	if err != nil || value == nil {
		return value, err
	}
	if s.Validate != nil {
		err = s.Validate(value)
	}
	return value, err
}

func (s Step) parse(raw any) (any, error) {
	switch s.Kind {
	case Confirm, Choice:
		return raw, nil
	case Multi:
		marked, _ := raw.([]string)
		if s.Required && len(marked) == 0 {
			return nil, errNoneMarks
		}
		return marked, nil
	}
	text, _ := raw.(string)
	if s.Kind != Secret && raw != s.Default {
		text = strings.TrimSpace(text)
	}
	switch {
	case s.Required && text == "":
		return nil, errEmpty
	case s.Kind != Int:
		return text, nil
	case text == "":
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, errNotInt
	}
	return n, nil
}

// fits reports whether a value could be this step's answer.
func (s Step) fits(value any) bool {
	switch v := value.(type) {
	case string:
		return s.Kind == Text || s.Kind == Secret || s.Kind == Choice && s.index(v) >= 0
	case []string:
		return s.Kind == Multi && !slices.ContainsFunc(v, func(one string) bool { return s.index(one) < 0 })
	case int:
		return s.Kind == Int
	case bool:
		return s.Kind == Confirm
	}
	return false
}

func (s Step) index(value string) int {
	return slices.IndexFunc(s.Options, func(o Option) bool { return o.Value == value })
}

// show is a value as a person reads it.
func (s Step) show(value any) string {
	switch v := value.(type) {
	case nil:
		return "none"
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []string:
		titles := make([]string, len(v))
		for i, one := range v {
			titles[i] = s.title(s.index(one))
		}
		return orNone(strings.Join(titles, "; "))
	case string:
		switch {
		case s.Kind == Choice:
			return s.title(s.index(v))
		case s.Kind == Secret && v != "":
			return "hidden"
		}
		return orNone(quote.Text(v))
	}
	return fmt.Sprint(value)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// title is what option i is called. Where two are called the same, each has its
// value behind it.
func (s Step) title(i int) string {
	if i < 0 {
		return ""
	}
	title := s.Options[i].name()
	for j, o := range s.Options {
		if j != i && o.name() == title {
			return quote.Text(title + " (" + s.Options[i].Value + ")")
		}
	}
	return quote.Text(title)
}

func (o Option) name() string {
	if o.Title == "" {
		return o.Value
	}
	return o.Title
}
