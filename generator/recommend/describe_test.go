package recommend_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
)

// TestSentences reads what people say of their projects and prints how often the
// recommendation is what a fair adviser would name.
func TestSentences(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(dataDir, "sentences.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	groups := manifest.SignalGroups()
	all, agreed := 0, 0
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		fields := strings.Split(line, "\t")
		if strings.HasPrefix(line, "#") || len(fields) != 3 {
			continue
		}
		all++
		found := recommend.Describe(fields[1], groups)
		a := recommend.Rank(builtins(t), recommend.SignalsOf(found, groups))
		got := "-"
		if a.Choice != nil {
			got = a.Choice.Primary
		}
		if slices.Contains(strings.Split(fields[2], "|"), got) {
			agreed++
			continue
		}
		t.Logf("%q gives %s, wanted %s: %s", fields[1], got, fields[2], recommend.Quoted(found))
	}
	t.Logf("agreement: %d of %d sentences", agreed, all)
	if all < 60 || agreed*60 < 54*all {
		t.Errorf("%d of %d sentences agree, and 54 of 60 are to", agreed, all)
	}
}

func TestDescribe(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"the longest phrase counts":                     {"a reporting dashboard", "‘reporting dashboard’ → data-analysis"},
		"a word may say several things":                 {"A Shop!", "‘Shop’ → data-web-app, admin-cms"},
		"plurals are understood":                        {"classes and companies and chats", "‘chats’ → realtime-chat"},
		"what is denied says nothing":                   {"no chat", ""},
		"a denial ends with its clause":                 {"no chat, just an API", "‘API’ → rest-api"},
		"a denial goes on over or":                      {"without chat or games; an inventory", "‘inventory’ → data-web-app"},
		"a denial goes on over a list":                  {"no chat, games or blog. A shop", "‘shop’ → data-web-app, admin-cms"},
		"a denial ends with but":                        {"not a game but a chat", "‘chat’ → realtime-chat"},
		"not only denies nothing":                       {"not only a chat", "‘chat’ → realtime-chat"},
		"a language that one does not know":             {"I don't know Python", ""},
		"who knows both languages is for neither":       {"Python and React people", ""},
		"a number of people":                            {"for 1,500 users", "‘1,500’ → concurrency medium"},
		"a number of things that lie there":             {"medical records, millions of rows", "‘records’ → data-web-app; ‘rows’ → data-web-app"},
		"a number of people with a word between":        {"chat for millions of active users", "‘chat’ → realtime-chat; ‘millions’ → concurrency high"},
		"a number of thousands":                         {"20k concurrent connections", "‘20k’ → concurrency high"},
		"phrases that look like others":                 {"a business model in order to grow", ""},
		"a phrase does not cross the end of a sentence": {"I love web. App ideas welcome", ""},
		"a slip of the keyboard is understood":          {"a mesaging tool", "‘mesaging’ → realtime-chat"},
		"two keys in the wrong order are":               {"for pyhton people", "‘pyhton’ → team python"},
		"another letter is another word":                {"a massage parlour", ""},
		"what is spelt well counts before a short slip": {"pyhton, or JavaScript", "‘JavaScript’ → team javascript"},
		"what it stands between is not what it is":      {"an API between our shop and SAP", "‘API’ → rest-api"},
		"who uses it counts where nothing else is said": {"for students", "‘students’ → data-web-app"},
		"and not where something is":                    {"a chat for students", "‘chat’ → realtime-chat"},
		"nothing":                                       {"", ""},
		"marks alone":                                   {"… !? 🎉", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := recommend.Quoted(recommend.Describe(tt.text, manifest.SignalGroups())); got != tt.want {
				t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

// Any text is read, and what is understood passes [recommend.Check].
func FuzzDescribe(f *testing.F) {
	f.Add("a shop where sellers upload photos, I know Python")
	f.Add("no chat, games or ’’'' 9999999999999999999999999m users")
	f.Fuzz(func(t *testing.T, text string) {
		groups := manifest.SignalGroups()
		found := recommend.Describe(text, groups)
		if _, err := recommend.Check(recommend.SignalsOf(found, groups), groups); err != nil {
			t.Fatal(err)
		}
		for _, u := range found {
			if !strings.Contains(text, u.Words) {
				t.Fatalf("%q is not in %q", u.Words, text)
			}
		}
	})
}
