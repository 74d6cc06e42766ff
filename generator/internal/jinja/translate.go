package jinja

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Type is the type of a name in the language that a template is translated to.
type Type int

// The kinds. What is Opaque can be printed, and nothing else.
const (
	Opaque Type = iota
	Text
	Number
	Truthful
	Texts
)

// A Field is what a name of a template becomes.
type Field struct {
	Name string
	Type Type
}

// A Namer gives what a name becomes: cookiecutter.slug, or slug.
type Namer func(name string) (Field, bool)

// A term is an expression of which both languages have the same: a field, a
// literal, or an operation.
type term struct {
	kind  Type
	op    string // field, literal, or what is called
	value any    // of a literal
	args  []term // the subject first
}

// A translator makes terms of expressions. What it cannot make the same of is an
// [Error] of the kind [Unsupported] with its place.
type translator struct {
	file  string
	name  Namer
	local map[string]Field // names that the text itself has set
	depth int              // of blocks
	loops int              // of those, how many are loops
	out   strings.Builder
}

func (x *translator) no(at pos, format string, args ...any) error {
	return &Error{Kind: Unsupported, File: x.file, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)}
}

func (x *translator) term(e expression) (term, error) {
	switch n := e.(type) {
	case *constant:
		return x.literal(n.value)
	case *nameNode:
		return x.field(n.name, n.pos)
	case *attrNode:
		if of, ok := n.of.(*nameNode); ok {
			return x.field(of.name+"."+n.name, n.pos)
		}
	case *listNode:
		return x.list(n.items)
	case *tupleNode:
		return x.list(n.items)
	case *filterNode:
		return x.filter(n)
	case *callNode:
		return x.method(n)
	case *ifExpr:
		return x.choice(n)
	case *concatNode:
		return x.concat(n.items)
	case *binaryNode:
		if n.op == "+" {
			return x.concat([]expression{n.left, n.right})
		}
	case *logic: // its value is that of one side
		for _, side := range []expression{n.left, n.right} {
			if t, err := x.term(side); err != nil || t.kind != Truthful {
				return t, cmp.Or(err, x.no(placeOf(side), "this is not true or false in every case"))
			}
		}
		return x.condition(e)
	case *compareNode, *notNode:
		return x.condition(e)
	}
	return term{}, x.no(placeOf(e), "this expression has no counterpart")
}

func (x *translator) literal(v Value) (term, error) {
	switch v := v.(type) {
	case string:
		return term{kind: Text, op: "literal", value: v}, nil
	case int64:
		return term{kind: Number, op: "literal", value: v}, nil
	case bool:
		return term{kind: Truthful, op: "literal", value: v}, nil
	}
	return term{}, x.no(pos{}, "a literal of type %s has no counterpart", typeName(v))
}

func (x *translator) field(name string, at pos) (term, error) {
	if f, ok := x.local[name]; ok {
		return term{kind: f.Type, op: "local", value: f.Name}, nil
	}
	if f, ok := x.name(name); ok && x.loops > 0 { // the dot is the element
		return term{kind: f.Type, op: "root", value: f.Name}, nil
	} else if ok {
		return term{kind: f.Type, op: "field", value: f.Name}, nil
	}
	return term{}, x.no(at, "%s is no question, and nothing that is computed", name)
}

func (x *translator) list(items []expression) (term, error) {
	out := term{kind: Texts, op: "list"}
	for _, e := range items {
		t, err := x.text(e)
		if err != nil {
			return out, err
		}
		out.args = append(out.args, t)
	}
	return out, nil
}

// text is a term that has to be a text.
func (x *translator) text(e expression) (term, error) {
	t, err := x.term(e)
	if err == nil && t.kind != Text {
		err = x.no(placeOf(e), "this is not a text in every case")
	}
	return t, err
}

func (x *translator) concat(items []expression) (term, error) {
	out := term{kind: Text, op: "print"}
	for _, e := range items {
		t, err := x.text(e)
		if err != nil {
			return out, err
		}
		out.args = append(out.args, t)
	}
	return out, nil
}

