package foreign

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
	"scaffold/internal/testenv"
)

// tools are what the trees are held to.
var tools = []string{"cookiecutter==2.7.1", "copier==9.19.1", "jinja2-time==0.2.0"}

// randoms is how often each template is filled with random answers, beside its
// defaults.
const randoms = 5

// TestTheirTools holds what is made of each template to what its own tool makes
// of it: the same files, byte for byte, with the same modes; or an error where
// that has one; or a refusal that names what is missing.
func TestTheirTools(t *testing.T) {
	testenv.Long(t)
	python := testenv.Python(t, tools...)
	o := startOracle(t, python)
	sum := &tally{recorded: record{}}
	for _, dir := range templates(t) {
		sum.template(t, o, dir)
	}
	t.Log(sum.String())
	sum.recorded.hold(t)
	if sum.different > 0 {
		t.Errorf("%d renderings differ", sum.different)
	}
	if sum.same*10 < (sum.same+sum.refusedTemplates)*9 {
		t.Errorf("less than nine of ten templates are the same: %d the same, %d refused", sum.same, sum.refusedTemplates)
	}
}

// templates are the own ones, and those in the source archives of the tools and
// of packages that are templates; or those below SCAFFOLD_TEMPLATES.
func templates(t *testing.T) []string {
	if dir := os.Getenv("SCAFFOLD_TEMPLATES"); dir != "" {
		return templatesIn(t, dir)
	}
	dirs := ownTemplates(t)
	for _, pkg := range []string{"cookiecutter==2.7.1", "copier==9.19.1", "cookiecutter_poetry==0.8.0", "cookiecutter_uv==0.2.0", "cookiecutter_python==2.7.1"} {
		dirs = append(dirs, templatesIn(t, testenv.Source(t, pkg, false))...)
	}
	return append(dirs, templatesIn(t, testenv.Source(t, "kedro==1.7.0", true))...)
}

func ownTemplates(t *testing.T) []string {
	dirs := templatesIn(t, filepath.Join(testenv.Root(), "generator/internal/foreign/testdata"))
	if len(dirs) < 12 {
		t.Fatalf("%d own templates", len(dirs))
	}
	return dirs
}

