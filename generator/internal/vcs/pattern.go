package vcs

import (
	"path"
	"strings"
)

// A pattern is one of git's, as .gitignore and .gitattributes hold them: see
// gitignore(5). The oracle of its tests is git.
type pattern struct {
	text     string
	dirOnly  bool // it ended in a slash
	anywhere bool // it has no slash: it is for names anywhere below
	fold     bool // where the disk does not tell A from a
}

func newPattern(text string, fold bool) pattern {
	p := pattern{fold: fold}
	p.text, p.dirOnly = strings.CutSuffix(text, "/")
	p.anywhere = !strings.Contains(p.text, "/")
	return p
}

// matches takes a path below the directory of the pattern's file.
func (p pattern) matches(name string, isDir bool) bool {
	if p.dirOnly && !isDir {
		return false
	}
	if p.anywhere {
		return match(p.text, path.Base(name), p.fold)
	}
	text := strings.TrimPrefix(p.text, "/")
	plain := literal(text)
	if len(plain) > len(name) || !equal(plain, name[:len(plain)], p.fold) {
		return false
	}
	return match(text[len(plain):], name[len(plain):], p.fold) // "a**/b" is here "**/b", as for git
}

// literal is what stands before the first special character.
func literal(text string) string {
	if i := strings.IndexAny(text, `*?[\`); i >= 0 {
		return text[:i]
	}
	return text
}

func equal(a, b string, fold bool) bool {
	if !fold {
		return a == b
	}
	return lower(a) == lower(b)
}

// lower is for ASCII alone, as git's own.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// match says whether a whole name fits a pattern: "*" and "?" stay within one
// part of it, "**" between slashes does not. One that is not well formed fits
// nothing. The time is at most the product of the lengths, whatever the
// pattern.
func match(text, name string, fold bool) bool {
	if fold {
		name = lower(name)
	}
	atoms, ok := parse(text, fold)
	if !ok {
		return false
	}
	now := make([]bool, len(atoms)+1) // now[i]: what was read fits the atoms before i
	now[0] = true
	skip(atoms, now)
	for i := range len(name) {
		next, alive := make([]bool, len(now)), false
		for at, a := range atoms {
			if !now[at] || !a.takes[name[i]] {
				continue
			}
			alive = true
			if a.many {
				next[at] = true
			} else {
				next[at+1] = true
			}
		}
		if !alive {
			return false
		}
		skip(atoms, next)
		now = next
	}
	return now[len(atoms)]
}

// skip enters what follows atoms that may take nothing.
func skip(atoms []atom, now []bool) {
	for at, a := range atoms {
		if now[at] && (a.many || a.fork) {
			now[at+1] = true
		}
		if now[at] && a.fork {
			now[at+3] = true
		}
	}
}

// An atom is a part of a pattern that takes one byte, or any number of them; or,
// as a fork, none, where the two atoms that follow may be left out together.
type atom struct {
	takes *byteSet
	many  bool
	fork  bool
}

// parse takes a pattern apart.
func parse(text string, fold bool) (atoms []atom, ok bool) {
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case '*':
			end := i + len(text[i:]) - len(strings.TrimLeft(text[i:], "*"))
			atoms = append(atoms, stars(text, i, end)...)
			i = end
		case '?':
			atoms = append(atoms, atom{takes: noSlash()})
			i++
		case '[':
			set, length := class(text[i:])
			if length == 0 {
				return nil, false
			}
			set['/'] = false
			atoms = append(atoms, one(set, fold))
			i += length
		case '\\':
			if i++; i == len(text) {
				return nil, false
			}
			fallthrough
		default:
			set := new(byteSet)
			set[text[i]] = true
			atoms = append(atoms, one(set, fold))
			i++
		}
	}
	return atoms, true
}

// one takes a byte of a set.
func one(set *byteSet, fold bool) atom {
	if fold {
		set.fold()
	}
	return atom{takes: set}
}

// stars reads text[from:to], which are stars. Two or more that stand between
// slashes, or at an end, take slashes as well.
func stars(text string, from, to int) []atom {
	rest := text[to:]
	deep := to-from > 1 && (from == 0 || text[from-1] == '/') &&
		(rest == "" || rest[0] == '/' || strings.HasPrefix(rest, `\/`))
	if !deep {
		return []atom{{takes: noSlash(), many: true}}
	}
	all := atom{takes: new(byteSet).negated(), many: true}
	if strings.HasPrefix(rest, "/") {
		return []atom{{takes: new(byteSet), fork: true}, all}
	}
	return []atom{all}
}

type byteSet [256]bool

func noSlash() *byteSet {
	set := new(byteSet)
	set['/'] = true
	return set.negated()
}

func (s *byteSet) negated() *byteSet {
	for i := range s {
		s[i] = !s[i]
	}
	return s
}

// fold has each lower-case letter stand for both.
func (s *byteSet) fold() {
	for c := byte('a'); c <= 'z'; c++ {
		s[c] = s[c] || s[c-'a'+'A']
	}
}

// class reads a class such as [!a-z[:digit:]] at the start of text, and gives its
// length, 0 where it has no end or names what git does not know.
func class(text string) (*byteSet, int) {
	r := &classReader{text: text, at: 1, set: new(byteSet)}
	negated := len(text) > 1 && (text[1] == '!' || text[1] == '^')
	if negated {
		r.at++
	}
	for first := true; r.at < len(text); first = false {
		if text[r.at] == ']' && !first {
			if negated {
				r.set.negated()
			}
			return r.set, r.at + 1
		}
		if !r.member() {
			return nil, 0
		}
	}
	return nil, 0
}

// A classReader is a class while it is read.
type classReader struct {
	text   string
	at     int
	set    *byteSet
	from   byte // what a dash would start at
	ranged bool // there is such a byte
}

// member adds a character, a range, or a class of POSIX. It is false where that
// is not well formed.
func (r *classReader) member() bool {
	rest := r.text[r.at:]
	switch {
	case strings.HasPrefix(rest, "[:"):
		return r.named()
	case rest[0] == '-' && r.ranged && len(rest) > 1 && rest[1] != ']':
		r.at++
		to, ok := r.char()
		for c := int(r.from); ok && c <= int(to); c++ {
			r.set[c] = true
		}
		r.ranged = false
		return ok
	}
	c, ok := r.char()
	if ok {
		r.set[c], r.from, r.ranged = true, c, true
	}
	return ok
}

// named adds [:digit:] and its like; without the second colon it is a bracket.
func (r *classReader) named() bool {
	rest := r.text[r.at+2:]
	end := strings.IndexByte(rest, ']')
	if end < 0 {
		return false
	}
	name, named := strings.CutSuffix(rest[:end], ":")
	if !named {
		r.set['['], r.from, r.ranged = true, '[', true
		r.at++
		return true
	}
	r.ranged = false
	r.at += 2 + end + 1
	return r.set.add(name)
}

// char reads a character, which a backslash may stand before.
func (r *classReader) char() (c byte, ok bool) {
	if r.at < len(r.text) && r.text[r.at] == '\\' {
		r.at++
	}
	if r.at >= len(r.text) {
		return 0, false
	}
	r.at++
	return r.text[r.at-1], true
}

// add puts a class of POSIX, of ASCII characters, into the set.
func (s *byteSet) add(name string) bool {
	is, known := map[string]func(c byte) bool{
		"alnum":  func(c byte) bool { return isLetter(c) || isDigit(c) },
		"alpha":  isLetter,
		"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
		"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
		"digit":  isDigit,
		"graph":  func(c byte) bool { return c > ' ' && c < 0x7f },
		"lower":  func(c byte) bool { return 'a' <= c && c <= 'z' },
		"print":  func(c byte) bool { return c >= ' ' && c < 0x7f },
		"punct":  func(c byte) bool { return c > ' ' && c < 0x7f && !isLetter(c) && !isDigit(c) },
		"space":  func(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' },
		"upper":  func(c byte) bool { return 'A' <= c && c <= 'Z' },
		"xdigit": func(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' },
	}[name]
	if !known {
		return false
	}
	for c := range s {
		s[c] = s[c] || is(byte(c))
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
