package jinja

// A tag reads the statement that its name begins, from behind the name.
type tag func(p *parser, at pos) (statement, error)

func coreTags() map[string]tag {
	return map[string]tag{
		"for": parseFor, "if": parseIf, "set": parseSet, "with": parseWith, "macro": parseMacro, "call": parseCall,
		"filter": parseFilterBlock, "block": parseBlock, "extends": parseExtends, "include": parseInclude,
		"import": parseImport, "from": parseFrom, "autoescape": parseAutoescape, "print": parsePrint,
	}
}

func parsePrint(p *parser, at pos) (statement, error) {
	e, err := p.tuple(true)
	if err != nil {
		return nil, err
	}
	return &printNode{e, at}, p.blockEnd()
}

// target reads what a value is assigned to: a name, or several.
func (p *parser) target(attributes bool) (target, error) {
	var list []target
	several := false
	for {
		t, err := p.oneTarget(attributes)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
		if !p.skipOp(",") {
			break
		}
		several = true
		if p.isOp(")") || p.isOp("=") || p.isName("in") {
			break
		}
	}
	if several {
		return manyTarget(list), nil
	}
	return list[0], nil
}

func (p *parser) oneTarget(attributes bool) (target, error) {
	if p.skipOp("(") {
		t, err := p.target(attributes)
		if err != nil {
			return nil, err
		}
		return t, p.expectOp(")")
	}
	t := p.cur()
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	if _, ok := constants[name]; ok {
		return nil, p.fail(t, "%s cannot be assigned to", name)
	}
	if attributes && p.skipOp(".") {
		attr, err := p.name()
		return attrTarget{name, attr, t.pos}, err
	}
	return nameTarget(name), nil
}

func parseFor(p *parser, at pos) (statement, error) {
	f := &forNode{pos: at}
	var err error
	if f.target, err = p.target(false); err != nil {
		return nil, err
	}
	if err = p.expectName("in"); err != nil {
		return nil, err
	}
	if f.over, err = p.tuple(false, "recursive"); err != nil {
		return nil, err
	}
	if p.skipName("if") {
		if f.filter, err = p.expression(); err != nil {
			return nil, err
		}
	}
	f.recursive = p.skipName("recursive")
	if err = p.blockEnd(); err != nil {
		return nil, err
	}
	end := ""
	if f.body, end, err = p.until("for", "else", "endfor"); err != nil {
		return nil, err
	}
	if end == "else" {
		if err = p.blockEnd(); err != nil {
			return nil, err
		}
		if f.other, _, err = p.until("for", "endfor"); err != nil {
			return nil, err
		}
	}
	return f, p.blockEnd()
}

func parseIf(p *parser, _ pos) (statement, error) {
	n := &ifNode{}
	for end := "if"; ; {
		var arm ifArm
		var err error
		if end != "else" {
			if arm.test, err = p.tuple(false); err != nil {
				return nil, err
			}
		}
		if err = p.blockEnd(); err != nil {
			return nil, err
		}
		ends := []string{"elif", "else", "endif"}
		if end == "else" {
			ends = ends[2:]
		}
		if arm.body, end, err = p.until("if", ends...); err != nil {
			return nil, err
		}
		n.arms = append(n.arms, arm)
		if end == "endif" {
			return n, p.blockEnd()
		}
	}
}

func parseSet(p *parser, at pos) (statement, error) {
	t, err := p.target(true)
	if err != nil {
		return nil, err
	}
	if p.skipOp("=") {
		e, err := p.tuple(true)
		if err != nil {
			return nil, err
		}
		return &setNode{t, e, at}, p.blockEnd()
	}
	n := &setBlock{target: t, pos: at}
	var piped expression = &held{}
	n.filter = piped
	for p.isOp("|") {
		if n.filter, err = p.filter(n.filter); err != nil {
			return nil, err
		}
	}
	n.body, err = p.closed("set", "endset")
	return n, err
}

func parseWith(p *parser, at pos) (statement, error) {
	n := &withNode{pos: at}
	for p.cur().kind != tBlockEnd {
		if len(n.targets) > 0 {
			if err := p.expectOp(","); err != nil {
				return nil, err
			}
		}
		t, err := p.oneTarget(false)
		if err != nil {
			return nil, err
		}
		if err := p.expectOp("="); err != nil {
			return nil, err
		}
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		n.targets, n.values = append(n.targets, t), append(n.values, e)
	}
	var err error
	n.body, err = p.closed("with", "endwith")
	return n, err
}

// signature reads the parameters of a macro or of a call's body.
func (p *parser) signature(m *macroNode) error {
	if err := p.expectOp("("); err != nil {
		return err
	}
	return p.several(")", func() error {
		t := p.cur()
		name, err := p.name()
		if err != nil {
			return err
		}
		m.params = append(m.params, name)
		if p.skipOp("=") {
			d, err := p.expression()
			m.defaults = append(m.defaults, d)
			return err
		}
		if len(m.defaults) > 0 {
			return p.fail(t, "a parameter without a default behind one with a default")
		}
		return nil
	})
}

// macroBody reads the body, and which of the special names it uses.
func (p *parser) macroBody(m *macroNode, tag, end string) error {
	used := map[string]bool{}
	p.used = append(p.used, used)
	var err error
	m.body, err = p.closed(tag, end)
	p.used = p.used[:len(p.used)-1]
	m.varargs, m.kwargs, m.caller = used["varargs"], used["kwargs"], used["caller"]
	return err
}

func parseMacro(p *parser, at pos) (statement, error) {
	m := &macroNode{pos: at}
	var err error
	if m.name, err = p.name(); err != nil {
		return nil, err
	}
	if err = p.signature(m); err != nil {
		return nil, err
	}
	return m, p.macroBody(m, "macro", "endmacro")
}