func templatesIn(t *testing.T, root string) []string {
	var dirs []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains([]string{"cookiecutter.json", "copier.yml", "copier.yaml"}, d.Name()) {
			dirs = append(dirs, filepath.Dir(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Compact(dirs)
}

// An oracle is a process that makes projects with the tools themselves.
type oracle struct {
	t   *testing.T
	in  *json.Encoder
	out *bufio.Scanner
	dir string
	n   int
}

func startOracle(t *testing.T, python string) *oracle {
	cmd := exec.CommandContext(t.Context(), python, "testdata/oracle.py")
	home := t.TempDir()
	cmd.Env = testenv.Env("HOME="+home, "TZ=UTC", "GIT_CONFIG_GLOBAL=/dev/null", "PATH="+filepath.Dir(python)+":"+os.Getenv("PATH"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	s := bufio.NewScanner(out)
	s.Buffer(nil, 1<<20)
	return &oracle{t: t, in: json.NewEncoder(in), out: s, dir: t.TempDir()}
}

// make gives the files that the tool makes.
func (o *oracle) make(tool, template string, answers json.RawMessage) (map[string]string, error) {
	o.n++
	out := filepath.Join(o.dir, fmt.Sprint(o.n), "project")
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		o.t.Fatal(err)
	}
	job := map[string]any{"Tool": tool, "Template": template, "Out": out, "Answers": answers, "Hooks": false}
	if err := o.in.Encode(job); err != nil || !o.out.Scan() {
		o.t.Fatalf("the oracle is gone: %v", err)
	}
	var result struct{ Dir, Error string }
	if err := json.Unmarshal(o.out.Bytes(), &result); err != nil {
		o.t.Fatal(err)
	}
	if result.Error != "" {
		return nil, errors.New(result.Error)
	}
	return filesIn(o.t, result.Dir), nil
}

func filesIn(t *testing.T, dir string) map[string]string {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		info, err := d.Info()
		if err != nil {
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 {
			to, err := os.Readlink(name)
			files[rel] = "link " + to
			return err
		}
		data, err := os.ReadFile(name)
		files[rel] = fmt.Sprintf("%t ", info.Mode()&0o100 != 0) + string(data)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

// ours are the files that this package makes, and the answers as their tool
// takes them.
func ours(t *testing.T, dir string, rng *rand.Rand) (files map[string]string, answers json.RawMessage, drawn map[string]bool, err error) {
	answers = json.RawMessage("{}")
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	tool, err := Detect(root.FS(), "")
	if err != nil {
		return nil, answers, nil, err
	}
	m, err := Open(root.FS(), tool, Place{Name: filepath.Base(dir), Source: dir})
	if err != nil {
		return nil, answers, nil, err
	}
	now := time.Now().UTC()
	given := manifest.Given{Name: "project", Date: now.Format(time.DateOnly)}
	said, resolved, err := answered(m, given, rng)
	if err != nil {
		return nil, answers, nil, err
	}
	answers = theirs(t, m, dir, resolved, said)
	for _, p := range resolved.Problems {
		return nil, answers, nil, fault.New(fault.Answer, "%s: %s %s", p.ID, p.Kind, p.Detail)
	}
	rendered, err := m.Format().(generator.Renderer).Render(t.Context(), root.FS(), resolved.Vars, now, generator.Limits{})
	if err != nil {
		return nil, answers, nil, err
	}
	files = map[string]string{}
	for _, f := range rendered.Files.Files() {
		if f.Mode&fs.ModeSymlink != 0 {
			files[f.Path.String()] = "link " + string(f.Data)
		} else {
			files[f.Path.String()] = fmt.Sprintf("%t ", f.Mode&0o100 != 0) + string(f.Data)
		}
	}
	return files, answers, rendered.Drawn, nil
}

// answered are answers to the questions of a template: its defaults, or random
// ones.
func answered(m *manifest.Manifest, given manifest.Given, rng *rand.Rand) (said manifest.Answers, resolved *manifest.Resolved, err error) {
	said = manifest.Answers{}
	for _, q := range m.Questions {
		if q.ID == "kedro_version" { // kedro itself gives it
			said[q.ID] = manifest.Scalar{Text: "1.7.0"}
		}
	}
	resolved, err = m.Resolve(given, said)
	if err != nil {
		return said, nil, err
	}
	if rng != nil {
		for range 3 { // an answer may bring other questions, or take them away
			for _, a := range resolved.Asked {
				if _, done := said[a.Question.ID]; !done && a.Active {
					if s, ok := random(rng, a.Question); ok {
						said[a.Question.ID] = s
					}
				}
			}
			if resolved, err = m.Resolve(given, said); err != nil {
				return said, nil, err
			}
			for _, p := range resolved.Problems {
				delete(said, p.ID)
			}
			if resolved, err = m.Resolve(given, said); err != nil {
				return said, nil, err
			}
		}
	}
	return said, resolved, nil
}

var words = []string{"Alpha Beta", "gamma", "delta-9", "X y Z", "ünï cödé", "it's \"quoted\"", "a_b", "12", "yes", "0.1.0", "3.12"}

func random(rng *rand.Rand, q *manifest.Question) (manifest.Scalar, bool) {
	switch q.Type {
	case manifest.Bool:
		return manifest.Scalar{Text: fmt.Sprint(rng.IntN(2) == 0)}, true
	case manifest.Int:
		return manifest.Scalar{Text: fmt.Sprint(rng.IntN(9000))}, true
	case manifest.Select:
		if len(q.Choices) > 0 {
			return manifest.Scalar{Text: q.Choices[rng.IntN(len(q.Choices))].Value}, true
		}
	case manifest.Multi:
		s := manifest.Scalar{Many: true, List: []string{}}
		for _, c := range q.Choices {
			if rng.IntN(2) == 0 {
				s.List = append(s.List, c.Value)
			}
		}
		return s, true
	case manifest.String, manifest.Secret, manifest.Path:
		return manifest.Scalar{Text: words[rng.IntN(len(words))]}, q.Help == ""
	}
	return manifest.Scalar{}, false
}

// theirs are the answers that were given, typed as the tool has them.
func theirs(t *testing.T, m *manifest.Manifest, dir string, r *manifest.Resolved, said manifest.Answers) json.RawMessage {
	vars, _ := r.Vars[manifest.Context].(map[string]jinja.Value)
	out := &jinja.Dict{}
	if n, ok := m.Format().(*nest); ok {
		folder := n.chosen(r.Vars["template_"]).folder
		out.Set("_folder", folder)
		dir = filepath.Join(dir, folder)
	}
	for _, a := range r.Asked {
		if _, ok := said[a.Question.ID]; a.Question.ID == "template_" || !ok && !strings.Contains(a.Question.DefaultText(), "random_ascii_string") {
			continue
		}
		name := a.Question.ID
		if trimmed := strings.TrimSuffix(name, "_"); reserved[trimmed] && questionID(trimmed) == name {
			name = trimmed
		}
		v := vars[name]
		if m.Foreign() == Cookiecutter {
			v, _ = vars["cookiecutter"].(*jinja.Dict).Get(name)
			if a.Question.Type == manifest.Select {
				v = rawChoice(t, dir, name, slices.Index(a.Question.Values(), fmt.Sprint(a.Value)))
			}
		}
		out.Set(name, v)
	}
	text, err := jinja.WriteJSON(out)
	if err != nil {
		t.Fatal(err)
	}
	return json.RawMessage(text)
}

// rawChoice is a choice as cookiecutter.json writes it.
func rawChoice(t *testing.T, dir, name string, i int) jinja.Value {
	data, err := os.ReadFile(filepath.Join(dir, "cookiecutter.json"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := jinja.ReadJSON(string(data))
	if err != nil {
		t.Fatal(err)
	}
	list, _ := v.(*jinja.Dict).Get(name)
	return list.(*jinja.List).Items[i]
}

// A tally counts what came of each rendering, and of each template.
type tally struct {
	renderings, identical, failing, refused, different int
	files                                              int
	same, refusedTemplates, failingTemplates           int
	lines                                              []string
	recorded                                           record // of the own templates
}

func (s *tally) String() string {
	return fmt.Sprintf("\n%s\n\n%d templates: %d the same, %d refused, %d fail in both\n%d renderings: %d identical (%d files), %d refused, %d fail in both, %d different",
		strings.Join(s.lines, "\n"), s.same+s.refusedTemplates+s.failingTemplates, s.same, s.refusedTemplates, s.failingTemplates,
		s.renderings, s.identical, s.files, s.refused, s.failing, s.different)
}

func (s *tally) template(t *testing.T, o *oracle, dir string) {
	what := map[string]int{}
	reason, files := "", 0
	for n := range randoms + 1 {
		kind, why, count := s.one(t, o, dir, seeded(n))
		what[kind]++
		files += count
		if why != "" && reason == "" {
			reason = why
		}
	}
	switch {
	case what["refused"] > 0:
		s.refusedTemplates++
	case what["identical"] > 0:
		s.same++
	default:
		s.failingTemplates++
	}
	s.lines = append(s.lines, fmt.Sprintf("%-62s %v %d files %s", short(dir), what, files, reason))
}

func short(dir string) string {
	rel, err := filepath.Rel(testenv.Root(), dir)
	if err != nil {
		return dir
	}
	parts := strings.Split(rel, "/")
	return strings.Join(parts[max(0, len(parts)-3):], "/")
}

func (s *tally) one(t *testing.T, o *oracle, dir string, rng *rand.Rand) (kind, why string, files int) {
	s.renderings++
	got, answers, drawn, err := ours(t, dir, rng)
	tool := Copier
	if _, e := os.Stat(filepath.Join(dir, "cookiecutter.json")); e == nil {
		tool = Cookiecutter
	}
	want, theirErr := o.make(tool, dir, answers)
	for name := range drawn {
		delete(got, name)
		delete(want, name)
	}
	if name := ownName(dir); !strings.HasPrefix(name, "..") {
		s.recorded[name] = append(s.recorded[name], renderingOf(dir, answers, want, theirErr))
	}
	switch {
	case err != nil && theirErr != nil:
		s.failing++
		return "fails in both", "both fail: " + err.Error() + " / " + theirErr.Error(), 0
	case err != nil && isRefusal(err):
		s.refused++
		return "refused", err.Error(), 0
	case err != nil:
		s.different++
		t.Errorf("%s %s: fails, and theirs does not: %v", short(dir), answers, err)
		return "different", "", 0
	case theirErr != nil:
		s.different++
		t.Errorf("%s %s: theirs fails: %v", short(dir), answers, theirErr)
		return "different", "", 0
	}
	if !maps.Equal(got, want) {
		s.different++
		for _, name := range slices.Sorted(maps.Keys(merged(got, want))) {
			if got[name] != want[name] {
				t.Errorf("%s %s: %s\n  ours:   %.600q\n  theirs: %.600q", short(dir), answers, name, got[name], want[name])
			}
		}
		return "different", "", 0
	}
	s.identical++
	s.files += len(got)
	return "identical", "", len(got)
}

func merged(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// isRefusal reports an error that says what is not supported.
func isRefusal(err error) bool {
	var e *jinja.Error
	var twins *tree.CollisionError // names that differ only in case or Unicode form
	return errors.As(err, &twins) || errors.As(err, &e) && e.Kind == jinja.Unsupported || fault.KindOf(err) == fault.Unsafe || strings.Contains(err.Error(), "template of two tools")
}
