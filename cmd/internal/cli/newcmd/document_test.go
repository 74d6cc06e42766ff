package newcmd

import (
	"bytes"
	"encoding/json"
	"testing"

	"scaffold/cmd/internal/app/apptest"
	"scaffold/cmd/internal/command"
)

// printed is what `scaffold new` prints with arguments, in a directory of its own.
func printed(t *testing.T, args ...string) []byte {
	t.Helper()
	e := apptest.New(t)
	var out bytes.Buffer
	e.Out = &out
	cmd := New(e)
	command.GlobalFlags(e, cmd.Flags())
	cmd.SetArgs(append(args, "--author", "Ada Lovelace <ada@example.com>"))
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestTheSummaryIsSmall: an agent pays for what it reads.
func TestTheSummaryIsSmall(t *testing.T) {
	const most = 1500
	for _, template := range []string{"django", "flask", "node-express", "node-ws"} {
		if doc := printed(t, "my-shop", "-t", template, "--json"); len(doc) > most {
			t.Errorf("%s: %d bytes\n%s", template, len(doc), doc)
		}
	}
	if doc := printed(t, "shop", "--describe", "a shop where sellers upload photos, I know Python", "--yes", "--json"); len(doc) > most {
		t.Errorf("a recommendation: %d bytes\n%s", len(doc), doc)
	}
}

// TestVerboseAddsFilesAndRanking to the summary, and changes nothing in it.
func TestVerboseAddsFilesAndRanking(t *testing.T) {
	args := []string{"shop", "--use", "rest-api", "--team", "python", "--yes", "--dry-run", "--json"}
	var short, long Document
	for doc, args := range map[*Document][]string{&short: args, &long: append(args, "-v")} {
		if err := json.Unmarshal(printed(t, args...), doc); err != nil {
			t.Fatal(err)
		}
	}
	if short.Advice != nil || short.Tools != nil || short.Files.List != nil || short.Files.Count == 0 {
		t.Errorf("the summary has too much, or too little: %+v", short)
	}
	if long.Advice == nil || long.Advice.Choice.Primary != short.Recommendation.Choice || len(long.Advice.Ranking) < 4 || len(long.Tools) == 0 {
		t.Errorf("the ranking is not there: %+v", long.Advice)
	}
	if len(long.Files.List) != short.Files.Count || long.Files.List[0].SHA256 == nil {
		t.Errorf("%d files are listed, of %d", len(long.Files.List), short.Files.Count)
	}
}
