package command

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"scaffold/cmd/internal/app"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/recommend"
)

// SignalFlags are the values of the flags that say what a project is for, by
// their group.
type SignalFlags map[string]*[]string

// Register makes a flag of each group.
func (s *SignalFlags) Register(f *pflag.FlagSet) {
	*s = SignalFlags{}
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

func (s *single) String() string { return strings.Join(*s, "") }

func (s *single) Type() string { return "string" }

// List gives the signals as group:value, as typed, in the order of the groups.
func (s SignalFlags) List() []string {
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

// With adds what a description says, in the groups that no flag speaks for.
func (s SignalFlags) With(described []string) []string {
	out := s.List()
	for _, signal := range described {
		group, _ := manifest.SplitSignal(signal)
		if values := s[group]; values == nil || len(*values) == 0 {
			out = append(out, signal)
		}
	}
	return out
}

// SayUnderstood quotes a description back, so that nothing follows from it unseen.
func SayUnderstood(e *app.Env, found []recommend.Understood) {
	if len(found) > 0 && !e.JSON && !e.Quiet {
		fmt.Fprintf(e.Err, "Understood: %s\n\n", quote.Text(recommend.Quoted(found)))
	}
}
