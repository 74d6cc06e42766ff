package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/go-git/go-git/v5/plumbing"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

// A Status is what is known of a named source without the network.
type Status struct {
	Name      string   `json:"name"`
	URL       string   `json:"url"`
	Ref       string   `json:"ref"`
	Hand      bool     `json:"configured"` // in config.yaml rather than added
	Lock      *Lock    `json:"lock"`       // nil for a directory, and before the first use
	Templates []string `json:"templates"`
	Policy    bool     `json:"policy"`
	Problems  []string `json:"problems"`
}

// A Change is what an update did to a source.
type Change struct {
	Status
	Changes *Incoming `json:"changes"` // what the update accepts; nil for what was not updated
	Was     *Lock     `json:"was"`     // nil where nothing was locked
	Newer   string    `json:"newer"`   // a higher version tag than the one in use, or ""
}

// Status reads a source as it is locked and cached.
func (c *Catalog) Status(ctx context.Context, n Named) (Status, error) {
	s := Status{Name: n.Name, URL: n.URL, Ref: n.Ref, Hand: n.Hand, Templates: []string{}, Problems: []string{}}
	places, policy, err := c.read(ctx, n, trusting)
	s.Policy = policy != nil
	if err != nil {
		s.Problems = append(s.Problems, err.Error())
	}
	for _, p := range places {
		switch {
		case p.err != nil:
			s.Problems = append(s.Problems, p.err.Error())
		default:
			s.Templates = append(s.Templates, p.m.Name)
		}
	}
	s.Lock, _ = c.lockOf(n)
	if err == nil && policy != nil {
		err = c.checkPolicy(ctx, n, policy, places)
		if err != nil {
			s.Problems = append(s.Problems, err.Error())
		}
	}
	return s, err
}

// checkPolicy holds a source's policy against all sources, and the source itself
// where it has no name yet.
func (c *Catalog) checkPolicy(ctx context.Context, n Named, policy *manifest.Policy, places []place) error {
	found, err := c.survey(ctx)
	if err != nil {
		return err
	}
	builtins, err := c.names()
	if err != nil {
		return err
	}
	all := &index{places: found.places}
	if !slices.ContainsFunc(found.places, func(p place) bool { return p.source == n.Name }) {
		all.places = slices.Concat(found.places, places)
	}
	all.places = slices.DeleteFunc(slices.Clone(all.places), func(p place) bool { return p.source == n.Name && p.m == nil && p.folder == "" })
	return all.check(policy, builtins)
}

// lockOf gives a source's lock, or nil.
func (c *Catalog) lockOf(n Named) (*Lock, error) {
	if !IsAddress(n.URL) {
		return nil, nil
	}
	ref, err := n.reference()
	if err != nil {
		return nil, err
	}
	rec, err := c.settings.record().Read()
	if err != nil {
		return nil, err
	}
	if lock, ok := rec.Locks[ref.String()]; ok {
		return &lock, nil
	}
	return nil, nil
}

// Add names a source, fetches it and locks it. Nothing is kept of one that
// cannot be read or holds nothing.
func (c *Catalog) Add(ctx context.Context, name, address, ref string) (Status, error) {
	if err := c.checkNew(name); err != nil {
		return Status{}, err
	}
	n, err := c.fetched(ctx, Named{Name: name, URL: address, Ref: ref})
	if err != nil {
		return Status{}, err
	}
	status, err := c.Status(ctx, n)
	if err != nil {
		return Status{}, err
	}
	return status, c.edit(ctx, func(r *record) error {
		if _, taken := r.Sources[name]; taken {
			return nameTaken(name)
		}
		r.Sources[name] = namedRecord{URL: n.URL, Ref: n.Ref}
		return nil
	})
}

// fetched is a new source as it is recorded; one with an address has been
// fetched.
func (c *Catalog) fetched(ctx context.Context, n Named) (Named, error) {
	address := n.URL
	switch {
	case IsAddress(address):
		r, err := n.reference()
		if err != nil {
			return n, err
		}
		n.URL, n.Ref = r.Place(), r.Ref
		_, err = c.checkout(ctx, r, Named{}, asking)
		return n, err
	case strings.HasPrefix(address, "-"):
		return n, malformed(address, "looks like an option", "write a directory as ./"+address)
	case n.Ref != "":
		return n, malformed(address, "is a directory, which has no ref", "for a repository of this machine write git+file:///PATH")
	}
	var err error
	n.URL, err = c.absolute(address)
	return n, err
}

