package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"scaffold/cmd/internal/app"
	"scaffold/cmd/internal/command"
	"scaffold/docs"
	"scaffold/generator/fault"
	"scaffold/generator/quote"
)

func newManCmd(e *app.Env) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "man", Short: "Print the manual page, or write all of them",
		Example: "  scaffold man | man -l -\n  scaffold man --dir /usr/local/share/man/man1",
		Args:    command.AtMost(0, "scaffold man [--dir DIR]"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true
			keepBrackets(root)
			if dir != "" {
				return writeManual(e, root, app.Absolute(e.Dir, dir))
			}
			page, err := manPage(e, root)
			if err == nil {
				_, err = e.Out.Write(page)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write one page a command into this `DIR`")
	cmd.AddCommand(command.Declare(&cobra.Command{
		Use: "agents", Short: "Print the page for coding agents: commands, JSON, exit codes, MCP",
		Example: "  scaffold man agents",
		Args:    command.AtMost(0, "scaffold man agents"),
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(e.Out, docs.Agents)
			return err
		},
	}, command.BuiltIn, command.Document))
	return command.Declare(cmd, command.BuiltIn, command.Document)
}

// manPage is the page of one command, under its own name. What holds for all of
// them is on the page of the program.
func manPage(e *app.Env, cmd *cobra.Command) ([]byte, error) {
	var page bytes.Buffer
	date := e.Now
	header := &doc.GenManHeader{Title: strings.ToUpper(manName(cmd)), Section: "1", Source: "scaffold " + version(), Date: &date}
	if err := doc.GenMan(cmd, header, &page); err != nil || cmd.HasParent() {
		return page.Bytes(), err
	}
	const last = "\n.SH SEE ALSO\n"
	return bytes.Replace(page.Bytes(), []byte(last), []byte(manSections()+last), 1), nil
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// keepBrackets escapes <words> in what becomes Markdown on its way to a page: it
// would take them for HTML, and drop them.
func keepBrackets(cmd *cobra.Command) {
	escape := func(text *string) { *text = strings.ReplaceAll(*text, "<", `\<`) }
	escape(&cmd.Short)
	escape(&cmd.Long)
	for _, flags := range []*pflag.FlagSet{cmd.Flags(), cmd.PersistentFlags()} {
		flags.VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(f.Usage, `\<`) {
				escape(&f.Usage)
			}
		})
	}
	for _, child := range cmd.Commands() {
		keepBrackets(child)
	}
}

// manSections are EXIT STATUS, ENVIRONMENT and FILES, in roff
// (man(7), https://man7.org/linux/man-pages/man7/man.7.html).
func manSections() string {
	var b strings.Builder
	section := func(title string) { fmt.Fprintf(&b, "\n.SH %s\n", title) }
	entry := func(tag, text string) {
		escape := strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace
		fmt.Fprintf(&b, ".TP\n\\fB%s\\fR\n%s\n", escape(tag), escape(text))
	}
	section("EXIT STATUS")
	for _, x := range exits() {
		entry(fmt.Sprint(x.code), x.means)
	}
	section("ENVIRONMENT")
	for _, v := range environment() {
		entry(v.name, v.means)
	}
	section("FILES")
	for _, f := range files() {
		entry(f.name, f.means)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// writeManual writes one page a command into a directory that is there.
func writeManual(e *app.Env, root *cobra.Command, dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return fault.New(fault.Destination, "%s is not there", dir).Try("make it: mkdir -p " + quote.Shell(dir))
	case !info.IsDir():
		return fault.New(fault.Destination, "%s is not a directory", dir).Try("name a directory")
	}
	return eachCommand(root, func(cmd *cobra.Command) error {
		page, err := manPage(e, cmd)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, manName(cmd)+".1")
		if err := os.WriteFile(path, page, 0o644); err != nil {
			return fault.New(fault.Destination, "%s cannot be written: %v", path, reason(err)).Try("name a directory that you may write to")
		}
		return nil
	})
}

// reason is an error without the path that it is of.
func reason(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}

// eachCommand visits a command and all below it.
func eachCommand(cmd *cobra.Command, visit func(*cobra.Command) error) error {
	if err := visit(cmd); err != nil {
		return err
	}
	for _, child := range cmd.Commands() {
		if child.IsAvailableCommand() || child.IsAdditionalHelpTopicCommand() {
			if err := eachCommand(child, visit); err != nil {
				return err
			}
		}
	}
	return nil
}
