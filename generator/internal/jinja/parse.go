package jinja

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// A parser reads one template.
type parser struct {
	env    *Environment
	file   string
	tokens []token
	at     int
	blocks map[string]*blockNode
	open   []string // the tags that wait for their end
	used   []map[string]bool
	doubts []error
	depth  int
}

// maxNesting bounds what one template nests into itself.
const maxNesting = 150

func newParser(e *Environment, file, text string) (*parser, error) {
	if len(text) > e.opts.Limits.Bytes {
		return nil, &Error{Kind: Exceeded, File: file, Message: "the text is larger than a template may be"}
	}
	tokens, err := e.lex.tokens(file, text)
	if err != nil {
		return nil, err
	}
	return &parser{env: e, file: file, tokens: tokens, blocks: map[string]*blockNode{}}, nil
}

func (p *parser) cur() token  { return p.tokens[p.at] }
func (p *parser) next() token { t := p.tokens[p.at]; p.at = min(p.at+1, len(p.tokens)-1); return t }

func (p *parser) fail(t token, format string, args ...any) error {
	return at(fail(Syntaxes, format, args...), p.file, t.pos)
}

func (p *parser) isOp(op string) bool    { return p.cur().is(tOp, op) }
func (p *parser) isName(n string) bool   { return p.cur().is(tName, n) }
func (p *parser) skipOp(op string) bool  { return p.skip(tOp, op) }
func (p *parser) skipName(n string) bool { return p.skip(tName, n) }

func (p *parser) skip(k kind, text string) bool {
	if p.cur().is(k, text) {
		p.next()
		return true
	}
	return false
}

func (p *parser) expectOp(op string) error {
	if p.skipOp(op) {
		return nil
	}
	return p.fail(p.cur(), "expected %q, found %s", op, p.cur().show())
}

func (p *parser) expectName(name string) error {
	if p.skipName(name) {
		return nil
	}
	return p.fail(p.cur(), "expected %q, found %s", name, p.cur().show())
}

func (p *parser) name() (string, error) {
	if t := p.cur(); t.kind == tName {
		p.next()
		return t.text, nil
	}
	return "", p.fail(p.cur(), "expected a name, found %s", p.cur().show())
}

func (p *parser) blockEnd() error {
	if p.cur().kind == tBlockEnd {
		p.next()
		return nil
	}
	return p.fail(p.cur(), "expected the end of the statement, found %s", p.cur().show())
}

// nested guards a step that recurses.
func (p *parser) nested(f func() error) error {
	if p.depth++; p.depth > maxNesting {
		return p.fail(p.cur(), "this is nested too deeply")
	}
	defer func() { p.depth-- }()
	return f()
}

func (p *parser) template() (*Template, error) {
	body, err := p.body()
	if err != nil {
		return nil, err
	}
	return &Template{env: p.env, name: p.file, body: body, blocks: p.blocks, doubts: p.doubts}, nil
}

// body reads statements up to a tag that is called by one of the ends; it is
// left at the name. Without ends it reads to the end of the text.
func (p *parser) body(ends ...string) ([]statement, error) {
	var list []statement
	err := p.nested(func() error {
		for {
			switch t := p.next(); t.kind {
			case tText:
				list = append(list, &textNode{t.text})
			case tVarBegin:
				e, err := p.tuple(true)
				if err != nil {
					return err
				}
				if p.cur().kind != tVarEnd {
					return p.fail(p.cur(), "expected the end of the expression, found %s", p.cur().show())
				}
				p.next()
				list = append(list, &printNode{e, t.pos})
			case tBlockBegin:
				if n := p.cur(); n.kind == tName && slices.Contains(ends, n.text) {
					return nil
				}
				s, err := p.statement()
				if err != nil {
					return err
				}
				list = append(list, s)
			case tEOF:
				if len(ends) > 0 {
					return p.fail(t, "the template ends inside of %s: %s is missing", p.open[len(p.open)-1], ends[len(ends)-1])
				}
				return nil
			}
		}
	})
	return list, err
}

// until is a body whose end tag is read, too.
func (p *parser) until(tag string, ends ...string) ([]statement, string, error) {
	p.open = append(p.open, tag)
	defer func() { p.open = p.open[:len(p.open)-1] }()
	body, err := p.body(ends...)
	if err != nil {
		return nil, "", err
	}
	return body, p.next().text, nil
}

