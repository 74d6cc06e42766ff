package funcs_test

import (
	"testing"

	"github.com/expr-lang/expr"

	"scaffold/generator/internal/funcs"
)

// A manifest has dozens of expressions, and each is compiled with the options.
func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := funcs.Compile(`snake(name) + "_" + join(words, ",")`, expr.Env(vars())); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkText(b *testing.B) {
	for b.Loop() {
		funcs.Text()
	}
}
