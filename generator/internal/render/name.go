package render

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

var field = regexp.MustCompile(`\{\{ *\.([A-Za-z_][A-Za-z0-9_]*) *\}\}`)

// fillName fills the bare fields of a file's name, or of a link's target. Only
// the answer to a question of type path may bring a slash along.
func (r *run) fillName(file, name string, vars map[string]any) (string, error) {
	if !strings.Contains(name, "{{") && !strings.Contains(name, "}}") {
		return name, nil
	}
	if rest := field.ReplaceAllLiteralString(name, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		return "", &Error{
			File:    file,
			Message: fmt.Sprintf("the name %s holds more than a bare {{ .field }}", name),
			Remedy:  "work the name out under computed, and use that field",
		}
	}
	var failure error
	filled := field.ReplaceAllStringFunc(name, func(match string) string {
		value, err := r.fieldOf(file, field.FindStringSubmatch(match)[1], vars)
		if err != nil && failure == nil {
			failure = err
		}
		return value
	})
	return filled, failure
}

func (r *run) fieldOf(file, id string, vars map[string]any) (string, error) {
	v, ok := vars[id]
	if !ok {
		e := unknownVariable(id, "", vars, "")
		e.File = file
		return "", e
	}
	question := r.typeOf(id)
	switch reflect.ValueOf(v).Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64:
	default:
		return "", &Error{
			File: file, Message: fmt.Sprintf("%s is a %T and cannot be part of a name", id, v),
			Remedy: "work a text out under computed, or repeat the file for each element: each: apps, as: app",
		}
	}
	if question.IsSecret() {
		return "", &Error{File: file, Message: fmt.Sprintf("%s is a secret and cannot be part of a name", id), Remedy: "use another answer in the name"}
	}
	text := fmt.Sprint(v)
	if strings.Contains(text, "/") && !question.MayHoldSlashes() {
		return "", &tree.PathError{Path: text, Reason: fmt.Sprintf("has a slash, which only a question of type path may bring into a name, and %s is none", id)}
	}
	return text, nil
}

// typeOf is the type of a question, or "" for another variable.
func (r *run) typeOf(id string) manifest.Type {
	for _, q := range r.manifest.Questions {
		if q.ID == id {
			return q.Type
		}
	}
	return ""
}
