package tree

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"scaffold/generator/fault"
)

// The longest names that common file systems take, in bytes.
const (
	maxSegment = 255
	maxPath    = 1024
)

// A Rel is a path that stays inside a project on every operating system: slash
// separated, relative, and free of everything that [SafeRel] refuses. Only a
// Rel reaches the disk. The zero value is the empty path, which names no file.
type Rel struct{ path string }

// String is the path with slashes.
func (r Rel) String() string { return r.path }

// A PathError reports a path or a link that could leave the project, or that
// some operating system would read as something else.
type PathError struct {
	Path   string
	Reason string // completes "the path …": "has an empty part"
}

func (e *PathError) Error() string { return fmt.Sprintf("the path %q %s", e.Path, e.Reason) }

// Fault is a refusal for safety.
func (e *PathError) Fault() *fault.Fault {
	return fault.New(fault.Unsafe, "%s", e).Try("change the answer or the template's file name that gives this path")
}

// SafeRel makes a Rel of p, or refuses it with a [*PathError]: absolute or too
// long, with a backslash, a colon or an invisible character, or with a part
// that is empty, ".", "..", ends in a dot or a blank, is a device name of
// Windows, or is .git in any spelling.
func SafeRel(p string) (Rel, error) {
	if reason := pathFault(p); reason != "" {
		return Rel{}, &PathError{Path: p, Reason: reason}
	}
	for segment := range strings.SplitSeq(p, "/") {
		if reason := segmentFault(segment); reason != "" {
			return Rel{}, &PathError{Path: p, Reason: reason}
		}
	}
	return Rel{path: p}, nil
}

// SafeLink refuses, with a [*PathError], a symbolic link at rel whose target is
// not the path of something inside the project. The target may start with "..",
// but not hold it further on: "a/.." leads elsewhere where a is a link itself.
func SafeLink(rel Rel, target string) error {
	dirs, parts := strings.Split(rel.path, "/"), strings.Split(target, "/")
	dirs = dirs[:len(dirs)-1]
	for len(parts) > 0 && parts[0] == ".." {
		if len(dirs) == 0 {
			return &PathError{Path: rel.path, Reason: fmt.Sprintf("is a link to %q, outside the project", target)}
		}
		dirs, parts = dirs[:len(dirs)-1], parts[1:]
	}
	if _, err := SafeRel(strings.Join(append(dirs, parts...), "/")); err != nil {
		return &PathError{Path: rel.path, Reason: fmt.Sprintf("is a link to %q: %s", target, err)}
	}
	return nil
}

func pathFault(p string) string {
	switch {
	case p == "":
		return "is empty"
	case len(p) > maxPath:
		return fmt.Sprintf("is longer than %d bytes", maxPath)
	case !utf8.ValidString(p):
		return "is not UTF-8"
	case p[0] == '/':
		return "is absolute"
	case strings.Contains(p, `\`):
		return "has a backslash, which is a separator on Windows"
	case strings.Contains(p, ":"):
		return "has a colon, which names a drive or a stream on Windows"
	case strings.ContainsFunc(p, invisible):
		return "has a control or an invisible character"
	}
	return ""
}

func segmentFault(s string) string {
	switch {
	case s == "":
		return "has an empty part"
	case s == "." || s == "..":
		return fmt.Sprintf("has the part %q", s)
	case len(s) > maxSegment:
		return fmt.Sprintf("has a part longer than %d bytes", maxSegment)
	case strings.HasSuffix(s, ".") || strings.TrimRightFunc(s, unicode.IsSpace) != s:
		return "has a part that ends in a dot or a blank, which Windows drops"
	case isDevice(s):
		return fmt.Sprintf("has the part %q, which is a device on Windows", s)
	case isGit(s):
		return fmt.Sprintf("has the part %q, which is or may be read as .git", s)
	}
	return ""
}

// invisible finds what a person cannot see in a path: control and format
// characters (bidirectional marks, zero width), line separators, and the other
// characters that Unicode says to draw as nothing.
func invisible(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// isDevice reports whether Windows opens a device for a file of this name,
// whatever its extension and with blanks before it. Superscript digits count,
// see "Naming Files, Paths, and Namespaces" in Microsoft's documentation.
func isDevice(segment string) bool {
	base, _, _ := strings.Cut(segment, ".")
	base = strings.ToUpper(strings.TrimRightFunc(base, unicode.IsSpace))
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	for _, port := range []string{"COM", "LPT"} {
		if digit, ok := strings.CutPrefix(base, port); ok && utf8.RuneCountInString(digit) == 1 {
			return strings.Contains("0123456789¹²³", digit)
		}
	}
	return false
}

// isGit reports whether some file system takes the name for .git: in another
// case or Unicode form, or as the short name that NTFS gives it.
func isGit(segment string) bool {
	folded := fold(norm.NFKC.String(segment))
	if folded == ".git" {
		return true
	}
	digits, ok := strings.CutPrefix(folded, "git~")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// fold maps names that differ only in case or in Unicode form to one.
func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return norm.NFC.String(cases.Fold().String(norm.NFD.String(s)))
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
