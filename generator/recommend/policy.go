package recommend

import (
	"cmp"
	"slices"

	"scaffold/generator/manifest"
)

// Denial says who keeps a template from being recommended, and why.
type Denial struct {
	Source string `json:"source"`
	Text   string `json:"text"`
}

// policyGroup stands where a factor's signal has its group; no signal has it.
const policyGroup = "policy"

// govern adds the lines of the policies that name the entry and hold for the
// signals. A boost is one more factor; a denial takes the first place away, and
// of several the first source's is shown.
func (e *entry) govern(policies []*manifest.Policy, given []string) {
	for _, p := range bySource(policies) {
		for i := range p.Boost {
			b := &p.Boost[i]
			if e.called(b.Template) && b.Holds(given) {
				e.Factors = append(e.Factors, Factor{Signal: policyGroup + ":" + p.Source, Weight: b.Weight, Reason: b.Text})
				e.Score += b.Weight
				e.boosts++
			}
		}
		for _, d := range p.Deny {
			if e.called(d.Template) && e.Denied == nil {
				e.Denied, e.leads = &Denial{Source: p.Source, Text: d.Text}, false
			}
		}
	}
	sortFactors(e.Factors)
}

func bySource(policies []*manifest.Policy) []*manifest.Policy {
	list := slices.Clone(policies)
	slices.SortFunc(list, func(a, b *manifest.Policy) int { return cmp.Compare(a.Source, b.Source) })
	return list
}

// called reports whether a policy's name is the entry's: the one it is asked
// for by, or SOURCE/NAME, or builtin:NAME.
func (e *entry) called(name string) bool {
	own := e.manifest.Name
	if e.Source == Builtin {
		return name == own || name == Builtin+":"+own
	}
	return name == e.Template || name == e.Source+"/"+own
}

// allowed are the entries that no policy denies; they come first.
func allowed(list []entry) []entry {
	i := slices.IndexFunc(list, func(e entry) bool { return e.Denied != nil })
	if i < 0 {
		return list
	}
	return list[:i]
}
