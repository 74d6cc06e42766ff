// Package recommend ranks templates for a project by what the project is said
// to need, and says why: signals and manifests in, advice out.
//
// It is a pure function. It knows no template and no language by name: all it
// weighs stands in the manifests, so that a platform team's template takes
// part on equal terms. It neither asks nor prints, and it never chooses for a
// person who said nothing.
package recommend

import (
	"cmp"
	"slices"

	"scaffold/generator/manifest"
)

// Schema names the JSON form of an [Advice].
const Schema = "scaffold/recommendation/v1"

// Builtin is the source of the templates inside the binary.
const Builtin = "builtin"

// Advice is what a set of signals gives. A JSON document of it is the contract
// of `scaffold recommend --json`.
type Advice struct {
	Schema       string       `json:"schema"`
	Understood   []Understood `json:"understood,omitempty"` // what a description was taken for; Rank leaves it empty
	Signals      []string     `json:"signals"`              // in the order of the groups
	Choice       *Choice      `json:"choice"`               // nil where nothing is recommended
	Confidence   Confidence   `json:"confidence"`
	Gap          int          `json:"gap"`     // to the best other score, not below 0
	Ranking      []Ranked     `json:"ranking"` // every candidate, best first
	Notes        []string     `json:"notes"`
	Alternatives []string     `json:"alternatives"` // at most two things that no candidate is
	WouldChange  []Change     `json:"would_change"` // what would recommend another: at most a fact that could be otherwise, and a use
}

// Choice is the template to take, and what to put beside it.
type Choice struct {
	Primary    string      `json:"primary"`
	Companions []Companion `json:"companions"` // at most one
}

// Companion is a second template that serves some of the uses much better.
type Companion struct {
	Template string   `json:"template"`
	For      []string `json:"for"`
}

// Confidence says how far the advice can be relied on.
type Confidence string

// The degrees of confidence; NoConfidence goes with no choice.
const (
	High         Confidence = "high"
	Medium       Confidence = "medium"
	Low          Confidence = "low"
	NoConfidence Confidence = "none"
)

// Ranked is one template's score.
type Ranked struct {
	Template string   `json:"template"`
	Source   string   `json:"source"`
	Score    int      `json:"score"`   // the sum of the factors' weights
	Factors  []Factor `json:"factors"` // highest weight first
	Serves   []string `json:"serves"`  // the given uses that it has a positive weight for
	Denied   *Denial  `json:"denied,omitempty"`
	Title    string   `json:"-"`

	leads bool // it may take the first place
}

// Factor is one line of a score.
type Factor struct {
	Signal string `json:"signal"`
	Weight int    `json:"weight"` // never 0
	Reason string `json:"reason"`
}

// Change is one signal that would recommend another template: added, or in
// place of its group's value where the group takes one.
type Change struct {
	Set     string `json:"set"`
	Primary string `json:"primary"`
	Score   int    `json:"score"`

	adds        bool   // the group takes many values, so the others stay
	leader      string // the present first place
	leaderScore int    // its score then
}

// Rank gives the advice for signals that [Check] has passed, under the policies.
// The order of the candidates, the signals and the policies does not matter.
// Neutral values add nothing; but who is not sure yet what the project will do
// is shown the ranking, and recommended nothing.
func Rank(candidates []manifest.Listed, signals []string, policies ...*manifest.Policy) Advice {
	groups := Groups(candidates)
	given := canonical(signals, groups)
	list := rank(candidates, given, policies)
	a := Advice{
		Schema:       Schema,
		Signals:      given,
		Confidence:   NoConfidence,
		Ranking:      make([]Ranked, len(list)),
		Notes:        []string{},
		Alternatives: alternatives(list, given),
		WouldChange:  []Change{},
	}
	for i, e := range list {
		a.Ranking[i] = e.Ranked
	}
	switch {
	case !claims(list):
		a.note("%s", unclaimed(list))
	case unsure(signals, groups):
		a.note("not sure yet: nothing is recommended before a use is given")
	default:
		a.decide(list)
		a.WouldChange = append(a.WouldChange, changes(candidates, given, groups, policies, list)...)
		a.weighLead(list[0])
	}
	return a
}

