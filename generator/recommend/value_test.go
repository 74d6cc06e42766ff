package recommend_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/recommend"
)

// TestTheRecordTellsWhatWasSaidAndWhatWasNot: every question is in one of the
// two lists, and the rest is what the JSON has.
func TestTheRecordTellsWhatWasSaidAndWhatWasNot(t *testing.T) {
	advice := recommend.Rank(builtins(t), []string{"use:rest-api", "team:python"})
	v := advice.Value().(map[string]any)
	want := []any{
		map[string]any{"signal": "use:rest-api", "question": "What will this project do?", "answer": "An API for apps and other services, like Stripe's"},
		map[string]any{"signal": "team:python", "question": "What does the team know best?", "answer": "Python"},
	}
	if d := cmp.Diff(want, v["said"]); d != "" {
		t.Error(d)
	}
	unknown := []any{"How many people or devices at once?", "How big will it get?", "What matters most?"}
	if d := cmp.Diff(unknown, v["unknown"]); d != "" {
		t.Error(d)
	}
	data, err := json.Marshal(advice)
	if err != nil {
		t.Fatal(err)
	}
	var plain map[string]any
	if err := json.Unmarshal(data, &plain); err != nil {
		t.Fatal(err)
	}
	delete(v, "said")
	delete(v, "unknown")
	if d := cmp.Diff(plain, v); d != "" {
		t.Error(d)
	}
}

func TestLowConfidenceSaysWhy(t *testing.T) {
	tests := map[string][]string{
		"flask leads by one point; what the team knows would decide": {"use:rest-api", "team:python"},
		"flask leads by one point; the size would decide":            {"size:small"},
		"what the team knows would decide":                           {"use:fullstack-web"}, // level: another note says so
	}
	for want, signals := range tests {
		advice := recommend.Rank(builtins(t), signals)
		if advice.Confidence != "low" || !slices.Contains(advice.Notes, want) {
			t.Errorf("%q: confidence %s, notes %q", signals, advice.Confidence, advice.Notes)
		}
	}
	if advice := recommend.Rank(builtins(t), []string{"use:admin-cms"}); len(advice.Notes) > 0 {
		t.Errorf("confidence %s has notes: %q", advice.Confidence, advice.Notes)
	}
}
