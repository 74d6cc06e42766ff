package patch_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
	"github.com/tailscale/hujson"

	"scaffold/generator/fault"
	"scaffold/generator/internal/patch"
)

// value reads a value as an overlay's template.yaml writes it.
func value(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.UnmarshalWithOptions([]byte(text), &v, yaml.UseOrderedMap()); err != nil {
		t.Fatal(err)
	}
	return v
}

// apply does one change: "key = value" sets, "- key" deletes.
func apply(t *testing.T, file, data, change string) ([]byte, error) {
	t.Helper()
	text, deletes := strings.CutPrefix(change, "- ")
	name, v, _ := strings.Cut(text, " = ")
	key, err := patch.ParseKey(name)
	if err != nil {
		return nil, err
	}
	if deletes {
		return patch.Delete(file, []byte(data), key)
	}
	return patch.Set(file, []byte(data), key, value(t, v))
}

type changes map[string]struct{ data, change, want string }

func (c changes) run(t *testing.T, file string) {
	for name, test := range c {
		t.Run(name, func(t *testing.T) {
			got, err := apply(t, file, test.data, test.change)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const pyproject = `# The project.
[project]
name = "shop" # as on PyPI
dependencies = [
    "django>=5.2,<5.3", # LTS
    "redis>=6",
]

[tool.ruff]
line-length   =   100  # wide
ignore = ["A", 'B']

# What is typed.
[[tool.mypy.overrides]]
module = ["axes.*"]

[[tool.mypy.overrides]]
module = "tests.*"
flags = { strict = true }

[tool.pytest.ini_options]
addopts = "-q"
`

func TestTOML(t *testing.T) {
	changes{
		"a value is replaced where it stands":       {pyproject, "tool.ruff.line-length = 120", strings.Replace(pyproject, "100  #", "120  #", 1)},
		"a text keeps its comment":                  {pyproject, `project.name = 'a "b"'`, strings.Replace(pyproject, `"shop" #`, `"a \"b\"" #`, 1)},
		"a key goes behind the last of its table":   {pyproject, "tool.ruff.preview = true", strings.Replace(pyproject, `'B']`+"\n", `'B']`+"\npreview = true\n", 1)},
		"an element of a wide list has its line":    {pyproject, "project.dependencies.+ = acme-logging>=2", strings.Replace(pyproject, "redis>=6\",\n", "redis>=6\",\n    \"acme-logging>=2\",\n", 1)},
		"an element of a narrow list stays beside":  {pyproject, "tool.ruff.ignore.+ = C", strings.Replace(pyproject, "'B']", `'B', "C"]`, 1)},
		"an element is replaced by number":          {pyproject, "project.dependencies.0 = django>=5.3", strings.Replace(pyproject, `"django>=5.2,<5.3", #`, `"django>=5.3", #`, 1)},
		"a table is made below its nearest sibling": {pyproject, "tool.ruff.format.quote-style = single", strings.Replace(pyproject, "'B']\n", "'B']\n\n[tool.ruff.format]\nquote-style = \"single\"\n", 1)},
		"a table of an array is found by number":    {pyproject, "tool.mypy.overrides.1.module = docs.*", strings.Replace(pyproject, `"tests.*"`, `"docs.*"`, 1)},
		"a table of an array is appended":           {pyproject, "tool.mypy.overrides.+ = {module: docs.*}", strings.Replace(pyproject, "strict = true }\n", "strict = true }\n\n[[tool.mypy.overrides]]\nmodule = \"docs.*\"\n", 1)},
		"an inline table takes a key":               {pyproject, "tool.mypy.overrides.1.flags.fast = false", strings.Replace(pyproject, "strict = true }", "strict = true, fast = false }", 1)},
		"a new table with tables":                   {pyproject, "tool.black = {line-length: 100, x: {y: [1, 2.0]}}", pyproject + "\n[tool.black]\nline-length = 100\n\n[tool.black.x]\ny = [1, 2.0]\n"},
		"a value is deleted with its line":          {pyproject, "- tool.ruff.line-length", strings.Replace(pyproject, "line-length   =   100  # wide\n", "", 1)},
		"an element is deleted with its line":       {pyproject, "- project.dependencies.0", strings.Replace(pyproject, "    \"django>=5.2,<5.3\", # LTS\n", "", 1)},
		"the last element of a narrow list":         {pyproject, "- tool.ruff.ignore.1", strings.Replace(pyproject, `["A", 'B']`, `["A"]`, 1)},
		"a table is deleted":                        {pyproject, "- tool.ruff", strings.Replace(pyproject, "[tool.ruff]\nline-length   =   100  # wide\nignore = [\"A\", 'B']\n\n", "", 1)},
		"a top key in a file of tables":             {"# c\n[a]\nb = 1\n", "x = 1", "x = 1\n\n# c\n[a]\nb = 1\n"},
		"a file without a last line break":          {"[a]\nb = 1", "a.c = two", "[a]\nb = 1\nc = \"two\"\n"},
		"a key with a dot is quoted":                {"[a]\n\"x.y\" = 1\n", "a.'x.y' = 2", "[a]\n\"x.y\" = 2\n"},
		"windows line breaks stay":                  {"[a]\r\nb = 1\r\n", "a.c = 2", "[a]\r\nb = 1\r\nc = 2\r\n"},
		"dotted keys are one table":                 {"a.b = 1\n", "a.c = 2", "a.b = 1\na.c = 2\n"},
		"a list is made by its first element":       {"[a]\nb = 1\n", "a.list.+ = x", "[a]\nb = 1\nlist = [\"x\"]\n"},
		"an empty list takes an element":            {"a = []\n", "a.+ = 1", "a = [1]\n"},
	}.run(t, "pyproject.toml")
}

const packageJSON = `{
  "name": "shop",
  "scripts": {
    "start": "node .",
    "test": "vitest"
  },
  "files": ["dist", "src"],
  "engines": {},
  "keywords": [
    "a"
  ]
}
`

const tsconfig = `// Settings.
{
	"compilerOptions": {
		"strict": true, // always
		/* where to */ "outDir": "dist", // last
	},
}
`

func TestJSON(t *testing.T) {
	changes{
		"a value is replaced":                  {packageJSON, `name = web "shop"`, strings.Replace(packageJSON, `"shop"`, `"web \"shop\""`, 1)},
		"a key goes behind the last":           {packageJSON, "scripts.lint = eslint && tsc", strings.Replace(packageJSON, `"vitest"`, "\"vitest\",\n    \"lint\": \"eslint && tsc\"", 1)},
		"parents are made":                     {packageJSON, "publishConfig.registry = https://npm.acme.example", strings.Replace(packageJSON, "\"a\"\n  ]", "\"a\"\n  ],\n  \"publishConfig\": {\n    \"registry\": \"https://npm.acme.example\"\n  }", 1)},
		"an empty mapping takes a key":         {packageJSON, "engines.node = '>=22'", strings.Replace(packageJSON, `{},`, "{\n    \"node\": \">=22\"\n  },", 1)},
		"a narrow list stays narrow":           {packageJSON, "files.+ = docs", strings.Replace(packageJSON, `"src"]`, `"src", "docs"]`, 1)},
		"a wide list stays wide":               {packageJSON, "keywords.+ = b", strings.Replace(packageJSON, "\"a\"\n", "\"a\",\n    \"b\"\n", 1)},
		"a first key is deleted":               {packageJSON, "- scripts.start", strings.Replace(packageJSON, "    \"start\": \"node .\",\n", "", 1)},
		"a last key takes the comma before it": {packageJSON, "- scripts.test", strings.Replace(packageJSON, "node .\",\n    \"test\": \"vitest\"\n", "node .\"\n", 1)},
		"a first element is deleted":           {packageJSON, "- files.0", strings.Replace(packageJSON, `["dist", "src"]`, `["src"]`, 1)},
		"the only element is deleted":          {packageJSON, "- keywords.0", strings.Replace(packageJSON, "[\n    \"a\"\n  ]", "[\n  ]", 1)},
		"comments and trailing commas stay":    {tsconfig, "compilerOptions.strict = false", strings.Replace(tsconfig, "true,", "false,", 1)},
		"a key goes behind the comment":        {tsconfig, "compilerOptions.noEmit = true", strings.Replace(tsconfig, "// last\n", "// last\n\t\t\"noEmit\": true,\n", 1)},
		"a top key behind a trailing comma":    {tsconfig, "include = [src]", strings.Replace(tsconfig, "\t},\n}", "\t},\n\t\"include\": [\n\t\t\"src\"\n\t],\n}", 1)},
		"a file on one line":                   {`{"a": 1}`, "b.c = [1, null]", `{"a": 1, "b": {"c": [1, null]}}`},
		"an element of a list":                 {`[1, 2, 3]`, "1 = {a: true}", `[1, {"a": true}, 3]`},
	}.run(t, "tsconfig.json")
}

const compose = `# Services.
services:
  web:
    image: "shop:latest"   # built here
    ports:
      - "8000:8000"
      - 9000:9000 # metrics
    environment: {DEBUG: "0", LEVEL: info}

  # The database.
  db:
    image: postgres:17
    command: >-
      postgres
      -c fsync=off
volumes:
  data:
steps:
- name: one
  run: |
    echo a

    echo b
- uses: two
`

func TestYAML(t *testing.T) {
	changes{
		"a value keeps its comment":             {compose, "services.web.image = acme/shop", strings.Replace(compose, `"shop:latest"   #`, `acme/shop   #`, 1)},
		"a key goes behind the last":            {compose, "services.web.restart = always", strings.Replace(compose, "LEVEL: info}\n", "LEVEL: info}\n    restart: always\n", 1)},
		"a mapping is made":                     {compose, "services.cache = {image: redis, ports: ['6379:6379']}", strings.Replace(compose, "fsync=off\n", "fsync=off\n  cache:\n    image: redis\n    ports:\n      - 6379:6379\n", 1)},
		"an element is appended":                {compose, "services.web.ports.+ = '1:1'", strings.Replace(compose, "# metrics\n", "# metrics\n      - \"1:1\"\n", 1)},
		"an element is replaced":                {compose, "services.web.ports.1 = 9001:9001", strings.Replace(compose, "9000:9000 #", "\"9001:9001\" #", 1)},
		"an element is deleted":                 {compose, "- services.web.ports.0", strings.Replace(compose, "      - \"8000:8000\"\n", "", 1)},
		"flow style stays":                      {compose, "services.web.environment.LEVEL = debug", strings.Replace(compose, "info}", "debug}", 1)},
		"flow style takes a key":                {compose, "services.web.environment.TZ = UTC", strings.Replace(compose, "info}", "info, TZ: UTC}", 1)},
		"a folded text is replaced":             {compose, "services.db.command = postgres", strings.Replace(compose, ">-\n      postgres\n      -c fsync=off\n", "postgres\n", 1)},
		"an empty value gets keys":              {compose, "volumes.data.driver = local", strings.Replace(compose, "  data:\n", "  data:\n    driver: local\n", 1)},
		"a mapping of a list takes a key":       {compose, "steps.0.if = always()", strings.Replace(compose, "    echo b\n", "    echo b\n  if: always()\n", 1)},
		"a mapping is appended":                 {compose, "steps.+ = {name: three, with: {a: 1}}", compose + "- name: three\n  with:\n    a: 1\n"},
		"a key is deleted with its lines":       {compose, "- services.db.command", strings.Replace(compose, "    command: >-\n      postgres\n      -c fsync=off\n", "", 1)},
		"the key beside a dash is deleted":      {compose, "- steps.0.name", strings.Replace(compose, "- name: one\n  run", "- run", 1)},
		"an only key leaves an empty mapping":   {compose, "- volumes.data", strings.Replace(compose, "volumes:\n  data:\n", "volumes: {}\n", 1)},
		"a text over lines":                     {compose, `services.db.command = "a\nb\n"`, strings.Replace(compose, ">-\n      postgres\n      -c fsync=off\n", "|\n      a\n      b\n", 1)},
		"a text that looks like something else": {"a: 1\n", "b = 'yes'", "a: 1\nb: \"yes\"\n"},
		"a top key at the end":                  {"a: 1", "b = 2", "a: 1\nb: 2"},
		"a file of comments":                    {"# nothing\n", "a.b = 1", "# nothing\na:\n  b: 1\n"},
		"letters of several bytes before it":    {"ä: {ü: 1} # é\nb: [1, 2]\n", "ä.ü = 2", "ä: {ü: 2} # é\nb: [1, 2]\n"},
	}.run(t, "compose.yaml")
}

func TestInsert(t *testing.T) {
	tests := map[string]struct {
		data, anchor, text string
		side               patch.Side
		want               string
	}{
		"before, white space aside":    {"a\n  b\nc\n", "b", "  x\n", patch.Before, "a\n  x\n  b\nc\n"},
		"after, with a line break":     {"a\nb\n", "a", "x", patch.After, "a\nx\nb\n"},
		"after a last line without it": {"a\nb", "b", "x\n", patch.After, "a\nb\nx"},
		"windows line breaks":          {"a\r\nb\r\n", "a", "x\ny\n", patch.After, "a\r\nx\r\ny\r\nb\r\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := patch.Insert([]byte(test.data), test.anchor, test.text, test.side)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatMatchesNothingIsAnError(t *testing.T) {
	tests := map[string]struct{ file, data, change, want string }{
		"a key that is not there":     {"a.toml", pyproject, "- tool.ruff.nope", "there is no tool.ruff.nope"},
		"a key of JSON":               {"a.json", packageJSON, "- scripts.nope", "there is no scripts.nope"},
		"a key of YAML":               {"a.yaml", compose, "- services.web.nope", "there is no services.web.nope"},
		"an element that is not":      {"a.yaml", compose, "services.web.ports.7 = x", "services.web.ports has 2 elements, and no 7"},
		"the element behind the last": {"a.yaml", compose, "services.web.ports.2 = x", "services.web.ports has 2 elements, and no 2"},
		"a number that is quoted":     {"a.yaml", compose, `services.web.ports."0" = x`, "services.web.ports is a list"},
		"a number below 0":            {"a.yaml", compose, "services.web.ports.-1 = x", "services.web.ports is a list"},
		"text behind a quoted key":    {"a.json", "{}", `"a"b = 1`, "not a key path"},
		"a quote without an end":      {"a.json", "{}", `"a = 1`, "not a key path"},
		"no UTF-8":                    {"a.json", "{\"a\": \"\xff\"}", "a = 1", "not UTF-8"},
		"a list without a number":     {"a.json", packageJSON, "files.first = x", "files is a list"},
		"a table that is not":         {"a.toml", pyproject, "tool.mypy.overrides.9.module = x", "has 2 elements, and no 9"},
		"keys in a single value":      {"a.yaml", compose, "services.db.image.tag = 1", "services.db.image is a single value"},
		"keys in a text of TOML":      {"a.toml", pyproject, "project.name.x = 1", "project.name is a single value"},
		"another language":            {"a.ini", "[a]\n", "a.b = 1", "neither YAML nor JSON nor TOML"},
		"a file that does not parse":  {"a.json", "{", "a = 1", "not JSON"},
		"an empty step":               {"a.json", "{}", "a..b = 1", "not a key path"},
		"an alias bomb":               {"a.yaml", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "d = 1", "its aliases stand for too much"},
		"a very deep nesting":         {"a.json", strings.Repeat("[", 300) + strings.Repeat("]", 300), "0 = 1", "nested too deeply"},
		"deep dashes":                 {"a.yaml", strings.Repeat("- ", 300) + "x\n", "0 = 1", "nested too deeply"},
		"a very large file":           {"a.json", `{"a": "` + strings.Repeat("x", 1<<20) + `"}`, "a = 1", "too large"},
		"several documents":           {"a.yaml", "a: 1\n---\nb: 1\n", "a = 2", "more than one YAML document"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := apply(t, test.file, test.data, test.change)
			if !fault.Is(err, fault.Template) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	for anchor, want := range map[string]string{"nope": "no line is", "b": "2 lines are", "": "not one line"} {
		if _, err := patch.Insert([]byte("a\nb\nb\n"), anchor, "x", patch.After); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("anchor %q: got %v, want %q", anchor, err, want)
		}
	}
}

// TestEveryValueOfAFileCanBeChanged relies on Set and Delete themselves: they
// refuse a result in which anything else has changed.
func TestEveryValueOfAFileCanBeChanged(t *testing.T) {
	files := map[string]string{"a.toml": pyproject, "a.json": packageJSON, "b.json": tsconfig, "a.yaml": compose}
	for name, data := range files {
		var doc any
		switch {
		case strings.HasSuffix(name, "toml"):
			m := map[string]any{}
			if err := toml.Unmarshal([]byte(data), &m); err != nil {
				t.Fatal(err)
			}
			doc = m
		case strings.HasSuffix(name, "json"):
			plain, err := hujson.Standardize([]byte(data))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(plain, &doc); err != nil {
				t.Fatal(err)
			}
		default:
			if err := yaml.Unmarshal([]byte(data), &doc); err != nil {
				t.Fatal(err)
			}
		}
		for _, key := range keysOf(doc, nil) {
			for _, v := range []any{"x # y", "a\nb", true, uint64(7), 1.5, []any{"a", uint64(1)}, yaml.MapSlice{{Key: "k l", Value: "v"}, {Key: "m", Value: yaml.MapSlice{{Key: "n", Value: []any{}}}}}} {
				if _, err := patch.Set(name, []byte(data), key, v); err != nil && !strings.Contains(err.Error(), "is a table of an array") {
					t.Errorf("%s: set %s to %v: %v", name, key, v, err)
				}
			}
			if _, err := patch.Delete(name, []byte(data), key); err != nil {
				t.Errorf("%s: delete %s: %v", name, key, err)
			}
			below := append(slices.Clone(key), patch.Step{Name: "brand.new"}, patch.Step{Name: "deep"})
			if _, err := patch.Set(name, []byte(data), below, "x"); err != nil && !strings.Contains(err.Error(), "single value") && !strings.Contains(err.Error(), "is a list") {
				t.Errorf("%s: set %s: %v", name, below, err)
			}
		}
	}
}

// keysOf lists the paths to every value.
func keysOf(v any, at patch.Key) []patch.Key {
	var keys []patch.Key
	add := func(name string, quoted bool, x any) {
		key := append(slices.Clone(at), patch.Step{Name: name, Quoted: quoted})
		keys = append(append(keys, key), keysOf(x, key)...)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			add(name, true, x)
		}
	case []any:
		for i, x := range v {
			add(strconv.Itoa(i), false, x)
		}
	}
	return keys
}
