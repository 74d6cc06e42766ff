package source

import (
	"net/url"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/internal/late"
)

// A gitError is a git that has failed, with what it said.
type gitError struct {
	talk     string
	location string // where the server redirects to, if it does
	err      error
}

func (e *gitError) Error() string { return e.err.Error() + ": " + e.last() }
func (e *gitError) Unwrap() error { return e.err }

func (e *gitError) says(texts ...string) bool {
	for _, text := range texts {
		if strings.Contains(e.talk, text) {
			return true
		}
	}
	return false
}

// last is what git, or a program that it ran, had to say of the cause, without
// what may be secret in an address.
func (e *gitError) last() string {
	cause := ""
	for line := range strings.Lines(e.talk) {
		line = strings.TrimSpace(line)
		said, fatal := strings.CutPrefix(line, "fatal: ")
		switch {
		case fatal && (cause == "" || !strings.HasPrefix(said, "Could not read from remote repository")):
			return withoutSecrets(said)
		case fatal: // ssh has said why
			return withoutSecrets(cause)
		case line != "" && !strings.HasPrefix(line, "remote: ") && !strings.HasPrefix(line, "warning: "):
			cause = line
		}
	}
	return withoutSecrets(strings.TrimPrefix(cause, "error: "))
}

var (
	userOfAddress  = late.Pattern(`//[^/\s]*@`)
	queryOfAddress = late.Pattern(`\?[^\s'"]+`)
)

// withoutSecrets is a message of git without the parts of addresses that may
// hold credentials.
func withoutSecrets(text string) string {
	return queryOfAddress().ReplaceAllString(userOfAddress().ReplaceAllString(text, "//***@"), "?***")
}

// explain words what git said. It runs with the messages of its C locale.
func (s *scratch) explain(e *gitError) *fault.Fault {
	ref := s.ref.String()
	switch {
	case redirectedBy().MatchString(e.talk):
		return redirects(s.ref, e.location)
	case e.says("not allowed"):
		return fault.New(fault.Unsafe, "%s: git's configuration leads to another kind of place: %s", ref, e.last()).
			Try("look for insteadOf in `git config --list`; scaffold reads git over https, ssh and file only")
	case e.says("Authentication failed", "could not read Username", "could not read Password", "terminal prompts disabled", "told us to quit", "returned error: 401", "returned error: 403"):
		return denied(s.ref, "the server does not accept the credentials that git has for it")
	case e.says("Permission denied (", "Too many authentication failures", "Load key "):
		return denied(s.ref, "the server accepts none of the ssh keys that git offers")
	case e.says("Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED"):
		return unavailable(ref, "the server's ssh key is not known, or is another one", "connect once with ssh and check the key: ssh "+s.ref.host())
	case e.says("certificate problem", "certificate verif", "SSL_ERROR", "SSL certificate", "schannel: "):
		return unavailable(ref, "the server's certificate is not trusted: "+e.last(), "name its authority: git config --global http.sslCAInfo FILE")
	case e.says("mismatched algorithms", "unknown object format"):
		return unavailable(ref, "its objects have SHA-256 names, which are not read", "name a repository with SHA-1 names")
	case e.says("Repository not found", "' not found", "does not appear to be a git repository", "does not exist", "No such file or directory", "not a git repository"):
		return unavailable(ref, "there is no such repository, or not for you", "check the address")
	case e.says("fsck error", "index-pack failed", "fetch-pack: invalid index-pack output", "bad pack", "unpack-objects", "pack has", "packfile", "early EOF", "protocol error", "bad band", "invalid "):
		return unavailable(ref, "what the server sent is not a pack of git, or not a sound one: "+e.last(), "try again; tell who keeps the repository: git fsck")
	case e.says("Operation too slow"):
		f := unavailable(ref, "the server has not answered, or too slowly", "check the address and the network: git ls-remote "+s.ref.URL)
		f.Err = errUnreachable
		return f
	default:
		f := unavailable(ref, "it cannot be reached: "+e.last(), "check the address and the network: git ls-remote "+s.ref.URL)
		f.Err = errUnreachable
		return f
	}
}

var redirectedBy = late.Pattern(`returned error: 30[12378]\b`)

// redirects names the new address, which nobody has agreed to.
func redirects(ref Reference, location string) *fault.Fault {
	address := newAddress(ref, location)
	if address == "" {
		return unavailable(ref.String(), "the server redirects to another place", "name the new address, if you trust it")
	}
	return unavailable(ref.String(), "the server redirects to "+address, "name the new address, if you trust it: git+"+address)
}

// newAddress is the repository that a redirect leads to.
func newAddress(ref Reference, location string) string {
	from, err := url.Parse(ref.URL + "/info/refs")
	if err != nil || location == "" {
		return ""
	}
	to, err := from.Parse(location)
	if err != nil {
		return ""
	}
	to.User, to.RawQuery, to.Fragment = nil, "", ""
	to.Path, to.RawPath = strings.TrimSuffix(strings.TrimSuffix(to.Path, "/info/refs"), "/git-upload-pack"), ""
	return to.String()
}
