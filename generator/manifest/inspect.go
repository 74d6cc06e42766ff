package manifest

import (
	"maps"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// An Expression is one expression of a manifest, with what it reads. It is what
// a check of the template goes by.
type Expression struct {
	Path     []any // where it stands: "files", 3, "when"
	Source   string
	Open     []string            // the variables whose value matters as it is
	Compared map[string][]string // the variables that are held against texts, with these
	compiled *expression
}

// Names lists the variables that the expression reads, sorted.
func (e Expression) Names() []string {
	names := slices.Concat(e.Open, slices.Sorted(maps.Keys(e.Compared)))
	slices.Sort(names)
	return slices.Compact(names)
}

// Eval gives the expression's value.
func (e Expression) Eval(vars map[string]any) (any, error) { return e.compiled.eval(vars) }

// Key is what the expression is for: default, when, validate, each, or the name
// of a computed value.
func (e Expression) Key() string {
	for _, step := range slices.Backward(e.Path) {
		if key, ok := step.(string); ok && key != "expr" {
			return key
		}
	}
	return ""
}

// Expressions lists every expression over answers, in the order in which they
// are evaluated.
func (m *Manifest) Expressions() []Expression {
	var list []Expression
	add := func(e *expression, path ...any) {
		if e != nil {
			list = append(list, inspect(e, path))
		}
	}
	for i, q := range m.Questions {
		add(q.when, "questions", i, "when")
		if q.Default != nil {
			add(q.Default.expr, "questions", i, "default")
		}
		for j, v := range q.Validate {
			add(v.expr, "questions", i, "validate", j, "expr")
		}
	}
	for _, c := range m.Computed {
		add(c.expr, "computed", c.Name)
	}
	for i, f := range m.Files {
		add(f.when, "files", i, "when")
		add(f.each, "files", i, "each")
	}
	for i, a := range m.Actions {
		add(a.when, "actions", i, "when")
	}
	return list
}

// inspect reads the source again: the compiled form has its constants folded.
func inspect(e *expression, path []any) Expression {
	found := Expression{Path: path, Source: e.source, Compared: map[string][]string{}, compiled: e}
	tree, err := parser.Parse(e.source)
	if err != nil { // it compiled, so its names are at least known
		found.Open = e.names()
		return found
	}
	compared := map[*ast.IdentifierNode]bool{}
	each(&tree.Node, func(n ast.Node) {
		if b, ok := n.(*ast.BinaryNode); ok {
			if id, texts := comparison(b); id != nil {
				compared[id] = true
				found.Compared[id.Value] = append(found.Compared[id.Value], texts...)
			}
		}
	})
	each(&tree.Node, func(n ast.Node) {
		id, ok := n.(*ast.IdentifierNode)
		if ok && !compared[id] && !slices.Contains(found.Open, id.Value) {
			found.Open = append(found.Open, id.Value)
		}
	})
	return found
}

func each(n *ast.Node, f func(ast.Node)) { ast.Walk(n, visitor(f)) }

// comparison gives the variable that is held against texts, and these; nil
// where the node is something else.
func comparison(b *ast.BinaryNode) (*ast.IdentifierNode, []string) {
	if !slices.Contains([]string{"==", "!=", "in"}, b.Operator) {
		return nil, nil
	}
	for _, sides := range [][2]ast.Node{{b.Left, b.Right}, {b.Right, b.Left}} {
		id, ok := sides[0].(*ast.IdentifierNode)
		if texts := texts(sides[1]); ok && texts != nil {
			return id, texts
		}
	}
	return nil, nil
}

func texts(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.StringNode:
		return []string{n.Value}
	case *ast.ArrayNode:
		var list []string
		for _, x := range n.Nodes {
			s, ok := x.(*ast.StringNode)
			if !ok {
				return nil
			}
			list = append(list, s.Value)
		}
		return list
	}
	return nil
}

// Places finds where things stand in a template.yaml.
type Places struct{ doc *document }

// ReadPlaces reads the positions of a document that [Parse] has accepted.
func ReadPlaces(data []byte) (*Places, error) {
	doc, err := readDocument(FileName, data)
	if err != nil {
		return nil, err
	}
	return &Places{doc}, nil
}

// At is the place of the deepest element of path that exists: mapping keys are
// strings, list elements ints.
func (p *Places) At(path ...any) (line, column int) {
	tok := p.doc.at(path...)
	if tok == nil {
		return 0, 0
	}
	return tok.Position.Line, tok.Position.Column
}

// Key is the place of the last key of path, or of the deepest element that
// exists.
func (p *Places) Key(path ...any) (line, column int) {
	tok := p.doc.key(path...)
	return tok.Position.Line, tok.Position.Column
}

// Names lists what every template may use, sorted: the given variables, the
// questions and the computed names.
func (m *Manifest) Names() []string {
	names := append(slices.Sorted(maps.Keys(sampleVariables())), m.questionIDs()...)
	for _, c := range m.Computed {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Signals lists the texts that an expression looks for among the signals, with
// their places in it.
func signalsIn(source string) []located {
	var found []located
	tree, err := parser.Parse(source)
	if err != nil {
		return nil
	}
	each(&tree.Node, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.BinaryNode:
			if n.Operator == "in" && isSignals(n.Right) {
				found = append(found, literals(n.Left)...)
			}
		case *ast.CallNode:
			if callee, ok := n.Callee.(*ast.IdentifierNode); ok && callee.Value == "has" && len(n.Arguments) == 2 && isSignals(n.Arguments[0]) {
				found = append(found, literals(n.Arguments[1])...)
			}
		case *ast.BuiltinNode:
			if len(n.Arguments) == 2 && isSignals(n.Arguments[0]) {
				each(&n.Arguments[1], func(inner ast.Node) {
					if b, ok := inner.(*ast.BinaryNode); ok && (b.Operator == "==" || b.Operator == "!=" || b.Operator == "in") {
						found = append(found, literals(b.Left)...)
						found = append(found, literals(b.Right)...)
					}
				})
			}
		}
	})
	return found
}

// located is a text of an expression, and where it starts there.
type located struct {
	text   string
	offset int
}

func isSignals(n ast.Node) bool {
	id, ok := n.(*ast.IdentifierNode)
	return ok && id.Value == "signals"
}

func literals(n ast.Node) []located {
	var list []located
	switch n := n.(type) {
	case *ast.StringNode:
		list = append(list, located{n.Value, n.Location().From})
	case *ast.ArrayNode:
		for _, x := range n.Nodes {
			list = append(list, literals(x)...)
		}
	}
	return list
}
