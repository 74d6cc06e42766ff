package recommend

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"scaffold/generator/manifest"
)

// Understood is a part of a description and what it was taken for.
type Understood struct {
	Words   string   `json:"words"`   // as they were written
	Signals []string `json:"signals"` // what they say; of a group of one value, one

	weak []bool // of each signal: the words could as well be about something else
}

// Describe reads a description in a person's own words: the words of the groups'
// values, the longest first, in singular or plural, a slip of the keyboard too. What
// is denied ("no chat", "without accounts"), or stands on either side of it
// ("between our shop and SAP"), says nothing. It knows no grammar, and gives what it
// understood in the order of the text, for the person to confirm.
func Describe(text string, groups []manifest.SignalGroup) []Understood {
	tokens := tokenise(text)
	deny(tokens)
	book := phrases(groups)
	var found []Understood
	for i := 0; i < len(tokens); {
		p := heap(tokens[i:])
		if len(p.words) == 0 {
			p = book.longest(tokens[i:])
		}
		if len(p.words) == 0 {
			p = crowd(tokens[i:])
		}
		if len(p.words) == 0 {
			p = book.slip(tokens[i].word)
		}
		n := max(1, len(p.words))
		if !tokens[i].denied && len(p.signals) > 0 {
			found = append(found, Understood{Words: text[tokens[i].from:tokens[i+n-1].to], Signals: p.signals, weak: p.weak})
		}
		i += n
	}
	return one(firm(found), groups)
}

// firm drops what only weak words say, where others say something of the same
// group: a shop with reports is a shop.
func firm(found []Understood) []Understood {
	strong := map[string]bool{} // groups and signals
	for _, u := range found {
		for i, s := range u.Signals {
			if !u.weak[i] {
				strong[kind(s)], strong[s] = true, true
			}
		}
	}
	var out []Understood
	for _, u := range found {
		kept := Understood{Words: u.Words}
		for i, s := range u.Signals {
			if !u.weak[i] || strong[s] || !strong[kind(s)] {
				kept.Signals = append(kept.Signals, s)
			}
		}
		if len(kept.Signals) > 0 {
			out = append(out, kept)
		}
	}
	return out
}

// SignalsOf are the signals of a description, in the order of the groups. A
// group of one value of which several were understood has its neutral value for
// "all alike", or nothing.
func SignalsOf(found []Understood, groups []manifest.SignalGroup) []string {
	var all []string
	for _, u := range found {
		all = append(all, u.Signals...)
	}
	return canonical(all, groups)
}

// one keeps a group of one value to one: the first that was understood. Who names
// two languages knows both, which speaks for neither.
func one(found []Understood, groups []manifest.SignalGroup) []Understood {
	for _, g := range groups {
		if g.Many {
			continue
		}
		var said []string
		for _, u := range found {
			for _, s := range u.Signals {
				if kind(s) == g.Name && !slices.Contains(said, s) {
					said = append(said, s)
				}
			}
		}
		if len(said) < 2 {
			continue
		}
		drop := said[1:]
		if slices.ContainsFunc(g.Neutral, func(v manifest.SignalValue) bool { return v.Value == "both" }) {
			drop = said
		}
		for i := range found {
			found[i].Signals = slices.DeleteFunc(slices.Clone(found[i].Signals), func(s string) bool { return slices.Contains(drop, s) })
		}
	}
	return slices.DeleteFunc(found, func(u Understood) bool { return len(u.Signals) == 0 })
}

// A token is one word of a text.
type token struct {
	word     string // lower case
	from, to int    // in the text
	ends     bool   // a mark after it ends the clause
	denied   bool
}

// tokenise splits a text into words. A hyphen parts words; a dot inside a word
// does not (v1.2).
func tokenise(text string) []token {
	var tokens []token
	inside := func(i int, r rune) bool {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return true
		}
		if r != '.' && r != '\'' && r != '’' && r != ',' {
			return false
		}
		rest := []rune(text[i:])
		digit := len(rest) > 1 && unicode.IsDigit(rest[1])
		return len(rest) > 1 && (r == ',' && digit || r != ',' && (unicode.IsLetter(rest[1]) || digit))
	}
	start := -1
	for i, r := range text + " " {
		in := i < len(text) && inside(i, r) && (start >= 0 || r != '.' && r != '\'' && r != '’' && r != ',')
		switch {
		case in && start < 0:
			start = i
		case !in && start >= 0:
			word := strings.ReplaceAll(strings.ToLower(text[start:i]), "’", "'")
			tokens = append(tokens, token{word: strings.TrimSuffix(word, "'s"), from: start, to: i})
			start = -1
		}
		if !in && len(tokens) > 0 && strings.ContainsRune(".,;:!?()", r) {
			tokens[len(tokens)-1].ends = true
		}
	}
	return tokens
}

