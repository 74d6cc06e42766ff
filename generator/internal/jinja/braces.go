package jinja

import (
	"strconv"
	"strings"

	"scaffold/generator/internal/late"
)

func textFormat(f *frame, of Value, a args) (Value, error) {
	text, _ := asText(of)
	return (&bracesFormat{frame: f, args: a}).fill(text, 0)
}

func textFormatMap(f *frame, of Value, a args) (Value, error) {
	v, err := one("format_map", a)
	if err != nil {
		return nil, err
	}
	d, ok := v.(*Dict)
	if !ok {
		return nil, runtime("format_map takes a mapping")
	}
	named := args{named: map[string]Value{}}
	d.Each(func(k, v Value) {
		if name, ok := k.(string); ok {
			named.names = append(named.names, name)
			named.named[name] = v
		}
	})
	return textFormat(f, of, named)
}

// A bracesFormat is one call of str.format.
type bracesFormat struct {
	*frame
	args args
	next int // of the fields without a name
}

// fill gives a text with its fields written; depth is that of formats inside of
// formats.
func (f *bracesFormat) fill(text string, depth int) (string, error) {
	if depth > 2 {
		return "", runtime("max string recursion exceeded")
	}
	var b strings.Builder
	for text != "" {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			b.WriteString(text)
			break
		}
		b.WriteString(text[:i])
		c := text[i]
		text = text[i+1:]
		if strings.HasPrefix(text, string(c)) {
			b.WriteByte(c)
			text = text[1:]
			continue
		}
		if c == '}' {
			return "", runtime("single '}' encountered in format string")
		}
		end := closingBrace(text)
		if end < 0 {
			return "", runtime("expected '}' before end of string")
		}
		part, err := f.field(text[:end], depth)
		if err != nil {
			return "", err
		}
		b.WriteString(part)
		text = text[end+1:]
	}
	return b.String(), f.room(b.Len())
}

// closingBrace is where the brace stands that closes one before the text, or -1.
func closingBrace(text string) int {
	level := 1
	for i, c := range []byte(text) {
		switch c {
		case '{':
			level++
		case '}':
			if level--; level == 0 {
				return i
			}
		}
	}
	return -1
}

// field writes what stands between two braces: name!conversion:spec.
func (f *bracesFormat) field(text string, depth int) (string, error) {
	name, spec, _ := strings.Cut(text, ":")
	name, conversion, converted := strings.Cut(name, "!")
	v, err := f.value(name)
	if err != nil {
		return "", err
	}
	if spec, err = f.fill(spec, depth+1); err != nil {
		return "", err
	}
	if converted {
		if v, err = f.convert(v, conversion); err != nil {
			return "", err
		}
	}
	return f.formatValue(v, spec)
}

// value is what a field's name stands for, such as a.b[0].
func (f *bracesFormat) value(name string) (Value, error) {
	head := name
	if i := strings.IndexAny(name, ".["); i >= 0 {
		head = name[:i]
	}
	v, err := f.argument(head)
	for rest := name[len(head):]; rest != "" && err == nil; {
		m := fieldPart().FindStringSubmatch(rest)
		if m == nil {
			return nil, runtime("the field %q cannot be read", name)
		}
		rest = rest[len(m[0]):]
		if m[1] != "" {
			v, err = f.fieldAttr(v, m[1])
		} else {
			v, err = f.fieldItem(v, m[2])
		}
	}
	return v, err
}

func (f *frame) fieldAttr(v Value, name string) (Value, error) {
	if strings.HasPrefix(name, "_") {
		return nil, unsupported("%s in a format is a part of Python itself", name)
	}
	own, ok, err := f.ownAttr(v, name)
	if err != nil || !ok {
		return nil, runtime("'%s' object has no attribute '%s'", typeName(v), name)
	}
	return own, nil
}

func (f *frame) fieldItem(v Value, name string) (Value, error) {
	var key Value = name
	if n, err := strconv.ParseInt(name, 10, 64); err == nil {
		key = n
	}
	item, err := f.item(v, key)
	if u, ok := item.(*Undefined); ok && err == nil {
		return nil, u.err()
	}
	return item, err
}

func (f *frame) convert(v Value, conversion string) (Value, error) {
	switch conversion {
	case "r":
		return Repr(v)
	case "s":
		return f.plain(v)
	}
	return nil, unsupported("the conversion !%s", conversion)
}

// argument is what the first part of a field's name stands for; an empty one is
// the next in turn.
func (f *bracesFormat) argument(head string) (Value, error) {
	if head == "" {
		head = strconv.Itoa(f.next)
		f.next++
	}
	if n, err := strconv.Atoi(head); err == nil {
		if n >= len(f.args.list) {
			return nil, runtime("replacement index %d out of range for positional args tuple", n)
		}
		return f.args.list[n], nil
	}
	v, ok := f.args.named[head]
	if !ok {
		return nil, runtime("the format has no value for %q", head)
	}
	return v, nil
}

var fieldPart = late.Pattern(`^(?:\.([^.\[]+)|\[([^\]]*)\])`)
