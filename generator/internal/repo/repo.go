// Package repo is the repository that a project lives in, read and written by
// the git of its owner: work trees, attributes, filters, merge drivers, partial
// clones and hash functions are what they are for git itself.
//
// It knows nothing of templates, and makes no project's repository: that is vcs.
package repo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/fault"
)

// The oldest git that merges trees without a work tree (git-merge-tree(1),
// --write-tree).
const gitMajor, gitMinor = 2, 38

// A Repo is a repository, as it was when it was opened, and a project in it.
type Repo struct {
	Top    string // the work tree, absolute
	Prefix string // of the project below it: "" or "services/shop/"
	Head   string // the commit's id
	Branch string // "" for a detached HEAD

	program string
	env     []string
	gitDir  string           // of this work tree, absolute
	store   string           // the object store, absolute
	files   map[string]Entry // of Head, once they were read
}

// Open finds the repository of the project in dir, which has to be ready for
// an update: a commit, all files checked out, and nothing half done.
func Open(ctx context.Context, dir string, environ []string) (*Repo, error) {
	r, err := Find(ctx, dir, environ)
	if err != nil {
		return nil, err
	}
	return r, r.ready(ctx)
}

// Find is Open for a repository in whatever state, as long as it has a commit.
func Find(ctx context.Context, dir string, environ []string) (*Repo, error) {
	r := &Repo{Top: dir, env: Environ(environ)}
	var err error
	if r.program, err = find(ctx, r.env); err != nil {
		return nil, err
	}
	if err := r.locate(ctx, dir); err != nil {
		return nil, err
	}
	out, err := r.git(ctx, nil, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if err != nil {
		return nil, fault.New(fault.Git, "the repository has no commit, and an update starts from one").
			Try("commit the project as it was made: git add . && git commit")
	}
	r.Head = strings.TrimSpace(string(out))
	return r, nil
}

var versionText = regexp.MustCompile(`^git version (\d+)\.(\d+)`)

// find looks for a git that is new enough.
func find(ctx context.Context, env []string) (string, error) {
	want := fmt.Sprintf("install git %d.%d or newer", gitMajor, gitMinor)
	program, err := lookPath(env)
	if err != nil {
		return "", fault.New(fault.Git, "git is not on the PATH, and an update merges by it").Try(want)
	}
	cmd := exec.CommandContext(ctx, program, "version")
	cmd.Env = env
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	found := versionText.FindSubmatch(out)
	if err != nil || found == nil {
		return "", fault.New(fault.Git, "%s does not say its version", program).Try(want)
	}
	major, _ := strconv.Atoi(string(found[1]))
	minor, _ := strconv.Atoi(string(found[2]))
	if major < gitMajor || major == gitMajor && minor < gitMinor {
		return "", fault.New(fault.Git, "git %d.%d is too old: an update needs git %d.%d", major, minor, gitMajor, gitMinor).Try(want)
	}
	return program, nil
}

// lookPath finds git by the PATH of an environment.
func lookPath(env []string) (string, error) {
	for _, kv := range slices.Backward(env) {
		list, ok := strings.CutPrefix(kv, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(list) {
			if found, err := exec.LookPath(filepath.Join(dir, "git")); err == nil && filepath.IsAbs(found) {
				return found, nil
			}
		}
		return "", exec.ErrNotFound
	}
	return exec.LookPath("git")
}

// Environ is an environment without what would have git work elsewhere, or
// speak in another language.
func Environ(environ []string) []string {
	elsewhere := []string{
		"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR",
		"GIT_NAMESPACE", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_PREFIX", "GIT_QUARANTINE_PATH", "GIT_LITERAL_PATHSPECS",
		"GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_ATTR_SOURCE", "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS",
		"LC_ALL", "LANGUAGE",
	}
	env := slices.DeleteFunc(slices.Clone(environ), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(elsewhere, name) || strings.HasPrefix(name, "GIT_TRACE")
	})
	return append(env, "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_LITERAL_PATHSPECS=1")
}

func (r *Repo) locate(ctx context.Context, dir string) error {
	out, err := r.git(ctx, nil, "rev-parse", "--path-format=absolute", "--show-toplevel", "--absolute-git-dir", "--git-path", "objects", "--show-prefix")
	lines := strings.Split(string(out), "\n")
	if err != nil || len(lines) < 4 {
		if f := ownerFault(err); f != nil {
			return f
		}
		return fault.New(fault.Git, "%s is not in a git repository, and an update merges by git", filepath.Base(dir)).
			Try("make one and commit the project as it was made: git init && git add . && git commit")
	}
	r.Top, r.gitDir, r.store, r.Prefix = filepath.FromSlash(lines[0]), lines[1], lines[2], lines[3]
	return nil
}

// ownerFault is git's refusal to read another user's repository.
func ownerFault(err error) error {
	if err != nil && strings.Contains(err.Error(), "dubious ownership") {
		return fault.New(fault.Git, "git does not read this repository, as somebody else owns it").
			Try("allow it: git config --global --add safe.directory DIR")
	}
	return nil
}

// ready refuses a repository in which an update would meet something half done.
func (r *Repo) ready(ctx context.Context) error {
	for _, state := range []struct{ file, what, end string }{
		{"MERGE_HEAD", "a merge", "git merge --abort"}, {"rebase-merge", "a rebase", "git rebase --abort"},
		{"rebase-apply", "a rebase", "git rebase --abort"}, {"CHERRY_PICK_HEAD", "a cherry-pick", "git cherry-pick --abort"},
		{"REVERT_HEAD", "a revert", "git revert --abort"}, {"BISECT_LOG", "a bisect", "git bisect reset"},
	} {
		if _, err := os.Lstat(filepath.Join(r.gitDir, state.file)); err == nil {
			return fault.New(fault.Git, "%s is in progress in this repository", state.what).Try("finish it, or end it: " + state.end)
		}
	}
	if _, err := os.Lstat(filepath.Join(r.gitDir, "index.lock")); err == nil {
		return locked()
	}
	out, err := r.git(ctx, nil, "config", "--type=bool", "--get", "core.sparseCheckout")
	if failed := (*Failed)(nil); err != nil && !(errors.As(err, &failed) && failed.Code == 1) {
		return err
	}
	if strings.TrimSpace(string(out)) == "true" {
		return fault.New(fault.Git, "this is a sparse checkout, and an update needs all files of the project").
			Try("check all out: git sparse-checkout disable")
	}
	out, _ = r.git(ctx, nil, "symbolic-ref", "--quiet", "--short", "HEAD")
	r.Branch = strings.TrimSpace(string(out))
	return nil
}

// Failed is a git that ended with an error.
type Failed struct {
	Command string // merge-tree
	Code    int
	Talk    string // what it said
}

func (f *Failed) Error() string {
	said, _, _ := strings.Cut(strings.TrimSpace(f.Talk), "\n")
	return fmt.Sprintf("git %s: %s", f.Command, said)
}

// Fault says whose fault it is: of what holds the index, of the place that
// objects come from, or of git.
func (f *Failed) Fault() *fault.Fault {
	switch {
	case strings.Contains(f.Talk, "No space left") || strings.Contains(f.Talk, "Out of diskspace"):
		return fault.New(fault.Full, "no room left on the disk: %s", f).Try("make room")
	case strings.Contains(f.Talk, "index.lock"):
		return locked()
	case strings.Contains(f.Talk, "promisor") || strings.Contains(f.Talk, "could not fetch"):
		return fault.New(fault.Source, "this is a partial clone, and what an update needs of its history cannot be fetched: %s", f).
			Try("try again when the remote can be reached, or fetch all of it: git fetch --refetch")
	}
	return fault.New(fault.Git, "%s", f).Try("see what git says of the repository: git fsck, git status")
}

func locked() *fault.Fault {
	return fault.New(fault.Busy, "another git is at work in this repository: it holds index.lock").
		Try("wait until it is done; if none runs, remove .git/index.lock")
}

// git runs git at the top of the work tree; extra are variables of its own.
func (r *Repo) git(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	return r.run(ctx, nil, stdin, args...)
}

func (r *Repo) run(ctx context.Context, extra []string, stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, r.program, args...)
	cmd.Dir, cmd.Env = r.Top, slices.Concat(r.env, extra)
	cmd.Stdin = bytes.NewReader(stdin)
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		command := args[0]
		for i := 0; i+1 < len(args) && args[i] == "-c"; i += 2 {
			command = args[min(i+2, len(args)-1)]
		}
		return out.Bytes(), &Failed{Command: command, Code: exit.ExitCode(), Talk: talk.String()}
	}
	return out.Bytes(), err
}

