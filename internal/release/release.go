// Package release packs released versions of the built-in templates, from which
// projects of an older scaffold are updated.
//
// A packed version is frozen: its content cannot become another, and today's
// scaffold has to render it as the one that packed it did.
package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/goccy/go-yaml"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/source"
)

// Index is the file beside the packed versions that says what each is.
const Index = "index.yaml"

// A Release is one packed version.
type Release struct {
	File   string `yaml:"file"`   // django-1.0.0.zip
	SHA256 string `yaml:"sha256"` // of the template's directory
	Tree   string `yaml:"tree"`   // of a project of it, with every default
}

// Read gives the releases in a directory.
func Read(dir string) ([]Release, error) {
	data, err := os.ReadFile(filepath.Join(dir, Index))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Release
	return list, yaml.Unmarshal(data, &list)
}

// Pack adds the current version of each built-in template to a directory. One
// that is there with another content is refused: it needs another version.
func Pack(ctx context.Context, templates fs.FS, dir string) ([]Release, error) {
	list, err := Read(dir)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(templates, "*/"+manifest.FileName)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if list, err = add(ctx, templates, path.Dir(name), dir, list); err != nil {
			return nil, err
		}
	}
	data, err := yaml.Marshal(list)
	if err != nil {
		return nil, err
	}
	return list, os.WriteFile(filepath.Join(dir, Index), data, 0o644)
}

func add(ctx context.Context, templates fs.FS, name, dir string, list []Release) ([]Release, error) {
	sub, err := fs.Sub(templates, name)
	if err != nil {
		return nil, err
	}
	data, err := source.Pack(sub)
	if err != nil {
		return nil, err
	}
	r, err := describe(ctx, data)
	if err != nil {
		return nil, err
	}
	for _, was := range list {
		if was.File == r.File && was != r {
			return nil, fmt.Errorf("%s is released, and %s has changed since: give it another version", r.File, name)
		}
		if was.File == r.File {
			return list, nil
		}
	}
	return append(list, r), os.WriteFile(filepath.Join(dir, r.File), data, 0o644)
}

// describe says what a packed version is, as it renders today.
func describe(ctx context.Context, packed []byte) (Release, error) {
	name, version, digest, err := source.Digests(packed)
	if err != nil {
		return Release{}, err
	}
	file := source.ReleaseFile(name, version)
	files := fstest.MapFS{file: {Data: packed}}
	t, err := source.New(files, "/").Made(ctx, []generator.Layer{{Name: name, Source: source.Builtin + ":" + name, Version: version, SHA256: digest}})
	if err != nil {
		return Release{}, err
	}
	tree, err := render(ctx, t)
	return Release{File: path.Base(file), SHA256: digest, Tree: tree}, err
}

func render(ctx context.Context, t *generator.Template) (string, error) {
	answers, err := t.Manifest.Resolve(manifest.Given{
		Name: "release", Template: t.Manifest.Name, Version: t.Manifest.Version, Scaffold: generator.Version,
		Date: "2026-01-01", Year: "2026", Author: "Ada", Email: "ada@example.com", License: "MIT",
	}, manifest.Answers{})
	if err != nil {
		return "", err
	}
	plan, err := generator.New(generator.Options{Now: time.Unix(0, 0)}).Assemble(ctx, "/", "release", []generator.Part{{Path: ".", Template: t, Answers: answers}})
	if err != nil {
		return "", err
	}
	return plan.Parts[0].Digest(), nil
}

// Verify holds every packed version against the index, and against what it was
// when it was packed.
func Verify(ctx context.Context, dir string) error {
	list, err := Read(dir)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, r := range list {
		known[r.File] = true
		data, err := os.ReadFile(filepath.Join(dir, r.File))
		if err != nil {
			return err
		}
		now, err := describe(ctx, data)
		if err != nil {
			return fmt.Errorf("%s: %w", r.File, err)
		}
		if now != r {
			return fmt.Errorf("%s is not what was released: %+v", r.File, now)
		}
	}
	packed, err := filepath.Glob(filepath.Join(dir, "*.zip"))
	for _, name := range packed {
		if !known[filepath.Base(name)] {
			return fmt.Errorf("%s is not in %s", filepath.Base(name), Index)
		}
	}
	return err
}
