package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/app/apptest"
	"scaffold/cmd/internal/ui"
	"scaffold/docs"
)

// blocks are the blocks of a language on the page for agents.
func blocks(language string) []string {
	var list []string
	for _, block := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(docs.Agents, -1) {
		list = append(list, block[1])
	}
	return list
}

// typed runs a command line, and gives what it printed.
func typed(t *testing.T, e *app.Env, args ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	here := *e
	here.Out, here.Options = &out, ui.Options{}
	if exit := run(&here, args); exit != 0 {
		t.Fatalf("%q: exit %d\n%s", args, exit, out.String())
	}
	return out.Bytes()
}

// TestTheFiveCommandsForAgents runs them, one after another, as they stand on the
// page; nothing is installed.
func TestTheFiveCommandsForAgents(t *testing.T) {
	e := apptest.New(t)
	e.Environ = append(e.Environ, "HOME="+t.TempDir(), "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com")
	var said struct {
		Digest string
		OK     bool
	}
	lines := strings.Split(strings.TrimSpace(blocks("sh")[0]), "\n")
	if len(lines) != 5 {
		t.Errorf("there are %d", len(lines))
	}
	for _, line := range lines {
		var args []string
		for _, word := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(line, -1)[1:] {
			word = strings.NewReplacer(`"`, "", "DIGEST", said.Digest).Replace(word)
			if word != "--verify" {
				args = append(args, word)
			}
		}
		if out := typed(t, e, args...); args[0] != "schema" {
			if err := json.Unmarshal(out, &said); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	if !said.OK {
		t.Error("the last one has found something")
	}
}

// TestThePageForAgentsHasTheExitCodes of the table.
func TestThePageForAgentsHasTheExitCodes(t *testing.T) {
	var want []string
	for _, x := range exits() {
		want = append(want, strings.TrimRight(fmt.Sprintf("| %d | %s", x.code, x.name), " "))
	}
	got := regexp.MustCompile(`(?m)^\| \d+ \|( \w+)?`).FindAllString(docs.Agents, -1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-table +page:\n%s", diff)
	}
}

// TestTheConfigurationsForClients start a server, each in its own form.
func TestTheConfigurationsForClients(t *testing.T) {
	type server struct {
		Command string
		Args    []string
	}
	var servers []server
	for _, block := range blocks("json") {
		var config struct{ MCPServers, Servers map[string]server }
		if err := json.Unmarshal([]byte(block), &config); err != nil {
			t.Fatalf("%v\n%s", err, block)
		}
		for _, of := range []map[string]server{config.MCPServers, config.Servers} {
			for _, s := range of {
				servers = append(servers, s)
			}
		}
	}
	for _, block := range blocks("toml") {
		var config struct {
			Servers map[string]server `toml:"mcp_servers"`
		}
		if err := toml.Unmarshal([]byte(block), &config); err != nil {
			t.Fatalf("%v\n%s", err, block)
		}
		servers = append(servers, config.Servers["scaffold"])
	}
	if len(servers) != 4 {
		t.Errorf("there are %d", len(servers))
	}
	e := apptest.New(t)
	for _, s := range servers {
		if s.Command != "scaffold" {
			t.Errorf("it runs %s", s.Command)
		}
		here := *e
		var err error
		if here.In, err = os.Open(os.DevNull); err != nil {
			t.Fatal(err)
		}
		if len(s.Args) == 3 {
			s.Args[2] = e.Dir // theirs is not on this machine
		}
		if out := typed(t, &here, s.Args...); len(out) > 0 {
			t.Errorf("%q says %q to nobody", s.Args, out)
		}
	}
}

func TestManAgentsIsThePage(t *testing.T) {
	if out := typed(t, apptest.New(t), "man", "agents"); string(out) != docs.Agents {
		t.Errorf("printed:\n%s", out)
	}
}
