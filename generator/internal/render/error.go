package render

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"

	"scaffold/generator/fault"
	"scaffold/generator/internal/funcs"
	"scaffold/generator/internal/late"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

// An Error is something wrong in a template, or a limit that it reached.
type Error struct {
	File         string // below the template's directory: files/README.md.tmpl
	Line, Column int    // from 1; 0 when unknown
	Source       string // the line itself, shortened
	Message      string
	Remedy       string
	Limit        bool // a limit was reached; the template may be right
}

func (e *Error) Error() string { return e.Message }

// Fault is an invalid template, or a limit that was reached. Its lines show that
// of the template, with a mark under the column.
func (e *Error) Fault() *fault.Fault {
	kind := fault.Template
	if e.Limit {
		kind = fault.Limit
	}
	return &fault.Fault{
		Kind: kind, Message: e.Message, Hint: e.Remedy,
		Place: fault.Place{File: e.File, Line: e.Line, Column: e.Column}, Lines: e.lines(),
	}
}

func (e *Error) lines() []string {
	if e.Source == "" {
		return nil
	}
	number := fmt.Sprintf("%4d | ", e.Line)
	lines := []string{number + strings.ReplaceAll(e.Source, "\t", " ")}
	if e.Column > 0 && e.Column <= utf8.RuneCountInString(e.Source) {
		lines = append(lines, strings.Repeat(" ", len(number)-2)+"| "+strings.Repeat(" ", e.Column-1)+"^")
	}
	return lines
}

// limit makes the error for a limit; whoever knows the place adds it.
func limit(format string, args ...any) *Error {
	return &Error{Limit: true, Message: fmt.Sprintf(format, args...)}
}

// in gives the error with a place.
func (e *Error) in(file, text string, line, column int) *Error {
	placed := *e
	placed.File, placed.Line, placed.Column, placed.Source = file, line, column, lineOf(text, line)
	return &placed
}

// at gives the error with the place of a byte in the text.
func (e *Error) at(file, text string, offset int) *Error {
	line, column := position(text, offset)
	return e.in(file, text, line, column)
}

