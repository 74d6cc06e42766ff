package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"golang.org/x/term"

	"scaffold/generator/fault"
	"scaffold/generator/quote"
	"scaffold/generator/source"
	"scaffold/templates"
)

// env is everything that a command takes from the process around it. Tests make
// their own.
type env struct {
	in            *os.File
	out           io.Writer // results
	err           io.Writer // talk: prompts, progress, errors
	tty           *os.File  // where the wizard draws: stderr
	inTTY, errTTY bool
	width, height int // of the terminal, in cells
	getenv        func(string) string
	environ       func() []string
	dir           string // the working directory
	makesProject  bool   // the command writes all or nothing
	made          string // the project that is there now, as the person would type it
	now           time.Time
	global        globalOptions
	config        config
	configDir     string   // of the configuration file
	warnings      []string // of sources that are broken or differ, each once
}

// globalOptions are the flags that every command has.
type globalOptions struct {
	json, quiet, verbose bool
	noInput, plain       bool
	color                string
	configFile           string
	offline              bool
}

func processEnv() (*env, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fault.New(fault.Destination, "the working directory is gone").Try("change to a directory that exists")
	}
	e := &env{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, tty: os.Stderr,
		inTTY:  term.IsTerminal(int(os.Stdin.Fd())),
		errTTY: term.IsTerminal(int(os.Stderr.Fd())),
		getenv: os.Getenv, environ: os.Environ, dir: dir, width: 80, height: 24,
	}
	e.now = clock(e.getenv)
	for _, f := range []*os.File{os.Stderr, os.Stdout} {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil && w > 0 && h > 0 {
			e.width, e.height = w, h
			break
		}
	}
	return e, nil
}

// clock is the time of the run, or SOURCE_DATE_EPOCH where a build fixes it
// (https://reproducible-builds.org/specs/source-date-epoch/).
func clock(getenv func(string) string) time.Time {
	if s := getenv("SOURCE_DATE_EPOCH"); s != "" {
		if d, err := time.ParseDuration(s + "s"); err == nil {
			return time.Unix(int64(d.Seconds()), 0).UTC()
		}
	}
	return time.Now().UTC().Truncate(time.Second)
}

// catalog is everything that can be named: the built-in templates and the
// sources.
func (e *env) catalog() *source.Catalog {
	return source.New(templates.FS, e.dir).With(source.Settings{
		Sources: e.configSources(),
		Record:  e.recordPath(), Cache: e.cachePath(),
		Offline: e.global.offline || e.config.Offline,
		Environ: e.environ, Terminal: e.interactive() && !e.makesProject, Warn: e.warn, Progress: e.progress(),
	})
}

// offlineCatalog is for completion, which waits for no network and says nothing.
func (e *env) offlineCatalog() *source.Catalog {
	return source.New(templates.FS, e.dir).With(source.Settings{
		Sources: e.configSources(), Record: e.recordPath(), Cache: e.cachePath(), Offline: true,
	})
}

// warn says once what is broken and left out; with --json it goes into the
// document.
func (e *env) warn(err error) {
	text := err.Error()
	if slices.Contains(e.warnings, text) {
		return
	}
	e.warnings = append(e.warnings, text)
	if !e.global.json {
		fmt.Fprintln(e.err, e.style("!", yellow, e.errTTY)+" "+indent(quote.Lines(text)))
	}
}

// progress draws how far a fetch is on one line of the terminal, and clears it.
func (e *env) progress() func(source.Progress) {
	if !e.errTTY || e.global.json || e.global.quiet || e.plainPrompts() {
		return nil
	}
	return func(p source.Progress) {
		if p.Done {
			fmt.Fprint(e.err, "\r\x1b[K")
			return
		}
		fmt.Fprintf(e.err, "\r\x1b[KFetching from %s: %s", quote.Text(p.Host), quote.Size(p.Bytes))
	}
}

// interactive reports whether a person may be asked.
func (e *env) interactive() bool {
	set := func(name string) bool { v := e.getenv(name); return v != "" && v != "0" && v != "false" }
	return e.inTTY && e.errTTY && !e.global.json && !e.global.noInput && !set("CI") && !set("SCAFFOLD_NO_INPUT")
}

// plainPrompts reports whether prompts are numbered lines without redraw.
func (e *env) plainPrompts() bool {
	return e.global.plain || e.getenv("ACCESSIBLE") != "" || e.getenv("TERM") == "dumb"
}

// color reports whether text to the stream may be coloured: the flag, then
// NO_COLOR, CLICOLOR_FORCE, CLICOLOR, then whether it is a terminal.
func (e *env) color(terminal bool) bool {
	choice := e.global.color
	if choice == "" {
		choice = e.config.Color
	}
	switch {
	case choice == "always":
		return true
	case choice == "never", e.getenv("NO_COLOR") != "":
		return false
	case e.getenv("CLICOLOR_FORCE") != "" && e.getenv("CLICOLOR_FORCE") != "0":
		return true
	case e.getenv("CLICOLOR") == "0", e.getenv("TERM") == "dumb":
		return false
	default:
		return terminal
	}
}

// withSignals gives a context that ends on SIGINT and SIGTERM, and records
// which one it was for the exit code.
func (e *env) withSignals(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	// A reader that is gone is an error of the write, not the end in the middle of
	// a project. Not ignored, which the commands that we run would inherit.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		if s, ok := <-ch; ok {
			signal.Stop(ch) // a second one ends the program at once
			kind := fault.Cancelled
			if s == syscall.SIGTERM {
				kind = fault.Terminated
			}
			cancel(fault.New(kind, "interrupted: %s", s))
		}
	}()
	return ctx, func() { signal.Stop(ch); close(ch); cancel(nil) }
}
