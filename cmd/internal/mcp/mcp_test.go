//go:build unix

package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/app/apptest"
	"scaffold/generator/fault"
	"scaffold/internal/testenv"
)

// asking is a template with a question that only a person answers, a secret, and a
// command of its own.
const asking = `apiVersion: scaffold/v1
name: asking
title: Asking
version: 1.0.0
questions:
  - {id: region, type: choice, title: "Where\u202e", choices: [{value: eu}, {value: us}]}
  - {id: zone, type: int, title: Zone, when: region == "us"}
actions:
  - {id: mark, run: [touch, ran]}
`

const secretive = `apiVersion: scaffold/v1
name: secretive
title: Secretive
version: 1.0.0
questions:
  - {id: token, type: secret, title: Token}
`

const slow = `apiVersion: scaffold/v1
name: slow
title: Slow
version: 1.0.0
verify:
  install: {run: [sh, -c, "echo noise; echo $$ > pid; sleep 600"]}
`

// machine is a process whose directory holds the templates of these tests.
func machine(t *testing.T) *app.Env {
	t.Helper()
	e := apptest.New(t)
	home := t.TempDir()
	e.Environ = append(e.Environ, "HOME="+home, "XDG_CONFIG_HOME="+home, "SOURCE_DATE_EPOCH=1767225600",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_CONFIG_NOSYSTEM=1")
	for name, manifest := range map[string]string{"asking": asking, "secretive": secretive, "slow": slow} {
		put(t, filepath.Join(e.Dir, name, "template.yaml"), manifest)
		put(t, filepath.Join(e.Dir, name, "files", "README.md"), "x\n")
	}
	return e
}

func put(t *testing.T, path, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tell is an error in the least words.
func tell(err error) any {
	f := fault.As(fault.KindOf(err), err)
	return map[string]any{"ok": false, "kind": f.Kind, "message": f.Message, "details": f.Lines, "try": f.Hint}
}

func serve(ctx context.Context, t *testing.T, e *app.Env) *sdk.Server {
	t.Helper()
	s, err := New(ctx, Options{Env: e, Fault: tell, Output: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The protocols that clients speak: with a handshake, and without.
func protocols() []string { return []string{"2025-11-25", "2026-07-28"} }

// A client is one that is connected.
type client struct {
	*testing.T
	*sdk.ClientSession
}

// connect connects a client, which asks its person by a function; nil is one that
// cannot ask.
func connect(t *testing.T, s *sdk.Server, protocol string, person func(*sdk.ElicitParams) *sdk.ElicitResult) client {
	t.Helper()
	options := &sdk.ClientOptions{}
	if person != nil {
		options.ElicitationHandler = func(_ context.Context, r *sdk.ElicitRequest) (*sdk.ElicitResult, error) { return person(r.Params), nil }
	}
	here, there := sdk.NewInMemoryTransports()
	if _, err := s.Connect(t.Context(), there, nil); err != nil {
		t.Fatal(err)
	}
	cs, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, options).Connect(t.Context(), here, &sdk.ClientSessionOptions{ProtocolVersion: protocol})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cs.Close() })
	return client{t, cs}
}

type arguments = map[string]any

// document is what a tool answered with.
type document map[string]any

func (d document) text(keys ...string) string {
	var v any = map[string]any(d)
	for _, k := range keys {
		v = v.(map[string]any)[k]
	}
	return fmt.Sprint(v)
}

// call calls a tool, and gives the document and whether it is an error.
func (c client) call(name string, args arguments) (document, bool) {
	c.Helper()
	res, err := c.CallTool(c.Context(), &sdk.CallToolParams{Name: name, Arguments: args})
	if err != nil {
		c.Fatalf("%s: %v", name, err)
	}
	var doc document
	text := res.Content[0].(*sdk.TextContent).Text
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		c.Fatalf("%s: %v\n%s", name, err, text)
	}
	if data, err := json.Marshal(res.StructuredContent); err != nil || !same(data, []byte(text)) {
		c.Errorf("%s: as data it is another document: %s", name, data)
	}
	return doc, res.IsError
}

func same(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && fmt.Sprint(x) == fmt.Sprint(y)
}

func (c client) right(name string, args arguments) document {
	c.Helper()
	doc, wrong := c.call(name, args)
	if wrong {
		c.Fatalf("%s %v: %v", name, args, doc)
	}
	return doc
}

// wrong calls a tool for an error of a kind, whose remedy says something.
func (c client) wrong(kind fault.Kind, remedy, name string, args arguments) document {
	c.Helper()
	doc, wrong := c.call(name, args)
	if !wrong || doc.text("kind") != string(kind) || !strings.Contains(fmt.Sprint(doc["try"]), remedy) {
		c.Errorf("%s %v: %v, want %s with %q", name, args, doc, kind, remedy)
	}
	return doc
}

// make goes by plan and create.
func (c client) make(args arguments) document {
	c.Helper()
	args["digest"] = c.right("plan", args).text("digest")
	return c.right("create", args)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func TestEachToolDoesWhatItsCommandDoes(t *testing.T) {
	for _, protocol := range protocols() {
		t.Run(protocol, func(t *testing.T) {
			e := machine(t)
			c := connect(t, serve(t.Context(), t, e), protocol, nil)
			if doc := c.right("recommend", arguments{"describe": "a shop where sellers upload photos", "team": "python"}); doc.text("choice", "primary") != "django" {
				t.Errorf("recommended: %v", doc)
			}
			if doc := c.right("recommend", arguments{"use": []string{"realtime-chat"}}); doc.text("choice", "primary") != "node-ws" {
				t.Errorf("recommended: %v", doc)
			}
			if doc := c.right("describe_template", arguments{"template": "flask"}); doc.text("answers", "properties", "port", "default") != "5000" && doc.text("answers", "properties", "port", "type") != "integer" {
				t.Errorf("described: %v", doc)
			}
			args := arguments{"directory": "shop", "template": "flask", "answers": arguments{"port": 8001, "docker": false}, "verify": "none", "git": "commit"}
			plan := c.right("plan", args)
			if exists(filepath.Join(e.Dir, "shop")) || !strings.Contains(plan.text("files", "paths"), "README.md") {
				t.Errorf("planned: %v", plan)
			}
			made := c.make(args)
			if made.text("digest") != plan.text("digest") || made.text("answers", "port") != "8001" || made.text("git", "commit") == "" || !exists(filepath.Join(e.Dir, "shop", "README.md")) {
				t.Errorf("made: %v", made)
			}
			if doc := c.right("check", arguments{"directory": "shop"}); doc.text("ok") != "true" {
				t.Errorf("checked: %v", doc)
			}
			update := arguments{"directory": "shop", "answers": arguments{"port": 8002}, "dry_run": true}
			dry := c.right("update", update)
			delete(update, "dry_run")
			update["digest"] = dry.text("digest")
			if doc := c.right("update", update); doc.text("applied") != "true" || dry.text("applied") != "false" {
				t.Errorf("updated: %v after %v", doc, dry)
			}
			if data, err := os.ReadFile(filepath.Join(e.Dir, "shop", ".scaffold", "answers.yaml")); err != nil || !strings.Contains(string(data), "8002") {
				t.Errorf("%v\n%s", err, data)
			}
		})
	}
}

func TestATemplateOfAnotherToolIsPlannedAndMade(t *testing.T) {
	e := machine(t)
	put(t, filepath.Join(e.Dir, "cookie", "cookiecutter.json"), `{"slug": "shop", "license": ["MIT", "BSD"]}`)
	put(t, filepath.Join(e.Dir, "cookie", "{{ cookiecutter.slug }}", "README.md"), "{{ cookiecutter.slug|upper }} {{ cookiecutter.license }}\n")
	c := connect(t, serve(t.Context(), t, e), "", nil)
	if got := fmt.Sprint(c.right("describe_template", arguments{"template": "./cookie"})); !strings.Contains(got, "BSD") {
		t.Errorf("the description has no choice: %s", got)
	}
	c.wrong(fault.Answer, "describe_template", "plan", arguments{"directory": "out", "template": "./cookie", "answers": arguments{"license": "GPL"}})
	c.make(arguments{"directory": "out", "template": "./cookie", "answers": arguments{"license": "BSD"}})
	if data, err := os.ReadFile(filepath.Join(e.Dir, "out", "README.md")); string(data) != "SHOP BSD\n" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestWhatIsWrongIsToldWithARemedy(t *testing.T) {
	e := machine(t)
	c := connect(t, serve(t.Context(), t, e), "", nil)
	none := "sha256:" + strings.Repeat("0", 64)
	c.wrong(fault.Answer, "realtime-chat", "recommend", arguments{"use": []string{"chat"}})
	c.wrong(fault.Answer, "say what it does", "recommend", arguments{"describe": "something nice"})
	c.wrong(fault.Usage, "string", "recommend", arguments{"describe": 7})
	c.wrong(fault.Usage, "did you mean team?", "recommend", arguments{"taem": "python"})
	c.wrong(fault.Usage, "template:", "describe_template", arguments{})
	c.wrong(fault.Usage, "did you mean django?", "describe_template", arguments{"template": "djnago"})
	c.wrong(fault.Usage, "directory:", "plan", arguments{"template": "flask"})
	c.wrong(fault.Usage, "--use", "plan", arguments{"directory": "shop"})
	c.wrong(fault.Usage, "none install test run", "plan", arguments{"directory": "shop", "template": "flask", "verify": "all"})
	c.wrong(fault.Usage, "array", "plan", arguments{"directory": "shop", "use": "rest-api"})
	c.wrong(fault.Answer, "use shop", "plan", arguments{"directory": "Shop!", "template": "flask"})
	c.wrong(fault.Usage, "", "plan", arguments{"directory": "shop", "template": "flask", "preset": "no"})
	doc := c.wrong(fault.Answer, "describe_template", "plan", arguments{"directory": "shop", "template": "flask", "answers": arguments{"prot": 1, "port": "x"}})
	if got := doc.text("details"); got != "[unknown: prot; did you mean port? invalid: port=x; must be a whole number]" {
		t.Errorf("told: %s", got)
	}
	for _, value := range []any{nil, arguments{"a": 1}, []any{[]any{"a"}}} {
		c.wrong(fault.Usage, "a list of texts", "plan", arguments{"directory": "shop", "template": "flask", "answers": arguments{"port": value}})
	}
	c.wrong(fault.Usage, "digest:", "create", arguments{"directory": "shop", "template": "flask"})
	c.wrong(fault.Usage, "digest", "create", arguments{"directory": "shop", "template": "flask", "digest": "x"})
	c.wrong(fault.Changed, "plan again", "create", arguments{"directory": "shop", "template": "flask", "digest": none})
	c.wrong(fault.NotEmpty, "another directory", "plan", arguments{"directory": "asking", "template": "flask"})
	c.wrong(fault.Destination, "project's directory", "check", arguments{"directory": "."})
	c.wrong(fault.Destination, "project's directory", "check", arguments{"directory": "nowhere"})
	c.wrong(fault.Usage, "dry_run", "update", arguments{"directory": "shop"})
	c.wrong(fault.Destination, "project's directory", "update", arguments{"directory": "asking", "dry_run": true})
	if exists(filepath.Join(e.Dir, "shop")) {
		t.Error("something was written")
	}
	if _, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: "remove"}); err == nil {
		t.Error("an unknown tool answers")
	}
}

// TestWhatChangedSinceThePlanIsRefused: the template, the arguments, and what an
// update finds.
func TestWhatChangedSinceThePlanIsRefused(t *testing.T) {
	e := machine(t)
	c := connect(t, serve(t.Context(), t, e), "", nil)
	args := arguments{"directory": "shop", "template": "./slow"}
	args["digest"] = c.right("plan", args).text("digest")
	for name, change := range map[string]arguments{
		"another directory": {"directory": "other"}, "steps": {"verify": "install"}, "no repository": {"git": "none"}, "another branch": {"branch": "trunk"},
	} {
		changed := arguments{}
		for _, of := range []arguments{args, change} {
			for k, v := range of {
				changed[k] = v
			}
		}
		if c.wrong(fault.Changed, "plan again", "create", changed); exists(filepath.Join(e.Dir, "shop")) || exists(filepath.Join(e.Dir, "other")) {
			t.Errorf("%s: something was written", name)
		}
	}
	put(t, filepath.Join(e.Dir, "slow", "files", "README.md"), "y\n")
	if c.wrong(fault.Changed, "plan again", "create", args); exists(filepath.Join(e.Dir, "shop")) {
		t.Error("something was written")
	}
	put(t, filepath.Join(e.Dir, "slow", "files", "README.md"), "x\n")
	c.right("create", args)
	put(t, filepath.Join(e.Dir, "slow", "files", "new.md"), "one\n")
	update := arguments{"directory": "shop", "dry_run": true}
	digest := c.right("update", update).text("digest")
	put(t, filepath.Join(e.Dir, "slow", "files", "new.md"), "two\n")
	if c.wrong(fault.Changed, "plan again", "update", arguments{"directory": "shop", "digest": digest}); exists(filepath.Join(e.Dir, "shop", "new.md")) {
		t.Error("something was updated")
	}
}

func TestNothingIsWrittenOutsideOfTheRoot(t *testing.T) {
	e := machine(t)
	elsewhere := t.TempDir()
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(e.Dir, name)); err != nil {
			t.Skipf("no links: %v", err)
		}
	}
	link(elsewhere, "away")
	link(filepath.Join(elsewhere, "gone"), "dangling")
	link("loop", "loop")
	link("asking", "inside")
	put(t, filepath.Join(elsewhere, "secret"), "s3cret")
	put(t, filepath.Join(elsewhere, "repo", "HEAD"), "ref: refs/heads/main\n")
	put(t, filepath.Join(e.Dir, "worktree", ".git"), "gitdir: "+filepath.Join(elsewhere, "repo")+"\n")
	c := connect(t, serve(t.Context(), t, e), "", nil)
	for _, dir := range []string{"..", "../x", "a/../../x", elsewhere, filepath.Join(elsewhere, "x"), "/", "away", "away/x", "away/x/y", "dangling", "dangling/x", "loop/x", "worktree"} {
		for _, tool := range []string{"plan", "create", "check", "update"} {
			args := arguments{"directory": dir}
			switch {
			case tool == "update":
				args["dry_run"] = true
			case tool == "check" && dir == "worktree":
				continue // it writes nothing
			case tool == "create":
				args["digest"] = "sha256:" + strings.Repeat("0", 64)
				fallthrough
			case tool == "plan":
				args["template"] = "./slow"
			}
			c.wrong(fault.Unsafe, "", tool, args)
		}
	}
	c.wrong(fault.Usage, "below", "plan", arguments{"directory": "", "template": "./slow"})
	c.wrong(fault.Usage, "below", "plan", arguments{"directory": "x\x00y", "template": "./slow"})
	for _, file := range []string{"../secret", "away/secret", filepath.Join(elsewhere, "secret"), "nothing"} {
		c.wrong(fault.Usage, "secret_files", "plan", arguments{"directory": "shop", "template": "./secretive", "secret_files": arguments{"token": file}})
	}
	if found, _ := os.ReadDir(elsewhere); len(found) != 2 {
		t.Errorf("outside there is now %v", found)
	}
	// What is below it may be named by any way that stays there.
	for _, dir := range []string{"a/b/../c", filepath.Join(e.Dir, "d"), "inside/e", "./f"} {
		if doc := c.make(arguments{"directory": dir, "template": "./slow"}); !strings.HasPrefix(doc.text("directory"), e.Dir) {
			t.Errorf("%s is %s", dir, doc.text("directory"))
		}
	}
}

