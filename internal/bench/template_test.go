// Package bench times scaffold beside cp, git and other generators, on one
// template written in each tool's own language. `make bench` runs it.
package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A dialect is how one tool writes a template.
type dialect struct {
	name     func(string) string // a substitution
	iff, end func(string) string // a condition
	each     string              // a loop over the three items, with %s for its body's item
	suffix   string              // of rendered files
	root     string              // where the files are
	extra    map[string]string   // the tool's own files
}

var goTemplate = dialect{
	name: func(v string) string { return "{{ ." + v + " }}" },
	iff:  func(v string) string { return "{{ if ." + v + " }}" },
	end:  func(string) string { return "{{ end }}" },
	each: "{{ range .items }}item {{ . }};{{ end }}",
	root: "files", suffix: ".tmpl",
	extra: map[string]string{"template.yaml": `apiVersion: scaffold/v1
name: bench
title: Bench
version: 1.0.0
questions:
  - {id: v0, type: string, default: alpha}
  - {id: v1, type: string, default: beta}
  - {id: items, type: multi, choices: [{value: a}, {value: b}, {value: c}], default: [a, b, c]}
  - {id: yes, type: bool, default: true}
  - {id: no, type: bool, default: false}
`},
}

func jinja(prefix, suffix, root string, extra map[string]string) dialect {
	return dialect{
		name: func(v string) string { return "{{ " + prefix + v + " }}" },
		iff:  func(v string) string { return "{% if " + prefix + v + " %}" },
		end:  func(string) string { return "{% endif %}" },
		each: "{% for i in ['a','b','c'] %}item {{ i }};{% endfor %}",
		root: root, suffix: suffix, extra: extra,
	}
}

var (
	copier = jinja("", ".jinja", ".", map[string]string{"copier.yml": `_templates_suffix: .jinja
v0: {type: str, default: alpha}
v1: {type: str, default: beta}
'yes': {type: bool, default: true}
'no': {type: bool, default: false}
`})
	cookiecutter = jinja("cookiecutter.", "", "{{ cookiecutter.dir }}", map[string]string{"cookiecutter.json": `{"dir": "out", "v0": "alpha", "v1": "beta", "yes": true, "no": false}`})
)

// handlebars is plop's. Its own file says what to do.
var handlebars = dialect{
	name: func(v string) string { return "{{" + v + "}}" },
	iff:  func(v string) string { return "{{#if " + v + "}}" },
	end:  func(string) string { return "{{/if}}" },
	each: "{{#each items}}item {{this}};{{/each}}",
	root: "files", suffix: ".hbs",
	extra: map[string]string{"plopfile.mjs": `export default (plop) => plop.setGenerator("bench", {
  prompts: [],
  actions: [{
    type: "addMany", destination: process.env.OUT, base: "files", templateFiles: "files/**", verbose: false,
    data: { v0: "alpha", v1: "beta", items: ["a", "b", "c"], yes: true, no: false },
  }],
});
`},
}

// gomplated is our own text with the answers in a file.
var gomplated = func() dialect {
	d := goTemplate
	d.extra = map[string]string{"answers.yaml": "{v0: alpha, v1: beta, items: [a, b, c], 'yes': true, 'no': false}\n"}
	return d
}()

// write makes the template of n files in dir: about 2 KB each with 10
// substitutions, 2 conditions and a loop; one name in five templated; one file
// in twenty 20 KB of bytes; 4 levels deep. With plain set it writes what the
// template gives.
func (d dialect) write(t testing.TB, dir string, n int, plain bool) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for path, text := range d.extra {
		if !plain {
			put(t, filepath.Join(dir, path), []byte(text))
		}
	}
	root := filepath.Join(dir, d.root)
	if plain {
		root = dir
	}
	for i := range n {
		level := fmt.Sprintf("d%d/d%d/d%d", i%5, i/5%5, i/25%8)
		name := fmt.Sprintf("file%d", i)
		if i%5 == 0 {
			name += "-" + d.value("v0", plain)
		}
		if i%20 == 7 {
			data := make([]byte, 20_000)
			for j := range data {
				data[j] = byte(random.UintN(256))
			}
			data[0] = 0
			put(t, filepath.Join(root, level, name+".bin"), data)
			continue
		}
		suffix := d.suffix
		if plain {
			suffix = ""
		}
		put(t, filepath.Join(root, level, name+".txt"+suffix), []byte(d.body(i, plain)))
	}
}

func (d dialect) value(v string, plain bool) string {
	if plain {
		return map[string]string{"v0": "alpha", "v1": "beta"}[v]
	}
	return d.name(v)
}

func (d dialect) body(i int, plain bool) string {
	var b strings.Builder
	for line := range 10 {
		fmt.Fprintf(&b, "line %d of file %d says %s, and then %s\n", line, i, d.value(fmt.Sprintf("v%d", line%2), plain), strings.Repeat("some more text ", 11))
	}
	if plain {
		b.WriteString("there\n\nitem a;item b;item c;\n")
		return b.String()
	}
	fmt.Fprintf(&b, "%sthere%s\n%snot there%s\n%s\n", d.iff("yes"), d.end("yes"), d.iff("no"), d.end("no"), d.each)
	return b.String()
}

func put(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
