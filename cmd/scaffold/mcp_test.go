//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"scaffold/internal/testenv"
)

// mcp is `scaffold mcp` in a directory that holds the template ./tpl, whose
// hook and steps print.
func mcp(t *testing.T, args ...string) (cmd *exec.Cmd, dir string, said *bytes.Buffer) {
	t.Helper()
	dir, said = t.TempDir(), &bytes.Buffer{}
	for name, data := range map[string]string{
		"tpl/template.yaml": `apiVersion: scaffold/v1
name: loud
title: Loud
version: 1.0.0
questions:
  - {id: wait, type: bool, default: false}
actions:
  - {id: shout, run: [sh, -c, "echo hook; echo hook >&2"]}
verify:
  install: {run: [sh, install]}
`,
		"tpl/files/install.tmpl": "echo install; echo install >&2\n{{ if .wait }}echo $$ >pid; sleep 60{{ end }}\n",
	} {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd = exec.Command(testenv.Scaffold(t), append([]string{"mcp"}, args...)...)
	cmd.Dir, cmd.Stderr = dir, said
	cmd.Env = testenv.Env("HOME="+dir, "XDG_CONFIG_HOME="+dir, "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_CONFIG_NOSYSTEM=1")
	return cmd, dir, said
}

// lines copies a stream and keeps it.
type lines struct {
	io.ReadCloser
	kept bytes.Buffer
}

func (l *lines) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	l.kept.Write(p[:n])
	return n, err
}

