package recommend

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"scaffold/generator/manifest"
)

// A companion must be good at a use that the leader is bad at: strong is its
// least weight there, and its least lead. The leader must be as good at
// another use, so that both have their part.
const strong = 4

// A project of this size keeps its leader alone.
const small = "size:small"

// decide fills in the choice, the confidence and the notes.
func (a *Advice) decide(list []entry) {
	lead, others := list[0], contenders(list)[1:]
	a.Choice = &Choice{Primary: lead.Template, Companions: []Companion{}}
	a.Gap = gap(lead, others)
	if best(list) <= 0 {
		a.note("no template here fits well")
	}
	contradicted := a.weighTeam(lead, others)
	a.pair(list)
	a.Confidence = confidence(lead.Score, a.Gap, contradicted || len(a.Choice.Companions) > 0)
	a.weighOrder(lead, others)
}

// weighOrder notes what a reader of the scores would wonder at: a template with
// more points below the first one, and two that are level.
func (a *Advice) weighOrder(lead entry, others []entry) {
	for _, o := range others {
		switch {
		case o.Score > lead.Score && o.fits == 0:
			a.note("%s has %d, but nothing for %s", o.Template, o.Score, labels(lead.Serves))
		case o.Score == lead.Score && o.fits == lead.fits && o.Source == lead.Source && a.Confidence == Low:
			a.note("%s and %s are level; their names decide the order, nothing that was said", lead.Template, o.Template)
		}
	}
}

// weighLead says in one sentence why the confidence is low, and what decides.
func (a *Advice) weighLead(lead entry) {
	if a.Confidence != Low || lead.Score <= 0 {
		return
	}
	var parts []string
	switch {
	case a.Gap > 1:
		parts = append(parts, fmt.Sprintf("little speaks for %s: it has %s", lead.Template, count(lead.Score, "point")))
	case a.Gap == 1:
		parts = append(parts, lead.Template+" leads by one point")
	}
	if what := a.decider(); what != "" {
		parts = append(parts, what+" would decide")
	}
	if len(parts) > 0 {
		a.note("%s", strings.Join(parts, "; "))
	}
}

// decider is what would put another template first, or "".
func (a *Advice) decider() string {
	for _, c := range a.WouldChange {
		groups := manifest.SignalGroups()
		if i := groupIndex(groups, kind(c.Set)); !isUse(c.Set) && i >= 0 {
			return cmp.Or(groups[i].Subject, groups[i].Name)
		}
	}
	return ""
}

// count is a number of things in words.
func count(n int, what string) string {
	words := []string{"no", "one", "two", "three"}
	text := fmt.Sprint(n)
	if n < len(words) {
		text = words[n]
	}
	if n == 1 {
		return text + " " + what
	}
	return text + " " + what + "s"
}

func (a *Advice) note(format string, args ...any) {
	a.Notes = append(a.Notes, fmt.Sprintf(format, args...))
}

// gap is how far the leader's score is above the best other that serves one of
// the uses, as the leader does; below it, where a rule puts the leader first all
// the same, the gap is 0.
func gap(lead entry, others []entry) int {
	others = slices.DeleteFunc(slices.Clone(others), func(o entry) bool { return o.fits == 0 && lead.fits > 0 })
	if len(others) == 0 {
		return max(0, lead.Score)
	}
	return max(0, lead.Score-best(others))
}

func best(list []entry) int {
	return slices.MaxFunc(contenders(list), func(a, b entry) int { return cmp.Compare(a.Score, b.Score) }).Score
}

// weighTeam notes where the leader goes against what the team knows, and which
// template would not.
func (a *Advice) weighTeam(lead entry, others []entry) (contradicted bool) {
	for _, s := range a.Signals {
		if !isTeam(s) || lead.weight(s) >= 0 {
			continue
		}
		contradicted = true
		text := fmt.Sprintf("%s speaks against %s", label(s), lead.Template)
		if i := slices.IndexFunc(others, func(e entry) bool { return e.weight(s) > 0 }); i >= 0 {
			text += fmt.Sprintf("; --template %s overrides it", others[i].Template)
		}
		a.note("%s", text)
	}
	return contradicted
}

func confidence(score, gap int, capped bool) Confidence {
	switch {
	case gap >= 4 && score >= 5 && !capped:
		return High
	case gap >= 2 && score >= 3:
		return Medium
	default:
		return Low
	}
}

// An owner is a template that serves some of the given uses much better than
// the leader does.
type owner struct {
	entry
	uses   []string
	margin int // how far it is ahead of the leader, in the use where that is most
}

// pair puts the owner with the largest margin beside the leader, and notes the
// others. A small project keeps the leader alone.
func (a *Advice) pair(list []entry) {
	lead := list[0]
	for _, o := range owners(list, a.Signals) {
		uses := labels(o.uses)
		switch {
		case slices.Contains(a.Signals, small):
			a.note("%s keeps %s alone; %s is the better one for %s", label(small), lead.Template, o.Template, uses)
		case len(a.Choice.Companions) == 0 && allows(o.manifest.Recommend, companion):
			a.Choice.Companions = append(a.Choice.Companions, Companion{Template: o.Template, For: o.uses})
		default:
			a.note("%s would be the better one for %s", o.Template, uses)
		}
	}
}

