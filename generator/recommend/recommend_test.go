package recommend_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	templatesDir = "../../templates"
	dataDir      = "../../testdata/recommend"
)

// builtins reads the templates that the binary ships, as a user gets them.
func builtins(t testing.TB) []manifest.Listed {
	t.Helper()
	paths, err := filepath.Glob(templatesDir + "/*/" + manifest.FileName)
	if err != nil || len(paths) == 0 {
		t.Fatalf("templates in %s: %v, %v", templatesDir, paths, err)
	}
	var out []manifest.Listed
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, manifest.Listed{Source: recommend.Builtin, Manifest: parse(t, p, string(data))})
	}
	return out
}

func parse(t testing.TB, name, text string) *manifest.Manifest {
	t.Helper()
	m, err := manifest.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return m
}

func signals(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(dataDir, name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; review, then run with -update (-want +got):\n%s", name, diff)
	}
}

func TestRankBuiltins(t *testing.T) {
	tests := map[string]struct {
		signals    string
		primary    string
		companion  string
		confidence recommend.Confidence
		gap        int
	}{
		"live chat with many connections is non-blocking work": {
			signals: "use:realtime-chat,concurrency:high", primary: "node-ws", confidence: recommend.High, gap: 4},
		"a game server is too": {
			signals: "use:multiplayer-game", primary: "node-ws", confidence: recommend.High, gap: 5},
		"models are served in the language of their libraries": {
			signals: "use:ml-serving", primary: "flask", confidence: recommend.High, gap: 5},
		"data manipulation and science too": {
			signals: "use:data-analysis", primary: "flask", confidence: recommend.High, gap: 4},
		"a large data-heavy web app takes what has it built in": {
			signals: "use:data-web-app,use:admin-cms,size:large", primary: "django", confidence: recommend.High, gap: 14},
		"one language for client and server": {
			signals: "use:fullstack-web,priority:one-language", primary: "node-express", confidence: recommend.Medium, gap: 3},
		"an API goes to what the team knows: the one": {
			signals: "use:rest-api,team:javascript", primary: "node-express", confidence: recommend.Medium, gap: 2},
		"an API goes to what the team knows: the other": {
			signals: "use:rest-api,team:python", primary: "flask", confidence: recommend.Low, gap: 1},
		"a start-up's small project": {
			signals: "use:rest-api,team:python,size:small,priority:speed-to-market", primary: "flask", confidence: recommend.High, gap: 4},
		"chat and a model make a pair, which caps the confidence": {
			signals: "use:realtime-chat,use:ml-serving,team:javascript,concurrency:high", primary: "node-ws", companion: "flask", confidence: recommend.Medium, gap: 4},
		"the use outweighs the sum, and the team caps the confidence": {
			signals: "use:ml-serving,team:javascript,concurrency:high", primary: "flask", confidence: recommend.Low, gap: 5},
		"without a use the team decides": {
			signals: "team:javascript", primary: "node-express", confidence: recommend.Low},
		"a small project has no companion": {
			signals: "use:realtime-chat,use:ml-serving,team:javascript,concurrency:high,size:small", primary: "node-ws", confidence: recommend.Medium, gap: 3},
		"nothing chosen, nothing claimed": {
			confidence: recommend.NoConfidence},
		"what nobody weighs claims nothing": {
			signals: "size:medium,team:both", confidence: recommend.NoConfidence},
		"not sure yet claims nothing, whatever else is said": {
			signals: "use:unsure,team:python,size:large", confidence: recommend.NoConfidence},
		"a use beside not sure yet is a use": {
			signals: "use:unsure,use:multiplayer-game", primary: "node-ws", confidence: recommend.High, gap: 5},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := recommend.Rank(builtins(t), signals(tt.signals))
			var gotPrimary, gotCompanion string
			if a.Choice != nil {
				gotPrimary = a.Choice.Primary
				for _, c := range a.Choice.Companions {
					gotCompanion += c.Template
				}
			}
			if gotPrimary != tt.primary || gotCompanion != tt.companion || a.Confidence != tt.confidence || a.Gap != tt.gap {
				t.Errorf("%s + %q, %s, gap %d; want %s + %q, %s, gap %d\n%s",
					gotPrimary, gotCompanion, a.Confidence, a.Gap, tt.primary, tt.companion, tt.confidence, tt.gap, a.Text(100))
			}
		})
	}
}

