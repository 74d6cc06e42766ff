package prompt

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"scaffold/generator/quote"
	"scaffold/generator/session"
)

// NewPlain returns the prompter for screen readers and for terminals that
// cannot be drawn on: every line is written once, and choices have numbers. An
// empty line takes what is offered in brackets, the word back goes back, and
// the end of the input cancels. Where in is a terminal, secrets are not echoed.
func NewPlain(in io.Reader, out io.Writer) Prompter { return plain{in, out} }

type plain struct {
	in  io.Reader
	out io.Writer
}

// Run asks the flow.
func (p plain) Run(ctx context.Context, flow Flow) error {
	w, in := newWalk(ctx, flow), newLineReader(p.in)
	p.say("Enter takes the answer in brackets, back returns to the question before, ? explains.")
	for {
		step, err := w.next()
		if err != nil || step == nil {
			return err
		}
		if err := p.ask(ctx, in, w, *step); err != nil {
			return err
		}
	}
}

// ask shows a step and reads until a line is an answer, or back.
func (p plain) ask(ctx context.Context, in *lineReader, w *walk, step question) error {
	offer := w.offer(step)
	p.show(step)
	for {
		fmt.Fprint(p.out, step.invite(offer)+": ")
		line, err := in.read(ctx, step.Kind == session.Secret)
		if err != nil {
			p.say("")
			return err
		}
		if strings.TrimSpace(line) == "back" {
			if w.back() {
				return nil
			}
			p.say("This is the first question.")
			continue
		}
		if strings.TrimSpace(line) == "?" && step.Terms != "" && step.Kind != session.Secret {
			p.say(clean(step.Terms))
			continue
		}
		value, err := step.typed(line, offer)
		if err == nil {
			value, err = step.Accept(value)
		}
		if err == nil {
			err = w.answer(step, value)
		}
		if err != nil {
			p.say("Not taken: " + quote.Text(err.Error()) + ".")
			continue
		}
		if step.Label != "" {
			p.say(quote.Text(step.Label) + ": " + step.Show(value))
		}
		return nil
	}
}

// show writes all of a step that is read before answering.
func (p plain) show(step question) {
	p.say("")
	title := step.Title
	if at := step.Progress.String(); at != "" {
		title += " (" + at + ")"
	}
	for _, text := range []string{step.Group, title, step.Help, step.Body} {
		if text != "" {
			p.say(clean(text))
		}
	}
	for i, o := range step.Options {
		line := fmt.Sprintf("%d. %s", i+1, step.Option(i))
		if o.Hint != "" {
			line += ", " + quote.Text(o.Hint)
		}
		p.say(line)
	}
}

func (p plain) say(line string) { fmt.Fprintln(p.out, line) }

// lineReader reads lines and stops waiting when a context is done.
type lineReader struct {
	buffered *bufio.Reader
	fd       int // of the terminal, or -1
}

func newLineReader(in io.Reader) *lineReader {
	r := &lineReader{buffered: bufio.NewReader(in), fd: -1}
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		r.fd = int(f.Fd())
	}
	return r
}

// read gives the next line. Where the context is done first, the reading goes
// on in the background until its line comes: a terminal's cannot be taken back.
// Its echo is restored.
func (r *lineReader) read(ctx context.Context, secret bool) (string, error) {
	hide := secret && r.fd >= 0 && r.buffered.Buffered() == 0
	var before *term.State
	if hide {
		before, _ = term.GetState(r.fd)
	}
	type result struct {
		line string
		err  error
	}
	got := make(chan result, 1)
	go func() {
		line, err := r.line(hide)
		got <- result{line, err}
	}()
	select {
	case <-ctx.Done():
		if before != nil {
			_ = term.Restore(r.fd, before)
		}
		return "", context.Cause(ctx)
	case g := <-got:
		return g.line, g.err
	}
}

func (r *lineReader) line(hide bool) (string, error) {
	if hide {
		secret, err := term.ReadPassword(r.fd)
		if err != nil {
			return "", ErrCancelled
		}
		return string(secret), nil
	}
	line, err := r.buffered.ReadString('\n')
	if err != nil && line == "" {
		return "", ErrCancelled
	}
	return strings.TrimRight(line, "\r\n"), nil
}
