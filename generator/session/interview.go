package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
)

// plainQuestions is how many questions somebody is asked who is not sure what the
// project will do.
const plainQuestions = 5

// adviceStep is the next step on the way to a template: what was understood, the
// uses, the questions that can still change the recommendation, and the
// recommendation itself.
func (a *state) adviceStep() *Step {
	switch {
	case a.wantsWords:
		return a.wordsStep()
	case a.words != "":
		return a.meantStep()
	}
	uses := a.groups[slices.IndexFunc(a.groups, func(g manifest.SignalGroup) bool { return g.Name == "use" })]
	if !a.asked[uses.Name] {
		return useStep(uses)
	}
	interview := recommend.NewInterview(a.entries, a.said, a.policies...)
	if !a.usesKnown() && len(a.plain) < plainQuestions {
		if v, ok := interview.Ask(a.plain); ok {
			return a.plainStep(uses, v)
		}
	}
	if a.rest {
		if left := a.unasked(); len(left) > 0 {
			return signalStep(left[0])
		}
	} else if g, ok := interview.Next(a.open); ok {
		s := signalStep(g)
		s.Help = strings.Join(slices.DeleteFunc([]string{s.Help, a.standing(interview)}, func(t string) bool { return t == "" }), "; ")
		return s
	}
	return a.templateStep()
}

// open reports whether a group may be asked about, and nothing has spoken for it.
func (a *state) open(g manifest.SignalGroup) bool { return !g.Unasked && !a.asked[g.Name] }

// unasked are the groups that were left out.
func (a *state) unasked() []manifest.SignalGroup {
	return slices.DeleteFunc(slices.Clone(a.groups), func(g manifest.SignalGroup) bool { return !a.open(g) })
}

// usesKnown reports whether it is known what the project will do.
func (a *state) usesKnown() bool {
	return slices.ContainsFunc(a.signals, func(s string) bool {
		group, _ := manifest.SplitSignal(s)
		return group == "use" || strings.HasSuffix(group, "/use")
	})
}

// standing is who leads, for the line beside a question.
func (a *state) standing(v recommend.Interview) string {
	leader, lead, ok := v.Leader()
	switch {
	case !ok:
		return ""
	case lead == 0:
		return "so far level, or nearly: " + leader
	default:
		return fmt.Sprintf("so far %s leads by %d; this can change it", leader, lead)
	}
}

func signalStep(g manifest.SignalGroup) *Step {
	s := &Step{ID: stepSignal + ":" + g.Name, Kind: Choice, Title: g.Title, Label: strings.ToUpper(g.Name[:1]) + g.Name[1:], Terms: g.Explain}
	for _, v := range slices.Concat(g.Values, g.Neutral) {
		s.Options = append(s.Options, Option{Value: v.Value, Title: v.Title, Find: v.Value + " " + strings.Join(v.Words, " ")})
	}
	switch {
	case g.Many:
		s.Kind, s.Required = Multi, g.Required
		if !g.Required {
			s.Help = "Enter alone skips this"
		}
	case len(g.Neutral) > 0:
		s.Default = g.Neutral[0].Value
	}
	return s
}

func useStep(g manifest.SignalGroup) *Step {
	s := signalStep(g)
	s.Options = append(s.Options, Option{Value: doWords, Title: "Say it in my own words"})
	return s
}

// plainStep asks about one use in plain words.
func (a *state) plainStep(uses manifest.SignalGroup, v manifest.SignalValue) *Step {
	return &Step{
		ID: stepPlain + ":" + recommend.Signal(uses.Name, v.Value), Kind: Choice, Title: v.Ask, Label: likeless(v.Title), Default: doPass, Terms: termsPlain,
		Help:    fmt.Sprintf("question %d of at most %d", len(a.plain)+1, plainQuestions),
		Options: []Option{{Value: doYes, Title: "Yes"}, {Value: doNo, Title: "No"}, {Value: doPass, Title: "Don't know"}},
	}
}

// likeless is a use's title without what it is like.
func likeless(title string) string {
	title, _, _ = strings.Cut(title, ", like ")
	return title
}

func (a *state) wordsStep() *Step {
	return &Step{
		ID: stepWords, Kind: Text, Title: "What will it be? A sentence is enough", Label: "In words", Required: true, Terms: termsWords,
		Help: "such as: a shop where sellers upload photos, I know Python",
		Validate: func(v any) error {
			if len(recommend.Describe(v.(string), a.groups)) == 0 {
				return errors.New("nothing in it is known here; say what it does: a chat, a shop, an API for an app, predictions, reports")
			}
			return nil
		},
	}
}

// meantStep shows what was understood, before anything follows from it.
func (a *state) meantStep() *Step {
	return &Step{
		ID: stepMeant, Kind: Choice, Title: "Is that right?", Default: doYes, Terms: termsMeant,
		Body: strings.ReplaceAll(recommend.Quoted(recommend.Describe(a.words, a.groups)), "; ", "\n"),
		Options: []Option{
			{Value: doYes, Title: "Yes"},
			{Value: doAgain, Title: "Say it in other words"},
			{Value: doNo, Title: "Choose from the list instead"},
		},
	}
}

// takeUses takes the marks of the list of uses; words come next where they were
// asked for.
func (a *state) takeUses(values []string) error {
	if i := slices.Index(values, doWords); i >= 0 {
		values = slices.Delete(slices.Clone(values), i, i+1)
		if a.wantsWords = true; len(values) == 0 {
			return nil
		}
	}
	return a.takeSignals("use", values)
}

func (a *state) takePlain(use, answer string) error {
	a.plain = append(a.plain, use)
	if answer != doYes {
		return nil
	}
	return a.add(use)
}

func (a *state) takeMeaning(what string) error {
	found := recommend.Describe(a.words, a.groups)
	a.words, a.wantsWords = "", what == doAgain
	if what != doYes {
		return nil
	}
	return a.understand(found)
}

// understand takes what a description says of groups that nothing else has
// spoken for.
func (a *state) understand(found []recommend.Understood) error {
	given := a.asked
	a.asked = map[string]bool{}
	var take []string
	for _, s := range recommend.SignalsOf(found, a.groups) {
		group, _ := manifest.SplitSignal(s)
		if group = group[strings.LastIndexByte(group, '/')+1:]; !given[group] {
			take, a.asked[group] = append(take, s), true
		}
	}
	for g := range given {
		a.asked[g] = true
	}
	return a.add(take...)
}

func (a *state) add(signals ...string) error {
	a.said = append(slices.Clone(a.said), signals...)
	var err error
	a.signals, err = recommend.Check(a.said, a.groups)
	return err
}

// Understood is what was taken from the description that was given.
func (s *Session) Understood() []recommend.Understood {
	if s.given.Describe == "" {
		return nil
	}
	return recommend.Describe(s.given.Describe, s.groups)
}

// describable refuses a description in which nothing is understood.
func (s *Session) describable() error {
	if s.given.Describe == "" || len(s.Understood()) > 0 {
		return nil
	}
	return NotUnderstood(s.given.Describe)
}

// NotUnderstood is a description that says nothing that is known here.
func NotUnderstood(text string) error {
	return fault.New(fault.Answer, "nothing in %q says what the project is for", text).
		Try("say what it does, such as a chat, a shop, an API for an app, predictions, reports; or choose: scaffold recommend --list")
}
