package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/late"
)

// signedObjects are the commit of a checkout and the tag that names it, as git
// keeps them: what a signature covers. They are kept beside the content, so that
// a signature can be checked offline, by signers that were not known then.
type signedObjects struct {
	commit []byte
	tag    []byte // nil where the ref is no annotated tag
}

// objectsOf reads them from a repository.
func objectsOf(store storer.EncodedObjectStorer, t target) (signedObjects, error) {
	var o signedObjects
	var err error
	if o.commit, err = raw(store, plumbing.CommitObject, t.commit); err == nil && t.want != t.commit {
		o.tag, err = raw(store, plumbing.TagObject, t.want)
	}
	return o, err
}

func raw(store storer.EncodedObjectStorer, kind plumbing.ObjectType, hash plumbing.Hash) ([]byte, error) {
	object, err := store.EncodedObject(kind, hash)
	if err != nil {
		return nil, err
	}
	r, err := object.Reader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, 1<<20))
}

// pack writes the objects as one file; open reads it.
func (o signedObjects) pack() []byte {
	return append([]byte(strconv.Itoa(len(o.commit))+"\n"), append(o.commit, o.tag...)...)
}

func openObjects(data []byte) (signedObjects, error) {
	head, rest, ok := bytes.Cut(data, []byte("\n"))
	n, err := strconv.Atoi(string(head))
	if !ok || err != nil || n < 0 || n > len(rest) {
		return signedObjects{}, errors.New("the file is not as scaffold writes it")
	}
	o := signedObjects{commit: rest[:n]}
	if len(rest) > n {
		o.tag = rest[n:]
	}
	return o, nil
}

// objectsFile is where the objects of a reference at a commit are kept.
func (c *Catalog) objectsFile(ref Reference, commit string) string {
	return filepath.Join(c.settings.Cache, fmt.Sprintf("signed-%s-%.12s", commit, plumbing.ComputeHash(plumbing.BlobObject, []byte(ref.Ref))))
}

// Signed checks that the tag or the commit of a layer is signed by one of the
// signers: ssh's allowed signers, or GPG keys. What is not is a
// [fault.Untrusted].
func (c *Catalog) Signed(ctx context.Context, layer generator.Layer, signers string) error {
	if !IsAddress(layer.Source) {
		return fault.New(fault.Untrusted, "%s is a directory, which has no signature", layer.Source)
	}
	ref, err := ParseReference(layer.Source)
	if err != nil {
		return err
	}
	ref.Ref = layer.Ref
	program := c.findGit(ctx)
	if program.err != nil {
		return fault.New(fault.Untrusted, "%s: signatures are checked by git, and %v", ref, program.err).Try("install git")
	}
	objects, err := c.signedObjects(ctx, ref, layer.Commit)
	if err != nil {
		return err
	}
	ctx, m, stop := c.start(ctx, ref)
	defer stop()
	s, err := c.newScratch(ref, program.path, m)
	if err != nil {
		return err
	}
	defer s.close()
	return s.verify(ctx, objects, layer.Commit, signers)
}

// signedObjects gives them from the cache, or fetched again.
func (c *Catalog) signedObjects(ctx context.Context, ref Reference, commit string) (signedObjects, error) {
	if data, err := os.ReadFile(c.objectsFile(ref, commit)); c.settings.Cache != "" && err == nil {
		if o, err := openObjects(data); err == nil && plumbing.ComputeHash(plumbing.CommitObject, o.commit).String() == commit {
			return o, nil
		}
	}
	if c.settings.Offline {
		return signedObjects{}, uncached(ref.String() + " with its signature")
	}
	var o signedObjects
	err := c.visit(ctx, ref, func(ctx context.Context, r *remote) error {
		hash := plumbing.NewHash(commit)
		t, err := r.find()
		if err != nil || t.commit != hash {
			t = target{commitKind, hash, hash}
		}
		store, err := r.fetch(ctx, t.want)
		if err == nil {
			o, err = objectsOf(store, t)
		}
		if err == nil {
			c.keepObjects(ref, t, o)
		}
		return err
	})
	return o, err
}

func (c *Catalog) keepObjects(ref Reference, t target, o signedObjects) {
	if c.settings.Cache != "" {
		_ = cache{c.settings.Cache}.put(c.objectsFile(ref, t.commit.String()), o.pack()) // fetched again where it is missing
	}
}

