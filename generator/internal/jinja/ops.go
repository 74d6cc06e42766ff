package jinja

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strings"
)

// asInt gives an integer that fits 64 bits; booleans are numbers, as in Python.
func asInt(v Value) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

func asBig(v Value) (*big.Int, bool) {
	if b, ok := v.(*big.Int); ok {
		return b, true
	}
	if n, ok := asInt(v); ok {
		return big.NewInt(n), true
	}
	return nil, false
}

func asFloat(v Value) (float64, bool) {
	if f, ok := v.(float64); ok {
		return f, true
	}
	if b, ok := asBig(v); ok {
		f, _ := new(big.Float).SetInt(b).Float64()
		return f, true
	}
	return 0, false
}

func asText(v Value) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case Markup:
		return string(v), true
	}
	return "", false
}

// number reports a value that counts as a number.
func number(v Value) bool { _, ok := asFloat(v); return ok }

func (f *frame) binary(op string, a, b Value) (Value, error) {
	for _, v := range []Value{a, b} {
		if u, ok := v.(*Undefined); ok && !(op == "%" && isText(a)) {
			return nil, u.err()
		}
	}
	if number(a) && number(b) {
		return f.arithmetic(op, a, b)
	}
	switch op {
	case "+":
		return f.add(a, b)
	case "*":
		if n, ok := asInt(b); ok {
			return f.repeat(a, n)
		}
		if n, ok := asInt(a); ok {
			return f.repeat(b, n)
		}
	case "%":
		if s, ok := a.(string); ok {
			return f.percent(s, b)
		}
		if s, ok := a.(Markup); ok {
			text, err := f.percent(string(s), escaped(b))
			if err != nil {
				return nil, err
			}
			return Markup(text.(string)), nil
		}
	}
	return nil, runtime("unsupported operand type(s) for %s: '%s' and '%s'", op, typeName(a), typeName(b))
}

func isText(v Value) bool { _, ok := asText(v); return ok }

func (f *frame) add(a, b Value) (Value, error) {
	switch x := a.(type) {
	case string:
		if y, ok := b.(Markup); ok {
			return escape(x) + y, nil
		}
		if y, ok := b.(string); ok {
			return x + y, f.room(len(x) + len(y))
		}
	case Markup:
		switch y := b.(type) {
		case Markup:
			return x + y, f.room(len(x) + len(y))
		case string:
			return x + escape(y), f.room(len(x) + len(y))
		}
	case *List:
		if y, ok := b.(*List); ok {
			return &List{slices.Concat(x.Items, y.Items)}, f.room(len(x.Items) + len(y.Items))
		}
	case Tuple:
		if y, ok := b.(Tuple); ok {
			return slices.Concat(x, y), f.room(len(x) + len(y))
		}
	}
	return nil, runtime("unsupported operand type(s) for +: '%s' and '%s'", typeName(a), typeName(b))
}

func (f *frame) repeat(v Value, n int64) (Value, error) {
	n = max(n, 0)
	size := sizeOf(v)
	if s, ok := asText(v); ok {
		size = len(s)
	}
	if size > 0 && n > int64(f.env.opts.Limits.Bytes)/int64(size) {
		return nil, f.room(-1)
	}
	switch v := v.(type) {
	case string:
		return strings.Repeat(v, int(n)), nil
	case Markup:
		return Markup(strings.Repeat(string(v), int(n))), nil
	case *List:
		return &List{slices.Repeat(v.Items, int(n))}, nil
	case Tuple:
		return slices.Repeat(v, int(n)), nil
	}
	return nil, runtime("can't multiply %s by an integer", typeName(v))
}