// talk starts a server and connects the SDK's client to its pipes. What the
// server printed is there once end was called.
func talk(t *testing.T, options *sdk.ClientOptions, args ...string) (cs *sdk.ClientSession, dir string, end func() (stdout, stderr string)) {
	t.Helper()
	cmd, dir, said := mcp(t, args...)
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
	printed := &lines{ReadCloser: out}
	cs, err = sdk.NewClient(&sdk.Implementation{Name: "test"}, options).Connect(t.Context(), &sdk.IOTransport{Reader: printed, Writer: in}, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return cs, dir, func() (string, string) {
		_ = in.Close()
		_ = cs.Wait()
		if err := cmd.Wait(); err != nil {
			t.Errorf("it ends with %v", err)
		}
		return printed.kept.String(), said.String()
	}
}

// asked calls a tool and gives the document.
func asked(t *testing.T, cs *sdk.ClientSession, name string, args map[string]any) map[string]any {
	t.Helper()
	res, err := cs.CallTool(t.Context(), &sdk.CallToolParams{Name: name, Arguments: args})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(res.Content[0].(*sdk.TextContent).Text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestStandardOutputHoldsTheProtocolAlone, whatever hooks and steps print; and
// each answer is of the schema that the server has for it.
func TestStandardOutputHoldsTheProtocolAlone(t *testing.T) {
	options := &sdk.ClientOptions{ElicitationHandler: func(context.Context, *sdk.ElicitRequest) (*sdk.ElicitResult, error) {
		return &sdk.ElicitResult{Action: "accept", Content: map[string]any{"hooks": "run"}}, nil
	}}
	cs, dir, end := talk(t, options)
	res, err := cs.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "scaffold://schemas/output"})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(res.Contents[0].Text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("output.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema := compiler.MustCompile("output.json")
	said := func(name string, args map[string]any) map[string]any {
		t.Helper()
		doc := asked(t, cs, name, args)
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return doc
	}
	args := map[string]any{"directory": "shop", "template": "./tpl", "verify": "install"}
	args["digest"] = said("plan", args)["digest"]
	said("create", args)
	said("create", args) // it is there
	said("recommend", map[string]any{"describe": "a shop"})
	said("describe_template", map[string]any{"template": "./tpl"})
	said("check", map[string]any{"directory": "shop"})
	said("update", map[string]any{"directory": "shop", "dry_run": true})
	said("plan", map[string]any{"directory": "../x", "template": "./tpl"})
	stdout, stderr := end()
	if stderr != "" {
		t.Errorf("stderr: %s", stderr)
	}
	for line := range strings.Lines(stdout) {
		var message struct{ JSONRPC string }
		if err := json.Unmarshal([]byte(line), &message); err != nil || message.JSONRPC != "2.0" {
			t.Errorf("%v: %s", err, line)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "shop", ".scaffold", "lock.yaml")); err != nil {
		t.Error(err)
	}
}

// begun starts a server that is at a step which takes long, and gives the id of
// that step's process.
func begun(t *testing.T) (cmd *exec.Cmd, in io.WriteCloser, out io.ReadCloser, step int) {
	t.Helper()
	cmd, dir, _ := mcp(t)
	trust := exec.Command(cmd.Path, "trust", "add", "./tpl")
	trust.Dir, trust.Env = dir, cmd.Env
	if out, err := trust.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if out, err = cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	read := bufio.NewReader(out)
	say := func(method string, params any) { // and hear
		t.Helper()
		message, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
		if err == nil {
			_, err = in.Write(append(message, '\n'))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const create = `{"name": %q, "arguments": {"directory": "long", "template": "./tpl", "answers": {"wait": true}, "verify": "install", "hooks": "skip"%s}}`
	say("initialize", json.RawMessage(`{"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}`))
	if _, err := read.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	say("tools/call", json.RawMessage(fmt.Sprintf(create, "plan", "")))
	line, err := read.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, digest, _ := strings.Cut(line, "sha256:")
	say("tools/call", json.RawMessage(fmt.Sprintf(create, "create", `, "digest": "sha256:`+digest[:64]+`"`)))
	testenv.Eventually(t, time.Minute, "the step runs", func() bool {
		data, _ := os.ReadFile(filepath.Join(dir, "long", "pid"))
		step, _ = strconv.Atoi(strings.TrimSpace(string(data)))
		return step > 0
	})
	return cmd, in, out, step
}

// TestAServerWhoseClientIsGoneEnds in the middle of a call, and so does what it
// runs.
func TestAServerWhoseClientIsGoneEnds(t *testing.T) {
	tests := map[string]struct {
		leave func(*exec.Cmd, io.WriteCloser, io.ReadCloser)
		exit  int
	}{
		"it closes its end": {func(_ *exec.Cmd, in io.WriteCloser, _ io.ReadCloser) { _ = in.Close() }, 0},
		"in the middle of a line": {func(_ *exec.Cmd, in io.WriteCloser, _ io.ReadCloser) {
			_, _ = in.Write([]byte(`{"jsonrpc": "2.`))
			_ = in.Close()
		}, 0},
		"it was killed": {func(_ *exec.Cmd, in io.WriteCloser, out io.ReadCloser) { _ = out.Close(); _ = in.Close() }, 0},
		"SIGTERM":       {func(cmd *exec.Cmd, _ io.WriteCloser, _ io.ReadCloser) { _ = cmd.Process.Signal(syscall.SIGTERM) }, 143},
		"Ctrl-C":        {func(cmd *exec.Cmd, _ io.WriteCloser, _ io.ReadCloser) { _ = cmd.Process.Signal(os.Interrupt) }, 130},
		"what it says is no protocol": {func(_ *exec.Cmd, in io.WriteCloser, _ io.ReadCloser) {
			_, _ = in.Write([]byte("GET / HTTP/1.1\n"))
		}, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cmd, in, out, step := begun(t)
			test.leave(cmd, in, out)
			done := make(chan error, 1)
			go func() { done <- cmd.Wait() }()
			select {
			case err := <-done:
				if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
					t.Fatal(err)
				}
			case <-time.After(time.Minute):
				t.Fatal("it goes on")
			}
			if code := cmd.ProcessState.ExitCode(); code != test.exit {
				t.Errorf("exit %d\n%s", code, cmd.Stderr)
			}
			testenv.Eventually(t, time.Minute, "the step is ended", func() bool { return ended(t, strconv.Itoa(step)) })
			if _, err := os.Stat(filepath.Join(cmd.Dir, "long", ".scaffold", "lock.yaml")); err != nil {
				t.Errorf("the project is not whole: %v", err)
			}
		})
	}
}

// TestTwoServersAtOnce make projects side by side; of one directory one is the
// first.
func TestTwoServersAtOnce(t *testing.T) {
	one, dir, endOne := talk(t, nil)
	two, _, endTwo := talk(t, nil, "--root", dir)
	args := map[string]any{"directory": "both", "template": "flask"}
	plan, other := asked(t, one, "plan", args), asked(t, two, "plan", args)
	if args["digest"] = plan["digest"]; other["digest"] != plan["digest"] {
		t.Errorf("%v\n%v", plan, other)
	}
	said := make(chan map[string]any, 2)
	for _, cs := range []*sdk.ClientSession{one, two} {
		go func() { said <- asked(t, cs, "create", args) }()
	}
	first, second := <-said, <-said
	if first["ok"] == second["ok"] {
		t.Errorf("%v\n%v", first, second)
	}
	if doc := asked(t, one, "check", map[string]any{"directory": "both"}); doc["ok"] != true {
		t.Errorf("checked: %v", doc)
	}
	endOne()
	endTwo()
}

func TestAServerWithoutARoot(t *testing.T) {
	cmd, _, said := mcp(t, "--root", "nowhere")
	if out, err := cmd.Output(); err == nil || len(out) > 0 || cmd.ProcessState.ExitCode() != 5 || !strings.Contains(said.String(), "try: name a directory that is there: scaffold mcp --root DIR") {
		t.Errorf("%v, %q, %s", err, out, said)
	}
}

// An exchange is a message of an agent, and what it takes from the answer. ${x}
// stands for what was taken as x.
type exchange struct {
	says  string
	takes map[string]string // a path in the answer, by what it is called
	hears string            // is in the answer
}

// script goes from a sentence to a project that was installed, tested and started.
func script() []exchange {
	return []exchange{
		{`{"id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "agent", "version": "1"}}}`, nil, `"name":"scaffold"`},
		{`{"method": "notifications/initialized"}`, nil, ""},
		{`{"id": 2, "method": "tools/list"}`, nil, `"name":"create"`},
		{`{"id": 3, "method": "tools/call", "params": {"name": "recommend", "arguments": {"describe": "an API for our mobile app, we know Python"}}}`, map[string]string{"template": "choice.primary"}, `"confidence"`},
		{`{"id": 4, "method": "tools/call", "params": {"name": "describe_template", "arguments": {"template": "${template}"}}}`, nil, `"port"`},
		{`{"id": 5, "method": "tools/call", "params": {"name": "plan", "arguments": {"directory": "api", "template": "${template}", "answers": {"prot": 5001}, "verify": "run"}}}`, nil, `did you mean port?`},
		{`{"id": 6, "method": "tools/call", "params": {"name": "plan", "arguments": {"directory": "api", "template": "${template}", "answers": {"port": 5001}, "verify": "run"}}}`, map[string]string{"digest": "digest"}, `"dry_run":true`},
		{`{"id": 7, "method": "tools/call", "params": {"name": "create", "arguments": {"directory": "api", "template": "${template}", "answers": {"port": 5001}, "verify": "run", "digest": "${digest}"}}}`, map[string]string{"enter": "next_steps.0", "run": "next_steps.1"}, `"name":"run","run":["python3","dev.py","run"],"status":"passed"`},
		{`{"id": 8, "method": "tools/call", "params": {"name": "check", "arguments": {"directory": "api"}}}`, nil, `"ok":true`},
	}
}

// TestAScriptedAgent types what the last answer says to type, and asks what then
// runs for its health.
func TestAScriptedAgent(t *testing.T) {
	testenv.Long(t)
	testenv.Need(t, "python3", "git")
	cmd, dir, said := mcp(t)
	cmd.Env = testenv.Env("GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com") // with the caches of this machine
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
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	taken, read := map[string]string{}, bufio.NewReader(out)
	for _, x := range script() {
		message := os.Expand(x.says, func(name string) string { return taken[name] })
		started := time.Now()
		if _, err := fmt.Fprintln(in, `{"jsonrpc": "2.0", `+strings.TrimPrefix(message, "{")); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(message, `"id"`) {
			continue
		}
		line, err := read.ReadString('\n')
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		answer := text(t, line)
		t.Logf("> %s\n< %d bytes in %d ms: %.300s", message, len(answer), time.Since(started).Milliseconds(), answer)
		if !strings.Contains(answer, x.hears) {
			t.Fatalf("%s is not in %s", x.hears, answer)
		}
		for name, path := range x.takes {
			taken[name] = at(t, answer, path)
		}
	}
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	port := testenv.FreePort(t)
	server := testenv.Start(t, dir, testenv.Env("PORT="+strconv.Itoa(port), "HOST=127.0.0.1"), "sh", "-c", taken["enter"]+" && exec "+taken["run"])
	testenv.Eventually(t, 2*time.Minute, "the project is healthy", func() bool {
		res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/healthz", port))
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	server.Stop(time.Minute)
}

// text is the document of an answer that has one, or the answer.
func text(t *testing.T, line string) string {
	t.Helper()
	var answer struct {
		Result struct{ Content []struct{ Text string } }
	}
	if err := json.Unmarshal([]byte(line), &answer); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	if len(answer.Result.Content) == 0 {
		return line
	}
	return answer.Result.Content[0].Text
}

// at is what stands at a path of a document, such as choice.primary.
func at(t *testing.T, document, path string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(document), &v); err != nil {
		t.Fatal(err)
	}
	for key := range strings.SplitSeq(path, ".") {
		switch of := v.(type) {
		case map[string]any:
			v = of[key]
		case []any:
			i, _ := strconv.Atoi(key)
			v = of[i]
		}
	}
	return fmt.Sprint(v)
}
