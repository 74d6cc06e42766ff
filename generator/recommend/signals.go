package recommend

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

// Groups gives the groups of signals to ask about: the closed core, and the
// namespaced signals that a candidate declares and a candidate weighs. Such a
// signal joins the core group that it is named after, so x-acme/use:payments
// is one more answer to "use"; any other makes a group of its own. Its value is
// its full name, as [Signal] takes it.
func Groups(candidates []manifest.Listed) []manifest.SignalGroup {
	groups := manifest.SignalGroups()
	for _, d := range declared(candidates) {
		v := manifest.SignalValue{Value: d.ID, Title: d.Title}
		if d.Help != "" {
			v.Title += " (" + d.Help + ")"
		}
		group, _ := manifest.SplitSignal(d.ID)
		i := slices.IndexFunc(groups, func(g manifest.SignalGroup) bool { return g.Name == group || g.Name == kind(d.ID) })
		if i < 0 {
			i = len(groups)
			groups = append(groups, manifest.SignalGroup{Name: group, Title: "What else matters?", Many: true})
		}
		groups[i].Values = append(groups[i].Values, v)
	}
	return groups
}

// declared lists the namespaced signals that are weighed, sorted by name.
func declared(candidates []manifest.Listed) []manifest.SignalDecl {
	weighed := map[string]bool{}
	var all []manifest.SignalDecl
	for _, c := range candidates {
		all = append(all, c.Manifest.Signals...)
		for s, fit := range c.Manifest.Recommend.Fit {
			weighed[s] = weighed[s] || fit.Weight != 0
		}
	}
	all = slices.DeleteFunc(all, func(d manifest.SignalDecl) bool { return !weighed[d.ID] })
	slices.SortFunc(all, func(a, b manifest.SignalDecl) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Title, b.Title), cmp.Compare(a.Help, b.Help))
	})
	return slices.CompactFunc(all, func(a, b manifest.SignalDecl) bool { return a.ID == b.ID })
}

func groupIndex(groups []manifest.SignalGroup, name string) int {
	return slices.IndexFunc(groups, func(g manifest.SignalGroup) bool { return g.Name == name })
}

// Signal is the full name of a group's value. A value with a namespace is a
// full name already.
func Signal(group, value string) string {
	if strings.Contains(value, "/") {
		return value
	}
	return group + ":" + value
}

// argument is what stands for a signal after its group's flag: the inverse of
// [Signal].
func argument(signal string) string {
	group, value := manifest.SplitSignal(signal)
	if strings.Contains(group, "/") {
		return signal
	}
	return value
}

// kind is the group of a signal without its namespace: x-acme/use:payments is
// a use like any other.
func kind(signal string) string {
	group, _ := manifest.SplitSignal(signal)
	return group[strings.LastIndexByte(group, '/')+1:]
}

// Check holds given signals against the groups of [Groups] and returns them
// without repetitions and neutral values, in the order of the groups. Every
// unknown signal and every group with too many values is reported, of the kind
// [fault.Answer]; several are a [SignalErrors].
func Check(given []string, groups []manifest.SignalGroup) ([]string, error) {
	signals := canonical(given, groups)
	strangers := slices.DeleteFunc(slices.Clone(signals), func(s string) bool { return known(s, groups) })
	var errs SignalErrors
	report := func(group string) {
		for _, s := range strangers {
			if i := groupIndex(groups, kind(s)); i >= 0 && groups[i].Name == group || i < 0 && group == "" {
				errs = append(errs, unknown(s, groups))
			}
		}
	}
	for _, g := range groups {
		report(g.Name)
		values := slices.DeleteFunc(names(g), func(s string) bool { return !slices.Contains(given, s) })
		if !g.Many && len(values) > 1 {
			errs = append(errs, contradiction(g.Name, values))
		}
	}
	report("") // those of no group
	switch len(errs) {
	case 0:
		return signals, nil
	case 1:
		return nil, errs[0]
	default:
		return nil, errs
	}
}

// canonical brings signals into the order of the groups, unknown ones last by
// name, without repetitions and neutral values.
func canonical(given []string, groups []manifest.SignalGroup) []string {
	place := map[string]int{}
	neutral := map[string]bool{}
	for _, g := range groups {
		for _, v := range g.Values {
			place[Signal(g.Name, v.Value)] = len(place) + 1
		}
		for _, v := range g.Neutral {
			neutral[Signal(g.Name, v.Value)] = true
		}
	}
	order := func(s string) int { return cmp.Or(place[s], len(place)+1) }
	out := make([]string, 0, len(given))
	for _, s := range given {
		if !neutral[s] {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(order(a)-order(b), cmp.Compare(a, b)) })
	return slices.Compact(out)
}

// names lists the full names of a group's values, the neutral ones last.
func names(g manifest.SignalGroup) []string {
	out := make([]string, 0, len(g.Values)+len(g.Neutral))
	for _, v := range slices.Concat(g.Values, g.Neutral) {
		out = append(out, Signal(g.Name, v.Value))
	}
	return out
}

func known(signal string, groups []manifest.SignalGroup) bool {
	return slices.ContainsFunc(groups, func(g manifest.SignalGroup) bool { return slices.Contains(names(g), signal) })
}

// SignalErrors are several wrong signals, in the order of the groups. Each has a
// remedy of its own.
type SignalErrors []*fault.Fault

func (e SignalErrors) Error() string { return fmt.Sprintf("%d signals are wrong", len(e)) }

// Fault lists the errors, each with its remedy.
func (e SignalErrors) Fault() *fault.Fault {
	f := fault.New(fault.Answer, "%s", e).Try("scaffold recommend --list")
	for _, one := range e {
		f.Lines = append(f.Lines, one.Message+": "+one.Hint)
	}
	return f
}

// unknown is a signal that no group holds. What was probably meant is a value of
// its group, or else a whole signal.
func unknown(signal string, groups []manifest.SignalGroup) *fault.Fault {
	group, value := manifest.SplitSignal(signal)
	f := fault.New(fault.Answer, "unknown %s %q", group, value)
	if value == "" {
		f.Message = fmt.Sprintf("signal %q has no value", signal)
	}
	var known, near []string
	if i := groupIndex(groups, group); i >= 0 {
		for _, v := range slices.Concat(groups[i].Values, groups[i].Neutral) {
			known = append(known, v.Value)
		}
		signal, near = value, known
	} else {
		for _, g := range groups {
			near = append(near, names(g)...)
			known = append(known, g.Name)
		}
	}
	if meant, ok := Meant(group, value, groups); ok {
		return f.Try("did you mean " + meant + "?")
	}
	if meant, ok := nearest.Of(signal, near); ok {
		return f.Try("did you mean " + meant + "?")
	}
	return f.Try("known: " + strings.Join(known, ", "))
}

// contradiction is several values of a group that takes one.
func contradiction(group string, signals []string) *fault.Fault {
	values := make([]string, len(signals))
	for i, s := range signals {
		values[i] = argument(s)
	}
	return fault.New(fault.Answer, "%s takes one value, not %s", group, strings.Join(values, " and ")).
		Try("give --" + group + " once, with one value")
}
