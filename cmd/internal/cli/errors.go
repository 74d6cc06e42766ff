package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"scaffold/generator/manifest"
	"scaffold/generator/prompt"
	"scaffold/generator/quote"
)

// Exit codes; `scaffold help exit-codes` prints the table.
const (
	exitDone        = 0
	exitBug         = 1
	exitUsage       = 2
	exitTemplate    = 3
	exitRefused     = 4
	exitDestination = 5
	exitSource      = 6
	exitStep        = 8
	exitLimit       = 9
	exitInterrupted = 130
	exitTerminated  = 143
)

// codes name the exit codes in JSON.
var codes = map[int]string{
	exitBug: "bug", exitUsage: "usage", exitTemplate: "template", exitRefused: "refused",
	exitDestination: "destination", exitSource: "source", 7: "conflicts", exitStep: "step",
	exitLimit: "limit", 10: "check", exitInterrupted: "interrupted", exitTerminated: "terminated",
}

// What an error may say beside its message. Every package's errors are read
// through these.
type (
	hinted interface{ Hint() string }
	placed interface {
		At() (file string, line, column int)
	}
	coded  interface{ ExitCode() int }
	listed interface{ Lines() []string }
)

// A usageError is a command line that cannot be understood.
type usageError struct{ what, try string }

func (e *usageError) Error() string { return e.what }
func (e *usageError) Hint() string  { return e.try }
func (e *usageError) ExitCode() int { return exitUsage }

type destinationError struct{ what, try string }

func (e *destinationError) Error() string { return e.what }
func (e *destinationError) Hint() string  { return e.try }
func (e *destinationError) ExitCode() int { return exitDestination }

// An interruptedError is a run that a signal ended.
type interruptedError struct{ signal os.Signal }

func (e *interruptedError) Error() string { return "interrupted: " + e.signal.String() }
func (e *interruptedError) ExitCode() int {
	if e.signal == syscall.SIGTERM {
		return exitTerminated
	}
	return exitInterrupted
}

// exitCode maps an error to the documented codes. What no package has claimed is
// a bug.
func exitCode(err error) int {
	var c coded
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, prompt.ErrCancelled), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &c):
		return c.ExitCode()
	default:
		return exitBug
	}
}

// report tells the person, or the program with --json, what went wrong.
func (e *env) report(err error) int {
	code := exitCode(err)
	switch {
	case e.global.json && errors.As(err, new(*foundError)): // its document has said it
	case e.global.json:
		writeErrorJSON(e.out, err, code)
	case errors.As(err, new(*jobError)): // the files are complete
		writeError(e.err, err)
	case errors.Is(err, prompt.ErrCancelled), code == exitInterrupted, code == exitTerminated:
		fmt.Fprintln(e.err, e.cancelled())
	default:
		writeError(e.err, err)
	}
	return code
}

func writeError(w io.Writer, err error) {
	if problems := (manifest.Problems)(nil); errors.As(err, &problems) {
		for _, p := range problems {
			writeOne(w, p, p.Error())
			if p.Remedy == "" {
				writeRemedies(w, err)
			}
		}
		return
	}
	writeOne(w, err, err.Error())
}

func writeOne(w io.Writer, err error, message string) {
	fmt.Fprintln(w, "error: "+indent(quote.Lines(message)))
	if place := place(err); place != "" {
		fmt.Fprintln(w, "  at   "+quote.Text(place))
	}
	for _, line := range details(err) {
		fmt.Fprintln(w, "  "+quote.Text(line))
	}
	writeRemedies(w, err)
}

func writeRemedies(w io.Writer, err error) {
	for _, try := range remedies(err) {
		fmt.Fprintln(w, "  try: "+quote.Text(try))
	}
}

// indent keeps the following lines of a message under its first.
func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n  ") }

func place(err error) string {
	var p placed
	if !errors.As(err, &p) {
		return ""
	}
	file, line, column := p.At()
	switch {
	case file == "":
		return ""
	case line == 0:
		return file
	case column == 0:
		return fmt.Sprintf("%s:%d", file, line)
	default:
		return fmt.Sprintf("%s:%d:%d", file, line, column)
	}
}

// details are what an error lists below its message.
func details(err error) []string {
	var l listed
	if errors.As(err, &l) {
		return l.Lines()
	}
	return nil
}

func remedies(err error) []string {
	var h hinted
	if errors.As(err, &h) && h.Hint() != "" {
		return []string{h.Hint()}
	}
	return nil
}

// cancelled words an interruption: what makes a project has written nothing.
func (e *env) cancelled() string {
	if e.makesProject {
		return "Cancelled. Nothing was written."
	}
	return "Cancelled."
}

// errorJSON is scaffold/error/v1.
type errorJSON struct {
	Schema string      `json:"schema"`
	OK     bool        `json:"ok"`
	Error  errorDetail `json:"error"`
	Exit   int         `json:"exit"`
}

type errorDetail struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	File    string   `json:"file,omitempty"`
	Line    int      `json:"line,omitempty"`
	Column  int      `json:"column,omitempty"`
	Details []string `json:"details,omitempty"`
	Try     []string `json:"try"`
}

func writeErrorJSON(w io.Writer, err error, code int) {
	d := errorDetail{Code: codes[code], Message: err.Error(), Try: remedies(err)}
	if d.Try == nil {
		d.Try = []string{}
	}
	var p placed
	if errors.As(err, &p) {
		d.File, d.Line, d.Column = p.At()
	}
	d.Details = details(err)
	writeJSON(w, errorJSON{Schema: "scaffold/error/v1", Error: d, Exit: code})
}

// writeJSON prints one object, indented, as machines and people read it.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
