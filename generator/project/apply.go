package project

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/record"
	"scaffold/generator/internal/repo"
	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/write"
)

// Commit says whether an update is committed, and where.
type Commit struct {
	Wanted bool
	Branch string // made for it; "" is the branch that is checked out
}

// Apply writes the update, all or nothing: the objects first, then the files,
// git's index, and scaffold's records last. A run that is killed is finished or
// undone by the next command. It gives the commit's id where one is made.
func (u *Update) Apply(ctx context.Context, commit Commit) (id string, err error) {
	if len(u.changes) == 0 {
		return "", nil
	}
	if err := u.canCommit(ctx, commit); err != nil {
		return "", err
	}
	if err := u.merged.Keep(ctx, u.staged); err != nil {
		return "", err
	}
	step, err := u.step()
	if err != nil {
		return "", err
	}
	disk, name, err := u.machine.open(u.project.Dir)
	if err != nil {
		return "", err
	}
	defer disk.Close()
	u.remember()
	report, err := write.Apply(ctx, disk, write.Set{Name: name, Changes: u.changes, Step: step})
	u.Recovered = append(u.Recovered, report.Recovered...)
	if err != nil {
		return "", err
	}
	ctx = context.WithoutCancel(ctx)
	if err := u.repo.Refresh(ctx); err != nil || !commit.Wanted {
		return "", err
	}
	return u.repo.MakeCommit(ctx, commit.Branch, u.message(), slices.Sorted(maps.Keys(u.staged)))
}

// canCommit refuses a commit that could not be made.
func (u *Update) canCommit(ctx context.Context, commit Commit) error {
	if !commit.Wanted {
		return nil
	}
	if n := len(u.Conflicts()); n > 0 {
		return fault.New(fault.Conflicts, "nothing was changed: there would be conflicts, and a commit has none").
			Try("update without --commit and --branch, and settle them")
	}
	return u.repo.CanBranch(ctx, commit.Branch)
}

// pending is what a step does to the repository: the journal holds it while the
// run lasts, and git's directory after that, for [Abort].
type pending struct {
	Version string                 `json:"version"`
	Head    string                 `json:"head"`
	Index   map[string]repo.Staged `json:"index"`   // by path in the project
	Before  map[string]repo.Staged `json:"before"`  // what the index held
	Written map[string]string      `json:"written"` // the hashes of what was written; "" for what was taken away
	Saved   map[string]saved       `json:"saved"`   // what was replaced or taken away, and is in no commit
	Abort   bool                   `json:"abort,omitempty"`
}

// A saved file is as it was: one that git does not track, or answers.yaml, which
// may have been edited.
type saved struct {
	Mode string `json:"mode"`
	Data []byte `json:"data"`
}

const pendingVersion = "scaffold/update/v1"

// pendingFile is where git's directory remembers the last update.
const pendingFile = "scaffold-update.json"

func (u *Update) step() (*write.Step, error) {
	head, err := u.repo.Files(context.Background())
	if err != nil {
		return nil, err
	}
	p := pending{
		Version: pendingVersion, Head: u.repo.Head, Index: u.staged,
		Before: map[string]repo.Staged{}, Written: map[string]string{}, Saved: map[string]saved{},
	}
	for name := range u.staged {
		p.Before[name] = repo.Staged{Entry: head[name]}
	}
	for _, c := range u.changes {
		if err := u.note(c, head, &p); err != nil {
			return nil, err
		}
	}
	data, err := json.Marshal(p)
	return steps(u.project.Dir, u.machine.Environ, data), err
}

// note adds what a change does to files, and what of that no commit holds.
func (u *Update) note(c write.Change, head map[string]repo.Entry, p *pending) error {
	name := c.Path.String()
	switch {
	case c.Op == write.Keep:
		return nil
	case c.Beside:
		if name += write.Beside; u.there(name) {
			return nil
		}
		p.Written[name] = c.Now.Sum()
		return nil
	case c.Op == write.Move:
		p.Written[c.From.String()] = ""
	}
	p.Written[name] = ""
	if c.Op != write.Delete {
		p.Written[name] = c.Now.Sum()
	}
	_, tracked := head[name]
	if tracked && name != record.AnswersFile || c.Op != write.Delete && c.Op != write.Replace {
		return nil
	}
	var err error
	p.Saved[name], err = u.save(name)
	return err
}

