package vcs

import (
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"scaffold/generator/internal/tree"
)

// An Ignore holds a project's ignore rules, and those of the machine: see
// gitignore(5). Files of .scaffold, by which a project is found again, are
// never ignored.
type Ignore struct {
	dirs  map[string][]ignoreRule // by the directory of the .gitignore, with a slash
	outer [][]ignoreRule          // the strongest first
	known map[string]bool         // directories that were asked for
}

type ignoreRule struct {
	pattern
	negated bool
}

// NewIgnore reads the .gitignore files among the files of a project.
func NewIgnore(files iter.Seq[tree.File], m Machine) (*Ignore, error) {
	i := &Ignore{dirs: map[string][]ignoreRule{}, known: map[string]bool{}}
	for f := range files {
		dir, name := path.Split(f.Path.String())
		if name == ".gitignore" && f.Mode&fs.ModeSymlink == 0 { // git follows no link there
			data, err := f.Bytes(nil)
			if err != nil {
				return nil, err
			}
			i.dirs[dir] = parseIgnore(string(data), m.Fold)
		}
	}
	for _, data := range m.Excludes {
		i.outer = append(i.outer, parseIgnore(string(data), m.Fold))
	}
	return i, nil
}

const byteOrderMark = "\ufeff"

func parseIgnore(content string, fold bool) []ignoreRule {
	var rules []ignoreRule
	for line := range strings.Lines(strings.TrimPrefix(content, byteOrderMark)) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line, _, _ = strings.Cut(line, "\x00"); strings.HasPrefix(line, "#") {
			continue
		}
		text, negated := strings.CutPrefix(trimBlanks(line), "!")
		if text != "" {
			rules = append(rules, ignoreRule{newPattern(text, fold), negated})
		}
	}
	return rules
}

// trimBlanks drops blanks at the end, but one that is behind a backslash.
func trimBlanks(line string) string {
	end := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ':
			continue
		case '\\':
			if i++; i == len(line) {
				return line
			}
		}
		end = i + 1
	}
	return line[:end]
}

// Ignored says whether `git add .` would leave a file out.
func (i *Ignore) Ignored(name string) bool {
	if len(i.dirs)+len(i.outer) == 0 || strings.HasPrefix(name, ".scaffold/") {
		return false
	}
	return i.directory(path.Dir(name)) || i.excluded(name, false)
}

// directory says whether nothing below dir is looked at.
func (i *Ignore) directory(dir string) bool {
	if dir == "." {
		return false
	}
	ignored, known := i.known[dir]
	if !known {
		ignored = i.directory(path.Dir(dir)) || i.excluded(dir, true)
		i.known[dir] = ignored
	}
	return ignored
}

// excluded asks the nearest file that says something; of its lines the last.
func (i *Ignore) excluded(name string, isDir bool) bool {
	dir, _ := path.Split(name)
	for {
		if negated, says := last(i.dirs[dir], strings.TrimPrefix(name, dir), isDir); says {
			return !negated
		}
		if dir == "" {
			break
		}
		dir, _ = path.Split(strings.TrimSuffix(dir, "/"))
	}
	for _, rules := range i.outer {
		if negated, says := last(rules, name, isDir); says {
			return !negated
		}
	}
	return false
}

func last(rules []ignoreRule, name string, isDir bool) (negated, says bool) {
	for _, r := range slices.Backward(rules) {
		if r.matches(name, isDir) {
			return r.negated, true
		}
	}
	return false, false
}
