package jinja

import (
	"strings"
	"unicode"
)

// A test says yes or no of a value.
type test func(f *frame, of Value, args []Value) (bool, error)

func coreTests() map[string]test {
	tests := map[string]test{
		"boolean": is(func(v Value) bool { _, ok := v.(bool); return ok }), "callable": is(isCallable),
		"defined": is(func(v Value) bool { _, ok := v.(*Undefined); return !ok }), "divisibleby": testDivisible,
		"escaped": is(marked), "even": testParity(0), "false": is(func(v Value) bool { return v == false }),
		"filter": testName(func(f *frame, n string) bool { _, ok := f.env.filters[n]; return ok }),
		"float":  is(func(v Value) bool { _, ok := v.(float64); return ok }), "integer": is(isInteger), "iterable": testIterable,
		"lower": testText(func(s string) bool { return s == lower(s) && strings.ContainsFunc(s, unicode.IsLower) }), "mapping": is(func(v Value) bool { _, ok := v.(*Dict); return ok }),
		"none": is(func(v Value) bool { return v == nil }), "number": is(number), "odd": testParity(1), "sameas": testSame,
		"sequence": is(isSequence), "string": is(isText), "test": testName(func(f *frame, n string) bool { _, ok := f.env.tests[n]; return ok }),
		"true": is(func(v Value) bool { return v == true }), "undefined": is(func(v Value) bool { _, ok := v.(*Undefined); return ok }),
		"upper": testText(func(s string) bool { return s == upper(s) && strings.ContainsFunc(s, unicode.IsUpper) }),
	}
	for op, names := range map[string][]string{
		"==": {"eq", "equalto", "=="}, "!=": {"ne", "!="}, ">": {"gt", "greaterthan", ">"}, ">=": {"ge", ">="},
		"<": {"lt", "lessthan", "<"}, "<=": {"le", "<="}, "in": {"in"},
	} {
		for _, name := range names {
			tests[name] = func(f *frame, of Value, a []Value) (bool, error) {
				if len(a) != 1 {
					return false, runtime("the test %s takes one value", name)
				}
				return f.compare(op, of, a[0])
			}
		}
	}
	return tests
}

func is(yes func(Value) bool) test {
	return func(_ *frame, of Value, a []Value) (bool, error) {
		if len(a) > 0 {
			return false, runtime("this test takes no values")
		}
		return yes(of), nil
	}
}

func isCallable(v Value) bool {
	switch v.(type) {
	case *Func, *macro, *loop, callable, *Undefined:
		return true
	}
	return false
}

func isInteger(v Value) bool {
	_, whole := asBig(v)
	_, truth := v.(bool)
	return whole && !truth
}

func isSequence(v Value) bool {
	if _, ok := v.(*view); ok {
		return false
	}
	return sizeOf(v) >= 0
}

func testIterable(f *frame, of Value, _ []Value) (bool, error) {
	if err := checked(of); err != nil {
		return false, err
	}
	_, err := f.iter(of)
	return err == nil, nil
}

func testDivisible(f *frame, of Value, a []Value) (bool, error) {
	if len(a) != 1 {
		return false, runtime("divisibleby takes a number")
	}
	m, err := f.binary("%", of, a[0])
	if err != nil {
		return false, err
	}
	return equal(m, int64(0))
}

func testParity(want int64) test {
	return func(f *frame, of Value, _ []Value) (bool, error) {
		m, err := f.binary("%", of, int64(2))
		if err != nil {
			return false, err
		}
		return equal(m, want)
	}
}

func testName(known func(*frame, string) bool) test {
	return func(f *frame, of Value, _ []Value) (bool, error) {
		s, ok := of.(string)
		return ok && known(f, s), nil
	}
}

func testText(yes func(string) bool) test {
	return func(f *frame, of Value, _ []Value) (bool, error) {
		s, err := f.plain(of)
		return yes(s), err
	}
}

func testSame(_ *frame, of Value, a []Value) (bool, error) {
	if len(a) != 1 {
		return false, runtime("sameas takes one value")
	}
	switch of.(type) {
	case nil, bool, *List, *Dict, *Func, *macro, *namespace:
		if _, ok := a[0].(Tuple); ok {
			return false, nil
		}
		return of == a[0], nil
	case Tuple:
		return false, unsupported("whether two tuples are the same one")
	case string, int64, float64:
		// Python may or may not share equal texts and numbers.
		same, err := equal(of, a[0])
		if err == nil && same && typeName(of) == typeName(a[0]) {
			return false, unsupported("whether two equal values are the same one: compare them with ==")
		}
		return false, err
	}
	return of == a[0], nil
}
