package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// YAML writes answers.yaml.
func (a Answers) YAML() []byte {
	w := &writer{}
	w.line(0, "# The answers that this project was made with.")
	w.line(0, "apiVersion: "+AnswersVersion)
	w.line(0, "parts:")
	for _, p := range a.Parts {
		w.line(1, "- path: "+Text(p.Path))
		w.line(2, "template: {source: "+Text(p.Template.Source)+", ref: "+Text(p.Template.Ref)+"}")
		w.line(2, "signals: "+list(p.Signals))
		w.values(p.Answers)
	}
	return w.Bytes()
}

// YAML writes lock.yaml, a file on one line, so that a diff of it reads well.
func (l Lock) YAML() []byte {
	w := &writer{}
	w.line(0, "# What scaffold generated, and from what. Do not edit.")
	w.line(0, "apiVersion: "+LockVersion)
	w.line(0, "scaffold: "+Text(l.Scaffold))
	w.line(0, "parts:")
	for _, p := range l.Parts {
		w.line(1, "- path: "+Text(p.Path))
		w.values(p.Answers)
		w.line(2, "signals: "+list(p.Signals))
		w.line(2, "date: "+Text(p.Date))
		w.tree(2, "recommendation:", p.Recommendation)
		w.line(2, "tree: "+Text(p.Tree))
		w.line(2, "layers:")
		for _, layer := range p.Layers {
			w.layer(layer)
		}
		w.files(p.Files)
	}
	return w.Bytes()
}

// A writer writes block YAML.
type writer struct{ bytes.Buffer }

func (w *writer) line(depth int, text string) {
	for range depth {
		w.WriteString("  ")
	}
	w.WriteString(text)
	w.WriteByte('\n')
}

func (w *writer) values(v Values) {
	if len(v) == 0 {
		w.line(2, "answers: {}")
		return
	}
	w.line(2, "answers:")
	for _, one := range v {
		w.line(3, Text(one.ID)+": "+scalar(one.Value))
	}
}

func (w *writer) layer(l Layer) {
	commit := "null"
	if l.Commit != "" {
		commit = Text(l.Commit)
	}
	format := ""
	if l.Format != "" {
		format = ", format: " + Text(l.Format)
	}
	w.line(3, fmt.Sprintf("- {name: %s, source: %s, ref: %s, commit: %s, version: %s, sha256: %s%s}",
		Text(l.Name), Text(l.Source), Text(l.Ref), commit, Text(l.Version), Text(l.SHA256), format))
}

func (w *writer) files(list []File) {
	if len(list) == 0 {
		w.line(2, "files: {}")
		return
	}
	const usual = 200 // bytes a line
	w.line(2, "files:")
	w.Grow(usual * len(list))
	for _, f := range list {
		sum := "null"
		if f.SHA256 != "" {
			sum = strconv.Quote(f.SHA256)
		}
		merge := ""
		if f.Merge != "" {
			merge = ", merge: " + Text(f.Merge)
		}
		w.line(3, Text(f.Path)+": {sha256: "+sum+", mode: "+Text(f.Mode)+", layer: "+Text(f.Layer)+", managed: "+Text(f.Managed)+merge+"}")
	}
}

// tree writes a value as JSON knows it below a key.
func (w *writer) tree(depth int, key string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			w.line(depth, key+" {}")
			return
		}
		w.line(depth, key)
		for _, k := range slices.Sorted(maps.Keys(v)) {
			w.tree(depth+1, Text(k)+":", v[k])
		}
	case []any:
		if len(v) == 0 {
			w.line(depth, key+" []")
			return
		}
		w.line(depth, key)
		for _, x := range v {
			w.tree(depth+1, "-", x)
		}
	default:
		w.line(depth, key+" "+scalar(v))
	}
}

func scalar(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return Text(v)
	case []string:
		return list(v)
	case float64:
		data, err := json.Marshal(v)
		if err != nil { // no JSON holds such a number
			return "null"
		}
		return string(data)
	default: // bool and whole numbers
		return fmt.Sprint(v)
	}
}

func list(values []string) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = Text(v)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// Text writes a string so that readers of YAML 1.1 and of 1.2 read it back as it
// was: words of plain letters as they are, anything else in double quotes
// (https://yaml.org/spec/1.2.2/#731-double-quoted-style).
func Text(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\n':
			b.WriteString(`\n`)
		case r < 0x20 || r >= 0x7f && r < 0xa0:
			fmt.Fprintf(&b, `\x%02X`, r)
		case r == 0x2028 || r == 0x2029 || r == 0xfeff || r >= 0xfffe && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// plain reports a string that every reader takes for itself without quotes: it
// begins with a letter and is no word that YAML 1.1 or 1.2 has a meaning for.
func plain(s string) bool {
	if s == "" || len(s) > 80 || !utf8.ValidString(s) || !letter(s[0]) || s[len(s)-1] == ' ' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !letter(c) && !(c >= '0' && c <= '9') && !strings.ContainsRune(" -_./+", rune(c)) {
			return false
		}
	}
	return !slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}, strings.ToLower(s))
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
