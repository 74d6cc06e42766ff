package jinja

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"scaffold/generator/internal/late"
)

// A pos is a place in a text, from 1; columns are characters.
type pos struct{ line, column int }

type kind int

const (
	tText kind = iota
	tBlockBegin
	tBlockEnd
	tVarBegin
	tVarEnd
	tName
	tString
	tInt
	tFloat
	tOp
	tEOF
)

type token struct {
	kind kind
	text string // a string's content is decoded
	pos  pos
}

func (t token) is(kind kind, text string) bool { return t.kind == kind && t.text == text }

func (t token) show() string {
	switch t.kind {
	case tEOF:
		return "the end of the template"
	case tBlockEnd:
		return "the end of the statement"
	case tVarEnd:
		return "the end of the expression"
	}
	return strconv.Quote(t.text)
}

// A lexer cuts texts into tokens as jinja2.lexer does. Its zero value is of no
// use.
type lexer struct {
	Syntax
	openings []opening // the longest first
	raw      *regexp.Regexp
	endraw   *regexp.Regexp
}

type opening struct {
	text string
	kind kind
}

const comment kind = -1

func newLexer(s Syntax) (lexer, error) {
	s.BlockStart, s.BlockEnd = cmp.Or(s.BlockStart, "{%"), cmp.Or(s.BlockEnd, "%}")
	s.VariableStart, s.VariableEnd = cmp.Or(s.VariableStart, "{{"), cmp.Or(s.VariableEnd, "}}")
	s.CommentStart, s.CommentEnd = cmp.Or(s.CommentStart, "{#"), cmp.Or(s.CommentEnd, "#}")
	s.Newline = cmp.Or(s.Newline, "\n")
	if s.BlockStart == s.VariableStart || s.VariableStart == s.CommentStart || s.BlockStart == s.CommentStart {
		return lexer{}, fail(Syntaxes, "the starts of blocks, variables and comments must differ")
	}
	l := lexer{Syntax: s, openings: []opening{{s.CommentStart, comment}, {s.BlockStart, tBlockBegin}, {s.VariableStart, tVarBegin}}}
	slices.SortStableFunc(l.openings, func(a, b opening) int { return len(b.text) - len(a.text) })
	q := regexp.QuoteMeta
	l.raw = regexp.MustCompile(`^` + q(s.BlockStart) + `([-+]?)\s*raw\s*(?:-` + q(s.BlockEnd) + `\s*|` + q(s.BlockEnd) + `)`)
	trim := ""
	if s.TrimBlocks {
		trim = `\n?`
	}
	l.endraw = regexp.MustCompile(q(s.BlockStart) + `([-+]?)\s*endraw\s*(?:\+` + q(s.BlockEnd) + `|-` + q(s.BlockEnd) + `\s*|` + q(s.BlockEnd) + trim + `)`)
	return l, nil
}

// A scan is one text on its way to tokens.
type scan struct {
	lexer
	file   string
	text   string
	at     int
	from   int // pos is counted up to here
	place  pos
	start  bool     // the last token ended a line
	open   []string // what closes the brackets of the tag at hand
	tokens []token
}

func (l lexer) tokens(file, text string) ([]token, error) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if !l.KeepTrailingNewline {
		text = strings.TrimSuffix(text, "\n")
	}
	s := &scan{lexer: l, file: file, text: text, place: pos{1, 1}, start: true}
	for s.at < len(s.text) {
		if err := s.root(); err != nil {
			return nil, err
		}
	}
	s.add(tEOF, "", len(s.text))
	return s.tokens, nil
}

// pos counts on from the last place that was asked for.
func (s *scan) pos(at int) pos {
	if at < s.from {
		s.from, s.place = 0, pos{1, 1}
	}
	part := s.text[s.from:at]
	if n := strings.Count(part, "\n"); n > 0 {
		s.place.line += n
		s.place.column = 1
		part = part[strings.LastIndexByte(part, '\n')+1:]
	}
	s.place.column += utf8.RuneCountInString(part)
	s.from = at
	return s.place
}

func (s *scan) add(k kind, text string, at int) {
	s.tokens = append(s.tokens, token{k, text, s.pos(at)})
}

func (s *scan) fail(at int, format string, args ...any) error {
	e := fail(Syntaxes, format, args...)
	p := s.pos(at)
	e.File, e.Line, e.Column = s.file, p.line, p.column
	return e
}