// The worked example of the design, whole.
func TestExample(t *testing.T) {
	a := recommend.Rank(builtins(t), signals("use:realtime-chat,use:ml-serving,team:javascript,concurrency:high"))
	js, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "example.json", string(js)+"\n")
	golden(t, "example-80.txt", a.Text(80))
	golden(t, "example-40.txt", a.Text(40))
	golden(t, "explain-80.txt", a.Explain("node-ws", 80, 24))
	golden(t, "explain-40.txt", a.Explain("node-ws", 40, 24))
	golden(t, "explain-40x10.txt", a.Explain("node-ws", 40, 10))
	golden(t, "explain-other-80.txt", a.Explain("node-express", 80, 24))
	golden(t, "list-80.txt", recommend.List(recommend.Groups(builtins(t))).Text(80))
	golden(t, "nothing-80.txt", recommend.Rank(builtins(t), nil).Text(80))
}

// Every use with every team and concurrency. A line that changes here is a
// change of advice, and is reviewed as one.
func TestMatrix(t *testing.T) {
	candidates := builtins(t)
	var b strings.Builder
	b.WriteString("# use              team        concurrency  first            next             gap  confidence  nearest change\n")
	for _, use := range manifest.SignalGroups()[0].Values {
		for _, team := range []string{"none", "javascript", "python"} {
			for _, conc := range []string{"low", "medium", "high"} {
				a := recommend.Rank(candidates, []string{"use:" + use.Value, "team:" + team, "concurrency:" + conc})
				change := "-"
				for _, c := range a.WouldChange {
					change = c.Set + " " + c.Primary
				}
				line := fmt.Sprintf("%-18s %-11s %-12s %-16s %-16s %3d  %-11s %s", use.Value, team, conc,
					place(a.Ranking[0]), place(a.Ranking[1]), a.Gap, a.Confidence, change)
				b.WriteString(line + "\n")
			}
		}
	}
	golden(t, "matrix.txt", b.String())
}

func place(r recommend.Ranked) string { return fmt.Sprintf("%s %d", r.Template, r.Score) }

// What real projects chose. The figure is printed whenever the test runs.
func TestAgreement(t *testing.T) {
	const least = 29
	data, err := os.ReadFile(filepath.Join(dataDir, "cases.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	candidates := builtins(t)
	groups := recommend.Groups(candidates)
	agreed, cases := 0, 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			t.Fatalf("cases.tsv: %q", line)
		}
		given, err := recommend.Check(signals(fields[1]), groups)
		if err != nil {
			t.Fatalf("%s: %v", fields[0], err)
		}
		cases++
		a := recommend.Rank(candidates, given)
		if accepts(fields[2], a.Choice) {
			agreed++
		} else {
			t.Logf("%s chose %s; recommended is %s (%s)", fields[0], fields[2], a.Choice.Primary, a.Confidence)
		}
	}
	fmt.Printf("recommender agreement: %d of %d\n", agreed, cases)
	if agreed < least {
		t.Errorf("agreement with %d of %d cases, want at least %d", agreed, cases, least)
	}
}

// accepts reports whether a choice is one of the accepted ones, a|b+c: where a
// pair is wanted, both must be there.
func accepts(want string, c *recommend.Choice) bool {
	return slices.ContainsFunc(strings.Split(want, "|"), func(w string) bool {
		first, second, pair := strings.Cut(w, "+")
		return c.Primary == first && (!pair || len(c.Companions) == 1 && c.Companions[0].Template == second)
	})
}