// Clean refuses a project whose files differ from the commit, but for those at
// the given paths of it. Files that git does not track do not count.
func (r *Repo) Clean(ctx context.Context, except ...string) error {
	out, err := r.git(ctx, nil, append([]string{"-c", "status.renames=false", "status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=dirty", "--"}, r.scope()...)...)
	if err != nil {
		return err
	}
	var dirty []string
	unmerged := false
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if len(entry) < 4 {
			continue
		}
		name := strings.TrimPrefix(entry[3:], r.Prefix)
		if slices.Contains(except, name) {
			continue
		}
		unmerged = unmerged || slices.Contains([]string{"DD", "AU", "UD", "UA", "DU", "AA", "UU"}, entry[:2])
		dirty = append(dirty, name)
	}
	if len(dirty) == 0 {
		return r.unhidden(ctx)
	}
	f := &fault.Fault{Kind: fault.Unclean, Message: "the project has changes that are not committed", Lines: few(dirty), Hint: "commit or stash them first"}
	if unmerged {
		f.Message, f.Hint = "the project has conflicts that are not resolved", "resolve them and commit, or give up the update that left them: scaffold update --abort"
	}
	return f
}

// few is a list that fits on a screen.
func few(names []string) []string {
	const most = 10
	if len(names) <= most {
		return names
	}
	return append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", len(names)-most))
}

