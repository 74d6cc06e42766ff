package foreign

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

const cookieFile = "cookiecutter.json"

// A cookie is a template of cookiecutter.
type cookie struct {
	*base
	values  *jinja.Dict // cookiecutter.json, without the prompts
	prompts *jinja.Dict
	opts    jinja.Options
	env     *jinja.Environment
	folder  string // what becomes of the project, named by a variable
	hooks   []hook
	m       *manifest.Manifest
}

// A hook is a script of the folder hooks.
type hook struct{ moment, file string }

// command is how cookiecutter runs it: the last word is the script.
func (h hook) command() []string {
	if path.Ext(h.file) == ".py" {
		return []string{"python3", h.file}
	}
	return []string{h.file}
}

func openCookiecutter(b *base) (*manifest.Manifest, error) {
	c := &cookie{base: b, prompts: &jinja.Dict{}}
	if err := c.readValues(); err != nil {
		return nil, err
	}
	if err := c.environment(); err != nil {
		return nil, err
	}
	if err := c.findHooks(); err != nil {
		return nil, err
	}
	if nested := c.nested(); len(nested) > 0 {
		return nil, fault.New(fault.Template, "it holds several templates: %s", strings.Join(nested, ", ")).At(cookieFile, 0, 0).
			Try("name one of them: the same address with /" + nested[0] + ", or #" + nested[0] + " behind one of git")
	}
	if err := c.findFolder(); err != nil {
		return nil, err
	}
	m := c.about(Cookiecutter)
	for _, key := range c.asked() {
		m.Questions = append(m.Questions, c.question(key))
	}
	for _, h := range c.hooks {
		m.Actions = append(m.Actions, manifest.Action{ID: h.moment, Run: h.command()})
	}
	c.m = manifest.FromFormat(m, c)
	return c.m, nil
}

// Tool is whose format it is.
func (c *cookie) Tool() string { return Cookiecutter }

func (c *cookie) readValues() error {
	text, err := c.config(cookieFile)
	if err != nil {
		return err
	}
	v, err := jinja.ReadJSON(text)
	if err != nil {
		line, column := jsonPlace(text, err)
		return fault.New(fault.Template, "this is not JSON: %v", err).At(cookieFile, line, column)
	}
	d, ok := v.(*jinja.Dict)
	if !ok {
		return fault.New(fault.Template, "it is not an object of names and values").At(cookieFile, 1, 1)
	}
	c.values = &jinja.Dict{}
	d.Each(func(k, v jinja.Value) {
		if k == "__prompts__" {
			if p, ok := v.(*jinja.Dict); ok {
				c.prompts = p
			}
			return
		}
		c.values.Set(k, v)
	})
	return nil
}

// jsonPlace is where a JSON text goes wrong, as far as it is known.
func jsonPlace(text string, err error) (line, column int) {
	var syntax *json.SyntaxError
	at := len(text)
	if errors.As(err, &syntax) {
		at = min(int(syntax.Offset), len(text))
	}
	before := text[:at]
	return 1 + strings.Count(before, "\n"), max(1, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]))
}

var cookieExtensions = []string{
	"cookiecutter.extensions.JsonifyExtension", "cookiecutter.extensions.RandomStringExtension", "cookiecutter.extensions.SlugifyExtension",
	"cookiecutter.extensions.TimeExtension", "cookiecutter.extensions.UUIDExtension",
}

func (c *cookie) environment() error {
	c.opts = jinja.Options{Strict: true, Syntax: jinja.Syntax{KeepTrailingNewline: true}, Extensions: slices.Clone(cookieExtensions)}
	if v, ok := c.values.Get("_extensions"); ok {
		for _, x := range items(v) {
			name, _ := x.(string)
			c.opts.Extensions = append(c.opts.Extensions, name)
		}
	}
	if v, ok := c.values.Get("_jinja2_env_vars"); ok {
		d, _ := v.(*jinja.Dict)
		if err := settings(d, &c.opts, Cookiecutter, cookieFile); err != nil {
			return err
		}
	}
	var err error
	if c.env, err = jinja.New(c.opts); err != nil {
		return inFile(explain(err, Cookiecutter), cookieFile)
	}
	return nil
}

// inFile gives a fault its file.
func inFile(err error, file string) error {
	if f := fault.Of(err); f != nil && f.Place.File == "" {
		f.Place.File = file
	}
	return err
}