// closed is the body of a tag that has one end.
func (p *parser) closed(tag, end string) ([]statement, error) {
	if err := p.blockEnd(); err != nil {
		return nil, err
	}
	body, _, err := p.until(tag, end)
	if err != nil {
		return nil, err
	}
	return body, p.blockEnd()
}

func (p *parser) statement() (statement, error) {
	t := p.cur()
	if t.kind != tName {
		return nil, p.fail(t, "a tag's name was expected, found %s", t.show())
	}
	p.next()
	parse, ok := p.env.tags[t.text]
	if !ok {
		if len(p.open) > 0 {
			return nil, p.fail(t, "unknown tag %q inside of %s", t.text, p.open[len(p.open)-1])
		}
		return nil, p.fail(t, "unknown tag %q", t.text)
	}
	return parse(p, t.pos)
}

// tuple reads one expression, or several with commas.
func (p *parser) tuple(conditional bool, ends ...string) (expression, error) {
	one := p.expression
	if !conditional {
		one = p.or
	}
	var items []expression
	first := p.cur()
	several := false
	for {
		if len(items) > 0 && !several {
			break
		}
		if p.tupleEnds(ends) {
			break
		}
		e, err := one()
		if err != nil {
			return nil, err
		}
		items = append(items, e)
		several = p.skipOp(",")
		if several && len(items) == 1 {
			return p.restOfTuple(items, one, ends)
		}
	}
	if len(items) == 0 {
		return nil, p.fail(first, "expected an expression, found %s", first.show())
	}
	return items[0], nil
}

func (p *parser) restOfTuple(items []expression, one func() (expression, error), ends []string) (expression, error) {
	for !p.tupleEnds(ends) {
		e, err := one()
		if err != nil {
			return nil, err
		}
		items = append(items, e)
		if !p.skipOp(",") {
			break
		}
	}
	return &tupleNode{items}, nil
}

func (p *parser) tupleEnds(ends []string) bool {
	t := p.cur()
	return t.kind == tVarEnd || t.kind == tBlockEnd || t.kind == tEOF || t.is(tOp, ")") || t.kind == tName && slices.Contains(ends, t.text)
}

func (p *parser) expression() (e expression, err error) {
	err = p.nested(func() error { e, err = p.conditional(); return err })
	return e, err
}

func (p *parser) conditional() (expression, error) {
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	for p.isName("if") {
		c := &ifExpr{then: e, pos: p.next().pos}
		if c.test, err = p.or(); err != nil {
			return nil, err
		}
		if p.skipName("else") {
			if c.other, err = p.expression(); err != nil {
				return nil, err
			}
		}
		e = c
	}
	return e, nil
}

func (p *parser) or() (expression, error) { return p.chain("or", p.and) }

func (p *parser) and() (expression, error) { return p.chain("and", p.not) }

// chain reads operands with one word between them.
func (p *parser) chain(word string, operand func() (expression, error)) (expression, error) {
	left, err := operand()
	for err == nil && p.isName(word) {
		p.next()
		var right expression
		right, err = operand()
		left = &logic{left, right, word == "or"}
	}
	return left, err
}

func (p *parser) not() (expression, error) {
	if !p.isName("not") {
		return p.compare()
	}
	p.next()
	var e expression
	err := p.nested(func() (err error) { e, err = p.not(); return err })
	return &notNode{e}, err
}

var comparisons = map[string]bool{"==": true, "!=": true, "<": true, "<=": true, ">": true, ">=": true}

func (p *parser) compare() (expression, error) {
	first, err := p.sum()
	if err != nil {
		return nil, err
	}
	c := &compareNode{first: first}
	for {
		t := p.cur()
		op := ""
		switch {
		case t.kind == tOp && comparisons[t.text]:
			op = t.text
			p.next()
		case t.is(tName, "in"):
			op = "in"
			p.next()
		case t.is(tName, "not") && p.tokens[min(p.at+1, len(p.tokens)-1)].is(tName, "in"):
			op = "not in"
			p.next()
			p.next()
		default:
			if len(c.ops) == 0 {
				return first, nil
			}
			return c, nil
		}
		right, err := p.sum()
		if err != nil {
			return nil, err
		}
		c.ops, c.rest, c.pos = append(c.ops, op), append(c.rest, right), append(c.pos, t.pos)
	}
}

