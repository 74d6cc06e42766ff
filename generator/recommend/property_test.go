package recommend_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
	"pgregory.net/rapid"

	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
)

// given draws signals that do not contradict each other.
func given(groups []manifest.SignalGroup) *rapid.Generator[[]string] {
	return rapid.Custom(func(t *rapid.T) []string {
		var out []string
		for _, g := range groups {
			most := 1
			if g.Many {
				most = len(g.Values)
			}
			values := rapid.SliceOfNDistinct(rapid.IntRange(0, len(g.Values)-1), 0, most, rapid.ID).Draw(t, g.Name)
			for _, i := range values {
				out = append(out, recommend.Signal(g.Name, g.Values[i].Value))
			}
		}
		return out
	})
}

// someTemplates draws candidates with names, roles, weights and reasons of
// every kind that a manifest allows.
func someTemplates() *rapid.Generator[[]manifest.Listed] {
	roles := [][]string{nil, {"primary"}, {"companion"}, {"primary", "companion"}}
	reason := rapid.StringOfN(rapid.RuneFrom([]rune("ab é漢🙂\u202e\x1b\n ")), 1, 60, -1)
	return rapid.Custom(func(t *rapid.T) []manifest.Listed {
		out := make([]manifest.Listed, rapid.IntRange(0, 6).Draw(t, "templates"))
		for i := range out {
			m := &manifest.Manifest{
				Name: fmt.Sprintf("t%d%s", i, strings.Repeat("-long", rapid.IntRange(0, 12).Draw(t, "length"))),
				Recommend: manifest.Recommend{
					Role: rapid.SampledFrom(roles).Draw(t, "role"),
					Fit:  map[string]manifest.Fit{},
				},
			}
			for _, s := range rapid.SliceOfDistinct(rapid.SampledFrom(manifest.SignalNames()), rapid.ID).Draw(t, "weighed") {
				m.Recommend.Fit[s] = manifest.Fit{Weight: rapid.IntRange(-6, 6).Draw(t, s), Reason: reason.Draw(t, "reason")}
			}
			out[i] = manifest.Listed{Source: rapid.SampledFrom([]string{recommend.Builtin, "acme"}).Draw(t, "source"), Manifest: m}
		}
		return out
	})
}

// check runs a property over invented templates and over the real ones.
func check(t *testing.T, property func(t *rapid.T, candidates []manifest.Listed, signals []string)) {
	real := builtins(t)
	sources := map[string]*rapid.Generator[[]manifest.Listed]{"invented": someTemplates(), "built in": rapid.Just(real)}
	for name, templates := range sources {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			property(t, templates.Draw(t, "candidates"), given(manifest.SignalGroups()).Draw(t, "signals"))
		}))
	}
}

func document(t rapid.TB, a recommend.Advice) string {
	t.Helper()
	js, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(js) + a.Text(80)
}

var (
	headingLine = regexp.MustCompile(`^(\S+) +(-?\d+)( |$)`)
	factorLine  = regexp.MustCompile(`^  ([+-]\d+)  `)
)

func TestScoreIsTheSumOfThePrintedLines(t *testing.T) {
	check(t, func(t *rapid.T, candidates []manifest.Listed, signals []string) {
		a := recommend.Rank(candidates, signals)
		if a.Choice == nil {
			return
		}
		printed, order := map[string]int{}, []string{}
		for line := range strings.Lines(a.Text(200)) {
			if m := factorLine.FindStringSubmatch(line); m != nil {
				n, _ := strconv.Atoi(m[1])
				printed[order[len(order)-1]] += n
			} else if m := headingLine.FindStringSubmatch(line); m != nil {
				order = append(order, m[1])
			}
		}
		for i, r := range a.Ranking {
			sum := 0
			for _, f := range r.Factors {
				sum += f.Weight
			}
			if sum != r.Score || order[i] != r.Template {
				t.Fatalf("%s: score %d, factors %d, printed as %s", r.Template, r.Score, sum, order[i])
			}
			if i < 4 && printed[r.Template] != r.Score {
				t.Fatalf("%s: score %d, lines that add up to %d", r.Template, r.Score, printed[r.Template])
			}
		}
	})
}

