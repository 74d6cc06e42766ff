// Package prompt asks a person one question after another and gives back the
// answers.
//
// A [Flow] decides what is asked; a [Prompter] decides how: the wizard for a
// terminal ([NewWizard]), numbered lines that are never redrawn for a screen
// reader ([NewPlain]), or a list of prepared replies for tests ([Scripted]).
//
// It knows nothing of templates, signals or files, and does not decide whether
// to ask at all: that is for whoever calls it.
package prompt

import (
	"context"

	"scaffold/generator/fault"
)

// Kind is what a step takes for an answer, and the type of its value.
type Kind int

// The kinds of steps.
const (
	Choice  Kind = iota // one of Options: string
	Multi               // some of Options, in their order: []string
	Text                // one line, without blanks around it: string
	Int                 // a whole number: int, or nil where it is left empty
	Confirm             // yes or no: bool
	Secret              // one line that is never shown: string
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
	Body     string // what is to be read before answering: several lines, scrolled where they are too many
	Options  []Option
	Default  any  // a value of the kind's type, or nil
	Required bool // an empty answer is refused
	// Validate says what is wrong with a value, or nil. It runs after Enter,
	// never before a key, and not for a number that was left empty.
	Validate func(value any) error
}

// An Option is one choice of a [Choice] or [Multi] step.
type Option struct {
	Value string
	Title string // the value, where it is empty
	Hint  string
}

// Answered is a step with its answer.
type Answered struct {
	Step  Step
	Value any
}

// A Flow gives the step that follows what has been answered, or nil at the end.
// It must depend on answered alone: going back drops the last answer and asks
// the flow again.
type Flow func(answered []Answered) (*Step, error)

// A Prompter asks the steps of a flow, in order, and gives every answer.
//
// Run ends with [ErrCancelled] where the person leaves or the input ends, with
// the context's cause where that is done, and with the flow's error unchanged.
type Prompter interface {
	Run(ctx context.Context, flow Flow) ([]Answered, error)
}

// ErrCancelled reports that the person left before the end.
var ErrCancelled error = fault.New(fault.Cancelled, "cancelled")