// TestAnUpdateStaysBelowTheRoot: the index of a repository that begins above the
// root is not written.
func TestAnUpdateStaysBelowTheRoot(t *testing.T) {
	e := machine(t)
	c := connect(t, serve(t.Context(), t, e), "", nil)
	c.make(arguments{"directory": "shop", "template": "./slow"})
	inner := *e
	inner.Dir = filepath.Join(e.Dir, "shop")
	within := connect(t, serve(t.Context(), t, &inner), "", nil)
	within.right("update", arguments{"directory": ".", "dry_run": true})
	if err := os.Rename(filepath.Join(e.Dir, "shop", ".git"), filepath.Join(e.Dir, ".git")); err != nil {
		t.Fatal(err)
	}
	within.wrong(fault.Unsafe, "--root", "update", arguments{"directory": ".", "dry_run": true})
}

func TestThePersonIsAskedByTheClient(t *testing.T) {
	for _, protocol := range protocols() {
		t.Run(protocol, func(t *testing.T) {
			e := machine(t)
			var asked []*sdk.ElicitParams
			var mu sync.Mutex
			hooks := "run"
			c := connect(t, serve(t.Context(), t, e), protocol, func(p *sdk.ElicitParams) *sdk.ElicitResult {
				mu.Lock()
				defer mu.Unlock()
				asked = append(asked, p)
				content := map[string]any{}
				for id := range p.RequestedSchema.(map[string]any)["properties"].(map[string]any) {
					content[id] = map[string]any{"region": "us", "zone": 3, "hooks": hooks}[id]
				}
				return &sdk.ElicitResult{Action: "accept", Content: content}
			})
			args := arguments{"directory": "shop", "template": "./asking"}
			plan := c.right("plan", args)
			if plan.text("answers", "region") != "us" || plan.text("answers", "zone") != "3" || len(asked) != 2 {
				t.Fatalf("asked %d times: %v", len(asked), plan)
			}
			if form, _ := json.Marshal(asked[0].RequestedSchema); strings.Contains(string(form), "\u202e") || !strings.Contains(string(form), `"eu"`) {
				t.Errorf("the form is %s", form)
			}
			args["digest"] = plan.text("digest")
			c.right("create", args)
			if last := asked[len(asked)-1]; !strings.Contains(last.Message, "touch ran") || len(asked) != 5 {
				t.Errorf("asked %d times, the last: %s", len(asked), last.Message)
			}
			if !exists(filepath.Join(e.Dir, "shop", "ran")) {
				t.Error("the hook did not run")
			}
			hooks = "skip"
			other := arguments{"directory": "other", "template": "./asking", "answers": arguments{"region": "eu"}}
			if doc := c.make(other); exists(filepath.Join(e.Dir, "other", "ran")) || !strings.Contains(doc.text("hooks"), "skipped") {
				t.Errorf("the hook ran: %v", doc)
			}
		})
	}
}

