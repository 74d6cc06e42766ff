package prompt

import (
	"context"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scaffold/generator/session"
)

func TestWrap(t *testing.T) {
	tests := map[string]struct {
		text  string
		width int
		want  []string
	}{
		"short lines stay":             {"one\ntwo", 10, []string{"one", "two"}},
		"words move as a whole":        {"the quick brown fox", 10, []string{"the quick", "brown fox"}},
		"a long word is broken":        {"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		"an indent stays":              {"  the quick brown", 10, []string{"  the", "  quick", "  brown"}},
		"a last column goes on in it":  {"+5  one event loop holds", 16, []string{"+5  one event", "    loop holds"}},
		"a column far right is no one": {"a long first column  second", 20, []string{"a long first column", "second"}},
		"wide characters count double": {"日本語日本語", 6, []string{"日本語", "日本語"}},
		"tabs are blanks":              {"a\tb", 10, []string{"a    b"}},
		"an empty line stays":          {"a\n\nb\n", 10, []string{"a", "", "b"}},
		"a flag stays whole":           {"changes with --team python", 17, []string{"changes with", "--team python"}},
		"an escape is written out":     {"a\x1b[2J", 20, []string{`a\x1b[2J`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(test.want, wrap(test.text, test.width)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestWrapLosesNothingAndFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab c  -\n\t日é+1"))).Draw(t, "text")
		width := rapid.IntRange(4, 30).Draw(t, "width")
		lines := wrap(text, width)
		for _, line := range lines {
			if ansi.StringWidth(line) > width {
				t.Fatalf("%q is wider than %d", line, width)
			}
		}
		if got, want := visible(strings.Join(lines, "")), visible(text); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func TestScreenFitsEveryTerminal(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abc -日é\x1b\u202e")), 1, 30, -1)
	rapid.Check(t, func(t *rapid.T) {
		title := func(name string) string { return "x" + word.Draw(t, name) }
		step := session.Step{
			ID: "now", Kind: session.Kind(rapid.IntRange(int(session.Choice), int(session.Secret)).Draw(t, "kind")), Title: title("title"), Label: "Now",
			Body: strings.Repeat(title("body")+"\n", rapid.IntRange(0, 50).Draw(t, "lines")),
		}
		for range rapid.IntRange(1, 12).Draw(t, "options") {
			step.Options = append(step.Options, session.Option{Value: title("value"), Hint: word.Draw(t, "hint")})
		}
		ticks := &fake{}
		for range rapid.IntRange(0, 12).Draw(t, "ticks") {
			tick := session.Step{ID: title("id"), Label: title("label"), Kind: session.Text}
			ticks.answered = append(ticks.answered, session.Answered{Step: tick, Value: title("answer")})
		}
		ticks.step = func([]session.Answered) (*session.Step, error) { return &step, nil }
		m := newScreen(newWalk(context.Background(), ticks), newStyles(nil, true))
		m.advance()
		width, height := rapid.IntRange(40, 130).Draw(t, "width"), rapid.IntRange(16, 50).Draw(t, "height")
		m.resize(width, height)
		view := strings.Split(m.View(), "\n")
		if len(view) > height {
			t.Fatalf("%d lines on a screen of %d:\n%s", len(view), height, strings.Join(view, "\n"))
		}
		for _, line := range view {
			if ansi.StringWidth(line) > width {
				t.Fatalf("%d columns on a screen of %d: %q", ansi.StringWidth(line), width, line)
			}
		}
	})
}

func TestShare(t *testing.T) {
	tests := map[string]struct {
		height, control, body, ticks int
		want                         [3]int
	}{
		"everything fits":                             {20, 4, 5, 6, [3]int{4, 5, 6}},
		"the ticks give way first":                    {12, 4, 5, 6, [3]int{4, 5, 3}},
		"a body that scrolls leaves a few ticks":      {20, 4, 50, 6, [3]int{4, 13, 3}},
		"a body that just fits has all":               {20, 4, 16, 6, [3]int{4, 16, 0}},
		"a long control leaves some of the body":      {20, 50, 50, 6, [3]int{14, 6, 0}},
		"a control alone may have all":                {20, 50, 0, 6, [3]int{20, 0, 0}},
		"a tiny screen still shows some of a control": {2, 9, 9, 9, [3]int{3, 0, 0}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, b, ti := share(test.height, test.control, test.body, test.ticks)
			if d := cmp.Diff(test.want, [3]int{c, b, ti}); d != "" {
				t.Error(d)
			}
		})
	}
}
