package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"scaffold/generator/fault"
	"scaffold/generator/nearest"
)

// A remote is a repository whose refs have been read.
type remote struct {
	ref    Reference
	refs   map[string]plumbing.Hash // by full name
	peeled map[string]plumbing.Hash // the commits of annotated tags
	head   plumbing.Hash
	fetch  func(ctx context.Context, want plumbing.Hash) (storer.EncodedObjectStorer, error)
	close  func()
}

// A target is what a ref names now.
type target struct {
	kind   string // tag, branch or commit
	want   plumbing.Hash
	commit plumbing.Hash
}

// The kinds of refs, as a lock records them.
const (
	tagKind    = "tag"
	branchKind = "branch"
	commitKind = "commit"
)

// find says what the reference's ref names. A tag goes before a branch of the
// same name, as in git.
func (r *remote) find() (target, error) {
	ref := r.ref.Ref
	if ref == "" {
		if r.head.IsZero() {
			return target{}, unavailable(r.ref.String(), "the repository has no default branch", "name a ref after @")
		}
		return target{branchKind, r.head, r.head}, nil
	}
	for _, c := range []struct{ kind, name string }{
		{tagKind, "refs/tags/" + ref}, {branchKind, "refs/heads/" + ref},
	} {
		if want, ok := r.refs[c.name]; ok {
			commit := want
			if p, annotated := r.peeled[c.name]; annotated {
				commit = p
			}
			return target{c.kind, want, commit}, nil
		}
	}
	if r.ref.isCommit() {
		h := plumbing.NewHash(ref)
		return target{commitKind, h, h}, nil
	}
	remedy := "name a tag, a branch or a whole commit after @"
	if near, ok := nearest.Of(ref, r.names()); ok {
		remedy = "did you mean " + near + "?"
	}
	return target{}, unavailable(r.ref.String(), "the repository has no tag or branch "+quoted(ref), remedy)
}

// names lists tags and branches by their short names.
func (r *remote) names() []string {
	var out []string
	for name := range r.refs {
		for _, prefix := range []string{"refs/tags/", "refs/heads/"} {
			if short, ok := strings.CutPrefix(name, prefix); ok {
				out = append(out, short)
			}
		}
	}
	slices.Sort(out)
	return out
}

// connect reads the refs of a repository: by git, or where there is none by
// scaffold's own client, which knows no credentials.
func (c *Catalog) connect(ctx context.Context, ref Reference, m *meter) (*remote, error) {
	var r *remote
	var err error
	program := c.findGit(ctx)
	path, local := strings.CutPrefix(ref.URL, "file://")
	switch {
	case program.err == nil:
		r, err = c.dialGit(ctx, ref, m, program.path)
	case local:
		r, err = openLocal(ref, pathOf(path))
	case strings.HasPrefix(ref.URL, "https:"):
		c.warn(fmt.Errorf("%w: %s is read without git's credentials, proxies and certificates", program.err, ref.host()))
		r, err = c.dial(ctx, ref, m)
	default:
		f := fault.New(fault.Git, "%s: ssh needs git 2.25 or newer, and %v", ref, program.err)
		f.Hint, f.Err = "install git", errUnreachable
		return nil, f
	}
	if err != nil {
		return nil, explain(ref, m.cause(ctx, err))
	}
	return r, nil
}

// openLocal reads a repository of this machine, without a transfer.
func openLocal(ref Reference, path string) (*remote, error) {
	repo, err := git.PlainOpenWithOptions(path, &git.PlainOpenOptions{EnableDotGitCommonDir: true})
	if err != nil {
		return nil, err
	}
	r := &remote{ref: ref, refs: map[string]plumbing.Hash{}, peeled: map[string]plumbing.Hash{}, close: func() {}}
	r.fetch = func(context.Context, plumbing.Hash) (storer.EncodedObjectStorer, error) { return repo.Storer, nil }
	all, err := repo.References()
	if err != nil {
		return nil, err
	}
	err = all.ForEach(func(p *plumbing.Reference) error {
		if p.Type() != plumbing.HashReference {
			return nil
		}
		r.refs[p.Name().String()] = p.Hash()
		if commit, err := peel(repo.Storer, p.Hash()); err == nil && commit != p.Hash() {
			r.peeled[p.Name().String()] = commit
		}
		return nil
	})
	if head, headErr := repo.Head(); headErr == nil {
		r.head = head.Hash()
	}
	return r, err
}

// peel follows annotated tags to a commit.
func peel(store storer.EncodedObjectStorer, hash plumbing.Hash) (plumbing.Hash, error) {
	for range 8 {
		tag, err := object.GetTag(store, hash)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			return hash, nil
		}
		if err != nil {
			return hash, err
		}
		hash = tag.Target
	}
	return hash, errors.New("a tag of a tag of a tag")
}

