package recommend_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
)

func TestText(t *testing.T) {
	// Four that beat everything push the companion down the list.
	var crowd []manifest.Listed
	for _, name := range []string{"q", "r", "s", "t"} {
		crowd = append(crowd, manifest.Listed{Source: "acme", Manifest: &manifest.Manifest{Name: name, Recommend: manifest.Recommend{
			Fit: map[string]manifest.Fit{"use:realtime-chat": {Weight: 6, Reason: "it talks"}, "use:ml-serving": {Weight: 1, Reason: "it guesses"}},
		}}})
	}
	tests := map[string]struct {
		also    []manifest.Listed
		signals string
		lines   []string
	}{
		"an answer in place of another": {
			signals: "use:rest-api,team:javascript",
			lines:   []string{"Would change with --team python: flask 6, node-express 2"},
		},
		"a use that is no neighbour is not named": {
			signals: "use:rest-api,team:javascript,concurrency:high",
			lines:   []string{"No similar answer would change it"},
		},
		"a neighbour of the given use": {
			signals: "use:realtime-chat,use:ml-serving,team:javascript,concurrency:high",
			lines:   []string{"Would change with --use data-analysis as well: flask 5, node-ws 4"},
		},
		"a change after which nothing is recommended is none": {
			signals: "size:small", lines: []string{"Would change with --size large: django 3, flask -1"},
		},
		"where nothing changes it, that is said": {
			signals: "use:admin-cms", lines: []string{"No similar answer would change it"},
		},
		"the override is named": {
			signals: "use:ml-serving,team:javascript,concurrency:high",
			lines:   []string{"Note: team javascript speaks against flask; --template node-express overrides", "  it"},
		},
		"several uses of one companion": {
			signals: "use:realtime-chat,use:ml-serving,use:data-analysis,use:multiplayer-game,concurrency:high,team:javascript",
			lines:   []string{"flask             1   beside node-ws, for ml-serving and data-analysis"},
		},
		"a companion far down keeps its lines": {
			also: crowd, signals: "use:realtime-chat,use:ml-serving",
			lines: []string{
				"q                 7   from acme                                 confidence: low",
				"flask             4   beside q, for ml-serving",
				"  +6  ml-serving         direct use of scikit-learn and pandas",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text := recommend.Rank(append(builtins(t), tt.also...), signals(tt.signals)).Text(80)
			for _, line := range tt.lines {
				if !strings.Contains("\n"+text, "\n"+line+"\n") {
					t.Errorf("no line %q in\n%s", line, text)
				}
			}
		})
	}
}

func TestExplain(t *testing.T) {
	fit := func(w int) manifest.Recommend {
		return manifest.Recommend{Fit: map[string]manifest.Fit{"use:rest-api": {Weight: w, Reason: "it answers"}}}
	}
	candidates := []manifest.Listed{
		{Source: recommend.Builtin, Manifest: &manifest.Manifest{Name: "best", Title: "The best", Recommend: fit(6)}},
		{Source: recommend.Builtin, Manifest: &manifest.Manifest{Name: "silent", Recommend: fit(0)}},
	}
	second := manifest.Listed{Name: "acme/second", Source: "acme", Manifest: &manifest.Manifest{Name: "second", Recommend: fit(2)}}
	api := []string{"use:rest-api"}
	tests := map[string]struct {
		advice        recommend.Advice
		template      string
		width, height int
		want          string
	}{
		"the leader, with the next best": {
			advice: recommend.Rank(append(candidates, second), api), template: "best", width: 60,
			want: `
best              6   built in             confidence: high
  +6  rest-api           it answers
Next best: acme/second 2
No similar answer would change it
`},
		"what has no weights is nobody's rival": {
			advice: recommend.Rank(candidates, api), template: "best", width: 60,
			want: `
best              6   built in             confidence: high
  +6  rest-api           it answers
No similar answer would change it
`},
		"another, against the leader": {
			advice: recommend.Rank(append(candidates, second), api), template: "acme/second", width: 60,
			want: `
acme/second       2   from acme
  +2  rest-api           it answers
Recommended: best 6
`},
		"before anything was said": {
			advice: recommend.Rank(candidates, nil), template: "best", width: 60,
			want: `
best              The best
Note: nothing said so far tells the templates apart
`},
		"with hardly any room the score is what stays": {
			advice: recommend.Rank(append(candidates, second), api), template: "best", width: 40, height: 4,
			want: `
best              6   built in
  confidence: high
  +6 rest-api
…
`},
		"a template that is not there": {advice: recommend.Rank(candidates, api), template: "worst", width: 60, want: "\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, "\n"+tt.advice.Explain(tt.template, tt.width, tt.height)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
