package manifest

import (
	"regexp"
	"strings"
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
	return &NameError{Name: name, Nearest: nearestName(name)}
}

func nearestName(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
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
