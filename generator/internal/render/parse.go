package render

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"text/template/parse"

	"scaffold/generator/internal/funcs"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

// The functions whose calls a weaver adds to a template. Text cannot call them:
// they are not on the list that it is checked against.
const (
	enterFunc = "_enter" // at the start of a template
	leaveFunc = "_leave" // at its end
	tickFunc  = "_tick"  // at the start of a round of a loop
	valueFunc = "_value" // behind each printed pipeline

	branchFunc = "_branch" // at the start of a branch, where coverage is asked for
)

// A parsed text is ready to run: checked, and woven with the calls that keep it
// in its limits.
type parsed struct {
	main    *parse.Tree
	defines map[string]*parse.Tree
	calls   []reference // the templates it calls by a constant name
}

// A parser turns text into templates, for one allow-list of functions.
type parser struct {
	functions []string  // sorted
	cover     *Coverage // nil: not asked for
}

func newParser() parser {
	names := append(funcs.Names(), includeFunc)
	slices.Sort(names)
	return parser{functions: names}
}

// parse reads a text that will be run with the variables; nil where they are not
// known yet.
func (p parser) parse(file, text, left, right string, vars map[string]any) (*parsed, error) {
	return p.inspect(file, text, left, right, weaver{vars: vars})
}

// inspect is parse with a weaver that knows what else to do.
func (p parser) inspect(file, text, left, right string, w weaver) (*parsed, error) {
	main, trees := parse.New(file), make(map[string]*parse.Tree)
	main.Mode = parse.SkipFuncCheck // ours says where, and what was meant
	if _, err := main.Parse(text, left, right, trees); err != nil {
		return nil, syntaxError(file, text, left, right, err)
	}
	delete(trees, file)
	result := &parsed{main: main, defines: trees}
	w.file, w.known, w.cover = file, p.functions, p.cover != nil
	vars := w.vars
	w.vars = nil // what a definition is given is not known
	for _, name := range slices.Sorted(maps.Keys(trees)) {
		w.template(trees[name])
	}
	w.vars = vars
	w.template(main)
	if len(w.unknown) > 0 {
		first := slices.MinFunc(w.unknown, reference.compare)
		return nil, unknownFunction(first.name, text, left, p.functions).at(file, text, first.offset)
	}
	result.calls = w.calls
	return result, nil
}

// check refuses a call of a template that is neither among the known ones,
// sorted, nor defined by the text itself.
func (p *parsed) check(file, text string, known []string) error {
	for _, c := range p.calls {
		_, shared := slices.BinarySearch(known, c.name)
		if _, own := p.defines[c.name]; !own && !shared {
			return unknownPartial(c.name, known).at(file, text, c.offset)
		}
	}
	return nil
}

func unknownPartial(name string, known []string) *Error {
	e := &Error{Message: fmt.Sprintf("unknown partial %q", name), Remedy: nearest.Hint(name, known)}
	if e.Remedy == "" {
		e.Remedy = fmt.Sprintf("write it to %s/%s%s", manifest.PartialsDir, name, manifest.Suffix)
	}
	return e
}

// A reference is a name in a text.
type reference struct {
	name   string
	offset int // in bytes
}

func (r reference) compare(other reference) int { return cmp.Compare(r.offset, other.offset) }

// A weaver walks a template once: it collects what the template calls, and adds
// the calls of the limits.
type weaver struct {
	file    string
	known   []string
	unknown []reference
	calls   []reference
	vars    map[string]any // what the dot is; nil where that is not known
	moved   int            // how many with and range around have moved it
	uses    *usage         // nil: not asked for
	cover   bool           // make each branch say that it was taken
}

func (w *weaver) template(t *parse.Tree) {
	pos := t.Root.Pos
	w.list(t.Root)
	nodes := append(make([]parse.Node, 0, len(t.Root.Nodes)+2), action(pos, enterFunc))
	nodes = append(nodes, t.Root.Nodes...)
	t.Root.Nodes = append(nodes, action(pos, leaveFunc))
}

func (w *weaver) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		w.node(n)
	}
}

