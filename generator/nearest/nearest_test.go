package nearest_test

import (
	"testing"

	"scaffold/generator/nearest"
)

func TestOf(t *testing.T) {
	known := []string{"backend", "database", "docker", "port", "use:rest-api"}
	tests := map[string]string{
		"bakcend":      "backend", // two neighbours swapped
		"databse":      "database",
		"Docker":       "docker",
		"use:rest-apj": "use:rest-api",
		"BACKEND":      "backend",
		"prot":         "port", // one swap, where two letters would be too many
		"pots":         "",
		"datum":        "",
		"dock":         "docker",
		"portnumber":   "port",
		"use":          "use:rest-api", // only one begins so
		"back":         "backend",
		"ba":           "", // too short to tell
		"kubernetes":   "",
		"":             "",
	}
	if got, ok := nearest.Of("post", []string{"postgres", "postfix-mail"}); ok {
		t.Errorf("two begin with it, and it is %q", got)
	}
	for word, want := range tests {
		if got, _ := nearest.Of(word, known); got != want {
			t.Errorf("Of(%q) = %q, want %q", word, got, want)
		}
	}
}
