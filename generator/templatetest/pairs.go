package templatetest

import (
	"maps"
	"slices"

	"scaffold/generator"
	"scaffold/generator/manifest"
)

// A setting is one value of one factor. A factor is a choice or bool question,
// or one choice of a multi question, which is on or off.
type setting struct{ factor, value int }

// A pair is two settings of different factors, the lower factor first.
type pair [2]setting

type factor struct {
	question *manifest.Question
	choice   string   // of a multi question
	values   []string // as --set takes them; "true" and "false" for a multi's choice
}

// A row is one value for each factor.
type row []int

// A coverer makes rows until each pair of settings that can be had is in one.
// It is greedy: each row is built around a pair that is missing, and takes for
// every other factor the value that brings most missing pairs along.
type coverer struct {
	t       *generator.Template
	factors []factor
	missing map[pair]bool
	order   []pair // every pair, in order
}

// pairs gives answers that together hold every pair of values of the choice,
// bool and multi questions, as far as their conditions allow it, with the
// number of pairs covered and of those that no answers can bring together.
func pairs(t *generator.Template) (sets []manifest.Answers, covered, impossible int) {
	c := &coverer{t: t, missing: map[pair]bool{}}
	for i := range t.Manifest.Questions {
		if q := &t.Manifest.Questions[i]; !fixed(t.Manifest, q.ID) {
			c.factors = append(c.factors, factorsOf(q)...)
		}
	}
	c.allPairs()
	for _, p := range c.order {
		if !c.missing[p] {
			continue
		}
		answers, active, ok := c.around(p)
		if !ok {
			delete(c.missing, p)
			if p[0] != p[1] {
				impossible++
			}
			continue
		}
		covered += c.cover(active)
		sets = append(sets, answers)
	}
	return sets, covered, impossible
}

// fixed reports whether an overlay has answered the question for good.
func fixed(m *manifest.Manifest, id string) bool {
	_, is := m.Fixed(id)
	return is
}

func factorsOf(q *manifest.Question) []factor {
	values := q.Alternatives()
	switch {
	case values == nil:
		return nil
	case !q.Type.Many():
		return []factor{{question: q, values: values}}
	}
	var list []factor
	for _, v := range values {
		list = append(list, factor{question: q, choice: v, values: []string{"true", "false"}})
	}
	return list
}

// allPairs lists every pair, and then every value with itself: one that hides
// all other questions is in no pair, and is to be tried, too.
func (c *coverer) allPairs() {
	for i := range c.factors {
		for j := i + 1; j < len(c.factors); j++ {
			for a := range c.factors[i].values {
				for b := range c.factors[j].values {
					c.order = append(c.order, pair{{i, a}, {j, b}})
				}
			}
		}
	}
	for i, f := range c.factors {
		for a := range f.values {
			c.order = append(c.order, pair{{i, a}, {i, a}})
		}
	}
	for _, p := range c.order {
		c.missing[p] = true
	}
}

// around makes answers that hold the pair. Where the greedy row does not, since
// one of the two questions is not asked with it, other values are tried for the
// questions that decide about that.
func (c *coverer) around(p pair) (manifest.Answers, map[int]int, bool) {
	r := c.greedy(p)
	if answers, active, ok := c.try(r, p); ok {
		return answers, active, true
	}
	deciding := c.deciding(p)
	for n := range combinations(c.factors, deciding) {
		for _, f := range deciding {
			r[f] = n % len(c.factors[f].values)
			n /= len(c.factors[f].values)
		}
		if answers, active, ok := c.try(r, p); ok {
			return answers, active, true
		}
	}
	return nil, nil, false
}

// greedy fills a row around a pair.
func (c *coverer) greedy(p pair) row {
	r := make(row, len(c.factors))
	set := map[int]bool{}
	for _, s := range p {
		r[s.factor] = s.value
		set[s.factor] = true
	}
	for f := range c.factors {
		if set[f] {
			continue
		}
		best, most := 0, -1
		for v := range c.factors[f].values {
			n := 0
			for other := range set {
				if c.missing[ordered(setting{f, v}, setting{other, r[other]})] {
					n++
				}
			}
			if n > most {
				best, most = v, n
			}
		}
		r[f] = best
		set[f] = true
	}
	return r
}

func ordered(a, b setting) pair {
	if a.factor > b.factor {
		a, b = b, a
	}
	return pair{a, b}
}

// try gives the answers of a row, and the values of the factors that are really
// asked; false where the pair is not among them.
func (c *coverer) try(r row, p pair) (manifest.Answers, map[int]int, bool) {
	answers := manifest.Answers{}
	for f, v := range r {
		fac := c.factors[f]
		if fac.choice == "" {
			answers[fac.question.ID] = manifest.Scalar{Text: fac.values[v]}
			continue
		}
		s := answers[fac.question.ID]
		s.Many = true
		if fac.values[v] == "true" {
			s.List = append(s.List, fac.choice)
		}
		answers[fac.question.ID] = s
	}
	resolved, err := settle(c.t.Manifest, given(c.t, "demo", nil, nil), answers)
	if err != nil { // a validation refuses it
		return nil, nil, false
	}
	asked := map[string]bool{}
	for _, a := range resolved.Asked {
		asked[a.Question.ID] = a.Active
	}
	maps.DeleteFunc(answers, func(id string, _ manifest.Scalar) bool { return !asked[id] })
	active := map[int]int{}
	for f, v := range r {
		if asked[c.factors[f].question.ID] {
			active[f] = v
		}
	}
	for _, s := range p {
		if v, ok := active[s.factor]; !ok || v != s.value {
			return nil, nil, false
		}
	}
	return answers, active, true
}

// deciding gives the factors, other than the pair's own, that the conditions of
// the pair's questions depend on.
func (c *coverer) deciding(p pair) []int {
	l := &linter{m: c.t.Manifest, expressions: c.t.Manifest.Expressions()}
	names := map[string]bool{}
	queue := []string{c.factors[p[0].factor].question.ID, c.factors[p[1].factor].question.ID}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		for _, behind := range l.behind(name) {
			if !names[behind] {
				names[behind] = true
				queue = append(queue, behind)
			}
		}
	}
	var list []int
	for f := range c.factors {
		if names[c.factors[f].question.ID] && f != p[0].factor && f != p[1].factor {
			list = append(list, f)
		}
	}
	return list
}

// combinations is how many there are, up to the most that are tried.
func combinations(factors []factor, chosen []int) int {
	n := 1
	for _, f := range chosen {
		if n *= len(factors[f].values); n > mostAnswers {
			return mostAnswers
		}
	}
	return n
}

// cover takes the pairs that answers hold off the missing ones, and counts them.
func (c *coverer) cover(active map[int]int) int {
	n := 0
	factors := slices.Sorted(maps.Keys(active))
	for _, i := range factors {
		for _, j := range factors {
			p := pair{{i, active[i]}, {j, active[j]}}
			if i <= j && c.missing[p] {
				delete(c.missing, p)
				if i < j {
					n++
				}
			}
		}
	}
	return n
}
