package jinja

import (
	"strings"
)

// Translate gives the text in the language of scaffold's own templates. It is
// made where both give the same for every answer; anything else is an [Error] of
// the kind [Unsupported] with its place.
func (t *Template) Translate(name Namer) (string, error) {
	x := &translator{file: t.name, name: name, local: map[string]Field{}}
	err := x.body(t.body)
	return x.out.String(), err
}

// Plain gives the text of a template that holds nothing but text.
func (t *Template) Plain() (string, bool) {
	var b strings.Builder
	for _, s := range t.body {
		n, ok := s.(*textNode)
		if !ok {
			return "", false
		}
		b.WriteString(n.text)
	}
	return b.String(), true
}

// A NamePart is a piece of a file's name: a text, or an expression in the language
// of template.yaml, which may be a bare field.
type NamePart struct {
	Text, Expression string
	Field            bool
}

// TranslateName gives the pieces of a file's name, and the condition on which it
// has one; "" is always.
func (t *Template) TranslateName(name Namer) (parts []NamePart, when string, err error) {
	x := &translator{file: t.name, name: name, local: map[string]Field{}}
	body := t.body
	if len(body) == 1 {
		if n, ok := body[0].(*ifNode); ok && len(n.arms) == 1 {
			test, err := x.condition(n.arms[0].test)
			if err != nil {
				return nil, "", err
			}
			body, when = n.arms[0].body, test.whole()
		}
	}
	for _, s := range body {
		part, err := x.namePart(s)
		if err != nil {
			return nil, "", err
		}
		parts = append(parts, part)
	}
	return parts, when, nil
}

func (x *translator) namePart(s statement) (NamePart, error) {
	switch n := s.(type) {
	case *textNode:
		return NamePart{Text: n.text}, nil
	case *printNode:
		t, err := x.text(n.value)
		return NamePart{Expression: t.whole(), Field: t.op == "field"}, err
	}
	return NamePart{}, x.no(pos{1, 1}, "this name has no counterpart: it is more than one condition")
}

// Expression gives a text that is one expression, or a plain text, in the language
// of template.yaml, and of which kind it is.
func (t *Template) Expression(name Namer) (string, Type, error) {
	x := &translator{file: t.name, name: name, local: map[string]Field{}}
	if text, plain := t.Plain(); plain {
		return written(text), Text, nil
	}
	out := term{kind: Text, op: "print"}
	for _, s := range t.body {
		switch n := s.(type) {
		case *textNode:
			out.args = append(out.args, term{kind: Text, op: "literal", value: n.text})
		case *printNode:
			one, err := x.term(n.value)
			if err != nil {
				return "", Opaque, err
			}
			if len(t.body) == 1 {
				return one.whole(), one.kind, nil
			}
			if one.kind != Text {
				return "", Opaque, x.no(n.pos, "this is not a text in every case")
			}
			out.args = append(out.args, one)
		default:
			return "", Opaque, x.no(pos{1, 1}, "a tag in an expression has no counterpart")
		}
	}
	return out.whole(), Text, nil
}

// Condition gives a text that is one expression as a condition in the language of
// template.yaml.
func (t *Template) Condition(name Namer) (string, error) {
	x := &translator{file: t.name, name: name, local: map[string]Field{}}
	if len(t.body) == 1 {
		if n, ok := t.body[0].(*printNode); ok {
			test, err := x.term(n.value)
			if err == nil && test.kind != Truthful {
				err = x.no(n.pos, "this is not a condition in every case")
			}
			if err != nil {
				return "", err
			}
			return test.whole(), nil
		}
	}
	return "", x.no(pos{1, 1}, "this condition has no counterpart")
}

func (x *translator) body(list []statement) error {
	for _, s := range list {
		if err := x.statement(s); err != nil {
			return err
		}
	}
	return nil
}