func (u *Update) there(name string) bool {
	_, err := os.Lstat(u.path(name))
	return err == nil
}

func (u *Update) path(name string) string {
	return filepath.Join(u.project.Dir, filepath.FromSlash(name))
}

// save reads a file that no commit holds.
func (u *Update) save(name string) (saved, error) {
	info, err := os.Lstat(u.path(name))
	if err != nil {
		return saved{}, unread(name, err)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(u.path(name))
		return saved{Mode: "120000", Data: []byte(target)}, err
	}
	mode := "100644"
	if info.Mode()&0o100 != 0 {
		mode = "100755"
	}
	data, err := os.ReadFile(u.path(name))
	return saved{Mode: mode, Data: data}, err
}

// steps does and undoes what a journal says about the index of a repository.
func steps(dir string, environ []string, data []byte) *write.Step {
	return &write.Step{
		Data: data,
		Do: func(ctx context.Context, data []byte) error {
			p, r, err := readPending(ctx, dir, environ, data)
			if err != nil || r.Head != p.Head {
				return err // somebody has committed since: what is to be added is theirs to say
			}
			if err := r.SetIndex(ctx, p.Index); err != nil {
				return err
			}
			if p.Abort {
				return remove(r.Path(pendingFile))
			}
			return write.ReplaceFile(r.Path(pendingFile), data)
		},
		Undo: func(ctx context.Context, data []byte) error {
			p, r, err := readPending(ctx, dir, environ, data)
			if err != nil || r.Head != p.Head {
				return err
			}
			if err := r.SetIndex(ctx, p.Before); err != nil {
				return err
			}
			return remove(r.Path(pendingFile))
		},
	}
}

