// Package step runs the commands of a generated project: its hooks, the steps
// of its verify block, and the checks of the tools that it needs.
//
// A command is a list of arguments, never a line for a shell. It gets no input
// and a short environment, runs in a process group of its own within a time,
// and is ended with everything it started in that group. A process that leaves
// the group on purpose is not followed: whether a command may run at all is for
// the caller to decide. Nothing here prints or asks.
package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/quote"
)

// DefaultTimeout is what a command without a timeout of its own may take.
const DefaultTimeout = 10 * time.Minute

const (
	// linger is how long a process may take to go once it is asked to, and how
	// long what it started may keep its output open.
	linger = 2 * time.Second
	// stopWithin is how long a server may take to end after SIGTERM.
	stopWithin = 30 * time.Second
)

// A Command is one program to run.
type Command struct {
	Name    string        // what a person calls it: install, or a hook's id
	Run     []string      // the arguments, the program first
	Dir     string        // the working directory
	Env     []string      // the whole environment; see [Environ]
	Timeout time.Duration // 0 means DefaultTimeout
	Hide    []string      // texts that no line may show: secrets
	Line    func(string)  // gets each line of output as it comes; may be nil
}

func (c Command) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return DefaultTimeout
}

// Do runs the command to its end. Anything but a clean end is an [Error]; once
// ctx is cancelled it is the context's cause, after the processes are gone.
func (c Command) Do(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, c.timeout())
	defer cancel()
	p, err := c.start(within)
	if err != nil {
		return err
	}
	<-p.done
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case within.Err() != nil:
		return c.fail(fmt.Sprintf("took longer than %s and was ended", c.timeout()), p)
	default:
		return c.ended(p)
	}
}

// ended turns the end of a process into an error, or nil.
func (c Command) ended(p *process) error {
	var exit *exec.ExitError
	switch {
	case p.err == nil:
		return nil
	case errors.Is(p.err, exec.ErrWaitDelay):
		return c.fail("left processes running, which were ended", p)
	case errors.As(p.err, &exit) && exit.ExitCode() >= 0:
		return c.fail(fmt.Sprintf("ended with exit code %d", exit.ExitCode()), p)
	default:
		return c.fail("ended: "+p.err.Error(), p)
	}
}

func (c Command) fail(what string, p *process) error {
	return &Error{Name: c.Name, Run: c.Run, What: what, Tail: p.out.lines()}
}

// A process is a running command.
type process struct {
	cmd  *exec.Cmd
	out  *tail
	done chan struct{}
	err  error // once done
}

// start starts the command. It is over when done is closed: then its whole
// group is gone, too.
func (c Command) start(ctx context.Context) (*process, error) {
	cmd := exec.CommandContext(ctx, c.Run[0], c.Run[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = c.Dir, c.Env, linger
	p := &process{cmd: cmd, out: newTail(c.Hide, c.Line), done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.out, p.out
	apart(cmd)
	cmd.Cancel = func() error { return askGroup(cmd.Process) }
	if err := cmd.Start(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &Error{Name: c.Name, Run: c.Run, What: startProblem(err), NotFound: errors.Is(err, exec.ErrNotFound)}
	}
	group := holdGroup(cmd.Process)
	go func() {
		p.err = cmd.Wait()
		group.kill()
		p.out.flush()
		close(p.done)
	}()
	return p, nil
}

func startProblem(err error) string {
	var path *fs.PathError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "is not installed: it is not on the PATH"
	case errors.As(err, &path):
		return "cannot be started: " + path.Err.Error()
	default:
		return "cannot be started: " + err.Error()
	}
}

// An Error is a command that did not do what it was run for.
type Error struct {
	Name     string
	Run      []string
	What     string   // completes "<name>: <command> …"
	Tail     []string // the last lines of its output, safe to show
	NotFound bool     // there is no such program
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: `%s` %s", e.Name, quote.Text(strings.Join(e.Run, " ")), e.What)
}

// Fault shows the last lines that the command printed.
func (e *Error) Fault() *fault.Fault {
	return &fault.Fault{Kind: fault.Step, Message: e.Error(), Lines: slices.Clone(e.Tail)}
}
