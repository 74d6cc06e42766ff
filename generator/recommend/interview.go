package recommend

import (
	"cmp"
	"slices"

	"scaffold/generator/manifest"
)

// An Interview says what is still worth asking. The first place is settled when
// no answers to what is left can put another template there; it is then the one
// that all questions would have given, where those that were not asked are
// answered in any way, or not at all.
type Interview struct {
	groups   []manifest.SignalGroup
	policies []*manifest.Policy
	list     []entry // ranked by what was said
	given    []string
}

// NewInterview looks at what was said; the arguments are those of [Rank].
func NewInterview(candidates []manifest.Listed, signals []string, policies ...*manifest.Policy) Interview {
	groups := Groups(candidates)
	given := canonical(signals, groups)
	return Interview{groups: groups, policies: policies, given: given, list: rank(candidates, given, policies)}
}

// Next is the group to ask about next: of those that open holds, the one with
// the most outcomes, then the widest swing, then the first of the table. It is
// false where nothing can change the first place any more.
func (v Interview) Next(open func(manifest.SignalGroup) bool) (manifest.SignalGroup, bool) {
	var left []manifest.SignalGroup
	for _, g := range v.groups {
		if g.Name != "use" && open(g) {
			left = append(left, g)
		}
	}
	var best manifest.SignalGroup
	var most, widest int
	for _, g := range left {
		outcomes, swing := v.outcomes(g), v.swing(g, left)
		if swing > 0 && (outcomes > most || outcomes == most && swing > widest) {
			best, most, widest = g, outcomes, swing
		}
	}
	return best, widest > 0
}

// Ask is the use to ask about in plain words next, where somebody is not sure
// what the project will do: the one that tells the templates most apart, as long
// as it can change the first place. answered are the uses that were asked about.
func (v Interview) Ask(answered []string) (manifest.SignalValue, bool) {
	uses := v.groups[groupIndex(v.groups, "use")]
	var best manifest.SignalValue
	widest := 0
	for _, u := range uses.Values {
		s := Signal(uses.Name, u.Value)
		if u.Ask == "" || slices.Contains(answered, s) || slices.Contains(v.given, s) {
			continue
		}
		low, high := 0, 0
		for _, e := range contenders(v.list) {
			low, high = min(low, e.weight(s)), max(high, e.weight(s))
		}
		if high-low > widest && v.turns(s) {
			best, widest = u, high-low
		}
	}
	return best, widest > 0
}

// turns reports whether a use can put another template first than now, where
// there is a first at all.
func (v Interview) turns(use string) bool {
	if !claims(v.list) {
		return true
	}
	lead := v.list[0]
	return slices.ContainsFunc(contenders(v.list), func(e entry) bool {
		return e.weight(use) > 0 && (lead.weight(use) <= 0 || e.Score+e.weight(use) >= lead.Score+lead.weight(use)) && !e.same(lead)
	})
}

// Leader is the template in the first place and its lead over the next that
// could take it. It is false where nothing tells the templates apart yet.
func (v Interview) Leader() (template string, lead int, ok bool) {
	if len(v.list) == 0 || !claims(v.list) {
		return "", 0, false
	}
	return v.list[0].Template, gap(v.list[0], contenders(v.list)[1:]), true
}

// outcomes counts the first places that a group's answers alone can give.
func (v Interview) outcomes(g manifest.SignalGroup) int {
	if len(contenders(v.list)) == 0 {
		return 0
	}
	seen := map[string]bool{v.list[0].Template: true}
	for _, s := range names(g)[:len(g.Values)] {
		list := slices.Clone(v.list)
		for i := range list {
			list[i].Score += list[i].weight(s)
		}
		seen[slices.MinFunc(contenders(list), order).Template] = true
	}
	return len(seen)
}

// swing is how much a group's answers can bring a template forward that can
// still pass the first one; 0 where none can.
func (v Interview) swing(g manifest.SignalGroup, left []manifest.SignalGroup) int {
	list := contenders(v.list)
	if len(list) < 2 {
		return 0
	}
	lead, most := list[0], 0
	for _, e := range list[1:] {
		gain := advance(g, e, lead)
		if gain > 0 && v.canPass(e, lead, left) {
			most = max(most, gain)
		}
	}
	return most
}

// canPass reports whether some answers to what is left put e before lead. What a
// policy says of signals that are not given yet counts fully against the lead.
func (v Interview) canPass(e, lead entry, left []manifest.SignalGroup) bool {
	if e.fits == 0 && lead.fits > 0 {
		return false
	}
	e.Score += v.boosts(e) + v.boosts(lead)
	for _, g := range left {
		e.Score += advance(g, e, lead)
	}
	return order(e, lead) < 0
}

// boosts are the weights of the policies that name an entry, whatever they hold
// for.
func (v Interview) boosts(e entry) int {
	sum := 0
	for _, p := range v.policies {
		for _, b := range p.Boost {
			if e.called(b.Template) {
				sum += max(b.Weight, -b.Weight)
			}
		}
	}
	return sum
}

// advance is the most that a group's answers bring e forward against lead.
func advance(g manifest.SignalGroup, e, lead entry) int {
	most := 0
	for _, s := range names(g)[:len(g.Values)] {
		gain := e.weight(s) - lead.weight(s)
		if g.Many {
			most += max(0, gain)
		} else {
			most = max(most, gain)
		}
	}
	return most
}

// order compares two entries as [rank] sorts them.
func order(a, b entry) int {
	return cmp.Or(
		before(a.Denied == nil, b.Denied == nil),
		before(a.leads, b.leads),
		before(a.fits > 0, b.fits > 0),
		cmp.Compare(b.Score, a.Score),
		cmp.Compare(b.fits, a.fits),
		before(a.Source == Builtin, b.Source == Builtin),
		cmp.Compare(a.Template, b.Template),
	)
}