// root takes the text up to the next tag, and the tag.
func (s *scan) root() error {
	next, found := -1, opening{}
	for _, o := range s.openings {
		if i := strings.Index(s.text[s.at:], o.text); i >= 0 && (next < 0 || s.at+i < next) {
			next, found = s.at+i, o
		}
	}
	if next < 0 {
		s.data(s.text[s.at:], s.at)
		s.at = len(s.text)
		return nil
	}
	after := next + len(found.text)
	sign := ""
	if after < len(s.text) && (s.text[after] == '-' || s.text[after] == '+') {
		sign = s.text[after : after+1]
	}
	s.data(s.before(s.text[s.at:next], sign, found.kind != tVarBegin), s.at)
	switch {
	case found.kind == comment:
		return s.comment(next, after)
	case found.kind == tBlockBegin:
		if m := s.raw.FindStringIndex(s.text[next:]); m != nil {
			return s.rawText(next, next+m[1])
		}
	}
	s.add(found.kind, found.text, next)
	s.at = after + len(sign)
	return s.inside(found.kind, next)
}

// before is a text as the tag behind it leaves it.
func (s *scan) before(text, sign string, block bool) string {
	switch {
	case sign == "-":
		return strings.TrimRightFunc(text, isSpace)
	case sign == "+" || !block || !s.LstripBlocks:
		return text
	}
	line := strings.LastIndexByte(text, '\n') + 1
	if (line > 0 || s.start) && strings.TrimLeftFunc(text[line:], isSpace) == "" {
		return text[:line]
	}
	return text
}

func (s *scan) data(text string, at int) {
	if text == "" {
		return
	}
	if s.Newline != "\n" {
		text = strings.ReplaceAll(text, "\n", s.Newline)
	}
	s.add(tText, text, at)
}

func (s *scan) comment(start, after int) error {
	i := strings.Index(s.text[after:], s.CommentEnd)
	if i < 0 {
		return s.fail(start, "the comment has no end: %s is missing", s.CommentEnd)
	}
	s.leave(after+i, after+i+len(s.CommentEnd), s.TrimBlocks)
	return nil
}

// leave goes on behind a tag whose end delimiter is at end; the sign stands
// before it.
func (s *scan) leave(end, next int, trim bool) {
	sign := byte(0)
	if end > 0 {
		sign = s.text[end-1]
	}
	switch {
	case sign == '-':
		rest := strings.TrimLeftFunc(s.text[next:], isSpace)
		next = len(s.text) - len(rest)
	case sign == '+':
	case trim && strings.HasPrefix(s.text[next:], "\n"):
		next++
	}
	s.at = next
	s.start = next > 0 && s.text[next-1] == '\n'
}

func (s *scan) rawText(start, after int) error {
	m := s.endraw.FindStringSubmatchIndex(s.text[after:])
	if m == nil {
		return s.fail(start, "the raw block has no end: endraw is missing")
	}
	s.start = s.text[after-1] == '\n'
	s.data(s.before(s.text[after:after+m[0]], s.text[after+m[2]:after+m[3]], true), after)
	s.at = after + m[1]
	s.start = s.text[s.at-1] == '\n'
	return nil
}

var (
	reFloat  = late.Pattern(`^(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+\-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)`)
	reInt    = late.Pattern(`^(?:0[bB](?:_?[0-1])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\da-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*)`)
	reName   = late.Pattern(`^[\pL_\p{Nl}][\pL\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}_]*`)
	reString = late.Pattern(`^(?s:'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*")`)
)

var operators = []string{"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"}

var closing = map[string]string{"(": ")", "[": "]", "{": "}"}

// inside takes the tokens of one tag.
func (s *scan) inside(k kind, start int) error {
	end, close := s.VariableEnd, tVarEnd
	if k == tBlockBegin {
		end, close = s.BlockEnd, tBlockEnd
	}
	s.open = s.open[:0]
	for s.at < len(s.text) {
		rest := s.text[s.at:]
		if len(s.open) == 0 {
			if n := s.endsHere(rest, end, k); n >= 0 {
				s.add(close, end, s.at)
				s.leave(s.at+n, s.at+n+len(end), k == tBlockBegin && s.TrimBlocks)
				return nil
			}
		}
		if isSpace(rune(rest[0])) {
			s.at++
			continue
		}
		t, err := s.lexeme(rest)
		if err != nil {
			return err
		}
		s.add(t.kind, t.text, s.at)
		s.at += t.size
	}
	return s.fail(start, "the tag has no end: %s is missing", end)
}