func items(v jinja.Value) []jinja.Value {
	if l, ok := v.(*jinja.List); ok {
		return l.Items
	}
	return nil
}

// settings takes what a template says about Jinja itself.
func settings(d *jinja.Dict, opts *jinja.Options, tool, file string) error {
	if d == nil {
		return nil
	}
	texts := map[string]*string{
		"block_start_string": &opts.Syntax.BlockStart, "block_end_string": &opts.Syntax.BlockEnd,
		"variable_start_string": &opts.Syntax.VariableStart, "variable_end_string": &opts.Syntax.VariableEnd,
		"comment_start_string": &opts.Syntax.CommentStart, "comment_end_string": &opts.Syntax.CommentEnd,
		"newline_sequence": &opts.Syntax.Newline,
	}
	flags := map[string]*bool{
		"trim_blocks": &opts.Syntax.TrimBlocks, "lstrip_blocks": &opts.Syntax.LstripBlocks, "keep_trailing_newline": &opts.Syntax.KeepTrailingNewline,
	}
	var failure error
	d.Each(func(k, v jinja.Value) {
		name, _ := k.(string)
		text, isText := v.(string)
		switch {
		case texts[name] != nil && isText:
			*texts[name] = text
		case flags[name] != nil:
			*flags[name] = jinja.Truth(v)
		case name == "undefined" && tool == Copier && (text == "jinja2.Undefined" || text == "jinja2.StrictUndefined"):
			opts.Strict = text == "jinja2.StrictUndefined"
		case name == "autoescape" && !jinja.Truth(v), name == "optimized", name == "cache_size", name == "auto_reload":
		default:
			failure = refused(tool, file, "the setting %s of Jinja", name)
		}
	})
	return failure
}

func (c *cookie) findHooks() error {
	entries, err := fs.ReadDir(c.fsys, "hooks")
	if err != nil {
		return nil // there are none
	}
	for _, e := range entries {
		name := e.Name()
		base := strings.TrimSuffix(name, path.Ext(name))
		if strings.HasSuffix(name, "~") || e.IsDir() {
			continue
		}
		switch base {
		case "pre_prompt":
			return refused(Cookiecutter, "hooks/"+name, "a hook that changes the template before the questions")
		case "pre_gen_project", "post_gen_project":
			c.hooks = append(c.hooks, hook{base, "hooks/" + name})
		}
	}
	return nil
}

// nested lists the paths of the templates that this one chooses among.
func (c *cookie) nested() []string {
	var paths []string
	if v, ok := c.values.Get("templates"); ok {
		if d, ok := v.(*jinja.Dict); ok {
			d.Each(func(_, v jinja.Value) {
				if one, ok := v.(*jinja.Dict); ok {
					if p, ok := one.Get("path"); ok {
						paths = append(paths, path.Clean(fmt.Sprint(p)))
					}
				}
			})
		}
	}
	if v, ok := c.values.Get("template"); ok {
		for _, x := range items(v) {
			if _, p, found := strings.Cut(fmt.Sprint(x), "("); found {
				paths = append(paths, path.Clean(strings.TrimSuffix(p, ")")))
			}
		}
	}
	return paths
}

func (c *cookie) findFolder() error {
	entries, err := fs.ReadDir(c.fsys, ".")
	if err != nil {
		return err
	}
	start, end := c.opts.Syntax.VariableStart, c.opts.Syntax.VariableEnd
	if start == "" {
		start = "{{"
	}
	if end == "" {
		end = "}}"
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.Contains(name, "cookiecutter") || !strings.Contains(name, start) || !strings.Contains(name, end) {
			continue
		}
		if c.folder != "" {
			return refused(Cookiecutter, name, "a second folder whose name holds cookiecutter and a variable")
		}
		c.folder = name
	}
	if info, err := fs.Stat(c.fsys, c.folder); c.folder == "" || err != nil || !info.IsDir() {
		return fault.New(fault.Template, "no folder's name holds cookiecutter and a variable, such as {{cookiecutter.slug}}").At(cookieFile, 0, 0)
	}
	return nil
}

