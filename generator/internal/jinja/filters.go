package jinja

import (
	"fmt"
	"html"
	"math"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"scaffold/generator/internal/late"
)

// A filter gives another value for a value.
type filter func(f *frame, of Value, a args) (Value, error)

func coreFilters() map[string]filter {
	return map[string]filter{
		"abs": filterAbs, "attr": filterAttr, "batch": filterBatch, "capitalize": onText(func(s string) Value { return capitalize(s) }),
		"center": filterCenter, "count": filterLength, "d": filterDefault, "default": filterDefault, "dictsort": filterDictsort,
		"e": filterEscape, "escape": filterEscape, "filesizeformat": filterSize, "first": filterFirst, "float": filterFloat,
		"forceescape": filterForce, "format": filterFormat, "groupby": filterGroup, "indent": filterIndent, "int": filterInt,
		"items": filterItems, "join": filterJoin, "last": filterLast, "length": filterLength, "list": filterList,
		"lower": onText(func(s string) Value { return lower(s) }), "map": filterMap, "max": extreme(true), "min": extreme(false),
		"pprint": filterPprint, "random": filterRandom, "reject": selecting(false, false), "rejectattr": selecting(false, true), "replace": filterReplace,
		"reverse": filterReverse, "round": filterRound, "safe": filterSafe, "select": selecting(true, false),
		"selectattr": selecting(true, true), "slice": filterSlice, "sort": filterSort, "string": filterString,
		"striptags": filterStrip, "sum": filterSum, "title": onText(func(s string) Value { return titleWords(s) }), "tojson": filterJSON, "trim": filterTrim,
		"truncate": filterTruncate, "unique": filterUnique, "upper": onText(func(s string) Value { return upper(s) }),
		"urlencode": filterURL, "wordcount": filterWords, "wordwrap": filterWrap, "xmlattr": filterXML,
	}
}

// onText makes a filter of the value's text; what is marked stays so.
func onText(do func(string) Value) filter {
	return func(f *frame, of Value, a args) (Value, error) {
		if len(a.list)+len(a.names) > 0 {
			return nil, runtime("it takes no arguments")
		}
		s, err := f.plain(of)
		if err != nil {
			return nil, err
		}
		v := do(s)
		if text, ok := v.(string); ok && marked(of) {
			return Markup(text), nil
		}
		return v, nil
	}
}

func marked(v Value) bool { _, ok := v.(Markup); return ok }

var wordStart = late.Pattern(`[-\s({\[<]+`)

// titleWords is the filter title, which is another than str.title.
func titleWords(s string) string {
	var b strings.Builder
	word := func(w string) {
		if w != "" {
			_, n := utf8.DecodeRuneInString(w)
			b.WriteString(upper(w[:n]) + lower(w[n:]))
		}
	}
	at := 0
	for _, m := range wordStart().FindAllStringIndex(s, -1) {
		word(s[at:m[0]])
		word(s[m[0]:m[1]])
		at = m[1]
	}
	word(s[at:])
	return b.String()
}

func filterAbs(_ *frame, of Value, _ args) (Value, error) {
	switch v := of.(type) {
	case float64:
		return math.Abs(v), nil
	case *Undefined:
		return nil, v.err()
	}
	b, ok := asBig(of)
	if !ok {
		return nil, runtime("bad operand type for abs(): '%s'", typeName(of))
	}
	return normal(new(big.Int).Abs(b)), nil
}

// filterAttr looks at attributes alone, never at items.
func filterAttr(f *frame, of Value, a args) (Value, error) {
	p, err := texts("attr", a, 1, 1)
	if err != nil {
		return nil, err
	}
	if u, ok := of.(*Undefined); ok && u.strict {
		return nil, u.err()
	}
	v, ok, err := f.ownAttr(of, p[0])
	if ok || err != nil {
		return v, err
	}
	return f.undefined("'%s object' has no attribute '%s'", typeName(of), p[0]), nil
}

