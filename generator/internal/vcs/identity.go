package vcs

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"

	"scaffold/generator/fault"
)

// An Identity is who a commit is by.
type Identity struct {
	Name  string
	Email string
}

// clean drops what would break a commit's header, as git does (ident.c).
func (i Identity) clean() Identity {
	return Identity{Name: cleanIdent(i.Name), Email: cleanIdent(i.Email)}
}

func cleanIdent(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '<' || r == '>' || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	return strings.Trim(s, ` .,:;"\'`)
}

// CheckBranch refuses a name that git does not allow for a branch.
func CheckBranch(name string) error {
	if ValidBranch(name) {
		return nil
	}
	return fault.New(fault.Usage, "git allows no branch named %q", name).
		Try("use letters, digits, dots, dashes and slashes, as in --branch main")
}

// ValidBranch says whether git allows a branch of that name, by the rules of
// git-check-ref-format(1).
func ValidBranch(name string) bool {
	return name != "HEAD" && plumbing.NewBranchReferenceName(name).Validate() == nil
}

// Settings are what a machine says about new repositories.
type Settings struct {
	Author  Identity // zero where the machine knows no whole one
	Branch  string   // init.defaultBranch where it is valid, else main
	Signing bool     // it asks for signed commits, which scaffold does not make
}

// Detect reads the settings that apply in dir, or in the directory that it
// will be made in. They come from GIT_AUTHOR_NAME and GIT_AUTHOR_EMAIL, then
// from the git on the PATH, which knows about includes, or else from go-git's
// reading of the same files. What cannot be read is as if it were not set.
func Detect(ctx context.Context, dir string, getenv func(string) string) Settings {
	set := readConfig(ctx, dir, getenv)
	s := Settings{
		Author: Identity{
			Name:  first(getenv("GIT_AUTHOR_NAME"), set["author.name"], set["user.name"]),
			Email: first(getenv("GIT_AUTHOR_EMAIL"), set["author.email"], set["user.email"]),
		}.clean(),
		Branch:  set["init.defaultbranch"],
		Signing: isTrue(set, "commit.gpgsign"),
	}
	if s.Author.Name == "" || s.Author.Email == "" {
		s.Author = Identity{}
	}
	if !ValidBranch(s.Branch) {
		s.Branch = "main"
	}
	return s
}

func first(values ...string) string {
	i := slices.IndexFunc(values, func(v string) bool { return v != "" })
	if i < 0 {
		return ""
	}
	return values[i]
}

// isTrue reads a setting as git reads a bool: a key without a value is true.
func isTrue(set map[string]string, key string) bool {
	value, ok := set[key]
	switch strings.ToLower(value) {
	case "", "true", "yes", "on", "1":
		return ok
	}
	return false
}

// wanted matches the settings that we read.
const wanted = `^((user|author)\.(name|email)|init\.defaultbranch|commit\.gpgsign)$`

// patience is for a git that hangs, say on a network home directory.
const patience = 2 * time.Second

// readConfig gives the wanted settings by their names in lower case.
func readConfig(ctx context.Context, dir string, getenv func(string) string) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", "config", "--null", "--get-regexp", wanted)
	cmd.Dir = deepest(dir)
	cmd.Env = environment(getenv)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err == nil {
		return parseConfig(out)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
		return nil // git looked, and found none of them
	}
	return builtIn()
}

// parseConfig reads "key\nvalue\0" over and over; a key may lack the value and
// its newline, and the last of a key counts.
func parseConfig(out []byte) map[string]string {
	set := map[string]string{}
	for record := range strings.SplitSeq(string(out), "\x00") {
		if key, value, _ := strings.Cut(record, "\n"); key != "" {
			set[key] = value
		}
	}
	return set
}

// environment is all that git gets to know: where its settings are.
func environment(getenv func(string) string) []string {
	env := []string{"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0"}
	for _, key := range []string{
		"PATH", "HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
		"USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "PROGRAMDATA", "SYSTEMROOT",
	} {
		if value := getenv(key); value != "" {
			env = append(env, key+"="+value)
		}
	}
	return env
}

// builtIn is go-git's reading of the same files. It knows no includes, and
// fails where there is no home directory.
func builtIn() map[string]string {
	set := map[string]string{}
	for _, scope := range []config.Scope{config.SystemScope, config.GlobalScope} {
		c, err := config.LoadConfig(scope)
		if err != nil {
			continue
		}
		for _, key := range []string{"user.name", "user.email", "author.name", "author.email", "init.defaultBranch", "commit.gpgSign"} {
			section, option, _ := strings.Cut(key, ".")
			if c.Raw.Section(section).HasOption(option) {
				set[strings.ToLower(key)] = c.Raw.Section(section).Option(option)
			}
		}
	}
	return set
}
