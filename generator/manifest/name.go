package manifest

import (
	"regexp"
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
