//go:build unix

package prompt

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	"scaffold/generator/session"
)

func plainly(tty *os.File) Prompter { return NewPlain(tty, tty) }

func TestPlainDoesNotEchoASecret(t *testing.T) {
	s := sit(t.Context(), t, 80, 24, steps(session.Step{ID: "token", Kind: session.Secret, Title: "Token", Label: "Token"}), plainly)
	s.sees("Answer, not shown")
	s.until("the echo is not off", s.changed)
	s.types("hunter2\n")
	s.left()
	if got := values(s.flow)["token"]; got != "hunter2" {
		t.Errorf("got %v", got)
	}
	if strings.Contains(s.written(), "hunter2") {
		t.Error("the secret was shown")
	}
}

func TestPlainRestoresTheEchoWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	s := sit(ctx, t, 80, 24, steps(session.Step{ID: "token", Kind: session.Secret, Title: "Token"}), plainly)
	s.sees("Answer, not shown")
	s.until("the echo is not off", s.changed)
	cause := errors.New("told to stop")
	cancel(cause)
	s.left()
	if s.err != cause {
		t.Errorf("got %v", s.err)
	}
	// The reading goes on in the background, and would change the modes of
	// whatever terminal has the same file descriptor next.
	s.types("\n")
	s.until("it reads on", func() bool {
		stacks := make([]byte, 1<<20)
		return !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "ReadPassword")
	})
}
