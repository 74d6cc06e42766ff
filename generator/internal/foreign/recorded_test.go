package foreign

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/internal/testenv"
)

var update = flag.Bool("update", false, "write anew what the tools make of the own templates")

// recordedFile has what cookiecutter and copier make of the own templates.
const recordedFile = "testdata/recorded.json"

// A rendering is what one template gives with one set of answers: a digest of
// each file, with its mode; or that there is an error.
type rendering struct {
	Answers string            `json:"answers"`
	Files   map[string]string `json:"files,omitempty"`
	Fails   bool              `json:"fails,omitempty"`
}

// A record has the renderings of each template: those of its defaults, then those
// of random answers.
type record map[string][]rendering

func readRecord(t *testing.T) record {
	t.Helper()
	data, err := os.ReadFile(recordedFile)
	if err != nil {
		t.Fatal(err)
	}
	r := record{}
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func renderingOf(dir string, answers json.RawMessage, files map[string]string, err error) rendering {
	r := rendering{Answers: string(answers), Fails: err != nil}
	for name, text := range files {
		if r.Files == nil {
			r.Files = map[string]string{}
		}
		mode, text, _ := strings.Cut(strings.ReplaceAll(text, dir, "TEMPLATE"), " ")
		sum := sha256.Sum256([]byte(text))
		r.Files[name] = mode + " " + hex.EncodeToString(sum[:8])
	}
	return r
}

// TestRecorded is TestTheirTools over the own templates, with what the tools made
// of them as it was recorded.
func TestRecorded(t *testing.T) {
	known := readRecord(t)
	dirs := ownTemplates(t)
	for _, dir := range dirs {
		name := ownName(dir)
		t.Run(name, func(t *testing.T) {
			if len(known[name]) != randoms+1 {
				t.Fatalf("%d renderings are recorded: make golden writes them", len(known[name]))
			}
			for n, want := range known[name] {
				files, answers, drawn, err := ours(t, dir, seeded(n))
				for name := range drawn {
					delete(files, name)
				}
				if got := renderingOf(dir, answers, files, err); err == nil || !isRefusal(err) {
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("rendering %d (-theirs +ours), %v:\n%s", n, err, diff)
					}
				}
			}
		})
	}
	if len(known) != len(dirs) {
		t.Errorf("%d templates are recorded, and there are %d", len(known), len(dirs))
	}
}

func ownName(dir string) string {
	rel, _ := filepath.Rel(filepath.Join(testenv.Root(), "generator/internal/foreign/testdata"), dir)
	return filepath.ToSlash(rel)
}

// seeded gives the answers of one rendering of a template; nil are its defaults.
func seeded(n int) *rand.Rand {
	if n == 0 {
		return nil
	}
	return rand.New(rand.NewPCG(uint64(n), 7))
}

// hold compares what the tools said now with what is recorded, or records it.
func (r record) hold(t *testing.T) {
	t.Helper()
	if *update {
		text, err := json.MarshalIndent(r, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(recordedFile, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	known := readRecord(t)
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if diff := cmp.Diff(known[name], r[name]); diff != "" {
			t.Errorf("%s is not what is recorded: make golden writes it\n%s", name, diff)
		}
	}
}