var (
	tagObject = late.Pattern(`^object ([0-9a-f]{40})\ntype commit\ntag (.*)\n`)
	signature = late.Pattern(`(?m)^(gpgsig |-----BEGIN (PGP|SSH) SIGNATURE-----)`)
)

// verify has git check the tag, then the commit. Nothing of the person's keys or
// of git's configuration about keys takes part: the signers alone decide.
func (s *scratch) verify(ctx context.Context, o signedObjects, commit, signers string) error {
	if err := s.keys(ctx, signers); err != nil {
		return err
	}
	repo, err := git.PlainOpen(s.dir)
	if err != nil {
		return err
	}
	put := func(kind plumbing.ObjectType, data []byte) (plumbing.Hash, error) {
		object := &plumbing.MemoryObject{}
		object.SetType(kind)
		_, _ = object.Write(data)
		return repo.Storer.SetEncodedObject(object)
	}
	hash, err := put(plumbing.CommitObject, o.commit)
	if err != nil || hash.String() != commit {
		return errors.Join(err, differs(s.ref.String(), commit, hash.String()))
	}
	what := "the commit"
	if found := tagObject().FindSubmatch(o.tag); found != nil && string(found[1]) == commit {
		what = "neither the tag nor the commit"
		if string(found[2]) == s.ref.Ref { // a signed tag of another version proves nothing
			tag, err := put(plumbing.TagObject, o.tag)
			if err == nil && s.signed(ctx, "verify-tag", tag) {
				return nil
			}
		}
	}
	if s.signed(ctx, "verify-commit", hash) {
		return nil
	}
	return fault.New(fault.Untrusted, "%s at %.12s: %s", s.ref, commit, unsigned(what, o)).Try("ask who publishes it; a signer's key is added with `scaffold trust add SOURCE --signers FILE`")
}

// unsigned says what is not as it should be of the commit, or of neither it nor
// the tag.
func unsigned(what string, o signedObjects) string {
	problem := what + " is signed by one of the signers"
	if !signature().Match(o.commit) && !signature().Match(o.tag) {
		problem = what + " is signed"
	}
	if what == "the commit" {
		problem = strings.Replace(problem, "is signed", "is not signed", 1)
	}
	return problem
}

func (s *scratch) signed(ctx context.Context, command string, object plumbing.Hash) bool {
	_, _, err := s.exec(ctx, []string{command, object.String()})
	return err == nil
}

// keys prepares the scratch repository for signatures of the signers alone.
func (s *scratch) keys(ctx context.Context, signers string) error {
	home, allowed := filepath.Join(s.dir, "keys"), filepath.Join(s.dir, "allowed")
	gpg := strings.Contains(signers, "-----BEGIN PGP")
	text := signers
	if gpg {
		text = ""
	}
	err := errors.Join(os.Mkdir(home, 0o700), os.WriteFile(allowed, []byte(text), 0o600), os.WriteFile(filepath.Join(home, "signers"), []byte(signers), 0o600),
		os.WriteFile(filepath.Join(home, "gpg.conf"), []byte("no-autostart\n"), 0o600))
	if err != nil {
		return err
	}
	s.env = []string{"GNUPGHOME=" + home}
	s.settings = []string{
		"-c", "gpg.ssh.allowedSignersFile=" + allowed, "-c", "gpg.ssh.revocationFile=", "-c", "gpg.ssh.program=ssh-keygen",
		"-c", "gpg.program=gpg", "-c", "gpg.openpgp.program=gpg", "-c", "gpg.x509.program=false", "-c", "gpg.minTrustLevel=undefined",
	}
	if !gpg {
		return nil
	}
	// Without an agent gpg complains of an import, and makes it all the same.
	said, importErr := s.program(ctx, "gpg", "--batch", "--quiet", "--import", filepath.Join(home, "signers"))
	list, _, err := s.do(exec.CommandContext(ctx, "gpg", "--batch", "--with-colons", "--list-keys"))
	if err != nil || !bytes.Contains(list, []byte("pub:")) {
		return fault.New(fault.Untrusted, "the GPG keys of the signers cannot be read: %s", withoutSecrets(lastLine(said, importErr))).Try("install gpg, and export the keys anew: gpg --armor --export KEY > FILE")
	}
	return nil
}

func lastLine(out string, err error) string {
	if text := strings.TrimSpace(out); text != "" {
		return text[strings.LastIndexByte(text, '\n')+1:]
	}
	return fmt.Sprint(err)
}
