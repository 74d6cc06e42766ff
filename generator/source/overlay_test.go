package source_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/source"
)

const basePatchable = "[tool]\nline = 80 # wide\n"

// shelf is a set of built-in templates: base, and overlays that a test adds.
func shelf(files map[string]string) fstest.MapFS {
	all := fstest.MapFS{}
	for name, text := range map[string]string{
		"base/template.yaml": `apiVersion: scaffold/v1
name: base
title: Base
version: 1.2.0
description: The base
recommend:
  fit:
    use:rest-api: {weight: 2, reason: it serves}
    use:admin-cms: {weight: 3, reason: it has an admin}
questions:
  - {id: app, type: string, default: catalog}
  - {id: database, type: choice, choices: [{value: sqlite}, {value: postgres}], default: sqlite}
  - {id: docker, type: bool, default: true}
  - {id: token, type: secret, when: 'docker'}
computed:
  package: 'snake(name)'
presets:
  small: {docker: false, database: sqlite}
files:
  - {glob: Dockerfile.tmpl, when: docker}
  - {glob: run.sh, mode: "0755"}
next: |
  ./run.sh
`,
		"base/files/README.md.tmpl":       "# {{ .name }} on {{ .database }}\n",
		"base/files/Dockerfile.tmpl":      "FROM {{ template \"image\" . }}\n",
		"base/files/run.sh":               "#!/bin/sh\n",
		"base/files/docs/a.md":            "a\n",
		"base/files/docs/b.md":            "b\n",
		"base/files/pyproject.toml":       basePatchable,
		"base/files/{{ .app }}/models.py": "one\ntwo\n",
		"base/partials/image.tmpl":        "alpine",
		"base/tests/one.txtar":            "base\n",
	} {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for name, text := range files {
		if name, ok := strings.CutSuffix(name, "/template.yaml"); ok {
			text = fmt.Sprintf("apiVersion: scaffold/v1\nname: %s\ntitle: Overlay\nversion: 2.0.0\n", name) + text
		}
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return all
}

// project plans a project of the template over, and gives each file's text and
// layer.
func project(t *testing.T, files map[string]string, over string, answers manifest.Answers) (texts, layers map[string]string, err error) {
	t.Helper()
	tpl, err := source.New(shelf(files), t.TempDir()).Load(t.Context(), over)
	if err != nil {
		return nil, nil, err
	}
	if answers == nil {
		answers = manifest.Answers{}
	}
	if _, ok := answers["token"]; !ok {
		answers["token"] = manifest.Scalar{Text: "t"}
	}
	resolved, err := tpl.Manifest.Resolve(manifest.Given{Name: "shop"}, answers)
	if err != nil {
		t.Fatal(err)
	}
	g := generator.New(generator.Options{FS: afero.NewMemMapFs()})
	plan, err := g.Plan(t.Context(), generator.Request{Dir: "shop", Name: "shop", Parts: []generator.Part{{Template: tpl, Answers: resolved}}, Git: generator.GitRequest{Skip: true}})
	if err != nil {
		return nil, nil, err
	}
	texts, layers = map[string]string{}, map[string]string{}
	for _, f := range plan.Files {
		if !strings.HasPrefix(f.Path, ".scaffold/") {
			data, err := f.Content()
			if err != nil {
				t.Fatal(err)
			}
			texts[f.Path], layers[f.Path] = string(data), f.Layer
		}
	}
	return texts, layers, nil
}

func TestAnOverlayChangesWhatItSays(t *testing.T) {
	const extends = "extends: {template: builtin:base, version: ^1.0}\n"
	tests := map[string]struct {
		files   map[string]string
		answers manifest.Answers
		want    map[string]string // path: layer: text; "" where there is none
	}{
		"its files are added and replace by path": {
			files: map[string]string{"acme/template.yaml": extends, "acme/files/OWNERS": "acme\n", "acme/files/docs/a.md": "ours\n"},
			want:  map[string]string{"OWNERS": "acme: acme\n", "docs/a.md": "acme: ours\n", "docs/b.md": "base: b\n", "README.md": "base: # shop on sqlite\n"},
		},
		"a plain file replaces a rendered one": {
			files: map[string]string{"acme/template.yaml": extends, "acme/files/README.md": "{{ plain }}\n"},
			want:  map[string]string{"README.md": "acme: {{ plain }}\n"},
		},
		"a name that an answer makes is replaced too": {
			files: map[string]string{"acme/template.yaml": extends, "acme/files/catalog/models.py": "ours\n"},
			want:  map[string]string{"catalog/models.py": "acme: ours\n"},
		},
		"its partials replace the base's": {
			files: map[string]string{"acme/template.yaml": extends, "acme/partials/image.tmpl": "acme/python"},
			want:  map[string]string{"Dockerfile": "base: FROM acme/python\n"},
		},
		"remove takes paths and globs": {
			files: map[string]string{"acme/template.yaml": extends + "remove: ['docs/**', Dockerfile]\n"},
			want:  map[string]string{"docs/a.md": "", "docs/b.md": "", "Dockerfile": "", "run.sh": "base: #!/bin/sh\n"},
		},
		"remove names a path with a field": {
			files: map[string]string{"acme/template.yaml": extends + "remove: ['{{ .app }}/models.py']\n"},
			want:  map[string]string{"catalog/models.py": ""},
		},
		"a patch of a key fills its texts": {
			files: map[string]string{"acme/template.yaml": extends + "patch:\n  - {path: pyproject.toml, set: {tool.line: 100, 'tool.owner': '{{ .package }}'}}\n"},
			want:  map[string]string{"pyproject.toml": "acme: [tool]\nline = 100 # wide\nowner = \"shop\"\n"},
		},
		"a patch beside an anchor uses partials": {
			files: map[string]string{"acme/template.yaml": extends + "patch:\n  - {path: '{{ .app }}/models.py', after: one, text: \"{{ template \\\"image\\\" . }}\\n\"}\n"},
			want:  map[string]string{"catalog/models.py": "acme: one\nalpine\ntwo\n"},
		},
		"two patches of one file both count": {
			files: map[string]string{"acme/template.yaml": extends + "patch:\n  - {path: docs/a.md, after: a, text: b}\n  - {path: docs/a.md, after: b, text: c}\n"},
			want:  map[string]string{"docs/a.md": "acme: a\nb\nc\n"},
		},
		"a patch of a file that a condition leaves out is no error": {
			files:   map[string]string{"acme/template.yaml": extends + "patch: [{path: Dockerfile, after: FROM alpine, text: x}]\n"},
			answers: manifest.Answers{"docker": {Text: "false"}, "token": {}},
			want:    map[string]string{"Dockerfile": ""},
		},
		"its rules come first": {
			files: map[string]string{"acme/template.yaml": extends + "files: [{glob: Dockerfile.tmpl, when: 'database == \"postgres\"'}]\n"},
			want:  map[string]string{"Dockerfile": ""},
		},
		"a higher layer's file is not patched by a lower one": {
			files: map[string]string{
				"acme/template.yaml":   extends + "patch: [{path: docs/a.md, after: a, text: x}]\nremove: [docs/b.md]\n",
				"team/template.yaml":   "extends: {template: builtin:acme}\n",
				"team/files/docs/a.md": "team\n", "team/files/docs/b.md": "back\n",
			},
			want: map[string]string{"docs/a.md": "team: team\n", "docs/b.md": "team: back\n"},
		},
		"a higher layer patches what a lower one gave": {
			files: map[string]string{
				"acme/template.yaml": extends, "acme/files/OWNERS": "acme\n",
				"team/template.yaml": "extends: {template: builtin:acme}\npatch: [{path: OWNERS, after: acme, text: team}]\n",
			},
			want: map[string]string{"OWNERS": "team: acme\nteam\n"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			over := "acme"
			if _, ok := test.files["team/template.yaml"]; ok {
				over = "team"
			}
			texts, layers, err := project(t, test.files, over, test.answers)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for path := range test.want {
				if text, ok := texts[path]; ok {
					got[path] = layers[path] + ": " + text
				} else {
					got[path] = ""
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnOverlayThatCannotStandIsRefused(t *testing.T) {
	const extends = "extends: {template: builtin:base}\n"
	long := map[string]string{"o1/template.yaml": extends}
	for i := 2; i <= 8; i++ {
		long[fmt.Sprintf("o%d/template.yaml", i)] = fmt.Sprintf("extends: {template: builtin:o%d}\n", i-1)
	}
	tests := map[string]struct {
		files map[string]string
		over  string
		kind  fault.Kind
		want  string // of the error, or of its place
	}{
		"a missing base":                     {map[string]string{"o/template.yaml": "extends: {template: builtin:bsae}\n"}, "o", fault.Source, `no template is called "builtin:bsae"`},
		"a missing directory":                {map[string]string{"o/template.yaml": "extends: {template: ../nowhere}\n"}, "o", fault.Source, "nowhere"},
		"a range without a match":            {map[string]string{"o/template.yaml": "extends: {template: builtin:base, version: ^2.0}\n"}, "o", fault.Source, "o extends builtin:base ^2.0, and there is 1.2.0"},
		"a cycle":                            {map[string]string{"a/template.yaml": "extends: {template: builtin:b}\n", "b/template.yaml": "extends: {template: builtin:a}\n"}, "a", fault.Template, "a → b → a"},
		"an overlay of itself":               {map[string]string{"a/template.yaml": "extends: {template: builtin:a}\n"}, "a", fault.Template, "a → a"},
		"a chain of nine":                    {long, "o8", fault.Limit, "the limit is 8 layers"},
		"remove of nothing":                  {map[string]string{"o/template.yaml": extends + "remove: [docs/c.md]\n"}, "o", fault.Template, "builtin:o/template.yaml:6:10: remove matches nothing in the base: docs/c.md"},
		"a patch of nothing":                 {map[string]string{"o/template.yaml": extends + "patch:\n  - path: pyproject.yaml\n    set: {a: 1}\n"}, "o", fault.Template, "builtin:o/template.yaml:7:11: patch matches nothing in the base: pyproject.yaml"},
		"a patch of an own file":             {map[string]string{"o/template.yaml": extends + "patch: [{path: OWNERS, after: a, text: b}]\n", "o/files/OWNERS": "a\n"}, "o", fault.Template, "patch matches nothing in the base: OWNERS"},
		"a patch of a replaced file":         {map[string]string{"o/template.yaml": extends + "patch: [{path: docs/a.md, after: a, text: b}]\n", "o/files/docs/a.md": "a\n"}, "o", fault.Template, "docs/a.md is a file of this overlay"},
		"a rule for nothing":                 {map[string]string{"o/template.yaml": extends + "files: [{glob: 'src/**', managed: once}]\n"}, "o", fault.Template, "the rule matches no file: src/**"},
		"a fix of no question":               {map[string]string{"o/template.yaml": extends + "answers: {fix: {databse: sqlite}}\n"}, "o", fault.Template, `unknown question "databse"`},
		"a default of no question":           {map[string]string{"o/template.yaml": extends + "answers: {default: {prot: 1}}\n"}, "o", fault.Template, `unknown question "prot"`},
		"a preset of no question":            {map[string]string{"o/template.yaml": extends + "presets: {big: {dokcer: true}}\n"}, "o", fault.Template, `unknown question "dokcer"`},
		"an anchor that is not there":        {map[string]string{"o/template.yaml": extends + "patch: [{path: docs/a.md, after: zzz, text: b}]\n"}, "o", fault.Template, `builtin:o/template.yaml:6:34: no line is "zzz"`},
		"an anchor that is there twice":      {map[string]string{"o/template.yaml": extends + "patch: [{path: docs/a.md, after: a, text: a}, {path: docs/a.md, after: a, text: b}]\n"}, "o", fault.Template, `2 lines are "a"`},
		"a key that is not there":            {map[string]string{"o/template.yaml": extends + "patch: [{path: pyproject.toml, delete: [tool.nope]}]\n"}, "o", fault.Template, "there is no tool.nope"},
		"an unknown variable in a patch":     {map[string]string{"o/template.yaml": extends + "patch: [{path: docs/a.md, after: a, text: '{{ .nmae }}'}]\n"}, "o", fault.Template, "nmae"},
		"a patch of what another removes":    {map[string]string{"o/template.yaml": extends + "remove: [docs/a.md]\n", "p/template.yaml": "extends: {template: builtin:o}\npatch: [{path: docs/a.md, after: a, text: b}]\n"}, "p", fault.Template, "p patches docs/a.md, which o removes"},
		"names that differ only in case":     {map[string]string{"o/template.yaml": extends, "o/files/readme.md": "x\n"}, "o", fault.Template, "differ only in case"},
		"a file where the base has a folder": {map[string]string{"o/template.yaml": extends, "o/files/docs": "x\n"}, "o", fault.Template, "files/docs is a file in one template of the chain, and a folder in another"},
		"a folder where the base has a file": {map[string]string{"o/template.yaml": extends, "o/files/run.sh/x": "x\n"}, "o", fault.Template, "files/run.sh is a file in one template"},
		"a patch that never ends":            {map[string]string{"o/template.yaml": extends + "patch: [{path: docs/a.md, after: a, text: '{{ range until 60000 }}{{ range until 60000 }}{{ end }}{{ end }}'}]\n"}, "o", fault.Limit, "1000000"},
		"a weight out of range":              {map[string]string{"o/template.yaml": extends + "recommend:\n  fit:\n    use:rest-api: {weight: 9999, reason: r}\n"}, "o", fault.Template, "weight 9999"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := project(t, test.files, test.over, nil)
			if !fault.Is(err, test.kind) {
				t.Fatalf("got %v, want the kind %s", err, test.kind)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestTheChainIsRecordedFromItsBase(t *testing.T) {
	tpl, err := source.New(shelf(map[string]string{
		"acme/template.yaml": "extends: {template: builtin:base}\n",
		"team/template.yaml": "extends: {template: builtin:acme}\n",
	}), t.TempDir()).Load(t.Context(), "team")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range tpl.Layers {
		got = append(got, l.Name+" "+l.Source+" "+l.Ref+" "+l.Version)
		if !strings.HasPrefix(l.SHA256, "sha256:") {
			t.Errorf("%s has no digest", l.Name)
		}
	}
	want := []string{"base builtin:base 1.2.0 1.2.0", "acme builtin:acme 2.0.0 2.0.0", "team builtin:team 2.0.0 2.0.0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTraceSaysWhichLayerDoesWhat(t *testing.T) {
	tpl, err := source.New(shelf(map[string]string{
		"acme/template.yaml":   "extends: {template: builtin:base}\nremove: ['docs/*']\npatch: [{path: '{{ .app }}/models.py', after: one, text: x}]\n",
		"acme/files/README.md": "x\n",
	}), t.TempDir()).Load(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string][]string{
		"README.md":         {"base gives files/README.md", "acme replaces files/README.md"},
		"docs/a.md":         {"base gives files/docs/a.md", "acme removes template.yaml:6"},
		"catalog/models.py": {"base gives files/{{ .app }}/models.py", "acme patches template.yaml:7"},
		"run.sh":            {"base gives files/run.sh"},
		"nowhere/at/all":    nil,
	}
	for path, want := range tests {
		deeds, err := tpl.Trace(path)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range deeds {
			got = append(got, d.Layer.Name+" "+d.Does+" "+d.Source)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

// TestTheUnionIsAFileSystem holds it to the contract of fs.FS, and to the last
// layer's own tests and README.
func TestTheUnionIsAFileSystem(t *testing.T) {
	tpl, err := source.New(shelf(map[string]string{
		"acme/template.yaml":    "extends: {template: builtin:base}\n",
		"acme/files/OWNERS":     "x\n",
		"acme/tests/ours.txtar": "ours\n",
		"acme/README.md":        "ours\n",
	}), t.TempDir()).Load(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(tpl.FS, "files/OWNERS", "files/docs/a.md", "partials/image.tmpl", "tests/ours.txtar", "README.md", "template.yaml"); err != nil {
		t.Error(err)
	}
	if _, err := fs.Stat(tpl.FS, "tests/one.txtar"); err == nil {
		t.Error("the base's tests are there: their expected files are not the overlay's")
	}
}

func TestABaseInADirectoryIsNamedFromTheOverlay(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"lib/base/template.yaml":     "apiVersion: scaffold/v1\nname: b\ntitle: B\nversion: 1.0.0\n",
		"lib/base/files/a.txt":       "a\n",
		"lib/overlay/template.yaml":  "apiVersion: scaffold/v1\nname: o\ntitle: O\nversion: 1.0.0\nextends: {template: ../base}\nremove: [b.txt]\n",
		"lib/overlay2/template.yaml": "apiVersion: scaffold/v1\nname: o\ntitle: O\nversion: 1.0.0\nextends: {template: ../base, version: '>=1 <2'}\n",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	catalog := source.New(fstest.MapFS{}, dir)
	if tpl, err := catalog.Load(t.Context(), "./lib/overlay2"); err != nil || len(tpl.Layers) != 2 {
		t.Errorf("got %v, %v", tpl, err)
	}
	_, err := catalog.Load(t.Context(), "./lib/overlay")
	if err == nil || !strings.Contains(err.Error(), "./lib/overlay/template.yaml:6:10: remove matches nothing") {
		t.Errorf("got %v", err)
	}
}

func TestAPatchOfManyFiles(t *testing.T) {
	const extends = "extends: {template: builtin:base, version: ^1.0}\n"
	tests := map[string]struct {
		patch string
		want  map[string]string // path: layer: text
		err   string
	}{
		"an anchor in each": {
			patch: "{path: 'docs/{a,b}.md', after: '{{ .zzz }}', text: x}", err: "unknown variable .zzz",
		},
		"a line in each": {
			patch: "{path: 'docs/*.md', ensure-line: 'owned by {{ .name }}', min: 2}",
			want:  map[string]string{"docs/a.md": "acme: a\nowned by shop\n", "docs/b.md": "acme: b\nowned by shop\n", "run.sh": "base: #!/bin/sh\n"},
		},
		"a line that one has": {
			patch: "{path: 'docs/*.md', ensure-line: a}",
			want:  map[string]string{"docs/a.md": "base: a\n", "docs/b.md": "acme: b\na\n"},
		},
		"a header by the language of each, and none where there are no comments": {
			patch: "{path: '**', header: Acme}",
			want:  map[string]string{"catalog/models.py": "acme: # Acme\none\ntwo\n", "run.sh": "acme: #!/bin/sh\n# Acme\n", "docs/a.md": "acme: <!-- Acme -->\na\n"},
		},
		"a header of a file that has no comments": {patch: "{path: LICENSE, header: Acme}", err: "matches nothing in the base"},
		"fewer than it is about":                  {patch: "{path: 'docs/*.md', ensure-line: x, min: 3}", err: "docs/*.md is about 3 files, and there are 2"},
		"a banned line":                           {patch: "{path: '**/*.py', ban-line: '^tw'}", err: "catalog/models.py:2 matches ban-line ^tw"},
		"a banned line that is not there":         {patch: "{path: '**/*.py', ban-line: '^x'}", want: map[string]string{"catalog/models.py": "base: one\ntwo\n"}},
		"a glob of nothing":                       {patch: "{path: '*.tf', header: x}", err: "patch matches nothing in the base: *.tf"},
		"two ways at once":                        {patch: "{path: a, header: x, ensure-line: y}", err: "one way to change its files"},
		"a pattern that is none":                  {patch: "{path: '**', ban-line: '['}", err: "not a pattern"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			texts, layers, err := project(t, map[string]string{"acme/template.yaml": extends + "patch: [" + test.patch + "]\n"}, "acme", nil)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for path, want := range test.want {
				if got := layers[path] + ": " + texts[path]; got != want {
					t.Errorf("%s is %q, want %q", path, got, want)
				}
			}
		})
	}
}