// trusted lets a template run its commands from now on.
func trusted(t *testing.T, e *app.Env, ref string) {
	t.Helper()
	store, err := e.TrustStore()
	if err != nil {
		t.Fatal(err)
	}
	template, err := e.Catalog().Load(t.Context(), ref)
	if err == nil {
		err = store.Add(t.Context(), template)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestThePersonIsAskedAboutSteps: of --verify, where the template is not
// scaffold's own. A client that cannot ask gets the refusal.
func TestThePersonIsAskedAboutSteps(t *testing.T) {
	for _, protocol := range protocols() {
		e, says := machine(t), "skip"
		put(t, filepath.Join(e.Dir, "slow", "template.yaml"), strings.Replace(slow, "sleep 600", "true", 1))
		c := connect(t, serve(t.Context(), t, e), protocol, func(p *sdk.ElicitParams) *sdk.ElicitResult {
			if !strings.Contains(p.Message, "(verify install)") {
				t.Errorf("asked: %s", p.Message)
			}
			return &sdk.ElicitResult{Action: "accept", Content: map[string]any{"hooks": says}}
		})
		for _, dir := range []string{"skip", "run"} {
			says = dir
			args := arguments{"directory": dir, "template": "./slow", "verify": "install", "hooks": "skip"}
			doc := c.make(args)
			if ran := exists(filepath.Join(e.Dir, dir, "pid")); ran != (dir == "run") || strings.Contains(doc.text("verify"), "skipped") == ran {
				t.Errorf("%s, %s: ran %v, %v", protocol, dir, ran, doc)
			}
		}
		args := arguments{"directory": "mute", "template": "./slow", "verify": "install"}
		mute := connect(t, serve(t.Context(), t, e), protocol, nil)
		args["digest"] = mute.right("plan", args).text("digest")
		mute.wrong(fault.Untrusted, `verify: "none"`, "create", args)
		if exists(filepath.Join(e.Dir, "mute")) {
			t.Error("a project was made")
		}
	}
}

// TestAnUpdateAsksWhatIsNew, and whether the new version's commands may run.
func TestAnUpdateAsksWhatIsNew(t *testing.T) {
	for _, protocol := range protocols() {
		e := machine(t)
		c := connect(t, serve(t.Context(), t, e), protocol, func(p *sdk.ElicitParams) *sdk.ElicitResult {
			said := map[string]any{"region": "eu"}
			if strings.Contains(p.Message, "touch ran") {
				said = map[string]any{"hooks": "run"}
			}
			return &sdk.ElicitResult{Action: "accept", Content: said}
		})
		c.make(arguments{"directory": "shop", "template": "./slow"})
		put(t, filepath.Join(e.Dir, "slow", "template.yaml"), strings.Replace(slow, "1.0.0", "1.1.0", 1)+`
questions: [{id: region, type: choice, choices: [{value: eu}, {value: us}]}]
actions: [{id: mark, run: [touch, ran], on: [update]}]
`)
		digest := c.right("update", arguments{"directory": "shop", "dry_run": true}).text("digest")
		if doc := c.right("update", arguments{"directory": "shop", "digest": digest}); doc.text("applied") != "true" || !exists(filepath.Join(e.Dir, "shop", "ran")) {
			t.Errorf("%s: %v", protocol, doc)
		}
	}
}

// TestAnAnswerThatDoesNotFitIsRefused, whoever holds it against the form: the
// client, the library or the template.
func TestAnAnswerThatDoesNotFitIsRefused(t *testing.T) {
	for _, protocol := range protocols() {
		for _, answer := range []any{"mars", 7, nil} {
			e := machine(t)
			c := connect(t, serve(t.Context(), t, e), protocol, func(*sdk.ElicitParams) *sdk.ElicitResult {
				return &sdk.ElicitResult{Action: "accept", Content: map[string]any{"region": answer}}
			})
			res, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: "plan", Arguments: arguments{"directory": "shop", "template": "./asking"}})
			if err == nil && (!res.IsError || !strings.Contains(res.Content[0].(*sdk.TextContent).Text, `"kind":"answer"`)) {
				t.Errorf("%s, %v: %s", protocol, answer, res.Content[0].(*sdk.TextContent).Text)
			}
		}
	}
}

