package funcs

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/vm"
	"github.com/expr-lang/expr/vm/runtime"
)

// Compile checks and compiles an expression. It may call the functions that text
// may call too, typed, with their subject first; it has the operators of
// expr-lang/expr, its predicates (all, any, none, one, filter, map, find, count,
// sum …), and len, string and float.
//
// The first pass checks: the compiler leaves the arguments of a function alone
// in a tree that was patched.
func Compile(source string, options ...expr.Option) (*vm.Program, error) {
	options = append([]expr.Option{allowed()}, options...)
	if _, err := expr.Compile(source, options...); err != nil {
		return nil, err
	}
	return expr.Compile(source, append(options, expr.Patch(bounding{}))...)
}

// builtins are the functions of expr-lang/expr itself that expressions have.
var builtins = []string{
	"len", "string", "float",
	"all", "none", "any", "one", "filter", "map", "find", "findIndex", "findLast", "findLastIndex",
	"count", "sum", "groupBy", "sortBy", "reduce",
}

// allowed is made once: a manifest compiles dozens of expressions with it, and
// none of them changes it.
var allowed = sync.OnceValue(func() expr.Option {
	options := []expr.Option{
		expr.DisableAllBuiltins(),
		expr.Function(concatenation, concatenate, new(func(string, string) string), new(func(any, any) any)),
	}
	for _, name := range builtins {
		options = append(options, expr.EnableBuiltin(name))
	}
	functions := shared()
	for _, s := range Signatures() {
		options = append(options, option(s.Name, turned(functions[s.Name], s.subject)))
	}
	made := conf.CreateNew()
	for _, o := range options {
		o(made)
	}
	return func(c *conf.Config) { c.Functions, c.Disabled = made.Functions, made.Disabled }
})

// concatenation is the function that stands for + between texts. No source can
// spell it.
const concatenation = "+"

func concatenate(params ...any) (any, error) {
	a, text := params[0].(string)
	b, both := params[1].(string)
	if !text || !both {
		return runtime.Add(params[0], params[1]), nil
	}
	return a + b, fits(len(a) + len(b))
}

// bounding lets + make no text above MaxValue, which doubling a text a few
// dozen times would. It leaves numbers, and what is no valid sum, as they are.
type bounding struct{}

func (bounding) Visit(node *ast.Node) {
	sum, ok := (*node).(*ast.BinaryNode)
	if ok && sum.Operator == "+" && mayBeText(sum.Left) && mayBeText(sum.Right) {
		callee := &ast.IdentifierNode{Value: concatenation}
		ast.Patch(node, &ast.CallNode{Callee: callee, Arguments: []ast.Node{sum.Left, sum.Right}})
	}
}

func mayBeText(n ast.Node) bool {
	t := n.Type()
	return t == nil || t.Kind() == reflect.Interface || t.Kind() == reflect.String
}

// option makes a function of the expression language from one of the text
// language. A value whose type is not known before it is there is checked then.
func option(name string, f any) expr.Option {
	fn := reflect.ValueOf(metered(f, func(int) error { return nil }))
	typed := reflect.New(signature(fn.Type())).Interface()
	return expr.Function(name, func(params ...any) (any, error) {
		args, err := arguments(fn.Type(), params)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		results := fn.Call(args)
		if err, failed := results[1].Interface().(error); failed {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return results[0].Interface(), nil
	}, typed)
}

func arguments(t reflect.Type, params []any) ([]reflect.Value, error) {
	fixed := t.NumIn()
	if t.IsVariadic() {
		fixed--
	}
	if len(params) < fixed || len(params) > fixed && !t.IsVariadic() {
		return nil, fmt.Errorf("takes %d values, not %d", fixed, len(params))
	}
	args := make([]reflect.Value, len(params))
	for i, p := range params {
		want := t.In(min(i, t.NumIn()-1))
		if i >= fixed {
			want = want.Elem()
		}
		v, ok := convert(p, want)
		if !ok {
			return nil, fmt.Errorf("%v is a %T where a %s is needed", p, p, want)
		}
		args[i] = v
	}
	return args, nil
}

func convert(p any, want reflect.Type) (reflect.Value, bool) {
	v := reflect.ValueOf(p)
	switch {
	case !v.IsValid():
		return reflect.Zero(want), want.Kind() == reflect.Interface
	case v.Type().AssignableTo(want):
		return v, true
	case v.CanInt() && want.Kind() == reflect.Int:
		return v.Convert(want), true
	}
	return v, false
}