const payments = `apiVersion: scaffold/v1
name: payments
title: Payment service
version: 1.0.0
signals:
  - id: x-acme/use:payments
    title: Card payments
    help: over the gateway
  - id: x-acme/use:unweighed
    title: Never asked
  - id: x-acme/region:eu
    title: Data stays in the EU
recommend:
  role: [primary, companion]
  fit:
    x-acme/use:payments: {weight: 6, reason: the ledger and the gateway are built in}
    x-acme/region:eu: {weight: 1, reason: runs in both regions}
    use:rest-api: {weight: 2, reason: an API in the house style}
`

func TestThirdParty(t *testing.T) {
	candidates := append(builtins(t), manifest.Listed{
		Name: "acme/payments", Source: "acme", Manifest: parse(t, "payments", payments),
	})
	groups := recommend.Groups(candidates)
	given, err := recommend.Check([]string{recommend.Signal("use", "x-acme/use:payments"), "team:javascript"}, groups)
	if err != nil {
		t.Fatal(err)
	}
	a := recommend.Rank(candidates, given)
	if a.Choice == nil || a.Choice.Primary != "acme/payments" || a.Ranking[0].Source != "acme" {
		t.Errorf("its own signal does not win:\n%s", a.Text(80))
	}
	if text := a.Text(80); !strings.Contains(text, "from acme") || !strings.Contains(text, "+6  x-acme payments") {
		t.Errorf("the text does not name it:\n%s", text)
	}

	listed := recommend.List(groups).Text(80)
	for _, line := range []string{
		"  x-acme/use:payments\n      Card payments (over the gateway)\n",
		"--use               What else matters? (one or more)\n  x-acme/region:eu  Data stays in the EU\n",
	} {
		if !strings.Contains(listed, line) {
			t.Errorf("want %qin\n%s", line, listed)
		}
	}

	// What it declares takes part in what would change the advice.
	few := []manifest.Listed{candidates[0], candidates[len(candidates)-1]}
	text := recommend.Rank(few, []string{"use:data-analysis"}).Text(100)
	if want := "Would change with --use x-acme/use:payments as well: acme/payments 6, django 1\n"; !strings.HasSuffix(text, want) {
		t.Errorf("want %sat the end of\n%s", want, text)
	}

	var titles []string
	for _, g := range groups {
		for _, v := range g.Values {
			if s := recommend.Signal(g.Name, v.Value); strings.HasPrefix(s, "x-") {
				titles = append(titles, g.Name+" | "+s+" | "+v.Title)
			}
		}
	}
	want := []string{
		"use | x-acme/use:payments | Card payments (over the gateway)",
		"x-acme/region | x-acme/region:eu | Data stays in the EU",
	}
	if diff := cmp.Diff(want, titles); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if got := recommend.Groups(builtins(t)); len(got) != len(manifest.SignalGroups()) {
		t.Errorf("without it there are %d groups", len(got))
	}
}

