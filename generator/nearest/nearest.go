// Package nearest finds what a misspelt word was probably meant to be.
package nearest

import "strings"

// Of gives the candidate that is fewest edits away from the word, the first of
// several; else the only one that the word begins, or that begins the word. It is
// false where none is close: more than about a third of the word's letters would
// have to change.
func Of(word string, candidates []string) (string, bool) {
	word = strings.ToLower(word)
	best, limit := "", (len([]rune(word))+1)/3+1
	for _, c := range candidates {
		if d := distance(word, strings.ToLower(c)); d < limit {
			best, limit = c, d
		}
	}
	if best == "" {
		best = begun(word, candidates)
	}
	return best, best != ""
}

// begun is the only candidate that begins with a word, or that the word begins
// with: three letters or more.
func begun(word string, candidates []string) string {
	only := ""
	for _, c := range candidates {
		lower := strings.ToLower(c)
		if min(len(word), len(c)) < 3 || !strings.HasPrefix(lower, word) && !strings.HasPrefix(word, lower) {
			continue
		}
		if only != "" {
			return ""
		}
		only = c
	}
	return only
}

// Hint words the result as a question, or gives "".
func Hint(word string, candidates []string) string {
	if c, ok := Of(word, candidates); ok {
		return "did you mean " + c + "?"
	}
	return ""
}

// distance counts insertions, deletions, substitutions and swaps of
// neighbours (optimal string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
