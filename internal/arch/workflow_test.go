package arch

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"scaffold/internal/testenv"
)

// TestTheWorkflowHasAShardForAllThatIsTested holds the shards of `make test-all`
// to the packages that have such tests.
func TestTheWorkflowHasAShardForAllThatIsTested(t *testing.T) {
	root := testenv.Root()
	text, err := os.ReadFile(filepath.Join(root, ".github", "workflows", "ci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var workflow struct {
		Jobs map[string]struct {
			Strategy struct {
				Matrix map[string][]string `yaml:"matrix"`
			} `yaml:"strategy"`
		} `yaml:"jobs"`
	}
	if err := yaml.Unmarshal(text, &workflow); err != nil {
		t.Fatal(err)
	}
	shards := map[string]bool{}
	for _, command := range workflow.Jobs["debian"].Strategy.Matrix["make"] {
		if pkg, ok := strings.CutPrefix(command, "test-all PACKAGES=./"); ok {
			shards[pkg] = true
		}
	}
	tested := map[string]bool{}
	files := testenv.Run(t, time.Minute, root, testenv.Env(), "git", "grep", "-l", `testenv\.All(t`, "--", "*_test.go") // as scripts/test does
	for file := range strings.FieldsSeq(files) {
		tested[path.Dir(file)] = true
	}
	if diff := cmp.Diff(tested, shards); diff != "" {
		t.Error(diff)
	}
}
