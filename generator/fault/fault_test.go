package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"scaffold/generator/fault"
)

// A carrier is an error with data of its own.
type carrier struct{ hint string }

func (c *carrier) Error() string { return "carried" }

func (c *carrier) Fault() *fault.Fault { return fault.New(fault.Limit, "carried").Try(c.hint) }

func TestTheKindIsThatOfTheOutermostFault(t *testing.T) {
	inner := fault.New(fault.Template, "inner")
	tests := map[string]struct {
		err  error
		want fault.Kind
	}{
		"none":                            {nil, ""},
		"what nobody claimed":             {errors.New("x"), fault.Bug},
		"a fault":                         {inner, fault.Template},
		"a wrapped fault":                 {fmt.Errorf("rendering: %w", inner), fault.Template},
		"one of several":                  {errors.Join(errors.New("x"), inner), fault.Template},
		"a fault seen as another":         {fault.As(fault.Encoded, inner), fault.Encoded},
		"a type that carries one":         {fmt.Errorf("x: %w", &carrier{}), fault.Limit},
		"a cancelled context":             {fmt.Errorf("x: %w", context.Canceled), fault.Cancelled},
		"a fault of a cancelled context":  {fault.As(fault.Step, context.Canceled), fault.Cancelled},
		"a fault that came of a bug only": {fault.As(fault.Source, errors.New("x")), fault.Source},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := fault.KindOf(test.err); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			if test.err != nil && (!fault.Is(test.err, fault.Git, test.want) || fault.Is(test.err, fault.Git)) {
				t.Errorf("Is does not agree with KindOf")
			}
		})
	}
	if fault.Is(nil, "") {
		t.Error("no error is of a kind")
	}
}

func TestAnotherKindKeepsTheRest(t *testing.T) {
	inner := fault.New(fault.Template, "what").At("a.yaml", 3, 7).Try("do")
	inner.Lines = []string{"one"}
	got := fault.As(fault.Encoded, fmt.Errorf("reading: %w", inner))
	if got.Message != "reading: what" || got.Hint != "do" || got.Place.String() != "a.yaml:3:7" || len(got.Lines) != 1 || !errors.Is(got, inner) {
		t.Errorf("got %+v", got)
	}
	if got := fault.As(fault.Encoded, &carrier{hint: "less"}); got.Hint != "less" {
		t.Errorf("got %+v", got)
	}
}

func TestAPlaceSaysWhatIsKnown(t *testing.T) {
	for want, p := range map[string]fault.Place{
		"": {Line: 2}, "a": {File: "a", Column: 4}, "a:2": {File: "a", Line: 2}, "a:2:4": {File: "a", Line: 2, Column: 4},
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
