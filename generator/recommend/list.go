package recommend

import "scaffold/generator/manifest"

// Listing is every signal that can be given, with its title.
type Listing struct {
	Schema string        `json:"schema"`
	Groups []ListedGroup `json:"groups"`
}

// SignalsSchema names the JSON form of a [Listing].
const SignalsSchema = "scaffold/signals/v1"

// ListedGroup is one group of signals.
type ListedGroup struct {
	Name   string         `json:"name"`
	Title  string         `json:"title"`
	Many   bool           `json:"many"` // several values may be given
	Values []ListedSignal `json:"values"`
}

// ListedSignal is one value of a group.
type ListedSignal struct {
	Value  string `json:"value"`
	Title  string `json:"title"`
	Signal string `json:"signal,omitempty"` // empty where the value adds nothing
}

// List gives the groups of [Groups] in the form that is printed.
func List(groups []manifest.SignalGroup) Listing {
	l := Listing{Schema: SignalsSchema, Groups: make([]ListedGroup, len(groups))}
	for i, g := range groups {
		l.Groups[i] = ListedGroup{Name: g.Name, Title: g.Title, Many: g.Many}
		for _, v := range g.Values {
			l.Groups[i].Values = append(l.Groups[i].Values, ListedSignal{v.Value, v.Title, Signal(g.Name, v.Value)})
		}
		for _, v := range g.Neutral {
			l.Groups[i].Values = append(l.Groups[i].Values, ListedSignal{Value: v.Value, Title: v.Title})
		}
	}
	return l
}

// Text renders the listing for a terminal of that many columns, ending in a
// newline.
func (l Listing) Text(width int) string {
	p := newPage(width)
	for _, g := range l.Groups {
		title := g.Title
		if g.Many {
			title += " (one or more)"
		}
		p.hang(flagOf(g.Name), 20, title)
		for _, v := range g.Values {
			p.hang("  "+v.Value, 20, v.Title)
		}
	}
	return p.String()
}
