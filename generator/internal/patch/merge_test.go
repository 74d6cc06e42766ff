package patch

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMerge(t *testing.T) {
	tests := map[string]struct {
		kind, base, ours, theirs, want string
		clashes                        []string
	}{
		"a new value of theirs comes in, and the comment of ours stays": {
			"yaml", "a: 1\nb: 1\n", "# mine\na: 1 # why\nb: 1\n", "a: 2\nb: 1\n", "# mine\na: 2 # why\nb: 1\n", nil,
		},
		"keys that each side added are both there": {
			"toml", "[tool]\na = 1\n", "[tool]\na = 1\nmine = 2\n", "[tool]\na = 1\ntheirs = 3\n", "[tool]\na = 1\nmine = 2\ntheirs = 3\n", nil,
		},
		"a key that theirs removed goes": {
			"json", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n", "{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"c\": 3\n}\n", nil,
		},
		"a key that ours removed stays away": {
			"json", "{\"a\": 1, \"b\": 2}\n", "{\"a\": 1}\n", "{\"a\": 3, \"b\": 2}\n", "{\"a\": 3}\n", nil,
		},
		"both gave it the same value": {
			"json", "{\"a\": 1}\n", "{\"a\": 2}\n", "{\"a\": 2}\n", "{\"a\": 2}\n", nil,
		},
		"a value that both changed is reported, and ours stays": {
			"json", "{\"s\": {\"a.b\": 1}}\n", "{\"s\": {\"a.b\": 2}}\n", "{\"s\": {\"a.b\": 3}}\n", "{\"s\": {\"a.b\": 2}}\n", []string{`s."a.b"`},
		},
		"a value that ours changed and theirs removed is reported": {
			"yaml", "a: 1\nb: 1\n", "a: 2\nb: 1\n", "b: 1\n", "a: 2\nb: 1\n", []string{"a"},
		},
		"a list has what each side added": {
			"toml", "deps = [\"a\", \"b\"]\n", "deps = [\"a\", \"b\", \"mine\"]\n", "deps = [\"a\", \"a2\", \"b\"]\n", "deps = [\"a\", \"a2\", \"b\", \"mine\"]\n", nil,
		},
		"an element that both replaced is reported": {
			"toml", "deps = [\"a>1\"]\n", "deps = [\"a>2\"]\n", "deps = [\"a>3\"]\n", "deps = [\"a>2\"]\n", []string{"deps"},
		},
		"steps of a list are one value": {
			"yaml", "s:\n  - {run: a}\n", "s:\n  - {run: a}\n  - {run: mine}\n", "s:\n  - {run: b}\n", "s:\n  - {run: a}\n  - {run: mine}\n", []string{"s"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, clashes, err := Merge(tt.kind, []byte(tt.base), []byte(tt.ours), []byte(tt.theirs))
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, c := range clashes {
				keys = append(keys, c.Key)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.clashes, keys); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMergeOfAnotherDocument(t *testing.T) {
	for _, text := range []string{"{", "[1]", "a: 1\n---\nb: 1\n"} {
		for _, kind := range []string{"json", "yaml", "toml"} {
			data, clashes, err := Merge(kind, []byte("a: 1\n"), []byte(text), []byte("a: 2\n"))
			if err == nil && (len(clashes) == 0 || string(data) != text) {
				t.Errorf("%s %q gives %q", kind, text, data)
			}
		}
	}
}
