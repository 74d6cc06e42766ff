package session_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"scaffold/generator/quote"
	"scaffold/generator/session"
	"scaffold/generator/source"
	"scaffold/templates"
)

// What was said becomes one plan; what is shown of it is what Apply writes.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	s, err := session.Start(ctx, session.Machine{Templates: source.New(templates.FS, dir), Dir: dir, Now: time.Now()}, session.Given{
		Dir: "shop", Signals: []string{"use:realtime-chat"}, Accept: true, NoGit: true,
	})
	if err != nil {
		panic(err)
	}
	step, err := s.Next(ctx) // nobody is asked: there is no step
	if err != nil {
		panic(err)
	}
	plan, err := s.Plan(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println(step == nil, s.Advice().Choice.Primary, plan.Name, len(plan.Files) > 20)
	fmt.Println(quote.Shell(s.Repeat()...))
	// Output:
	// true node-ws shop true
	// scaffold new shop --template node-ws --use realtime-chat --no-git --no-input
}