// What begins and ends the part of a sentence that is denied.
var (
	denials    = []string{"no", "not", "without", "never", "neither", "nor", "don't", "doesn't", "isn't", "won't", "aren't", "can't", "cannot", "nobody", "none", "dont", "doesnt", "isnt", "wont", "avoid", "instead", "except", "unlike", "hate", "rather", "between"}
	turns      = []string{"but", "just", "only", "however", "though", "yet", "simply", "we", "i", "because", "since", "so", "then", "that", "which", "where", "who", "with", "is", "for"}
	affirming  = []string{"only", "just", "sure", "much", "long"} // "not only", "no longer"
	enumerates = []string{"or", "nor", "and"}
)

// deny marks the words that a denial covers: from it to the end of its clause. A
// comma goes on where "or" follows ("no chat, games or video").
func deny(tokens []token) {
	denied := false
	for i := range tokens {
		t := &tokens[i]
		next := ""
		if i+1 < len(tokens) {
			next = tokens[i+1].word
		}
		switch {
		case slices.Contains(denials, t.word):
			denied = !slices.Contains(affirming, next) || next == "sure"
		case denied && slices.Contains(turns, t.word) && !stillDenied(tokens[:i]):
			denied = false
		}
		t.denied = denied
		if t.ends && !listGoesOn(tokens[i+1:]) {
			denied = false
		}
	}
}

// stillDenied is for "don't need that", "not for games": the turn is part of the
// denial itself where only its verb stands between.
func stillDenied(before []token) bool {
	last := before[len(before)-1].word
	return slices.Contains(denials, last) || slices.Contains([]string{"need", "want", "looking", "meant", "used", "sure", "about", "interested"}, last)
}

// listGoesOn says that a comma parts a list, not two clauses: one or two words,
// and then another comma, or "or".
func listGoesOn(rest []token) bool {
	for i, t := range rest {
		if slices.Contains(enumerates, t.word) && t.word != "and" {
			return true
		}
		if i >= 2 || slices.Contains(turns, t.word) {
			return false
		}
		if t.ends {
			return listGoesOn(rest[i+1:])
		}
	}
	return false
}

// A phraseBook holds what words say, by their first word.
type phraseBook map[string][]phrase

type phrase struct {
	words   []string
	signals []string
	weak    []bool
}

// nothing are phrases that look like others and say nothing.
var nothing = split("business model, data model, 3d model, fashion model, no problem, in order to, in order, of course, record label, report bug, content with, play store, app store, page load, live in, live near, single player, video player, media player, music player, big fan, soon as, small print, order of, or so, store data, store it, store the, store them, stores data")

func split(list string) []string { return strings.Split(list, ", ") }

func phrases(groups []manifest.SignalGroup) phraseBook {
	byText := map[string]phrase{}
	for _, g := range groups {
		for _, v := range g.Values {
			name := Signal(g.Name, v.Value)
			for _, text := range append(slices.Clone(v.Words), strings.ReplaceAll(argument(name), "-", " ")) {
				text, weak := strings.CutPrefix(text, "~")
				p := byText[text]
				if !slices.Contains(p.signals, name) {
					p.signals, p.weak = append(p.signals, name), append(p.weak, weak)
				}
				byText[text] = p
			}
		}
	}
	for _, text := range nothing {
		byText[text] = phrase{}
	}
	book := phraseBook{}
	for text, p := range byText {
		p.words = strings.Fields(text)
		book[p.words[0]] = append(book[p.words[0]], p)
	}
	return book
}

// longest finds the longest phrase that tokens begin with.
func (b phraseBook) longest(tokens []token) phrase {
	best := phrase{}
	for _, first := range singulars(tokens[0].word) {
		for _, p := range b[first] {
			if len(p.words) > len(best.words) && p.begins(tokens) {
				best = p
			}
		}
	}
	return best
}

// slip finds the word that was meant where a key was missed, hit twice or hit too
// early. A short one is weak: what is spelt well counts before it.
func (b phraseBook) slip(word string) phrase {
	best := phrase{}
	for _, list := range b {
		for _, p := range list {
			meant := len(p.words) == 1 && len(p.signals) > 0 && slices.ContainsFunc(singulars(word), func(w string) bool { return slipped(w, p.words[0]) })
			if meant && (len(best.words) == 0 || p.words[0] < best.words[0]) {
				best = p
			}
		}
	}
	const sure = 7 // letters, of which few make two words
	best.weak = slices.Clone(best.weak)
	for i := range best.weak {
		best.weak[i] = best.weak[i] || len(word) < sure
	}
	return best
}

