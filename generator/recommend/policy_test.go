package recommend_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
)

func policy(t testing.TB, source, text string) *manifest.Policy {
	t.Helper()
	p, err := manifest.ParsePolicy(source+"/policy.yaml", []byte("apiVersion: scaffold/policy/v1\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	p.Source = source
	return p
}

func ranked(t testing.TB, a recommend.Advice, name string) (recommend.Ranked, int) {
	t.Helper()
	i := slices.IndexFunc(a.Ranking, func(r recommend.Ranked) bool { return r.Template == name })
	if i < 0 {
		t.Fatalf("%s is not ranked", name)
	}
	return a.Ranking[i], i
}

func TestABoostIsOneMoreLineOfTheScore(t *testing.T) {
	candidates, signals := builtins(t), []string{"use:rest-api", "team:python"}
	before, _ := ranked(t, recommend.Rank(candidates, signals), "django")
	p := policy(t, "acme", `boost:
  - {template: django, weight: 6, when: '"team:python" in signals', text: our platform runs it}
  - {template: flask, weight: 5, when: '"team:javascript" in signals', text: never said}
`)
	a := recommend.Rank(candidates, signals, p)
	after, place := ranked(t, a, "django")
	if after.Score != before.Score+6 || place != 0 || a.Choice.Primary != "django" {
		t.Fatalf("score %d after %d, place %d", after.Score, before.Score, place)
	}
	if after.Factors[0] != (recommend.Factor{Signal: "policy:acme", Weight: 6, Reason: "our platform runs it"}) {
		t.Fatalf("%+v", after.Factors)
	}
	text := a.Text(80)
	if !strings.Contains(text, "+6  policy acme") || !strings.Contains(text, "our platform runs it") || strings.Contains(text, "never said") {
		t.Fatal(text)
	}
}

func TestADeniedTemplateIsLastAndNeverLeads(t *testing.T) {
	candidates := builtins(t)
	p := policy(t, "acme", "deny:\n  - {template: 'builtin:flask', text: not supported}\n")
	for _, signals := range [][]string{{"use:ml-serving", "team:python"}, {"use:realtime-chat", "use:ml-serving", "team:javascript"}, nil} {
		a := recommend.Rank(candidates, signals, p)
		r, place := ranked(t, a, "flask")
		if place != len(a.Ranking)-1 || r.Denied == nil || a.Choice != nil && (a.Choice.Primary == "flask" || len(a.Choice.Companions) > 0) {
			t.Fatalf("%v: place %d, %+v", signals, place, a.Choice)
		}
		if text := a.Text(80); !strings.Contains(text, "denied by acme: not supported") {
			t.Fatal(text)
		}
	}
}

func TestAPolicyAloneRecommendsNothing(t *testing.T) {
	p := policy(t, "acme", "boost:\n  - {template: flask, weight: 6, text: ours}\n")
	if a := recommend.Rank(builtins(t), nil, p); a.Choice != nil {
		t.Fatal(a.Choice)
	}
	p = policy(t, "acme", "deny:\n  - {template: flask, text: a}\n  - {template: django, text: a}\n  - {template: node-ws, text: a}\n  - {template: node-express, text: a}\n")
	a := recommend.Rank(builtins(t), []string{"use:rest-api"}, p)
	if a.Choice != nil || !slices.Contains(a.Notes, "a policy denies every template that could be recommended") {
		t.Fatalf("%+v", a)
	}
}

func TestAPolicyNamesATemplateAsItIsAskedFor(t *testing.T) {
	shop := func(source string) manifest.Listed {
		return manifest.Listed{Name: source + "/shop", Source: source, Manifest: &manifest.Manifest{Name: "shop"}}
	}
	p := policy(t, "acme", "deny:\n  - {template: acme/shop, text: old}\n  - {template: shop, text: nobody}\n")
	a := recommend.Rank([]manifest.Listed{shop("acme"), shop("corp")}, nil, p)
	if r, _ := ranked(t, a, "corp/shop"); r.Denied != nil {
		t.Fatal(r.Denied)
	}
	if r, _ := ranked(t, a, "acme/shop"); r.Denied == nil {
		t.Fatal("it is not denied")
	}
}

// policies draws any policies about the candidates.
func policies(t *rapid.T, candidates []manifest.Listed) []*manifest.Policy {
	var list []*manifest.Policy
	for i := range rapid.IntRange(0, 3).Draw(t, "policies") {
		p := &manifest.Policy{Source: fmt.Sprintf("s%d", i)}
		for _, c := range candidates {
			if rapid.Bool().Draw(t, "boosts") {
				w := rapid.IntRange(1, 6).Draw(t, "weight") * rapid.SampledFrom([]int{-1, 1}).Draw(t, "sign")
				p.Boost = append(p.Boost, manifest.Boost{Template: c.Manifest.Name, Weight: w, Text: "a line"})
			}
			if rapid.IntRange(0, 4).Draw(t, "denies") == 0 {
				p.Deny = append(p.Deny, manifest.Deny{Template: c.Manifest.Name, Text: "no"})
			}
		}
		list = append(list, p)
	}
	return list
}

func TestUnderAnyPolicyTheLinesAddUpAndTheDeniedAreLast(t *testing.T) {
	heading, factor := regexp.MustCompile(`^(\S+) +(-?\d+)( |$)`), regexp.MustCompile(`^  ([+-]\d+)  `)
	check(t, func(t *rapid.T, candidates []manifest.Listed, signals []string) {
		list := policies(t, candidates)
		a := recommend.Rank(candidates, signals, list...)
		denied := false
		for _, r := range a.Ranking {
			sum := 0
			for _, f := range r.Factors {
				sum += f.Weight
			}
			if sum != r.Score || denied && r.Denied == nil {
				t.Fatalf("%+v", a.Ranking)
			}
			denied = r.Denied != nil
		}
		if a.Choice == nil {
			return
		}
		if a.Ranking[0].Denied != nil || a.Choice.Primary != a.Ranking[0].Template {
			t.Fatalf("%+v", a.Choice)
		}
		printed, at := map[string]int{}, ""
		for line := range strings.Lines(a.Text(200)) {
			if m := factor.FindStringSubmatch(line); m != nil {
				n, _ := strconv.Atoi(m[1])
				printed[at] += n
			} else if m := heading.FindStringSubmatch(line); m != nil {
				at = m[1]
			}
		}
		for _, r := range a.Ranking[:min(4, len(a.Ranking))] {
			if printed[r.Template] != r.Score {
				t.Fatalf("%s: score %d, lines that add up to %d", r.Template, r.Score, printed[r.Template])
			}
		}
		if again := recommend.Rank(candidates, signals, rapid.Permutation(list).Draw(t, "order")...); document(t, again) != document(t, a) {
			t.Fatal("the order of the policies matters")
		}
	})
}
