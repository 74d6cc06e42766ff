package project

import (
	"encoding/json"
	"fmt"

	"scaffold/generator/recommend"
)

// A Decision is why a part is of its template, then and now.
type Decision struct {
	Part     string            `json:"part"`
	Template string            `json:"template"`
	Version  string            `json:"version"`
	Signals  []string          `json:"signals"`
	Was      *recommend.Advice `json:"was"` // nil where the template was named directly
	Now      recommend.Advice  `json:"now"` // for the same needs, by today's rules
	Changes  []string          `json:"changes"`
}

// Why gives the recorded decision of a part beside today's advice for its
// signals.
func Why(part Part, now recommend.Advice) Decision {
	top := part.Template()
	d := Decision{Part: part.Path, Template: top.Name, Version: top.Version, Signals: append([]string{}, part.Signals...), Now: now, Changes: []string{}}
	var was recommend.Advice
	if data, err := json.Marshal(part.Recommendation); part.Recommendation == nil || err != nil || json.Unmarshal(data, &was) != nil || was.Choice == nil {
		return d
	}
	d.Was = &was
	d.Changes = append(d.Changes, changes(was, now)...)
	return d
}

// changes says what is different between two pieces of advice: who leads, and
// each score with the lines that made it another.
func changes(was, now recommend.Advice) []string {
	var list []string
	switch {
	case now.Choice == nil:
		list = append(list, "nothing is recommended any more")
	case was.Choice.Primary != now.Choice.Primary:
		list = append(list, fmt.Sprintf("%s is recommended now, not %s", now.Choice.Primary, was.Choice.Primary))
	case was.Confidence != now.Confidence:
		list = append(list, fmt.Sprintf("the confidence in %s is %s, and was %s", now.Choice.Primary, now.Confidence, was.Confidence))
	}
	old := map[string]recommend.Ranked{}
	for _, r := range was.Ranking {
		old[r.Template] = r
	}
	for _, r := range now.Ranking {
		o, known := old[r.Template]
		delete(old, r.Template)
		switch {
		case !known:
			list = append(list, fmt.Sprintf("%s is new, with %d", r.Template, r.Score))
		case o.Score != r.Score:
			list = append(list, fmt.Sprintf("%s has %d, and had %d", r.Template, r.Score, o.Score))
			list = append(list, factors(o, r)...)
		}
	}
	for _, r := range was.Ranking {
		if _, gone := old[r.Template]; gone {
			list = append(list, r.Template+" is no longer there")
		}
	}
	return list
}

func factors(was, now recommend.Ranked) []string {
	old := map[string]recommend.Factor{}
	for _, f := range was.Factors {
		old[f.Signal] = f
	}
	var list []string
	for _, f := range now.Factors {
		o, known := old[f.Signal]
		delete(old, f.Signal)
		if !known {
			list = append(list, fmt.Sprintf("  %+d %s: %s", f.Weight, f.Signal, f.Reason))
		} else if o.Weight != f.Weight {
			list = append(list, fmt.Sprintf("  %+d %s, and was %+d: %s", f.Weight, f.Signal, o.Weight, f.Reason))
		}
	}
	for _, f := range was.Factors {
		if _, gone := old[f.Signal]; gone {
			list = append(list, fmt.Sprintf("  %s no longer counts (%+d)", f.Signal, f.Weight))
		}
	}
	return list
}
