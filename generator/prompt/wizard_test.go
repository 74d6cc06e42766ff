//go:build unix

package prompt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scaffold/generator/session"
)

// shopKeys answers the shop's steps one after another: what is waited for, and
// what is typed then.
var shopKeys = [][2]string{
	{"What will this project do?", " " + down + " " + enter},
	{"What does the team know best?", up + enter},
	{"Project name", "shop" + enter},
	{"On which port does it listen?", clear + "8080" + enter},
	{"Token of the registry", "hunter2" + enter},
	{"Add a Dockerfile?", "n"},
	{"Create it?", enter},
}

var shopTicks = map[int][]string{
	80: {
		"✓ Use     Live chat or messaging, like Slack; A game that people play together,\n          like Agar.io",
		"✓ Team    JavaScript or TypeScript",
		"✓ Name    shop",
		"✓ Port    8080",
		"✓ Token   hidden",
		"✓ Docker  no",
	},
	40: {
		"✓ Use     Live chat or messaging, like\n          Slack; A game that people\n          play together, like Agar.io",
		"✓ Team    JavaScript or TypeScript",
		"✓ Name    shop",
		"✓ Port    8080",
		"✓ Token   hidden",
		"✓ Docker  no",
	},
}

func TestWizard(t *testing.T) {
	for width, ticks := range shopTicks {
		t.Run(fmt.Sprintf("takes an answer of every kind and leaves the ticked lines at %d columns", width), func(t *testing.T) {
			s := wizardOn(t, width, 24, steps(shop()...))
			for _, k := range shopKeys {
				s.sees(k[0], "enter next")
				s.types(k[1])
			}
			left := s.left()
			if s.err != nil {
				t.Fatal(s.err)
			}
			if d := cmp.Diff(shopAnswers, values(s.flow)); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(strings.Join(ticks, "\n"), left); d != "" {
				t.Error(d)
			}
			if strings.Contains(s.written(), "hunter2") {
				t.Error("the secret was shown")
			}
		})
	}
}

func TestWizardTakesKeysThatComeAllAtOnce(t *testing.T) {
	var keys strings.Builder
	for _, k := range shopKeys {
		keys.WriteString(k[1])
	}
	s := wizardOn(t, 80, 24, steps(shop()...))
	s.sees(shopKeys[0][0])
	s.types(keys.String())
	s.left()
	if d := cmp.Diff(shopAnswers, values(s.flow)); d != "" || s.err != nil {
		t.Error(s.err, d)
	}
}

func TestWizardNeverAsksTheTerminal(t *testing.T) {
	s := wizardOn(t, 80, 24, steps(shop()...))
	for _, k := range shopKeys {
		s.sees(k[0])
		s.types(k[1])
	}
	s.left()
	for name, query := range map[string]string{"background colour": "\x1b]11;", "foreground colour": "\x1b]10;", "cursor position": "\x1b[6n", "attributes": "\x1b[c"} {
		if strings.Contains(s.written(), query) {
			t.Errorf("it asked for the terminal's %s", name)
		}
	}
}

func TestWizardWithoutColour(t *testing.T) {
	s := sit(t.Context(), t, 80, 24, steps(shop()...), func(tty *os.File) Prompter {
		return NewWizard(Terminal{In: tty, Out: tty})
	})
	for _, k := range shopKeys {
		s.sees(k[0])
		s.types(k[1])
	}
	s.left()
	for code := range 10 {
		for _, ground := range []string{"3", "4", "9", "10"} {
			for _, sequence := range []string{"\x1b[%s%dm", ";%s%dm", "\x1b[%s%d;"} {
				if seq := fmt.Sprintf(sequence, ground, code); strings.Contains(s.written(), seq) {
					t.Errorf("a colour was written: %q", seq)
				}
			}
		}
	}
}

