// Package nesting bounds how deep a text of a data format goes before a parser
// that calls itself reads it: a million brackets would end the program.
package nesting

// Of is the deepest level of [ and { in the bytes, strings included: a bound,
// not a parse.
func Of(data []byte) int {
	depth, deepest := 0, 0
	for _, b := range data {
		switch b {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth = max(0, depth-1)
		}
	}
	return deepest
}