// scope is the project as a path at the top of the work tree.
func (r *Repo) scope() []string {
	if r.Prefix == "" {
		return nil
	}
	return []string{strings.TrimSuffix(r.Prefix, "/")}
}

// An Entry is a file as git stores it. The zero value is none.
type Entry struct {
	Mode string // 100644, 100755, 120000 or 160000
	ID   string
}

// Submodule says whether it is another repository.
func (e Entry) Submodule() bool { return e.Mode == "160000" }

// Files are the project's files in the commit, by their paths in the project:
// read once, and not to be changed.
func (r *Repo) Files(ctx context.Context) (map[string]Entry, error) {
	if r.files != nil {
		return r.files, nil
	}
	var err error
	r.files, err = r.tree(ctx, r.Head)
	return r.files, err
}

func (r *Repo) tree(ctx context.Context, treeish string) (map[string]Entry, error) {
	if r.Prefix != "" {
		treeish += ":" + strings.TrimSuffix(r.Prefix, "/")
	}
	out, err := r.git(ctx, nil, "ls-tree", "-r", "-z", "--full-tree", treeish)
	if failed := (*Failed)(nil); errors.As(err, &failed) && strings.Contains(failed.Talk, "Not a valid object name") {
		return map[string]Entry{}, nil // a project that is not committed yet
	}
	if err != nil {
		return nil, err
	}
	entries := map[string]Entry{}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		meta, name, ok := strings.Cut(line, "\t")
		if fields := strings.Fields(meta); ok && len(fields) == 3 {
			entries[name] = Entry{Mode: fields[0], ID: fields[2]}
		}
	}
	return entries, nil
}

// Ignored gives those of the project's paths that git neither tracks nor would
// add.
func (r *Repo) Ignored(ctx context.Context, paths []string) (map[string]bool, error) {
	var in bytes.Buffer
	for _, p := range paths {
		in.WriteString(r.Prefix + p + "\x00")
	}
	out, err := r.run(ctx, []string{"GIT_LITERAL_PATHSPECS=0"}, in.Bytes(), "check-ignore", "-z", "--stdin")
	if failed := (*Failed)(nil); errors.As(err, &failed) && failed.Code == 1 {
		err = nil // none is
	}
	ignored := map[string]bool{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		ignored[strings.TrimPrefix(name, r.Prefix)] = true
	}
	delete(ignored, "")
	return ignored, err
}

// Path is a file of git's own for this work tree.
func (r *Repo) Path(name string) string { return filepath.Join(r.gitDir, filepath.FromSlash(name)) }

// Commits are those in HEAD's history with a line in their message, the newest
// first.
func (r *Repo) Commits(ctx context.Context, line string) ([]string, error) {
	out, err := r.git(ctx, nil, "log", "--format=%H", "--fixed-strings", "--grep="+line, "HEAD", "--")
	return strings.Fields(string(out)), err
}

// FilesOf are the project's files in a commit.
func (r *Repo) FilesOf(ctx context.Context, commit string) (map[string]Entry, error) {
	return r.tree(ctx, commit)
}

// Blobs reads objects, by their ids.
func (r *Repo) Blobs(ctx context.Context, ids []string) (map[string][]byte, error) {
	return r.blobs(ctx, nil, ids)
}

func (r *Repo) blobs(ctx context.Context, extra []string, names []string) (map[string][]byte, error) {
	found := map[string][]byte{}
	if len(names) == 0 {
		return found, nil
	}
	out, err := r.run(ctx, extra, []byte(strings.Join(names, "\n")+"\n"), "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		head, rest, ok := bytes.Cut(out, []byte("\n"))
		if !ok {
			return nil, &Failed{Command: "cat-file", Talk: "it ended early"}
		}
		fields := bytes.Fields(head)
		size, err := strconv.Atoi(string(fields[len(fields)-1]))
		if err != nil { // missing
			out = rest
			continue
		}
		if size < 0 || size >= len(rest) {
			return nil, &Failed{Command: "cat-file", Talk: "it ended early"}
		}
		found[name], out = rest[:size], rest[size+1:]
	}
	return found, nil
}

// parents are the directories above the project, from the top: "" and so on.
func (r *Repo) parents() []string {
	list := []string{""}
	at := ""
	for part := range strings.SplitSeq(strings.TrimSuffix(r.Prefix, "/"), "/") {
		if at = path.Join(at, part); at != "" && at+"/" != r.Prefix {
			list = append(list, at+"/")
		}
	}
	return list
}
