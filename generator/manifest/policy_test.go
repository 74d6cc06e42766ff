package manifest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"scaffold/generator/fault"

	"scaffold/generator/manifest"
)

func TestAPolicyIsReadWithItsConditions(t *testing.T) {
	p, err := manifest.ParsePolicy("acme/policy.yaml", []byte(`apiVersion: scaffold/policy/v1
boost:
  - {template: flask, weight: 2, text: ours}
  - {template: flask, weight: -6, when: '"team:python" in signals', text: theirs}
deny:
  - {template: django, text: not yet}
`))
	if err != nil {
		t.Fatal(err)
	}
	if !p.Boost[0].Holds(nil) || p.Boost[1].Holds(nil) || !p.Boost[1].Holds([]string{"team:python"}) {
		t.Fatal("the conditions do not hold as written")
	}
}

func TestAWrongPolicyIsReportedWithItsPlace(t *testing.T) {
	head := "apiVersion: scaffold/policy/v1\n"
	tests := map[string]struct{ text, at, says string }{
		"a weight of 9999":        {head + "boost:\n  - {template: a, weight: 9999, text: b}\n", "3:27", "weight 9999"},
		"a weight of 7":           {head + "boost:\n  - {template: a, weight: 7, text: b}\n", "3:27", "weight 7"},
		"a weight of nothing":     {head + "boost:\n  - {template: a, text: b}\n", "3:6", "weight 0"},
		"no template":             {head + "deny:\n  - {text: b}\n", "3:6", "no template"},
		"no text":                 {head + "deny:\n  - {template: a}\n", "3:6", "0 characters"},
		"a text that is too long": {head + "deny:\n  - {template: a, text: " + strings.Repeat("x", 61) + "}\n", "3:25", "61 characters"},
		"an unknown key":          {head + "bost: []\n", "2:1", `unknown key "bost"`},
		"a condition of no type":  {head + "boost:\n  - {template: a, weight: 1, when: '1', text: b}\n", "3:37", "expression"},
		"an unknown variable":     {head + "boost:\n  - {template: a, weight: 1, when: 'signal', text: b}\n", "3:37", "unknown variable signal"},
		"another version":         {"apiVersion: scaffold/policy/v2\n", "1:13", "apiVersion"},
		"nothing":                 {"", "1:1", "empty"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := manifest.ParsePolicy("acme/policy.yaml", []byte(tt.text))
			var problems manifest.Problems
			if !errors.As(err, &problems) || !fault.Is(err, fault.Template) {
				t.Fatalf("got %v", err)
			}
			if got := problems.Error(); !strings.Contains(got, "acme/policy.yaml:"+tt.at+":") || !strings.Contains(got, tt.says) {
				t.Fatalf("got %s", got)
			}
		})
	}
}

// A policy of kilobytes must not keep a run busy.
func TestAPolicyThatIsABombIsRefused(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		prev := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+prev+",", 9), ",") + "]\n"
	}
	if _, err := manifest.ParsePolicy("acme/policy.yaml", []byte(bomb)); !fault.Is(err, fault.Limit) {
		t.Fatal(err)
	}
}

func TestNamesOfAPolicyAreHeldAgainstWhatThereIs(t *testing.T) {
	text := `apiVersion: scaffold/policy/v1
boost:
  - {template: flask, weight: 2, when: '"team:pyhton" in signals and "x-acme/use:pay" in signals', text: ours}
  - {template: flsk, weight: 2, when: "'team:python' in signals", text: ours}
deny:
  - {template: acme/shop, text: old}
  - {template: acme/shpo, text: old}
`
	p, err := manifest.ParsePolicy("acme/policy.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	err = p.Check([]string{"flask", "builtin:flask", "acme/shop"}, []string{"team:python", "x-acme/use:pay"})
	var problems manifest.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	var got []string
	for _, f := range problems {
		got = append(got, fmt.Sprintf("%s: %s; %s", f.Place, f.Message, f.Hint))
	}
	want := []string{
		`acme/policy.yaml:3:41: expression "\"team:pyhton\" in signals and \"x-acme/use:pay\" in signals": unknown signal "team:pyhton"; did you mean team:python?`,
		`acme/policy.yaml:4:16: no template is called "flsk"; did you mean flask?`,
		`acme/policy.yaml:7:16: no template is called "acme/shpo"; did you mean acme/shop?`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
