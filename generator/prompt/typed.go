package prompt

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// invite says how a step is answered by a typed line, and in brackets what an
// empty one takes.
func (s Step) invite(offer any) string {
	how := map[Kind]string{
		Choice:  fmt.Sprintf("Number from 1 to %d", len(s.Options)),
		Multi:   "Numbers with commas between",
		Text:    "Answer",
		Int:     "Whole number",
		Confirm: "yes or no",
		Secret:  "Answer, not shown",
	}[s.Kind]
	if s.Kind == Multi && !s.Required {
		how += ", or none"
	}
	if taken := s.taken(offer); taken != "" {
		how += " [" + taken + "]"
	}
	return how
}

// taken is the offer as it could be typed.
func (s Step) taken(offer any) string {
	switch {
	case s.Kind == Choice:
		held, _ := s.held(offer).(string)
		return fmt.Sprint(s.index(held) + 1)
	case s.Kind == Multi:
		marks, _ := offer.([]string)
		numbers := make([]string, len(marks))
		for i, m := range marks {
			numbers[i] = fmt.Sprint(s.index(m) + 1)
		}
		if len(marks) == 0 && s.Required {
			return ""
		}
		return orNone(strings.Join(numbers, ", "))
	case s.Kind == Confirm:
		return s.show(s.held(offer))
	case offer == nil || offer == "":
		if s.Required {
			return ""
		}
		return "none"
	}
	return s.show(offer)
}

// held is what a control that offers a value holds before any key, in the form
// that [Step.accept] takes.
func (s Step) held(offer any) any {
	switch {
	case s.Kind == Int && offer != nil:
		return fmt.Sprint(offer)
	case s.Kind == Choice && !s.fits(offer):
		return s.Options[0].Value
	case s.Kind == Confirm && offer == nil:
		return false
	}
	return offer
}

// typed turns a typed line into the form that [Step.accept] takes.
func (s Step) typed(line string, offer any) (any, error) {
	text := strings.TrimSpace(line)
	switch {
	case text == "":
		return s.held(offer), nil
	case s.Kind == Confirm:
		return yesOrNo(text)
	case s.Kind == Choice:
		return s.chosen(text)
	case s.Kind == Multi:
		return s.someChosen(text)
	}
	return line, nil
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
func (s Step) chosen(text string) (string, error) {
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(s.Options) {
		return s.Options[n-1].Value, nil
	}
	if s.index(text) >= 0 {
		return text, nil
	}
	return "", fmt.Errorf("type a number from 1 to %d", len(s.Options))
}

// someChosen keeps the order of the options, and each once.
func (s Step) someChosen(text string) ([]string, error) {
	chosen := map[string]bool{}
	if text != "none" || s.index("none") >= 0 {
		for one := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
			value, err := s.chosen(one)
			if err != nil {
				return nil, err
			}
			chosen[value] = true
		}
	}
	values := []string{}
	for _, o := range s.Options {
		if chosen[o.Value] {
			values = append(values, o.Value)
		}
	}
	return values, nil
}