// binary reads operands of next with any of the operators between them.
func (p *parser) binary(next func() (expression, error), ops ...string) (expression, error) {
	left, err := next()
	for err == nil && p.cur().kind == tOp && slices.Contains(ops, p.cur().text) {
		t := p.next()
		var right expression
		right, err = next()
		left = &binaryNode{t.text, left, right, t.pos}
	}
	return left, err
}

func (p *parser) sum() (expression, error) { return p.binary(p.concat, "+", "-") }
func (p *parser) product() (expression, error) {
	return p.binary(p.power, "*", "/", "//", "%")
}
func (p *parser) power() (expression, error) {
	return p.binary(func() (expression, error) { return p.unary(true) }, "**")
}

func (p *parser) concat() (expression, error) {
	first, err := p.product()
	if err != nil || !p.isOp("~") {
		return first, err
	}
	c := &concatNode{[]expression{first}}
	for p.skipOp("~") {
		e, err := p.product()
		if err != nil {
			return nil, err
		}
		c.items = append(c.items, e)
	}
	return c, nil
}

func (p *parser) unary(filters bool) (e expression, err error) {
	t := p.cur()
	if t.is(tOp, "-") || t.is(tOp, "+") {
		p.next()
		err = p.nested(func() (err error) { e, err = p.unary(false); return err })
		e = &signNode{t.text == "-", e, t.pos}
	} else {
		e, err = p.primary()
	}
	if err == nil {
		e, err = p.postfix(e)
	}
	if err == nil && filters {
		e, err = p.filters(e)
	}
	return e, err
}

var constants = map[string]Value{"true": true, "True": true, "false": false, "False": false, "none": nil, "None": nil}

func (p *parser) primary() (expression, error) {
	t := p.next()
	switch t.kind {
	case tName:
		if v, ok := constants[t.text]; ok {
			return &constant{v}, nil
		}
		p.use(t.text)
		return &nameNode{t.text, t.pos}, nil
	case tString:
		text := t.text
		for p.cur().kind == tString {
			text += p.next().text
		}
		return &constant{text}, nil
	case tInt:
		n, ok := new(big.Int).SetString(strings.ToLower(t.text), 0)
		if !ok { // 00
			n = new(big.Int)
		}
		return &constant{normal(n)}, nil
	case tFloat:
		f, _ := strconv.ParseFloat(t.text, 64) // out of range is inf, as in Python
		return &constant{f}, nil
	case tOp:
		switch t.text {
		case "(":
			return p.parenthesis()
		case "[":
			return p.list()
		case "{":
			return p.dict()
		}
	}
	return nil, p.fail(t, "unexpected %s", t.show())
}

// use notes a name for the macros around it.
func (p *parser) use(name string) {
	for _, m := range p.used {
		m[name] = true
	}
}

func (p *parser) parenthesis() (expression, error) {
	if p.skipOp(")") {
		return &tupleNode{}, nil
	}
	e, err := p.tuple(true)
	if err != nil {
		return nil, err
	}
	return e, p.expectOp(")")
}

// several reads expressions with commas up to the closing operator.
func (p *parser) several(end string, one func() error) error {
	for first := true; !p.isOp(end); first = false {
		if !first {
			if err := p.expectOp(","); err != nil {
				return err
			}
			if p.isOp(end) {
				break
			}
		}
		if err := one(); err != nil {
			return err
		}
	}
	return p.expectOp(end)
}

func (p *parser) list() (expression, error) {
	l := &listNode{}
	return l, p.several("]", func() error {
		e, err := p.expression()
		l.items = append(l.items, e)
		return err
	})
}

func (p *parser) dict() (expression, error) {
	d := &dictNode{pos: p.cur().pos}
	return d, p.several("}", func() error {
		k, err := p.expression()
		if err != nil {
			return err
		}
		if err := p.expectOp(":"); err != nil {
			return err
		}
		v, err := p.expression()
		d.keys, d.values = append(d.keys, k), append(d.values, v)
		return err
	})
}

