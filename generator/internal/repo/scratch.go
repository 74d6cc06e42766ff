package repo

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"scaffold/generator/fault"
)

// A Scratch is a place for objects that the repository does not have yet, and
// for trees of them. It reads what the repository has; nothing in that changes.
type Scratch struct {
	repo *Repo
	dir  string
	env  []string
	at   int // names the next directory
}

// Scratch makes an empty one, to be closed.
func (r *Repo) Scratch(ctx context.Context) (*Scratch, error) {
	sweep()
	dir, err := os.MkdirTemp("", scratchPrefix)
	if err != nil {
		return nil, temporary(err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, temporary(err)
	}
	s := &Scratch{repo: r, dir: dir}
	s.env = []string{
		"GIT_DIR=" + r.gitDir, "GIT_WORK_TREE=" + s.path("empty"), "GIT_OBJECT_DIRECTORY=" + s.path("objects"),
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + quoted(r.store), "GIT_INDEX_FILE=" + s.path("index"),
		"GIT_AUTHOR_NAME=scaffold", "GIT_AUTHOR_EMAIL=scaffold@localhost", "GIT_AUTHOR_DATE=@0 +0000",
		"GIT_COMMITTER_NAME=scaffold", "GIT_COMMITTER_EMAIL=scaffold@localhost", "GIT_COMMITTER_DATE=@0 +0000",
	}
	for _, name := range []string{"empty", "objects/info", "objects/pack"} {
		if err := os.MkdirAll(s.path(name), 0o700); err != nil {
			s.Close()
			return nil, temporary(err)
		}
	}
	if _, err := s.git(ctx, nil, "read-tree", r.Head); err != nil {
		s.Close()
		return nil, err
	}
	return s, temporary(os.Rename(s.path("index"), s.path("head")))
}

// scratchPrefix starts the names of scratches in the temporary directory.
const scratchPrefix = "scaffold-merge-"

// sweep removes what killed runs have left: no merge takes a day.
func sweep() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), scratchPrefix+"*"))
	for _, dir := range left {
		if info, err := os.Lstat(dir); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(dir)
		}
	}
}

// temporary says of an error of the disk that it is about our own files there.
func temporary(err error) error {
	if err == nil || fault.Of(err) != nil {
		return err
	}
	f := fault.New(fault.NotWritable, "temporary files cannot be written: %v", err).Try("name another directory for them in TMPDIR")
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		f = fault.New(fault.Full, "no room left on the disk for temporary files").Try("make room, or name another directory for them in TMPDIR")
	}
	f.Err = err
	return f
}

// quoted keeps a colon in a path from ending it (GIT_ALTERNATE_OBJECT_DIRECTORIES
// in git(1)).
func quoted(path string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(path) + `"`
}

// Close removes it.
func (s *Scratch) Close() { _ = os.RemoveAll(s.dir) }

func (s *Scratch) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

func (s *Scratch) git(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	return s.repo.run(ctx, s.env, stdin, args...)
}

// fresh names a directory that is not there yet.
func (s *Scratch) fresh() string {
	s.at++
	return s.path("work-" + strconv.Itoa(s.at))
}

// index starts an index with the commit's tree, and gives the environment of
// commands that work on it.
func (s *Scratch) index(work string) ([]string, error) {
	name := s.fresh()
	data, err := os.ReadFile(s.path("head"))
	if err != nil {
		return nil, temporary(err)
	}
	return append(slices.Clone(s.env), "GIT_INDEX_FILE="+name, "GIT_WORK_TREE="+work), temporary(os.WriteFile(name, data, 0o600))
}

// A File is one as it lies in a work tree.
type File struct {
	Path string // in the project
	Mode string // as git writes it
	Data []byte // for a link its target
}

// Plain is the entry of a file that goes into git as it is.
func (r *Repo) Plain(f File) Entry {
	head := fmt.Sprintf("blob %d\x00", len(f.Data))
	if len(r.Head) == 64 {
		sum := sha256.Sum256(append([]byte(head), f.Data...))
		return Entry{f.Mode, hex.EncodeToString(sum[:])}
	}
	sum := sha1.Sum(append([]byte(head), f.Data...))
	return Entry{f.Mode, hex.EncodeToString(sum[:])}
}

// isAttributes names the files that say how git converts others.
func isAttributes(name string) bool {
	return name == ".gitattributes" || strings.HasSuffix(name, "/.gitattributes")
}

