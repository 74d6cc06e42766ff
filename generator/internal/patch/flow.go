package patch

import (
	"bytes"
	"strings"
)

// A syntax is what the bracketed lists and mappings of a language differ in: the
// whole of a JSON file, arrays and inline tables of TOML, flow style of YAML.
type syntax struct {
	comments []string // what starts one that ends with the line
	block    bool     // there is /* */
	between  byte     // key and value
	spaced   bool     // the separator has a blank behind it, and a comment one before it
	key      func(text string) string
	write    func(v any) string // a value on one line
	writeKey func(name string) string
}

// A flow is one bracketed list or mapping.
type flow struct {
	*syntax
	data     []byte
	start    int // the opening bracket
	end      int // behind the closing one
	items    []item
	trailing int // the comma behind the last item, or -1
	mapping  bool
}

// An item is an element, or a key and its value.
type item struct {
	start, end int
	value      int // where the value starts; start in a list
	comma      int // the comma behind it, or -1
}

// scan reads the bracketed text that starts at a bracket. What it is given is
// known to be well-formed.
func (s *syntax) scan(data []byte, start int) *flow {
	f := &flow{syntax: s, data: data, start: start, trailing: -1, mapping: data[start] == '{'}
	open := false // an item has begun
	for i := start + 1; i < len(data); {
		switch c := data[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case s.comment(data, i) > 0:
			i = s.comment(data, i)
		case c == ']' || c == '}':
			f.end = i + 1
			if n := len(f.items); n > 0 {
				f.trailing = f.items[n-1].comma
			}
			return f
		case c == ',':
			if n := len(f.items); n > 0 {
				f.items[n-1].comma = i
			}
			open = false
			i++
		case f.mapping && open && c == s.between:
			i = f.readValue(&f.items[len(f.items)-1], i+1)
		case open: // a further word of the same item
			i = s.token(data, i)
			f.items[len(f.items)-1].end = i
		default:
			end := s.token(data, i)
			f.items = append(f.items, item{start: i, end: end, value: i, comma: -1})
			open, i = true, end
		}
	}
	f.end = len(data)
	return f
}

// readValue reads the value of an item, behind the separator, and gives where to
// go on.
func (f *flow) readValue(it *item, i int) int {
	it.value = f.skip(f.data, i)
	if v := it.value; v < len(f.data) && f.data[v] != ',' && f.data[v] != '}' {
		i = f.token(f.data, v)
	}
	it.end = i
	return i
}

// comment is the end of the comment that starts at i, or 0.
func (s *syntax) comment(data []byte, i int) int {
	if s.block && bytes.HasPrefix(data[i:], []byte("/*")) {
		if end := bytes.Index(data[i+2:], []byte("*/")); end >= 0 {
			return i + 2 + end + 2
		}
	}
	for _, mark := range s.comments {
		if bytes.HasPrefix(data[i:], []byte(mark)) {
			return lineEnd(data, i) - min(1, bytes.Count(data[i:lineEnd(data, i)], []byte("\n")))
		}
	}
	return 0
}

// skip passes white space and comments.
func (s *syntax) skip(data []byte, i int) int {
	for i < len(data) {
		switch {
		case strings.IndexByte(" \t\r\n", data[i]) >= 0:
			i++
		case s.comment(data, i) > 0:
			i = s.comment(data, i)
		default:
			return i
		}
	}
	return i
}

// token is the end of the text, bracketed text or word that starts at i.
func (s *syntax) token(data []byte, i int) int {
	switch c := data[i]; c {
	case '[', '{':
		return s.scan(data, i).end
	case '"', '\'':
		return s.quoted(data, i)
	}
	for j := i + 1; j < len(data); j++ {
		c := data[j]
		switch {
		case strings.IndexByte(",[]{}\n", c) >= 0, strings.IndexByte(" \t", c) >= 0 && s.comment(data, j+1) > 0:
			return trimRight(data, i, j)
		case c == s.between && (!s.spaced || j+1 == len(data) || strings.IndexByte(" \t\n,]}", data[j+1]) >= 0):
			return trimRight(data, i, j)
		case !s.spaced && s.comment(data, j) > 0:
			return trimRight(data, i, j)
		}
	}
	return len(data)
}

func trimRight(data []byte, i, j int) int {
	return i + len(bytes.TrimRight(data[i:j], " \t\r"))
}

// quoted is the end of a text in quotes, three of TOML included.
func (s *syntax) quoted(data []byte, i int) int {
	quote := data[i : i+1]
	if three := bytes.Repeat(quote, 3); bytes.HasPrefix(data[i:], three) && s.between == '=' {
		quote = three
	}
	for j := i + len(quote); j < len(data); j++ {
		switch {
		case data[j] == '\\' && quote[0] == '"':
			j++
		case bytes.HasPrefix(data[j:], []byte("''")) && len(quote) == 1 && quote[0] == '\'' && s.spaced:
			j++
		case bytes.HasPrefix(data[j:], quote):
			j += len(quote)
			for len(quote) == 3 && j < len(data) && data[j] == quote[0] { // """"a""""
				j++
			}
			return j
		}
	}
	return len(data)
}

// find gives the item that a step names, or -1 for a key that is not there.
func (f *flow) find(key Key, i int) (int, error) {
	if !f.mapping {
		return element(key, i, len(f.items))
	}
	for n, it := range f.items {
		if f.key(f.keyText(it)) == key[i].Name {
			return n, nil
		}
	}
	return -1, nil
}