func (x *translator) statement(s statement) error {
	switch n := s.(type) {
	case *textNode:
		x.write(n.text)
		return nil
	case *printNode:
		return x.print(n)
	case *ifNode:
		return x.branches(n)
	case *forNode:
		return x.loop(n)
	case *setNode:
		return x.set(n)
	}
	tag, at := tagOf(s)
	return x.no(at, "the tag %s has no counterpart", tag)
}

// tagOf is what a statement is called, and where it is.
func tagOf(s statement) (string, pos) {
	switch n := s.(type) {
	case *setBlock:
		return "set", n.pos
	case *filterBlock:
		return "filter", n.pos
	case *doNode:
		return "do", n.pos
	case *withNode:
		return "with", n.pos
	case *nowNode:
		return "now", n.pos
	case *includeNode:
		return "include", n.pos
	case *importNode:
		return "import", n.pos
	case *extendsNode:
		return "extends", n.pos
	case *macroNode:
		return "macro", n.pos
	case *callBlock:
		return "call", n.pos
	case *yieldNode:
		return "yield", n.pos
	}
	return "here", pos{1, 1}
}

// write writes a text so that none of it is an action.
func (x *translator) write(text string) {
	text = strings.ReplaceAll(text, "{{", "{{ \"{{\" }}")
	if rest, open := strings.CutSuffix(text, "{"); open { // an action may follow
		text = rest + "{{ \"{\" }}"
	}
	x.out.WriteString(text)
}

func (x *translator) do(words string) { x.out.WriteString("{{ " + words + " }}") }

func (x *translator) print(n *printNode) error {
	t, err := x.term(n.value)
	if err != nil {
		return err
	}
	switch t.kind {
	case Texts:
		return x.no(n.pos, "a list is printed otherwise")
	case Truthful:
		x.do("if " + t.action())
		x.out.WriteString("True")
		x.do("else")
		x.out.WriteString("False")
		x.do("end")
		return nil
	}
	x.do(t.action())
	return nil
}

func (x *translator) branches(n *ifNode) error {
	x.depth++
	defer func() { x.depth-- }()
	for i, arm := range n.arms {
		words, err := x.arm(arm, i == 0)
		if err != nil {
			return err
		}
		x.do(words)
		if err := x.body(arm.body); err != nil {
			return err
		}
	}
	x.do("end")
	return nil
}

func (x *translator) arm(arm ifArm, first bool) (string, error) {
	if arm.test == nil {
		return "else", nil
	}
	test, err := x.condition(arm.test)
	if first {
		return "if " + test.action(), err
	}
	return "else if " + test.action(), err
}

func (x *translator) loop(n *forNode) error {
	target, simple := n.target.(nameTarget)
	if !simple || n.filter != nil || n.recursive || n.other != nil {
		return x.no(n.pos, "this loop has no counterpart")
	}
	over, err := x.term(n.over)
	if err == nil && over.kind != Texts {
		err = x.no(n.pos, "this loop is not over a list of texts")
	}
	if err != nil {
		return err
	}
	before, shadowed := x.local[string(target)]
	x.local[string(target)] = Field{string(target), Text}
	defer func() {
		if delete(x.local, string(target)); shadowed {
			x.local[string(target)] = before
		}
	}()
	x.depth, x.loops = x.depth+1, x.loops+1
	defer func() { x.depth, x.loops = x.depth-1, x.loops-1 }()
	x.do("range $" + string(target) + " := " + over.action())
	if err := x.body(n.body); err != nil {
		return err
	}
	x.do("end")
	return nil
}

// set takes what is set once, and outside of blocks: there both languages know
// the name up to the end.
func (x *translator) set(n *setNode) error {
	target, simple := n.target.(nameTarget)
	if _, twice := x.local[string(target)]; !simple || twice || x.depth > 0 {
		return x.no(n.pos, "this set has no counterpart")
	}
	v, err := x.term(n.value)
	if err != nil {
		return err
	}
	x.do("$" + string(target) + " := " + v.action())
	x.local[string(target)] = Field{string(target), v.kind}
	return nil
}