// Add puts files into the store as `git add` would in a work tree with the
// given .gitattributes, by their paths at the top, and gives their entries.
func (s *Scratch) Add(ctx context.Context, files []File, attributes map[string][]byte) (map[string]Entry, error) {
	entries := map[string]Entry{}
	if len(files) == 0 {
		return entries, nil
	}
	work := s.fresh()
	var names, raw []string
	for _, f := range files {
		at := filepath.Join(work, filepath.FromSlash(s.repo.Prefix+f.Path))
		if isAttributes(f.Path) {
			at = s.fresh()
			raw = append(raw, at)
			entries[f.Path] = s.repo.Plain(f)
		} else {
			names = append(names, s.repo.Prefix+f.Path)
		}
		if err := put(at, f); err != nil {
			return nil, temporary(err)
		}
	}
	for name, data := range attributes {
		at := filepath.Join(work, filepath.FromSlash(name))
		if info, err := os.Lstat(filepath.Dir(at)); err == nil && info.IsDir() || err != nil {
			_ = put(at, File{Mode: "100644", Data: data}) // where a file is in the way, it governs nothing
		}
	}
	if len(raw) > 0 {
		if _, err := s.git(ctx, []byte(strings.Join(raw, "\n")+"\n"), "hash-object", "-w", "--no-filters", "--stdin-paths"); err != nil {
			return nil, err
		}
	}
	return entries, s.add(ctx, work, names, entries)
}

func put(at string, f File) error {
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		return err
	}
	if f.Mode == "120000" {
		return os.Symlink(string(f.Data), at)
	}
	mode := os.FileMode(0o600)
	if f.Mode == "100755" {
		mode = 0o700
	}
	return os.WriteFile(at, f.Data, mode)
}

// add has git add files of a work tree, and reads what became of them.
func (s *Scratch) add(ctx context.Context, work string, names []string, entries map[string]Entry) error {
	if len(names) == 0 {
		return nil
	}
	env, err := s.index(work)
	if err != nil {
		return err
	}
	in := []byte(strings.Join(names, "\x00") + "\x00")
	settings := []string{"-c", "core.fileMode=true", "-c", "core.symlinks=true", "-c", "core.safecrlf=false", "-c", "core.splitIndex=false", "-c", "core.fsmonitor=false"}
	if _, err := s.repo.run(ctx, env, in, append(settings, "update-index", "--add", "--replace", "-z", "--stdin")...); err != nil {
		return err
	}
	args := append([]string{"ls-files", "--stage", "-z", "--"}, s.repo.scope()...)
	out, err := s.repo.run(ctx, env, nil, args...)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		meta, name, ok := strings.Cut(line, "\t")
		if fields := strings.Fields(meta); ok && len(fields) == 3 && wanted[name] {
			entries[strings.TrimPrefix(name, s.repo.Prefix)] = Entry{fields[0], fields[1]}
		}
	}
	return nil
}

// Blob puts bytes into the store as they are.
func (s *Scratch) Blob(ctx context.Context, data []byte) (string, error) {
	out, err := s.git(ctx, data, "hash-object", "-w", "--no-filters", "--stdin")
	return strings.TrimSpace(string(out)), err
}

// Blobs reads objects, by their ids or by other names of git's.
func (s *Scratch) Blobs(ctx context.Context, names []string) (map[string][]byte, error) {
	return s.repo.blobs(ctx, s.env, names)
}

// Attributes are the .gitattributes that govern the project in the commit, by
// their paths at the top.
func (s *Scratch) Attributes(ctx context.Context, head map[string]Entry) (map[string][]byte, error) {
	byID := map[string]string{}
	for name, e := range head {
		if isAttributes(name) {
			byID[s.repo.Prefix+name] = e.ID
		}
	}
	if s.repo.Prefix != "" {
		for _, dir := range s.repo.parents() {
			byID[dir+".gitattributes"] = s.repo.Head + ":" + dir + ".gitattributes"
		}
	}
	blobs, err := s.Blobs(ctx, slices.Sorted(maps.Values(byID)))
	found := map[string][]byte{}
	for name, id := range byID {
		if data, ok := blobs[id]; ok {
			found[name] = data
		}
	}
	return found, err
}

