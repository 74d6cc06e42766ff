package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/term"
)

// Terminal is where a wizard asks: both files are terminals. Nothing is read
// from the environment, and the terminal is never asked about itself.
type Terminal struct {
	In, Out *os.File
	Color   bool
}

// NewWizard returns the prompter that draws screens. Enter answers, Esc goes
// back, Ctrl-C leaves. What was answered stays above the question, and on the
// screen after the end; the question itself does not.
func NewWizard(t Terminal) Prompter { return wizard{t} }

type wizard struct{ Terminal }

// Run asks the flow. It puts the terminal back as it was, whatever the end.
func (w wizard) Run(ctx context.Context, flow Flow) error {
	m := newScreen(newWalk(ctx, flow), newStyles(w.Out, w.Color))
	if width, height, err := term.GetSize(int(w.Out.Fd())); err == nil && width > 0 && height > 0 {
		m.width, m.height = width, height // what stands above is not cleared as by a terminal that narrows
	}
	if m.advance(); m.end != nil {
		return m.result()
	}
	in := &input{File: w.In}
	p := tea.NewProgram(m, tea.WithInput(in), tea.WithOutput(w.Out), tea.WithoutSignalHandler())
	in.gone = func() { p.Send(stop{ErrCancelled}) }
	defer context.AfterFunc(ctx, func() { p.Send(stop{context.Cause(ctx)}) })()
	_, err := p.Run()
	switch {
	case errors.Is(err, syscall.EIO): // the terminal was hung up
		return ErrCancelled
	case err != nil:
		return fmt.Errorf("asking on the terminal: %w", err)
	}
	_, _ = io.WriteString(w.Out, m.leave())
	return m.result()
}

// stop is the message that ends the program from outside.
type stop struct{ cause error }

// errDone is the end of a screen that has asked everything.
var errDone = errors.New("done")

// input is a terminal that says when it is gone; the program would wait for
// ever.
type input struct {
	*os.File
	gone func()
}

func (in *input) Read(p []byte) (int, error) {
	n, err := in.File.Read(p)
	if err != nil {
		go in.gone()
		return n, io.EOF
	}
	return n, nil
}