// TestWhoDeclinesIsTakenAtTheirWord: the call ends with what was missing.
func TestWhoDeclinesIsTakenAtTheirWord(t *testing.T) {
	for _, protocol := range protocols() {
		for _, action := range []string{"decline", "cancel"} {
			e := machine(t)
			times := 0
			c := connect(t, serve(t.Context(), t, e), protocol, func(*sdk.ElicitParams) *sdk.ElicitResult {
				times++
				return &sdk.ElicitResult{Action: action}
			})
			c.wrong(fault.Answer, `answers: {"region":"eu"}`, "plan", arguments{"directory": "shop", "template": "./asking"})
			args := arguments{"directory": "shop", "template": "./asking", "answers": arguments{"region": "eu"}}
			args["digest"] = c.right("plan", args).text("digest")
			c.wrong(fault.Untrusted, `hooks: "skip"`, "create", args)
			if times != 2 || exists(filepath.Join(e.Dir, "shop")) {
				t.Errorf("%s, %s: asked %d times", protocol, action, times)
			}
		}
	}
}

func TestAClientThatCannotAskIsToldAll(t *testing.T) {
	e := machine(t)
	for _, protocol := range protocols() {
		c := connect(t, serve(t.Context(), t, e), protocol, nil)
		doc := c.wrong(fault.Answer, `answers: {"region":"eu"}`, "plan", arguments{"directory": "shop", "template": "./asking", "answers": arguments{"rgion": "eu"}})
		if got := doc.text("details"); got != "[missing: region (Where\u202e), of eu, us unknown: rgion; did you mean region?]" {
			t.Errorf("told: %q", got)
		}
		args := arguments{"directory": "shop", "template": "./asking", "answers": arguments{"region": "eu"}}
		args["digest"] = c.right("plan", args).text("digest")
		if doc := c.wrong(fault.Untrusted, `hooks: "skip"`, "create", args); !strings.Contains(doc.text("details"), "touch ran") {
			t.Errorf("told: %v", doc)
		}
		if exists(filepath.Join(e.Dir, "shop")) {
			t.Fatal("something was written")
		}
	}
	c := connect(t, serve(t.Context(), t, e), "", nil)
	c.make(arguments{"directory": "shop", "template": "./asking", "answers": arguments{"region": "eu"}, "hooks": "skip"})
	if exists(filepath.Join(e.Dir, "shop", "ran")) {
		t.Error("the hook ran")
	}
	// Only a person says that commands may run.
	c.wrong(fault.Usage, "skip", "plan", arguments{"directory": "x", "template": "./asking", "hooks": "run"})
}

