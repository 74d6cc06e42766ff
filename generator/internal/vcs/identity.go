package vcs

import (
	"strings"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing"

	"scaffold/generator/fault"
)

// An Identity is who a commit is by.
type Identity struct {
	Name  string
	Email string
}

// clean drops what would break a commit's header, as git does (ident.c).
func (i Identity) clean() Identity {
	return Identity{Name: cleanIdent(i.Name), Email: cleanIdent(i.Email)}
}

func cleanIdent(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '<' || r == '>' || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	return strings.Trim(s, ` .,:;"\'`)
}

// CheckBranch refuses a name that git does not allow for a branch.
func CheckBranch(name string) error {
	if ValidBranch(name) {
		return nil
	}
	return fault.New(fault.Usage, "git allows no branch named %q", name).
		Try("use letters, digits, dots, dashes and slashes, as in --branch main")
}

// ValidBranch says whether git allows a branch of that name, by the rules of
// git-check-ref-format(1).
func ValidBranch(name string) bool {
	return name != "HEAD" && plumbing.NewBranchReferenceName(name).Validate() == nil
}
