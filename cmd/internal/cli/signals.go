package cli

import (
	"strings"

	"github.com/spf13/pflag"

	"scaffold/generator/recommend"
	"scaffold/generator/source"
)

// signalFlags are the flags that say what a project is for.
type signalFlags struct {
	use, priority                     []string
	team, concurrency, workload, size string
}

func (s *signalFlags) register(f *pflag.FlagSet) {
	f.StringSliceVar(&s.use, "use", nil, "what the project does, a `LIST`: realtime-chat, rest-api, ml-serving … (scaffold recommend --list)")
	f.StringVar(&s.team, "team", "", "what the team knows, a `LANGUAGE`: javascript, python, both or none")
	f.StringVar(&s.concurrency, "concurrency", "", "connections open at once, a `LEVEL`: low (<100), medium (<2,000) or high")
	f.StringVar(&s.workload, "workload", "", "the `KIND` of work: io or cpu")
	f.StringVar(&s.size, "size", "", "how big it will get, a `SIZE`: small, medium or large")
	f.StringSliceVar(&s.priority, "priority", nil, "what matters most, a `LIST`: speed-to-market, batteries, one-language, security")
}

// list gives the signals as group:value, as typed.
func (s *signalFlags) list() []string {
	var out []string
	add := func(group string, values ...string) {
		for _, v := range values {
			if v = strings.TrimSpace(v); v != "" {
				out = append(out, recommend.Signal(group, v))
			}
		}
	}
	add("use", s.use...)
	add("team", s.team)
	add("concurrency", s.concurrency)
	add("workload", s.workload)
	add("size", s.size)
	add("priority", s.priority...)
	return out
}

// candidates turns the catalogue into what the recommender ranks.
func candidates(entries []source.Entry) []recommend.Candidate {
	out := make([]recommend.Candidate, len(entries))
	for i, e := range entries {
		out[i] = recommend.Candidate{Name: e.Name, Manifest: e.Manifest, Source: e.Source}
	}
	return out
}

// policies turns the sources' policies into what the recommender takes.
func policies(list []source.Policy) []recommend.Policy {
	out := make([]recommend.Policy, len(list))
	for i, p := range list {
		out[i] = recommend.Policy{Source: p.Source, Policy: p.Policy}
	}
	return out
}

// signalArgs writes signals as flags, for a command that repeats a run.
func signalArgs(signals []string) []string {
	byGroup := map[string][]string{}
	var order []string
	for _, s := range signals {
		group, value, _ := strings.Cut(s, ":")
		if ns, g, own := strings.Cut(group, "/"); own {
			group, value = g, ns+"/"+s[len(ns)+1:]
		}
		if byGroup[group] == nil {
			order = append(order, group)
		}
		byGroup[group] = append(byGroup[group], value)
	}
	var args []string
	for _, g := range order {
		args = append(args, "--"+g, strings.Join(byGroup[g], ","))
	}
	return args
}
