package manifest

import "strings"

// A SignalGroup is one question that the recommender asks about a project, and
// one flag of the commands that recommend.
type SignalGroup struct {
	Name     string // the part before the colon, and the flag: --use
	Title    string
	Flag     string // the flag's help, with `a name` for what it takes
	Many     bool   // several values may be chosen
	Required bool   // a person who is asked has to answer
	Unasked  bool   // hard to tell in advance: nobody is asked, it is left to the flag
	Usual    string // what Enter alone takes: what can be said where nothing special is known
	Values   []SignalValue
	Neutral  []SignalValue // accepted values that add no signal
}

// A SignalValue is one answer of a group.
type SignalValue struct {
	Value string
	Title string
}

// SignalGroups is the closed core of signals, in the order in which they are
// asked. It is the one place where a language is named, and all that a group
// needs: flags, completion, help and the questions on a terminal come from it.
func SignalGroups() []SignalGroup {
	return []SignalGroup{
		{Name: "use", Title: "What will this project do?", Flag: "what the project does, a `LIST`: realtime-chat, rest-api, ml-serving … (scaffold recommend --list)", Many: true, Required: true, Values: []SignalValue{
			{"realtime-chat", "Live chat or messaging, like Slack"},
			{"multiplayer-game", "A game that people play together, like Agar.io"},
			{"live-dashboard", "A dashboard that updates itself, like Grafana"},
			{"rest-api", "An API for apps and other services, like Stripe's"},
			{"fullstack-web", "A web app with pages and a server, like Trello"},
			{"data-web-app", "A web app over a lot of data, like Airbnb"},
			{"ml-serving", "Predictions from a trained model, like a spam filter"},
			{"admin-cms", "Content and back-office screens, like WordPress"},
			{"data-analysis", "Analysis of data and reports, like a notebook"},
		}, Neutral: []SignalValue{
			{"unsure", "Not sure yet"},
		}},
		{Name: "team", Title: "What does the team know best?", Flag: "what the team knows, a `LANGUAGE`: javascript, python, both or none", Usual: "none", Values: []SignalValue{
			{"javascript", "JavaScript or TypeScript"},
			{"python", "Python"},
		}, Neutral: []SignalValue{
			{"both", "Both equally well"},
			{"none", "Neither, or not sure yet"},
		}},
		{Name: "concurrency", Title: "How many connections at once?", Flag: "connections open at once, a `LEVEL`: low (<100), medium (<2,000) or high", Usual: "low", Values: []SignalValue{
			{"low", "Fewer than 100"},
			{"medium", "Up to 2,000"},
			{"high", "More, or open for long"},
		}},
		{Name: "workload", Title: "What does it spend its time on?", Flag: "the `KIND` of work: io or cpu", Unasked: true, Values: []SignalValue{
			{"io", "Waiting for networks and disks"},
			{"cpu", "Calculating"},
		}},
		{Name: "size", Title: "How big will it get?", Flag: "how big it will get, a `SIZE`: small, medium or large", Usual: "medium", Values: []SignalValue{
			{"small", "A prototype, one person"},
			{"medium", "A product, a small team"},
			{"large", "Many modules, years of upkeep"},
		}},
		{Name: "priority", Title: "What matters most?", Flag: "what matters most, a `LIST`: speed-to-market, batteries, one-language, security", Many: true, Values: []SignalValue{
			{"speed-to-market", "Being out soon"},
			{"batteries", "Much that is built in"},
			{"one-language", "One language, client and server"},
			{"security", "Security out of the box"},
		}},
	}
}

// SignalNames lists every core signal as group:value, in table order.
func SignalNames() []string {
	var names []string
	for _, g := range SignalGroups() {
		for _, v := range g.Values {
			names = append(names, g.Name+":"+v.Value)
		}
	}
	return names
}

// SplitSignal gives the group and the value of a signal. A namespace belongs to
// the group: x-acme/use:payments is x-acme/use and payments.
func SplitSignal(name string) (group, value string) {
	group, value, _ = strings.Cut(name, ":")
	return group, value
}
