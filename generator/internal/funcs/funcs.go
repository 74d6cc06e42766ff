// Package funcs is the allow-list of functions: the ones that template text may
// call, and the same ones, under the same names and with the same results, for
// the expressions of a manifest. docs/functions.md lists them.
//
// Each is pure and repeatable: no clock, no randomness, no environment, no disk,
// no network, no map order, and nothing that changes its arguments. Each is
// bounded: neither what goes in nor what comes out is larger than [MaxValue].
// The package evaluates nothing itself.
package funcs

import (
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// Text is the allow-list for text/template.
func Text() template.FuncMap {
	return Metered(func(int) error { return nil })
}

// Metered is [Text] for a caller that keeps a budget: charge is called with the
// cost of a call before it (1, and 1 more for every 64 bytes of arguments) and
// of its result after it. An error from charge ends the call with that error.
func Metered(charge func(cost int) error) template.FuncMap {
	m := make(template.FuncMap)
	for name, f := range shared() {
		m[name] = metered(f, charge)
	}
	for name, f := range textOnly() {
		m[name] = metered(f, charge)
	}
	return m
}

// Names lists every function that template text may call, in order: those of
// [Text] and the operators that text/template itself brings.
func Names() []string {
	names := []string{"and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "index", "slice"}
	for name := range Text() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// shared holds the functions of both languages.
func shared() map[string]any {
	lib := sprig.TxtFuncMap()
	m := map[string]any{
		// words
		"snake": snake, "kebab": kebab, "camel": camel, "pascal": pascal, "plural": plural,
		// strings
		"replace": replace, "repeat": repeat, "indent": indent, "nindent": nindent, "join": join,
		"trunc": trunc, "regexMatch": regexMatch, "regexReplaceAll": regexReplaceAll,
		// numbers
		"int": toInt, "add": add, "sub": sub, "mul": mul, "div": div, "mod": mod,
		"max": largest, "min": smallest, "until": until, "untilStep": untilStep,
		// lists and dictionaries
		"sortAlpha": sortAlpha, "uniq": uniq, "without": without, "keys": keys, "values": values,
		"default": func(other, v any) any { return lib["default"].(func(any, ...any) any)(other, v) },
	}
	for _, name := range []string{
		"upper", "lower", "title", "untitle", "trim", "trimAll", "trimPrefix", "trimSuffix", "nospace",
		"hasPrefix", "hasSuffix", "quote", "squote", "cat", "wrap", "toString", "splitList",
		"base", "dir", "ext", "clean", "b64enc", "b64dec", "sha256sum",
		"empty", "coalesce", "ternary", "kindOf", "kindIs",
		"list", "dict", "get", "hasKey", "pick", "omit", "concat", "semverCompare", "fail",
	} {
		m[name] = lib[name]
	}
	for name, must := range map[string]string{
		"append": "mustAppend", "prepend": "mustPrepend", "first": "mustFirst", "last": "mustLast",
		"rest": "mustRest", "initial": "mustInitial", "reverse": "mustReverse", "has": "mustHas",
		"compact": "mustCompact", "toJson": "mustToJson", "toPrettyJson": "mustToPrettyJson",
		"toRawJson": "mustToRawJson", "fromJson": "mustFromJson",
	} {
		m[name] = lib[must] // the form that reports an error
	}
	return m
}

// textOnly holds the functions that expressions have as an operator or a
// built-in of the same meaning, and those that only text needs. The ones that
// text/template brings too are here to be bounded.
func textOnly() map[string]any {
	return map[string]any{
		"contains": func(part, s string) bool { return strings.Contains(s, part) }, "len": length,
		"print": print, "println": println, "printf": printf,
		"html": template.HTMLEscaper, "js": template.JSEscaper, "urlquery": template.URLQueryEscaper,
	}
}
