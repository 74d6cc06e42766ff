// Package ui is how the commands talk: the streams, what a person wants of them,
// colour, and lines that are drawn again while something runs.
//
// Results go to [Streams.Out] and talk to [Streams.Err]. It decides nothing about
// projects and knows no command.
package ui

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/term"
)

// Streams are where a command reads, prints and asks, and how a person wants it.
type Streams struct {
	In            *os.File
	Out           io.Writer // results
	Err           io.Writer // talk: prompts, progress, errors
	TTY           *os.File  // where the wizard draws: stderr
	InTTY, ErrTTY bool
	OutTTY        bool
	Width, Height int                 // of the terminal, in cells
	Document      bool                // what goes to Out is for programs, or to be copied
	Getenv        func(string) string // NO_COLOR, TERM and the like
	Running       func(name string)   // told what runs; nil for nobody
	Options

	said bool // why nobody is asked at this terminal
}

// Options are what the person says about the talk.
type Options struct {
	JSON, Quiet, Verbose bool
	NoInput, Plain       bool
	Color                string // auto, always or never; "" is auto
}

// Process gives the streams of this process.
func Process(getenv func(string) string) Streams {
	s := Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, TTY: os.Stderr,
		InTTY:  term.IsTerminal(int(os.Stdin.Fd())),
		ErrTTY: term.IsTerminal(int(os.Stderr.Fd())),
		OutTTY: term.IsTerminal(int(os.Stdout.Fd())),
		Width:  80, Height: 24, Getenv: getenv,
	}
	for _, f := range []*os.File{os.Stderr, os.Stdout} {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil && w > 0 && h > 0 {
			s.Width, s.Height = w, h
			break
		}
	}
	return s
}

// Fit breaks lines between words where they go to a terminal. It is for streams
// that stay where they are.
func (s *Streams) Fit() {
	if s.ErrTTY {
		s.Err = &fitted{to: s.Err, width: s.Width, off: func() bool { return false }}
	}
	if s.OutTTY {
		s.Out = &fitted{to: s.Out, width: s.Width, off: func() bool { return s.JSON || s.Document }}
	}
}

// agents are the variables by which coding agents tell what they are. Many run
// commands on a terminal at which nobody sits. Each is what its vendor documents
// or sets; AI_AGENT is meant for all (https://github.com/vercel/vercel/tree/main/packages/detect-agent).
func agents() []string {
	return []string{
		"AI_AGENT", "AUGMENT_AGENT", "CLAUDECODE", "CLINE_ACTIVE", "CODEX_SANDBOX", "CODEX_THREAD_ID", "CURSOR_AGENT",
		"GEMINI_CLI", "GOOSE_TERMINAL", "OPENCODE",
	}
}

// noInput is the person's own word, which counts for more than the others.
const noInput = "SCAFFOLD_NO_INPUT"

// unattended is the variable which says that nobody sits at the terminal, or "".
func (s *Streams) unattended() string {
	is := func(name string) bool { v := s.Getenv(name); return v != "" && v != "0" && v != "false" }
	if s.Getenv(noInput) != "" && !is(noInput) {
		return ""
	}
	names := append([]string{noInput, "CI"}, agents()...)
	if i := slices.IndexFunc(names, is); i >= 0 {
		return names[i]
	}
	return ""
}

func (s *Streams) terminal() bool { return s.InTTY && s.ErrTTY && !s.JSON && !s.NoInput }

// Interactive reports whether a person may be asked.
func (s *Streams) Interactive() bool { return s.terminal() && s.unattended() == "" }

// Asks is [Streams.Interactive], for a command that has something to ask: where
// there is a terminal and a variable keeps it from asking, it says so, once.
func (s *Streams) Asks() bool {
	why := s.unattended()
	if s.terminal() && why != "" && why != noInput && !s.Quiet && !s.said {
		s.said = true
		fmt.Fprintf(s.Err, "%s nothing is asked, since %s is set; %s=0 asks\n", s.Warning(), why, noInput)
	}
	return s.Interactive()
}

// Spoken reports whether prompts are numbered lines without redraw, for screen
// readers and terminals that cannot be drawn on.
func (s *Streams) Spoken() bool {
	return s.Plain || s.Getenv("ACCESSIBLE") != "" || s.Getenv("TERM") == "dumb"
}

// Draws reports whether a line may be drawn again on the terminal.
func (s *Streams) Draws() bool { return s.ErrTTY && !s.JSON && !s.Quiet && !s.Spoken() }

// WriteJSON prints one object on a stream, indented, as machines and people read
// it.
func WriteJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
