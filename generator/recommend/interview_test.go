package recommend_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
)

// An interview that ends has the first place that all questions would give,
// whatever is answered to those that it left out.
func TestInterviewEndsWhereAllQuestionsWould(t *testing.T) {
	groups := manifest.SignalGroups()
	check(t, func(t *rapid.T, candidates []manifest.Listed, signals []string) {
		answers := given(groups).Draw(t, "answers to all")
		said := slices.DeleteFunc(slices.Clone(signals), func(s string) bool { return group(s) != "use" })
		asked := map[string]bool{"use": true}
		for {
			g, more := recommend.NewInterview(candidates, said).Next(func(g manifest.SignalGroup) bool { return !asked[g.Name] })
			if !more {
				break
			}
			asked[g.Name] = true
			said = append(said, of(answers, g.Name)...)
		}
		all := slices.Clone(said)
		for _, g := range groups {
			if !asked[g.Name] {
				all = append(all, of(answers, g.Name)...)
			}
		}
		short, whole := recommend.Rank(candidates, said), recommend.Rank(candidates, all)
		if short.Choice != nil && whole.Choice != nil && short.Choice.Primary != whole.Choice.Primary {
			t.Fatalf("after %v it is %s, after %v %s", said, short.Choice.Primary, all, whole.Choice.Primary)
		}
	})
}

// Who does not know says nothing.
func TestDontKnowChangesNothing(t *testing.T) {
	check(t, func(t *rapid.T, candidates []manifest.Listed, signals []string) {
		before := recommend.Rank(candidates, signals)
		for _, g := range manifest.SignalGroups() {
			for _, v := range g.Neutral {
				if g.Name == "use" || slices.ContainsFunc(signals, func(s string) bool { return group(s) == g.Name }) {
					continue
				}
				after := recommend.Rank(candidates, append(slices.Clone(signals), recommend.Signal(g.Name, v.Value)))
				if before.Text(80) != after.Text(80) {
					t.Fatalf("%s %s changes\n%s\nto\n%s", g.Name, v.Value, before.Text(80), after.Text(80))
				}
			}
		}
	})
}

// Who is not sure is asked in plain words, at most as often as there are uses,
// and a yes to each of them alone ends in a recommendation.
func TestPlainQuestionsEnd(t *testing.T) {
	candidates := builtins(t)
	for _, u := range manifest.SignalGroups()[0].Values {
		yes := recommend.Signal("use", u.Value)
		if u.Ask == "" {
			t.Errorf("%s has no plain question", yes)
		}
		var answered, said []string
		for range manifest.SignalGroups()[0].Values {
			v, more := recommend.NewInterview(candidates, said).Ask(answered)
			if !more {
				break
			}
			s := recommend.Signal("use", v.Value)
			answered = append(answered, s)
			if s == yes {
				said = append(said, s)
			}
		}
		if a := recommend.Rank(candidates, said); a.Choice == nil {
			t.Errorf("a yes to %s alone, asked about %v, recommends nothing", yes, answered)
		}
	}
}

func group(signal string) string {
	g, _ := manifest.SplitSignal(signal)
	return g
}

func of(signals []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(signals), func(s string) bool { return group(s) != name })
}
