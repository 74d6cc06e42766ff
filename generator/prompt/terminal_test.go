//go:build unix

package prompt

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"

	"golang.org/x/term"
	"scaffold/internal/testenv"
)

// A sitting is a prompter at work on a pseudo-terminal that, like some real
// ones, answers no question about itself.
type sitting struct {
	t          *testing.T
	keyboard   *os.File // our end
	tty        *os.File // the prompter's
	screen     vt10x.Terminal
	before     *term.State
	flow       Flow
	err        error
	done       chan struct{}
	mu         sync.Mutex
	everything bytes.Buffer // all bytes that were written
}

const patience = 2 * time.Minute

// sit opens a terminal and lets a prompter ask a flow on it.
func sit(ctx context.Context, t *testing.T, width, height int, flow Flow, prompter func(tty *os.File) Prompter) *sitting {
	t.Helper()
	keyboard, tty, err := pty.Open()
	if err != nil {
		testenv.Missing(t, "no pseudo-terminal: "+err.Error())
	}
	s := &sitting{t: t, keyboard: keyboard, tty: tty, flow: flow, done: make(chan struct{})}
	s.screen = vt10x.New(vt10x.WithSize(width, height))
	s.size(width, height)
	if s.before, err = term.GetState(int(tty.Fd())); err != nil {
		t.Fatal(err)
	}
	go s.copy()
	go func() {
		defer close(s.done)
		s.err = prompter(tty).Run(ctx, flow)
	}()
	t.Cleanup(func() {
		s.hangUp()
		s.wait() // tty is the collector's to close: a goroutine of bubbletea's may still ask it for its size
	})
	return s
}

// hangUp takes the terminal away. Our end closes only when its pending read
// comes back, so something is written.
func (s *sitting) hangUp() {
	_ = s.keyboard.Close()
	_, _ = s.tty.WriteString("\a")
}

// wizardOn is sit with the wizard.
func wizardOn(t *testing.T, width, height int, flow Flow) *sitting {
	t.Helper()
	return sit(t.Context(), t, width, height, flow, colourful)
}

func colourful(tty *os.File) Prompter { return NewWizard(Terminal{In: tty, Out: tty, Color: true}) }

func (s *sitting) copy() {
	buf := make([]byte, 4096)
	for {
		n, err := s.keyboard.Read(buf)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.everything.Write(buf[:n])
		_, _ = s.screen.Write(buf[:n])
		s.mu.Unlock()
	}
}

// size resizes the terminal; the running program hears of it by a signal where
// the terminal is its own, and here by being sent one.
func (s *sitting) size(width, height int) {
	s.t.Helper()
	if err := pty.Setsize(s.keyboard, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.screen.Resize(width, height)
	s.mu.Unlock()
}

// text is the screen without what is blank at the right and at the bottom.
func (s *sitting) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := strings.Split(s.screen.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// written is every byte that was written so far.
func (s *sitting) written() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.everything.String()
}

// sees waits until all the texts are on the screen.
func (s *sitting) sees(texts ...string) {
	s.t.Helper()
	s.until("never saw "+strings.Join(texts, " + "), func() bool {
		screen := s.text()
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

func (s *sitting) until(complaint string, ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s; the screen is\n%s", complaint, s.text())
		}
	}
}

// types sends keys.
func (s *sitting) types(keys ...string) {
	s.t.Helper()
	for _, key := range keys {
		if _, err := s.keyboard.WriteString(key); err != nil {
			s.t.Fatal(err)
		}
	}
}

// wait lets the prompter come to its end.
func (s *sitting) wait() {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(patience):
		s.t.Errorf("the prompter did not end; the screen is\n%s", s.text())
	}
}

// left waits for the end, and gives what stays on the screen. The terminal must
// be as it was.
func (s *sitting) left() string {
	s.t.Helper()
	s.wait()
	if s.changed() {
		s.t.Error("the terminal's modes were not restored")
	}
	const mark = "<end>"
	_, _ = s.tty.WriteString(mark)
	s.sees(mark)
	if !s.screen.CursorVisible() {
		s.t.Error("the cursor stays hidden")
	}
	return strings.TrimRight(strings.TrimSuffix(s.text(), mark), "\n")
}

// changed reports whether the terminal is in other modes than at first.
func (s *sitting) changed() bool {
	s.t.Helper()
	now, err := term.GetState(int(s.tty.Fd()))
	if err != nil {
		s.t.Fatal(err)
	}
	return *now != *s.before
}

const (
	enter     = "\r"
	escape    = "\x1b"
	interrupt = "\x03"
	down      = "\x1b[B"
	up        = "\x1b[A"
	pageDown  = "\x1b[6~"
	pageUp    = "\x1b[5~"
	clear     = "\x15" // Ctrl-U
)
