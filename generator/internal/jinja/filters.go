package jinja

// A filter gives another value for a value.
type filter func(f *frame, of Value, a args) (Value, error)

func coreFilters() map[string]filter {
	return map[string]filter{
		"abs": filterAbs, "attr": filterAttr, "batch": filterBatch, "capitalize": onText(func(s string) Value { return capitalize(s) }),
		"center": filterCenter, "count": filterLength, "d": filterDefault, "default": filterDefault, "dictsort": filterDictsort,
		"e": filterEscape, "escape": filterEscape, "filesizeformat": filterSize, "first": filterFirst, "float": filterFloat,
		"forceescape": filterForce, "format": filterFormat, "groupby": filterGroup, "indent": filterIndent, "int": filterInt,
		"items": filterItems, "join": filterJoin, "last": filterLast, "length": filterLength, "list": filterList,
		"lower": onText(func(s string) Value { return lower(s) }), "map": filterMap, "max": extreme(true), "min": extreme(false),
		"pprint": filterPprint, "random": filterRandom, "reject": selecting(false), "rejectattr": selectingAttr(false), "replace": filterReplace,
		"reverse": filterReverse, "round": filterRound, "safe": filterSafe, "select": selecting(true),
		"selectattr": selectingAttr(true), "slice": filterSlice, "sort": filterSort, "string": filterString,
		"striptags": filterStrip, "sum": filterSum, "title": onText(func(s string) Value { return titleWords(s) }), "tojson": filterJSON, "trim": filterTrim,
		"truncate": filterTruncate, "unique": filterUnique, "upper": onText(func(s string) Value { return upper(s) }),
		"urlencode": filterURL, "wordcount": filterWords, "wordwrap": filterWrap, "xmlattr": filterXML,
	}
}
