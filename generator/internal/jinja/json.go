package jinja

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// A jsonWriter writes as Python's json.dumps.
type jsonWriter struct {
	b           strings.Builder
	indent      string // nil and "" differ: see pretty
	pretty      bool
	item, colon string
	sort, ascii bool
}

func (w *jsonWriter) write(v Value, depth int) error {
	if depth > 200 {
		return fail(Exceeded, "a value is nested too deeply")
	}
	if err := checked(v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		w.b.WriteString("null")
	case bool:
		w.b.WriteString(strconv.FormatBool(v))
	case int64:
		w.b.WriteString(strconv.FormatInt(v, 10))
	case *big.Int:
		w.b.WriteString(v.String())
	case float64:
		w.b.WriteString(jsonFloat(v))
	case string:
		w.text(v)
	case Markup:
		w.text(string(v))
	case *List:
		return w.list(v.Items, depth)
	case Tuple:
		return w.list(v, depth)
	case *Dict:
		return w.dict(v, depth)
	case *Refused:
		return unsupported("%s", v.Message)
	default:
		return runtime("Object of type %s is not JSON serializable", typeName(v))
	}
	return nil
}

func jsonFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return floatText(f)
}

func (w *jsonWriter) text(s string) {
	w.b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			w.b.WriteByte('\\')
			w.b.WriteRune(r)
		case r == '\n':
			w.b.WriteString(`\n`)
		case r == '\r':
			w.b.WriteString(`\r`)
		case r == '\t':
			w.b.WriteString(`\t`)
		case r == '\b':
			w.b.WriteString(`\b`)
		case r == '\f':
			w.b.WriteString(`\f`)
		case r < 0x20, w.ascii && r > 0x7e && r <= 0xffff:
			fmt.Fprintf(&w.b, `\u%04x`, r)
		case w.ascii && r > 0xffff:
			a, b := utf16.EncodeRune(r)
			fmt.Fprintf(&w.b, `\u%04x\u%04x`, a, b)
		default:
			w.b.WriteRune(r)
		}
	}
	w.b.WriteByte('"')
}

func (w *jsonWriter) line(depth int) {
	if w.pretty {
		w.b.WriteString("\n" + strings.Repeat(w.indent, depth))
	}
}

func (w *jsonWriter) list(items []Value, depth int) error {
	if len(items) == 0 {
		w.b.WriteString("[]")
		return nil
	}
	w.b.WriteByte('[')
	for i, x := range items {
		if i > 0 {
			w.b.WriteString(w.item)
		}
		w.line(depth + 1)
		if err := w.write(x, depth+1); err != nil {
			return err
		}
	}
	w.line(depth)
	w.b.WriteByte(']')
	return nil
}

func (w *jsonWriter) dict(d *Dict, depth int) error {
	if d.Len() == 0 {
		w.b.WriteString("{}")
		return nil
	}
	keys, values := d.Keys(), slices.Clone(d.values)
	if w.sort {
		if err := sortBy(values, keys, false); err != nil {
			return err
		}
		if err := sortBy(keys, d.Keys(), false); err != nil {
			return err
		}
	}
	w.b.WriteByte('{')
	for i, k := range keys {
		if i > 0 {
			w.b.WriteString(w.item)
		}
		w.line(depth + 1)
		if err := w.key(k); err != nil {
			return err
		}
		w.b.WriteString(w.colon)
		if err := w.write(values[i], depth+1); err != nil {
			return err
		}
	}
	w.line(depth)
	w.b.WriteByte('}')
	return nil
}

func (w *jsonWriter) key(k Value) error {
	switch k := k.(type) {
	case string:
		w.text(k)
		return nil
	case nil, bool, int64, *big.Int, float64:
		w.b.WriteByte('"')
		err := w.write(k, 0)
		w.b.WriteByte('"')
		return err
	}
	return runtime("keys must be str, int, float, bool or None, not %s", typeName(k))
}

// dumpJSON is json.dumps; indent is None, a number or a text.
func (f *frame) dumpJSON(v, indent Value, sorted, ascii bool) (string, error) {
	w := &jsonWriter{item: ", ", colon: ": ", sort: sorted, ascii: ascii}
	switch n := indent.(type) {
	case nil:
	case string:
		w.pretty, w.indent, w.item = true, n, ","
	default:
		spaces, err := number64(n, "indent")
		if err != nil {
			return "", err
		}
		if err := f.room(spaces); err != nil {
			return "", err
		}
		w.pretty, w.indent, w.item = true, strings.Repeat(" ", max(spaces, 0)), ","
	}
	if err := w.write(v, 0); err != nil {
		return "", err
	}
	return w.b.String(), f.room(w.b.Len())
}

// filterJSON is tojson: sorted, and safe inside of HTML.
func filterJSON(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("tojson", "indent")
	if err != nil {
		return nil, err
	}
	text, err := f.dumpJSON(of, p["indent"], true, true)
	if err != nil {
		return nil, err
	}
	return Markup(strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "'", `\u0027`).Replace(text)), nil
}

// ReadJSON reads a JSON text in the order of its keys.
func ReadJSON(text string) (Value, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := jsonValue(d, 0)
	if err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("there is more than one value")
	}
	return v, nil
}

func jsonValue(d *json.Decoder, depth int) (Value, error) {
	if depth > 200 {
		return nil, fail(Exceeded, "the JSON is nested too deeply")
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			return jsonList(d, depth)
		}
		return jsonDict(d, depth)
	case json.Number:
		if b, ok := new(big.Int).SetString(t.String(), 10); ok {
			return normal(b), nil
		}
		f, _ := strconv.ParseFloat(t.String(), 64) // out of range is inf, as in Python
		return f, nil
	}
	return t, nil
}

func jsonList(d *json.Decoder, depth int) (Value, error) {
	l := &List{Items: []Value{}}
	for d.More() {
		v, err := jsonValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		l.Items = append(l.Items, v)
	}
	_, err := d.Token()
	return l, err
}

func jsonDict(d *json.Decoder, depth int) (Value, error) {
	out := &Dict{}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := jsonValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		out.Set(k, v)
	}
	_, err := d.Token()
	return out, err
}

// WriteJSON writes a value as json.dumps does.
func WriteJSON(v Value) (string, error) {
	w := &jsonWriter{item: ", ", colon: ": "}
	err := w.write(v, 0)
	return w.b.String(), err
}

// WriteIndentedJSON is WriteJSON with a line for each value, two spaces deeper
// at each level.
func WriteIndentedJSON(v Value) (string, error) {
	w := &jsonWriter{item: ",", colon: ": ", pretty: true, indent: "  "}
	err := w.write(v, 0)
	return w.b.String(), err
}
