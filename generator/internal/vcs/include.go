package vcs

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/config"
)

// wanted matches the settings that we read.
const wanted = `^((user|author)\.(name|email)|init\.defaultbranch|commit\.gpgsign|core\.(autocrlf|excludesfile|attributesfile)|include\.path|includeif\..*)$`

// list reads the settings, and after them what files hold.
func (r *reader) list(ctx context.Context, files []string) ([]setting, error) {
	var args []string
	for _, file := range files {
		args = append(args, "-c", "include.path="+file)
	}
	cmd := exec.CommandContext(ctx, "git", append(args, "config", "--null", "--includes", "--show-origin", "--get-regexp", wanted)...)
	cmd.Dir = deepest(r.dir)
	cmd.Env = environment(r.getenv)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
		return nil, nil // git looked, and found none of them
	}
	return parseConfig(out), err
}

// parseConfig reads "origin\0key\nvalue\0" over and over; a key may lack the
// value and its newline.
func parseConfig(out []byte) []setting {
	var all []setting
	records := strings.Split(string(out), "\x00")
	for pair := range slices.Chunk(records, 2) {
		if len(pair) < 2 {
			break
		}
		key, value, ok := strings.Cut(pair[1], "\n")
		if !ok {
			value = noValue
		}
		all = append(all, setting{pair[0], key, value})
	}
	return all
}

// environment is all that git gets to know: where its settings are.
func environment(getenv func(string) string) []string {
	keys := []string{
		"PATH", "HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT",
		"USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "PROGRAMDATA", "SYSTEMROOT",
	}
	const most = 1000 // a count that is wrong is git's to refuse
	count, _ := strconv.Atoi(getenv("GIT_CONFIG_COUNT"))
	for i := range min(count, most) {
		n := strconv.Itoa(i)
		keys = append(keys, "GIT_CONFIG_KEY_"+n, "GIT_CONFIG_VALUE_"+n)
	}
	env := []string{"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0"}
	for _, key := range keys {
		if value := getenv(key); value != "" || strings.HasPrefix(key, "GIT_CONFIG_VALUE_") {
			env = append(env, key+"="+value)
		}
	}
	return env
}

// include reads files whose conditions may hold. Each one's settings stand
// behind its name, in the order in which git was given them.
func (r *reader) include(ctx context.Context, files []string) error {
	all, err := r.list(ctx, files)
	if err != nil {
		return err
	}
	end := len(all)
	for i := len(files) - 1; i >= 0; i-- {
		from := end - 1
		for from >= 0 && all[from] != (setting{"command line:", "include.path", files[i]}) {
			from--
		}
		if from < 0 {
			return errors.New("git gives the settings in another order")
		}
		r.included[files[i]] = all[from+1 : end]
		end = from
	}
	return nil
}

// missing gives the files to be read before all can be expanded: those whose
// condition holds, and those for which that depends on the branch.
func (r *reader) missing(all []setting) []string {
	var files []string
	for _, s := range all {
		file, kind, holds := r.condition(s, "")
		if !holds && kind != "onbranch" || slices.Contains(files, file) {
			continue
		}
		if nested, known := r.included[file]; !known {
			files = append(files, file)
		} else if !refersTo(nested, s) {
			files = append(files, r.missing(nested)...)
		}
	}
	return files
}

// refersTo guards against a file that includes itself.
func refersTo(nested []setting, s setting) bool { return slices.Contains(nested, s) }

// expand puts what conditional files say where git would read it, and notes
// these files.
func (r *reader) expand(all []setting, branch string, files *[]string) []setting {
	var out []setting
	for _, s := range all {
		out = append(out, s)
		file, _, holds := r.condition(s, branch)
		nested, known := r.included[file]
		if !holds || !known || refersTo(nested, s) {
			continue
		}
		*files = append(*files, file)
		out = append(out, r.expand(nested, branch, files)...)
	}
	return out
}

// condition reads a conditional include whose condition git cannot see. Others,
// on remotes, it has evaluated itself.
func (r *reader) condition(s setting, branch string) (file, kind string, holds bool) {
	text, ok := strings.CutPrefix(s.key, "includeif.")
	text, isPath := strings.CutSuffix(text, ".path")
	kind, pattern, split := strings.Cut(text, ":")
	if !ok || !isPath || !split || s.value == noValue {
		return "", "", false
	}
	origin, inFile := strings.CutPrefix(s.origin, "file:")
	file = r.home(s.value)
	if !filepath.IsAbs(file) {
		if !inFile {
			return "", "", false
		}
		file = filepath.Join(filepath.Dir(under(deepest(r.dir), origin)), file)
	}
	switch kind {
	case "gitdir", "gitdir/i":
		return file, kind, r.isGitDir(pattern, origin, kind == "gitdir/i")
	case "onbranch":
		return file, kind, branch != "" && match(below(pattern), branch, false)
	}
	return "", "", false
}

// isGitDir holds a pattern against where the repository will be, with links
// resolved and without.
func (r *reader) isGitDir(text, origin string, fold bool) bool {
	plain := ""
	switch {
	case strings.HasPrefix(text, "~/"):
		text = filepath.ToSlash(resolved(r.getenv("HOME"))) + text[1:]
	case strings.HasPrefix(text, "./"):
		plain = filepath.ToSlash(filepath.Dir(resolved(origin))) + "/"
		text = text[len("./"):]
	case !filepath.IsAbs(text):
		text = "**/" + text
	}
	absolute, err := filepath.Abs(r.dir)
	if err != nil {
		return false
	}
	for _, dir := range []string{resolved(absolute), absolute} {
		name := filepath.ToSlash(filepath.Join(dir, ".git"))
		if rest, ok := strings.CutPrefix(name, plain); ok && match(below(text), rest, fold) {
			return true
		}
	}
	return false
}

// below has a pattern that ends in a slash stand for all that is below.
func below(pattern string) string {
	if strings.HasSuffix(pattern, "/") {
		return pattern + "**"
	}
	return pattern
}

// resolved is a path, which need not be there, without links.
func resolved(name string) string {
	for rest, dir := "", name; ; dir = filepath.Dir(dir) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest)
		}
		if dir == filepath.Dir(dir) {
			return name
		}
		rest = filepath.Join(filepath.Base(dir), rest)
	}
}

// builtIn is go-git's reading of the same files. It knows no includes, tells a
// key without a value not from one with an empty value, and fails where there is
// no home directory.
func builtIn() map[string]string {
	set := map[string]string{}
	for _, scope := range []config.Scope{config.SystemScope, config.GlobalScope} {
		c, err := config.LoadConfig(scope)
		if err != nil {
			continue
		}
		for _, key := range []string{
			"user.name", "user.email", "author.name", "author.email", "init.defaultBranch", "commit.gpgSign",
			"core.autocrlf", "core.excludesFile", "core.attributesFile",
		} {
			section, option, _ := strings.Cut(key, ".")
			if c.Raw.Section(section).HasOption(option) {
				set[strings.ToLower(key)] = c.Raw.Section(section).Option(option)
			}
		}
	}
	for _, key := range []string{"commit.gpgsign", "core.autocrlf"} {
		if value, ok := set[key]; ok && value == "" {
			set[key] = noValue
		}
	}
	return set
}