func parseCall(p *parser, at pos) (statement, error) {
	m := &macroNode{pos: at, name: "caller"}
	if p.isOp("(") {
		if err := p.signature(m); err != nil {
			return nil, err
		}
	}
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	c, ok := e.(*callNode)
	if !ok {
		return nil, at2(p, at, "expected a call")
	}
	return &callBlock{c, m, at}, p.macroBody(m, "call", "endcall")
}

func at2(p *parser, where pos, format string, args ...any) error {
	return at(fail(Syntaxes, format, args...), p.file, where)
}

func parseFilterBlock(p *parser, at pos) (statement, error) {
	n := &filterBlock{pos: at}
	e, err := p.filterCall(&held{})
	for err == nil && p.isOp("|") {
		e, err = p.filter(e)
	}
	if err != nil {
		return nil, err
	}
	n.filter = e
	n.body, err = p.closed("filter", "endfilter")
	return n, err
}

func parseBlock(p *parser, at pos) (statement, error) {
	n := &blockNode{pos: at}
	var err error
	if n.name, err = p.name(); err != nil {
		return nil, err
	}
	for p.cur().kind == tName {
		switch word := p.next(); word.text {
		case "scoped":
			n.scoped = true
		case "required":
			n.required = true
		default:
			return nil, p.fail(word, "unexpected %s", word.show())
		}
	}
	if _, twice := p.blocks[n.name]; twice {
		return nil, at2(p, at, "the block %s is defined twice", n.name)
	}
	p.blocks[n.name] = n
	if err = p.blockEnd(); err != nil {
		return nil, err
	}
	if n.body, _, err = p.until("block", "endblock"); err != nil {
		return nil, err
	}
	if !p.skipName(n.name) && p.cur().kind != tBlockEnd {
		return nil, p.fail(p.cur(), "expected the end of block %s, found %s", n.name, p.cur().show())
	}
	return n, p.blockEnd()
}

func parseExtends(p *parser, at pos) (statement, error) {
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	return &extendsNode{e, at}, p.blockEnd()
}

// context reads "with context" or "without context".
func (p *parser) context(usual bool) bool {
	following := p.tokens[min(p.at+1, len(p.tokens)-1)]
	if (p.isName("with") || p.isName("without")) && following.is(tName, "context") {
		usual = p.next().text == "with"
		p.next()
	}
	return usual
}

func parseInclude(p *parser, at pos) (statement, error) {
	n := &includeNode{pos: at}
	var err error
	if n.name, err = p.expression(); err != nil {
		return nil, err
	}
	following := p.tokens[min(p.at+1, len(p.tokens)-1)]
	if p.isName("ignore") && following.is(tName, "missing") {
		p.next()
		p.next()
		n.lenient = true
	}
	n.context = p.context(true)
	return n, p.blockEnd()
}

func parseImport(p *parser, at pos) (statement, error) {
	n := &importNode{pos: at}
	var err error
	if n.name, err = p.expression(); err != nil {
		return nil, err
	}
	if err = p.expectName("as"); err != nil {
		return nil, err
	}
	if n.as, err = p.name(); err != nil {
		return nil, err
	}
	n.context = p.context(false)
	return n, p.blockEnd()
}

func parseFrom(p *parser, at pos) (statement, error) {
	n := &importNode{pos: at}
	var err error
	if n.name, err = p.expression(); err != nil {
		return nil, err
	}
	if err = p.expectName("import"); err != nil {
		return nil, err
	}
	for {
		following := p.tokens[min(p.at+1, len(p.tokens)-1)]
		if (p.isName("with") || p.isName("without")) && following.is(tName, "context") || p.cur().kind != tName {
			break
		}
		name, as := p.next().text, ""
		if p.skipName("as") {
			if as, err = p.name(); err != nil {
				return nil, err
			}
		}
		n.names = append(n.names, [2]string{name, as})
		if !p.skipOp(",") {
			break
		}
	}
	n.context = p.context(false)
	if len(n.names) == 0 {
		return nil, p.fail(p.cur(), "expected a name, found %s", p.cur().show())
	}
	return n, p.blockEnd()
}

func parseAutoescape(p *parser, at pos) (statement, error) {
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	n := &autoescapeNode{on: e, pos: at}
	n.body, err = p.closed("autoescape", "endautoescape")
	return n, err
}

// parseDo is the tag of jinja2.ext.do.
func parseDo(p *parser, at pos) (statement, error) {
	e, err := p.tuple(true)
	if err != nil {
		return nil, err
	}
	return &doNode{e, at}, p.blockEnd()
}

// parseYield is the tag of copier: {% yield name from list %}…{% endyield %}.
func parseYield(p *parser, at pos) (statement, error) {
	n := &yieldNode{pos: at}
	var err error
	if n.name, err = p.name(); err != nil {
		return nil, err
	}
	if err = p.expectName("from"); err != nil {
		return nil, err
	}
	if n.over, err = p.expression(); err != nil {
		return nil, err
	}
	n.body, err = p.closed("yield", "endyield")
	return n, err
}

// parseNow is the tag of jinja2-time: {% now 'utc' + 'days=2', '%Y' %}.
func parseNow(p *parser, at pos) (statement, error) {
	n := &nowNode{pos: at}
	var err error
	if n.zone, err = p.expression(); err != nil {
		return nil, err
	}
	if b, ok := n.zone.(*binaryNode); ok && (b.op == "+" || b.op == "-") {
		n.zone, n.sign, n.offset = b.left, b.op, b.right
	}
	if p.skipOp(",") {
		if n.format, err = p.expression(); err != nil {
			return nil, err
		}
	}
	return n, p.blockEnd()
}
