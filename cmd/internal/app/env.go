// Package app is what every command gets: the process around it, what its
// configurations say, and the templates that it can name. It is the only package
// that reads the environment. It knows no command.
package app

import (
	"context"
	"fmt"
	"io"
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

// Env is what a command gets: the streams that it talks on, the machine that it
// runs on, and what is to be said at its end. Tests make their own.
type Env struct {
	ui.Streams
	Machine
	MakesProject bool     // the command writes all or nothing
	Made         string   // the project that is there now, as the person would type it
	Warnings     []string // of sources that are broken or differ, each once
}

// Process is the process that runs.
func Process() (*Env, error) {
	m, err := thisMachine()
	if err != nil {
		return nil, err
	}
	return New(ui.Process(m.getenv), m), nil
}

// New is a process with these streams on this machine.
func New(s ui.Streams, m Machine) *Env {
	e := &Env{Streams: s, Machine: m}
	e.Streams.Getenv = e.getenv
	return e
}

// Call is this process as it is now, in a directory, for a program that calls it:
// it asks nobody and prints nothing. Without a configuration that can be read it
// has what is built in, and an error.
func (e *Env) Call(dir string) (*Env, error) {
	call := New(
		ui.Streams{Out: io.Discard, Err: io.Discard, Width: 80, Height: 24, Options: ui.Options{JSON: true, NoInput: true}},
		Machine{Dir: dir, Environ: e.Environ, Now: clock(e.getenv), Offline: e.Offline, ConfigFlag: e.ConfigFlag},
	)
	return call, call.ReadConfig()
}

// Catalog is everything that can be named: the built-in templates and the
// sources.
func (e *Env) Catalog() *source.Catalog {
	return source.New(templates.FS, e.Dir).With(source.Settings{
		Sources: e.sources, Rules: e.rules,
		Record: e.recordPath(), Cache: e.cachePath(),
		Offline: e.Offline || e.Config.Offline, Format: e.Format,
		Environ: func() []string { return e.Environ }, Terminal: e.Interactive() && !e.MakesProject, Warn: e.Warn, Progress: e.progress(),
	})
}

// Formats are the values of --format.
func Formats() []string { return source.Formats() }

// OfflineCatalog is for completion, which waits for no network and says nothing.
func (e *Env) OfflineCatalog() *source.Catalog {
	return source.New(templates.FS, e.Dir).With(source.Settings{
		Sources: e.sources, Record: e.recordPath(), Cache: e.cachePath(), Offline: true,
	})
}

// Warn says once what is broken and left out; with --json it goes into the
// document.
func (e *Env) Warn(err error) {
	text := err.Error()
	if slices.Contains(e.Warnings, text) {
		return
	}
	e.Warnings = append(e.Warnings, text)
	if !e.JSON {
		fmt.Fprintln(e.Err, e.Warning()+" "+ui.Indent(quote.Lines(text)))
	}
}

// progress shows how far a fetch is.
func (e *Env) progress() func(source.Progress) {
	draw := e.Fetching()
	if draw == nil {
		return nil
	}
	return func(p source.Progress) { draw(p.Host, p.Bytes, p.Done) }
}

// WithSignals gives a context that ends on SIGINT and SIGTERM, and records
// which one it was for the exit code.
func (e *Env) WithSignals(ctx context.Context) (context.Context, func()) {
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