func TestRules(t *testing.T) {
	type fit = map[string]int
	template := func(source, name string, f fit, role ...string) manifest.Listed {
		m := &manifest.Manifest{Name: name, Recommend: manifest.Recommend{Role: role, Fit: map[string]manifest.Fit{}}}
		for s, w := range f {
			m.Recommend.Fit[s] = manifest.Fit{Weight: w, Reason: "so it is"}
		}
		return manifest.Listed{Source: source, Manifest: m}
	}
	in := func(name string, f fit, role ...string) manifest.Listed {
		return template(recommend.Builtin, name, f, role...)
	}
	const chat, game, ml = "use:realtime-chat", "use:multiplayer-game", "use:ml-serving"
	both := []string{"primary", "companion"}

	tests := map[string]struct {
		candidates []manifest.Listed
		signals    []string
		ranking    string
		companions string
		confidence recommend.Confidence
		notes      []string
	}{
		"a positive use comes before a higher sum": {
			candidates: []manifest.Listed{in("sum", fit{"team:python": 6}), in("fits", fit{chat: 1})},
			signals:    []string{chat, "team:python"},
			ranking:    "fits 1, sum 6", confidence: recommend.Low,
			notes: []string{"sum has 6, but nothing for realtime-chat", "fits leads by one point"},
		},
		"without a use the sum decides": {
			candidates: []manifest.Listed{in("less", fit{"team:python": 1, chat: 6}), in("more", fit{"team:python": 6})},
			signals:    []string{"team:python"},
			ranking:    "more 6, less 1", confidence: recommend.High,
		},
		"more uses served break a tie": {
			candidates: []manifest.Listed{in("a-one", fit{chat: 4}), in("two", fit{chat: 2, game: 2})},
			signals:    []string{chat, game},
			ranking:    "two 4, a-one 4", confidence: recommend.Low,
		},
		"then what is built in, then the name": {
			candidates: []manifest.Listed{template("acme", "a", fit{chat: 1}), in("c", fit{chat: 1}), in("b", fit{chat: 1})},
			signals:    []string{chat},
			ranking:    "b 1, c 1, a 1", confidence: recommend.Low,
			notes: []string{"b and c are level; their names decide the order, nothing that was said"},
		},
		"a use apart joins": {
			candidates: []manifest.Listed{in("lead", fit{chat: 6}, both...), in("own", fit{ml: 5}, both...)},
			signals:    []string{chat, ml},
			ranking:    "lead 6, own 5", companions: "own for use:ml-serving", confidence: recommend.Low,
			notes: []string{"lead leads by one point"},
		},
		"a lead of three is not enough": {
			candidates: []manifest.Listed{in("lead", fit{chat: 6, ml: 2}, both...), in("own", fit{ml: 5}, both...)},
			signals:    []string{chat, ml},
			ranking:    "lead 8, own 5", confidence: recommend.Medium,
		},
		"a weight of three is not enough": {
			candidates: []manifest.Listed{in("lead", fit{chat: 6, ml: -3}, both...), in("own", fit{ml: 3}, both...)},
			signals:    []string{chat, ml},
			ranking:    "lead 3, own 3", confidence: recommend.Low,
			notes: []string{"lead and own are level; their names decide the order, nothing that was said"},
		},
		"a leader without a strong use of its own stays alone": {
			candidates: []manifest.Listed{in("lead", fit{chat: 3, "team:python": 6}, both...), in("own", fit{ml: 5}, both...)},
			signals:    []string{chat, ml, "team:python"},
			ranking:    "lead 9, own 5", confidence: recommend.High,
		},
		"one that is no companion is a note": {
			candidates: []manifest.Listed{in("lead", fit{chat: 6}, both...), in("own", fit{ml: 5}, "primary")},
			signals:    []string{chat, ml},
			ranking:    "lead 6, own 5", confidence: recommend.Low,
			notes: []string{"own would be the better one for ml-serving", "lead leads by one point"},
		},
		"one that only accompanies comes last, and still joins": {
			candidates: []manifest.Listed{in("lead", fit{chat: 5}), in("own", fit{ml: 6}, "companion")},
			signals:    []string{chat, ml},
			ranking:    "lead 5, own 6", companions: "own for use:ml-serving", confidence: recommend.Medium,
		},
		"one companion at most, the larger margin first": {
			candidates: []manifest.Listed{in("lead", fit{chat: 6}, both...), in("near", fit{game: 5}, both...), in("far", fit{ml: 6, game: -3}, both...)},
			signals:    []string{chat, game, ml},
			ranking:    "lead 6, near 5, far 3", companions: "far for use:ml-serving", confidence: recommend.Low,
			notes: []string{"near would be the better one for multiplayer-game", "lead leads by one point"},
		},
		"a small project stays whole": {
			candidates: []manifest.Listed{in("lead", fit{chat: 6}, both...), in("own", fit{ml: 5}, both...)},
			signals:    []string{chat, ml, "size:small"},
			ranking:    "lead 6, own 5", confidence: recommend.Low,
			notes: []string{"size small keeps lead alone; own is the better one for ml-serving", "lead leads by one point"},
		},
		"a leader against the team names the override": {
			candidates: []manifest.Listed{in("lead", fit{ml: 6, "team:javascript": -1}), in("other", fit{"team:javascript": 3, ml: -3})},
			signals:    []string{ml, "team:javascript"},
			ranking:    "lead 5, other 0", confidence: recommend.Medium,
			notes: []string{"team javascript speaks against lead; --template other overrides it"},
		},
		"the least bad is shown as such": {
			candidates: []manifest.Listed{in("bad", fit{chat: -1}), in("worse", fit{chat: -6})},
			signals:    []string{chat},
			ranking:    "bad -1, worse -6", confidence: recommend.Low,
			notes: []string{"no template here fits well"},
		},
		"no candidate, no claim": {
			signals: []string{chat}, confidence: recommend.NoConfidence,
			notes: []string{"nothing said so far tells the templates apart"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := recommend.Rank(tt.candidates, tt.signals)
			var ranking, companions []string
			for _, r := range a.Ranking {
				ranking = append(ranking, place(r))
			}
			if a.Choice != nil {
				for _, c := range a.Choice.Companions {
					companions = append(companions, c.Template+" for "+strings.Join(c.For, " "))
				}
			}
			if got := strings.Join(ranking, ", "); got != tt.ranking {
				t.Errorf("ranking %s, want %s", got, tt.ranking)
			}
			if got := strings.Join(companions, ", "); got != tt.companions {
				t.Errorf("companions %q, want %q", got, tt.companions)
			}
			if a.Confidence != tt.confidence {
				t.Errorf("confidence %s, want %s", a.Confidence, tt.confidence)
			}
			if !slices.Equal(a.Notes, tt.notes) {
				t.Errorf("notes %q, want %q", a.Notes, tt.notes)
			}
		})
	}
}

