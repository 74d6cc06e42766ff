package manifest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

func TestDecodeRefusesWhatTheLibraryCannotTake(t *testing.T) {
	var into struct {
		List  []struct{ A string } `yaml:"list"`
		Other any                  `yaml:"other"`
	}
	for name, text := range map[string]string{
		"a tag on nothing, where a list belongs": "list:\n !0 #\n",
		"an unknown key behind a tag":            "!!map {lits: 1}\n",
	} {
		t.Run(name, func(t *testing.T) {
			var problems manifest.Problems
			if err := manifest.Decode("x.yaml", []byte(text), &into); !errors.As(err, &problems) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAliasesBehindTagsAreCounted(t *testing.T) {
	bomb := "other:\n  - &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 9; i++ {
		bomb += fmt.Sprintf("  - &a%d !!seq [%s]\n", i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	var into struct {
		Other any `yaml:"other"`
	}
	if err := manifest.Decode("x.yaml", []byte(bomb), &into); !fault.Is(err, fault.Limit) {
		t.Error(err)
	}
}
