package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-git/go-git/v5/plumbing"

	"scaffold/generator/fault"
)

// A checkout is the content of a reference.
type checkout struct {
	fsys fs.FS
	lock Lock
}

// How a checkout treats a reference that is locked and in the cache.
type care int

const (
	trusting care = iota // the copy is used without asking the server
	asking               // the server is asked whether the ref still names it
)

// checkout gives the content of a reference: the locked one where there is a
// lock, else what the ref names now, which is locked then. An unnamed branch is
// not held back: it is locked to its head each time. n is the source that the
// reference is for; its zero value is an address that was used without a name.
func (c *Catalog) checkout(ctx context.Context, ref Reference, n Named, how care) (checkout, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if done, ok := c.done[ref.String()]; ok && (how == trusting || done.asked) {
		return done.checkout, nil
	}
	for range maxTries {
		rec, err := c.settings.record().Read()
		if err != nil {
			return checkout{}, err
		}
		lock, locked := rec.Locks[ref.String()]
		var got checkout
		if locked {
			got, err = c.locked(ctx, ref, n.Name, lock, how)
		} else {
			got, err = c.first(ctx, ref)
		}
		if err == nil && got.lock != lock {
			err = c.keepLock(ctx, ref, n, lock, got.lock)
		}
		if errors.Is(err, errLockChanged) {
			continue
		}
		if err != nil {
			return checkout{}, err
		}
		c.done[ref.String()] = doneCheckout{got, how == asking || !locked}
		return got, nil
	}
	return checkout{}, fault.New(fault.Changed, "%s: other runs lock it to something else all the time", ref).Try("wait until they are done")
}

// maxTries is how often a checkout starts anew because another process has
// locked the reference meanwhile, to something else.
const maxTries = 3

var errLockChanged = errors.New("another process has changed the lock")

// doneCheckout is one that this run has made already.
type doneCheckout struct {
	checkout
	asked bool
}

// keepLock records what a reference is locked to. was is the lock that this run
// has gone by: who locks first decides what all take. A source that was removed
// meanwhile gets none.
func (c *Catalog) keepLock(ctx context.Context, ref Reference, n Named, was, lock Lock) error {
	if c.settings.Record == "" {
		return nil
	}
	return c.edit(ctx, func(r *record) error {
		now := r.Locks[ref.String()]
		if n.Name != "" && !r.holds(n, c.settings.Sources) || now == lock {
			return nil
		}
		if now != was {
			return errLockChanged
		}
		r.Locks[ref.String()] = lock
		return nil
	})
}

// first fetches a reference that has no lock.
func (c *Catalog) first(ctx context.Context, ref Reference) (checkout, error) {
	if c.settings.Offline {
		return checkout{}, uncached(ref.String())
	}
	var got checkout
	err := c.visit(ctx, ref, func(ctx context.Context, r *remote) error {
		t, err := r.find()
		if err != nil {
			return err
		}
		got, err = c.take(ctx, r, t)
		return err
	})
	return got, err
}

// visit connects, works, and ends the connection.
func (c *Catalog) visit(ctx context.Context, ref Reference, work func(context.Context, *remote) error) error {
	ctx, m, stop := c.start(ctx, ref)
	defer stop()
	r, err := c.connect(ctx, ref, m)
	if err != nil {
		return err
	}
	defer r.close()
	return work(ctx, r)
}

// take fetches a target and keeps it in the cache.
func (c *Catalog) take(ctx context.Context, r *remote, t target) (checkout, error) {
	store, err := r.fetch(ctx, t.want)
	if err != nil {
		return checkout{}, err
	}
	commit, err := peel(store, t.want)
	if err != nil {
		return checkout{}, explain(r.ref, err)
	}
	limits := c.settings.Limits.withDefaults()
	data, err := export(r.ref, store, commit, limits)
	if err != nil {
		return checkout{}, err
	}
	fsys, err := openArchive(data)
	if err != nil {
		return checkout{}, err
	}
	digest, err := Digest(fsys)
	if err != nil {
		return checkout{}, err
	}
	if err := (cache{c.settings.Cache}).save(digest, data); err != nil {
		c.warn(fmt.Errorf("the cache cannot be written: %w", err))
	}
	if objects, err := objectsOf(store, target{t.kind, t.want, commit}); err == nil {
		c.keepObjects(r.ref, target{t.kind, t.want, commit}, objects)
	}
	return checkout{fsys, Lock{Kind: t.kind, Commit: commit.String(), SHA256: digest}}, nil
}

// locked gives what was locked: from the cache, or fetched again.
func (c *Catalog) locked(ctx context.Context, ref Reference, name string, lock Lock, how care) (checkout, error) {
	fsys, cacheErr := cache{c.settings.Cache}.load(ref.String(), lock.SHA256, c.settings.Limits.withDefaults().Unpacked)
	switch {
	case c.settings.Offline && errors.Is(cacheErr, fs.ErrNotExist):
		return checkout{}, uncached(ref.String())
	case c.settings.Offline && cacheErr != nil:
		return checkout{}, cacheErr
	case fault.Is(cacheErr, fault.Moved):
		c.warn(fmt.Errorf("%w; it is fetched again", cacheErr))
	case cacheErr == nil && (c.settings.Offline || how == trusting || lock.Kind == commitKind || lock.Kind == branchKind && name != ""):
		return checkout{fsys, lock}, nil
	}
	var got checkout
	err := c.visit(ctx, ref, func(ctx context.Context, r *remote) error {
		var err error
		got, err = c.again(ctx, r, name, lock, fsys)
		return err
	})
	switch {
	case err == nil || cacheErr != nil:
		return got, err
	case errors.Is(err, errUnreachable), fault.Is(err, fault.Denied):
		c.warn(fmt.Errorf("%w; the locked copy is used, as with --offline", err))
		return checkout{fsys, lock}, nil
	default:
		return got, couldServe(err)
	}
}

// again asks the server for what was locked; fsys is the cached copy, if there
// is one.
func (c *Catalog) again(ctx context.Context, r *remote, name string, lock Lock, fsys fs.FS) (checkout, error) {
	t := target{kind: lock.Kind, want: plumbing.NewHash(lock.Commit), commit: plumbing.NewHash(lock.Commit)}
	if lock.Kind != commitKind {
		now, err := r.find()
		switch {
		case err != nil && lock.Kind == tagKind:
			return checkout{}, moved(or(name, r.ref.String()), r.ref.String(), lock.Commit, "")
		case err != nil:
			return checkout{}, err
		case now.commit == t.commit:
			t = now
		case lock.Kind == tagKind:
			return checkout{}, moved(or(name, r.ref.String()), r.ref.String(), lock.Commit, now.commit.String())
		case name == "": // an unnamed branch follows its head
			return c.take(ctx, r, now)
		}
	}
	if fsys != nil {
		return checkout{fsys, lock}, nil
	}
	got, err := c.take(ctx, r, t)
	if err == nil && got.lock.SHA256 != lock.SHA256 {
		err = differs(r.ref.String(), lock.SHA256, got.lock.SHA256)
	}
	got.lock = lock
	return got, err
}