// CheckName refuses what cannot name a source.
func CheckName(name string) error {
	if !sourceName().MatchString(name) || name == Builtin {
		return misnamed(name, "has no name that can be used", "a name is a to z, 0 to 9 and -, a letter first, and not "+Builtin)
	}
	return nil
}

func (c *Catalog) checkNew(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	sources, err := c.Sources()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(sources, func(n Named) bool { return n.Name == name }) {
		return nameTaken(name)
	}
	if c.settings.Record == "" {
		return misnamed(name, "cannot be kept: there is no home directory", "set XDG_CONFIG_HOME")
	}
	return nil
}

func nameTaken(name string) error {
	return misnamed(name, "is there already", "scaffold source update "+name+" --ref REF, or remove it first")
}

// Named finds a source by its name.
func (c *Catalog) Named(name string) (Named, error) {
	sources, err := c.Sources()
	if err != nil {
		return Named{}, err
	}
	known := make([]string, len(sources))
	for i, n := range sources {
		if known[i] = n.Name; n.Name == name {
			return n, nil
		}
	}
	e := misnamed(name, "is not known", "scaffold source list shows all")
	if near, ok := nearest.Of(name, known); ok {
		e.Hint = "did you mean " + near + "?"
	}
	return Named{}, e
}

// Remove forgets a source and its lock. The cache keeps its content, which is
// found by digest only.
func (c *Catalog) Remove(ctx context.Context, name string) (Named, error) {
	n, err := c.Named(name)
	if err != nil {
		return n, err
	}
	if n.Hand {
		return n, misnamed(name, "stands in the configuration", "remove it from sources: in config.yaml")
	}
	return n, c.edit(ctx, func(r *record) error {
		if !r.holds(n, c.settings.Sources) {
			return changedMeanwhile(name)
		}
		delete(r.Sources, name)
		r.unlock(n, c.settings.Sources)
		return nil
	})
}

// An UpdateRequest says how a source is updated.
type UpdateRequest struct {
	Ref     string // another ref to lock from now on; "" keeps the one that it has
	DryRun  bool   // only show what would be accepted
	Content bool   // show what changes in the files, too
}

// Update locks a source to what its ref names now, or to another ref. An
// address that was used without a name is updated by the address.
func (c *Catalog) Update(ctx context.Context, name string, req UpdateRequest) (Change, error) {
	n := Named{URL: name}
	if !IsAddress(name) {
		var err error
		if n, err = c.Named(name); err != nil {
			return Change{}, err
		}
	}
	if req.Ref != "" && (n.Hand || n.Name == "" || !IsAddress(n.URL)) {
		return Change{}, misnamed(name, "has no ref that this command keeps", "change the ref where the address is written")
	}
	if !IsAddress(n.URL) { // a directory is what is there now
		s, err := c.Status(ctx, n)
		return Change{Status: s}, err
	}
	return c.move(ctx, n, req)
}

func (c *Catalog) move(ctx context.Context, was Named, req UpdateRequest) (Change, error) {
	lock, err := c.lockOf(was)
	if err != nil {
		return Change{}, err
	}
	n, err := was.at(req.Ref)
	if err != nil {
		return Change{}, err
	}
	ref, err := n.reference()
	if err != nil {
		return Change{}, err
	}
	got, above, err := c.latest(ctx, ref)
	if err != nil {
		return Change{}, err
	}
	change := Change{Was: lock, Newer: above}
	if change.Status, err = c.Status(ctx, n); err != nil && n.Name != "" {
		return Change{}, err
	}
	change.Lock = &got.lock
	change.Changes = c.incoming(ctx, n, ref, lock, got, req.Content)
	if req.DryRun {
		return change, nil
	}
	return change, c.edit(ctx, func(r *record) error {
		if n.Name != "" && !n.Hand {
			if err := c.replace(r, was, n); err != nil {
				return err
			}
		}
		r.Locks[ref.String()] = got.lock
		return nil
	})
}

