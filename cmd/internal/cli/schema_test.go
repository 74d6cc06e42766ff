package cli

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"scaffold/cmd/internal/app/apptest"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/manifest"
	"scaffold/internal/testenv"
	"scaffold/templates"
)

func TestTheOutputSchemaFitsHooksVerifyAndTrust(t *testing.T) {
	schema := compileSchema(t, outputSchema)
	e := apptest.Hooked(t)
	runs := []struct {
		args string
		exit int
	}{
		{"trust list", 0},
		{"new a -t ./tpl --no-git", 4},
		{"new a -t ./tpl --no-git --dry-run --verify", 0},
		{"new a -t ./tpl --no-git --no-hooks", 0},
		{"new b -t ./tpl --no-git --run-hooks --verify=test", 0},
		{"new d -t ./tpl --no-git --run-hooks --verify", 8},
		{"trust add ./tpl", 0},
		{"new c -t ./tpl --no-git", 0},
		{"trust remove hooked", 0},
		{"verify c --until test", 0},
		{"verify tpl", 5},
		{"verify c --until nothing", 2},
	}
	for _, test := range runs {
		var out bytes.Buffer
		here := *e
		here.Out, here.Options = &out, ui.Options{}
		if exit := run(&here, append(strings.Fields(test.args), "--json")); exit != test.exit {
			t.Errorf("%s: exit %d, want %d\n%s", test.args, exit, test.exit, out.String())
		}
		doc, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Errorf("%s: %v", test.args, err)
			continue
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", test.args, err)
		}
	}
}

func compileSchema(t *testing.T, data []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("schema.json")
}

func TestTheOutputSchemaFitsWhatIsPrinted(t *testing.T) {
	schema := compileSchema(t, outputSchema)
	runs := map[string]struct {
		args []string
		exit int
	}{
		"new":               {[]string{"new", "shop", "--use", "rest-api", "--team", "python", "--yes", "--author", "A <a@b.c>", "--no-git"}, 0},
		"new, verbose":      {[]string{"new", "all", "--use", "rest-api", "--yes", "-v", "--dry-run"}, 0},
		"new, dry":          {[]string{"new", "dry", "-t", "django", "--dry-run", "--diff", "--author", "A <a@b.c>"}, 0},
		"update":            {[]string{"update", "shop"}, 0},
		"check":             {[]string{"check", "shop"}, 0},
		"check, no project": {[]string{"check", "shop", "nowhere"}, 10},
		"why":               {[]string{"why", "shop"}, 0},
		"adopt, dry":        {[]string{"adopt", "-t", "flask", "our-api", "--dry-run"}, 0},
		"recommend":         {[]string{"recommend", "--use", "realtime-chat,ml-serving", "--concurrency", "high"}, 0},
		"recommend nothing": {[]string{"recommend"}, 0},
		"recommend --list":  {[]string{"recommend", "--list"}, 0},
		"version":           {[]string{"version"}, 0},
		"template list":     {[]string{"template", "list"}, 0},
		"template show":     {[]string{"template", "show", "flask"}, 0},
		"template layers":   {[]string{"template", "show", "flask", "--layers", "README.md"}, 0},
		"template init":     {[]string{"template", "init", "our-api"}, 0},
		"source add":        {[]string{"source", "add", "ours", "./our-api"}, 0},
		"source list":       {[]string{"source", "list"}, 0},
		"source update":     {[]string{"source", "update"}, 0},
		"source verify":     {[]string{"source", "verify"}, 0},
		"source remove":     {[]string{"source", "remove", "ours"}, 0},
		"source error":      {[]string{"source", "add", "x", "http://example.com/a"}, 2},
		"template lint":     {[]string{"template", "lint", "./our-api"}, 0},
		"template test":     {[]string{"template", "test", "flask", "--pairwise"}, 0},
		"template projects": {[]string{"template", "diff", "flask", "--projects", "shop"}, 0},
		"template diff":     {[]string{"template", "diff", "./our-api", "HEAD.."}, 0},
		"template docs":     {[]string{"template", "docs", "django"}, 0},
		"usage error":       {[]string{"new", "--bakcend"}, 2},
		"answers error":     {[]string{"new", "bad", "-t", "flask", "--set", "prot=1"}, 2},
		"not empty":         {[]string{"new", "shop", "-t", "flask"}, 5},
	}
	e := apptest.New(t)
	e.Environ = append(e.Environ, "HOME="+t.TempDir())
	for _, name := range []string{"new", "new, verbose", "new, dry", "update", "check", "check, no project", "why", "recommend", "recommend nothing", "recommend --list", "version", "template list", "template show", "template layers", "template init", "adopt, dry", "source add", "source list", "source update", "source verify", "source remove", "source error", "template lint", "template test", "template projects", "template diff", "template docs", "usage error", "answers error", "not empty"} {
		test := runs[name]
		if name == "template diff" {
			commitAndChange(t, filepath.Join(e.Dir, "our-api"))
		}
		var out bytes.Buffer
		here := *e
		here.Out, here.Options = &out, ui.Options{}
		if exit := run(&here, append(test.args, "--json")); exit != test.exit {
			t.Errorf("%s: exit %d, want %d\n%s", name, exit, test.exit, out.String())
		}
		doc, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// commitAndChange makes a template's directory a repository that has moved on.
func commitAndChange(t *testing.T, dir string) {
	t.Helper()
	env := testenv.Env("GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b.c", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b.c")
	for _, args := range []string{"init -q", "add .", "commit -q -m one", "rm -q README.md files/README.md.tmpl"} {
		testenv.Run(t, time.Minute, dir, env, append([]string{"git"}, strings.Fields(args)...)...)
	}
}

func TestTheManifestSchemaAcceptsTheBuiltIns(t *testing.T) {
	schema := compileSchema(t, manifest.Schema())
	paths, err := fs.Glob(templates.FS, "*/template.yaml")
	if err != nil || len(paths) != 4 {
		t.Fatalf("%v %v", paths, err)
	}
	for _, path := range paths {
		data, err := fs.ReadFile(templates.FS, path)
		if err != nil {
			t.Fatal(err)
		}
		asJSON, err := yaml.YAMLToJSON(data)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestTheAnswersSchemaAcceptsTheDefaults(t *testing.T) {
	e := apptest.New(t)
	for _, name := range []string{"django", "flask", "node-express", "node-ws"} {
		template, err := e.Catalog().Load(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		resolved, err := template.Manifest.Resolve(manifest.Given{Name: "shop"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		answers := map[string]any{}
		for _, a := range resolved.Asked {
			answers[a.Question.ID] = a.Value
		}
		data, err := json.Marshal(answers)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		schema := compileSchema(t, template.Manifest.AnswersSchema())
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		answers["bakcend"] = 1
		if schema.Validate(answers) == nil {
			t.Errorf("%s: an unknown key is accepted", name)
		}
	}
}