func TestAlternatives(t *testing.T) {
	tests := map[string]struct {
		signals string
		want    []string
	}{
		"an API for a team of that language": {
			signals: "use:rest-api,team:python", want: []string{"FastAPI, for an async typed API"}},
		"sockets in a data-heavy web app": {
			signals: "use:data-web-app,use:realtime-chat", want: []string{"Django Channels, for sockets in a Django project"}},
		"a large API": {
			signals: "use:rest-api,size:large,team:javascript", want: []string{"NestJS, for a large API in modules"}},
		"at most two, the leader's first": {
			signals: "use:fullstack-web,use:rest-api,use:multiplayer-game,priority:one-language,size:large,concurrency:high",
			want:    []string{"NestJS, for a large API in modules", "Next.js, for pages and server in one React project"}},
		"none where none is known": {signals: "use:admin-cms", want: []string{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := recommend.Rank(builtins(t), signals(tt.signals)).Alternatives
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The engine names no template and no language: what it knows comes from the
// manifests and from the one table of signals.
func TestEngineNamesNothing(t *testing.T) {
	var names []string
	for _, c := range builtins(t) {
		names = append(names, c.Manifest.Name)
		names = append(names, strings.Split(c.Manifest.Name, "-")...)
	}
	for _, g := range manifest.SignalGroups() {
		for _, v := range g.Values {
			if g.Name == "team" {
				names = append(names, v.Value)
			}
		}
	}
	slices.Sort(names)
	pattern := regexp.MustCompile(`(?i)\b(` + strings.Join(slices.Compact(names), "|") + `)\b`)
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if strings.HasSuffix(p, "_test.go") {
			continue
		}
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range bytes.Split(data, []byte("\n")) {
			if found := pattern.Find(line); found != nil {
				t.Errorf("%s:%d names %s", p, i+1, found)
			}
		}
	}
}