// filters and methods of texts that do the same in both languages, with the
// number of their arguments.
var (
	sameFilters = map[string]struct {
		op   string
		args int
	}{"lower": {"lower", 0}, "upper": {"upper", 0}, "trim": {"trim", 0}, "replace": {"replace", 2}, "string": {"", 0}}
	sameMethods = map[string]struct {
		op   string
		args int
		kind Type
	}{
		"lower": {"lower", 0, Text}, "upper": {"upper", 0, Text}, "strip": {"trim", 0, Text}, "replace": {"replace", 2, Text},
		"startswith": {"hasPrefix", 1, Truthful}, "endswith": {"hasSuffix", 1, Truthful}, "split": {"splitList", 1, Texts},
	}
)

func (x *translator) filter(n *filterNode) (term, error) {
	if n.name == "join" {
		return x.join(n)
	}
	same, ok := sameFilters[n.name]
	if !ok || len(n.args.list) != same.args || len(n.args.names) > 0 {
		return term{}, x.no(n.pos, "the filter %s has no counterpart", n.name)
	}
	subject, err := x.text(n.of)
	if err != nil || same.op == "" {
		return subject, err
	}
	return x.call(same.op, Text, subject, n.args.list)
}

func (x *translator) join(n *filterNode) (term, error) {
	list, err := x.term(n.of)
	switch {
	case err != nil:
		return list, err
	case list.kind != Texts || len(n.args.list) > 1 || len(n.args.names) > 0:
		return list, x.no(n.pos, "this join has no counterpart")
	case len(n.args.list) == 0:
		return term{kind: Text, op: "join", args: []term{list, {kind: Text, op: "literal", value: ""}}}, nil
	}
	return x.call("join", Text, list, n.args.list)
}

func (x *translator) call(op string, kind Type, subject term, args []expression) (term, error) {
	out := term{kind: kind, op: op, args: []term{subject}}
	for _, e := range args {
		t, err := x.text(e)
		if err != nil {
			return out, err
		}
		out.args = append(out.args, t)
	}
	return out, nil
}

func (x *translator) method(n *callNode) (term, error) {
	of, ok := n.of.(*attrNode)
	if !ok {
		return term{}, x.no(n.pos, "this call has no counterpart")
	}
	same, ok := sameMethods[of.name]
	if !ok || len(n.args.list) != same.args || len(n.args.names) > 0 {
		return term{}, x.no(n.pos, "the method %s has no counterpart", of.name)
	}
	subject, err := x.text(of.of)
	if err != nil {
		return subject, err
	}
	return x.call(same.op, same.kind, subject, n.args.list)
}

func (x *translator) choice(n *ifExpr) (term, error) {
	test, err := x.condition(n.test)
	if err != nil {
		return test, err
	}
	then, err := x.text(n.then)
	if err != nil {
		return then, err
	}
	other := term{kind: Text, op: "literal", value: ""}
	if n.other != nil {
		if other, err = x.text(n.other); err != nil {
			return other, err
		}
	}
	return term{kind: Text, op: "ternary", args: []term{test.strict(), then, other}}, nil
}

// strict is a condition that is true or false in text/template, too, where any
// value can be one.
func (t term) strict() term {
	switch t.op {
	case "filled":
		empty := term{kind: Text, op: "literal", value: ""}
		switch t.args[0].kind {
		case Number:
			empty = term{kind: Number, op: "literal", value: int64(0)}
		case Texts:
			return term{kind: Truthful, op: "not", args: []term{{kind: Truthful, op: "empty", args: t.args}}}
		}
		return term{kind: Truthful, op: "ne", args: []term{t.args[0], empty}}
	case "and", "or":
		return term{kind: Truthful, op: t.op, args: []term{t.args[0].strict(), t.args[1].strict()}}
	}
	return t
}

// condition is a term that is true where the expression holds.
func (x *translator) condition(e expression) (term, error) {
	switch n := e.(type) {
	case *logic:
		op := "and"
		if n.or {
			op = "or"
		}
		return x.both(op, n.left, n.right)
	case *notNode:
		of, err := x.condition(n.of)
		return term{kind: Truthful, op: "not", args: []term{of}}, err
	case *compareNode:
		return x.compare(n)
	}
	t, err := x.term(e)
	switch {
	case err != nil || t.kind == Truthful:
		return t, err
	case t.kind == Opaque:
		return t, x.no(placeOf(e), "whether this holds is not the same in both languages")
	}
	return term{kind: Truthful, op: "filled", args: []term{t}}, nil
}

