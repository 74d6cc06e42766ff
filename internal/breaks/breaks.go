// Package breaks proves the tests of the Go code. A package's breaks.yaml lists
// behaviours, each with the change that breaks it and the test that then fails;
// the test of this package makes each change and sees the test fail.
//
// The generated projects' tests are proved by internal/projecttest.
package breaks

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// FileName is the list of a package's breaks, in its directory.
const FileName = "breaks.yaml"

// A Break is a behaviour, and how it is broken.
type Break struct {
	File string `yaml:"file"` // a file of the package
	Old  string `yaml:"old"`  // occurs once in it
	New  string `yaml:"new"`
	Test string `yaml:"test"` // goes red; with a slash, one of its cases
	In   string `yaml:"in"`   // the package of the test, from the module's root; without it, the same package

	Package string `yaml:"-"` // of the file, from the module's root
}

// Path is the broken file, from the module's root.
func (b Break) Path() string { return filepath.Join(b.Package, b.File) }

// TestPackage is where the test is, from the module's root.
func (b Break) TestPackage() string { return cmp.Or(b.In, b.Package) }

func (b Break) String() string { return fmt.Sprintf("%s: %q", b.Path(), b.Old) }

// Read gives the breaks of all packages below root, in the order of their paths.
func Read(root string) ([]Break, error) {
	var all []Break
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || path == filepath.Join(root, "templates")):
			return fs.SkipDir
		case d.Name() != FileName:
			return nil
		}
		breaks, err := readFile(root, path)
		all = append(all, breaks...)
		return err
	})
	return all, err
}

func readFile(root, path string) ([]Break, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list struct {
		Breaks []Break `yaml:"breaks"`
	}
	if err := yaml.UnmarshalWithOptions(data, &list, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	pkg, err := filepath.Rel(root, filepath.Dir(path))
	for i := range list.Breaks {
		list.Breaks[i].Package = filepath.ToSlash(pkg)
	}
	return list.Breaks, err
}

// Fits says what of the break is no longer so: its text occurs once, and its test
// is there.
func (b Break) Fits(root string) error {
	source, err := os.ReadFile(filepath.Join(root, b.Path()))
	if err != nil {
		return err
	}
	if n := strings.Count(string(source), b.Old); n != 1 {
		err = fmt.Errorf("%s occurs %d times, and is to occur once", b, n)
	}
	if b.Old == b.New {
		err = errors.Join(err, fmt.Errorf("%s is not changed", b))
	}
	name, _, _ := strings.Cut(b.Test, "/")
	return errors.Join(err, hasTest(filepath.Join(root, b.TestPackage()), name))
}

func hasTest(dir, name string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return err
	}
	function := regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(name) + `\(t \*testing\.T\)`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if function.Match(data) {
			return nil
		}
	}
	return fmt.Errorf("%s has no test %s", dir, name)
}

// Touched gives the breaks whose file, list or tests are among the changed files,
// and of the others as many, evenly spread, as make up at least n.
func Touched(all []Break, changed []string, n int) []Break {
	isTouched := func(b Break) bool {
		return slices.ContainsFunc(changed, func(file string) bool {
			dir, name := filepath.ToSlash(filepath.Dir(file)), filepath.Base(file)
			return file == b.Path() || dir == b.Package && name == FileName ||
				dir == b.TestPackage() && strings.HasSuffix(name, "_test.go")
		})
	}
	var touched, others []Break
	for _, b := range all {
		if isTouched(b) {
			touched = append(touched, b)
		} else {
			others = append(others, b)
		}
	}
	missing := min(n-len(touched), len(others))
	for i := range missing {
		touched = append(touched, others[i*len(others)/missing])
	}
	return touched
}
