// Package patch changes single places of a file: a value of a YAML, JSON or TOML
// file by its key path, or a text beside an anchor line. What it does not change
// stays byte for byte: comments, order, quotes and spacing.
//
// It knows nothing of templates, and reads and writes no files.
package patch

import (
	"bytes"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"scaffold/generator/fault"
	"scaffold/generator/internal/nesting"
)

// refuse is a change that cannot be made: the template that asks for it is wrong.
func refuse(remedy, format string, args ...any) error {
	return fault.New(fault.Template, format, args...).Try(remedy)
}

// A file finds places in the text of one language.
type file interface {
	set(key Key, value any) ([]byte, error)
	remove(key Key) ([]byte, error)
}

// A language is how its files are taken apart, and how they are read as values.
type language struct {
	open func([]byte) (file, error)
	read func([]byte) (any, error)
}

// languageOf is the language that a file's name tells.
func languageOf(name string) (language, error) {
	switch strings.ToLower(path.Ext(name)) {
	case ".json", ".jsonc", ".webmanifest":
		return language{openJSON, readJSON}, nil
	case ".toml":
		return language{openTOML, readTOML}, nil
	case ".yaml", ".yml":
		return language{openYAML, readYAML}, nil
	default:
		return language{}, refuse("patch it with before or after, an anchor line, and text", "%s is neither YAML nor JSON nor TOML", name)
	}
}

// Set gives the value at the key path another one. What the path lacks is made;
// a mapping takes it as its last key.
func Set(name string, data []byte, key Key, value any) ([]byte, error) {
	return edit(name, data, key,
		func(f file) ([]byte, error) { return f.set(key, value) },
		func(v any) any { return with(v, key, plain(value)) })
}

// Delete removes the value at the key path, with its key. A path that is not
// there is an error.
func Delete(name string, data []byte, key Key) ([]byte, error) {
	return edit(name, data, key,
		func(f file) ([]byte, error) { return f.remove(key) },
		func(v any) any { return without(v, key) })
}

// edit makes one change to the text, and holds the result to the same change of
// the value.
func edit(name string, data []byte, key Key, change func(file) ([]byte, error), expect func(any) any) ([]byte, error) {
	if !utf8.Valid(data) { // the parsers count what they replace it with
		return nil, refuse("patch it with before or after, an anchor line, and text", "%s is not UTF-8", name)
	}
	l, err := languageOf(name)
	if err != nil {
		return nil, err
	}
	crlf := bytes.Contains(data, []byte("\r\n"))
	if crlf {
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	}
	if len(data) > maxBytes || depth(data) > maxDepth {
		return nil, refuse("use before or after with text instead", "%s is too large or nested too deeply to be patched by key", name)
	}
	f, err := l.open(data)
	if err != nil {
		return nil, err
	}
	out, err := change(f)
	if err != nil {
		return nil, err
	}
	if err := verify(l.read, data, out, expect); err != nil {
		return nil, refuse("use before or after with text instead", "%s of %s is written in a way that cannot be patched: %v", key, name, err)
	}
	if crlf {
		out = bytes.ReplaceAll(out, []byte("\n"), []byte("\r\n"))
	}
	return out, nil
}

// What is patched by key is small enough for parsers that recurse.
const (
	maxBytes = 1 << 20
	maxDepth = 200
)

// depth is [nesting.Of], or the most dashes that a line starts with: lists in
// lists.
func depth(data []byte) int {
	deepest := nesting.Of(data)
	for line := range bytes.Lines(data) {
		deepest = max(deepest, bytes.Count(line[:len(line)-len(bytes.TrimLeft(line, "- \t?"))], []byte("-")))
	}
	return deepest
}

// splice replaces data[start:end].
func splice(data []byte, start, end int, text string) []byte {
	out := make([]byte, 0, len(data)-(end-start)+len(text))
	out = append(out, data[:start]...)
	out = append(out, text...)
	return append(out, data[end:]...)
}

// nest wraps a value into the mappings and lists that the rest of a path names.
func nest(rest Key, value any) (any, error) {
	for i := len(rest) - 1; i >= 0; i-- {
		if rest[i].isAppend() {
			value = []any{value}
		} else {
			value = yaml.MapSlice{{Key: rest[i].Name, Value: value}}
		}
	}
	return value, nil
}

// element finds the list element that a step names.
func element(key Key, i, count int) (int, error) {
	n, err := strconv.Atoi(key[i].Name)
	if err != nil || key[i].Quoted || n < 0 {
		return 0, refuse("name an element by its number from 0, or write + to append", "%s is a list", key[:i])
	}
	if n >= count {
		return 0, refuse("write + to append", "%s has %d elements, and no %d", key[:i], count, n)
	}
	return n, nil
}

func missing(key Key) error { return refuse("", "there is no %s", key) }

func notContainer(key Key) error {
	return refuse("set it as a whole", "%s is a single value, and holds no keys", key)
}

// lineStart is where the line of a byte starts.
func lineStart(data []byte, at int) int { return bytes.LastIndexByte(data[:at], '\n') + 1 }

// lineEnd is behind the line of a byte, its line break included.
func lineEnd(data []byte, at int) int {
	if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(data)
}

// indentOf is the white space that the line of a byte starts with.
func indentOf(data []byte, at int) string {
	line := data[lineStart(data, at):]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// unitOf is the indentation of the file's first indented line, by default two
// blanks.
func unitOf(data []byte) string {
	for line := range bytes.Lines(data) {
		if text := bytes.TrimLeft(line, " \t"); len(text) < len(line) && len(bytes.TrimSpace(text)) > 0 {
			return string(line[:len(line)-len(text)])
		}
	}
	return "  "
}
