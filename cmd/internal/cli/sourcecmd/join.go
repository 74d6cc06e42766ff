package sourcecmd

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/quote"
	"scaffold/generator/source"
	"scaffold/generator/trust"
)

// Join is `scaffold join`.
func Join(e *app.Env) *cobra.Command {
	var leave bool
	cmd := &cobra.Command{
		Use: "join URL", Short: "Take over the sources, defaults, trust and policy of a repository",
		Long: `join reads join.yaml of a repository, shows what it says and, once you agree, keeps it
below your own configuration: sources, defaults, whose hooks may run, and what may
not be used. Nobody agrees without a terminal. To take over a newer version, join
again; --leave ends it. See docs/platform-teams.md.`,
		Example: `  scaffold join git+https://git.acme.example/platform
  scaffold join git+https://git.acme.example/platform@v2
  scaffold join --leave git+https://git.acme.example/platform`,
		Args: command.ExactlyOne("address", "scaffold join URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if leave {
				return runLeave(cmd.Context(), e, args[0])
			}
			return runJoin(cmd.Context(), e, args[0])
		},
	}
	cmd.Flags().BoolVar(&leave, "leave", false, "no longer go by what was joined")
	return cmd
}

func runJoin(ctx context.Context, e *app.Env, address string) error {
	fsys, ref, err := e.Catalog().Folder(ctx, address)
	if err != nil {
		return err
	}
	data, err := fs.ReadFile(fsys, app.JoinFile)
	if err != nil {
		return fault.New(fault.Source, "%s: there is no %s at its root", ref, app.JoinFile).Try("ask who keeps it for the address")
	}
	join := source.Join{URL: ref.Place(), Ref: ref.Ref, File: string(data), Signers: map[string]string{}}
	for _, name := range app.SignersOf(join.File) {
		keys, err := fs.ReadFile(fsys, name)
		if err == nil {
			err = trust.CheckSigners(string(keys) + "\n")
		}
		if err != nil {
			return fault.New(fault.Source, "%s: the signers %q cannot be read: %v", ref, name, err).Try("tell who keeps it")
		}
		join.Signers[name] = string(keys)
	}
	c, err := app.ParseJoin(join.URL, join.File, join.Signers)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(e.Out, quote.Lines(describeJoin(ref.String(), c))); err != nil {
		return err
	}
	if !e.Asks() {
		return fault.New(fault.Untrusted, "nobody is here to agree to %s", ref).Try("run it on a terminal: scaffold join " + quote.Shell(address))
	}
	if !agrees(ctx, e) {
		return fault.New(fault.Cancelled, "nothing was taken over")
	}
	if err := source.SetJoin(ctx, e.JoinedPath(), join); err != nil {
		return err
	}
	fmt.Fprintf(e.Err, "Joined %s\n", quote.Text(ref.String()))
	return nil
}

// agrees asks a person for one word; all but yes is no.
func agrees(ctx context.Context, e *app.Env) bool {
	fmt.Fprint(e.Err, "Take this over? [y/N] ")
	said := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(e.In).ReadString('\n')
		said <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case word := <-said:
		return word == "y" || word == "yes"
	case <-ctx.Done():
		return false
	}
}

// describeJoin shows all that a configuration would bring.
func describeJoin(from string, c app.ConfigFile) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s hands out:\n", from)
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		s := c.Sources[name]
		fmt.Fprintf(&b, "  source   %s  %s  %s\n", name, s.URL, s.Ref)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Defaults)) {
		fmt.Fprintf(&b, "  default  %s = %s\n", key, manifest.Typed(c.Defaults[key]))
	}
	for _, t := range c.Trust {
		what := "all releases may run their commands"
		if t.Signers != "" {
			what = "releases that are signed may run their commands"
		}
		fmt.Fprintf(&b, "  trust    %s: %s\n", t.Source, what)
	}
	for _, d := range c.Policy.Deny {
		fmt.Fprintf(&b, "  deny     %s%s: %s\n", d.Template, d.Source, d.Text)
	}
	for _, s := range c.Policy.RequireSignature {
		fmt.Fprintf(&b, "  signed   %s: %s\n", s.Source, s.Text)
	}
	return b.String()
}

func runLeave(ctx context.Context, e *app.Env, address string) error {
	ref, err := source.ParseReference(address)
	if err != nil {
		return err
	}
	left, err := source.RemoveJoin(ctx, e.JoinedPath(), ref.Place())
	if err != nil {
		return err
	}
	if !left {
		return fault.New(fault.Usage, "%s was not joined", ref.Place()).Try("scaffold source list shows where sources are from")
	}
	if !e.Quiet {
		fmt.Fprintf(e.Err, "Left %s\n", quote.Text(ref.Place()))
	}
	return nil
}