func (f *frame) arithmetic(op string, a, b Value) (Value, error) {
	x, xi := asBig(a)
	y, yi := asBig(b)
	if xi && yi && op != "/" {
		return f.integers(op, x, y)
	}
	u, _ := asFloat(a)
	v, _ := asFloat(b)
	switch op {
	case "+":
		return u + v, nil
	case "-":
		return u - v, nil
	case "*":
		return u * v, nil
	case "**":
		if u < 0 && v != math.Trunc(v) {
			return nil, unsupported("a power that is a complex number")
		}
		if u == 0 && v < 0 {
			return nil, runtime("0.0 cannot be raised to a negative power")
		}
		return math.Pow(u, v), nil
	}
	if v == 0 {
		return nil, runtime("division by zero")
	}
	switch op {
	case "/":
		return u / v, nil
	case "%":
		return floatMod(u, v), nil
	}
	return math.Floor((u - floatMod(u, v)) / v), nil
}

// floatMod is Python's remainder: it has the sign of the divisor.
func floatMod(u, v float64) float64 {
	m := math.Mod(u, v)
	if m == 0 {
		return math.Copysign(0, v)
	}
	if (m < 0) != (v < 0) {
		m += v
	}
	return m
}

func (f *frame) integers(op string, x, y *big.Int) (Value, error) {
	if (x.BitLen()+y.BitLen())/8 > f.env.opts.Limits.Bytes {
		return nil, f.room(-1)
	}
	z := new(big.Int)
	switch op {
	case "+":
		return normal(z.Add(x, y)), nil
	case "-":
		return normal(z.Sub(x, y)), nil
	case "*":
		return normal(z.Mul(x, y)), nil
	case "**":
		return wholePower(x, y)
	}
	if y.Sign() == 0 {
		return nil, runtime("division by zero")
	}
	quotient, rest := floorDiv(x, y)
	if op == "%" {
		return normal(rest), nil
	}
	return normal(quotient), nil
}

func wholePower(x, y *big.Int) (Value, error) {
	if y.Sign() < 0 {
		u, _ := asFloat(normal(x))
		v, _ := asFloat(normal(y))
		if u == 0 {
			return nil, runtime("0.0 cannot be raised to a negative power")
		}
		return math.Pow(u, v), nil
	}
	if !y.IsInt64() || int64(x.BitLen())*y.Int64() > 1<<20 {
		return nil, fail(Exceeded, "the power is too large")
	}
	return normal(new(big.Int).Exp(x, y, nil)), nil
}

// floorDiv divides as Python does: the rest has the sign of the divisor.
func floorDiv(x, y *big.Int) (quotient, rest *big.Int) {
	quotient, rest = new(big.Int).DivMod(x, y, new(big.Int)) // the rest is not negative
	if rest.Sign() != 0 && y.Sign() < 0 {
		rest.Add(rest, y)
		quotient.Sub(quotient, big.NewInt(1))
	}
	return quotient, rest
}

// equal is Python's ==.
func equal(a, b Value) (bool, error) {
	a, b = bare(a), bare(b)
	for _, v := range []Value{a, b} {
		if err := checked(v); err != nil {
			return false, err
		}
	}
	if number(a) && number(b) {
		return orderNumbers(a, b) == 0 && !nan(a) && !nan(b), nil
	}
	if x, ok := asText(a); ok {
		y, ok := asText(b)
		return ok && x == y, nil
	}
	if xs, ys, ok := sequences(a, b); ok {
		return equalItems(xs, ys)
	}
	switch x := a.(type) {
	case *List, Tuple:
		return false, nil
	case *Undefined:
		_, ok := b.(*Undefined)
		return ok, nil
	case *Dict:
		if y, ok := b.(*Dict); ok {
			return equalDicts(x, y)
		}
		return false, nil
	case span:
		y, ok := b.(span)
		return ok && x.equal(y), nil
	case *view, *stream:
		return false, unsupported("comparing a %s", typeName(a))
	}
	return a == b, nil
}

func nan(v Value) bool { f, ok := v.(float64); return ok && math.IsNaN(f) }

