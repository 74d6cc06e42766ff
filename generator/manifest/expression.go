package manifest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	exprtypes "github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"scaffold/generator/internal/funcs"
)

// evalTime bounds one expression. Only those with a predicate over a list can
// take noticeable time at all.
const evalTime = 2 * time.Second

// An expression is compiled and type-checked against the names that are known
// where it stands.
type expression struct {
	source  string
	program *vm.Program
	loops   bool
}

// compile checks source against env, whose values stand for the types. What is
// wrong is a [misreading].
func compile(source string, env map[string]any, as ...expr.Option) (*expression, error) {
	program, err := funcs.Compile(source, append(as, expr.Env(typed(env)), expr.MaxNodes(1000))...)
	if err != nil {
		return nil, explain(source, err, env)
	}
	e := &expression{source: source, program: program}
	node := program.Node()
	ast.Walk(&node, visitor(func(n ast.Node) {
		if _, ok := n.(*ast.PredicateNode); ok {
			e.loops = true
		}
	}))
	return e, nil
}

// typed gives the types of a map's values. A dictionary has only the keys that
// it has; what is not known before it is there may be anything.
func typed(env map[string]any) exprtypes.Map {
	m := make(exprtypes.Map, len(env))
	for name, v := range env {
		if inner, ok := v.(map[string]any); ok {
			m[name] = typed(inner)
		} else if v == nil {
			m[name] = exprtypes.Any
		} else {
			m[name] = exprtypes.TypeOf(v)
		}
	}
	return m
}

type visitor func(ast.Node)

func (v visitor) Visit(n *ast.Node) { v(*n) }

// resultType is the type that the compiler inferred; interface where it could
// not.
func (e *expression) resultType() reflect.Type {
	if t := e.program.Node().Type(); t != nil {
		return t
	}
	return reflect.TypeFor[any]()
}

// names lists the variables that the expression reads, sorted.
func (e *expression) names() []string {
	var names []string
	node := e.program.Node()
	ast.Walk(&node, visitor(func(n ast.Node) {
		if id, ok := n.(*ast.IdentifierNode); ok && !slices.Contains(names, id.Value) {
			names = append(names, id.Value)
		}
	}))
	slices.Sort(names)
	return names
}

func (e *expression) eval(env map[string]any) (any, error) {
	if !e.loops {
		return e.run(env)
	}
	type result struct {
		value any
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := e.run(env)
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-time.After(evalTime):
		return nil, tooMuch(evalTime, "the expression %q takes too long", e.source)
	}
}

// holds gives a condition's value; one that is not written holds.
func (e *expression) holds(env map[string]any) (bool, error) {
	if e == nil {
		return true, nil
	}
	v, err := e.eval(env)
	return v == true, err
}

func (e *expression) run(env map[string]any) (any, error) {
	v, err := expr.Run(e.program, env)
	if err != nil {
		return nil, fmt.Errorf("evaluating %q: %s", e.source, firstLine(err))
	}
	return v, funcs.Bounded(v)
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
