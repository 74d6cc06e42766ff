package jinja

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"
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
		return normal(z.Exp(x, y, nil)), nil
	}
	if y.Sign() == 0 {
		return nil, runtime("division by zero")
	}
	m := new(big.Int)
	z.DivMod(x, y, m) // m is not negative
	if m.Sign() != 0 && y.Sign() < 0 {
		m.Add(m, y)
		z.Sub(z, big.NewInt(1))
	}
	if op == "%" {
		return normal(m), nil
	}
	return normal(z), nil
}

// equal is Python's ==.
func equal(a, b Value) (bool, error) {
	a, b = bare(a), bare(b)
	for _, v := range []Value{a, b} {
		if u, ok := v.(*Undefined); ok && u.strict {
			return false, u.err()
		}
	}
	if number(a) && number(b) {
		c, err := order(a, b)
		return c == 0 && err == nil && !nan(a) && !nan(b), nil
	}
	if x, ok := asText(a); ok {
		y, ok := asText(b)
		return ok && x == y, nil
	}
	switch x := a.(type) {
	case nil:
		return b == nil, nil
	case *Undefined:
		_, ok := b.(*Undefined)
		return ok, nil
	case *List:
		y, ok := b.(*List)
		if !ok {
			return false, nil
		}
		return equalAll(x.Items, y.Items)
	case Tuple:
		y, ok := b.(Tuple)
		if !ok {
			return false, nil
		}
		return equalAll(x, y)
	case *Dict:
		y, ok := b.(*Dict)
		if !ok || x.Len() != y.Len() {
			return false, nil
		}
		for i, k := range x.keys {
			v, ok := y.Get(k)
			if !ok {
				return false, nil
			}
			if same, err := equal(x.values[i], v); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	case span:
		y, ok := b.(span)
		return ok && x.len() == y.len() && (x.len() == 0 || x.start == y.start && (x.len() == 1 || x.step == y.step)), nil
	case *view, *stream:
		return false, unsupported("comparing a %s", typeName(a))
	}
	if _, ok := b.(Tuple); ok {
		return false, nil
	}
	return a == b, nil
}

func nan(v Value) bool { f, ok := v.(float64); return ok && math.IsNaN(f) }

func equalAll(a, b []Value) (bool, error) {
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

// order is Python's < and >, where it has them.
func order(a, b Value) (int, error) {
	a, b = bare(a), bare(b)
	for _, v := range []Value{a, b} {
		if u, ok := v.(*Undefined); ok {
			return 0, u.err()
		}
	}
	if number(a) && number(b) {
		x, xi := asBig(a)
		y, yi := asBig(b)
		if xi && yi {
			return x.Cmp(y), nil
		}
		u, _ := asFloat(a)
		v, _ := asFloat(b)
		return cmp.Compare(u, v), nil
	}
	if x, ok := asText(a); ok {
		if y, ok := asText(b); ok {
			return strings.Compare(x, y), nil
		}
	}
	var xs, ys []Value
	switch x := a.(type) {
	case *List:
		if y, ok := b.(*List); ok {
			xs, ys = x.Items, y.Items
		}
	case Tuple:
		if y, ok := b.(Tuple); ok {
			xs, ys = x, y
		}
	}
	if xs == nil && ys == nil && typeName(a) != typeName(b) || !slices.Contains([]string{"list", "tuple"}, typeName(a)) || typeName(a) != typeName(b) {
		return 0, runtime("'<' not supported between instances of '%s' and '%s'", typeName(a), typeName(b))
	}
	for i := range min(len(xs), len(ys)) {
		same, err := equal(xs[i], ys[i])
		if err != nil {
			return 0, err
		}
		if !same {
			return order(xs[i], ys[i])
		}
	}
	return cmp.Compare(len(xs), len(ys)), nil
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
	case string, Markup:
		whole, _ := asText(in)
		part, ok := asText(v)
		if !ok {
			if u, missing := v.(*Undefined); missing {
				return false, u.err()
			}
			return false, runtime("'in <string>' requires string as left operand, not %s", typeName(v))
		}
		return strings.Contains(whole, part), nil
	case *Dict:
		if u, ok := v.(*Undefined); ok && u.strict {
			return false, u.err()
		}
		if _, err := hash(v); err != nil {
			return false, err
		}
		_, ok := in.Get(v)
		return ok, nil
	case *Undefined:
		if in.strict {
			return false, in.err()
		}
		return false, nil
	}
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

// sizeOf is Python's len, or -1 where there is none.
func sizeOf(v Value) int {
	switch v := bare(v).(type) {
	case string:
		return utf8.RuneCountInString(v)
	case Markup:
		return utf8.RuneCountInString(string(v))
	case *List:
		return len(v.Items)
	case Tuple:
		return len(v)
	case *Dict:
		return v.Len()
	case *view:
		return len(v.items)
	case span:
		return v.len()
	case *Undefined:
		return 0
	}
	return -1
}

// iter gives the items of a value, those of a list as it is at that moment.
func (f *frame) iter(v Value) (iterator, error) {
	i := -1
	from := func(items []Value) iterator {
		return func() (Value, bool, error) {
			if i++; i >= len(items) {
				return nil, false, nil
			}
			return items[i], true, nil
		}
	}
	switch v := bare(v).(type) {
	case *List:
		return func() (Value, bool, error) {
			if i++; i >= len(v.Items) {
				return nil, false, nil
			}
			return v.Items[i], true, nil
		}, nil
	case Tuple:
		return from(v), nil
	case *Dict:
		n := v.Len()
		return func() (Value, bool, error) {
			if v.Len() != n {
				return nil, false, runtime("dictionary changed size during iteration")
			}
			if i++; i >= n {
				return nil, false, nil
			}
			return v.keys[i], true, nil
		}, nil
	case *view:
		return from(v.items), nil
	case *stream:
		return func() (Value, bool, error) {
			if len(v.items) == 0 {
				return nil, false, nil
			}
			x := v.items[0]
			v.items = v.items[1:]
			return x, true, nil
		}, nil
	case span:
		return func() (Value, bool, error) {
			if i++; i >= v.len() {
				return nil, false, nil
			}
			return v.at(i), true, nil
		}, nil
	case string, Markup:
		text, _ := asText(v)
		return func() (Value, bool, error) {
			if text == "" {
				return nil, false, nil
			}
			_, n := utf8.DecodeRuneInString(text)
			c := text[:n]
			text = text[n:]
			return c, true, nil
		}, nil
	case *Undefined:
		if v.strict {
			return nil, v.err()
		}
		return from(nil), nil
	}
	return nil, runtime("'%s' object is not iterable", typeName(v))
}

// list is Python's list(v).
func (f *frame) list(v Value) ([]Value, error) {
	if err := f.room(sizeOf(v) + 1); err != nil {
		return nil, err
	}
	next, err := f.iter(v)
	if err != nil {
		return nil, err
	}
	out := []Value{}
	for {
		x, ok, err := next()
		if !ok || err != nil {
			return out, err
		}
		if err := f.step(); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
}

// attr is of.name: an attribute, or else an item.
func (f *frame) attr(of Value, name string) (Value, error) {
	if u, ok := of.(*Undefined); ok {
		return nil, u.err()
	}
	if v, ok, err := f.ownAttr(of, name); ok || err != nil {
		return v, err
	}
	if d, ok := of.(*Dict); ok {
		if v, ok := d.Get(name); ok {
			return given(v)
		}
	}
	return f.undefined("'%s object' has no attribute '%s'", typeName(of), name), nil
}

// ownAttr is an attribute of the object itself.
func (f *frame) ownAttr(of Value, name string) (Value, bool, error) {
	if strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__") {
		return nil, false, unsupported("%s is a part of Python itself", name)
	}
	switch of := of.(type) {
	case *loop:
		return of.attr(name)
	case *namespace:
		v, ok := of.Get(name)
		return v, ok, nil
	case Object:
		v, ok := of.Attr(name)
		return v, ok, nil
	}
	return f.method(of, name)
}

// item is of[key]: an item, or else an attribute.
func (f *frame) item(of, key Value) (Value, error) {
	if u, ok := of.(*Undefined); ok {
		return nil, u.err()
	}
	if d, ok := of.(*Dict); ok {
		if u, ok := key.(*Undefined); ok && u.strict {
			return nil, u.err()
		}
		if v, ok := d.Get(key); ok {
			return given(v)
		}
	} else if i, ok := asInt(key); ok {
		v, ok, err := f.index(of, i)
		if ok || err != nil {
			return v, err
		}
	}
	if name, ok := key.(string); ok {
		if v, ok, err := f.ownAttr(of, name); ok || err != nil {
			return v, err
		}
	}
	text, err := Repr(key)
	if err != nil {
		return nil, err
	}
	if _, ok := key.(string); ok {
		return f.undefined("'%s object' has no attribute %s", typeName(of), text), nil
	}
	return f.undefined("%s object has no element %s", typeName(of), text), nil
}

func (f *frame) index(of Value, i int64) (Value, bool, error) {
	n := int64(sizeOf(of))
	if i < 0 {
		i += n
	}
	if i < 0 || i >= n {
		return nil, false, nil
	}
	switch of := bare(of).(type) {
	case *List:
		return of.Items[i], true, nil
	case Tuple:
		return of[i], true, nil
	case span:
		return of.at(int(i)), true, nil
	case string:
		return string([]rune(of)[i]), true, nil
	case Markup:
		return Markup([]rune(of)[i : i+1]), true, nil
	}
	return nil, false, nil
}

// slice is of[start:stop:step], with Python's bounds.
func (f *frame) slice(of Value, start, stop, step *int64) (Value, error) {
	by := int64(1)
	if step != nil {
		by = *step
	}
	if by == 0 {
		return nil, runtime("slice step cannot be zero")
	}
	n := int64(sizeOf(of))
	low, high := int64(0), n
	if by < 0 {
		low, high = -1, n-1
	}
	bound := func(p *int64, usual int64) int64 {
		if p == nil {
			return usual
		}
		i := *p
		if i < 0 {
			i += n
		}
		return min(max(i, low), high)
	}
	from, to := bound(start, map[bool]int64{true: low, false: high}[by > 0]), bound(stop, map[bool]int64{true: high, false: low}[by > 0])
	var picked []int
	for i := from; by > 0 && i < to || by < 0 && i > to; i += by {
		picked = append(picked, int(i))
	}
	pick := func(items []Value) []Value {
		out := make([]Value, len(picked))
		for j, i := range picked {
			out[j] = items[i]
		}
		return out
	}
	switch v := bare(of).(type) {
	case *List:
		return &List{pick(v.Items)}, nil
	case Tuple:
		return Tuple(pick(v)), nil
	case span:
		return span{v.start + from*v.step, v.start + to*v.step, v.step * by}, nil
	case string, Markup:
		text, _ := asText(of)
		runes := []rune(text)
		out := make([]rune, len(picked))
		for j, i := range picked {
			out[j] = runes[i]
		}
		if _, safe := of.(Markup); safe {
			return Markup(out), nil
		}
		return string(out), nil
	case *Undefined:
		return nil, v.err()
	}
	return f.undefined("a %s cannot be sliced", typeName(of)), nil
}