// sequences are the items of two lists, or of two tuples.
func sequences(a, b Value) (xs, ys []Value, both bool) {
	switch x := a.(type) {
	case *List:
		if y, ok := b.(*List); ok {
			return x.Items, y.Items, true
		}
	case Tuple:
		if y, ok := b.(Tuple); ok {
			return x, y, true
		}
	}
	return nil, nil, false
}

func equalItems(a, b []Value) (bool, error) {
	if len(a) != len(b) {
		return false, nil
	}
	for i := range a {
		if same, err := equal(a[i], b[i]); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

func equalDicts(a, b *Dict) (bool, error) {
	if a.Len() != b.Len() {
		return false, nil
	}
	for i, k := range a.keys {
		v, ok := b.Get(k)
		if !ok {
			return false, nil
		}
		if same, err := equal(a.values[i], v); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

// order is Python's < and >, where it has them.
func order(a, b Value) (int, error) {
	a, b = bare(a), bare(b)
	for _, v := range []Value{a, b} {
		if u, ok := v.(*Undefined); ok {
			return 0, u.err()
		}
	}
	if number(a) && number(b) {
		return orderNumbers(a, b), nil
	}
	if x, ok := asText(a); ok {
		if y, ok := asText(b); ok {
			return strings.Compare(x, y), nil
		}
	}
	if xs, ys, ok := sequences(a, b); ok {
		return orderItems(xs, ys)
	}
	return 0, runtime("'<' not supported between instances of '%s' and '%s'", typeName(a), typeName(b))
}

func orderNumbers(a, b Value) int {
	x, xi := asBig(a)
	y, yi := asBig(b)
	if xi && yi {
		return x.Cmp(y)
	}
	u, _ := asFloat(a)
	v, _ := asFloat(b)
	return cmp.Compare(u, v)
}

func orderItems(a, b []Value) (int, error) {
	for i := range min(len(a), len(b)) {
		same, err := equal(a[i], b[i])
		if err != nil {
			return 0, err
		}
		if !same {
			return order(a[i], b[i])
		}
	}
	return cmp.Compare(len(a), len(b)), nil
}

func (f *frame) compare(op string, a, b Value) (bool, error) {
	switch op {
	case "==":
		return equal(a, b)
	case "!=":
		same, err := equal(a, b)
		return !same, err
	case "in":
		return f.contains(b, a)
	case "not in":
		in, err := f.contains(b, a)
		return !in, err
	}
	c, err := order(a, b)
	if err != nil || nan(a) || nan(b) {
		return false, err
	}
	switch op {
	case "<":
		return c < 0, nil
	case "<=":
		return c <= 0, nil
	case ">":
		return c > 0, nil
	}
	return c >= 0, nil
}

func (f *frame) contains(in, v Value) (bool, error) {
	switch in := in.(type) {
	case string:
		return textContains(in, v)
	case Markup:
		return textContains(string(in), v)
	case *Dict:
		if err := checked(v); err != nil {
			return false, err
		}
		if _, err := hash(v); err != nil {
			return false, err
		}
		_, ok := in.Get(v)
		return ok, nil
	case *Undefined:
		return false, checked(in)
	}
	return f.anyEqual(in, v)
}

func textContains(whole string, v Value) (bool, error) {
	if u, ok := v.(*Undefined); ok {
		return false, u.err()
	}
	part, ok := asText(v)
	if !ok {
		return false, runtime("'in <string>' requires string as left operand, not %s", typeName(v))
	}
	return strings.Contains(whole, part), nil
}

// anyEqual reports whether one of the items of a value equals v.
func (f *frame) anyEqual(in, v Value) (bool, error) {
	next, err := f.iter(in)
	if err != nil {
		return false, err
	}
	for {
		x, ok, err := next()
		if !ok || err != nil {
			return false, err
		}
		if same, err := equal(x, v); same || err != nil {
			return same, err
		}
		if err := f.step(); err != nil {
			return false, err
		}
	}
}
