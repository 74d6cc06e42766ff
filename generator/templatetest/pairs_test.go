package templatetest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"scaffold/generator"
	"scaffold/generator/manifest"
)

// asked gives the answers that a resolved set holds, a multi's choice as its own.
func asked(t *rapid.T, tpl *generator.Template, answers manifest.Answers) map[string]string {
	r, err := tpl.Manifest.Resolve(given(tpl, "demo", nil, nil), answers)
	if err != nil || problems(r) != nil {
		t.Fatalf("%s: %v %v", describe(answers), err, problems(r))
	}
	values := map[string]string{}
	for _, a := range r.Asked {
		if !a.Active {
			continue
		}
		if list, ok := a.Value.([]string); ok {
			for _, v := range a.Question.Values() {
				values[a.Question.ID+"/"+v] = fmt.Sprint(slices.Contains(list, v))
			}
			continue
		}
		values[a.Question.ID] = fmt.Sprint(a.Value)
	}
	return values
}

// everything lists all sets of answers of a manifest: the product of its
// questions, each conditional one only where it is asked.
func everything(tpl *generator.Template) []manifest.Answers {
	sets := []manifest.Answers{{}}
	for i := range tpl.Manifest.Questions {
		q := &tpl.Manifest.Questions[i]
		var next []manifest.Answers
		for _, set := range sets {
			for _, v := range everyAnswer(q) {
				more := manifest.Answers{q.ID: v}
				for id, x := range set {
					more[id] = x
				}
				next = append(next, more)
			}
		}
		sets = next
	}
	return sets
}

// TestEveryPairThatCanBeIsInARow holds pairs to brute force: a pair of values is
// in some row exactly if any answers at all bring the two together.
func TestEveryPairThatCanBeIsInARow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tpl := anyTemplate(t)
		sets, covered, impossible := pairs(tpl)
		inRows, possible := map[string]bool{}, map[string]bool{}
		for _, answers := range sets {
			note(inRows, asked(t, tpl, answers))
		}
		for _, answers := range everything(tpl) {
			r, err := settle(tpl.Manifest, given(tpl, "demo", nil, nil), answers)
			if err != nil {
				t.Fatal(err)
			}
			kept := manifest.Answers{}
			for _, a := range r.Asked {
				if a.Active {
					kept[a.Question.ID] = answers[a.Question.ID]
				}
			}
			note(possible, asked(t, tpl, kept))
		}
		for p := range possible {
			if !inRows[p] {
				t.Errorf("%s is in none of %d rows", p, len(sets))
			}
		}
		real := 0
		for p := range possible {
			if a, b, _ := strings.Cut(p, " with "); a != b {
				real++
			}
		}
		if covered != real {
			t.Errorf("%d pairs are counted (%d as impossible), %d possible", covered, impossible, real)
		}
	})
}

func note(pairs map[string]bool, values map[string]string) {
	for a, x := range values {
		for b, y := range values {
			if a <= b {
				pairs[a+"="+x+" with "+b+"="+y] = true
			}
		}
	}
}

// anyTemplate draws a manifest of two to four countable questions, some of them
// with a condition on an earlier one.
func anyTemplate(t *rapid.T) *generator.Template {
	var b strings.Builder
	b.WriteString("apiVersion: scaffold/v1\nname: tiny\ntitle: T\nversion: 1.0.0\nquestions:\n")
	n := rapid.IntRange(2, 4).Draw(t, "questions")
	for i := range n {
		kind := rapid.SampledFrom([]string{"bool", "choice", "multi"}).Draw(t, "type")
		fmt.Fprintf(&b, "  - id: q%d\n    type: %s\n", i, kind)
		switch kind {
		case "bool":
			b.WriteString("    default: false\n")
		case "choice":
			b.WriteString("    choices: [{value: a}, {value: b}, {value: c}]\n    default: a\n")
		case "multi":
			b.WriteString("    choices: [{value: a}, {value: b}]\n    default: []\n")
		}
		if i > 0 && rapid.Bool().Draw(t, "conditional") {
			fmt.Fprintf(&b, "    when: 'string(q%d) != \"%s\"'\n", i-1, rapid.SampledFrom([]string{"a", "false", "[]", "never"}).Draw(t, "not"))
		}
	}
	m, err := manifest.Parse([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return &generator.Template{Manifest: m, Layers: []generator.Layer{{Name: "tiny"}}}
}

// TestEncodeSurvivesTxtar: whatever a file holds, its form in a case is read
// back as it was written.
func TestEncodeSurvivesTxtar(t *testing.T) {
	line := rapid.SampledFrom([]string{"a", "-- x --", "-- --", " -- x --", "--x--", "", "sha256:ab", "\r", "\x00", "é", "\xff"})
	rapid.Check(t, func(t *rapid.T) {
		data := []byte(strings.Join(rapid.SliceOf(line).Draw(t, "lines"), "\n"))
		if rapid.Bool().Draw(t, "final newline") {
			data = append(data, '\n')
		}
		text := encode(data)
		archive := &txtar.Archive{Comment: []byte("c\n"), Files: []txtar.File{{Name: "want/a", Data: text}, {Name: "want/b", Data: []byte("b\n")}}}
		back := txtar.Parse(txtar.Format(archive))
		if len(back.Files) != 2 || !bytes.Equal(back.Files[0].Data, text) || string(back.Files[1].Data) != "b\n" {
			t.Fatalf("%q becomes %q", data, back.Files)
		}
		if bytes.Equal(text, data) && (bytes.HasPrefix(data, []byte("sha256:")) || bytes.Contains(data, []byte{0})) {
			t.Fatalf("%q is kept as it is, and would be read as a digest, or is no text", data)
		}
		if !bytes.Equal(text, data) && !bytes.HasPrefix(text, []byte("sha256:")) {
			t.Fatalf("%q is kept as %q", data, text)
		}
	})
}

// TestWhatACaseCannotHoldIsADigest: text that is read back as it is stands as it
// is, and nothing else does.
func TestWhatACaseCannotHoldIsADigest(t *testing.T) {
	for data, text := range map[string]bool{
		"a\n": true, "": true, "sha25\n": true,
		"sha256:ab\n": false, "a\x00b\n": false, "\xff\n": false, "no newline": false, "-- x --\n": false,
	} {
		if got := encode([]byte(data)); (string(got) == data) != text || !text && !bytes.HasPrefix(got, []byte("sha256:")) {
			t.Errorf("%q is kept as %q", data, got)
		}
	}
}
