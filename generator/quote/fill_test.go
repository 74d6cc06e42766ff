package quote

import (
	"slices"
	"testing"
)

func TestFill(t *testing.T) {
	tests := map[string]struct {
		text  string
		width int
		want  []string
	}{
		"words go on in the next line":     {"one two three", 7, []string{"one two", "three"}},
		"a hyphen does not end a word":     {"use --no-input here", 10, []string{"use", "--no-input", "here"}},
		"blanks stay as they are":          {"  a   b", 9, []string{"  a   b"}},
		"a long word is cut":               {"a abcdefgh b", 4, []string{"a", "abcd", "efgh", "b"}},
		"a wide character takes two cells": {"日本 語", 4, []string{"日本", "語"}},
		"a joined character is one":        {"👩‍👩‍👧 x", 2, []string{"👩‍👩‍👧", "x"}},
		"no words":                         {"", 5, nil},
		"narrower than a character":        {"日本", 1, []string{"日", "本"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Fill(test.text, test.width); !slices.Equal(got, test.want) {
				t.Errorf("%q", got)
			}
		})
	}
}
