package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/internal/testenv"
)

// TestBadTemplatesOfOtherTools gives the program what is wrong in each way: one
// error with its place in the template's own syntax, its exit code, and nothing
// written.
func TestBadTemplatesOfOtherTools(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files map[string]string
		args  string // of scaffold new out -t ./tpl --no-input
		code  int
		says  string
	}{
		"JSON with a comment":                  {files: cookie(`{"a": "1", // no`+"\n}", ""), code: 3, says: "./tpl/cookiecutter.json:1:"},
		"JSON that ends early":                 {files: cookie(`{"a": "1"`, ""), code: 3, says: "./tpl/cookiecutter.json:1:"},
		"JSON that is a list":                  {files: cookie(`["a"]`, ""), code: 3, says: "it is not an object of names and values"},
		"YAML with a tag":                      {files: copier("a: 1\nb: !!python/name:os.system x\n", ""), code: 3, says: "./tpl/copier.yml:2:"},
		"YAML with a tab":                      {files: copier("a:\n\tb: 1\n", ""), code: 3, says: "./tpl/copier.yml:2:"},
		"YAML that is a text":                  {files: copier("hello\n", ""), code: 3, says: "it is not a mapping"},
		"a tag that is not closed":             {files: cookie(`{"a": "1"}`, "fine\n{% if x %}"), code: 3, says: "/f.txt:2:"},
		"an expression without its end":        {files: copier("a: 1\n", "one\ntwo {{ a \n"), code: 3, says: "f.txt.jinja:2:"},
		"a filter that nobody has":             {files: copier("a: 1\n", "{{ a|nothing }}"), code: 3, says: `f.txt.jinja:1:`},
		"an undefined name in cookiecutter":    {files: cookie(`{"a": "1"}`, "x\n{{ cookiecutter.gone }}"), code: 3, says: "/f.txt:2:"},
		"a loop without end":                   {files: copier("a: 1\n", "{% for i in range(10**9) %}{% endfor %}"), code: 9, says: "f.txt.jinja:1:"},
		"a text that grows without end":        {files: copier("a: 1\n", `{% set ns = namespace(x="ab") %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}`), code: 9, says: "f.txt.jinja:1:"},
		"a template that includes itself":      {files: copier("a: 1\n", "{% include 'f.txt.jinja' %}"), code: 9, says: "f.txt.jinja:1:"},
		"a name that escapes":                  {files: copier("a: ../../up\n", "", "{{ a }}.txt"), code: 4, says: "../../up"},
		"an absolute name":                     {files: copier("a: /etc/x\n", "", "{{ a }}/y.txt"), code: 4, says: "/etc/x"},
		"a name inside of .git":                {files: with(cookie(`{"a": "1", "b": ".git"}`, ""), "{{cookiecutter.a}}/{{cookiecutter.b}}/config", "x"), code: 4, says: ".git/config"},
		"an extension of copier":               {files: copier("_jinja_extensions: [my.Extension]\n", ""), code: 3, says: "the extension my.Extension is Python code"},
		"an extension of cookiecutter":         {files: cookie(`{"a": "1", "_extensions": ["my.Extension"]}`, ""), code: 3, says: "the extension my.Extension is Python code"},
		"a higher version of copier":           {files: copier("_min_copier_version: 99.1.0\n", ""), code: 3, says: "the template needs copier 99.1.0"},
		"a question of an unknown type":        {files: copier("a: {type: colour}\n", ""), code: 3, says: `the question a has the unknown type "colour"`},
		"a secret without a default":           {files: copier("a: {type: str, secret: true}\n", ""), code: 3, says: "the secret question a has no default"},
		"no whole number":                      {files: copier("a: {type: int, default: 1}\n", ""), args: "--set a=many", code: 2, says: "must be a whole number"},
		"neither true nor false":               {files: cookie(`{"a": true}`, ""), args: "--set a=perhaps", code: 2, says: "must be true or false"},
		"no choice of cookiecutter":            {files: cookie(`{"a": ["x", "y"]}`, ""), args: "--set a=z", code: 2, says: "must be one of x, y"},
		"a choice that a rule forbids":         {files: copier("a: {type: str, default: x, validator: \"{% if a == 'bad' %}not this{% endif %}\"}\n", ""), args: "--set a=bad", code: 2, says: "not this"},
		"an object that is none":               {files: cookie(`{"a": {"b": 1}}`, ""), args: "--set a=[1]", code: 2, says: "must be an object in JSON"},
		"a control character in an answer":     {files: cookie(`{"a": "1"}`, ""), args: "--set a=$(printf 'x\\033y')", code: 2, says: "must not hold control characters"},
		"a required question":                  {files: copier("a: {type: str}\n", ""), code: 2, says: "missing"},
		"a hook that fails before":             {files: with(cookie(`{"a": "1"}`, ""), "hooks/pre_gen_project.sh", "#!/bin/sh\nexit 7\n"), args: "--run-hooks", code: 8, says: "ended with exit code 7"},
		"an include that leaves the template":  {files: copier("!include ../x.yml\n", ""), code: 3, says: "below the template"},
		"a nested template that is not there":  {files: cookie(`{"templates": {"x": {"path": "../up"}}}`, ""), code: 3, says: `it names the template "../up"`},
		"a subdirectory outside":               {files: copier("_subdirectory: ..\n", ""), code: 4, says: "outside of the template"},
		"no folder of cookiecutter":            {files: map[string]string{"cookiecutter.json": `{"a": "1"}`}, code: 3, says: "no folder's name holds cookiecutter"},
		"two files on one path":                {files: with(copier("a: f\n", "1"), "{{ a }}.txt.jinja", "2"), code: 3, says: "a file that becomes f.txt, as another one does"},
		"an included template that is missing": {files: copier("a: 1\n", "x\n{% include 'gone.txt' %}"), code: 3, says: "f.txt.jinja:2:"},
	}
	program := testenv.Scaffold(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkplace(t)
			for path, text := range test.files {
				at := filepath.Join(w.dir, "tpl", path)
				if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(at, []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("sh", "-c", program+" new out -t ./tpl --no-git --no-input "+test.args)
			cmd.Dir, cmd.Env = w.dir, w.env
			out, err := cmd.CombinedOutput()
			failed := (*exec.ExitError)(nil)
			if !errors.As(err, &failed) || failed.ExitCode() != test.code || !strings.Contains(string(out), test.says) {
				t.Errorf("exit %v, want %d and %q\n%s", err, test.code, test.says, out)
			}
			if strings.Count(string(out), "error:") != 1 {
				t.Errorf("not one error:\n%s", out)
			}
			if left, _ := filepath.Glob(filepath.Join(w.dir, "*out*")); len(left) > 0 {
				t.Errorf("it left %q", left)
			}
		})
	}
}

// cookie is a template of cookiecutter with one file; copier is one of copier.
func cookie(values, text string) map[string]string {
	return map[string]string{"cookiecutter.json": values, "{{cookiecutter.a}}/f.txt": text}
}

func copier(config, text string, name ...string) map[string]string {
	files := map[string]string{"copier.yml": config, "f.txt.jinja": text}
	for _, n := range name {
		files[n] = "x"
	}
	return files
}

func with(files map[string]string, name, text string) map[string]string {
	files[name] = text
	return files
}
