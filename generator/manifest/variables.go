package manifest

// reserved are the names that no question may take.
var reserved = []string{"name", "signals", "template", "scaffold", "value"}

// Given is what every template gets without asking.
type Given struct {
	Name           string
	Signals        []string
	Template       string // the template's name
	Version        string // the template's version
	Scaffold       string // scaffold's version
	Date           string // today in UTC, 2026-11-22
	Year           string // in UTC
	Author         string
	Email          string
	License        string
	Recommendation any // as its JSON reads; nil where none was made

	// Defaults stand before the manifest's own: what a person prefers in every
	// template. Those for questions that are not asked are passed over.
	Defaults Answers
}

// Defaulted are the given variables that an answer may replace, and that a
// template may declare as questions of its own.
func Defaulted() []string { return []string{"author", "email", "license", "year"} }

// Variables gives the variables as templates and expressions see them.
func (g Given) Variables() map[string]any {
	signals := g.Signals
	if signals == nil {
		signals = []string{}
	}
	return map[string]any{
		"name":     g.Name,
		"signals":  signals,
		"template": map[string]any{"name": g.Template, "version": g.Version},
		"scaffold": map[string]any{"version": g.Scaffold, "date": g.Date, "recommendation": g.Recommendation},
		"year":     g.Year,
		"author":   g.Author,
		"email":    g.Email,
		"license":  g.License,
	}
}

// sampleVariables stand for the types of the given variables.
func sampleVariables() map[string]any { return Given{}.Variables() }
