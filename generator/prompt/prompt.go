// Package prompt asks a person the steps of a session, one after another.
//
// A [Flow] decides what is asked; a [Prompter] decides how: the wizard for a
// terminal ([NewWizard]), or numbered lines that are never redrawn for a screen
// reader ([NewPlain]).
//
// It knows nothing of templates, signals or files, and does not decide whether
// to ask at all: that is for whoever calls it.
package prompt

import (
	"context"

	"scaffold/generator/fault"
	"scaffold/generator/session"
)

// A Flow gives one step after another: a [*session.Session] is one.
type Flow interface {
	// Next is the step to ask now; nil where nothing is left to ask. It stays
	// the same until Answer or Back.
	Next(ctx context.Context) (*session.Step, error)
	// Answer takes the value of the step to ask now, or says what is wrong
	// with it.
	Answer(ctx context.Context, value any) error
	// Back drops the last answer.
	Back()
	// Answered are the answers so far, in order.
	Answered() []session.Answered
}

// A Prompter asks the steps of a flow, in order, until nothing is left to ask.
//
// Run ends with [ErrCancelled] where the person leaves or the input ends, with
// the context's cause where that is done, and with the flow's error unchanged.
type Prompter interface {
	Run(ctx context.Context, flow Flow) error
}

// ErrCancelled reports that the person left before the end.
var ErrCancelled error = fault.New(fault.Cancelled, "cancelled")