func (p *parser) postfix(e expression) (expression, error) {
	for {
		t := p.cur()
		var err error
		switch {
		case t.is(tOp, ".") || t.is(tOp, "["):
			e, err = p.subscript(e)
		case t.is(tOp, "("):
			e, err = p.call(e)
		default:
			return e, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p *parser) subscript(of expression) (expression, error) {
	t := p.next()
	if t.text == "." {
		n := p.next()
		switch n.kind {
		case tName:
			return &attrNode{of, n.text, n.pos}, nil
		case tInt:
			i, _ := strconv.ParseInt(n.text, 10, 64)
			return &itemNode{of, &constant{i}, n.pos}, nil
		}
		return nil, p.fail(n, "expected a name or a number, found %s", n.show())
	}
	var items []expression
	err := p.several("]", func() error {
		e, err := p.slice()
		items = append(items, e)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(items) == 0:
		return nil, p.fail(t, "expected an expression between [ and ]")
	case len(items) == 1:
		return &itemNode{of, items[0], t.pos}, nil
	}
	return &itemNode{of, &tupleNode{items}, t.pos}, nil
}

// slice is what stands between [ and ]: an expression, or a:b:c.
func (p *parser) slice() (expression, error) {
	s := &sliceNode{}
	var err error
	if !p.isOp(":") {
		e, err := p.expression()
		if err != nil || !p.isOp(":") {
			return e, err
		}
		s.start = e
	}
	for _, part := range []*expression{&s.stop, &s.step} {
		if !p.skipOp(":") {
			break
		}
		if p.isOp(":") || p.isOp("]") || p.isOp(",") {
			continue
		}
		if *part, err = p.expression(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (p *parser) call(of expression) (expression, error) {
	t := p.cur()
	a, err := p.arguments()
	return &callNode{of, a, t.pos}, err
}

// arguments reads (a, b=c, *d, **e).
func (p *parser) arguments() (arguments, error) {
	var a arguments
	if err := p.expectOp("("); err != nil {
		return a, err
	}
	err := p.several(")", func() (err error) {
		t := p.cur()
		following := p.tokens[min(p.at+1, len(p.tokens)-1)]
		switch {
		case p.skipOp("*"):
			a.star, err = p.expression()
		case p.skipOp("**"):
			a.stars, err = p.expression()
		case t.kind == tName && following.is(tOp, "="):
			p.next()
			p.next()
			var e expression
			e, err = p.expression()
			a.names, a.named = append(a.names, t.text), append(a.named, e)
		case len(a.names) > 0 || a.stars != nil || a.star != nil:
			return p.fail(t, "a positional argument behind keywords")
		default:
			var e expression
			e, err = p.expression()
			a.list = append(a.list, e)
		}
		return err
	})
	return a, err
}

func (p *parser) filters(e expression) (expression, error) {
	for {
		t := p.cur()
		var err error
		switch {
		case t.is(tOp, "|"):
			e, err = p.filter(e)
		case t.is(tName, "is"):
			e, err = p.test(e)
		case t.is(tOp, "("):
			e, err = p.call(e)
		default:
			return e, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// dotted is a name of a filter or a test.
func (p *parser) dotted() (string, error) {
	name, err := p.name()
	for err == nil && p.skipOp(".") {
		var more string
		more, err = p.name()
		name += "." + more
	}
	return name, err
}

func (p *parser) filter(of expression) (expression, error) {
	p.next()
	return p.filterCall(of)
}

func (p *parser) filterCall(of expression) (expression, error) {
	f := &filterNode{of: of, pos: p.cur().pos}
	var err error
	if f.name, err = p.dotted(); err != nil {
		return nil, err
	}
	if _, ok := p.env.filters[f.name]; !ok {
		p.doubts = append(p.doubts, p.fail(p.tokens[p.at-1], "no filter named %q", f.name))
	}
	if p.isOp("(") {
		if f.args, err = p.arguments(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (p *parser) test(of expression) (expression, error) {
	t := p.next()
	n := &testNode{of: of, pos: t.pos}
	negated := p.skipName("not")
	var err error
	if n.name, err = p.dotted(); err != nil {
		return nil, err
	}
	if _, ok := p.env.tests[n.name]; !ok {
		p.doubts = append(p.doubts, p.fail(p.tokens[p.at-1], "no test named %q", n.name))
	}
	c := p.cur()
	operand := c.kind == tName && !slices.Contains([]string{"else", "or", "and"}, c.text) || c.kind == tString || c.kind == tInt || c.kind == tFloat || c.is(tOp, "[") || c.is(tOp, "{")
	switch {
	case c.is(tOp, "("):
		n.args, err = p.arguments()
	case c.is(tName, "is"):
		return nil, p.fail(c, "tests cannot be chained with is")
	case operand:
		var e expression
		if e, err = p.primary(); err == nil {
			e, err = p.postfix(e)
		}
		n.args.list = []expression{e}
	}
	if negated {
		return &notNode{n}, err
	}
	return n, err
}