// Commit makes a commit of the whole tree of HEAD, in which the project's
// files are others. It has the parents that are given.
func (s *Scratch) Commit(ctx context.Context, head, files map[string]Entry, parents ...string) (string, error) {
	tree, err := s.write(ctx, head, files)
	if err != nil {
		return "", err
	}
	args := []string{"-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree, "-m", "merge"}
	for _, p := range parents {
		args = append(args, "-p", p)
	}
	out, err := s.git(ctx, nil, args...)
	return strings.TrimSpace(string(out)), err
}

func (s *Scratch) write(ctx context.Context, head, files map[string]Entry) (string, error) {
	in := s.lines(head, files)
	if len(in) == 0 {
		return s.repo.Head + "^{tree}", nil
	}
	env, err := s.index(s.path("empty"))
	if err != nil {
		return "", err
	}
	if _, err := s.repo.run(ctx, env, in, "-c", "core.splitIndex=false", "update-index", "-z", "--index-info"); err != nil {
		return "", err
	}
	out, err := s.repo.run(ctx, env, nil, "write-tree")
	return strings.TrimSpace(string(out)), err
}

// lines are those for `update-index --index-info` that make one set of files
// of another: what goes first, as it may be in the way.
func (s *Scratch) lines(from, to map[string]Entry) []byte {
	var in bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if _, stays := to[name]; !stays {
			fmt.Fprintf(&in, "0 %s\t%s%s\x00", strings.Repeat("0", len(s.repo.Head)), s.repo.Prefix, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(to)) {
		if e := to[name]; e != from[name] {
			fmt.Fprintf(&in, "%s %s\t%s%s\x00", e.Mode, e.ID, s.repo.Prefix, name)
		}
	}
	return in.Bytes()
}

// A Merged is what git makes of two commits.
type Merged struct {
	Changed map[string]Entry    // by path in the project, where it differs from HEAD; the zero entry where it is gone
	Stages  map[string][3]Entry // of conflicts: base, ours, theirs
	Kinds   map[string]string   // what sort of conflict it is, as in "CONFLICT (contents)"
	Outside []string            // paths at the top, outside of the project, that would change
}

// mergeSettings hold whatever the person's are for merges of their own.
var mergeSettings = []string{
	"-c", "merge.conflictStyle=diff3", "-c", "merge.renames=true", "-c", "merge.directoryRenames=true",
	"-c", "merge.renameLimit=20000", "-c", "diff.renames=true", "-c", "merge.renormalize=false", "-c", "core.splitIndex=false",
}

// Merge merges two commits that have one parent in common. name gives a path
// without git's ids in it; a path at the top is "" where it is to be left out.
func (s *Scratch) Merge(ctx context.Context, ours, theirs string, name func(string) string) (*Merged, error) {
	env := append(slices.Clone(s.env), "GIT_WORK_TREE="+s.repo.Top)
	out, err := s.repo.run(ctx, env, nil, append(slices.Clone(mergeSettings), "merge-tree", "--write-tree", "--messages", "-z", ours, theirs)...)
	if failed := (*Failed)(nil); errors.As(err, &failed) && failed.Code == 1 {
		err = nil // there are conflicts
	}
	if err != nil {
		return nil, err
	}
	fields := strings.Split(string(out), "\x00")
	m := &Merged{Changed: map[string]Entry{}, Stages: map[string][3]Entry{}, Kinds: map[string]string{}}
	rest := s.stages(fields[1:], m, name)
	s.messages(rest, m, name)
	return m, s.changed(ctx, fields[0], m, name)
}

// Renames gives the files of the project that moved within it between two
// commits, by their old paths.
func (s *Scratch) Renames(ctx context.Context, from, to string) (map[string]string, error) {
	out, err := s.git(ctx, nil, append(slices.Clone(mergeSettings), "diff-tree", "-r", "-z", "--raw", "-M", "--diff-filter=R", "--no-ext-diff", from, to)...)
	if err != nil {
		return nil, err
	}
	renames := map[string]string{}
	fields := strings.Split(string(out), "\x00")
	for ; len(fields) > 2; fields = fields[3:] {
		old, now := s.inside(fields[1]), s.inside(fields[2])
		if old != "" && now != "" {
			renames[old] = now
		}
	}
	return renames, nil
}

// inside is a path in the project, or "".
func (s *Scratch) inside(top string) string {
	rel, ok := strings.CutPrefix(top, s.repo.Prefix)
	if !ok {
		return ""
	}
	return rel
}

func (s *Scratch) stages(fields []string, m *Merged, name func(string) string) (rest []string) {
	for i, field := range fields {
		meta, file, ok := strings.Cut(field, "\t")
		parts := strings.Fields(meta)
		if !ok || len(parts) != 3 || len(parts[2]) != 1 {
			return fields[i:]
		}
		rel := s.inside(name(file))
		if rel == "" {
			m.Outside = append(m.Outside, file)
			continue
		}
		stages := m.Stages[rel]
		stages[parts[2][0]-'1'] = Entry{parts[0], parts[1]}
		m.Stages[rel] = stages
	}
	return nil
}

// messages reads the informational part: each message has a count of paths,
// the paths, its kind and its text (git-merge-tree(1)).
func (s *Scratch) messages(fields []string, m *Merged, name func(string) string) {
	if len(fields) > 0 && fields[0] == "" {
		fields = fields[1:]
	}
	for len(fields) > 3 {
		n, err := strconv.Atoi(fields[0])
		if err != nil || n < 0 || len(fields) < n+3 {
			return
		}
		paths, kind := fields[1:n+1], fields[n+1]
		fields = fields[n+3:]
		if !strings.HasPrefix(kind, "CONFLICT") {
			continue
		}
		for _, p := range paths {
			if rel := s.inside(name(p)); rel != "" {
				m.Kinds[rel] = kind
			}
		}
	}
}

// changed compares a tree with HEAD's.
func (s *Scratch) changed(ctx context.Context, tree string, m *Merged, name func(string) string) error {
	out, err := s.git(ctx, nil, "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-ext-diff", "--ignore-submodules=none", s.repo.Head, tree)
	if err != nil {
		return err
	}
	fields := strings.Split(string(out), "\x00")
	for len(fields) > 1 {
		meta, file := strings.Fields(fields[0]), fields[1]
		fields = fields[2:]
		if len(meta) != 5 {
			return fmt.Errorf("git diff-tree gives %q", meta)
		}
		rel := s.inside(name(file))
		if rel == "" {
			m.Outside = append(m.Outside, file)
			continue
		}
		if meta[4] == "D" {
			m.Changed[rel] = Entry{}
			continue
		}
		m.Changed[rel] = Entry{meta[1], meta[3]}
	}
	return nil
}

// Checkout gives files as git would put them into the work tree, by their
// paths in the project.
func (s *Scratch) Checkout(ctx context.Context, head, files map[string]Entry, paths []string) (map[string][]byte, error) {
	found := map[string][]byte{}
	if len(paths) == 0 {
		return found, nil
	}
	env, err := s.index(s.path("empty"))
	if err != nil {
		return nil, err
	}
	if in := s.lines(head, files); len(in) > 0 {
		if _, err := s.repo.run(ctx, env, in, "-c", "core.splitIndex=false", "update-index", "-z", "--index-info"); err != nil {
			return nil, err
		}
	}
	var in bytes.Buffer
	for _, p := range paths {
		in.WriteString(s.repo.Prefix + p + "\x00")
	}
	out := s.fresh()
	if _, err := s.repo.run(ctx, env, in.Bytes(), "-c", "core.symlinks=true", "checkout-index", "--force", "--prefix="+out+"/", "-z", "--stdin"); err != nil {
		return nil, err
	}
	for _, p := range paths {
		if found[p], err = content(filepath.Join(out, filepath.FromSlash(s.repo.Prefix+p)), files[p].Mode); err != nil {
			return nil, temporary(err)
		}
	}
	return found, nil
}

// content is what git holds of a file: of a link, its target.
func content(at, mode string) ([]byte, error) {
	if mode == "120000" {
		target, err := os.Readlink(at)
		return []byte(target), err
	}
	return os.ReadFile(at)
}

// Keep moves objects into the repository's own store, so that an index may
// name them.
func (s *Scratch) Keep(ctx context.Context, ids []string) error {
	var new []string
	for _, id := range ids {
		if s.has(id) {
			new = append(new, id)
		}
	}
	if len(new) == 0 {
		return nil
	}
	slices.Sort(new)
	in := []byte(strings.Join(slices.Compact(new), "\n") + "\n")
	pack := exec.CommandContext(ctx, s.repo.program, "pack-objects", "-q", "--stdout", "--delta-base-offset")
	pack.Dir, pack.Env, pack.Stdin = s.repo.Top, slices.Concat(s.repo.env, s.env), bytes.NewReader(in)
	var said bytes.Buffer
	pack.Stderr = &said
	out, err := pack.Output()
	if err != nil {
		return errors.Join(ctx.Err(), &Failed{Command: "pack-objects", Talk: said.String()})
	}
	_, err = s.repo.git(ctx, out, "index-pack", "--stdin")
	return err
}

// has says whether an object came into being here.
func (s *Scratch) has(id string) bool {
	if len(id) < 3 {
		return false
	}
	_, err := os.Lstat(filepath.Join(s.dir, "objects", id[:2], id[2:]))
	return err == nil
}