// TestASecretGoesThroughNoForm: it comes from a file, and comes out nowhere.
func TestASecretGoesThroughNoForm(t *testing.T) {
	e := machine(t)
	c := connect(t, serve(t.Context(), t, e), "", func(*sdk.ElicitParams) *sdk.ElicitResult {
		t.Error("the person is asked for a secret")
		return &sdk.ElicitResult{Action: "decline"}
	})
	c.wrong(fault.Answer, `secret_files: {"token":"FILE"}`, "plan", arguments{"directory": "shop", "template": "./secretive"})
	put(t, filepath.Join(e.Dir, "token.txt"), "s3cret\n")
	if doc := c.make(arguments{"directory": "shop", "template": "./secretive", "secret_files": arguments{"token": "token.txt"}}); strings.Contains(fmt.Sprint(doc), "s3cret") || doc.text("answers", "token") != "***" {
		t.Errorf("told: %v", doc)
	}
}

// TestTwoClientsAtOnce: each has its own, and of one directory one client is the
// first.
func TestTwoClientsAtOnce(t *testing.T) {
	e := machine(t)
	s := serve(t.Context(), t, e)
	args := arguments{"directory": "both", "template": "flask"}
	clients := []client{connect(t, s, "2025-11-25", nil), connect(t, s, "2026-07-28", nil)}
	args["digest"] = clients[0].right("plan", args).text("digest")
	var group sync.WaitGroup
	won := make([]bool, len(clients))
	for i, c := range clients {
		group.Go(func() {
			own := arguments{"directory": fmt.Sprintf("own-%d", i), "template": "./slow"}
			own["digest"] = c.right("plan", own).text("digest")
			if doc := c.right("create", own); doc.text("answers", "name") != own["directory"] {
				t.Errorf("client %d has %v", i, doc)
			}
			doc, wrong := c.call("create", args)
			won[i] = !wrong
			if kind := fmt.Sprint(doc["kind"]); wrong && kind != string(fault.NotEmpty) && kind != string(fault.Exists) && kind != string(fault.Busy) && kind != string(fault.Changed) {
				t.Errorf("client %d: %v", i, doc)
			}
		})
	}
	group.Wait()
	if won[0] == won[1] {
		t.Errorf("both directories: %v", won)
	}
	if doc := clients[0].right("check", arguments{"directory": "both"}); doc.text("ok") != "true" {
		t.Errorf("checked: %v", doc)
	}
	leftovers(t, e.Dir)
}

