package source

import (
	"net/url"
	"path"
	"strings"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing"

	"scaffold/generator/internal/late"
	"scaffold/generator/internal/tree"
)

// A Reference names a place in a git repository:
// git+https://HOST/PATH@REF#SUBDIR, git+ssh://USER@HOST/PATH@REF#SUBDIR or
// git+file:///PATH@REF#SUBDIR. An @ of the path itself is written %40.
type Reference struct {
	URL    string // of the repository, without git+, credentials, ref and sub-folder
	Ref    string // a tag, a branch or a commit; "" is the default branch
	Subdir string // "" is the root of the repository
}

// String writes the reference as ParseReference reads it.
func (r Reference) String() string {
	s := r.Place()
	if before, sub, ok := strings.Cut(s, "#"); ok && r.Ref != "" {
		return before + "@" + r.Ref + "#" + sub
	}
	if r.Ref != "" {
		s += "@" + r.Ref
	}
	return s
}

// Place is the reference without its ref: what a project records beside the ref.
func (r Reference) Place() string {
	s := "git+" + r.URL
	if r.Subdir != "" {
		s += "#" + r.Subdir
	}
	return s
}

// at is the reference of a folder below this one.
func (r Reference) at(folder string) Reference {
	r.Subdir = strings.TrimPrefix(path.Join(r.Subdir, folder), ".")
	return r
}

var (
	scpLike    = late.Pattern(`^[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+:`)
	hexCommit  = late.Pattern(`^[0-9a-f]{40}$`)
	sourceName = late.Pattern(`^[a-z][a-z0-9-]{0,62}$`)
	withSecret = late.Pattern(`//\S*@`)
)

// kinds is the remedy for an address of another kind.
const kinds = "git over https, ssh or file: git+https://HOST/PATH@REF#FOLDER"

// IsAddress reports whether a reference is meant as an address rather than a name
// or a directory.
func IsAddress(ref string) bool {
	return strings.Contains(ref, "::") || strings.Contains(ref, "://") || strings.HasPrefix(ref, "git+") || scpLike().MatchString(ref)
}

// ParseReference reads and checks an address. What is wrong is a
// [fault.Usage], which holds no secret.
func ParseReference(text string) (Reference, error) {
	fail := func(problem, remedy string) (Reference, error) {
		return Reference{}, malformed(redact(text), problem, remedy)
	}
	if helper, _, ok := strings.Cut(text, "::"); ok && !strings.Contains(helper, "://") {
		return fail("is not an address that scaffold reads", kinds) // git would run git-remote-HELPER
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return fail("holds a blank or a control character", "write a blank as %20")
	}
	if scpLike().MatchString(text) && !strings.Contains(text, "://") {
		host, repo, _ := strings.Cut(text, ":")
		return fail("is the short form of ssh", "write git+ssh://"+host+"/"+strings.TrimPrefix(repo, "/"))
	}
	bare, ok := strings.CutPrefix(text, "git+")
	u, err := url.Parse(bare)
	switch {
	case !ok && err == nil && (u.Scheme == "https" || u.Scheme == "ssh" || u.Scheme == "file"):
		return fail("does not say that it is a git repository", "put git+ before it: git+"+redact(text))
	case err != nil || !ok || !knownScheme(u.Scheme) || u.Opaque != "":
		return fail("is not an address that scaffold reads", kinds)
	case u.RawQuery != "" || u.ForceQuery:
		return fail("has a query", "remove everything from ? to @ or #")
	}
	return build(u, fail)
}

func knownScheme(s string) bool { return s == "https" || s == "ssh" || s == "file" }

func build(u *url.URL, fail func(problem, remedy string) (Reference, error)) (Reference, error) {
	r := Reference{Subdir: strings.Trim(u.Fragment, "/")}
	repo := u.EscapedPath()
	if i := strings.LastIndexByte(repo, '@'); i >= 0 {
		repo, r.Ref = repo[:i], repo[i+1:]
		if r.Ref == "" {
			return fail("has an empty ref after @", "name a tag, a branch or a commit after @")
		}
	}
	if problem, remedy := addressFault(u, repo); problem != "" {
		return fail(problem, remedy)
	}
	if problem := refFault(r.Ref); problem != "" {
		return fail("has the ref "+problem, "name a tag, a branch or a commit after @")
	}
	if r.Subdir != "" {
		if _, err := tree.SafeRel(r.Subdir); err != nil {
			return fail("has a folder that is refused: "+err.Error(), "name a folder of the repository after #")
		}
	}
	clean := url.URL{Scheme: u.Scheme, User: u.User, Host: strings.ToLower(u.Host), Path: strings.TrimRight(pathOf(repo), "/")}
	if u.Scheme == "file" {
		clean.Host = ""
	}
	r.URL = escapeAt(clean.String(), u.User.Username())
	return r, nil
}

// addressFault says what is wrong with an address, and what helps; nothing where
// it is right.
func addressFault(u *url.URL, repo string) (problem, remedy string) {
	_, secret := u.User.Password()
	switch {
	case secret || u.Scheme == "https" && u.User != nil:
		return "holds credentials", "remove them; scaffold asks git's credential helper (git credential fill)"
	case u.Scheme == "file" && (u.Host != "" && u.Host != "localhost" || u.User != nil):
		return "names a host", "write three slashes: git+file:///PATH"
	case u.Scheme != "file" && u.Hostname() == "":
		return "names no host", "write git+" + u.Scheme + "://HOST/PATH"
	case u.User != nil && u.User.Username() == "":
		return "has an empty user", "write git+ssh://USER@HOST/PATH"
	case strings.HasPrefix(u.Hostname(), "-") || strings.HasPrefix(u.User.Username(), "-"):
		return "has a host or a user that starts with -", "correct it"
	case strings.Trim(repo, "/") == "" || strings.HasPrefix(strings.TrimLeft(repo, "/"), "-"):
		return "names no repository", "write git+" + u.Scheme + "://HOST/PATH"
	}
	return "", ""
}

// pathOf undoes the escapes of a path that url.Parse has accepted.
func pathOf(escaped string) string {
	p, err := url.PathUnescape(escaped)
	if err != nil {
		return escaped
	}
	return p
}

// escapeAt writes each @ of the path as %40, so that it is not read as a ref.
func escapeAt(address, user string) string {
	prefix := 0
	if user != "" {
		prefix = strings.IndexByte(address, '@') + 1
	}
	return address[:prefix] + strings.ReplaceAll(address[prefix:], "@", "%40")
}

// refFault says what keeps a text from being a ref, by git's own rules
// (git-check-ref-format), or "". Ref texts never reach a command line; one that
// looks like an option is refused all the same.
func refFault(ref string) string {
	switch {
	case ref == "":
		return ""
	case strings.HasPrefix(ref, "-"):
		return quoted(ref) + ", which looks like an option"
	case len(ref) > 255, strings.Contains(ref, "%"), plumbing.NewTagReferenceName(ref).Validate() != nil:
		return quoted(ref) + ", which git does not allow"
	}
	return ""
}

func (r Reference) isCommit() bool { return hexCommit().MatchString(r.Ref) }

// host is where the repository is, for messages.
func (r Reference) host() string {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" {
		return "this machine"
	}
	return u.Host
}

// redact removes what may be a secret from an address that is wrong.
func redact(text string) string {
	text = withSecret().ReplaceAllString(text, "//***@")
	if i := strings.IndexByte(text, '?'); i >= 0 {
		text = text[:i] + "?***"
	}
	return text
}
