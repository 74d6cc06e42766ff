package generator_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/manifest"
)

// many asks for a project of some hundred files, with rules for git, in dir.
func many(t *testing.T, dir string) generator.Request {
	t.Helper()
	m, err := manifest.Parse([]byte("apiVersion: scaffold/v1\nname: many\ntitle: Many\nversion: 1.0.0\n"))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		"files/.gitignore":     {Data: []byte("*.log\n")},
		"files/.gitattributes": {Data: []byte("*.txt text\n")},
		"files/out.log":        {Data: []byte("ignored")},
		"files/empty":          {},
		"files/link":           {Data: []byte("empty"), Mode: fs.ModeSymlink},
	}
	for i := range 200 {
		files[fmt.Sprintf("files/d%d/%d.txt.tmpl", i%7, i)] = &fstest.MapFile{Data: []byte(strings.Repeat("{{ .name }}\r\n", i))}
		files[fmt.Sprintf("files/d%d/%d.bin", i%7, i)] = &fstest.MapFile{Data: bytes.Repeat([]byte{0, byte(i)}, i)}
	}
	req := request(t, dir)
	resolved, err := m.Resolve(manifest.Given{Name: "shop"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	layers := req.Parts[0].Template.Layers
	req.Parts = []generator.Part{{Answers: resolved, Template: &generator.Template{Manifest: m, Layers: layers, FS: files}}}
	return req
}

// made applies what was asked for, with so much room in memory, to a directory
// that holds three files, and gives all that is there then.
func made(t *testing.T, room int64, force bool) (found map[string]string, plan *generator.Plan, result *generator.Result) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	if force {
		if err := os.MkdirAll(dir+"/d1", 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"own": "mine", "d1/1.txt": "shop\r\n", "d1/8.bin": "another"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	g := generator.New(generator.Options{Now: noon}).Holding(room)
	req := many(t, dir)
	req.Force = force
	plan, err := g.Plan(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if result, err = g.Apply(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	found = map[string]string{}
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || name == ".git/index" { // which has the times
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		found[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, plan, result
}

func TestAProjectIsTheSameWhereverItsContentsWait(t *testing.T) {
	for _, force := range []bool{false, true} {
		want, _, first := made(t, 1<<30, force)
		for _, room := range []int64{0, 10_000} {
			got, plan, result := made(t, room, force)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("with room for %d bytes:\n%.2000s", room, diff)
			}
			if diff := cmp.Diff(first, result); diff != "" || result.Commit == "" {
				t.Errorf("with room for %d bytes: %s", room, diff)
			}
			if n := plan.InMemory(); n > len("empty") { // the link's target
				t.Errorf("%d bytes are not aside", n)
			}
			for _, c := range plan.Files {
				if data, err := c.Content(); err != nil || c.Mode != "link" && string(data) != want[c.Path] && c.Op != generator.Keep {
					t.Errorf("%s: the plan says %q, %v", c.Path, data, err)
				}
			}
		}
		if want["d1/190.txt"] != strings.Repeat("shop\r\n", 190) || len(want) < 400 {
			t.Errorf("%d files: %v", len(want), maps.Keys(want))
		}
	}
}

func TestWhereAnAnswerIsASecretNothingIsAside(t *testing.T) {
	p := plan(t, generator.New(generator.Options{Now: noon}).Holding(0), request(t, filepath.Join(t.TempDir(), "shop")))
	if got := p.InMemory(); got != len("# shop 012\n#!/bin/sh\n{}\r\n") {
		t.Errorf("%d bytes are in memory", got)
	}
}
