package funcs

import (
	"fmt"
	"reflect"

	"scaffold/generator/fault"
)

// MaxValue is the size in bytes up to which a function takes arguments and
// gives a result. Strings count by their length, an element of a list or a
// dictionary counts 16 and what it holds.
const MaxValue = 1 << 20

const (
	weightOfItem = 16
	weightOfCost = 64   // bytes for which a call costs one more
	maxDepth     = 1000 // of lists in lists
)

// A SizeError reports a value that is too large, or lists nested too deeply.
type SizeError struct{}

func (SizeError) Error() string {
	return fmt.Sprintf("a value is larger than %d bytes", MaxValue)
}

// Fault is a limit that was reached.
func (e SizeError) Fault() *fault.Fault { return fault.New(fault.Limit, "%s", e) }

var errTooLarge = SizeError{}

func fits(size int) error {
	if size > MaxValue {
		return errTooLarge
	}
	return nil
}

// Bounded reports, as a [SizeError], a value that is larger than [MaxValue]
// when it is written out.
func Bounded(v any) error { return fits(weight(reflect.ValueOf(v), MaxValue, 0)) }

// metered wraps a function so that it has the same parameters, the result
// (T, error), and never sees or gives a value above MaxValue.
func metered(f any, charge func(int) error) any {
	fn := reflect.ValueOf(f)
	t := fn.Type()
	failure := reflect.TypeFor[error]()
	call := fn.Call
	if t.IsVariadic() {
		call = fn.CallSlice
	}
	out := t.Out(0)
	fail := func(err error) []reflect.Value {
		return []reflect.Value{reflect.Zero(out), reflect.ValueOf(&err).Elem()}
	}
	return reflect.MakeFunc(signature(t, failure), func(args []reflect.Value) []reflect.Value {
		if err := pay(charge, 1, args...); err != nil {
			return fail(err)
		}
		results := call(args)
		if len(results) == 2 && !results[1].IsNil() {
			return results
		}
		if err := pay(charge, 0, results[0]); err != nil {
			return fail(err)
		}
		return []reflect.Value{results[0], reflect.Zero(failure)}
	}).Interface()
}

func pay(charge func(int) error, cost int, values ...reflect.Value) error {
	size := 0
	for _, v := range values {
		size += weight(v, MaxValue-size, 0)
	}
	if err := fits(size); err != nil {
		return err
	}
	return charge(cost + size/weightOfCost)
}

// signature is the type of a function with the parameters of t that returns
// its first result and, where it is given, an error.
func signature(t reflect.Type, more ...reflect.Type) reflect.Type {
	in := make([]reflect.Type, t.NumIn())
	for i := range in {
		in[i] = t.In(i)
	}
	return reflect.FuncOf(in, append([]reflect.Type{t.Out(0)}, more...), t.IsVariadic())
}

// weight is the size of a value written out, or something above limit as soon
// as it is known to be above.
func weight(v reflect.Value, limit, depth int) int {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if depth > maxDepth {
		return limit + 1
	}
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Slice, reflect.Array:
		size := weightOfItem * v.Len()
		for i := 0; i < v.Len() && size <= limit && !flat(v.Type().Elem()); i++ {
			size += weight(v.Index(i), limit-size, depth+1)
		}
		return size
	case reflect.Map:
		size := weightOfItem * v.Len()
		for it := v.MapRange(); size <= limit && it.Next(); {
			size += weight(it.Key(), limit-size, depth+1) + weight(it.Value(), limit-size, depth+1)
		}
		return size
	}
	return 0
}

// flat reports whether values of the type hold nothing further.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Array, reflect.Map, reflect.Interface, reflect.Pointer, reflect.Struct:
		return false
	}
	return true
}
