package templatetest

import (
	"fmt"

	"scaffold/generator"
)

// Notes says what in a template is right and without effect for now, each with
// its place; dir is the template's directory as it was given, or "". What an
// overlay stands on is not spoken of.
func Notes(t *generator.Template, dir string) []string {
	m := t.Manifest
	if n := len(t.Overlays); n > 0 {
		m = t.Overlays[n-1].Manifest
	}
	notes := []string{}
	for i, rule := range m.Files {
		if rule.Merge == "" {
			continue
		}
		at := m.Problem("", "", "files", i, "merge").Place
		at.File = Within(dir, at.File)
		notes = append(notes, fmt.Sprintf("%s: merge: %s is kept in the project's lock file and acts once scaffold updates projects; this version does not", at, rule.Merge))
	}
	return notes
}
