package manifest

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"scaffold/generator/fault"
)

func (d *document) problem(tok *token.Token, message, remedy string) *fault.Fault {
	f := problem(d.file, 0, 0, message, remedy)
	if tok != nil {
		f.Place.Line, f.Place.Column = tok.Position.Line, tok.Position.Column
	}
	return f
}

// at finds the token of the deepest element of path that exists: mapping keys
// are strings, list elements ints.
func (d *document) at(path ...any) *token.Token {
	n := d.body
	tok := n.GetToken()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			i := slices.IndexFunc(pairs(n), func(p *ast.MappingValueNode) bool { return keyText(p) == step })
			if i < 0 {
				return tok
			}
			p := pairs(n)[i]
			n, tok = p.Value, p.Key.GetToken()
			if _, scalar := n.(ast.ScalarNode); scalar {
				tok = n.GetToken()
			}
		case int:
			seq, ok := n.(*ast.SequenceNode)
			if !ok || step >= len(seq.Values) {
				return tok
			}
			n = seq.Values[step]
			tok = firstToken(n)
		}
	}
	return tok
}

func firstToken(n ast.Node) *token.Token {
	if p := pairs(n); len(p) > 0 {
		return p[0].Key.GetToken()
	}
	return n.GetToken()
}

// pairs gives a mapping's entries, and none for anything else.
func pairs(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	case *ast.AnchorNode:
		return pairs(n.Value)
	case *ast.TagNode:
		return pairs(n.Value)
	default:
		return nil
	}
}

func keyText(p *ast.MappingValueNode) string { return p.Key.GetToken().Value }

// nodeAt is the deepest element of path that exists.
func (d *document) nodeAt(path ...any) ast.Node {
	n := d.body
	for _, step := range path {
		next := child(n, step)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

func child(n ast.Node, step any) ast.Node {
	switch step := step.(type) {
	case string:
		for _, p := range pairs(n) {
			if keyText(p) == step {
				return p.Value
			}
		}
	case int:
		if seq, ok := n.(*ast.SequenceNode); ok && step < len(seq.Values) {
			return seq.Values[step]
		}
	}
	return nil
}

// key is the token of the last key of path, and not of its value.
func (d *document) key(path ...any) *token.Token {
	last, ok := path[len(path)-1].(string)
	if !ok {
		return d.at(path...)
	}
	for _, p := range pairs(d.nodeAt(path[:len(path)-1]...)) {
		if keyText(p) == last {
			return p.Key.GetToken()
		}
	}
	return d.at(path...)
}

// within is the place of a character of a text's value: where it stands in the
// file, behind quotation marks, escapes, indentation and folded lines.
func (d *document) within(n ast.Node, offset int) (line, column int) {
	if m := pairs(n); len(m) == 1 && keyText(m[0]) == "expr" {
		n = m[0].Value
	}
	tok := n.GetToken()
	line, column = tok.Position.Line, tok.Position.Column
	lines := strings.Split(d.text, "\n")
	if literal, ok := n.(*ast.LiteralNode); ok {
		return blockPlace(lines, line, []rune(literal.Value.Value), offset)
	}
	if line > len(lines) {
		return line, column
	}
	raw := []rune(strings.Join(lines[line-1:], "\n"))
	i := scalarPlace(raw, column-1, []rune(tok.Value), tok.Type, offset)
	before := raw[:min(i, len(raw))]
	for _, r := range before {
		if r == '\n' {
			line++
		}
	}
	return line, len(before) - lastBreak(before)
}

// lastBreak is the index of the last line break, or -1.
func lastBreak(text []rune) int {
	for i := range slices.Backward(text) {
		if text[i] == '\n' {
			return i
		}
	}
	return -1
}

// scalarPlace walks a scalar and its value side by side.
func scalarPlace(raw []rune, i int, value []rune, kind token.Type, offset int) int {
	if kind == token.SingleQuoteType || kind == token.DoubleQuoteType {
		i++
	}
	for _, r := range value[:min(offset, len(value))] {
		if i >= len(raw) {
			break
		}
		switch {
		case r == ' ' && raw[i] == '\n', r == ' ' && raw[i] == '\r':
			for i < len(raw) && strings.ContainsRune(" \t\r\n", raw[i]) {
				i++
			}
		case kind == token.SingleQuoteType && r == '\'':
			i += 2
		case kind == token.DoubleQuoteType && raw[i] == '\\' && i+1 < len(raw):
			i += 2 + map[rune]int{'x': 2, 'u': 4, 'U': 8}[raw[i+1]]
		default:
			i++
		}
	}
	return i
}

// blockPlace is the place in a | or > text, whose header is on the given line.
func blockPlace(lines []string, header int, value []rune, offset int) (line, column int) {
	value = value[:min(offset, len(value))]
	line = header + 1 + strings.Count(string(value), "\n")
	if line > len(lines) {
		return header, 1
	}
	indent := len(lines[header]) - len(strings.TrimLeft(lines[header], " "))
	return line, indent + len(value) - lastBreak(value)
}