// replace records a source in the place of what it was.
func (c *Catalog) replace(r *record, was, n Named) error {
	if !r.holds(was, c.settings.Sources) {
		return changedMeanwhile(n.Name)
	}
	r.Sources[n.Name] = namedRecord{URL: n.URL, Ref: n.Ref}
	r.unlock(was, c.settings.Sources)
	return nil
}

// at is a source at another ref; "" is the one that it has.
func (n Named) at(ref string) (Named, error) {
	if ref == "" {
		return n, nil
	}
	old, err := n.reference()
	if err != nil {
		return n, err
	}
	if problem := refFault(ref); problem != "" {
		return n, malformed(redact(n.URL), "cannot have the ref "+problem, "name a tag, a branch or a commit: --ref v1.0.0")
	}
	n.URL, n.Ref = old.Place(), ref
	return n, nil
}

// latest fetches what a reference names now, whatever is locked; above is a
// higher version than its own, or "".
func (c *Catalog) latest(ctx context.Context, ref Reference) (got checkout, above string, err error) {
	if c.settings.Offline {
		return got, "", uncached(ref.String())
	}
	err = c.visit(ctx, ref, func(ctx context.Context, r *remote) error {
		t, err := r.find()
		if err != nil {
			return err
		}
		above = newer(ref.Ref, r.names())
		got, err = c.take(ctx, r, t)
		return err
	})
	if err == nil {
		c.done[ref.String()] = doneCheckout{got, true}
	}
	return got, above, err
}

// changedMeanwhile is a source that another process has removed or moved while
// this one worked on it.
func changedMeanwhile(name string) error {
	return fault.New(fault.Changed, "source %q was removed or changed by another run meanwhile", name).Try("scaffold source list shows what there is now")
}

// newer is the highest released version tag above ref, where ref is a version
// itself.
func newer(ref string, tags []string) string {
	best, err := semver.NewVersion(ref)
	if err != nil {
		return ""
	}
	name := ""
	for _, t := range tags {
		if v, err := semver.NewVersion(t); err == nil && v.Prerelease() == "" && v.GreaterThan(best) {
			best, name = v, t
		}
	}
	return name
}

// Verify holds a source against its lock: the cached copy, what its ref names
// now, and whether everything in it can be read. It changes nothing.
func (c *Catalog) Verify(ctx context.Context, n Named) (Status, error) {
	var problems []error
	if IsAddress(n.URL) {
		err := c.verifyLock(ctx, n)
		if err != nil {
			problems = append(problems, err)
		}
	}
	s, err := c.Status(ctx, n)
	if err != nil && len(problems) == 0 {
		problems = append(problems, err)
	}
	for _, err := range problems {
		if !slices.Contains(s.Problems, err.Error()) {
			s.Problems = append(s.Problems, err.Error())
		}
	}
	return s, errors.Join(problems...)
}

func (c *Catalog) verifyLock(ctx context.Context, n Named) error {
	ref, err := n.reference()
	if err != nil {
		return err
	}
	lock, err := c.lockOf(n)
	if err != nil || lock == nil {
		return err // the first use locks it
	}
	_, err = cache{c.settings.Cache}.load(ref.String(), lock.SHA256, c.settings.Limits.withDefaults().Unpacked)
	if err != nil && (c.settings.Offline || !errors.Is(err, fs.ErrNotExist)) {
		if errors.Is(err, fs.ErrNotExist) {
			err = uncached(ref.String())
		}
		return err
	}
	if c.settings.Offline || lock.Kind == commitKind {
		return nil
	}
	return c.visit(ctx, ref, func(_ context.Context, r *remote) error {
		now, err := r.find()
		switch {
		case err != nil:
			return moved(n.Name, ref.String(), lock.Commit, "")
		case lock.Kind == branchKind && now.commit != plumbing.NewHash(lock.Commit):
			c.warn(fmt.Errorf("%s: the branch is ahead, at %.12s; `scaffold source update %s` follows it", ref, now.commit, n.Name))
		case now.commit != plumbing.NewHash(lock.Commit):
			return moved(n.Name, ref.String(), lock.Commit, now.commit.String())
		}
		return nil
	})
}