func TestWizardCancel(t *testing.T) {
	for i, k := range shopKeys {
		t.Run("at "+k[0]+" leaves the ticked lines and nothing else", func(t *testing.T) {
			s := wizardOn(t, 80, 24, steps(shop()...))
			for _, before := range shopKeys[:i] {
				s.sees(before[0])
				s.types(before[1])
			}
			s.sees(k[0], "enter next")
			s.types(interrupt)
			left := s.left()
			if s.err != ErrCancelled {
				t.Errorf("got %v", s.err)
			}
			// The labels' column is narrower while there are fewer of them.
			want := strings.Fields(strings.Join(shopTicks[80][:i], "\n"))
			if d := cmp.Diff(want, strings.Fields(left), cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestWizardEndsWith(t *testing.T) {
	cause := errors.New("told to stop")
	tests := map[string]struct {
		end  func(s *sitting, cancel context.CancelCauseFunc)
		want error
	}{
		"the cause of a context that is done": {
			end:  func(_ *sitting, cancel context.CancelCauseFunc) { cancel(cause) },
			want: cause,
		},
		"cancelled when the terminal goes away": {
			end:  func(s *sitting, _ context.CancelCauseFunc) { s.hangUp() },
			want: ErrCancelled,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			s := sit(ctx, t, 80, 24, steps(shop()...), colourful)
			s.sees(shopKeys[0][0])
			s.types(down)
			s.sees("❯ [ ] A game") // the beginning is over
			test.end(s, cancel)
			if test.want == cause {
				if left := s.left(); left != "" {
					t.Errorf("left on the screen:\n%s", left)
				}
			}
			s.wait()
			if s.err != test.want {
				t.Errorf("got %v, want %v", s.err, test.want)
			}
		})
	}
}

func TestWizardGivesTheFlowsError(t *testing.T) {
	broken := errors.New("no template left")
	for at := range 2 {
		t.Run(fmt.Sprintf("after %d answers", at), func(t *testing.T) {
			s := wizardOn(t, 80, 24, &fake{step: func(answered []session.Answered) (*session.Step, error) {
				if len(answered) == at {
					return nil, broken
				}
				return &session.Step{ID: "ok", Kind: session.Confirm, Title: "Go on?"}, nil
			}})
			for range at {
				s.sees("Go on?")
				s.types(enter)
			}
			s.left()
			if s.err != broken {
				t.Errorf("got %v", s.err)
			}
		})
	}
}

func TestWizardGoesBack(t *testing.T) {
	s := wizardOn(t, 80, 24, steps(shop()...))
	s.sees("What will this project do?")
	s.types(escape)
	s.sees("this is the first question", "ctrl+c leave")
	s.types(" " + enter)
	s.sees("✓ Use", "What does the team know best?", "❯ Python", "esc back")
	s.types(up, enter)
	s.sees("✓ Team", "Project name")
	s.types(escape)
	s.sees("What does the team know best?", "❯ JavaScript or TypeScript") // as answered, not the default
	s.types(escape)
	s.sees("What will this project do?", "[✓] Live chat", "[ ] A game")
	s.types(enter)
	s.sees("❯ JavaScript or TypeScript")
	s.types(enter)
	s.sees("Project name")
	s.types(interrupt)
	s.left()
}

func TestWizardOffersADefaultThatChangedWhileItWasBack(t *testing.T) {
	s := wizardOn(t, 80, 24, &fake{step: func(answered []session.Answered) (*session.Step, error) {
		switch len(answered) {
		case 0:
			return &session.Step{ID: "python", Kind: session.Confirm, Title: "Python?", Default: true}, nil
		case 1:
			port := map[any]int{true: 8000, false: 3000}[answered[0].Value]
			return &session.Step{ID: "port", Kind: session.Int, Title: "Port?", Default: port}, nil
		case 2:
			return &session.Step{ID: "sure", Kind: session.Confirm, Title: "Sure?"}, nil
		}
		return nil, nil
	}})
	s.sees("Python?")
	s.types("y")
	s.sees("Port?", "8000")
	s.types(enter)
	s.sees("Sure?")
	s.types(escape)
	s.sees("Port?")
	s.types(escape)
	s.sees("Python?")
	s.types("n")
	s.sees("Port?", "3000")
	s.types(enter)
	s.sees("Sure?")
	s.types(enter)
	s.left()
	if d := cmp.Diff(map[string]any{"python": false, "port": 3000, "sure": false}, values(s.flow)); d != "" {
		t.Error(d)
	}
}

func TestWizardSaysWhatIsWrong(t *testing.T) {
	options := []session.Option{{Value: "a", Title: "Alpha"}, {Value: "b", Title: "Beta"}}
	refuse := func(any) error { return errors.New("not \x1b[31mthat") }
	tests := map[string]struct {
		step       session.Step
		keys, says string
	}{
		"nothing marked where something must be": {session.Step{Kind: session.Multi, Required: true, Options: options}, "", "choose at least one: space marks it"},
		"nothing typed where something must be":  {session.Step{Kind: session.Text, Required: true}, "", "an answer is needed"},
		"only spaces":                            {session.Step{Kind: session.Text, Required: true}, "  ", "an answer is needed"},
		"no number where one must be":            {session.Step{Kind: session.Int, Required: true}, "", "an answer is needed"},
		"not a number":                           {session.Step{Kind: session.Int}, "12x", "must be a whole number"},
		"a number that is refused":               {session.Step{Kind: session.Int, Validate: refuse}, "12", `not \x1b[31mthat`},
		"a choice that is refused":               {session.Step{Kind: session.Choice, Options: options, Validate: refuse}, "", `not \x1b[31mthat`},
		"a yes that is refused":                  {session.Step{Kind: session.Confirm, Validate: refuse}, "", `not \x1b[31mthat`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.step.ID, test.step.Title = "it", "Which one?"
			s := wizardOn(t, 40, 24, steps(test.step))
			s.sees("Which one?")
			s.types(test.keys)
			if strings.Contains(s.text(), test.says) {
				t.Error("it complained before Enter")
			}
			s.types(enter)
			s.sees(test.says, "Which one?")
			s.types(down) // any key takes the complaint away
			s.until("the complaint stays", func() bool { return !strings.Contains(s.text(), test.says) })
			s.types(interrupt)
			s.left()
		})
	}
}

func TestWizardScrolls(t *testing.T) {
	step := session.Step{ID: "region", Kind: session.Choice, Title: "Region", Body: strings.TrimSpace(numbered("line", 60)), Label: "Region"}
	for i := range 40 {
		step.Options = append(step.Options, session.Option{Value: fmt.Sprint(i), Title: fmt.Sprintf("option %02d.", i)})
	}
	s := wizardOn(t, 40, 24, steps(step))
	s.sees("Region", "line 01.", "❯ option 00.", "of 60, pgup pgdn", "1 of 40", "enter next")
	s.types(pageDown)
	s.until("the body did not scroll", func() bool { return !strings.Contains(s.text(), "line 01.") })
	s.types(strings.Repeat(pageDown, 20))
	s.sees("line 60.", "❯ option 00.")
	s.types(strings.Repeat(pageUp, 20))
	s.sees("line 01.")
	s.types(strings.Repeat(down, 25))
	s.sees("❯ option 25.", "26 of 40", "Region", "enter next")
	s.types(up, up, up)
	s.sees("❯ option 22.")
	s.types("\x1b[F") // End
	s.sees("❯ option 39.")
	s.types(enter)
	if left := s.left(); left != "✓ Region  option 39." {
		t.Errorf("left on the screen:\n%s", left)
	}
}

// regions is a step with a list that is long enough to look for something in it.
func regions(kind session.Kind) session.Step {
	s := session.Step{ID: "region", Kind: kind, Title: "Region", Label: "Region", Terms: "Where the machines are.", Progress: session.Progress{At: 3, Of: 5, About: true}}
	for i, name := range []string{"Berlin", "Bern", "Cairo", "Delhi", "Lima", "Oslo", "Paris", "Quito", "Rome"} {
		s.Options = append(s.Options, session.Option{Value: fmt.Sprint(i), Title: name, Find: strings.Repeat("capital ", i%2)})
	}
	return s
}

func TestALongListFiltersByTyping(t *testing.T) {
	s := wizardOn(t, 80, 24, steps(regions(session.Multi)))
	s.sees("❯ [ ] Berlin", "type to find", "3 of about 5")
	s.types("r", "o")
	s.sees("❯ [ ] Cairo", "[ ] Rome", "with “ro”: 2 of 9")
	s.types(" ", down, " ", "z")
	s.sees("[✓] Cairo", "❯ [✓] Rome", "nothing here has “roz”")
	s.types("\x7f", "\x7f") // Backspace
	s.sees("[ ] Berlin", "[✓] Cairo", "❯ [✓] Rome")
	s.types("capital")
	s.sees("❯ [ ] Bern", "4 of 9")
	s.types(" ", escape)
	s.sees("[ ] Berlin", "❯ [✓] Bern", "[✓] Cairo", "[✓] Rome")
	s.types(enter)
	if left := s.left(); left != "✓ Region  Bern; Cairo; Rome" {
		t.Errorf("left on the screen:\n%s", left)
	}
}

func TestTheCursorGoesRoundInEveryList(t *testing.T) {
	for _, kind := range []session.Kind{session.Choice, session.Multi} {
		step := regions(kind)
		step.Options = step.Options[:3]
		s := wizardOn(t, 80, 24, steps(step))
		first, last := "❯ Berlin", "❯ Cairo"
		if kind == session.Multi {
			first, last = "❯ [ ] Berlin", "❯ [ ] Cairo"
		}
		s.sees(first)
		s.types(up)
		s.sees(last)
		s.types(down)
		s.sees(first)
		s.types(interrupt)
		s.left()
	}
}

func TestAQuestionMarkExplainsTheScreen(t *testing.T) {
	name := session.Step{ID: "name", Kind: session.Text, Title: "Name", Label: "Name", Default: "my-chat", Proposed: true, Terms: "The directory is called that."}
	s := wizardOn(t, 80, 24, steps(regions(session.Choice), name))
	s.sees("? explain")
	s.types("?")
	s.sees("Where the machines are.")
	s.types("?")
	s.until("the explanation stays", func() bool { return !strings.Contains(s.text(), "Where the machines") })
	s.types("?", enter)
	s.sees("Name", "my-chat", "? explain")
	if strings.Contains(s.text(), "Where the machines") {
		t.Error("the explanation of another screen is shown")
	}
	s.types("?")
	s.sees("The directory is called that.")
	s.types("what?") // typed text may hold one
	s.sees("❯ what?")
	s.types(enter)
	if left := s.left(); left != "✓ Region  Berlin\n✓ Name    what?" {
		t.Errorf("left on the screen:\n%s", left)
	}
}

func TestAProposalIsTakenByEnterAndGivesWayToTyping(t *testing.T) {
	name := session.Step{ID: "name", Kind: session.Text, Title: "Name", Label: "Name", Default: "my-chat", Proposed: true, Required: true}
	for typed, want := range map[string]string{"": "my-chat", "shop": "shop"} {
		s := wizardOn(t, 80, 24, steps(name))
		s.sees("❯ my-chat")
		s.types(typed, enter)
		if left := s.left(); left != "✓ Name  "+want {
			t.Errorf("after typing %q: %s", typed, left)
		}
	}
}

func numbered(word string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s %02d.\n", word, i+1)
	}
	return b.String()
}

func TestWizardShowsStrangersTextEscaped(t *testing.T) {
	const evil = "a\x1b[2Jb\u202ec\rd"
	const shown = `a\x1b[2Jb\u202ec\rd`
	options := []session.Option{{Value: "v", Title: evil, Hint: "H" + evil}}
	tests := map[string]struct {
		step session.Step
		sees []string
	}{
		"in the title and what belongs to it": {
			session.Step{Kind: session.Choice, Title: "T" + evil, Group: "G" + evil, Help: "E" + evil, Body: "B" + evil, Options: options},
			[]string{"T" + shown, "G" + shown, "E" + shown, "B" + shown, "❯ " + shown, "H" + shown},
		},
		"in the options of a list": {session.Step{Kind: session.Multi, Options: options}, []string{"[ ] " + shown}},
		"in the default of a text": {session.Step{Kind: session.Text, Default: evil}, []string{shown}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.step.ID, test.step.Label = "it", "L"+evil
			s := wizardOn(t, 80, 24, steps(test.step))
			s.sees(test.sees...)
			s.types(enter)
			left := s.left()
			if !strings.HasPrefix(left, "✓ L"+shown) {
				t.Errorf("left on the screen:\n%s", left)
			}
			if test.step.Kind == session.Text {
				if got := s.flow.Answered()[0].Value; got != evil {
					t.Errorf("the default became %q", got)
				}
			}
			for _, raw := range []string{"\x1b[2J", "\u202e"} {
				if strings.Contains(s.written(), raw) {
					t.Errorf("%q reached the terminal", raw)
				}
			}
		})
	}
}

func TestWizardLeavesOutWhatAPasteMayNotHold(t *testing.T) {
	s := wizardOn(t, 80, 24, steps(session.Step{ID: "it", Kind: session.Text, Title: "Name"}))
	s.sees("Name")
	s.types("\x1b[200~ab\u202ecd\u200b\ne\x1b[201~")
	s.sees("abcd e")
	s.types(enter)
	s.left()
	if got := s.flow.Answered()[0].Value; got != "abcd e" {
		t.Errorf("got %q", got)
	}
}

func TestWizardHidesASecret(t *testing.T) {
	s := wizardOn(t, 80, 24, steps(session.Step{ID: "it", Kind: session.Secret, Title: "Token", Label: "Token"}))
	s.sees("Token")
	s.types("hunter2")
	s.sees("❯ *******")
	s.types(enter)
	s.left()
	if got := s.flow.Answered()[0].Value; got != "hunter2" {
		t.Errorf("got %v", got)
	}
	if strings.Contains(s.written(), "hunter2") {
		t.Error("the secret was shown")
	}
}

func TestWizardKeepsATableWholeThatJustFits(t *testing.T) {
	for width, want := range map[int]string{79: "\n" + strings.Repeat("x", 75) + " end\n", 77: "\n  " + strings.Repeat("x", 73) + " end\n"} {
		s := wizardOn(t, 80, 24, steps(session.Step{ID: "it", Kind: session.Confirm, Title: "Table", Body: strings.Repeat("x", width-4) + " end"}))
		s.sees("Table", want)
		s.types(interrupt)
		s.left()
	}
}

func TestWizardFitsATerminalThatChanges(t *testing.T) {
	s := wizardOn(t, 80, 24, steps(shop()...))
	s.sees("Agar.io")
	s.types(down, " ")
	s.sees("❯ [✓] A game that people play together, like Agar.io")
	resize := func(width, height int) {
		s.size(width, height)
		if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil {
			t.Fatal(err)
		}
	}
	resize(40, 24)
	s.sees("❯ [✓] A game that people play\n        together, like Agar.io")
	resize(30, 8)
	s.sees("❯ [✓] A game that people", "2 of 3")
	resize(80, 24)
	s.sees("❯ [✓] A game that people play together, like Agar.io", "[ ] An API")
	s.types(enter)
	s.sees("✓ Use")
	s.types(interrupt)
	s.left()
}

func TestWizardAsksAgain(t *testing.T) {
	again := slices.Concat(shop()[1:2], []session.Step{{ID: "sure", Kind: session.Confirm, Title: "Sure?"}}, shop()[1:2])
	s := wizardOn(t, 80, 24, steps(again...))
	s.sees("What does the team")
	s.types(enter)
	s.sees("✓ Team  Python", "Sure?")
	s.types(enter)
	s.sees("What does the team")
	s.types(up, enter)
	if left := s.left(); left != "✓ Team  JavaScript or TypeScript" {
		t.Errorf("a step asked again has its ticked line once, with the new answer; left is\n%s", left)
	}
}
