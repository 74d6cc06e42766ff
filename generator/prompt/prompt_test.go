package prompt

import (
	"context"
	"errors"
	"slices"
	"strings"

	"scaffold/generator/session"
)

// A fake is a flow that gives its steps from the answers alone.
type fake struct {
	step     func(answered []session.Answered) (*session.Step, error)
	answered []session.Answered
}

func (f *fake) Next(context.Context) (*session.Step, error) { return f.step(f.answered) }
func (f *fake) Back()                                       { f.answered = f.answered[:len(f.answered)-1] }
func (f *fake) Answered() []session.Answered                { return f.answered }

func (f *fake) Answer(_ context.Context, value any) error {
	step, err := f.step(f.answered)
	if err != nil {
		return err
	}
	f.answered = append(slices.Clone(f.answered), session.Answered{Step: *step, Value: value})
	return nil
}

// steps is a flow that asks the same whatever is answered.
func steps(all ...session.Step) *fake {
	return &fake{step: func(answered []session.Answered) (*session.Step, error) {
		if len(answered) == len(all) {
			return nil, nil
		}
		return &all[len(answered)], nil
	}}
}

// values are the answers of a flow by the ids of its steps.
func values(f Flow) map[string]any {
	m := map[string]any{}
	for _, a := range f.Answered() {
		m[a.Step.ID] = a.Value
	}
	return m
}

// shop asks one question of each kind.
func shop() []session.Step {
	return []session.Step{
		{ID: "use", Kind: session.Multi, Label: "Use", Title: "What will this project do?", Required: true, Options: []session.Option{
			{Value: "chat", Title: "Live chat or messaging, like Slack"},
			{Value: "game", Title: "A game that people play together, like Agar.io"},
			{Value: "api", Title: "An API for apps and other services"},
		}},
		{ID: "team", Kind: session.Choice, Label: "Team", Title: "What does the team know best?", Default: "python", Options: []session.Option{
			{Value: "javascript", Title: "JavaScript or TypeScript", Hint: "either"},
			{Value: "python", Title: "Python", Hint: "3.12 or newer, with type hints"},
		}},
		{ID: "name", Kind: session.Text, Label: "Name", Title: "Project name", Required: true, Help: "The directory is called that.", Validate: noSpaces},
		{ID: "port", Kind: session.Int, Label: "Port", Title: "On which port does it listen?", Group: "Server", Default: 8000},
		{ID: "token", Kind: session.Secret, Label: "Token", Title: "Token of the registry"},
		{ID: "docker", Kind: session.Confirm, Label: "Docker", Title: "Add a Dockerfile?", Default: true},
		{ID: "create", Kind: session.Choice, Title: "Create it?", Body: "README.md  1.2 KB\nmain.py    3.4 KB", Options: []session.Option{{Value: "yes", Title: "Create it"}, {Value: "no", Title: "Change some answers"}}},
	}
}

func noSpaces(v any) error {
	if strings.Contains(v.(string), " ") {
		return errors.New("must not hold spaces")
	}
	return nil
}

var shopAnswers = map[string]any{
	"use": []string{"chat", "game"}, "team": "javascript", "name": "shop", "port": 8080,
	"token": "hunter2", "docker": false, "create": "yes",
}
