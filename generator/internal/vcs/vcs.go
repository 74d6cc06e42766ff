// Package vcs makes a project's git repository: its first index, its first
// commit.
//
// Refs and settings are go-git's; objects and index are written straight from
// the bytes that the caller has in hand. A repository that is there already,
// and waits for its first commit, gets it by git: see [Make]. The package runs
// nothing of the machine's: no hooks, no templates directory, no signing.
package vcs

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/spf13/afero"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
)

// Options say what a new repository is like.
type Options struct {
	Branch   string // the first branch; see [ValidBranch]
	Author   Identity
	When     time.Time // of the commit, in whole seconds; recorded in UTC
	Message  string
	NoCommit bool // add the files and leave the commit to the person

	Machine Machine // what the settings say about the files
	ByGit   bool    // the files ask for what only git knows: see [Attributes.Foreign]
	Empty   bool    // nothing is added
}

// Create makes a repository in root, with the given files added and, unless
// told otherwise, committed. It gives the commit's id. The files must be in
// path order; they are not read again.
func Create(ctx context.Context, root afero.Fs, files []tree.Written, o Options) (string, error) {
	if err := o.check(); err != nil {
		return "", err
	}
	repo, err := initialise(root, o.Branch)
	if err != nil {
		return "", fmt.Errorf("making the git repository: %w", err)
	}
	id, err := fill(ctx, root, repo, files, o)
	if err != nil {
		return "", fmt.Errorf("adding the files to git: %w", err)
	}
	return id, nil
}

func (o Options) check() error {
	if err := CheckBranch(o.Branch); err != nil {
		return err
	}
	if by := o.Author.clean(); !o.NoCommit && (by.Name == "" || by.Email == "") {
		return fault.New(fault.Usage, "a commit cannot be by %q with the mail address %q", o.Author.Name, o.Author.Email).
			Try(`give both: --author "Name <mail>"`)
	}
	return nil
}

// initialise makes an empty repository, with the settings that git gives one
// on this system.
func initialise(root afero.Fs, branch string) (*git.Repository, error) {
	storage := filesystem.NewStorage(inside(root, "/.git"), cache.NewObjectLRUDefault())
	head := git.InitOptions{DefaultBranch: plumbing.NewBranchReferenceName(branch)}
	repo, err := git.InitWithOptions(storage, inside(root, "/"), head)
	if err != nil {
		return nil, err
	}
	settings, err := repo.Config()
	if err != nil {
		return nil, err
	}
	core := settings.Raw.Section("core")
	core.SetOption("repositoryformatversion", "0")
	core.SetOption("filemode", fmt.Sprint(runtime.GOOS != "windows"))
	core.SetOption("bare", "false")
	core.SetOption("logallrefupdates", "true")
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		core.SetOption("ignorecase", "true")
	}
	return repo, repo.SetConfig(settings)
}

// fill adds the files, and commits them.
func fill(ctx context.Context, root afero.Fs, repo *git.Repository, files []tree.Written, o Options) (string, error) {
	switch {
	case o.Empty:
		return "", nil
	case o.ByGit:
		return fillByGit(ctx, root, repo, files, o)
	}
	return fillByUs(ctx, root, repo, files, o)
}

// fillByGit has git read the files, and makes the commit of what it found in
// them.
func fillByGit(ctx context.Context, root afero.Fs, repo *git.Repository, files []tree.Written, o Options) (string, error) {
	blobs, err := addByGit(ctx, root, repo, files, o.Machine)
	if err != nil || o.NoCommit {
		return "", err
	}
	_, commit, err := commitOf(ctx, root, files, blobs, nil, o)
	if err != nil {
		return "", err
	}
	return commit.id.String(), point(repo, o.Branch, commit.id)
}

// fillByUs writes objects, index and branch, in this order: none of them names
// what is not there.
func fillByUs(ctx context.Context, root afero.Fs, repo *git.Repository, files []tree.Written, o Options) (string, error) {
	blobs, err := hashAll(ctx, files, o.Machine)
	if err != nil {
		return "", err
	}
	if o.NoCommit {
		if err := writePack(ctx, root, unique(slices.Clone(blobs))); err != nil {
			return "", err
		}
		return "", writeIndex(root, files, blobs, nil)
	}
	top, commit, err := commitOf(ctx, root, files, blobs, blobs, o)
	if err != nil {
		return "", err
	}
	if err := writeIndex(root, files, blobs, top); err != nil {
		return "", err
	}
	return commit.id.String(), point(repo, o.Branch, commit.id)
}

// commitOf makes the commit of files and packs it, its trees and the objects
// beside them.
func commitOf(ctx context.Context, root afero.Fs, files []tree.Written, blobs, beside []packed, o Options) (*directory, packed, error) {
	top, err := newDirectory("", files, blobs)
	if err != nil {
		return nil, packed{}, err
	}
	commit, err := newCommit(top.object.id, o)
	if err != nil {
		return nil, packed{}, err
	}
	objects := slices.Concat([]packed{commit}, top.trees(), beside)
	return top, commit, writePack(ctx, root, unique(objects))
}

// point sets the branch, once go-git can read the commit that it points to.
func point(repo *git.Repository, branch string, id plumbing.Hash) error {
	if _, err := repo.CommitObject(id); err != nil {
		return fmt.Errorf("reading the commit back: %w", err)
	}
	return repo.Storer.SetReference(plumbing.NewHashReference(plumbing.NewBranchReferenceName(branch), id))
}

func newCommit(top plumbing.Hash, o Options) (packed, error) {
	author := o.Author.clean()
	by := object.Signature{Name: author.Name, Email: author.Email, When: o.When.UTC()}
	return encode(&object.Commit{
		Author:    by,
		Committer: by,
		Message:   strings.TrimRight(o.Message, "\n") + "\n",
		TreeHash:  top,
	})
}
