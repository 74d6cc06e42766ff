package manifest

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"scaffold/generator/internal/funcs"
	"scaffold/generator/nearest"
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

// compile checks source against env, whose values stand for the types.
func compile(source string, env map[string]any, as ...expr.Option) (*expression, error) {
	options := []expr.Option{expr.Env(env), expr.MaxNodes(1000)}
	options = append(options, funcs.Expr()...)
	program, err := expr.Compile(source, append(options, as...)...)
	if err != nil {
		return nil, explain(err, env)
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

func (e *expression) run(env map[string]any) (any, error) {
	v, err := expr.Run(e.program, env)
	if err != nil {
		return nil, fmt.Errorf("evaluating %q: %s", e.source, firstLine(err))
	}
	return v, funcs.Bounded(v)
}

var unknownName = regexp.MustCompile(`^unknown name (\w+)`)

// explain shortens the compiler's message and adds the nearest known name.
func explain(err error, env map[string]any) error {
	message := firstLine(err)
	var at *file.Error
	if errors.As(err, &at) {
		message = at.Message
	}
	m := unknownName.FindStringSubmatch(message)
	if m == nil {
		return errors.New(message)
	}
	message = "unknown variable " + m[1]
	if hint := nearest.Hint(m[1], sortedKeys(env)); hint != "" {
		message += "; " + hint
	}
	return errors.New(message)
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
