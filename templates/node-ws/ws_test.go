// Package ws_test makes, installs, starts, checks and breaks projects of the
// node-ws template.
package ws_test

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"scaffold/internal/projecttest"
	"scaffold/internal/testenv"
)

var ws = projecttest.Template{Name: "node-ws", Language: projecttest.Node}

// asItComes is the sample that `make test` takes; samples are the others. They
// cover every value of every option at least once, beside the default.
var (
	asItComes = projecttest.Sample{Name: "in full", Set: "features=both auth=jwt license=Apache-2.0 ci=gitlab devcontainer=true", Services: true}
	samples   = []projecttest.Sample{
		{Name: "game", Set: "features=game sample=no tick_rate=30 license=none docker=false ci=none precommit=true"},
	}
)

// TestFromQuestionsToARunningRepo makes the project that scaffold recommends,
// types the two commands of its README as printed there, and uses what runs: two
// clients talk to each other. The pages are driven in Chromium by the project's
// own tests.
func TestFromQuestionsToARunningRepo(t *testing.T) {
	testenv.Long(t)
	testenv.Need(t, "chromium|chromium-browser|google-chrome")
	p := ws.Stranger(t, "--use", "realtime-chat", "--team", "javascript")
	p.Script(t, "chat.mjs")
	p.Leave(t)
}

func TestInFullOnRedis(t *testing.T) {
	testenv.Long(t)
	ws.Passes(t, asItComes)
}

func TestSamples(t *testing.T) {
	testenv.All(t)
	ws.Samples(t, samples...)
}

func TestPairs(t *testing.T) {
	testenv.All(t)
	ws.Pairs(t)
}

// TestEveryDependencyIsUsed holds the one lock to what the options together need.
func TestEveryDependencyIsUsed(t *testing.T) {
	testenv.All(t)
	if unused := ws.UnusedDependencies(t, "features=both auth=jwt", "auth=guest-token"); unused != nil {
		t.Errorf("no option uses %q", unused)
	}
}

func TestHostileMachine(t *testing.T) {
	testenv.All(t)
	ws.Hostile(t)
}

// TestOneDialect holds what node-ws and node-express share to be the same: who knows one finds their way in the other.
func TestOneDialect(t *testing.T) {
	const other = "../node-express/files/"
	read := func(path string) string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, name := range []string{
		"scripts/up.mjs", "test/up.test.ts", "src/stdout.ts", "test/stdout.test.ts", "eslint.config.js", ".editorconfig", ".npmrc", ".pre-commit-config.yaml",
		".github/dependabot.yml.tmpl",
	} {
		if read("files/"+name) != read(other+name) {
			t.Errorf("%s is not the one of node-express", name)
		}
	}
	options := func(path string) (config struct{ CompilerOptions map[string]any }) {
		if err := json.Unmarshal([]byte(read(path)), &config); err != nil {
			t.Fatal(err)
		}
		return config
	}
	if ours, theirs := options("files/tsconfig.json"), options(other+"tsconfig.json"); !reflect.DeepEqual(ours, theirs) {
		t.Errorf("tsconfig.json: %v, in node-express %v", ours, theirs)
	}
}

// TestRemovingTheSample holds the README's steps to be all of them.
func TestRemovingTheSample(t *testing.T) { ws.Removal(t) }

func TestBreaks(t *testing.T) { ws.Breaks(t) }