func TestOrderDoesNotMatter(t *testing.T) {
	check(t, func(t *rapid.T, candidates []manifest.Listed, signals []string) {
		want := document(t, recommend.Rank(candidates, signals))
		got := document(t, recommend.Rank(rapid.Permutation(candidates).Draw(t, "order"), rapid.Permutation(signals).Draw(t, "order")))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestSameBytes(t *testing.T) {
	candidates := builtins(t)
	signals := manifest.SignalNames()
	want := document(t, recommend.Rank(candidates, signals))
	for range 1000 {
		rand.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
		if got := document(t, recommend.Rank(candidates, signals)); got != want {
			t.Fatal(cmp.Diff(want, got))
		}
	}
}

// A team's own template never falls behind one that gains less by that team.
func TestTeamNeverLowersItsOwn(t *testing.T) {
	check(t, func(t *rapid.T, candidates []manifest.Listed, signals []string) {
		signals = slices.DeleteFunc(signals, func(s string) bool { return strings.HasPrefix(s, "team:") })
		team := "team:" + rapid.SampledFrom(manifest.SignalGroups()[1].Values).Draw(t, "team").Value
		before := recommend.Rank(candidates, signals).Ranking
		after := recommend.Rank(candidates, append(signals, team)).Ranking
		weight := map[string]int{}
		for _, c := range candidates {
			weight[c.Manifest.Name] = c.Manifest.Recommend.Fit[team].Weight
		}
		for i, own := range before {
			at := slices.IndexFunc(after, func(r recommend.Ranked) bool { return r.Template == own.Template })
			for _, other := range before[i+1:] {
				now := slices.IndexFunc(after, func(r recommend.Ranked) bool { return r.Template == other.Template })
				if weight[own.Template] >= weight[other.Template] && now < at {
					t.Fatalf("%s put %s before %s", team, other.Template, own.Template)
				}
			}
		}
	})
}

func TestTemplateWithoutWeightsChangesNothing(t *testing.T) {
	check(t, func(t *rapid.T, candidates []manifest.Listed, signals []string) {
		silent := manifest.Listed{Source: recommend.Builtin, Manifest: &manifest.Manifest{Name: "a-silent-one"}}
		want := recommend.Rank(candidates, signals)
		got := recommend.Rank(append(slices.Clone(candidates), silent), signals)
		got.Ranking = slices.DeleteFunc(got.Ranking, func(r recommend.Ranked) bool { return r.Template == "a-silent-one" })
		if len(got.Ranking) != len(want.Ranking) || document(t, got) != document(t, want) {
			t.Fatal(cmp.Diff(document(t, want), document(t, got)))
		}
	})
}

// What would change the advice does, and where nothing is named nothing does.
func TestWouldChangeIsTrue(t *testing.T) {
	groups := manifest.SignalGroups()
	check(t, func(t *rapid.T, candidates []manifest.Listed, signals []string) {
		a := recommend.Rank(candidates, signals)
		if a.Choice == nil {
			return
		}
		for _, c := range a.WouldChange {
			then := recommend.Rank(candidates, step(signals, c.Set, groups))
			first := then.Ranking[0]
			if then.Choice == nil || first.Score <= 0 {
				t.Fatalf("%+v, but then nothing is recommended", c)
			}
			if first.Template != c.Primary || first.Score != c.Score || c.Primary == a.Choice.Primary {
				t.Fatalf("%+v, but then first is %s %d", c, first.Template, first.Score)
			}
		}
		for _, s := range manifest.SignalNames() {
			if strings.HasPrefix(s, "use:") { // only neighbours are named
				continue
			}
			b := recommend.Rank(candidates, step(signals, s, groups))
			if len(a.WouldChange) == 0 && b.Choice != nil && b.Ranking[0].Score > 0 && b.Choice.Primary != a.Choice.Primary {
				t.Fatalf("%s changes it to %s, and is not named", s, b.Ranking[0].Template)
			}
		}
	})
}

// step adds a signal, in place of its group's where that takes one.
func step(signals []string, set string, groups []manifest.SignalGroup) []string {
	group, _ := manifest.SplitSignal(set)
	many := slices.ContainsFunc(groups, func(g manifest.SignalGroup) bool { return g.Name == group && g.Many })
	out := slices.DeleteFunc(slices.Clone(signals), func(s string) bool { return !many && strings.HasPrefix(s, group+":") })
	return append(out, set)
}

func TestRulesHold(t *testing.T) {
	check(t, func(t *rapid.T, candidates []manifest.Listed, signals []string) {
		a := recommend.Rank(candidates, signals)
		if a.Choice == nil {
			if a.Confidence != recommend.NoConfidence || len(a.WouldChange) > 0 {
				t.Fatalf("nothing chosen with %s, %v", a.Confidence, a.WouldChange)
			}
			return
		}
		fit := map[string]map[string]manifest.Fit{}
		for _, c := range candidates {
			fit[c.Manifest.Name] = c.Manifest.Recommend.Fit
		}
		lead := a.Ranking[0]
		team := 0
		for s, f := range fit[lead.Template] {
			if strings.HasPrefix(s, "team:") && slices.Contains(signals, s) {
				team += f.Weight
			}
		}
		capped := team < 0 || len(a.Choice.Companions) > 0
		if a.Confidence == recommend.High && (capped || a.Gap < 4 || lead.Score < 5) ||
			a.Confidence == recommend.Medium && (a.Gap < 2 || lead.Score < 3) {
			t.Fatalf("%s at score %d, gap %d, capped %v", a.Confidence, lead.Score, a.Gap, capped)
		}
		if len(a.Choice.Companions) > 1 || len(a.Choice.Companions) == 1 && slices.Contains(signals, "size:small") {
			t.Fatalf("companions %v", a.Choice.Companions)
		}
		for _, c := range a.Choice.Companions {
			for _, use := range c.For {
				w := fit[c.Template][use].Weight
				if w < 4 || w-fit[lead.Template][use].Weight < 4 {
					t.Fatalf("%s for %s at %d, the leader has %d", c.Template, use, w, fit[lead.Template][use].Weight)
				}
			}
		}
	})
}

func TestFitsTheScreen(t *testing.T) {
	check(t, func(t *rapid.T, candidates []manifest.Listed, signals []string) {
		a := recommend.Rank(candidates, signals)
		for _, width := range []int{40, 80} {
			texts := map[string]string{"advice": a.Text(width), "list": recommend.List(recommend.Groups(candidates)).Text(width)}
			for _, r := range a.Ranking {
				text := a.Explain(r.Template, width, 24)
				texts[r.Template] = text
				if n := strings.Count(text, "\n"); n > 24 {
					t.Fatalf("%s has %d lines at %d columns:\n%s", r.Template, n, width, text)
				}
			}
			for name, text := range texts {
				for line := range strings.Lines(text) {
					line = strings.TrimSuffix(line, "\n")
					if uniseg.StringWidth(line) > width || strings.ContainsAny(line, "\x1b\u202e\t\r") {
						t.Fatalf("%s at %d columns: %q", name, width, line)
					}
				}
			}
		}
	})
}

// However little room there is, every weight of the score is on the screen.
func TestExplainKeepsEveryLine(t *testing.T) {
	candidates := builtins(t)
	rapid.Check(t, func(t *rapid.T) {
		a := recommend.Rank(candidates, given(manifest.SignalGroups()).Draw(t, "signals"))
		for _, r := range a.Ranking {
			for _, width := range []int{40, 80} {
				text := a.Explain(r.Template, width, 20)
				if a.Choice == nil {
					continue
				}
				_, factors, _ := strings.Cut(text, "\n")
				if end := regexp.MustCompile(`(?m)^\S`).FindStringIndex(factors); end != nil { // the remarks begin
					factors = factors[:end[0]]
				}
				sum := 0
				for _, m := range regexp.MustCompile(`[+-]\d+ `).FindAllString(factors, -1) {
					n, _ := strconv.Atoi(strings.TrimSpace(m))
					sum += n
				}
				if sum != r.Score {
					t.Fatalf("%s: score %d, shown %d:\n%s", r.Template, r.Score, sum, text)
				}
			}
		}
	})
}
