package manifest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"scaffold/generator/fault"
)

var projectName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// device holds the names that Windows keeps for devices.
var device = regexp.MustCompile(`^(con|prn|aux|nul|com[0-9]|lpt[0-9])$`)

// CheckName refuses a project name that breaks the rule, with the nearest valid
// one. A name is never rewritten: it is what the person typed, or an error.
func CheckName(name string) error {
	if projectName.MatchString(name) && !device.MatchString(name) {
		return nil
	}
	hint := "choose a name such as my-shop"
	if near := NearestName(name); near != "" {
		hint = "use " + near
	}
	return fault.New(fault.Answer, "%q is not a project name: a to z, 0 to 9 and -, a letter first, at most 63, no reserved device name", name).Try(hint)
}

// CheckName is [CheckName] by the template's own rule, which may be wider or
// narrower, and without the names that its stack cannot bear.
func (m *Manifest) CheckName(name string) error {
	pattern, reserved := projectName, slices.Contains(m.Reserved, strings.ToLower(name))
	if m.ProjectName != nil {
		pattern = regexp.MustCompile(m.ProjectName.Pattern)
	}
	fits := func(s string) bool {
		return pattern.MatchString(s) && !device.MatchString(strings.ToLower(s)) && !slices.Contains(m.Reserved, strings.ToLower(s))
	}
	switch {
	case fits(name):
		return nil
	case m.ProjectName == nil && !reserved:
		return CheckName(name)
	}
	hint := "choose another name"
	for _, near := range []string{NearestName(name), NearestName(name) + "-app", NearestName(name) + "_app", strings.ReplaceAll(NearestName(name), "-", "_")} {
		if near != "" && fits(near) {
			hint = "use " + near
			break
		}
	}
	if reserved {
		return fault.New(fault.Answer, "%q is a name that the template %s cannot bear: its stack has one of that name", name, m.Name).Try(hint)
	}
	return fault.New(fault.Answer, "%q is not a project name for the template %s: %s", name, m.Name, m.ProjectName.Pattern).Try(hint)
}

// unsafeNames are what no project is called, whatever a template's rule says: a
// name becomes a folder, and part of commands and files.
var unsafeNames = []string{"", ".", "..", "../x", "a/b", `a\b`, ".git", "-x", "a b", "a\nb", "a:b", "a;b", "a$b", "a\"b", "a'b", "a*b", strings.Repeat("a", 64)}

// projectNames checks the template's own rule.
func (c *checker) projectNames() {
	for i, name := range c.m.Reserved {
		if name != strings.ToLower(name) || name == "" {
			c.fail(c.doc.at("reserved", i), fmt.Sprintf("reserved name %q", name), "write small letters: case does not count")
		}
	}
	if c.m.ProjectName == nil || !c.pattern(c.m.ProjectName.Pattern, "projectName", "pattern") {
		return
	}
	pattern := regexp.MustCompile(c.m.ProjectName.Pattern)
	for _, name := range unsafeNames {
		if pattern.MatchString(name) {
			c.fail(c.doc.at("projectName", "pattern"), fmt.Sprintf("the pattern takes the name %.20q", name), `write one from ^ to $, of at most 63 characters, such as '^[A-Za-z][A-Za-z0-9_.-]{0,62}$'`)
			return
		}
	}
}

// latin writes the letters that have no other form in ASCII as people do who
// lack them.
var latin = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// NearestName is the project name that is nearest to a text, or "" where nothing
// of the text can be in one. Accents are dropped, other letters written in
// ASCII where there is a way.
func NearestName(name string) string {
	var b strings.Builder
	for _, r := range latin.Replace(norm.NFKD.String(strings.ToLower(name))) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	s := strings.Trim(strings.TrimLeft(b.String(), "0123456789-"), "-")
	if len(s) > 63 {
		s = strings.TrimRight(s[:63], "-")
	}
	if device.MatchString(s) {
		s += "-app"
	}
	return s
}