// leftovers looks for what a run leaves that was not brought to its end.
func leftovers(t *testing.T, dir string) {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if strings.Contains(f.Name(), ".scaffold-") {
			t.Errorf("%s is left", f.Name())
		}
	}
}

// TestACancelledCallLeavesNothing, or a whole project, whenever it comes; and
// what runs is ended.
func TestACancelledCallLeavesNothing(t *testing.T) {
	e := machine(t)
	s := serve(t.Context(), t, e)
	var calls sync.WaitGroup // that the server is at
	s.AddReceivingMiddleware(func(next sdk.MethodHandler) sdk.MethodHandler {
		return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
			calls.Add(1)
			defer calls.Done()
			return next(ctx, method, req)
		}
	})
	c := connect(t, s, "", nil)
	shop, args := filepath.Join(e.Dir, "shop"), arguments{"directory": "shop", "template": "flask"}
	args["digest"] = c.right("plan", args).text("digest")
	for i := range 8 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*40*time.Millisecond)
		_, _ = c.CallTool(ctx, &sdk.CallToolParams{Name: "create", Arguments: args})
		cancel()
		if _, err := c.ListTools(t.Context(), nil); err != nil { // it has come to the server
			t.Fatal(err)
		}
		calls.Wait()
		if !exists(shop) {
			continue
		}
		if doc := c.right("check", arguments{"directory": "shop"}); doc.text("ok") != "true" {
			t.Errorf("checked: %v", doc)
		}
		if err := os.RemoveAll(shop); err != nil {
			t.Fatal(err)
		}
	}
	c.right("create", args)
	leftovers(t, e.Dir)

	ctx, cancel := context.WithCancel(t.Context())
	trusted(t, e, "./slow")
	long := arguments{"directory": "long", "template": "./slow", "verify": "install"}
	long["digest"] = c.right("plan", long).text("digest")
	done := make(chan error, 1)
	go func() {
		_, err := c.CallTool(ctx, &sdk.CallToolParams{Name: "create", Arguments: long})
		done <- err
	}()
	pid := runs(t, filepath.Join(e.Dir, "long", "pid"))
	cancel()
	if err := <-done; err == nil {
		t.Error("a cancelled call has an answer")
	}
	ends(t, pid)
	if doc := c.right("check", arguments{"directory": "long"}); doc.text("ok") != "true" {
		t.Errorf("checked: %v", doc)
	}
}

