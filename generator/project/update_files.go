package project

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/repo"
	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/write"
)

func gitMode(mode string) string {
	switch mode {
	case "0755":
		return "100755"
	case "link":
		return "120000"
	}
	return "100644"
}

// take plans what the merge made of one file.
func (u *Update) take(f File) error {
	if f.Relock {
		u.addRelock(f.Path)
	}
	u.stage(f)
	if !f.Changes() {
		u.Files = append(u.Files, f)
		return nil
	}
	rel, err := tree.SafeRel(f.Path)
	if err != nil {
		return err
	}
	c := write.Change{Op: write.Create, Path: rel, Now: tree.File{Path: rel, Mode: fileMode(f.Mode), Data: f.Data}}
	switch {
	case f.From != "":
		c, err = u.moveFrom(f.From, c)
	case f.Was != (repo.Entry{}):
		c.Op = write.Replace
		if f.Mode == "" {
			c.Op = write.Delete
		}
		c.Was, err = u.content(f.Path)
	default:
		f, c, err = u.beside(f, c)
	}
	if err != nil {
		return err
	}
	u.Files, u.changes = append(u.Files, f), append(u.changes, c)
	return nil
}

// stage notes what the index is to hold of a file.
func (u *Update) stage(f File) {
	if f.Kind == Same || f.Kind == Kept {
		return
	}
	u.staged[f.Path] = f.Staged
	if f.From != "" {
		u.staged[f.From] = repo.Staged{}
	}
}

// moveFrom makes a move of a change.
func (u *Update) moveFrom(name string, c write.Change) (write.Change, error) {
	from, err := tree.SafeRel(name)
	if err != nil {
		return c, err
	}
	c.Op, c.From = write.Move, from
	c.Was, err = u.content(name)
	return c, err
}

// beside keeps a new file of the template's away from one that git does not
// track: that one stays, and is told of.
func (u *Update) beside(f File, c write.Change) (File, write.Change, error) {
	there, err := u.content(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist), fault.Is(err, fault.Exists): // a directory may go; see survey
		return f, c, nil
	case err != nil:
		return f, c, err
	case there == write.ContentOf(c.Now):
		c.Op, c.Was = write.Keep, there
		return f, c, nil
	}
	c.Beside = true
	f.Kind, f.Why = Conflict, "a file that git does not track is there; the template's is beside it, as "+f.Path+write.Beside
	delete(u.staged, f.Path)
	return f, c, nil
}

func fileMode(mode string) fs.FileMode {
	switch mode {
	case "100755":
		return 0o755
	case "120000":
		return fs.ModeSymlink | 0o777
	}
	return 0o644
}

// content is what a file of the project holds now. One that is gone is of the
// kind [fault.Changed], as somebody else is at work, and wraps
// [fs.ErrNotExist] for who looks whether it is there.
func (u *Update) content(name string) (write.Content, error) {
	at := filepath.Join(u.project.Dir, filepath.FromSlash(name))
	info, err := os.Lstat(at)
	if err != nil {
		return write.Content{}, unread(name, err)
	}
	var data []byte
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(at)
		if err != nil {
			return write.Content{}, unread(name, err)
		}
		return write.Content{Sum: sum([]byte(target)), Link: true}, nil
	}
	if !info.Mode().IsRegular() {
		return write.Content{}, fault.New(fault.Exists, "%s is there, and is not a file", name).Try("move it away")
	}
	if data, err = os.ReadFile(at); err != nil {
		return write.Content{}, unread(name, err)
	}
	return write.Content{Sum: sum(data)}, nil
}

func unread(name string, err error) error {
	f := fault.New(fault.Destination, "%s cannot be read: %v", name, err).Try("check the disk, and who may read the file")
	if errors.Is(err, syscall.ENOTDIR) {
		err = fs.ErrNotExist
	}
	if errors.Is(err, fs.ErrNotExist) {
		f = fault.New(fault.Changed, "%s has gone while it was looked at", name).Try("wait until nobody else changes the project, and try again")
	}
	f.Err = err
	return f
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// An apart file is one that git does not track, or that holds a secret: it is
// held by hashes, and never merged.
type apart struct {
	base   *based
	theirs *generator.Change
}

// settle plans what becomes of such a file: what is still as the template gave
// it goes along, all else stays.
func (u *Update) settle(name string, a apart) error {
	rel, err := tree.SafeRel(name)
	if err != nil {
		return err
	}
	there, err := u.content(name)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	f := File{Path: name, Kind: Kept}
	c := write.Change{Path: rel, Was: there}
	switch {
	case a.theirs == nil && missing:
		return nil
	case a.theirs == nil:
		if a.gave(there) {
			f.Kind, c.Op = Removed, write.Delete
		}
	case missing && a.base != nil: // the owner took it away
	default:
		if f, c, err = u.offer(f, c, a); err != nil {
			return err
		}
	}
	u.Files = append(u.Files, f)
	if c.Op != "" {
		u.changes = append(u.changes, c)
	}
	return nil
}

// gave reports whether what is there is what the old template gave. Where a
// secret went in, nobody knows.
func (a apart) gave(there write.Content) bool {
	return a.base != nil && a.base.sum != "" && there.Sum == a.base.sum
}

// offer plans what becomes of the new template's file where the owner's is, or
// nothing.
func (u *Update) offer(f File, c write.Change, a apart) (File, write.Change, error) {
	f.Mode, f.Data = gitMode(a.theirs.Mode), a.theirs.Data
	c.Now = tree.File{Path: c.Path, Mode: fileMode(f.Mode), Data: f.Data}
	now := write.ContentOf(c.Now)
	switch {
	case c.Was == (write.Content{}):
		f.Kind, c.Op = Added, write.Create
		return f, c, u.lacksSecret(a.theirs)
	case c.Was == now:
		f.Kind = Same
	case a.gave(c.Was) && !a.theirs.Secret:
		f.Kind, c.Op = Updated, write.Replace
	case a.theirs.Secret || a.base != nil && a.base.sum == now.Sum:
	default:
		f.Kind, c.Op, c.Beside = Conflict, write.Create, true
		f.Why = "a file that git does not track is there; the template's is beside it, as " + f.Path + write.Beside
	}
	return f, c, nil
}

// lacksSecret refuses a new file into which a secret goes that was not given.
func (u *Update) lacksSecret(c *generator.Change) error {
	for _, part := range u.Plan.Parts {
		if ids := part.Answers.LacksSecrets(); c.Secret && len(ids) > 0 {
			return fault.New(fault.Answer, "%s is new and holds a secret: no record keeps %s", c.Path, strings.Join(ids, ", ")).
				Try("give it: --secret-file " + ids[0] + "=FILE")
		}
	}
	return nil
}

// addRelock notes how a lock is renewed.
func (u *Update) addRelock(name string) {
	for _, part := range u.Plan.Parts {
		command := cmp.Or(part.Template.Manifest.Relock, "renew "+name)
		if !slices.Contains(u.Relock, command) {
			u.Relock = append(u.Relock, command)
		}
	}
}
