package recommend

import (
	"encoding/json"
	"slices"

	"scaffold/generator/manifest"
)

// Value is the advice as templates see it: as its JSON reads, or nil where
// nothing was recommended. Beside that "said" has each signal with its question
// and its answer in words, and "unknown" the questions of which nothing is known.
func (a Advice) Value() any {
	if a.Choice == nil {
		return nil
	}
	data, err := json.Marshal(a)
	if err != nil { // text and numbers only
		panic(err)
	}
	var v map[string]any
	_ = json.Unmarshal(data, &v)
	v["said"], v["unknown"] = a.said(), a.unknown()
	return v
}

// said are the signals in words; one that a source has declared has none here.
func (a Advice) said() []any {
	said := []any{}
	for _, s := range a.Signals {
		question, answer := "", label(s)
		for _, g := range manifest.SignalGroups() {
			if i := slices.Index(names(g), s); i >= 0 {
				question, answer = g.Title, g.Values[i].Title
			}
		}
		said = append(said, map[string]any{"signal": s, "question": question, "answer": answer})
	}
	return said
}

// unknown are the questions that nobody answered, or with "don't know".
func (a Advice) unknown() []any {
	unknown := []any{}
	for _, g := range manifest.SignalGroups() {
		answered := slices.ContainsFunc(a.Signals, func(s string) bool { return slices.Contains(names(g), s) })
		if !answered && !g.Unasked {
			unknown = append(unknown, g.Title)
		}
	}
	return unknown
}