func (x *translator) both(op string, left, right expression) (term, error) {
	a, err := x.condition(left)
	if err != nil {
		return a, err
	}
	b, err := x.condition(right)
	return term{kind: Truthful, op: op, args: []term{a, b}}, err
}

func (x *translator) compare(n *compareNode) (term, error) {
	if len(n.ops) != 1 {
		return term{}, x.no(n.pos[0], "a chain of comparisons has no counterpart")
	}
	a, err := x.term(n.first)
	if err != nil {
		return a, err
	}
	b, err := x.term(n.rest[0])
	if err != nil {
		return b, err
	}
	op := map[string]string{"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[n.ops[0]]
	switch {
	case n.ops[0] == "in" || n.ops[0] == "not in":
		return x.in(n, a, b)
	case op == "" || a.kind != b.kind || a.kind == Texts || a.kind == Opaque:
	case op == "eq" || op == "ne" || a.kind == Number:
		return term{kind: Truthful, op: op, args: []term{a, b}}, nil
	}
	return term{}, x.no(n.pos[0], "this comparison is not the same in both languages")
}

func (x *translator) in(n *compareNode, a, b term) (term, error) {
	out := term{kind: Truthful, args: []term{b, a}}
	switch {
	case a.kind == Text && b.kind == Texts:
		out.op = "has"
	case a.kind == Text && b.kind == Text:
		out.op = "contains"
	default:
		return out, x.no(n.pos[0], "this in is not the same in both languages")
	}
	if n.ops[0] == "not in" {
		out = term{kind: Truthful, op: "not", args: []term{out}}
	}
	return out, nil
}

func written(v any) string {
	if text, ok := v.(string); ok {
		return strconv.Quote(text)
	}
	text, _ := json.Marshal(v)
	return string(text)
}

// action is a term in text/template, where the subject comes last.
func (t term) action() string {
	switch t.op {
	case "literal":
		return written(t.value)
	case "field":
		return fmt.Sprint(".", t.value)
	case "root":
		return fmt.Sprint("$.", t.value)
	case "local":
		return fmt.Sprint("$", t.value)
	case "filled":
		return t.args[0].action()
	}
	args := slices.Clone(t.args)
	switch t.op {
	case "lower", "upper", "trim", "replace", "join", "splitList", "hasPrefix", "hasSuffix", "has", "contains", "ternary":
		args = append(args[1:], args[0])
	}
	words := []string{t.op}
	for _, a := range args {
		text := a.action()
		if strings.Contains(text, " ") && a.op != "literal" {
			text = "(" + text + ")"
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

var infix = map[string]string{"and": "&&", "or": "||", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "print": "+", "contains": "contains"}

// whole is an expression that stands by itself.
func (t term) whole() string {
	text := t.expression()
	if infix[t.op] != "" || t.op == "ternary" {
		text = strings.TrimSuffix(strings.TrimPrefix(text, "("), ")")
	}
	return text
}

// expression is a term in the language of template.yaml.
func (t term) expression() string {
	args := make([]string, len(t.args))
	for i, a := range t.args {
		args[i] = a.expression()
	}
	switch {
	case t.op == "literal":
		return written(t.value)
	case t.op == "field":
		return fmt.Sprint(t.value)
	case t.op == "list":
		return "[" + strings.Join(args, ", ") + "]"
	case t.op == "not":
		return "not (" + args[0] + ")"
	case t.op == "ternary":
		return "(" + args[0] + " ? " + args[1] + " : " + args[2] + ")"
	case t.op == "filled":
		return map[Type]string{Text: args[0] + ` != ""`, Number: args[0] + " != 0", Texts: "len(" + args[0] + ") > 0"}[t.args[0].kind]
	case infix[t.op] != "":
		return "(" + strings.Join(args, " "+infix[t.op]+" ") + ")"
	}
	return t.op + "(" + strings.Join(args, ", ") + ")"
}
