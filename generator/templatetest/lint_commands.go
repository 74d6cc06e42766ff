package templatetest

import (
	"slices"
	"strings"

	"scaffold/generator/manifest"
)

// next holds what to type next against the names that it may use.
func (l *linter) next() {
	if n := len(l.t.Overlays); n > 0 && l.t.Overlays[n-1].Manifest.Next == "" {
		return // the base's
	}
	if l.nextUses.Err != nil {
		f := syntax(l.nextUses)
		f.Line, f.Column = l.t.NextAt(f.Line, f.Column)
		l.add(f)
		return
	}
	for _, v := range l.nextUses.Variables {
		if v.Line, v.Column = l.t.NextAt(v.Line, v.Column); !slices.Contains(l.m.Names(), v.Name) {
			l.unknown(manifest.FileName, v, l.m.Names())
		}
	}
}

// commands looks for variables in commands: nothing in these is rendered, so that
// no answer is ever part of one.
func (l *linter) commands() {
	for _, name := range []string{"install", "test", "run"} {
		if s := l.m.Verify.Step(name); s != nil {
			l.command(s.Run, "it is an argument as it stands; answers reach a command through files of the project", "verify", name, "run")
		}
	}
	for i, a := range l.m.Actions {
		l.command(a.Run, "it is an argument as it stands; a hook has the answers in SCAFFOLD_ANSWER_<ID>", "actions", i, "run")
	}
}

func (l *linter) command(argv []string, try string, path ...any) {
	for i, arg := range argv {
		if m := bare.FindStringSubmatch(arg); m != nil && strings.HasPrefix(m[0], "{{") && slices.Contains(l.m.Names(), m[1]) {
			l.inManifest(RuleNotRendered, "nothing in a command is rendered: "+arg, try, append(slices.Clone(path), i)...)
		}
	}
}
