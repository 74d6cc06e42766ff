package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
)

// report tells the person, or the program with --json, what went wrong.
func report(e *app.Env, err error) int {
	switch {
	case e.JSON && fault.Is(err, fault.Found, fault.Conflicts, fault.Drift): // its document has said it
	case e.JSON:
		writeErrorJSON(e.Out, err)
	case errors.As(err, new(*ui.JobError)): // the files are complete
		writeError(e.Err, err)
	case fault.Is(err, fault.Cancelled, fault.Terminated):
		fmt.Fprintln(e.Err, cancelled(e))
	default:
		writeError(e.Err, err)
	}
	return exitOf(fault.KindOf(err)).code
}

func writeError(w io.Writer, err error) {
	if problems := (manifest.Problems)(nil); errors.As(err, &problems) {
		for _, p := range problems {
			writeOne(w, p, p.Message, cmp.Or(p.Hint, ui.Remedy(err)))
		}
		return
	}
	writeOne(w, fault.Of(err), err.Error(), ui.Remedy(err))
}

// writeOne writes one error; f may be nil.
func writeOne(w io.Writer, f *fault.Fault, message, try string) {
	fmt.Fprintln(w, "error: "+ui.Indent(quote.Lines(message)))
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

// cancelled words an interruption: what makes a project has written nothing, or all.
func cancelled(e *app.Env) string {
	if e.Made != "" {
		return "Cancelled. The project in " + quote.Text(e.Made) + " is complete."
	}
	if e.MakesProject {
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
	*ui.MadeJSON
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

func writeErrorJSON(w io.Writer, err error) { _ = ui.WriteJSON(w, errorDocument(err)) }

func errorDocument(err error) errorJSON {
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
	if made := (*ui.MadeError)(nil); errors.As(err, &made) {
		doc.MadeJSON = &made.Made
	}
	return doc
}
