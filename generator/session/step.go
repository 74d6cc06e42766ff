package session

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/manifest"
	"scaffold/generator/quote"
)

// Kind is what a step takes for an answer, and the type of its value: the control
// that a type of questions asks for.
type Kind = manifest.Control

// The kinds of steps.
const (
	Choice  = manifest.OneOf
	Multi   = manifest.SomeOf
	Text    = manifest.Line
	Int     = manifest.Number
	Confirm = manifest.YesNo
	Secret  = manifest.Hidden
)

// A Step is one screen. All its text may come from strangers: it is shown with
// control and bidi characters escaped.
type Step struct {
	ID       string // names the answer; a step asked again replaces its ticked line
	Kind     Kind
	Title    string // the question
	Label    string // the answer's name on its ticked line; without one there is no such line
	Group    string // a heading above the title
	Help     string // explains the question, below the title
	Terms    string // explains the words of the screen to who asks, in two lines
	Progress Progress
	Body     string // what is to be read before answering: several lines, scrolled where they are too many
	Options  []Option
	Default  any  // a value of the kind's type, or nil
	Proposed bool // the default of a Text stands there until something is typed
	Required bool // an empty answer is refused
	// Validate says what is wrong with a value, or nil. It runs after Enter,
	// never before a key, and not for a number that was left empty.
	Validate func(value any) error
}

// A Progress is where on the way to a project a step is. The zero value is
// nowhere.
type Progress struct {
	At, Of int
	About  bool // what follows depends on the answers
}

// String is such as "3 of about 5", or "".
func (p Progress) String() string {
	switch {
	case p.Of == 0:
		return ""
	case p.About:
		return fmt.Sprintf("%d of about %d", p.At, p.Of)
	default:
		return fmt.Sprintf("%d of %d", p.At, p.Of)
	}
}

// An Option is one choice of a [Choice] or [Multi] step.
type Option struct {
	Value string
	Title string // the value, where it is empty
	Hint  string
	Find  string // further words by which it is found in a long list
}

// Answered is a step with its answer.
type Answered struct {
	Step  Step
	Value any
}

// What an answer of the wrong shape is.
var (
	ErrEmpty      = errors.New("an answer is needed")
	ErrNoneMarked = errors.New("choose at least one")
	ErrNotInt     = errors.New("must be a whole number")
)

// Accept turns what a control holds into the step's value, or says what is
// wrong with it. Numbers arrive as text.
func (s Step) Accept(raw any) (any, error) {
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
			return nil, ErrNoneMarked
		}
		return marked, nil
	}
	text, _ := raw.(string)
	if s.Kind != Secret && raw != s.Default {
		text = strings.TrimSpace(text)
	}
	switch {
	case s.Required && text == "":
		return nil, ErrEmpty
	case s.Kind != Int:
		return text, nil
	case text == "":
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, ErrNotInt
	}
	return n, nil
}

// Fits reports whether a value could be this step's answer.
func (s Step) Fits(value any) bool {
	switch v := value.(type) {
	case string:
		return s.Kind == Text || s.Kind == Secret || s.Kind == Choice && s.Index(v) >= 0
	case []string:
		return s.Kind == Multi && !slices.ContainsFunc(v, func(one string) bool { return s.Index(one) < 0 })
	case int:
		return s.Kind == Int
	case bool:
		return s.Kind == Confirm
	}
	return false
}

// Index is the place of an option by its value, or -1.
func (s Step) Index(value string) int {
	return slices.IndexFunc(s.Options, func(o Option) bool { return o.Value == value })
}

// Show is a value as a person reads it.
func (s Step) Show(value any) string {
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
			titles[i] = s.Option(s.Index(one))
		}
		return orNone(strings.Join(titles, "; "))
	case string:
		switch {
		case s.Kind == Choice:
			return s.Option(s.Index(v))
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

// Option is what option i is called. Where two are called the same, each has its
// value behind it.
func (s Step) Option(i int) string {
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

// take is [Step.Accept] for a value of the step's own type.
func (s Step) take(value any) (any, error) {
	switch v := value.(type) {
	case nil:
		if s.Kind != Int || s.Required {
			return nil, ErrEmpty
		}
		return nil, nil
	case int:
		value = strconv.Itoa(v)
	}
	if _, number := value.(string); !s.Fits(value) && !(number && s.Kind == Int) {
		return nil, fmt.Errorf("%s does not take %v", s.ID, value)
	}
	return s.Accept(value)
}
