package templatetest

import (
	"cmp"
	"fmt"
	"slices"

	"scaffold/generator/internal/render"
	"scaffold/generator/manifest"
)

// Coverage says how much of a template its tests reached; of an overlay, how
// much of what it adds.
type Coverage struct {
	Percent  int    `json:"percent"` // of files, branches, choices and patches together, rounded down
	Minimum  int    `json:"minimum"` // the manifest's
	Files    Share  `json:"files"`
	Branches Share  `json:"branches"`
	Choices  Share  `json:"choices"`
	Patches  Share  `json:"patches"`
	Missed   []Miss `json:"missed"`
}

// A Share is how many of all.
type Share struct {
	Reached int `json:"reached"`
	All     int `json:"all"`
}

// A Miss is one thing that no test reached.
type Miss struct {
	What   string `json:"what"` // file, branch, choice or patch
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Detail string `json:"detail"`
}

// Place is file:line:column.
func (m Miss) Place() string {
	return Finding{File: m.File, Line: m.Line, Column: m.Column}.Place()
}

// reach counts one thing.
func (c *Coverage) reach(s *Share, reached bool, miss Miss) {
	s.All++
	if reached {
		s.Reached++
		return
	}
	c.Missed = append(c.Missed, miss)
}

func (r *runner) coverage() error {
	c := &r.report.Coverage
	c.Minimum, c.Missed = r.t.Manifest.Tests.MinCoverage, []Miss{}
	if err := r.texts(c); err != nil {
		return err
	}
	for i := range r.t.Manifest.Questions {
		if q := &r.t.Manifest.Questions[i]; ownQuestion(r.t, q.ID) {
			r.choices(c, q)
		}
	}
	r.patches(c)
	c.Percent = 100
	if all := c.Files.All + c.Branches.All + c.Choices.All + c.Patches.All; all > 0 {
		c.Percent = 100 * (c.Files.Reached + c.Branches.Reached + c.Choices.Reached + c.Patches.Reached) / all
	}
	for i := range c.Missed {
		c.Missed[i].File = Within(r.o.Dir, c.Missed[i].File)
	}
	r.check("coverage", fmt.Sprintf("%d %%", c.Percent), manifest.FileName, func(check *Check) {
		if c.Percent < c.Minimum {
			r.add(check, r.at("tests", "minCoverage"), fmt.Sprintf("%d %% is less than minCoverage, %d %%", c.Percent, c.Minimum))
		}
	})
	return nil
}

// texts counts the template's own files, and the branches in them.
func (r *runner) texts(c *Coverage) error {
	files, _, _, err := sourceFiles(r.t.FS)
	if err != nil {
		return err
	}
	for _, f := range files {
		if ownFile(r.t, f) {
			c.reach(&c.Files, r.sources[f], Miss{What: "file", File: f, Detail: "never generated"})
		}
	}
	uses, err := render.Inspect(r.t.FS, r.t.Manifest)
	for _, u := range uses {
		if ownFile(r.t, u.File) {
			r.branches(c, u)
		}
	}
	return err
}

func (r *runner) branches(c *Coverage, u render.Uses) {
	slices.SortFunc(u.Branches, func(a, b render.Branch) int { return cmp.Compare(a.Offset, b.Offset) })
	for _, b := range u.Branches {
		detail := "never true"
		if b.Else {
			detail = "never false"
		}
		c.reach(&c.Branches, r.covered.Taken(b), Miss{What: "branch", File: b.File, Line: b.Line, Column: b.Column, Detail: detail})
	}
}

// patches counts those of the last overlay. One that is never about a file can
// never apply, as far as the projects tell that were made.
func (r *runner) patches(c *Coverage) {
	if len(r.t.Overlays) == 0 {
		return
	}
	over := r.t.Overlays[len(r.t.Overlays)-1]
	for i, p := range over.Manifest.Patch {
		at := over.Manifest.Problem("", "", "patch", i, "path").Place
		c.reach(&c.Patches, r.covered.Patched(over.Layer, i), Miss{What: "patch", File: manifest.FileName, Line: at.Line, Column: at.Column, Detail: "of " + p.Path + " never about a file"})
	}
}

// choices counts the values of a question that has a list of them.
func (r *runner) choices(c *Coverage, q *manifest.Question) {
	at := r.question(q.ID)
	for _, f := range factorsOf(q) {
		for _, v := range f.values {
			key := q.ID + "=" + v
			if f.choice != "" {
				key = fmt.Sprintf("%s=%s: %s", q.ID, f.choice, v)
			}
			c.reach(&c.Choices, r.values[key], Miss{What: "choice", File: at.File, Line: at.Line, Column: at.Column, Detail: key + " is never chosen"})
		}
	}
}