// unsure reports whether a neutral value is all that is said about the use.
func unsure(signals []string, groups []manifest.SignalGroup) bool {
	uses := groups[groupIndex(groups, "use")]
	neutral := names(uses)[len(uses.Values):]
	return slices.ContainsFunc(signals, func(s string) bool { return slices.Contains(neutral, s) }) &&
		!slices.ContainsFunc(signals, func(s string) bool { return isUse(s) && !slices.Contains(neutral, s) })
}

// An entry is a candidate with its score.
type entry struct {
	Ranked
	manifest *manifest.Manifest
	fits     int // how many of the given uses it has a positive weight for
	boosts   int // how many of its factors are a policy's
}

// rank scores the candidates and sorts them, best first. A positive weight on a
// given use counts for more than any sum; what a policy denies comes last.
func rank(candidates []manifest.Listed, given []string, policies []*manifest.Policy) []entry {
	list := make([]entry, len(candidates))
	for i, c := range candidates {
		list[i] = score(c, given)
		list[i].govern(policies, given)
	}
	slices.SortFunc(list, order)
	return list
}

// before sorts what holds a property to the front.
func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

func score(c manifest.Listed, given []string) entry {
	e := entry{manifest: c.Manifest, Ranked: Ranked{
		Template: cmp.Or(c.Name, c.Manifest.Name),
		Source:   c.Source,
		Factors:  []Factor{},
		Serves:   []string{},
		Title:    c.Manifest.Title,
		leads:    leads(c.Manifest.Recommend),
	}}
	for _, s := range given {
		fit := c.Manifest.Recommend.Fit[s]
		if fit.Weight == 0 {
			continue
		}
		e.Factors = append(e.Factors, Factor{Signal: s, Weight: fit.Weight, Reason: fit.Reason})
		e.Score += fit.Weight
		if isUse(s) && fit.Weight > 0 {
			e.fits++
			e.Serves = append(e.Serves, s)
		}
	}
	sortFactors(e.Factors)
	return e
}

func sortFactors(factors []Factor) {
	slices.SortStableFunc(factors, func(a, b Factor) int { return b.Weight - a.Weight })
}

// leads reports whether a template may take the first place: its role allows
// it, and it weighs something. One that weighs nothing is listed, and changes
// nothing for the others.
func leads(r manifest.Recommend) bool {
	if !allows(r, primary) {
		return false
	}
	for _, fit := range r.Fit {
		if fit.Weight != 0 {
			return true
		}
	}
	return false
}

// The roles of a manifest; none given means primary.
const (
	primary   = "primary"
	companion = "companion"
)

func allows(r manifest.Recommend, role string) bool {
	return slices.Contains(r.Role, role) || len(r.Role) == 0 && role == primary
}

func (e entry) weight(signal string) int { return e.manifest.Recommend.Fit[signal].Weight }

// contenders are the entries that may take the first place; they come first.
func contenders(list []entry) []entry {
	i := slices.IndexFunc(list, func(e entry) bool { return !e.leads })
	if i < 0 {
		return list
	}
	return list[:i]
}

// claims reports whether a recommendation can be made: where no contender has
// a single factor, the first one is first by its name only.
func claims(list []entry) bool {
	return slices.ContainsFunc(contenders(list), func(e entry) bool { return len(e.Factors) > e.boosts })
}

func unclaimed(list []entry) string {
	if len(contenders(list)) == 0 && len(allowed(list)) < len(list) {
		return "a policy denies every template that could be recommended"
	}
	return "nothing said so far tells the templates apart"
}

func isUse(signal string) bool { return kind(signal) == "use" }

func isTeam(signal string) bool { return kind(signal) == "team" }

// alternatives lists what the manifests know to exist elsewhere, those of the
// best-placed templates first.
func alternatives(list []entry, given []string) []string {
	texts := []string{}
	for _, e := range list {
		for _, text := range e.manifest.AlternativesFor(given) {
			if len(texts) < 2 && !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
	}
	return texts
}