func remove(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

var objectID = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// readPending reads what may be a stranger's, and finds the repository.
func readPending(ctx context.Context, dir string, environ []string, data []byte) (pending, *repo.Repo, error) {
	var p pending
	if err := json.Unmarshal(data, &p); err != nil || p.Version != pendingVersion {
		return p, nil, fault.New(fault.Destination, "what an interrupted run left here is not of an update").Try("remove .in-place.scaffold-0 once you have what you need of it")
	}
	for _, set := range []map[string]repo.Staged{p.Index, p.Before} {
		for name, s := range set {
			if _, err := tree.SafeRel(name); err != nil {
				return p, nil, err
			}
			for _, e := range append(s.Stages[:], s.Entry) {
				if e != (repo.Entry{}) && (!objectID.MatchString(e.ID) || !slices.Contains([]string{"100644", "100755", "120000", "160000"}, e.Mode)) {
					return p, nil, fault.New(fault.Destination, "what an interrupted update left here cannot be read: %s", name).Try("see git status")
				}
			}
		}
	}
	r, err := repo.Find(ctx, dir, environ)
	return p, r, err
}

// Recover ends what a killed update left in the project: it is finished, or
// undone.
func Recover(ctx context.Context, dir string, environ []string) ([]generator.Recovery, error) {
	disk, name, err := write.OpenAbove(dir)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	return write.Recover(ctx, disk, name, steps(dir, environ, nil))
}

// An Aborted says what giving up an update did.
type Aborted struct {
	Restored []string
	Kept     []string // changed since the update wrote them; they stay
}

// Abort takes back an update that is not committed: each file that it wrote and
// that is still as it wrote it becomes what it was in the last commit.
func (p *Project) Abort(ctx context.Context, m Machine) (Aborted, error) {
	r, err := repo.Open(ctx, p.Dir, m.Environ)
	if err != nil {
		return Aborted{}, err
	}
	data, err := os.ReadFile(r.Path(pendingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Aborted{}, fault.New(fault.Destination, "there is no update to give up").Try("an update that is committed is taken back by git revert")
	}
	if err != nil {
		return Aborted{}, err
	}
	last, _, err := readPending(ctx, p.Dir, m.Environ, data)
	if err != nil {
		return Aborted{}, err
	}
	if last.Head != r.Head {
		return Aborted{}, fault.New(fault.Destination, "there have been commits since the last update").Try("take back the commit that holds it: git revert")
	}
	return p.restore(ctx, m, r, last)
}

func (p *Project) restore(ctx context.Context, m Machine, r *repo.Repo, last pending) (Aborted, error) {
	old, err := p.old(ctx, r, last)
	if err != nil {
		return Aborted{}, err
	}
	changes, done, err := p.takeBack(last, old)
	if err != nil {
		return Aborted{}, err
	}
	data, err := json.Marshal(pending{Version: pendingVersion, Head: r.Head, Index: last.Before, Before: last.Index, Abort: true})
	if err != nil {
		return Aborted{}, err
	}
	disk, name, err := m.open(p.Dir)
	if err != nil {
		return Aborted{}, err
	}
	defer disk.Close()
	if _, err := write.Apply(ctx, disk, write.Set{Name: name, Changes: changes, Step: steps(p.Dir, m.Environ, data)}); err != nil {
		return Aborted{}, err
	}
	return done, r.Refresh(context.WithoutCancel(ctx))
}

// takeBack plans what makes the files that an update wrote what they were.
func (p *Project) takeBack(last pending, old map[string]saved) (changes []write.Change, done Aborted, err error) {
	u := &Update{project: p}
	for _, name := range slices.Sorted(maps.Keys(last.Written)) {
		rel, err := tree.SafeRel(name)
		if err != nil {
			return nil, done, err
		}
		there, err := u.content(name)
		missing := errors.Is(err, fs.ErrNotExist) || fault.Is(err, fault.Exists) // a directory that the update made may go
		if err != nil && !missing {
			return nil, done, err
		}
		if there.Sum != last.Written[name] {
			done.Kept = append(done.Kept, name)
			continue
		}
		was, known := old[name]
		if c := back(rel, there, was, known); c.Op != "" {
			changes, done.Restored = append(changes, c), append(done.Restored, name)
		}
	}
	return changes, done, nil
}

// old is what the files that an update wrote were before.
func (p *Project) old(ctx context.Context, r *repo.Repo, last pending) (map[string]saved, error) {
	head, err := r.Files(ctx)
	if err != nil {
		return nil, err
	}
	var wanted []string
	for name := range last.Written {
		if _, ok := head[name]; ok {
			wanted = append(wanted, name)
		}
	}
	shown, err := r.Show(ctx, head, wanted)
	old := map[string]saved{}
	for name, data := range shown {
		old[name] = saved{Mode: head[name].Mode, Data: data}
	}
	maps.Copy(old, last.Saved)
	return old, err
}

// back is the change that makes a file what it was; none where that is nothing,
// and nothing is there.
func back(rel tree.Rel, there write.Content, was saved, known bool) write.Change {
	c := write.Change{Path: rel, Was: there, Last: strings.HasPrefix(rel.String(), ".scaffold/")}
	c.Now = tree.File{Path: rel, Mode: fileMode(was.Mode), Data: was.Data}
	switch missing := there.Sum == ""; {
	case known && missing:
		c.Op = write.Create
	case known:
		c.Op = write.Replace
	case !missing:
		c.Op = write.Delete
	}
	return c
}

// remember keeps what the update changes or passes over, for [Update.Diff].
func (u *Update) remember() {
	u.before = map[string][]byte{}
	for _, f := range u.Files {
		for _, name := range []string{f.Path, f.From} {
			if data, err := os.ReadFile(filepath.Join(u.project.Dir, filepath.FromSlash(name))); (f.Changes() || f.Theirs != nil) && err == nil {
				u.before[name] = data
			}
		}
	}
}
