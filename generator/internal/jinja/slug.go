package jinja

import (
	"strings"
	"unicode"

	"scaffold/generator/internal/late"

	"golang.org/x/text/unicode/norm"
)

var (
	slugNumber = late.Pattern(`(\d),(\d)`)
	slugOther  = late.Pattern(`[^-a-zA-Z0-9]+`)
	slugDash   = late.Pattern(`-{2,}`)
)

// spelled are letters without a decomposition, as Python's text-unidecode spells
// them. Others are refused.
var spelled = map[rune]string{
	'ß': "ss", 'æ': "ae", 'Æ': "AE", 'ø': "o", 'Ø': "O", 'đ': "d", 'Đ': "D", 'ł': "l", 'Ł': "L", 'ı': "i", 'œ': "oe", 'Œ': "OE", 'þ': "th", 'Þ': "Th", 'ð': "d", 'Ð': "D",
	'‘': "'", '’': "'", '“': `"`, '”': `"`, '–': "-", '—': "--", '…': "...", '\u00a0': " ",
}

// filterSlug is python-slugify with its usual settings.
func filterSlug(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("slugify", "entities", "decimal", "hexadecimal", "max_length", "word_boundary", "separator", "save_order", "stopwords", "regex_pattern", "lowercase", "replacements", "allow_unicode")
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"word_boundary", "save_order", "stopwords", "regex_pattern", "replacements", "allow_unicode"} {
		if Truth(p[name]) {
			return nil, unsupported("slugify with %s", name)
		}
	}
	s, err := f.plain(of)
	if err != nil {
		return nil, err
	}
	if s, err = romanized(strings.ReplaceAll(s, "'", "-")); err != nil {
		return nil, err
	}
	if strings.Contains(s, "&") && strings.Contains(s, ";") {
		return nil, unsupported("slugify of a text with HTML entities")
	}
	if p.is("lowercase", true) {
		s = lower(s)
	}
	s = dashed(s)
	most, err := p.wholeOrNone("slugify", "max_length", 0)
	if err != nil {
		return nil, err
	}
	if most > 0 && len(s) > most {
		s = strings.Trim(s[:most], "-")
	}
	if by, ok := asText(p["separator"]); ok {
		s = strings.ReplaceAll(s, "-", by)
	}
	return s, nil
}

// dashed has one dash for each run of what is neither letter nor digit; commas
// inside of numbers go.
func dashed(s string) string {
	s = strings.ReplaceAll(s, "'", "")
	for slugNumber().MatchString(s) {
		s = slugNumber().ReplaceAllString(s, "$1$2")
	}
	return strings.Trim(slugDash().ReplaceAllString(slugOther().ReplaceAllString(s, "-"), "-"), "-")
}

// romanized spells a text in ASCII.
func romanized(s string) (string, error) {
	var b strings.Builder
	for _, r := range s {
		if as, ok := spelled[r]; ok {
			b.WriteString(as)
			continue
		}
		for _, d := range norm.NFKD.String(string(r)) {
			switch {
			case d < 128:
				b.WriteRune(d)
			case !unicode.Is(unicode.Mn, d):
				return "", unsupported("slugify of %q: its spelling in ASCII is not known here", r)
			}
		}
	}
	return b.String(), nil
}