// TestTheCallsEndWithTheServer: a signal does not wait for a step that takes long.
func TestTheCallsEndWithTheServer(t *testing.T) {
	e := machine(t)
	ctx, cancel := context.WithCancel(t.Context())
	c := connect(t, serve(ctx, t, e), "", nil)
	trusted(t, e, "./slow")
	long := arguments{"directory": "long", "template": "./slow", "verify": "install"}
	long["digest"] = c.right("plan", long).text("digest")
	done := make(chan error, 1)
	go func() {
		_, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: "create", Arguments: long})
		done <- err
	}()
	pid := runs(t, filepath.Join(e.Dir, "long", "pid"))
	cancel()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the call goes on")
	}
	ends(t, pid)
}

// TestTheClientHearsWhatRuns, where it wants to.
func TestTheClientHearsWhatRuns(t *testing.T) {
	e := machine(t)
	put(t, filepath.Join(e.Dir, "slow", "template.yaml"), strings.Replace(slow, "sleep 600", "true", 1))
	trusted(t, e, "./slow")
	heard := make(chan string, 8)
	here, there := sdk.NewInMemoryTransports()
	if _, err := serve(t.Context(), t, e).Connect(t.Context(), there, nil); err != nil {
		t.Fatal(err)
	}
	options := &sdk.ClientOptions{ProgressNotificationHandler: func(_ context.Context, r *sdk.ProgressNotificationClientRequest) { heard <- r.Params.Message }}
	cs, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, options).Connect(t.Context(), here, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer cs.Close()
	c := client{t, cs}
	args := arguments{"directory": "shop", "template": "./slow", "verify": "install"}
	args["digest"] = c.right("plan", args).text("digest")
	params := &sdk.CallToolParams{Name: "create", Arguments: args, Meta: sdk.Meta{"progressToken": "p"}}
	if _, err := cs.CallTool(t.Context(), params); err != nil {
		t.Fatal(err)
	}
	select {
	case name := <-heard:
		if name != "install" {
			t.Errorf("heard of %s", name)
		}
	case <-time.After(time.Minute):
		t.Error("nothing is heard")
	}
}

