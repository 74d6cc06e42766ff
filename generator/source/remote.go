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
	gitssh "github.com/go-git/go-git/v5/plumbing/transport/ssh"

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

// connect reads the refs of a repository.
func (c *Catalog) connect(ctx context.Context, ref Reference, m *meter) (*remote, error) {
	var r *remote
	var err error
	if path, ok := strings.CutPrefix(ref.URL, "file://"); ok {
		r, err = openLocal(ref, pathOf(path))
	} else {
		r, err = c.dial(ctx, ref, m)
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

// dial opens a session. A server that asks for credentials gets those that git
// has for it, once.
func (c *Catalog) dial(ctx context.Context, ref Reference, m *meter) (*remote, error) {
	session, adv, err := c.advertise(ctx, ref, m, nil)
	if errors.Is(err, transport.ErrAuthenticationRequired) && strings.HasPrefix(ref.URL, "https:") {
		var auth *githttp.BasicAuth
		if auth, err = c.credentials(ctx, ref); err != nil {
			return nil, err
		}
		m.touch()
		session, adv, err = c.advertise(ctx, ref, m, auth)
	}
	if err != nil {
		return nil, err
	}
	r := &remote{ref: ref, refs: adv.References, peeled: adv.Peeled, close: func() { session.Close() }}
	if adv.Head != nil {
		r.head = *adv.Head
	}
	r.fetch = func(ctx context.Context, want plumbing.Hash) (storer.EncodedObjectStorer, error) {
		pack, err := download(ctx, session, adv, want, m)
		if err != nil {
			return nil, explain(ref, m.cause(ctx, err))
		}
		return unpack(ref, pack, m.limits)
	}
	return r, nil
}

func (c *Catalog) advertise(ctx context.Context, ref Reference, m *meter, auth *githttp.BasicAuth) (transport.UploadPackSession, *packp.AdvRefs, error) {
	endpoint, err := transport.NewEndpoint(ref.URL)
	if err != nil {
		return nil, nil, err
	}
	session, err := c.session(ctx, endpoint, m, auth)
	if err != nil {
		return nil, nil, err
	}
	adv, err := session.AdvertisedReferencesContext(ctx)
	return session, adv, err
}

// session opens https by a client of its own, which goes to no other host, and
// ssh by the agent.
func (c *Catalog) session(ctx context.Context, endpoint *transport.Endpoint, m *meter, auth *githttp.BasicAuth) (transport.UploadPackSession, error) {
	if m.counted = endpoint.Protocol == "https"; m.counted {
		client := githttp.NewClientWithOptions(&http.Client{
			Transport: &meteredTransport{next: c.transport(), meter: m}, CheckRedirect: sameHost,
		}, &githttp.ClientOptions{})
		if auth == nil {
			return client.NewUploadPackSession(endpoint, nil)
		}
		return client.NewUploadPackSession(endpoint, auth)
	}
	agent, err := gitssh.NewSSHAgentAuth(endpoint.User)
	if err != nil {
		return nil, err
	}
	return within(ctx, func() (transport.UploadPackSession, error) {
		return gitssh.NewClient(nil).NewUploadPackSession(endpoint, agent)
	})
}

// within runs a call that takes no context, and leaves it behind when ctx ends.
func within[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := call()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}

func (c *Catalog) transport() http.RoundTripper {
	if c.settings.Transport != nil {
		return c.settings.Transport
	}
	return http.DefaultTransport
}

// A redirectError reports a server that sends us elsewhere.
type redirectError struct{ host string }

func (e *redirectError) Error() string { return "the server redirects to another place, " + e.host }

// sameHost follows a redirect only where scheme, host and port stay the same.
func sameHost(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if req.URL.Scheme != first.Scheme || !strings.EqualFold(req.URL.Host, first.Host) {
		return &redirectError{host: req.URL.Scheme + "://" + req.URL.Host}
	}
	if len(via) > 5 {
		return errors.New("the server redirects without end")
	}
	return nil
}

// download asks for one commit, or for all branches where the server gives out
// tips only and the commit is none.
func download(ctx context.Context, session transport.UploadPackSession, adv *packp.AdvRefs, want plumbing.Hash, m *meter) ([]byte, error) {
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
	if !m.counted {
		pack = &meteredBody{Reader: response, meter: m}
	}
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
	var redirected *redirectError
	switch {
	case errors.As(err, &redirected):
		return unavailable(ref.String(), redirected.Error(), "name the new address, if you trust it")
	case strings.Contains(err.Error(), "http redirect"):
		return unavailable(ref.String(), "the server redirects to another kind of place: "+reason(err), "name the new address, if you trust it")
	case errors.Is(err, transport.ErrRepositoryNotFound), errors.Is(err, git.ErrRepositoryNotExists):
		return unavailable(ref.String(), "there is no such repository, or not for you", "check the address")
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return unavailable(ref.String(), "the repository is empty", "push a commit to it")
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed):
		return denied(ref, "the server does not accept the credentials")
	case strings.Contains(err.Error(), "SSH agent"), strings.Contains(err.Error(), "unable to authenticate"):
		return denied(ref, "the ssh agent has no key that the server accepts").Try("start ssh-agent and add the key: ssh-add")
	case strings.Contains(err.Error(), "knownhosts:"):
		return unavailable(ref.String(), "the server's ssh key is not known, or is another one", "connect once with ssh and check the key: ssh "+ref.host())
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