// asked are the keys that a person is asked for: first the plain ones, then the
// mappings, as cookiecutter does.
func (c *cookie) asked() []string {
	var plain, dicts []string
	c.values.Each(func(k, v jinja.Value) {
		key := k.(string)
		if strings.HasPrefix(key, "_") {
			return
		}
		if _, ok := v.(*jinja.Dict); ok {
			dicts = append(dicts, key)
		} else {
			plain = append(plain, key)
		}
	})
	return append(plain, dicts...)
}

// question describes a key before anything is answered.
func (c *cookie) question(key string) manifest.Question {
	raw, _ := c.values.Get(key)
	q := manifest.Question{ID: questionID(key), Type: manifest.String, Title: c.prompt(key, "")}
	text, _ := jinja.Str(raw)
	switch v := raw.(type) {
	case bool:
		q.Type, text = manifest.Bool, fmt.Sprint(v)
	case *jinja.List:
		q.Type, text = manifest.Select, ""
		for _, x := range v.Items {
			value, _ := jinja.Str(x)
			q.Choices = append(q.Choices, manifest.Choice{Value: value, Title: c.prompt(key, value)})
		}
		if len(q.Choices) > 0 {
			text = q.Choices[0].Value
		}
	case *jinja.Dict:
		text, _ = jinja.WriteJSON(v)
		q.Help = "an object in JSON"
	case nil:
		text = ""
	}
	q.Default = &manifest.Default{Value: manifest.Scalar{Text: text}}
	return q
}

// prompt is what a template says to ask for a key, or for a choice of it.
func (c *cookie) prompt(key, choice string) string {
	v, _ := c.prompts.Get(key)
	if d, ok := v.(*jinja.Dict); ok {
		name := choice
		if name == "" {
			name = "__prompt__"
		}
		v, _ = d.Get(name)
	} else if choice != "" {
		return ""
	}
	text, _ := v.(string)
	return text
}

// An answering works out the answers of one resolution.
type answering struct {
	*cookie
	given   manifest.Given
	answers manifest.Answers
	other   map[string]any
	values  *jinja.Dict // cookiecutter's own, so far
	r       *manifest.Resolved
}

// Resolve works out the answers in the order of cookiecutter.json; a default may
// use those before it.
func (c *cookie) Resolve(given manifest.Given, answers manifest.Answers, other map[string]any) (*manifest.Resolved, error) {
	a := &answering{cookie: c, given: given, answers: answers, other: other, values: &jinja.Dict{}, r: &manifest.Resolved{Vars: given.Variables()}}
	var dicts []string
	var failure error
	c.values.Each(func(k, raw jinja.Value) {
		key := k.(string)
		_, isDict := raw.(*jinja.Dict)
		switch {
		case failure != nil:
		case strings.HasPrefix(key, "_") && !strings.HasPrefix(key, "__"):
			a.values.Set(key, raw)
		case isDict:
			dicts = append(dicts, key)
			if strings.HasPrefix(key, "__") {
				failure = a.private(key, raw)
			}
		case strings.HasPrefix(key, "__"):
			failure = a.private(key, raw)
		default:
			failure = a.one(key, raw)
		}
	})
	for _, key := range dicts {
		raw, _ := c.values.Get(key)
		switch {
		case failure != nil:
		case strings.HasPrefix(key, "__"):
			failure = a.private(key, raw)
		default:
			failure = a.one(key, raw)
		}
	}
	if failure != nil {
		return nil, inFile(failure, cookieFile)
	}
	unknown(a.r, answers, c.m.Questions)
	a.r.Vars[manifest.Context] = a.context()
	return a.r, nil
}

