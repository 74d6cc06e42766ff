// Package trustcmd is `scaffold trust`.
package trustcmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/cmd/internal/ui"
	"scaffold/generator/fault"
	"scaffold/generator/nearest"
	"scaffold/generator/quote"
	"scaffold/generator/session"
	"scaffold/generator/source"
	"scaffold/generator/trust"
)

// New is the group of commands.
func New(e *app.Env) *cobra.Command {
	cmd := command.Group("trust", "Say which templates may run their hooks", newTrustListCmd(e), newTrustAddCmd(e), newTrustRemoveCmd(e))
	cmd.Long = `A template may bring hooks: commands that run in a new project. They run only where
you allow it. Trust is given to a template as it is now, by the hash over its source
and its whole directory: once anything in it changes, it is asked about again, with
what changed. Or it is given to a source, with all its releases; with --signers only
to those whose tag or commit one of the signers has signed.`
	cmd.Example = "  scaffold trust list\n  scaffold trust add ./our-template\n  scaffold trust add acme --signers allowed_signers\n  scaffold trust remove our-template"
	return cmd
}

func newTrustListCmd(e *app.Env) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the templates whose hooks may run",
		Example: "  scaffold trust list\n  scaffold trust list --json",
		Args:    command.AtMost(0, "scaffold trust list"),
		RunE: func(*cobra.Command, []string) error {
			store, err := e.TrustStore()
			if err != nil {
				return err
			}
			if len(store.Entries())+len(store.Publishers()) == 0 && !e.JSON && !e.Quiet {
				fmt.Fprintln(e.Err, "No template is trusted. Trust one: scaffold trust add TEMPLATE")
			}
			return showTrust(e, store, store.Entries(), store.Publishers())
		},
	}
}

func newTrustAddCmd(e *app.Env) *cobra.Command {
	var signers string
	cmd := &cobra.Command{
		Use: "add TEMPLATE|SOURCE", Short: "Let a template, or all releases of a source, run hooks",
		Long: `add trusts a template as it is now; or, where a source has that name, all its
templates and its future releases. With --signers it trusts a source only where the
tag or the commit is signed by one of the keys in a file: ssh's allowed signers
(ssh-keygen(1)), or GPG's public keys (gpg --armor --export). git checks them.`,
		Example: `  scaffold trust add ./our-template
  scaffold trust add git+https://example.com/templates@v1.2.0#api
  scaffold trust add acme
  scaffold trust add acme --signers allowed_signers
  scaffold trust add git+https://example.com/templates --signers keys.asc`,
		Args:              command.ExactlyOne("template or source", "scaffold trust add TEMPLATE|SOURCE [--signers FILE]"),
		ValidArgsFunction: command.CompleteOneTemplate(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			publisher, err := publisher(e, args[0], signers)
			if err != nil {
				return err
			}
			if publisher != nil {
				return runTrustPublisher(cmd.Context(), e, *publisher)
			}
			return runTrustAdd(cmd.Context(), e, args[0])
		},
	}
	cmd.Flags().StringVar(&signers, "signers", "", "trust only what is signed by one of the keys in `FILE`")
	return cmd
}

// publisher is what an argument of `trust add` names: nil for a template.
func publisher(e *app.Env, arg, signersFile string) (*trust.Publisher, error) {
	p := &trust.Publisher{}
	named, err := e.Catalog().Named(arg)
	switch {
	case err == nil:
		p.Name, p.Source = named.Name, named.Place()
	case signersFile == "":
		return nil, nil
	case source.IsAddress(arg):
		ref, err := source.ParseReference(arg)
		if err != nil {
			return nil, err
		}
		p.Source = ref.Place()
	default:
		return nil, err
	}
	if signersFile == "" {
		return p, nil
	}
	data, err := e.ReadAll(signersFile)
	if err != nil {
		return nil, fault.New(fault.Usage, "the signers cannot be read: %v", err).Try("correct --signers FILE")
	}
	if p.Signers = string(data); strings.TrimSpace(p.Signers) == "" {
		p.Signers = "\n" // an empty list of signers is no list
	}
	return p, nil
}

