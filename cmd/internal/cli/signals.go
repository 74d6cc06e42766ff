package cli

import (
	"strings"

	"github.com/spf13/pflag"

	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
)

// signalFlags are the values of the flags that say what a project is for, by
// their group.
type signalFlags map[string]*[]string

// register makes a flag of each group.
func (s *signalFlags) register(f *pflag.FlagSet) {
	*s = signalFlags{}
	for _, g := range manifest.SignalGroups() {
		values := new([]string)
		(*s)[g.Name] = values
		if g.Many {
			f.StringSliceVar(values, g.Name, nil, g.Flag)
			continue
		}
		f.Var((*single)(values), g.Name, g.Flag)
	}
}

// single is the flag of a group that takes one value; the last one given counts.
type single []string

func (s *single) Set(v string) error { *s = single{v}; return nil }
func (s *single) String() string     { return strings.Join(*s, "") }
func (s *single) Type() string       { return "string" }

// list gives the signals as group:value, as typed, in the order of the groups.
func (s signalFlags) list() []string {
	var out []string
	for _, g := range manifest.SignalGroups() {
		if s[g.Name] == nil {
			continue
		}
		for _, v := range *s[g.Name] {
			if v = strings.TrimSpace(v); v != "" {
				out = append(out, recommend.Signal(g.Name, v))
			}
		}
	}
	return out
}
