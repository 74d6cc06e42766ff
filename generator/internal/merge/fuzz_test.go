package merge_test

import (
	"slices"
	"strings"
	"testing"

	"scaffold/generator/internal/merge"
)

// FuzzMerge holds the merge of any three texts to what an update promises, seen
// from outside: what one side alone changed is there byte for byte; where both
// did, the lines that the owner alone wrote are in the result in their order, or
// git has the owner's whole file as a stage of the conflict.
func FuzzMerge(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nmine\nb\nc\n", "a\nb\nc\ntheirs\n")
	f.Add("a\nb\nc\n", "a\nmine\nc\n", "a\ntheirs\nc\n")
	f.Add("a\nb", "a\nb\n", "a\r\nb")
	f.Add("}\n}\n}\n", "}\n}\n}\n}\n", "}\n}\n")
	f.Add("x\x00", "y\x00", "z")
	f.Add("", "<<<<<<< x\n=======\n", "|||||||\n>>>>>>> x\n")
	f.Fuzz(func(t *testing.T, base, ours, theirs string) {
		if strings.Contains("\n"+ours, "\n<<<<<<< yours") {
			t.Skip("is refused")
		}
		w := newWorld(t, map[string]string{"a": base, "k": "k\n"})
		w.put(t, "a", ours)
		w.commit(t)
		w.theirs = map[string]string{"a": theirs, "k": "k\n"}
		got, there := w.merge(t)["a"], w.there(t)["a"]
		conflict := got.Kind == merge.Conflict
		switch {
		case base == theirs || ours == theirs:
			if there != ours || conflict {
				t.Fatalf("%s: %q", got.Kind, there)
			}
		case base == ours:
			if there != theirs || conflict {
				t.Fatalf("%s: %q", got.Kind, there)
			}
		case conflict:
			if stage := w.git(t, "show", ":2:a"); stage != ours {
				t.Fatalf("the stage of the owner's holds %q", stage)
			}
		case !holdsInOrder(there, onlyIn(ours, base, theirs)):
			t.Fatalf("%s: lines of the owner's are missing in %q", got.Kind, there)
		}
	})
}

// onlyIn are the lines of a text that the others do not have.
func onlyIn(text string, others ...string) []string {
	return slices.DeleteFunc(linesOf(text), func(line string) bool {
		return slices.ContainsFunc(others, func(other string) bool { return slices.Contains(linesOf(other), line) })
	})
}

func linesOf(text string) []string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], "\r")
	}
	return lines
}

func holdsInOrder(text string, want []string) bool {
	for _, line := range linesOf(text) {
		if len(want) > 0 && want[0] == line {
			want = want[1:]
		}
	}
	return len(want) == 0
}