// runTrustPublisher trusts a source's releases.
func runTrustPublisher(ctx context.Context, e *app.Env, p trust.Publisher) error {
	store, err := e.TrustStore()
	if err != nil {
		return err
	}
	if err := store.AddPublisher(ctx, p); err != nil {
		return err
	}
	if !e.JSON && !e.Quiet {
		what := "all its releases"
		if p.Signers != "" {
			what = "what is signed by one of the signers"
		}
		fmt.Fprintf(e.Err, "Trusted %s: %s\n", quote.Text(p.Source), what)
	}
	return showTrust(e, store, nil, []trust.Publisher{p})
}

// runTrustAdd shows what is allowed by it, whatever the hooks' conditions.
func runTrustAdd(ctx context.Context, e *app.Env, ref string) error {
	store, err := e.TrustStore()
	if err != nil {
		return err
	}
	t, err := e.Catalog().Load(ctx, ref)
	if err != nil {
		return err
	}
	if !trust.Matters(t) {
		return fault.New(fault.Usage, "template %s brings no commands and needs no trust", t.Manifest.Name).Try("use it as it is: scaffold new --template " + quote.Shell(ref))
	}
	if err := store.Add(ctx, t); err != nil {
		return err
	}
	entry := trust.EntryFor(t)
	sayTrust(e, "Trusted", []trust.Entry{entry})
	if !e.JSON && !e.Quiet {
		for _, a := range t.Manifest.Actions {
			fmt.Fprintln(e.Err, "may run  "+quote.Text(session.HookLine(a)))
		}
		steps, _ := session.Stages(t.Manifest, "run") // there may be none
		for _, s := range steps {
			fmt.Fprintln(e.Err, "may run  "+session.StageLine(s))
		}
	}
	return showTrust(e, store, []trust.Entry{entry}, nil)
}

func newTrustRemoveCmd(e *app.Env) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME|SOURCE|SHA256", Short: "Trust a template no longer",
		Example: "  scaffold trust remove our-template\n  scaffold trust remove sha256:0a1b2c3d",
		Args:    command.ExactlyOne("template", "scaffold trust remove NAME|SOURCE|SHA256"),
		RunE:    func(cmd *cobra.Command, args []string) error { return runTrustRemove(cmd.Context(), e, args[0]) },
	}
}

func runTrustRemove(ctx context.Context, e *app.Env, what string) error {
	store, err := e.TrustStore()
	if err != nil {
		return err
	}
	var names []string
	for _, entry := range store.Entries() {
		names = append(names, entry.Name, entry.Source)
	}
	for _, p := range store.Publishers() {
		names = append(names, p.Name, p.Source)
	}
	removed, publishers, err := store.Remove(ctx, what)
	if err != nil {
		return err
	}
	if len(removed)+len(publishers) == 0 {
		try := "see `scaffold trust list`"
		if near, ok := nearest.Of(what, names); ok {
			try = "did you mean " + near + "?"
		}
		return fault.New(fault.Usage, "%q is not trusted", what).Try(try)
	}
	sayTrust(e, "Removed", removed)
	return showTrust(e, store, removed, publishers)
}

// sayTrust says what became of each entry.
func sayTrust(e *app.Env, done string, entries []trust.Entry) {
	if e.JSON || e.Quiet {
		return
	}
	for _, t := range entries {
		fmt.Fprintf(e.Err, "%s %s %s\n", done, quote.Text(t.Name), quote.Text(t.Version))
	}
}

// showTrust prints the entries that a command was about; in JSON all that there
// are.
func showTrust(e *app.Env, store *trust.Store, about []trust.Entry, publishers []trust.Publisher) error {
	if e.JSON {
		return ui.WriteJSON(e.Out, map[string]any{
			"schema": "scaffold/trust/v1", "trusted": append([]trust.Entry{}, store.Entries()...),
			"publishers": append([]trust.Publisher{}, store.Publishers()...),
		})
	}
	for _, p := range publishers {
		by, what := "", "all releases"
		if p.Signers != "" {
			what = "where it is signed"
		}
		if p.By != "" {
			by = "  by " + p.By
		}
		fmt.Fprintf(e.Out, "%-14s %-8s %s  %s%s\n", quote.Text(orDash(p.Name)), "-", what, quote.Text(p.Source), quote.Text(by))
	}
	for _, t := range about {
		fmt.Fprintf(e.Out, "%-14s %-8s %s  %s\n", quote.Text(t.Name), quote.Text(t.Version), quote.Text(t.SHA256), quote.Text(t.Source))
	}
	return nil
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