func (w *weaver) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.ActionNode:
		w.pipe(n.Pipe)
		if len(n.Pipe.Decl) == 0 && !w.holds(n.Pipe) {
			n.Pipe.Cmds = append(n.Pipe.Cmds, command(n.Pipe.Pos, valueFunc))
		}
	case *parse.IfNode:
		w.branch(&n.BranchNode, false)
	case *parse.WithNode:
		w.branch(&n.BranchNode, true)
	case *parse.RangeNode:
		w.branch(&n.BranchNode, true)
		n.List.Nodes = slices.Insert(n.List.Nodes, 0, parse.Node(action(n.Pos, tickFunc)))
	case *parse.TemplateNode:
		w.pipe(n.Pipe)
		w.calls = append(w.calls, reference{n.Name, int(n.Pos)})
		w.uses.include(n.Name, int(n.Pos), dataOf(n.Pipe))
	}
}

// holds reports whether a pipeline is nothing but a field that has a value: most
// are, and to look again as each is printed takes as long as to print it.
func (w *weaver) holds(p *parse.PipeNode) bool {
	if w.moved > 0 || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return false
	}
	field, ok := p.Cmds[0].Args[0].(*parse.FieldNode)
	if !ok {
		return false
	}
	var value any = w.vars
	for _, name := range field.Ident {
		in, _ := value.(map[string]any)
		value = in[name]
	}
	return value != nil
}

// dataOf is what a {{ template }} is given.
func dataOf(p *parse.PipeNode) []parse.Node {
	if p == nil || len(p.Cmds) != 1 {
		return nil
	}
	return p.Cmds[0].Args
}

// branch walks an if, a with or a range; the latter two move the dot.
func (w *weaver) branch(b *parse.BranchNode, moves bool) {
	w.pipe(b.Pipe)
	w.enter(moves, 1)
	w.list(b.List)
	w.enter(moves, -1)
	w.uses.enter(false, 1)
	w.list(b.ElseList)
	w.uses.enter(false, -1)
	w.arms(w.file, b)
}

// enter goes into the body of a branch, or with -1 out of it.
func (w *weaver) enter(moves bool, by int) {
	w.uses.enter(moves, by)
	if moves {
		w.moved += by
	}
}

func (w *weaver) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, c := range p.Cmds {
		around := w.uses.comparing(c)
		for i, arg := range c.Args {
			w.operand(arg)
			if id, ok := arg.(*parse.IdentifierNode); ok && i == 0 && id.Ident == includeFunc && len(c.Args) > 1 {
				if name, ok := c.Args[1].(*parse.StringNode); ok {
					w.calls = append(w.calls, reference{name.Text, int(name.Pos)})
					w.uses.include(name.Text, int(name.Pos), c.Args[2:])
				}
			}
		}
		w.uses.compared(around)
	}
}

func (w *weaver) operand(n parse.Node) {
	switch n := n.(type) {
	case *parse.IdentifierNode:
		if _, ok := slices.BinarySearch(w.known, n.Ident); !ok {
			w.unknown = append(w.unknown, reference{n.Ident, int(n.Pos)})
		}
		w.uses.function(n.Ident)
	case *parse.PipeNode:
		w.pipe(n)
	case *parse.ChainNode:
		w.operand(n.Node)
	case *parse.FieldNode:
		w.uses.field(n.Ident, int(n.Pos), false)
	case *parse.VariableNode:
		w.uses.field(n.Ident, int(n.Pos), true)
	}
}

// action is {{ name }}, at a place of the text that errors point to.
func action(pos parse.Pos, name string) *parse.ActionNode {
	pipe := &parse.PipeNode{NodeType: parse.NodePipe, Pos: pos, Cmds: []*parse.CommandNode{command(pos, name)}}
	return &parse.ActionNode{NodeType: parse.NodeAction, Pos: pos, Pipe: pipe}
}

func command(pos parse.Pos, name string) *parse.CommandNode {
	id := parse.NewIdentifier(name)
	id.Pos = pos
	return &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pos, Args: []parse.Node{id}}
}
