package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/quote"
	"scaffold/generator/source"
	"scaffold/templates"
)

// env is what a command gets: the streams that it talks on, the machine that it
// runs on, and what is to be said at its end. Tests make their own.
type env struct {
	ui.Streams
	machine
	makesProject bool     // the command writes all or nothing
	made         string   // the project that is there now, as the person would type it
	warnings     []string // of sources that are broken or differ, each once
}

func processEnv() (*env, error) {
	m, err := thisMachine()
	if err != nil {
		return nil, err
	}
	return &env{Streams: ui.Process(m.getenv), machine: m}, nil
}

// catalog is everything that can be named: the built-in templates and the
// sources.
func (e *env) catalog() *source.Catalog {
	return source.New(templates.FS, e.dir).With(source.Settings{
		Sources: e.sources, Rules: e.rules,
		Record: e.recordPath(), Cache: e.cachePath(),
		Offline: e.offline || e.config.Offline,
		Environ: func() []string { return e.environ }, Terminal: e.Interactive() && !e.makesProject, Warn: e.warn, Progress: e.progress(),
	})
}

// offlineCatalog is for completion, which waits for no network and says nothing.
func (e *env) offlineCatalog() *source.Catalog {
	return source.New(templates.FS, e.dir).With(source.Settings{
		Sources: e.sources, Record: e.recordPath(), Cache: e.cachePath(), Offline: true,
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
	if !e.JSON {
		fmt.Fprintln(e.Err, e.Warning()+" "+indent(quote.Lines(text)))
	}
}

// progress shows how far a fetch is.
func (e *env) progress() func(source.Progress) {
	draw := e.Fetching()
	if draw == nil {
		return nil
	}
	return func(p source.Progress) { draw(p.Host, p.Bytes, p.Done) }
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