// position is the place of a byte for people: line and character, from 1.
func position(text string, offset int) (line, column int) {
	before := text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// longestLine is how much of a line an error shows, in bytes.
const longestLine = 200

func lineOf(text string, line int) string {
	for range line - 1 {
		_, text, _ = strings.Cut(text, "\n")
	}
	text, _, _ = strings.Cut(text, "\n")
	text = strings.TrimSuffix(text, "\r")
	if len(text) <= longestLine {
		return text
	}
	return strings.ToValidUTF8(text[:longestLine], "") + "…"
}

// What text/template says, which has no other form than text. The name of a
// template is a path without a line break.
var (
	syntaxMessage = late.Pattern(`(?s)^template: .*?:(\d+): (.*)$`)
	execMessage   = late.Pattern(`(?s)^template: (.*?):(\d+):(\d+): executing "(?:[^"\\]|\\.)*" at <.*?>: (.*)$`)
	missingKey    = late.Pattern(`map has no entry for key "(.*)"$`)
	callingError  = late.Pattern(`(?s)^error calling (\w+): (.*)$`)
)

// unknownFunction explains a function that does not exist: often text of
// another language with the same delimiters.
func unknownFunction(name, text, left string, known []string) *Error {
	e := &Error{Message: fmt.Sprintf("unknown function %s", name), Remedy: otherLanguage(text, left)}
	if meant := funcs.Meant(name); e.Remedy == "" && meant != "" {
		e.Remedy = "did you mean " + meant + "?"
	}
	if e.Remedy == "" {
		e.Remedy = nearest.Hint(name, known)
	}
	if e.Remedy == "" {
		e.Remedy = fmt.Sprintf("a variable is written .%s; docs/functions.md lists the functions; text of another language needs other render.delimiters", name)
	}
	return e
}

// otherLanguage is the advice for a file that shares its delimiters with ${{ }}.
func otherLanguage(text, left string) string {
	if left != "{{" || !strings.Contains(text, "${{") {
		return ""
	}
	return `this file holds ${{ }} of another language: give it other delimiters under render.delimiters, such as use: ["[[", "]]"]`
}

// execError explains an error of a template that ran, by the innermost template
// that it came from.
func (w *worker) execError(j job, text string, err error) error {
	file, line, column, message := innermost(err)
	if file == "" {
		file = j.name
	}
	if file != j.name {
		text = w.partialText(file)
	}
	offset := offsetOf(text, line, column)
	var (
		known *Error
		size  funcs.SizeError
	)
	switch {
	case errors.As(err, &known):
		return known.at(file, text, offset)
	case errors.As(err, &size):
		e := limit("%s", size)
		e.Remedy = "make less of it: no value of a text is larger"
		return e.at(file, text, offset)
	case line == 0:
		return fmt.Errorf("rendering %s: %w", file, err)
	case errors.Is(err, errNull):
		return (&Error{Message: errNull.Error(), Remedy: "print it inside {{ with }}, or give it a default"}).at(file, text, offset)
	}
	if m := missingKey().FindStringSubmatch(message); m != nil {
		e := unknownVariable(m[1], chainAt(text, offset), j.vars, otherLanguage(text, "{{"))
		return e.at(file, text, chainStart(text, offset))
	}
	if m := callingError().FindStringSubmatch(message); m != nil {
		message = m[1] + ": " + m[2]
	}
	return (&Error{Message: message, Remedy: runningHelp(message)}).at(file, text, offset)
}

// innermost takes apart the message of the template that the error started in;
// a template that includes another wraps the other's error. The column is in
// bytes from 0, the line 0 if there is none.
func innermost(err error) (file string, line, column int, message string) {
	var exec template.ExecError
	for errors.As(err, &exec) {
		if m := execMessage().FindStringSubmatch(exec.Error()); m != nil {
			file, message = m[1], m[4]
			line, _ = strconv.Atoi(m[2])
			column, _ = strconv.Atoi(m[3])
		}
		err = exec.Unwrap()
	}
	return file, line, column, message
}

func (w *worker) partialText(file string) string {
	for _, p := range w.partials {
		if p.file == file {
			return p.text
		}
	}
	return ""
}

func offsetOf(text string, line, column int) int {
	rest := text
	for range line - 1 {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	return min(len(text), len(text)-len(rest)+column)
}

// chainAt is the variable that is written around an offset: .template.nmae.
func chainAt(text string, offset int) string {
	rest := text[chainStart(text, offset):]
	if end := strings.IndexFunc(rest, outsideChain); end >= 0 {
		return rest[:end]
	}
	return rest
}

func chainStart(text string, offset int) int {
	return strings.LastIndexFunc(text[:offset], outsideChain) + 1
}

func outsideChain(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_.$", r)
}

// unknownVariable explains a key that its map does not have. The chain says
// which map that was, unless it hangs off something else than the variables.
func unknownVariable(key, chain string, vars map[string]any, remedy string) *Error {
	siblings, prefix := vars, "."
	for _, part := range strings.Split(strings.TrimLeft(chain, "$."), ".") {
		if part == key {
			break
		}
		next, ok := siblings[part].(map[string]any)
		if !ok {
			siblings, prefix = vars, "."
			break
		}
		siblings, prefix = next, prefix+part+"."
	}
	e := &Error{Message: fmt.Sprintf("unknown variable %s%s", prefix, key), Remedy: remedy}
	if near, ok := nearest.Of(key, slices.Sorted(maps.Keys(siblings))); ok && remedy == "" {
		e.Remedy = fmt.Sprintf("did you mean %s%s?", prefix, near)
	}
	if e.Remedy == "" {
		e.Remedy = fmt.Sprintf("declare %s under questions or computed", key)
	}
	return e
}

// withoutSecrets takes the answers of type secret out of an error's text.
func withoutSecrets(err error, m *manifest.Manifest, vars map[string]any) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	for _, q := range m.Questions {
		if secret, ok := vars[q.ID].(string); ok && q.Type.IsSecret() && secret != "" {
			e.Message = strings.ReplaceAll(e.Message, secret, "***")
		}
	}
	return err
}