// unknown reports answers to what is not asked.
func unknown(r *manifest.Resolved, answers manifest.Answers, questions []manifest.Question) {
	known := append(manifest.Defaulted(), SourceAnswer)
	for _, q := range questions {
		known = append(known, q.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		if !slices.Contains(known, id) {
			r.Problems = append(r.Problems, manifest.AnswerProblem{Kind: manifest.Unknown, ID: id, Detail: "the questions are " + strings.Join(known[len(manifest.Defaulted())+1:], ", ")})
		}
	}
}

// context is what templates see: the values in the order of cookiecutter.json,
// and what the template offered.
func (a *answering) context() map[string]jinja.Value {
	out, offered := &jinja.Dict{}, &jinja.Dict{}
	a.cookie.values.Each(func(k, raw jinja.Value) {
		v, _ := a.values.Get(k)
		out.Set(k, v)
		if !strings.HasPrefix(k.(string), "_") {
			offered.Set(k, raw)
		}
	})
	for _, name := range []string{"_output_dir", "_repo_dir"} {
		out.Set(name, &jinja.Refused{Message: "cookiecutter." + name + " is a place on one machine"})
	}
	out.Set("_template", a.place.Source)
	out.Set("_checkout", nil)
	if a.place.Ref != "" {
		out.Set("_checkout", a.place.Ref)
	}
	return map[string]jinja.Value{"cookiecutter": out, "_cookiecutter": offered}
}

func (a *answering) private(key string, raw jinja.Value) error {
	v, err := a.render(key, raw)
	if err == nil {
		a.values.Set(key, v)
	}
	return err
}

// render fills the expressions of a value.
func (a *answering) render(key string, raw jinja.Value) (jinja.Value, error) {
	switch v := raw.(type) {
	case nil, bool:
		return v, nil
	case *jinja.List:
		out := jinja.NewList()
		for _, x := range v.Items {
			y, err := a.render(key, x)
			if err != nil {
				return nil, err
			}
			out.Items = append(out.Items, y)
		}
		return out, nil
	case *jinja.Dict:
		out := &jinja.Dict{}
		var failure error
		v.Each(func(k, x jinja.Value) {
			name, err := a.render(key, k)
			if err == nil {
				x, err = a.render(key, x)
			}
			if err != nil && failure == nil {
				failure = err
			}
			out.Set(name, x)
		})
		return out, failure
	}
	text, err := jinja.Str(raw)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(text, "{") && a.opts.Syntax.VariableStart == "" {
		return text, nil
	}
	opts := a.opts
	opts.Draw, opts.Now = a.draw(cookieFile+"\x00"+key), dayOf(a.given)
	return renderText(opts, key, text, map[string]jinja.Value{"cookiecutter": a.values})
}

func renderText(opts jinja.Options, name, text string, vars map[string]jinja.Value) (string, error) {
	out, err := jinja.Render(context.Background(), opts, name, text, vars)
	if err != nil {
		return "", explain(err, Cookiecutter)
	}
	return out, nil
}

// dayOf is the day that the record names.
func dayOf(given manifest.Given) time.Time {
	t, _ := time.Parse(time.DateOnly, given.Date)
	return t
}

// one works out one question.
func (a *answering) one(key string, raw jinja.Value) error {
	q := a.question(key)
	var value jinja.Value
	_, list := raw.(*jinja.List)
	if _, given := a.answers[q.ID]; !given || list { // cookiecutter puts an answer in the default's place
		var err error
		if value, err = a.render(key, raw); err != nil {
			return err
		}
	}
	asked := manifest.Asked{Question: &q, Active: true}
	if list, ok := value.(*jinja.List); ok {
		q.Choices = nil
		for i, x := range list.Items {
			text, _ := jinja.Str(x)
			rawText, _ := jinja.Str(items(raw)[i])
			q.Choices = append(q.Choices, manifest.Choice{Value: text, Title: a.prompt(key, rawText)})
		}
		if len(list.Items) == 0 {
			return invalid(cookieFile, "the list of choices of %s is empty", key)
		}
		value = list.Items[0]
	}
	answer, given := a.answers[q.ID]
	asked.Given, asked.Open = given, !given
	if preferred, ok := a.given.Defaults[q.ID]; ok && !given {
		answer, given = preferred, true
	}
	if given {
		v, err := accept(&q, answer)
		if err != nil {
			a.r.Problems = append(a.r.Problems, manifest.AnswerProblem{Kind: manifest.Invalid, ID: q.ID, Value: answer.String(), Detail: err.Error(), Question: &q})
		} else {
			value = v
		}
	}
	a.values.Set(key, value)
	asked.Value = plainValue(value)
	a.r.Asked = append(a.r.Asked, asked)
	a.r.Vars[q.ID] = asked.Value
	return nil
}

// plainValue is a value as scaffold keeps it: one that it can ask for again.
func plainValue(v jinja.Value) any {
	switch v := v.(type) {
	case bool, string:
		return v
	case nil:
		return ""
	case *jinja.Dict, *jinja.List:
		text, _ := jinja.WriteJSON(v)
		return text
	}
	text, _ := jinja.Str(v)
	return text
}

// accept types an answer to a question of cookiecutter.
func accept(q *manifest.Question, answer manifest.Scalar) (jinja.Value, error) {
	if answer.Many {
		return nil, errors.New("one value, not a list")
	}
	if err := control(answer.Text); err != nil {
		return nil, err
	}
	switch q.Type {
	case manifest.Bool:
		return truth(answer.Text)
	case manifest.Select:
		if !slices.Contains(q.Values(), answer.Text) {
			return nil, fmt.Errorf("must be one of %s", strings.Join(q.Values(), ", "))
		}
	case manifest.String:
		if q.Help != "" { // a mapping
			v, err := jinja.ReadJSON(answer.Text)
			if _, ok := v.(*jinja.Dict); !ok || err != nil {
				return nil, errors.New("must be an object in JSON")
			}
			return v, nil
		}
	}
	return answer.Text, nil
}

func truth(text string) (jinja.Value, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "1", "true", "t", "yes", "y", "on":
		return true, nil
	case "0", "false", "f", "no", "n", "off":
		return false, nil
	}
	return nil, errors.New("must be true or false")
}

