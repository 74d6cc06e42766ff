package vcs

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Settings are what a machine says about a new repository.
type Settings struct {
	Author  Identity // zero where the machine knows no whole one
	Branch  string   // the one asked for, or init.defaultBranch where it is valid, else main
	Signing bool     // it asks for signed commits, which scaffold does not make
	Machine Machine
}

// A Machine is what the settings say about any repository's files.
type Machine struct {
	Excludes   [][]byte // ignore rules, the strongest first: the repository's own, the person's
	Attributes []byte   // the person's
	AutoCRLF   bool     // line endings are git's to guess where nothing is said of them
	Fold       bool     // names differ by more than case
	Includes   []string // files of settings that apply only where the repository will be
}

// Detect reads the settings that will apply in the repository of dir, on a
// branch that was asked for or, where that is "", on the one that they name.
// They come from GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL and EMAIL, and from the git
// on the PATH, or else from go-git's reading of the same files, which knows no
// includes. What cannot be read is as if it were not set.
func Detect(ctx context.Context, dir, branch string, getenv func(string) string) Settings {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r := &reader{dir: dir, getenv: getenv, branch: branch}
	set, ok := r.read(ctx)
	if !ok {
		set = builtIn()
	}
	s := Settings{
		Author: Identity{
			Name:  cmp.Or(getenv("GIT_AUTHOR_NAME"), set["author.name"], set["user.name"]),
			Email: cmp.Or(getenv("GIT_AUTHOR_EMAIL"), set["author.email"], set["user.email"], getenv("EMAIL")),
		}.clean(),
		Branch:  cmp.Or(r.branch, defaultBranch(set)),
		Signing: isTrue(set, "commit.gpgsign"),
		Machine: Machine{
			Excludes:   readAll(r.exclude(), r.own(set, "core.excludesfile", "ignore")),
			Attributes: readRules(r.own(set, "core.attributesfile", "attributes")),
			AutoCRLF:   isTrue(set, "core.autocrlf") || strings.EqualFold(set["core.autocrlf"], "input"),
			Fold:       runtime.GOOS == "windows" || runtime.GOOS == "darwin", // as in the repositories that we make
			Includes:   r.applied,
		},
	}
	if s.Author.Name == "" || s.Author.Email == "" {
		s.Author = Identity{}
	}
	return s
}

func defaultBranch(set map[string]string) string {
	if branch := set["init.defaultbranch"]; ValidBranch(branch) {
		return branch
	}
	return "main"
}

// isTrue reads a setting as git reads a bool: a key without a value is true.
func isTrue(set map[string]string, key string) bool {
	value, ok := set[key]
	switch strings.ToLower(value) {
	case "true", "yes", "on", "1", noValue:
		return ok
	}
	return false
}

// noValue stands for a key without "=", which is true, unlike one with nothing
// behind it.
const noValue = "\x00"

// own is the file of the person's rules that a setting names, or the one that
// git looks for without it.
func (r *reader) own(set map[string]string, key, name string) string {
	if file, ok := set[key]; ok {
		return r.home(file)
	}
	if dir := r.getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "git", name)
	}
	if home := r.getenv("HOME"); home != "" {
		return filepath.Join(home, ".config", "git", name)
	}
	return ""
}

// exclude is the file of ignore rules that a repository which is in the
// directory already keeps to itself; "" for none.
func (r *reader) exclude() string {
	git := filepath.Join(r.dir, ".git")
	if info, err := os.Stat(git); err != nil || info.IsDir() {
		return filepath.Join(git, "info", "exclude")
	}
	at, linked := strings.CutPrefix(string(readRules(git)), "gitdir: ")
	if !linked {
		return ""
	}
	at = under(r.dir, strings.TrimSpace(at))
	if common := strings.TrimSpace(string(readRules(filepath.Join(at, "commondir")))); common != "" {
		at = under(at, common)
	}
	return filepath.Join(at, "info", "exclude")
}

func under(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// readRules reads a file of the person's, of a sensible size; nothing for one
// that cannot be read.
func readRules(file string) []byte {
	const most = 1 << 20
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > most {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return data
}

// readAll reads the files that hold something.
func readAll(files ...string) [][]byte {
	var all [][]byte
	for _, file := range files {
		if data := readRules(file); len(data) > 0 {
			all = append(all, data)
		}
	}
	return all
}

// home resolves the "~" that git allows in settings that are paths.
func (r *reader) home(file string) string {
	if rest, ok := strings.CutPrefix(file, "~/"); ok {
		return filepath.Join(r.getenv("HOME"), rest)
	}
	return file
}

// patience is for a git that hangs, say on a network home directory.
const patience = 2 * time.Second

// A reader reads settings by git. git evaluates no condition on a repository
// that is not there; those the reader evaluates itself.
type reader struct {
	dir    string
	getenv func(string) string
	branch string

	included map[string][]setting // what a conditional file holds, once it was read
	applied  []string             // the conditional files that count
}

// A setting is one of many in the order in which they count: the last one wins.
type setting struct {
	origin, key, value string
}

// read gives the wanted settings by their names in lower case; not where git
// cannot say. It asks git once, and once more where there are conditions to be
// evaluated; again only for conditions in files that have conditions.
func (r *reader) read(ctx context.Context) (map[string]string, bool) {
	all, err := r.list(ctx, nil)
	if err != nil {
		return nil, false
	}
	if _, err := os.Lstat(filepath.Join(r.dir, ".git")); err == nil {
		return effective(all), true // git sees the repository itself
	}
	r.included = map[string][]setting{}
	const deepest = 10 // as git
	for range deepest {
		missing := r.missing(all)
		if len(missing) == 0 {
			break
		}
		if err := r.include(ctx, missing); err != nil {
			return nil, false
		}
	}
	set := effective(r.expand(all, "", &r.applied))
	if r.branch == "" {
		r.branch = defaultBranch(set)
	}
	r.applied = nil
	return effective(r.expand(all, r.branch, &r.applied)), true
}

// effective gives the last value of each setting.
func effective(all []setting) map[string]string {
	set := map[string]string{}
	for _, s := range all {
		set[s.key] = s.value
	}
	return set
}