// slipped reports whether one letter of a word is missing or too much, or two are
// swapped. Another letter is another word (massage), and so is another beginning
// (layer), or one of few letters.
func slipped(typed, word string) bool {
	const least = 6
	if min(len(typed), len(word)) < least || typed[0] != word[0] || typed == word {
		return false
	}
	at := 0
	for at < min(len(typed), len(word)) && typed[at] == word[at] {
		at++
	}
	switch len(typed) - len(word) {
	case -1:
		return typed[at:] == word[at+1:]
	case 1:
		return typed[at+1:] == word[at:]
	case 0:
		return at+1 < len(word) && typed[at] == word[at+1] && typed[at+1] == word[at] && typed[at+2:] == word[at+2:]
	}
	return false
}

func (p phrase) begins(tokens []token) bool {
	if len(p.words) > len(tokens) {
		return false
	}
	for i, w := range p.words {
		if !slices.Contains(singulars(tokens[i].word), w) || i > 0 && tokens[i-1].ends {
			return false
		}
	}
	return true
}

// singulars are what a word may be a plural of, itself first.
func singulars(word string) []string {
	forms := []string{word}
	if s, ok := strings.CutSuffix(word, "ies"); ok {
		forms = append(forms, s+"y")
	}
	if s, ok := strings.CutSuffix(word, "es"); ok {
		forms = append(forms, s)
	}
	if s, ok := strings.CutSuffix(word, "s"); ok && len(s) > 2 {
		forms = append(forms, s)
	}
	return forms
}

// crowd understands a number of people or devices: "500 users", "10k players".
// The words that say of what are left to be read as well.
func crowd(tokens []token) phrase {
	n, ok := number(tokens[0].word)
	for i := 1; ok && i < min(4, len(tokens)) && !tokens[i-1].ends; i++ {
		if slices.ContainsFunc(singulars(tokens[i].word), func(w string) bool { return slices.Contains(crowds, w) }) {
			return phrase{words: []string{tokens[0].word}, signals: []string{level(n)}, weak: []bool{false}}
		}
	}
	return phrase{}
}

// crowds are those whose number at once matters.
var crowds = split("people, user, player, visitor, device, client, connection, viewer, customer, subscriber, friend, colleague, sensor, driver")

// heap understands that a number is one of things that lie there: "millions of
// rows" says nothing of how many people come at once.
func heap(tokens []token) phrase {
	one := func(word string, list []string) bool {
		return slices.ContainsFunc(singulars(word), func(w string) bool { return slices.Contains(list, w) })
	}
	for i := 1; one(tokens[0].word, magnitudes) && i < min(4, len(tokens)) && !tokens[i-1].ends; i++ {
		switch {
		case one(tokens[i].word, crowds):
			return phrase{}
		case one(tokens[i].word, things):
			return phrase{words: []string{tokens[0].word}}
		}
	}
	return phrase{}
}

var (
	magnitudes = split("hundred, thousand, million, billion")
	things     = split("row, record, document, entry, line, file, item, product, article, picture, photo, image, transaction, event, reading, measurement, page, table, gigabyte, terabyte")
)

func level(n int) string {
	switch {
	case n < 100:
		return "concurrency:low"
	case n < 2000:
		return "concurrency:medium"
	default:
		return "concurrency:high"
	}
}

func number(word string) (int, bool) {
	word = strings.ReplaceAll(word, ",", "")
	if i := slices.Index(split("one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve"), word); i >= 0 {
		return i + 1, true
	}
	scale := 1
	for suffix, by := range map[string]int{"k": 1000, "m": 1_000_000} {
		if s, ok := strings.CutSuffix(word, suffix); ok {
			word, scale = s, by
		}
	}
	n, err := strconv.Atoi(word)
	return n * scale, err == nil && n >= 0 && n < 1<<40/scale
}

// Meant is the value of a group that one of its words stands for: realtime-chat
// for "chat". It is false where none does, or several do.
func Meant(group, word string, groups []manifest.SignalGroup) (string, bool) {
	i := groupIndex(groups, group)
	if i < 0 {
		return "", false
	}
	word = strings.ToLower(strings.ReplaceAll(word, "-", " "))
	var found []string
	for _, v := range groups[i].Values {
		if slices.ContainsFunc(v.Words, func(w string) bool { return slices.Contains(singulars(word), strings.TrimPrefix(w, "~")) }) {
			found = append(found, v.Value)
		}
	}
	if len(found) == 0 {
		return "", false
	}
	return found[0], true
}

// Quoted is what was understood, as a person reads it: ‘shop’ → data-web-app,
// admin-cms; ‘500’ → concurrency medium.
func Quoted(found []Understood) string {
	parts := make([]string, len(found))
	for i, u := range found {
		names := make([]string, len(u.Signals))
		for j, s := range u.Signals {
			names[j] = label(s)
		}
		parts[i] = "‘" + u.Words + "’ → " + strings.Join(names, ", ")
	}
	return strings.Join(parts, "; ")
}
