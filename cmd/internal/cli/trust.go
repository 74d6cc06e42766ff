package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/nearest"
	"scaffold/generator/quote"
	"scaffold/generator/session"
	"scaffold/generator/trust"
)

func newTrustCmd(e *env) *cobra.Command {
	cmd := group("trust", "Say which templates may run their hooks", newTrustListCmd(e), newTrustAddCmd(e), newTrustRemoveCmd(e))
	cmd.Long = `A template may bring hooks: commands that run in a new project. They run only where
you allow it. Trust is given to a template as it is now, by the hash over its source
and its whole directory: once anything in it changes, it is asked about again.`
	cmd.Example = "  scaffold trust list\n  scaffold trust add ./our-template\n  scaffold trust remove our-template"
	return cmd
}

func newTrustListCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the templates whose hooks may run",
		Example: "  scaffold trust list\n  scaffold trust list --json",
		Args:    atMost(0, "scaffold trust list"),
		RunE: func(*cobra.Command, []string) error {
			store, err := e.trustStore()
			if err != nil {
				return err
			}
			if len(store.Entries()) == 0 && !e.JSON && !e.Quiet {
				fmt.Fprintln(e.Err, "No template is trusted. Trust one: scaffold trust add TEMPLATE")
			}
			return e.showTrust(store.Entries(), store.Entries())
		},
	}
}

func newTrustAddCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "add TEMPLATE", Short: "Let a template, as it is now, run its hooks",
		Example: "  scaffold trust add ./our-template\n  scaffold trust add git+https://example.com/templates@v1.2.0#api",
		Args:    exactlyOne("template", "scaffold trust add TEMPLATE"),
		RunE:    func(cmd *cobra.Command, args []string) error { return runTrustAdd(cmd.Context(), e, args[0]) },
	}
}

// runTrustAdd shows what is allowed by it, whatever the hooks' conditions.
func runTrustAdd(ctx context.Context, e *env, ref string) error {
	store, err := e.trustStore()
	if err != nil {
		return err
	}
	t, err := e.catalog().Load(ctx, ref)
	if err != nil {
		return err
	}
	if !trust.Matters(t) {
		return fault.New(fault.Usage, "template %s brings no hooks and needs no trust", t.Manifest.Name).Try("use it as it is: scaffold new --template " + quote.Shell(ref))
	}
	if err := store.Add(ctx, t); err != nil {
		return err
	}
	entry := trust.EntryFor(t)
	e.sayTrust("Trusted", []trust.Entry{entry})
	if !e.JSON && !e.Quiet {
		for _, a := range t.Manifest.Actions {
			fmt.Fprintln(e.Err, "may run  "+quote.Text(session.HookLine(a)))
		}
	}
	return e.showTrust(store.Entries(), []trust.Entry{entry})
}

func newTrustRemoveCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME|SOURCE|SHA256", Short: "Trust a template no longer",
		Example: "  scaffold trust remove our-template\n  scaffold trust remove sha256:0a1b2c3d",
		Args:    exactlyOne("template", "scaffold trust remove NAME|SOURCE|SHA256"),
		RunE:    func(cmd *cobra.Command, args []string) error { return runTrustRemove(cmd.Context(), e, args[0]) },
	}
}

func runTrustRemove(ctx context.Context, e *env, what string) error {
	store, err := e.trustStore()
	if err != nil {
		return err
	}
	var names []string
	for _, entry := range store.Entries() {
		names = append(names, entry.Name, entry.Source)
	}
	removed, err := store.Remove(ctx, what)
	if err != nil {
		return err
	}
	if len(removed) == 0 {
		try := "see `scaffold trust list`"
		if near, ok := nearest.Of(what, names); ok {
			try = "did you mean " + near + "?"
		}
		return fault.New(fault.Usage, "%q is not trusted", what).Try(try)
	}
	e.sayTrust("Removed", removed)
	return e.showTrust(store.Entries(), removed)
}

// sayTrust says what became of each entry.
func (e *env) sayTrust(done string, entries []trust.Entry) {
	if e.JSON || e.Quiet {
		return
	}
	for _, t := range entries {
		fmt.Fprintf(e.Err, "%s %s %s\n", done, quote.Text(t.Name), quote.Text(t.Version))
	}
}

// showTrust prints the entries that a command was about; in JSON all that there
// are.
func (e *env) showTrust(all, about []trust.Entry) error {
	if e.JSON {
		return ui.WriteJSON(e.Out, map[string]any{"schema": "scaffold/trust/v1", "trusted": append([]trust.Entry{}, all...)})
	}
	for _, t := range about {
		fmt.Fprintf(e.Out, "%-14s %-8s %s  %s\n", quote.Text(t.Name), quote.Text(t.Version), quote.Text(t.SHA256), quote.Text(t.Source))
	}
	return nil
}