// TestTheToolsSayWhatTheyDo: six, with what they write, and schemas that a client
// can fill in.
func TestTheToolsSayWhatTheyDo(t *testing.T) {
	c := connect(t, serve(t.Context(), t, machine(t)), "", nil)
	list, err := c.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	writes := map[string]bool{"recommend": false, "describe_template": false, "plan": false, "create": true, "check": false, "update": true}
	for _, tool := range list.Tools {
		write, known := writes[tool.Name]
		if a := tool.Annotations; !known || a.ReadOnlyHint == write || *a.DestructiveHint != (tool.Name == "update") || a.Title == "" || tool.Description == "" {
			t.Errorf("%s: %+v", tool.Name, a)
		}
		delete(writes, tool.Name)
		schema, err := json.Marshal(tool.InputSchema)
		if err != nil || strings.Contains(string(schema), `"type":[`) || strings.Count(string(schema), `"array"`) != strings.Count(string(schema), `"items":{"type":"string"}`) || !strings.Contains(string(schema), `"additionalProperties":false`) {
			t.Errorf("%s takes %s", tool.Name, schema)
		}
	}
	if len(writes) > 0 {
		t.Errorf("not there: %v", writes)
	}
	if data, err := json.Marshal(list); err != nil || len(data) > 9000 {
		t.Errorf("an agent reads %d bytes before it begins", len(data))
	}
	if c.InitializeResult().Capabilities.Tools.ListChanged {
		t.Error("it says that tools change")
	}
}

func TestResources(t *testing.T) {
	e := machine(t)
	c := connect(t, serve(t.Context(), t, e), "", nil)
	list, err := c.ListResources(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var uris []string
	for _, r := range list.Resources {
		uris = append(uris, r.URI)
		res, err := c.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: r.URI})
		if err != nil || len(res.Contents) != 1 || res.Contents[0].Text == "" || res.Contents[0].MIMEType != r.MIMEType {
			t.Errorf("%s: %v %+v", r.URI, err, res)
		}
	}
	for _, want := range []string{"scaffold://schemas/output", "scaffold://templates/django/README.md", "scaffold://templates/node-ws/template.yaml"} {
		if !slices.Contains(uris, want) {
			t.Errorf("%s is not there", want)
		}
	}
	if res, err := c.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "scaffold://templates/./asking/template.yaml"}); err != nil || res.Contents[0].Text != asking {
		t.Errorf("%v %+v", err, res)
	}
	for _, wrong := range []string{"scaffold://templates/djnago/README.md", "scaffold://templates/./asking/README.md", "scaffold://templates/flask/files/dev.py.tmpl", "scaffold://other"} {
		if _, err := c.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: wrong}); err == nil {
			t.Errorf("%s is read", wrong)
		}
	}
}

// TestABrokenConfigurationIsToldByEachCall: what is built in can be read.
func TestABrokenConfigurationIsToldByEachCall(t *testing.T) {
	e := machine(t)
	config := filepath.Join(e.Dir, "config.yaml")
	put(t, config, "defaults: {license: Apache-2.0}\n")
	e.ConfigFlag = config
	c := connect(t, serve(t.Context(), t, e), "", nil)
	args := arguments{"directory": "shop", "template": "flask"}
	if doc := c.right("plan", args); doc.text("answers", "license") != "Apache-2.0" {
		t.Errorf("planned: %v", doc)
	}
	put(t, config, "dfaults: {}\n")
	c.wrong(fault.Encoded, "", "plan", args)
	put(t, config, "defaults: {license: MIT}\n")
	if doc := c.right("plan", args); doc.text("answers", "license") != "MIT" {
		t.Errorf("planned: %v", doc)
	}
}

func TestTheRootIsThere(t *testing.T) {
	e := machine(t)
	put(t, filepath.Join(e.Dir, "file"), "x")
	for _, root := range []string{"nowhere", "file"} {
		if _, err := New(t.Context(), Options{Env: e, Root: root, Fault: tell}); !fault.Is(err, fault.Destination) {
			t.Errorf("%s: %v", root, err)
		}
	}
}

// runs waits for a step to write its process id.
func runs(t *testing.T, file string) int {
	t.Helper()
	pid := 0
	testenv.Eventually(t, time.Minute, "the step runs", func() bool {
		data, _ := os.ReadFile(file)
		pid, _ = strconv.Atoi(strings.TrimSpace(string(data)))
		return pid > 0
	})
	return pid
}

// ends waits for a process to be gone.
func ends(t *testing.T, pid int) {
	t.Helper()
	testenv.Eventually(t, time.Minute, "the step is ended", func() bool { return syscall.Kill(pid, 0) != nil })
}