// Accept types one answer.
func (c *cookie) Accept(id string, answer manifest.Scalar, vars map[string]any) (any, error) {
	for _, key := range c.asked() {
		if questionID(key) != id {
			continue
		}
		q := c.question(key)
		if q.Type == manifest.Select { // the choices may hold expressions; resolving holds them
			return answer.Text, control(answer.Text)
		}
		v, err := accept(&q, answer)
		return plainValue(v), err
	}
	return nil, fmt.Errorf("no question %s", id)
}

// Actions are the hooks of the template, filled with the answers.
func (c *cookie) Actions(moment string, vars map[string]any) ([]manifest.Action, error) {
	if moment != "new" {
		return nil, nil // cookiecutter has no update
	}
	values, _ := vars[manifest.Context].(map[string]jinja.Value)
	var list []manifest.Action
	for _, h := range c.hooks {
		source, err := c.config(h.file)
		if err != nil {
			return nil, err
		}
		opts := c.opts
		opts.Draw, opts.Now = c.draw(h.file), clock(time.Now(), vars)
		text, err := renderText(opts, h.file, source, values)
		if err != nil {
			return nil, err
		}
		list = append(list, manifest.Action{ID: strings.TrimSuffix(path.Base(h.file), path.Ext(h.file)), Run: h.command(), Script: text, Before: h.moment == "pre_gen_project"})
	}
	slices.SortStableFunc(list, func(a, b manifest.Action) int {
		switch {
		case a.Before == b.Before:
			return 0
		case a.Before:
			return -1
		}
		return 1
	})
	return list, nil
}

// Render makes the files as cookiecutter's generate_files does.
func (c *cookie) Render(ctx context.Context, fsys fs.FS, vars map[string]any, now time.Time, limits generator.Limits) (tree.Tree, map[string]bool, error) {
	limits = limitsOf(limits)
	timed, cancel := context.WithTimeoutCause(ctx, limits.Time, fault.New(fault.Limit, "rendering takes longer than %v", limits.Time))
	defer cancel()
	values, _ := vars[manifest.Context].(map[string]jinja.Value)
	b := *c.base
	b.fsys = fsys
	opts := c.opts
	opts.Load, opts.Now, opts.Draw = b.loader(c.folder, "templates"), clock(now, vars), b.draw("files")
	env, err := jinja.New(opts)
	if err != nil {
		return tree.Tree{}, nil, explain(err, Cookiecutter)
	}
	g := &cookieMaker{maker: maker{base: &b, tool: Cookiecutter, ctx: timed, env: env, vars: values, limits: limits, drawn: map[string]bool{}}, folder: c.folder, made: map[string]string{"": "."}}
	own, _ := values["cookiecutter"].(*jinja.Dict)
	if v, ok := own.Get("_copy_without_render"); ok {
		for _, x := range items(v) {
			text, _ := jinja.Str(x)
			g.raw = append(g.raw, text)
		}
	}
	if v, ok := own.Get("_new_lines"); ok && jinja.Truth(v) {
		g.newLines, _ = v.(string)
	}
	if out, err := g.text(c.folder, c.folder, values); err != nil {
		return tree.Tree{}, nil, err
	} else if out.Text == "" {
		return tree.Tree{}, nil, invalid(c.folder, "the name of the project's folder is empty")
	}
	if err := g.folderOf(""); err != nil {
		return tree.Tree{}, nil, err
	}
	files, err := tree.New(g.files...)
	return files, g.drawn, err
}

