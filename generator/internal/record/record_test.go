package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scaffold/generator/fault"
	"scaffold/generator/internal/record"
	"scaffold/generator/manifest"
	"scaffold/internal/testenv"
)

// awkward are strings that readers of YAML take for something else, or lose.
var awkward = []string{
	"", " ", "a b", " a", "a ", "tab\there", "\t", "012", "0o7", "0x1f", "0b1", "1_000", "1e5", "e5", "12:30:00", "1:2", "=", "<<", "~", "-", "--", "---", "...", "?",
	".nan", ".NaN", ".inf", "-.inf", "no", "No", "NO", "yes", "y", "N", "on", "Off", "true", "FALSE", "null", "Null", "NULL", "2026-11-29", "2026-11-29T10:00:00Z",
	"a: b", "a:b", "a #b", "#a", "- a", "* a", "*a", "&a", "!a", "!!str a", "%a", "@a", "`a", "{a", "[a", "a]", "a,b", "'a", `"a`, `a"b`, `a\b`, `\`, "é", "日本", "😀", "\u0085", "\u2028", "\u00a0", "\ufeffa", "\u200b", "\u202e",
	"1.0.0", "1.0", "+1", "-1", "0", "00", "9", "1.", "._", "_", "_1", "use:admin-cms", "builtin:django", "sha256:12", "a+b", "/srv/tpl", "C:\\x", "${{ x }}", "{{ x }}", strings.Repeat("x", 300), strings.Repeat("x ", 300) + "x",
}

func lockWith(texts []string) record.Lock {
	p := record.LockPart{
		Path: ".", Date: "2026-11-29", Tree: "sha256:" + strings.Repeat("0", 64), Signals: texts,
		Layers:         []record.Layer{{Name: "tiny", Source: "builtin:tiny", Ref: "1.0", Version: "1.0.0", SHA256: "sha256:" + strings.Repeat("1", 64)}},
		Recommendation: map[string]any{},
	}
	for i, s := range texts {
		id := fmt.Sprintf("q%d", i)
		p.Answers = append(p.Answers, record.Value{ID: id, Value: s}, record.Value{ID: id + "_many", Value: []string{s, s}})
		p.Recommendation.(map[string]any)[s] = []any{s, float64(i), true, nil, map[string]any{"in": s, "none": []any{}}}
	}
	return record.Lock{Scaffold: "1.0.0", Parts: []record.LockPart{p}}
}

// holds compares what a reader made of a lock with what was written.
func holds(t interface{ Errorf(string, ...any) }, reader string, doc any, texts []string) {
	part := doc.(map[string]any)["parts"].([]any)[0].(map[string]any)
	want := []any{}
	for _, s := range texts {
		want = append(want, s)
	}
	if diff := cmp.Diff(want, part["signals"]); diff != "" {
		t.Errorf("%s reads the signals as (-want +got):\n%s", reader, diff)
	}
	for i, s := range texts {
		answers, advice := part["answers"].(map[string]any), part["recommendation"].(map[string]any)
		if diff := cmp.Diff([]any{s, []any{s, s}}, []any{answers[fmt.Sprintf("q%d", i)], answers[fmt.Sprintf("q%d_many", i)]}); diff != "" {
			t.Errorf("%s reads an answer as (-want +got):\n%s", reader, diff)
		}
		if diff := cmp.Diff([]any{s, float64(i), true, nil, map[string]any{"in": s, "none": []any{}}}, advice[s]); diff != "" {
			t.Errorf("%s reads a tree at %q as (-want +got):\n%s", reader, s, diff)
		}
	}
}

func TestEveryReaderReadsAStringAsItWas(t *testing.T) {
	testenv.Need(t, "python3")
	if exec.Command("python3", "-c", "import yaml").Run() != nil {
		testenv.Missing(t, "PyYAML is not installed; `make setup` as root installs it")
	}
	data := lockWith(awkward).YAML()
	// PyYAML reads YAML 1.1, and JSON is what it read.
	cmd := exec.Command("python3", "-c", "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin.buffer), sys.stdout)")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("PyYAML: %v\n%s", err, data)
	}
	var doc any
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	holds(t, "PyYAML", doc, awkward)
}

// readBack is what a reader of YAML 1.2 makes of a document, as JSON has it.
func readBack(t interface{ Fatalf(string, ...any) }, data []byte) any {
	asJSON, err := yaml.YAMLToJSON(data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	var doc any
	if err := json.Unmarshal(asJSON, &doc); err != nil {
		t.Fatalf("%v\n%s", err, asJSON)
	}
	return doc
}

func TestAnyTextIsReadBack(t *testing.T) {
	holds(t, "goccy", readBack(t, lockWith(awkward).YAML()), awkward)
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfNDistinct(rapid.String(), 1, 5, rapid.ID[string]).Draw(t, "texts")
		lock, err := record.ReadLock(fstest.MapFS{record.LockFile: {Data: lockWith(texts).YAML()}})
		if err != nil {
			t.Fatal(err)
		}
		part := lock.Parts[0]
		answers := part.Answers.Answers()
		for i, s := range texts {
			if got := answers[fmt.Sprintf("q%d", i)].Text; got != s {
				t.Errorf("%q is read as %q", s, got)
			}
		}
		if diff := cmp.Diff(texts, part.Signals); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(lockWith(texts).Parts[0].Recommendation, part.Recommendation); diff != "" {
			t.Error(diff)
		}
	})
}

var whole = record.Lock{Scaffold: "1.0.0", Parts: []record.LockPart{
	{
		Path: ".", Date: "2026-11-29", Tree: "sha256:" + strings.Repeat("a", 64), Signals: []string{"use:rest-api"},
		Answers: record.Values{{ID: "name", Value: manifest.Scalar{Text: "shop"}}, {ID: "zip", Value: manifest.Scalar{Text: "012"}}},
		Layers: []record.Layer{
			{Name: "base", Source: "git+https://h/r#base", Ref: "v1", Commit: "c0ffee", Version: "1.0.0", SHA256: "sha256:" + strings.Repeat("1", 64)},
			{Name: "top", Source: "/srv/top", Version: "2.0.0", SHA256: "sha256:" + strings.Repeat("2", 64)},
		},
		Files: []record.File{
			{Path: ".env", Mode: "0644", Layer: "top", Managed: "once"},
			{Path: "a b/ü.sh", SHA256: strings.Repeat("3", 64), Mode: "0755", Layer: "base", Managed: "strict", Merge: "json"},
		},
	},
	{
		Path: "services/api", Date: "2026-11-30", Tree: "sha256:" + strings.Repeat("b", 64), Recommendation: map[string]any{"gap": 3.0},
		Layers: []record.Layer{{Name: "api", Source: "builtin:api", Ref: "1.0.0", Version: "1.0.0", SHA256: "sha256:" + strings.Repeat("4", 64)}},
	},
}}

func TestALockIsReadAsItWasWritten(t *testing.T) {
	got, err := record.ReadLock(fstest.MapFS{record.LockFile: {Data: whole.YAML()}})
	if err != nil {
		t.Fatal(err)
	}
	got.Parts[1].Signals = nil // an empty list
	if diff := cmp.Diff(&whole, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, whole.YAML())
	}
	if text := string(whole.YAML()); !strings.Contains(text, "  .env\": {sha256: null,") && !strings.Contains(text, `".env": {sha256: null,`) {
		t.Errorf("a file with a secret has a hash:\n%s", text)
	}
}

func TestAHostileLockIsRefused(t *testing.T) {
	good := string(whole.YAML())
	tests := map[string]struct{ old, new, want string }{
		"a file outside":             {`"a b/ü.sh"`, `"../x"`, `".."`},
		"an absolute file":           {`"a b/ü.sh"`, `/etc/passwd`, "passwd"},
		"a file of git":              {`"a b/ü.sh"`, `.git/config`, ".git"},
		"a part outside":             {"path: services/api", `path: ../api`, `".."`},
		"two parts in one place":     {"path: services/api", `path: "."`, "twice"},
		"a hash that is none":        {strings.Repeat("3", 64), "33", "sha256"},
		"a digest that is none":      {"sha256:" + strings.Repeat("a", 64), "sha256:aa", "digest"},
		"a layer without a digest":   {"sha256:" + strings.Repeat("2", 64), "md5:22", "digest"},
		"a mode of its own":          {"0755", "4755", "mode"},
		"a way of managing":          {"managed: once", "managed: never", "managed"},
		"a way of merging":           {"merge: json", "merge: xml", "merged"},
		"a layer that is not there":  {"layer: base", "layer: bass", "no layer"},
		"a date that is none":        {"2026-11-29", "2026-13-29", "date"},
		"a key of its own":           {"tree:", "three:", "three"},
		"a list where a map belongs": {"layers:", "layers: {a: b}\n    other:", "layers.yaml"},
		"a newer version":            {"scaffold/lock/v1", "scaffold/lock/v9", "reads scaffold/lock/v1"},
		"no parts":                   {good[strings.Index(good, "parts:"):], "parts: []\n", "no parts"},
		"no YAML":                    {good, "{{{", "cannot be read"},
		"no UTF-8":                   {"c0ffee", "caf\xe9", "UTF-8"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, test.old, test.new, 1)
			if bad == good {
				t.Fatal("nothing was replaced")
			}
			lock, err := record.ReadLock(fstest.MapFS{record.LockFile: {Data: []byte(bad)}})
			if lock != nil || !fault.Is(err, fault.Destination) {
				t.Errorf("%v %v", lock, err)
			} else if test.want != "layers.yaml" && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v does not say %s", err, test.want)
			}
		})
	}
	_, err := record.ReadLock(fstest.MapFS{})
	if !errors.Is(err, fs.ErrNotExist) || !fault.Is(err, fault.Destination) {
		t.Error(err)
	}
}

// FuzzReadLock holds that a lock, which anybody may edit, is read or refused.
func FuzzReadLock(f *testing.F) {
	f.Add(whole.YAML())
	f.Add([]byte("parts: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lock, err := record.ReadLock(fstest.MapFS{record.LockFile: {Data: data}})
		if (lock == nil) == (err == nil) {
			t.Errorf("%v %v", lock, err)
		}
		if lock == nil {
			return
		}
		again, err := record.ReadLock(fstest.MapFS{record.LockFile: {Data: lock.YAML()}})
		if err != nil {
			t.Errorf("%v\n%s", err, lock.YAML())
		} else if diff := cmp.Diff(lock.YAML(), again.YAML()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestARecordedLayerNamesItsSource(t *testing.T) {
	tests := map[string]struct {
		layer record.Layer
		want  string
	}{
		"built in":            {record.Layer{Source: "builtin:flask", Ref: "1.0.0"}, "builtin:flask"},
		"a directory":         {record.Layer{Source: "/srv/tpl"}, "/srv/tpl"},
		"git, by its commit":  {record.Layer{Source: "git+https://h/r", Ref: "v1", Commit: "c0ffee"}, "git+https://h/r@c0ffee"},
		"git, with a folder":  {record.Layer{Source: "git+ssh://git@h/r#a/b", Ref: "v1", Commit: "c0ffee"}, "git+ssh://git@h/r@c0ffee#a/b"},
		"git, without either": {record.Layer{Source: "git+file:///r"}, "git+file:///r"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.layer.Reference(); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}
