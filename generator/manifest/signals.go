package manifest

import "strings"

// A SignalGroup is one question that the recommender asks about a project.
type SignalGroup struct {
	Name    string // the part before the colon, and the flag: --use
	Title   string
	Many    bool // several values may be chosen
	Values  []SignalValue
	Neutral []SignalValue // accepted values that add no signal
}

// A SignalValue is one answer of a group.
type SignalValue struct {
	Value string
	Title string
}

// SignalGroups is the closed core of signals, in the order in which they are
// asked. It is the one place where a language is named.
func SignalGroups() []SignalGroup {
	return []SignalGroup{
		{Name: "use", Title: "What will this project do?", Many: true, Values: []SignalValue{
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
		{Name: "team", Title: "What does the team know best?", Values: []SignalValue{
			{"javascript", "JavaScript or TypeScript"},
			{"python", "Python"},
		}, Neutral: []SignalValue{
			{"both", "Both equally well"},
			{"none", "Neither, or not sure yet"},
		}},
		{Name: "concurrency", Title: "How many connections at once?", Values: []SignalValue{
			{"low", "Fewer than 100"},
			{"medium", "Up to 2,000"},
			{"high", "More, or open for long"},
		}},
		{Name: "workload", Title: "What does it spend its time on?", Values: []SignalValue{
			{"io", "Waiting for networks and disks"},
			{"cpu", "Calculating"},
		}},
		{Name: "size", Title: "How big will it get?", Values: []SignalValue{
			{"small", "A prototype, one person"},
			{"medium", "A product, a small team"},
			{"large", "Many modules, years of upkeep"},
		}},
		{Name: "priority", Title: "What matters most?", Many: true, Values: []SignalValue{
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
