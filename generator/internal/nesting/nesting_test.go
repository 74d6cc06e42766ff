package nesting

import (
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	for text, want := range map[string]int{
		"":                            0,
		"a: b":                        0,
		"[{}, [[]]]":                  3,
		"]]]][":                       1,
		`"[["`:                        2,
		strings.Repeat("{a: ", 1_000): 1_000,
	} {
		if got := Of([]byte(text)); got != want {
			t.Errorf("%.20q: %d levels, want %d", text, got, want)
		}
	}
}
