package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
)

// report tells the person, or the program with --json, what went wrong.
func (e *env) report(err error) int {
	switch {
	case e.JSON && fault.Is(err, fault.Found, fault.Conflicts, fault.Drift): // its document has said it
	case e.JSON:
		writeErrorJSON(e.Out, err)
	case errors.As(err, new(*jobError)): // the files are complete
		writeError(e.Err, err)
	case fault.Is(err, fault.Cancelled, fault.Terminated):
		fmt.Fprintln(e.Err, e.cancelled())
	default:
		writeError(e.Err, err)
	}
	return exitOf(fault.KindOf(err)).code
}

func writeError(w io.Writer, err error) {
	if problems := (manifest.Problems)(nil); errors.As(err, &problems) {
		for _, p := range problems {
			writeOne(w, p, p.Message, cmp.Or(p.Hint, remedy(err)))
		}
		return
	}
	writeOne(w, fault.Of(err), err.Error(), remedy(err))
}

// writeOne writes one error; f may be nil.
func writeOne(w io.Writer, f *fault.Fault, message, try string) {
	fmt.Fprintln(w, "error: "+indent(quote.Lines(message)))
	if f != nil && f.Place.File != "" {
		fmt.Fprintln(w, "  at   "+quote.Text(f.Place.String()))
	}
	if f != nil {
		for _, line := range f.Lines {
			fmt.Fprintln(w, "  "+quote.Text(line))
		}
	}
	if try != "" {
		fmt.Fprintln(w, "  try: "+quote.Text(try))
	}
}

// indent keeps the following lines of a message under its first.
func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n  ") }

// remedy is what to do about an error, or "".
func remedy(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Hint
	}
	return ""
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
	*madeJSON
}

type errorDetail struct {
	Code    string     `json:"code"`
	Kind    fault.Kind `json:"kind"`
	Message string     `json:"message"`
	File    string     `json:"file,omitempty"`
	Line    int        `json:"line,omitempty"`
	Column  int        `json:"column,omitempty"`
	Details []string   `json:"details,omitempty"`
	Try     []string   `json:"try"`
}

func writeErrorJSON(w io.Writer, err error) {
	kind := fault.KindOf(err)
	exit := exitOf(kind)
	d := errorDetail{Code: exit.name, Kind: kind, Message: err.Error(), Try: []string{}}
	if f := fault.Of(err); f != nil {
		d.File, d.Line, d.Column, d.Details = f.Place.File, f.Place.Line, f.Place.Column, f.Lines
		if f.Hint != "" {
			d.Try = append(d.Try, f.Hint)
		}
	}
	doc := errorJSON{Schema: "scaffold/error/v1", Error: d, Exit: exit.code}
	if made := (*madeError)(nil); errors.As(err, &made) {
		doc.madeJSON = &made.made
	}
	ui.WriteJSON(w, doc)
}