type cookieMaker struct {
	maker
	folder   string
	raw      []string          // what is copied as it is
	newLines string            // what lines end with; "" is as in the template
	made     map[string]string // the folders of the project, with where each comes from
}

func (g *cookieMaker) copied(at string) bool {
	return slices.ContainsFunc(g.raw, func(p string) bool { return fnmatch(p, at) })
}

// folderOf makes what is in a folder of the template; at is its path below the
// template's folder.
func (g *cookieMaker) folderOf(at string) error {
	entries, err := fs.ReadDir(g.fsys, path.Join(g.folder, at))
	if err != nil {
		return err
	}
	var files, folders []string
	for _, e := range entries {
		name := path.Join(at, e.Name())
		info, err := fs.Stat(g.fsys, path.Join(g.folder, name))
		if err != nil {
			return refused(Cookiecutter, name, "a link that leads nowhere, or out of the template")
		}
		switch {
		case e.Type()&fs.ModeSymlink != 0 && info.IsDir():
			return refused(Cookiecutter, name, "a link to a folder")
		case info.IsDir():
			folders = append(folders, name)
		default:
			files = append(files, name)
		}
	}
	var below []string
	for _, name := range folders {
		to, err := g.text(name, name, g.vars)
		if err != nil {
			return err
		}
		if g.copied(name) {
			if err := g.copyFolder(name, to.Text); err != nil {
				return err
			}
			continue
		}
		clean := strings.Trim(path.Clean("/"+to.Text), "/")
		if from, there := g.made[clean]; there {
			return invalid(name, "the folder becomes %q, as %s does", clean, from)
		}
		g.made[clean] = name
		below = append(below, name)
	}
	for _, name := range files {
		if err := g.file(name); err != nil {
			return err
		}
	}
	for _, name := range below {
		if err := g.folderOf(name); err != nil {
			return err
		}
	}
	return nil
}

func (g *cookieMaker) copyFolder(from, to string) error {
	root := path.Join(g.folder, from)
	return fs.WalkDir(g.fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return g.copy(name, path.Join(to, strings.TrimPrefix(name, root+"/")), false)
	})
}

func (g *cookieMaker) copy(from, to string, drawn bool) error {
	info, err := fs.Stat(g.fsys, from)
	if err != nil {
		return refused(Cookiecutter, from, "a link that leads nowhere, or out of the template")
	}
	data, err := g.read(from, g.limits.Bytes)
	if err != nil {
		return err
	}
	return g.add(to, from, modeOf(info), data, drawn)
}

func (g *cookieMaker) file(name string) error {
	if g.ctx.Err() != nil {
		return context.Cause(g.ctx)
	}
	from := path.Join(g.folder, name)
	to, err := g.text(name, name, g.vars)
	if err != nil {
		return err
	}
	if g.copied(name) {
		return g.copy(from, to.Text, to.Drawn)
	}
	if _, folder := g.made[strings.Trim(path.Clean("/"+to.Text), "/")]; folder || strings.HasSuffix(to.Text, "/") {
		return nil // the file's own name is empty
	}
	info, err := fs.Stat(g.fsys, from)
	if err != nil {
		return err
	}
	data, err := g.read(from, g.limits.Bytes)
	if err != nil {
		return err
	}
	binary, sure := isBinary(name, data)
	switch {
	case !sure:
		return refused(Cookiecutter, from, "a text with control characters: it may be binary")
	case binary:
		return g.add(to.Text, from, modeOf(info), data, to.Drawn)
	}
	out, err := g.text(from, string(data), g.vars)
	if err != nil {
		return err
	}
	text := []byte(out.Text)
	if end := g.lineEnd(data); end != "\n" {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte(end))
	}
	return g.add(to.Text, from, modeOf(info), text, to.Drawn || out.Drawn)
}

// lineEnd is what lines end with: as the first line of the template does.
func (g *cookieMaker) lineEnd(data []byte) string {
	if g.newLines != "" {
		return g.newLines
	}
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0 || data[i] == '\n':
		return "\n"
	case i+1 < len(data) && data[i+1] == '\n':
		return "\r\n"
	}
	return "\r"
}
