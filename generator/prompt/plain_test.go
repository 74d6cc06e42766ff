package prompt

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/session"
)

var update = flag.Bool("update", false, "write the transcripts anew")

func TestPlainTranscript(t *testing.T) {
	typed := strings.Join([]string{
		"4", "1, 2", // no such number, then two
		"back", "", // the uses again, as before
		"js", "1",
		"my shop", "shop",
		"", "hunter2",
		"maybe", "n",
		"2",
	}, "\n") + "\n"
	var out bytes.Buffer
	flow := steps(shop()...)
	err := NewPlain(strings.NewReader(typed), &out).Run(t.Context(), flow)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{}
	for id, v := range shopAnswers {
		want[id] = v
	}
	want["port"], want["create"] = 8000, "no"
	if d := cmp.Diff(want, values(flow)); d != "" {
		t.Error(d)
	}
	const file = "testdata/plain.txt"
	if *update {
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	transcript, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(transcript), out.String()); d != "" {
		t.Errorf("the transcript is another (go test -update writes it): %s", d)
	}
	for _, never := range []string{"\x1b", "\r", "\b", "hunter2"} {
		if strings.Contains(out.String(), never) {
			t.Errorf("a screen reader would meet %q", never)
		}
	}
}

func TestPlainAnswers(t *testing.T) {
	options := []session.Option{{Value: "a", Title: "Alpha"}, {Value: "b", Title: "Beta"}, {Value: "c", Title: "Gamma"}}
	tests := map[string]struct {
		step  session.Step
		typed string
		want  any
	}{
		"a choice by its number":                {session.Step{Kind: session.Choice, Options: options}, "2\n", "b"},
		"a choice by its value":                 {session.Step{Kind: session.Choice, Options: options}, "c\n", "c"},
		"an empty line takes the default":       {session.Step{Kind: session.Choice, Options: options, Default: "b"}, "\n", "b"},
		"an empty line takes the first":         {session.Step{Kind: session.Choice, Options: options}, "\n", "a"},
		"several, in the order of the options":  {session.Step{Kind: session.Multi, Options: options}, "3 1,1\n", []string{"a", "c"}},
		"none of several":                       {session.Step{Kind: session.Multi, Options: options, Default: []string{"a"}}, "none\n", []string{}},
		"the default of several":                {session.Step{Kind: session.Multi, Options: options, Default: []string{"a", "c"}}, "\n", []string{"a", "c"}},
		"a number left empty":                   {session.Step{Kind: session.Int}, "\n", nil},
		"yes in capitals":                       {session.Step{Kind: session.Confirm}, "YES\n", true},
		"no is what a yes or no starts with":    {session.Step{Kind: session.Confirm}, "\n", false},
		"a last line without its end":           {session.Step{Kind: session.Text}, "shop", "shop"},
		"a line as Windows ends it":             {session.Step{Kind: session.Text}, "shop\r\n", "shop"},
		"blanks around a text go":               {session.Step{Kind: session.Text}, "  shop \n", "shop"},
		"blanks around a default stay":          {session.Step{Kind: session.Text, Default: " a "}, "\n", " a "},
		"blanks around a secret stay":           {session.Step{Kind: session.Secret}, " s \n", " s "},
		"a wrong answer is asked again":         {session.Step{Kind: session.Int, Required: true}, "\nx\n7\n", 7},
		"back on the first question asks again": {session.Step{Kind: session.Text}, "back\nshop\n", "shop"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.step.ID = "it"
			flow := steps(test.step)
			err := NewPlain(strings.NewReader(test.typed), io.Discard).Run(t.Context(), flow)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, flow.answered[0].Value); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPlainIsCancelledByTheEndOfTheInput(t *testing.T) {
	for at := range shop() {
		lines := strings.Join([]string{"1", "1", "shop", "", "", "", ""}[:at], "\n")
		if at > 0 {
			lines += "\n"
		}
		err := NewPlain(strings.NewReader(lines), io.Discard).Run(t.Context(), steps(shop()...))
		if err != ErrCancelled {
			t.Errorf("after %d answers: got %v", at, err)
		}
	}
}

func TestPlainEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	silent, speak := io.Pipe()
	defer func() { _ = speak.Close() }()
	cause := errors.New("told to stop")
	cancel(cause)
	if err := NewPlain(silent, io.Discard).Run(ctx, steps(shop()...)); err != cause {
		t.Errorf("got %v", err)
	}
}

func TestPlainExplainsAndSaysHowFar(t *testing.T) {
	step := session.Step{ID: "name", Kind: session.Text, Title: "Name", Label: "Name", Terms: "The directory is called that.", Progress: session.Progress{At: 3, Of: 5, About: true}}
	var out strings.Builder
	if err := NewPlain(strings.NewReader("?\nshop\n"), &out).Run(t.Context(), steps(step)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Name (3 of about 5)\n", "The directory is called that.\n", "Name: shop\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
