package prompt

import (
	"errors"
	"strings"
)

// steps is a flow that asks the same whatever is answered.
func steps(all ...Step) Flow {
	return func(answered []Answered) (*Step, error) {
		if len(answered) == len(all) {
			return nil, nil
		}
		return &all[len(answered)], nil
	}
}

func values(answers []Answered) map[string]any {
	m := map[string]any{}
	for _, a := range answers {
		m[a.Step.ID] = a.Value
	}
	return m
}

// shop asks one question of each kind.
func shop() []Step {
	return []Step{
		{ID: "use", Kind: Multi, Label: "Use", Title: "What will this project do?", Required: true, Options: []Option{
			{Value: "chat", Title: "Live chat or messaging, like Slack"},
			{Value: "game", Title: "A game that people play together, like Agar.io"},
			{Value: "api", Title: "An API for apps and other services"},
		}},
		{ID: "team", Kind: Choice, Label: "Team", Title: "What does the team know best?", Default: "python", Options: []Option{
			{Value: "javascript", Title: "JavaScript or TypeScript", Hint: "either"},
			{Value: "python", Title: "Python", Hint: "3.12 or newer, with type hints"},
		}},
		{ID: "name", Kind: Text, Label: "Name", Title: "Project name", Required: true, Help: "The directory is called that.", Validate: noSpaces},
		{ID: "port", Kind: Int, Label: "Port", Title: "On which port does it listen?", Group: "Server", Default: 8000},
		{ID: "token", Kind: Secret, Label: "Token", Title: "Token of the registry"},
		{ID: "docker", Kind: Confirm, Label: "Docker", Title: "Add a Dockerfile?", Default: true},
		{ID: "create", Kind: Choice, Title: "Create it?", Body: "README.md  1.2 KB\nmain.py    3.4 KB", Options: []Option{{Value: "yes", Title: "Create it"}, {Value: "no", Title: "Change some answers"}}},
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
