package session_test

import (
	"io/fs"
	"strings"
	"testing"

	"scaffold/generator/session"
	"scaffold/generator/source"
	"scaffold/templates"
)

// A heard file system tells of each file that is opened.
type heard struct {
	fs.FS
	open func(name string)
}

func (h heard) Open(name string) (fs.File, error) { h.open(name); return h.FS.Open(name) }

// TestANamedTemplateIsReadAlone: the others cost a run half of its time, and say
// something only where there is something to choose.
func TestANamedTemplateIsReadAlone(t *testing.T) {
	tests := map[string]struct {
		given session.Given
		alone bool
	}{
		"named":                        {session.Given{Template: "flask", Name: "shop"}, true},
		"named, with what it is for":   {session.Given{Template: "flask", Name: "shop", Signals: []string{"use:rest-api"}}, false},
		"named, for who is asked":      {session.Given{Template: "flask", Name: "shop", Ask: true}, false},
		"recommended for what is said": {session.Given{Name: "shop", Signals: []string{"use:rest-api"}, Accept: true}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			others := map[string]bool{}
			m := machine(t)
			m.Templates = source.New(heard{templates.FS, func(name string) {
				if dir, file, _ := strings.Cut(name, "/"); dir != "flask" && file == "template.yaml" {
					others[dir] = true
				}
			}}, m.Dir)
			start(t, m, test.given)
			if alone := len(others) == 0; alone != test.alone {
				t.Errorf("read beside it: %v", others)
			}
		})
	}
}