// owners lists the owners of uses that the leader is bad at, the largest margin
// first.
func owners(list []entry, given []string) []owner {
	var found []owner
	for _, use := range given {
		o := ownerOf(use, allowed(list))
		if !isUse(use) || !outclasses(o, list[0], use, given) {
			continue
		}
		margin := o.weight(use) - list[0].weight(use)
		i := slices.IndexFunc(found, func(f owner) bool { return f.same(o) })
		if i < 0 {
			found = append(found, owner{entry: o, uses: []string{use}, margin: margin})
			continue
		}
		found[i].uses = append(found[i].uses, use)
		found[i].margin = max(found[i].margin, margin)
	}
	place := func(o owner) int { return slices.IndexFunc(list, o.same) }
	slices.SortFunc(found, func(a, b owner) int { return cmp.Or(b.margin-a.margin, place(a)-place(b)) })
	return found
}

// ownerOf is the template with the highest weight for a use, the better placed
// one of several.
func ownerOf(use string, list []entry) entry {
	return slices.MaxFunc(list, func(a, b entry) int { return cmp.Compare(a.weight(use), b.weight(use)) })
}

func outclasses(o, lead entry, use string, given []string) bool {
	return o.weight(use) >= strong && o.weight(use)-lead.weight(use) >= strong &&
		slices.ContainsFunc(given, func(s string) bool { return isUse(s) && s != use && lead.weight(s) >= strong })
}

// changes are what would recommend another template: the nearest fact that a
// person might have wrong, then the nearest use, where it is a neighbour of
// those that were given. A first place without a positive score is none.
func changes(candidates []manifest.Listed, given []string, groups []manifest.SignalGroup, policies []*manifest.Policy, list []entry) []Change {
	var facts, uses []Change
	lead := list[0]
	for _, s := range steps(given, groups) {
		if isUse(s.set) && (len(uses) > 0 || !neighbour(s.set, given, list)) || !isUse(s.set) && len(facts) > 0 {
			continue
		}
		then := rank(candidates, s.signals, policies)
		first := then[0]
		if !claims(then) || first.Score <= 0 || first.same(lead) {
			continue
		}
		now := then[slices.IndexFunc(then, lead.same)]
		c := Change{Set: s.set, Primary: first.Template, Score: first.Score, adds: s.adds, leader: lead.Template, leaderScore: now.Score}
		if isUse(s.set) {
			uses = append(uses, c)
		} else {
			facts = append(facts, c)
		}
	}
	return append(facts, uses...)
}

// near is how far the weights of two uses are apart for a template, on average,
// at most, for the one to be a neighbour of the other: those of live chat and a
// game are 1.25 apart for the built-in templates, those of records and a game 5.
const near = 2.5

// neighbour reports whether a use is weighed much as one of the given ones is. Where
// no use is given every one is, and so is what a source asks about itself.
func neighbour(use string, given []string, list []entry) bool {
	if strings.Contains(use, "/") {
		return true
	}
	given = slices.DeleteFunc(slices.Clone(given), func(s string) bool { return !isUse(s) })
	return len(given) == 0 || slices.ContainsFunc(given, func(other string) bool {
		apart := 0
		for _, e := range contenders(list) {
			d := e.weight(use) - e.weight(other)
			apart += max(d, -d)
		}
		return float64(apart) <= near*float64(len(contenders(list)))
	})
}

// A step is a set of signals that differs by one from what was said.
type step struct {
	set      string
	adds     bool
	signals  []string
	distance int
}

// The distances of steps. Another answer to a question is as far as the values
// are apart in their group; an answer to a question left open is farther, and
// one more value of a group that takes many is farthest.
const (
	farther  = 100
	farthest = 200
)

// steps lists every step, nearest first, then in the order of the groups.
func steps(given []string, groups []manifest.SignalGroup) []step {
	var list []step
	for _, g := range groups {
		values := names(g)[:len(g.Values)]
		at := slices.IndexFunc(values, func(s string) bool { return slices.Contains(given, s) })
		for i, s := range values {
			switch {
			case slices.Contains(given, s):
			case g.Many:
				list = append(list, step{s, true, append(slices.Clone(given), s), farthest})
			case at < 0:
				list = append(list, step{s, false, append(slices.Clone(given), s), farther})
			default:
				list = append(list, step{s, false, replace(given, values[at], s), max(i-at, at-i)})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b step) int { return a.distance - b.distance })
	return list
}

func replace(given []string, old, new string) []string {
	out := slices.Clone(given)
	out[slices.Index(out, old)] = new
	return out
}

func (e entry) same(other entry) bool { return e.Template == other.Template }

// label is a signal as a person says it: the value, with the group's name
// before it where the group takes one value only.
func label(signal string) string {
	group, value := manifest.SplitSignal(signal)
	if group == policyGroup {
		return policyGroup + " " + value
	}
	if space, _, namespaced := strings.Cut(group, "/"); namespaced {
		value = space + " " + value
	}
	groups := manifest.SignalGroups()
	if i := groupIndex(groups, kind(signal)); i >= 0 && !groups[i].Many {
		return kind(signal) + " " + value
	}
	return value
}

func labels(signals []string) string {
	out := make([]string, len(signals))
	for i, s := range signals {
		out[i] = label(s)
	}
	last := len(out) - 1
	if last < 1 {
		return strings.Join(out, "")
	}
	return strings.Join(out[:last], ", ") + " and " + out[last]
}