func (f *flow) keyText(it item) string {
	if it.value == it.start {
		return string(f.data[it.start:it.end])
	}
	text := string(f.data[it.start:it.value])
	return strings.TrimSpace(text[:strings.LastIndexByte(text, f.between)])
}

// set changes the value at key[i:] below the flow.
func (f *flow) set(key Key, i int, value any) ([]byte, error) {
	if key[i].isAppend() && !f.mapping {
		v, err := nest(key[i+1:], value)
		if err != nil {
			return nil, err
		}
		return f.append("", v), nil
	}
	n, err := f.find(key, i)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		v, err := nest(key[i+1:], value)
		if err != nil {
			return nil, err
		}
		return f.append(f.writeKey(key[i].Name), v), nil
	}
	it := f.items[n]
	if i == len(key)-1 {
		return splice(f.data, it.value, it.end, f.layout(value, indentOf(f.data, it.start), f.wide())), nil
	}
	inner, err := f.inner(it, key[:i+1])
	if err != nil {
		return nil, err
	}
	return inner.set(key, i+1, value)
}

func (f *flow) inner(it item, key Key) (*flow, error) {
	if it.value >= it.end || f.data[it.value] != '[' && f.data[it.value] != '{' {
		return nil, notContainer(key)
	}
	return f.scan(f.data, it.value), nil
}

// remove deletes the value at key[i:] below the flow.
func (f *flow) remove(key Key, i int) ([]byte, error) {
	n, err := f.find(key, i)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		return nil, missing(key[:i+1])
	}
	if i < len(key)-1 {
		inner, err := f.inner(f.items[n], key[:i+1])
		if err != nil {
			return nil, err
		}
		return inner.remove(key, i+1)
	}
	return f.drop(n), nil
}

// drop removes an item with its comma: the one behind it, or for the last item
// the one before it.
func (f *flow) drop(n int) []byte {
	it := f.items[n]
	start, end := it.start, it.end
	if it.comma >= 0 {
		end = it.comma + 1
	}
	data := f.data
	ownLine := len(bytes.TrimSpace(data[lineStart(data, start):start])) == 0
	switch rest := data[end:lineEnd(data, end)]; {
	case ownLine && (len(bytes.TrimSpace(rest)) == 0 || f.comment(data, f.blank(end)) > 0):
		start, end = lineStart(data, start), lineEnd(data, end)
	case n < len(f.items)-1:
		end = f.skip(data, end)
	case n > 0:
		start = f.items[n-1].end
	}
	data = splice(data, start, end, "")
	if before := n - 1; n == len(f.items)-1 && n > 0 && it.comma < 0 && f.items[before].comma >= 0 && f.items[before].comma < start {
		data = splice(data, f.items[before].comma, f.items[before].comma+1, "")
	}
	return data
}

// blank passes blanks on a line.
func (f *flow) blank(i int) int {
	for i < len(f.data)-1 && (f.data[i] == ' ' || f.data[i] == '\t') {
		i++
	}
	return i
}

// wide reports whether each item has a line of its own.
func (f *flow) wide() bool {
	if len(f.items) == 0 {
		return f.between == ':' && !f.spaced && bytes.Contains(f.data, []byte("\n"))
	}
	return bytes.ContainsRune(f.data[f.start:f.items[0].start], '\n')
}

// append adds an item behind the last one. key is "" in a list.
func (f *flow) append(key string, value any) []byte {
	indent := indentOf(f.data, f.start) + unitOf(f.data)
	if n := len(f.items); n > 0 && f.wide() {
		indent = indentOf(f.data, f.items[n-1].start)
	}
	text := f.layout(value, indent, f.wide())
	if key != "" {
		gap := string(f.between) + " "
		if f.between == '=' {
			gap = " = "
		}
		text = key + gap + text
	}
	if len(f.items) == 0 {
		return f.first(text, indent)
	}
	if f.wide() {
		return f.appendLine("\n" + indent + text)
	}
	if f.trailing >= 0 {
		return splice(f.data, f.trailing+1, f.trailing+1, " "+text)
	}
	last := f.items[len(f.items)-1]
	return splice(f.data, last.end, last.end, ", "+text)
}

// appendLine adds an item on a line of its own, behind what else is on the last
// item's line: its comment.
func (f *flow) appendLine(text string) []byte {
	last := f.items[len(f.items)-1]
	at := last.end
	if f.trailing >= 0 {
		at = f.trailing + 1
	}
	eol := lineEnd(f.data, at)
	if rest := f.blank(at); f.comment(f.data, rest) == eol-1 {
		at = eol - 1
	}
	if f.trailing >= 0 {
		return splice(f.data, at, at, text+",")
	}
	return splice(splice(f.data, at, at, text), last.end, last.end, ",")
}

// first writes the only item; comments in the brackets stay above it.
func (f *flow) first(text, indent string) []byte {
	inside := bytes.TrimRight(f.data[f.start+1:f.end-1], " \t\n")
	if len(bytes.TrimSpace(inside)) == 0 && !f.wide() {
		return splice(f.data, f.start+1, f.end-1, text)
	}
	return splice(f.data, f.start+1+len(inside), f.end-1, "\n"+indent+text+"\n"+indentOf(f.data, f.start))
}

// layout writes a value: a JSON mapping or list over several lines where its
// neighbours have lines of their own.
func (f *flow) layout(value any, indent string, wide bool) string {
	if wide && f.between == ':' && !f.spaced {
		return indentJSON(f.write(value), indent, unitOf(f.data))
	}
	return f.write(value)
}