// dial opens a session over https, without credentials.
func (c *Catalog) dial(ctx context.Context, ref Reference, m *meter) (*remote, error) {
	endpoint, err := transport.NewEndpoint(ref.URL)
	if err != nil {
		return nil, err
	}
	client := githttp.NewClientWithOptions(&http.Client{
		Transport: &meteredTransport{next: c.transport(), meter: m}, CheckRedirect: noRedirect,
	}, &githttp.ClientOptions{})
	session, err := client.NewUploadPackSession(endpoint, nil)
	if err != nil {
		return nil, err
	}
	adv, err := session.AdvertisedReferencesContext(ctx)
	if err != nil {
		return nil, err
	}
	r := &remote{ref: ref, refs: adv.References, peeled: adv.Peeled, close: func() { session.Close() }}
	if adv.Head != nil {
		r.head = *adv.Head
	}
	r.fetch = func(ctx context.Context, want plumbing.Hash) (storer.EncodedObjectStorer, error) {
		pack, err := download(ctx, session, adv, want)
		if err != nil {
			return nil, explain(ref, m.cause(ctx, err))
		}
		return unpack(ref, pack, m.limits)
	}
	return r, nil
}

func (c *Catalog) transport() http.RoundTripper {
	if c.settings.Transport != nil {
		return c.settings.Transport
	}
	return http.DefaultTransport
}

// A redirectError reports a server that sends us elsewhere.
type redirectError struct{ location string }

func (e *redirectError) Error() string { return "the server redirects" }

func noRedirect(req *http.Request, _ []*http.Request) error {
	return &redirectError{location: req.URL.String()}
}

// download asks for one commit, or for all branches where the server gives out
// tips only and the commit is none.
func download(ctx context.Context, session transport.UploadPackSession, adv *packp.AdvRefs, want plumbing.Hash) ([]byte, error) {
	req := packp.NewUploadPackRequestFromCapabilities(adv.Capabilities)
	req.Capabilities.Delete(capability.ThinPack)
	if advertised(adv, want) || adv.Capabilities.Supports(capability.AllowReachableSHA1InWant) {
		req.Wants = []plumbing.Hash{want}
		if adv.Capabilities.Supports(capability.Shallow) {
			req.Depth = packp.DepthCommits(1)
			if err := req.Capabilities.Set(capability.Shallow); err != nil {
				return nil, err
			}
		}
	} else {
		for name, tip := range adv.References {
			if strings.HasPrefix(name, "refs/heads/") && !slices.Contains(req.Wants, tip) {
				req.Wants = append(req.Wants, tip)
			}
		}
	}
	response, err := session.UploadPack(ctx, req)
	if err != nil {
		return nil, err
	}
	defer response.Close()
	var pack io.Reader = response
	switch {
	case req.Capabilities.Supports(capability.Sideband64k):
		pack = sideband.NewDemuxer(sideband.Sideband64k, pack)
	case req.Capabilities.Supports(capability.Sideband):
		pack = sideband.NewDemuxer(sideband.Sideband, pack)
	}
	var out bytes.Buffer
	_, err = io.Copy(&out, pack)
	return out.Bytes(), err
}

func advertised(adv *packp.AdvRefs, want plumbing.Hash) bool {
	for _, h := range adv.References {
		if h == want {
			return true
		}
	}
	return adv.Head != nil && *adv.Head == want
}

// explain words a failure of a transfer for the person.
func explain(ref Reference, err error) error {
	if fault.Of(err) != nil || errors.Is(err, context.Canceled) {
		return err
	}
	return caused(failure(ref, err), err)
}

func failure(ref Reference, err error) *fault.Fault {
	redirected := (*redirectError)(nil)
	switch {
	case errors.As(err, &redirected):
		return redirects(ref, redirected.location)
	case strings.Contains(err.Error(), "http redirect"):
		return redirects(ref, "")
	case errors.Is(err, transport.ErrRepositoryNotFound), errors.Is(err, git.ErrRepositoryNotExists):
		return unavailable(ref.String(), "there is no such repository, or not for you", "check the address")
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return unavailable(ref.String(), "the repository is empty", "push a commit to it")
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed):
		return denied(ref, "the server asks for credentials, and without git scaffold has none").Try("install git 2.25 or newer")
	default:
		f := unavailable(ref.String(), "it cannot be reached: "+reason(err), "check the address and the network")
		f.Err = errUnreachable
		return f
	}
}

// reason is the innermost message of a network error, without the address that
// it repeats.
func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Sprint(err)
}
