package templatetest_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"scaffold/generator/manifest"
	"scaffold/generator/source"
	"scaffold/generator/templatetest"
	"scaffold/internal/testenv"
	"scaffold/templates"
)

var block = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// authoring is docs/template-authoring.md, and its examples by their language.
func authoring(t *testing.T) (page string, examples map[string][]string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testenv.Root(), "docs", "template-authoring.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples = map[string][]string{}
	for _, m := range block.FindAllStringSubmatch(string(data), -1) {
		examples[m[1]] = append(examples[m[1]], m[2])
	}
	return string(data), examples
}

func TestEveryManifestOfTheReferenceIsRead(t *testing.T) {
	_, examples := authoring(t)
	if len(examples["yaml"]) < 8 {
		t.Fatalf("%d examples", len(examples["yaml"]))
	}
	for _, example := range examples["yaml"] {
		if !strings.HasPrefix(example, "apiVersion") {
			example = head + example
		}
		m, err := manifest.Parse([]byte(example))
		if err != nil {
			t.Errorf("%v\n%s", err, example)
		}
		if m != nil && m.Extends != nil {
			overlay(t, example)
		}
	}
}

// overlay lays the reference's overlay over its base, and renders what comes of
// it with every pair of choices.
func overlay(t *testing.T, example string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, manifest.FileName), []byte(example), 0o644); err != nil {
		t.Fatal(err)
	}
	loaded, err := source.New(templates.FS, dir).Load(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if f := failures(run(t, loaded, templatetest.Options{Pairwise: true})); f != nil {
		t.Errorf("%q", f)
	}
}

func TestTheReferenceNamesEverything(t *testing.T) {
	page, _ := authoring(t)
	var wanted []string
	keysOf(reflect.TypeFor[manifest.Manifest](), &wanted)
	for _, rule := range []string{
		templatetest.RuleRefused, templatetest.RuleVariable, templatetest.RuleUnused, templatetest.RuleChoice, templatetest.RuleGlob,
		templatetest.RuleDelimiters, templatetest.RuleNotRendered, templatetest.RuleCondition, templatetest.RulePath, templatetest.RuleName,
		templatetest.RulePackaging, templatetest.RuleNotRepeatable, templatetest.RuleCycle, templatetest.RuleSignal, templatetest.RuleCase,
	} {
		wanted = append(wanted, "| `"+rule+"` |")
	}
	for _, word := range wanted {
		if !strings.Contains(page, word) {
			t.Errorf("docs/template-authoring.md does not mention %s", word)
		}
	}
}

// keysOf lists the keys of a manifest, as they are written in YAML.
func keysOf(typ reflect.Type, keys *[]string) {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		keysOf(typ.Elem(), keys)
	case reflect.Struct:
		for f := range typ.Fields() {
			if key, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); key != "" {
				*keys = append(*keys, key)
				keysOf(f.Type, keys)
			}
		}
	}
}

func TestTheCommandsOfTheReferenceWork(t *testing.T) {
	_, examples := authoring(t)
	dir := t.TempDir()
	env := testenv.Env("XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "PATH="+filepath.Dir(testenv.Scaffold(t))+":"+os.Getenv("PATH"))
	for _, session := range examples["console"] {
		for line := range strings.Lines(session) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				testenv.Run(t, time.Minute, dir, env, "sh", "-c", command)
			}
		}
	}
	for _, made := range []string{"our-api/template.yaml", "shop/README.md"} {
		if _, err := os.Stat(filepath.Join(dir, made)); err != nil {
			t.Error(err)
		}
	}
}

func TestTheCaseOfTheReferenceIsRead(t *testing.T) {
	_, examples := authoring(t)
	files, err := templatetest.Starter("our-api")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	tpl := template(t, "")
	tpl.FS = fsys
	if tpl.Manifest, err = manifest.Parse(files[manifest.FileName]); err != nil {
		t.Fatal(err)
	}
	for _, example := range examples["txtar"] {
		written := run(t, tpl, templatetest.Options{Cases: cases("c", example), Update: true}).Updated["tests/c.txtar"]
		if f := failures(run(t, tpl, templatetest.Options{Cases: cases("c", string(written))})); f != nil || !strings.Contains(string(written), "# shop") {
			t.Errorf("%q\n%s", f, written)
		}
	}
	if len(examples["txtar"]) != 1 {
		t.Errorf("%d cases", len(examples["txtar"]))
	}
}

// TestTheStarterInstallsTestsAndStarts runs what the starting template makes.
func TestTheStarterInstallsTestsAndStarts(t *testing.T) {
	testenv.Long(t)
	testenv.Need(t, "python3")
	dir, scaffold := t.TempDir(), testenv.Scaffold(t)
	testenv.Run(t, time.Minute, dir, testenv.Env(), scaffold, "template", "init", "our-api")
	out := testenv.Run(t, 10*time.Minute, dir, testenv.Env(), scaffold, "template", "test", "./our-api", "--run")
	for _, step := range []string{"install", "test", "run"} {
		if !strings.Contains(out, "ok    verify    "+step) {
			t.Errorf("%s is not run:\n%s", step, out)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "scaffold-verify-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
