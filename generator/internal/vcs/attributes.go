package vcs

import (
	"bytes"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"scaffold/generator/internal/tree"
)

// attributes are the rules of a project's .gitattributes files, by directory.
// Of all that they can say only line endings matter here: where a file is text
// by them, git stores it without carriage returns, and would call the file
// modified if we did not.
type attributes map[string][]rule

type rule struct {
	pattern string
	says    []string // text, -text, text=auto, eol=crlf …
}

func readAttributes(files []tree.Written) attributes {
	all := attributes{}
	for _, f := range files {
		dir, name := path.Split(f.Path.String())
		if name == ".gitattributes" {
			all[dir] = parseRules(string(f.Data))
		}
	}
	return all
}

// parseRules reads lines of a pattern and what it says. Macros of the project's
// own and quoted patterns are passed over.
func parseRules(content string) []rule {
	var rules []rule
	for line := range strings.Lines(content) {
		words := strings.Fields(line)
		if len(words) < 2 || strings.ContainsAny(words[0][:1], `#["!`) {
			continue
		}
		rules = append(rules, rule{pattern: words[0], says: words[1:]})
	}
	return rules
}

// stored gives a file's bytes as git stores them.
func (a attributes) stored(f tree.Written) []byte {
	if len(a) == 0 || f.GitMode() == "120000" || !bytes.Contains(f.Data, []byte("\r\n")) {
		return f.Data
	}
	text, eol := a.lookup(f.Path.String())
	always := text == "set" || text == "" && eol != ""
	if always || text == "auto" && !looksBinary(f.Data) {
		return bytes.ReplaceAll(f.Data, []byte("\r\n"), []byte("\n"))
	}
	return f.Data
}

// lookup gives the attributes text ("set", "unset", "auto", or "" where nothing
// is said) and eol of a file. Deeper files go before, and later lines.
func (a attributes) lookup(name string) (text, eol string) {
	for dir := ""; ; {
		rest := strings.TrimPrefix(name, dir)
		for _, r := range a[dir] {
			if r.matches(rest) {
				text, eol = r.apply(text, eol)
			}
		}
		first, _, more := strings.Cut(rest, "/")
		if !more {
			return text, eol
		}
		dir += first + "/"
	}
}

// matches takes a path below the rules' directory. A pattern without a slash
// is one for names anywhere below.
func (r rule) matches(name string) bool {
	if !strings.Contains(r.pattern, "/") {
		name = path.Base(name)
	}
	ok, err := doublestar.Match(strings.TrimPrefix(r.pattern, "/"), name)
	return ok && err == nil
}

func (r rule) apply(text, eol string) (string, string) {
	for _, word := range r.says {
		switch word {
		case "text":
			text = "set"
		case "-text", "binary":
			text = "unset"
		case "text=auto":
			text = "auto"
		case "!text":
			text = ""
		case "eol=lf", "eol=crlf":
			eol = word
		case "-eol", "!eol":
			eol = ""
		}
	}
	return text, eol
}

// looksBinary is git's guess (convert.c): a zero byte, a lone carriage return, or
// more than one control character in 128.
func looksBinary(data []byte) bool {
	printable, control := 0, 0
	data = bytes.TrimSuffix(data, []byte{0x1a}) // the end mark of old text files
	for i, c := range data {
		switch {
		case c == 0, c == '\r' && (i+1 == len(data) || data[i+1] != '\n'):
			return true
		case c == '\r', c == '\n':
		case c == 0x7f, c < ' ' && !strings.ContainsRune("\b\t\x1b\f", rune(c)):
			control++
		default:
			printable++
		}
	}
	return printable>>7 < control
}
