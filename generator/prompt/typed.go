package prompt

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"scaffold/generator/session"
)

// A question is a step while it is asked.
type question struct{ session.Step }

// invite says how a step is answered by a typed line, and in brackets what an
// empty one takes.
func (q question) invite(offer any) string {
	how := map[session.Kind]string{
		session.Choice:  fmt.Sprintf("Number from 1 to %d", len(q.Options)),
		session.Multi:   "Numbers with commas between",
		session.Text:    "Answer",
		session.Int:     "Whole number",
		session.Confirm: "yes or no",
		session.Secret:  "Answer, not shown",
	}[q.Kind]
	if q.Kind == session.Multi && !q.Required {
		how += ", or none"
	}
	if taken := q.taken(offer); taken != "" {
		how += " [" + taken + "]"
	}
	return how
}

// taken is the offer as it could be typed.
func (q question) taken(offer any) string {
	switch {
	case q.Kind == session.Choice:
		held, _ := q.held(offer).(string)
		return fmt.Sprint(q.Index(held) + 1)
	case q.Kind == session.Multi:
		marks, _ := offer.([]string)
		numbers := make([]string, len(marks))
		for i, m := range marks {
			numbers[i] = fmt.Sprint(q.Index(m) + 1)
		}
		if len(marks) == 0 && q.Required {
			return ""
		}
		return noneFor(strings.Join(numbers, ", "))
	case q.Kind == session.Confirm:
		return q.Show(q.held(offer))
	case offer == nil || offer == "":
		if q.Required {
			return ""
		}
		return "none"
	}
	return q.Show(offer)
}

// held is what a control that offers a value holds before any key, in the form
// that [session.Step.Accept] takes.
func (q question) held(offer any) any {
	switch {
	case q.Kind == session.Int && offer != nil:
		return fmt.Sprint(offer)
	case q.Kind == session.Choice && !q.Fits(offer):
		return q.Options[0].Value
	case q.Kind == session.Confirm && offer == nil:
		return false
	}
	return offer
}

// typed turns a typed line into the form that [session.Step.Accept] takes.
func (q question) typed(line string, offer any) (any, error) {
	text := strings.TrimSpace(line)
	switch {
	case text == "":
		return q.held(offer), nil
	case q.Kind == session.Confirm:
		return yesOrNo(text)
	case q.Kind == session.Choice:
		return q.chosen(text)
	case q.Kind == session.Multi:
		return q.someChosen(text)
	}
	return line, nil
}

func noneFor(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func yesOrNo(text string) (any, error) {
	switch strings.ToLower(text) {
	case "y", "yes":
		return true, nil
	case "n", "no":
		return false, nil
	}
	return nil, errors.New("type yes or no")
}

// chosen finds an option by its number, or else by its value.
func (q question) chosen(text string) (string, error) {
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(q.Options) {
		return q.Options[n-1].Value, nil
	}
	if q.Index(text) >= 0 {
		return text, nil
	}
	return "", fmt.Errorf("type a number from 1 to %d", len(q.Options))
}

// someChosen keeps the order of the options, and each once.
func (q question) someChosen(text string) ([]string, error) {
	chosen := map[string]bool{}
	if text != "none" || q.Index("none") >= 0 {
		for one := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
			value, err := q.chosen(one)
			if err != nil {
				return nil, err
			}
			chosen[value] = true
		}
	}
	values := []string{}
	for _, o := range q.Options {
		if chosen[o.Value] {
			values = append(values, o.Value)
		}
	}
	return values, nil
}