// A lexeme is a token as it is written: size is that of the text it takes.
type lexeme struct {
	kind kind
	text string
	size int
}

func (s *scan) lexeme(rest string) (lexeme, error) {
	afterDot := s.at > 0 && s.text[s.at-1] == '.'
	if !afterDot {
		if m := reFloat().FindString(rest); m != "" {
			return lexeme{tFloat, strings.ReplaceAll(m, "_", ""), len(m)}, nil
		}
	}
	if m := reInt().FindString(rest); m != "" {
		return lexeme{tInt, strings.ReplaceAll(m, "_", ""), len(m)}, nil
	}
	if m := reName().FindString(rest); m != "" {
		return lexeme{tName, m, len(m)}, nil
	}
	if rest[0] == '\'' || rest[0] == '"' {
		return s.quoted(rest)
	}
	return s.operator(rest)
}

func (s *scan) quoted(rest string) (lexeme, error) {
	m := reString().FindString(rest)
	if m == "" {
		return lexeme{}, s.fail(s.at, "the text has no end: %c is missing", rest[0])
	}
	text, err := unescape(m[1 : len(m)-1])
	if err != nil {
		err = at(err, s.file, s.pos(s.at))
	}
	return lexeme{tString, text, len(m)}, err
}

func (s *scan) operator(rest string) (lexeme, error) {
	i := slices.IndexFunc(operators, func(op string) bool { return strings.HasPrefix(rest, op) })
	if i < 0 {
		r, _ := utf8.DecodeRuneInString(rest)
		return lexeme{}, s.fail(s.at, "unexpected character %q", r)
	}
	op := operators[i]
	switch op {
	case "(", "[", "{":
		s.open = append(s.open, closing[op])
	case ")", "]", "}":
		if len(s.open) == 0 {
			return lexeme{}, s.fail(s.at, "unexpected %q", op)
		}
		if want := s.open[len(s.open)-1]; want != op {
			return lexeme{}, s.fail(s.at, "unexpected %q, expected %q", op, want)
		}
		s.open = s.open[:len(s.open)-1]
	}
	return lexeme{tOp, op, len(op)}, nil
}

// endsHere gives the size of the sign before the end delimiter, or -1 where the
// tag goes on. A variable has no plus.
func (s *scan) endsHere(rest, end string, k kind) int {
	switch {
	case strings.HasPrefix(rest, end):
		return 0
	case strings.HasPrefix(rest, "-"+end), k == tBlockBegin && strings.HasPrefix(rest, "+"+end):
		return 1
	}
	return -1
}

var escapes = map[byte]string{'\n': "", '\\': "\\", '\'': "'", '"': "\"", 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v"}

// hexEscapes are how many digits the escapes of a character's number have.
var hexEscapes = map[byte]int{'x': 2, 'u': 4, 'U': 8}

// unescape decodes a text as Python's unicode-escape does.
func unescape(text string) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, `\`)
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		if rest == "" {
			b.WriteByte('\\')
			return b.String(), nil
		}
		plain, size, err := decodeEscape(rest)
		if err != nil {
			return "", err
		}
		b.WriteString(plain)
		text = rest[size:]
	}
}

// decodeEscape decodes the escape whose backslash stands before a text; size is
// how much of the text it takes.
func decodeEscape(text string) (plain string, size int, err error) {
	c := text[0]
	if plain, ok := escapes[c]; ok {
		return plain, 1, nil
	}
	digits := hexEscapes[c]
	switch {
	case digits > 0:
		if digits >= len(text) {
			return "", 0, fail(Syntaxes, "the escape \\%c needs %d digits", c, digits)
		}
		n, err := strconv.ParseUint(text[1:1+digits], 16, 32)
		if err != nil {
			return "", 0, fail(Syntaxes, "the escape \\%c needs %d digits", c, digits)
		}
		return string(rune(n)), 1 + digits, nil
	case c >= '0' && c <= '7':
		for size < min(len(text), 3) && text[size] >= '0' && text[size] <= '7' {
			size++
		}
		n, _ := strconv.ParseUint(text[:size], 8, 32)
		return string(rune(n)), size, nil
	case c == 'N':
		return "", 0, unsupported("the escape \\N is not known here")
	}
	return `\` + text[:1], 1, nil
}