func number64(v Value, what string) (int, error) {
	if u, ok := v.(*Undefined); ok {
		return 0, u.err()
	}
	n, ok := asInt(v)
	if !ok {
		return 0, runtime("%s takes a whole number, not a %s", what, typeName(v))
	}
	return int(n), nil
}

func filterBatch(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("batch", "linecount", "fill_with")
	if err != nil {
		return nil, err
	}
	n, err := number64(p["linecount"], "batch")
	if err != nil {
		return nil, err
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	var out []Value
	var line []Value
	for _, x := range items {
		if len(line) == n {
			out = append(out, &List{line})
			line = nil
		}
		line = append(line, x)
	}
	if len(line) > 0 {
		if fill := p["fill_with"]; fill != nil {
			if err := f.room(n); err != nil {
				return nil, err
			}
			for len(line) < n {
				line = append(line, fill)
			}
		}
		out = append(out, &List{line})
	}
	return &stream{items: out}, nil
}

func filterSlice(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("slice", "slices", "fill_with")
	if err != nil {
		return nil, err
	}
	n, err := number64(p["slices"], "slice")
	if err != nil {
		return nil, err
	}
	items, err := f.list(of)
	if err != nil || n <= 0 {
		return &stream{}, err
	}
	if err := f.room(n); err != nil {
		return nil, err
	}
	var out []Value
	per, more := len(items)/n, len(items)%n
	at := 0
	for i := range n {
		size := per
		if i < more {
			size++
		}
		part := slices.Clone(items[at : at+size])
		at += size
		if fill := p["fill_with"]; fill != nil && i >= more {
			part = append(part, fill)
		}
		out = append(out, &List{part})
	}
	return &stream{items: out}, nil
}

func filterCenter(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("center", "width")
	if err != nil {
		return nil, err
	}
	width := 80
	if v, ok := p["width"]; ok {
		if width, err = number64(v, "center"); err != nil {
			return nil, err
		}
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	return f.pad(s, width, " ", true, true)
}

func filterLength(_ *frame, of Value, _ args) (Value, error) {
	if u, ok := of.(*Undefined); ok && u.strict {
		return nil, u.err()
	}
	n := sizeOf(of)
	if n < 0 {
		return nil, runtime("object of type '%s' has no len()", typeName(of))
	}
	return int64(n), nil
}

func filterDefault(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("default", "default_value", "boolean")
	if err != nil {
		return nil, err
	}
	instead, given := p["default_value"]
	if !given {
		instead = ""
	}
	if _, ok := of.(*Undefined); ok {
		return instead, nil
	}
	loose, err := truth(p["boolean"])
	if err != nil {
		return nil, err
	}
	if !loose {
		return of, nil
	}
	if yes, err := truth(of); yes || err != nil {
		return of, err
	}
	return instead, nil
}

func filterDictsort(_ *frame, of Value, a args) (Value, error) {
	p, err := a.with("dictsort", "case_sensitive", "by", "reverse")
	if err != nil {
		return nil, err
	}
	d, ok := of.(*Dict)
	if !ok {
		if u, missing := of.(*Undefined); missing {
			return nil, u.err()
		}
		return nil, runtime("'%s' object has no attribute 'items'", typeName(of))
	}
	at := 0
	switch p["by"] {
	case nil, "key":
	case "value":
		at = 1
	default:
		return nil, runtime("you can only sort by either 'key' or 'value'")
	}
	items := d.items()
	keys := make([]Value, len(items))
	for i, x := range items {
		keys[i] = folded(x.(Tuple)[at], Truth(p["case_sensitive"]))
	}
	return &List{items}, sortBy(items, keys, Truth(p["reverse"]))
}

// folded is a value as it is compared where case does not matter.
func folded(v Value, sensitive bool) Value {
	if s, ok := asText(v); ok && !sensitive {
		return lower(s)
	}
	return v
}

// sortBy sorts items by their keys, as Python's sort: equal ones stay in order,
// in reverse too.
func sortBy(items, keys []Value, reverse bool) error {
	at := make([]int, len(items))
	for i := range at {
		at[i] = i
	}
	var failure error
	slices.SortStableFunc(at, func(i, j int) int {
		c, err := order(keys[i], keys[j])
		if err != nil && failure == nil {
			failure = err
		}
		if reverse {
			return -c
		}
		return c
	})
	sorted := make([]Value, len(items))
	for i, j := range at {
		sorted[i] = items[j]
	}
	copy(items, sorted)
	return failure
}

func filterEscape(f *frame, of Value, _ args) (Value, error) {
	if marked(of) {
		return of, nil
	}
	s, err := f.plain(of)
	return escape(s), err
}

func filterForce(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	return escape(s), err
}

func filterSafe(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	return Markup(s), err
}

func filterString(f *frame, of Value, _ args) (Value, error) {
	if marked(of) {
		return of, nil
	}
	return f.plain(of)
}

func filterSize(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("filesizeformat", "binary")
	if err != nil {
		return nil, err
	}
	v, err := filterFloat(f, of, args{})
	if err != nil {
		return nil, err
	}
	bytes := v.(float64)
	base, names := 1000.0, []string{"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"}
	if Truth(p["binary"]) {
		base, names = 1024, []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"}
	}
	if bytes == 1 {
		return "1 Byte", nil
	}
	if bytes < base {
		return fmt.Sprintf("%d Bytes", int(bytes)), nil
	}
	unit := base
	for i, name := range names {
		unit = math.Pow(base, float64(i+2))
		if bytes < unit || i == len(names)-1 {
			return fmt.Sprintf("%.1f %s", base*bytes/unit, name), nil
		}
	}
	return nil, nil
}

func filterFirst(f *frame, of Value, _ args) (Value, error) {
	next, err := f.iter(of)
	if err != nil {
		return nil, err
	}
	v, ok, err := next()
	if !ok && err == nil {
		return f.undefined("No first item, sequence was empty."), nil
	}
	return v, err
}

func filterLast(f *frame, of Value, _ args) (Value, error) {
	if _, ok := of.(*stream); ok {
		return nil, runtime("'generator' object is not reversible")
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return f.undefined("No last item, sequence was empty."), nil
	}
	return items[len(items)-1], nil
}

func filterFloat(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("float", "default")
	if err != nil {
		return nil, err
	}
	instead, given := p["default"]
	if !given {
		instead = 0.0
	}
	if u, ok := of.(*Undefined); ok {
		if u.strict {
			return nil, u.err()
		}
		return instead, nil
	}
	if x, ok := asFloat(of); ok {
		return x, nil
	}
	if s, ok := asText(of); ok {
		if x, ok := parseFloat(s); ok {
			return x, nil
		}
	}
	return instead, nil
}

var floatPattern = late.Pattern(`(?i)^[+-]?(\d[\d_]*\.?[\d_]*(e[+-]?\d+)?|\.\d[\d_]*(e[+-]?\d+)?|inf|infinity|nan)$`)

func parseFloat(s string) (float64, bool) {
	s = strings.TrimFunc(s, isSpace)
	if !floatPattern().MatchString(s) {
		return 0, false
	}
	x, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	return x, err == nil || math.IsInf(x, 0)
}

func filterFormat(f *frame, of Value, a args) (Value, error) {
	if len(a.list) > 0 && len(a.names) > 0 {
		return nil, runtime("can't handle positional and keyword arguments at the same time")
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	var values Value = Tuple(a.list)
	if len(a.names) > 0 {
		d := &Dict{}
		for _, n := range a.names {
			d.Set(n, a.named[n])
		}
		values = d
	}
	return f.percent(s, values)
}

// path gives what an attribute's path names: "a.b.0", or a number.
func (f *frame) path(v Value, path Value) (Value, error) {
	var parts []Value
	if s, ok := path.(string); ok {
		for _, part := range strings.Split(s, ".") {
			if n, err := strconv.ParseInt(part, 10, 64); err == nil && n >= 0 {
				parts = append(parts, n)
			} else {
				parts = append(parts, part)
			}
		}
	} else {
		parts = []Value{path}
	}
	for _, part := range parts {
		var err error
		if v, err = f.item(v, part); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// A group is what groupby gives: a tuple with names.
type group struct {
	key  Value
	list *List
}

func (g *group) Attr(name string) (Value, bool) {
	switch name {
	case "grouper":
		return g.key, true
	case "list":
		return g.list, true
	}
	return nil, false
}

func (g *group) String() string { return "" }

// bare is a value without the names that its places have.
func bare(v Value) Value {
	if g, ok := v.(*group); ok {
		return Tuple{g.key, g.list}
	}
	return v
}

func filterGroup(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("groupby", "attribute", "default", "case_sensitive")
	if err != nil {
		return nil, err
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	sensitive := Truth(p["case_sensitive"])
	real := make([]Value, len(items))
	keys := make([]Value, len(items))
	for i, x := range items {
		v, err := f.path(x, p["attribute"])
		if err != nil {
			return nil, err
		}
		if _, missing := v.(*Undefined); missing && p["default"] != nil {
			v = p["default"]
		}
		real[i], keys[i] = v, folded(v, sensitive)
	}
	at := make([]Value, len(items))
	for i := range at {
		at[i] = int64(i)
	}
	if err := sortBy(at, keys, false); err != nil {
		return nil, err
	}
	l := &List{}
	var last *List
	for n, v := range at {
		i := v.(int64)
		if n > 0 {
			same, err := equal(keys[at[n-1].(int64)], keys[i])
			if err != nil {
				return nil, err
			}
			if same {
				last.Items = append(last.Items, items[i])
				continue
			}
		}
		last = &List{[]Value{items[i]}}
		l.Items = append(l.Items, &group{real[i], last})
	}
	return l, nil
}

func filterIndent(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("indent", "width", "first", "blank")
	if err != nil {
		return nil, err
	}
	by := "    "
	switch v := p["width"].(type) {
	case nil:
	case string:
		by = v
	default:
		n, err := number64(v, "indent")
		if err != nil {
			return nil, err
		}
		if err := f.room(n); err != nil {
			return nil, err
		}
		by = strings.Repeat(" ", max(n, 0))
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	if err := f.room(len(s) + (strings.Count(s, "\n")+1)*len(by)); err != nil {
		return nil, err
	}
	s += "\n"
	var out string
	if Truth(p["blank"]) {
		out = strings.Join(lines(s, false), "\n"+by)
	} else {
		all := lines(s, false)
		out = all[0]
		for _, line := range all[1:] {
			out += "\n"
			if line != "" {
				out += by + line
			}
		}
	}
	if Truth(p["first"]) {
		out = by + out
	}
	if marked(of) {
		return Markup(out), nil
	}
	return out, nil
}

func filterInt(_ *frame, of Value, a args) (Value, error) {
	p, err := a.with("int", "default", "base")
	if err != nil {
		return nil, err
	}
	instead, given := p["default"]
	if !given {
		instead = int64(0)
	}
	base := 10
	if v, ok := p["base"]; ok {
		if base, err = number64(v, "int"); err != nil {
			return nil, err
		}
	}
	switch v := of.(type) {
	case *Undefined:
		if v.strict {
			return nil, v.err()
		}
		return instead, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return instead, nil
		}
		b, _ := big.NewFloat(math.Trunc(v)).Int(nil)
		return normal(b), nil
	}
	if b, ok := asBig(of); ok {
		return normal(b), nil
	}
	s, ok := asText(of)
	if !ok {
		return instead, nil
	}
	if b, ok := parseInt(s, base); ok {
		return normal(b), nil
	}
	if x, ok := parseFloat(s); ok && !math.IsNaN(x) && !math.IsInf(x, 0) {
		b, _ := big.NewFloat(math.Trunc(x)).Int(nil)
		return normal(b), nil
	}
	return instead, nil
}

var intPattern = late.Pattern(`^[+-]?[0-9a-zA-Z]+(_[0-9a-zA-Z]+)*$`)

func parseInt(s string, base int) (*big.Int, bool) {
	s = strings.TrimFunc(s, isSpace)
	if !intPattern().MatchString(s) || base < 2 || base > 36 {
		return nil, false
	}
	s = strings.ReplaceAll(s, "_", "")
	sign := ""
	if s[0] == '-' || s[0] == '+' {
		sign, s = s[:1], s[1:]
	}
	for prefix, b := range map[string]int{"0x": 16, "0o": 8, "0b": 2} {
		if b == base && len(s) > 2 && strings.EqualFold(s[:2], prefix) {
			s = s[2:]
		}
	}
	return new(big.Int).SetString(sign+s, base)
}

func filterItems(_ *frame, of Value, _ args) (Value, error) {
	switch v := of.(type) {
	case *Undefined:
		return &stream{}, nil
	case *Dict:
		return &stream{items: v.items()}, nil
	}
	return nil, runtime("can only get item pairs from a mapping")
}

func filterJoin(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("join", "d", "attribute")
	if err != nil {
		return nil, err
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	by := ""
	if v, ok := p["d"]; ok {
		if by, err = f.plain(v); err != nil {
			return nil, err
		}
	}
	parts := make([]string, len(items))
	safe := f.escape && marked(p["d"])
	for i, x := range items {
		if path := p["attribute"]; path != nil {
			if x, err = f.path(x, path); err != nil {
				return nil, err
			}
			items[i] = x
		}
		safe = safe || f.escape && marked(x)
		if parts[i], err = f.plain(x); err != nil {
			return nil, err
		}
	}
	if safe {
		for i, x := range items {
			if !marked(x) {
				parts[i] = string(escape(parts[i]))
			}
		}
		if !marked(p["d"]) {
			by = string(escape(by))
		}
		return Markup(strings.Join(parts, by)), nil
	}
	out := strings.Join(parts, by)
	return out, f.room(len(out))
}

func filterList(f *frame, of Value, _ args) (Value, error) {
	items, err := f.list(of)
	return &List{items}, err
}

func filterMap(f *frame, of Value, a args) (Value, error) {
	if u, ok := of.(*Undefined); ok && !u.strict {
		return &stream{}, nil
	}
	path, byPath := a.named["attribute"]
	if !byPath && len(a.list) == 0 {
		return nil, runtime("map requires a filter argument")
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	out := make([]Value, len(items))
	for i, x := range items {
		if err := f.step(); err != nil {
			return nil, err
		}
		if byPath && len(a.list) == 0 {
			v, err := f.path(x, path)
			if err != nil {
				return nil, err
			}
			if _, missing := v.(*Undefined); missing {
				if d, given := a.named["default"]; given {
					v = d
				}
			}
			out[i] = v
			continue
		}
		name, ok := a.list[0].(string)
		if !ok {
			return nil, runtime("map takes the name of a filter")
		}
		rest := args{list: slices.Clone(a.list[1:]), names: a.names, named: a.named}
		if out[i], err = f.filter(name, x, rest); err != nil {
			return nil, err
		}
	}
	return &stream{items: out}, nil
}

// extreme is min and max.
func extreme(largest bool) filter {
	return func(f *frame, of Value, a args) (Value, error) {
		p, err := a.with("min", "case_sensitive", "attribute")
		if err != nil {
			return nil, err
		}
		items, err := f.list(of)
		if err != nil {
			return nil, err
		}
		if len(items) == 0 {
			return f.undefined("No aggregated item, sequence was empty."), nil
		}
		var best, key Value
		for i, x := range items {
			v := x
			if path := p["attribute"]; path != nil {
				if v, err = f.path(x, path); err != nil {
					return nil, err
				}
			}
			v = folded(v, Truth(p["case_sensitive"]))
			if i > 0 {
				c, err := order(v, key)
				if err != nil {
					return nil, err
				}
				if largest && c <= 0 || !largest && c >= 0 {
					continue
				}
			}
			best, key = x, v
		}
		return best, nil
	}
}

// selecting is select, reject and their attr forms.
func selecting(want, byPath bool) filter {
	return func(f *frame, of Value, a args) (Value, error) {
		if u, ok := of.(*Undefined); ok && !u.strict {
			return &stream{}, nil
		}
		rest := a.list
		var path Value
		if byPath {
			if len(rest) == 0 {
				return nil, runtime("missing parameter for attribute name")
			}
			path, rest = rest[0], rest[1:]
		}
		items, err := f.list(of)
		if err != nil {
			return nil, err
		}
		var out []Value
		for _, x := range items {
			if err := f.step(); err != nil {
				return nil, err
			}
			v := x
			if byPath {
				if v, err = f.path(x, path); err != nil {
					return nil, err
				}
			}
			yes := false
			if len(rest) == 0 {
				yes, err = truth(v)
			} else {
				name, ok := rest[0].(string)
				if !ok {
					return nil, runtime("the name of a test is a text")
				}
				yes, err = f.test(name, v, args{list: rest[1:]})
			}
			if err != nil {
				return nil, err
			}
			if yes == want {
				out = append(out, x)
			}
		}
		return &stream{items: out}, nil
	}
}

func filterPprint(_ *frame, of Value, _ args) (Value, error) {
	text, err := Repr(of)
	if err == nil && len(text) > 80 {
		err = unsupported("pprint of more than 80 characters")
	}
	if _, ok := of.(*Dict); ok && err == nil {
		d := of.(*Dict)
		items := d.items()
		keys := d.Keys()
		if err = sortBy(items, keys, false); err != nil {
			return nil, unsupported("pprint of keys of several types")
		}
		sorted := &Dict{}
		for _, x := range items {
			sorted.Set(x.(Tuple)[0], x.(Tuple)[1])
		}
		text, err = Repr(sorted)
	}
	return text, err
}

// filterRandom draws one of the items.
func filterRandom(f *frame, of Value, _ args) (Value, error) {
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return f.undefined("No random item, sequence was empty."), nil
	}
	n, err := f.below(int64(len(items)), "random")
	return items[n], err
}

func filterReplace(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("replace", "old", "new", "count")
	if err != nil {
		return nil, err
	}
	if _, both := p["new"]; !both {
		return nil, runtime("replace takes the old and the new text")
	}
	most := -1
	if v := p["count"]; v != nil {
		if most, err = number64(v, "replace"); err != nil {
			return nil, err
		}
	}
	var parts [3]string
	for i, v := range []Value{of, p["old"], p["new"]} {
		if parts[i], err = f.plain(v); err != nil {
			return nil, err
		}
	}
	if marked(of) || f.escape && (marked(p["old"]) || marked(p["new"])) {
		return nil, unsupported("replace in a text that is marked as safe")
	}
	return f.replace(parts[0], parts[1], parts[2], most)
}

func filterReverse(f *frame, of Value, _ args) (Value, error) {
	if s, ok := asText(of); ok {
		r := []rune(s)
		slices.Reverse(r)
		return string(r), nil
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	items = slices.Clone(items)
	slices.Reverse(items)
	return &stream{items: items}, nil
}

func filterRound(_ *frame, of Value, a args) (Value, error) {
	p, err := a.with("round", "precision", "method")
	if err != nil {
		return nil, err
	}
	n := 0
	if v, ok := p["precision"]; ok {
		if n, err = number64(v, "round"); err != nil {
			return nil, err
		}
	}
	method, _ := p["method"].(string)
	if u, ok := of.(*Undefined); ok {
		return nil, u.err()
	}
	x, isNumber := asFloat(of)
	if !isNumber {
		return nil, runtime("type %s doesn't define __round__ method", typeName(of))
	}
	switch method {
	case "", "common":
		if b, ok := asBig(of); ok {
			return roundInt(b, n), nil
		}
		return roundFloat(x, n), nil
	case "ceil":
		return math.Ceil(x*math.Pow(10, float64(n))) / math.Pow(10, float64(n)), nil
	case "floor":
		return math.Floor(x*math.Pow(10, float64(n))) / math.Pow(10, float64(n)), nil
	}
	return nil, runtime("method must be common, ceil or floor")
}

// roundFloat rounds the exact value, half to even, as Python does.
func roundFloat(x float64, n int) float64 {
	if n >= 0 {
		r, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'f', min(n, 400), 64), 64)
		return r
	}
	by := math.Pow(10, float64(-n))
	return math.RoundToEven(x/by) * by
}

func roundInt(b *big.Int, n int) Value {
	if n >= 0 || n < -400 {
		return normal(b)
	}
	by := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-n)), nil)
	q, m := new(big.Int).DivMod(b, by, new(big.Int))
	twice := new(big.Int).Lsh(m, 1)
	if c := twice.Cmp(by); c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	return normal(q.Mul(q, by))
}

func filterSort(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("sort", "reverse", "case_sensitive", "attribute")
	if err != nil {
		return nil, err
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	items = slices.Clone(items)
	paths := []Value{p["attribute"]}
	if s, ok := p["attribute"].(string); ok {
		paths = nil
		for _, part := range strings.Split(s, ",") {
			paths = append(paths, part)
		}
	}
	keys := make([]Value, len(items))
	for i, x := range items {
		var key Tuple
		for _, path := range paths {
			v := x
			if path != nil {
				if v, err = f.path(x, path); err != nil {
					return nil, err
				}
			}
			key = append(key, folded(v, Truth(p["case_sensitive"])))
		}
		keys[i] = key
		if len(key) == 1 {
			keys[i] = key[0]
		}
	}
	return &List{items}, sortBy(items, keys, Truth(p["reverse"]))
}

var (
	commentTag = late.Pattern(`(?s)<!--.*?-->`)
	anyTag     = late.Pattern(`<.*?>`)
)

func filterStrip(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	s = anyTag().ReplaceAllString(commentTag().ReplaceAllString(s, ""), "")
	s = strings.Join(strings.FieldsFunc(s, isSpace), " ")
	s = html.UnescapeString(s)
	return s, nil
}

func filterSum(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("sum", "attribute", "start")
	if err != nil {
		return nil, err
	}
	total, given := p["start"]
	if !given {
		total = int64(0)
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	floats := false
	for _, x := range items {
		if path := p["attribute"]; path != nil {
			if x, err = f.path(x, path); err != nil {
				return nil, err
			}
		}
		if _, ok := x.(float64); ok {
			floats = true
		}
		if _, ok := x.(string); ok {
			return nil, runtime("unsupported operand type(s) for +: 'int' and 'str'")
		}
		if total, err = f.binary("+", total, x); err != nil {
			return nil, err
		}
	}
	if floats && len(items) > 1 {
		return compensated(f, items, p, total)
	}
	return total, nil
}

// compensated is the sum of floats as Python has it since 3.12: with Neumaier's
// correction. Where the correction matters, older Pythons differ.
func compensated(f *frame, items []Value, p map[string]Value, plain Value) (Value, error) {
	sum, c := 0.0, 0.0
	if s, ok := asFloat(p["start"]); ok {
		sum = s
	}
	for _, x := range items {
		var err error
		if path := p["attribute"]; path != nil {
			if x, err = f.path(x, path); err != nil {
				return nil, err
			}
		}
		v, ok := asFloat(x)
		if !ok {
			return plain, nil
		}
		t := sum + v
		if math.Abs(sum) >= math.Abs(v) {
			c += (sum - t) + v
		} else {
			c += (v - t) + sum
		}
		sum = t
	}
	if got, ok := plain.(float64); ok && got != sum+c {
		return nil, unsupported("a sum of floats whose last digit depends on the version of Python")
	}
	return plain, nil
}

func filterTrim(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("trim", "chars")
	if err != nil {
		return nil, err
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	cut := isSpace
	if v := p["chars"]; v != nil {
		set, _ := asText(v)
		cut = func(r rune) bool { return strings.ContainsRune(set, r) }
	}
	s = strings.TrimFunc(s, cut)
	if marked(of) {
		return Markup(s), nil
	}
	return s, nil
}

func filterTruncate(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("truncate", "length", "killwords", "end", "leeway")
	if err != nil {
		return nil, err
	}
	length, leeway, end := 255, 5, "..."
	if v, ok := p["length"]; ok {
		if length, err = number64(v, "truncate"); err != nil {
			return nil, err
		}
	}
	if v := p["leeway"]; v != nil {
		if leeway, err = number64(v, "truncate"); err != nil {
			return nil, err
		}
	}
	if v, ok := p["end"]; ok {
		end, _ = asText(v)
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	n := utf8.RuneCountInString(end)
	if length < n || leeway < 0 {
		return nil, runtime("truncate needs a length of at least %d", n)
	}
	r := []rune(s)
	if len(r) <= length+leeway {
		return of, nil
	}
	cut := string(r[:length-n])
	if !Truth(p["killwords"]) {
		if i := strings.LastIndexByte(cut, ' '); i >= 0 {
			cut = cut[:i]
		}
	}
	return cut + end, nil
}

func filterUnique(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("unique", "case_sensitive", "attribute")
	if err != nil {
		return nil, err
	}
	items, err := f.list(of)
	if err != nil {
		return nil, err
	}
	seen := &Dict{}
	var out []Value
	for _, x := range items {
		v := x
		if path := p["attribute"]; path != nil {
			if v, err = f.path(x, path); err != nil {
				return nil, err
			}
		}
		key := folded(v, Truth(p["case_sensitive"]))
		if _, ok := seen.Get(key); ok {
			continue
		}
		if err := seen.set(key, true); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return &stream{items: out}, nil
}

// quoteURL is urllib's quote; a slash may be kept.
func quoteURL(s string, slash bool) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("_.-~", c) >= 0, c == '/' && slash:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func filterURL(f *frame, of Value, _ args) (Value, error) {
	_, list := of.(*List)
	d, mapping := of.(*Dict)
	if !list && !mapping {
		s, err := f.plain(of)
		return quoteURL(s, true), err
	}
	items := listOf(of)
	if mapping {
		items = d.items()
	}
	parts := make([]string, len(items))
	for i, x := range items {
		pair, err := f.list(x)
		if err != nil || len(pair) != 2 {
			return nil, runtime("urlencode takes pairs")
		}
		k, err := f.plain(pair[0])
		if err != nil {
			return nil, err
		}
		v, err := f.plain(pair[1])
		if err != nil {
			return nil, err
		}
		parts[i] = url.QueryEscape(k) + "=" + url.QueryEscape(v)
	}
	return strings.Join(parts, "&"), nil
}

// listOf are the items of a list, and none of anything else.
func listOf(v Value) []Value {
	if l, ok := v.(*List); ok {
		return l.Items
	}
	return nil
}

func filterWords(f *frame, of Value, _ args) (Value, error) {
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	return int64(len(strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_'
	}))), nil
}

func filterXML(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("xmlattr", "autospace")
	if err != nil {
		return nil, err
	}
	d, ok := of.(*Dict)
	if !ok {
		return nil, runtime("xmlattr takes a mapping")
	}
	var parts []string
	for i, k := range d.keys {
		v := d.values[i]
		if _, missing := v.(*Undefined); missing || v == nil {
			continue
		}
		key, err := f.plain(k)
		if err != nil {
			return nil, err
		}
		if strings.ContainsAny(key, " \t\n\f\v\r/>=") {
			return nil, runtime("invalid character in attribute name: %q", key)
		}
		text, err := f.plain(v)
		if err != nil {
			return nil, err
		}
		if !marked(v) {
			text = string(escape(text))
		}
		parts = append(parts, string(escape(key))+`="`+text+`"`)
	}
	out := strings.Join(parts, " ")
	if space, given := p["autospace"]; out != "" && (!given || Truth(space)) {
		out = " " + out
	}
	if f.escape {
		return Markup(out), nil
	}
	return out, nil
}
