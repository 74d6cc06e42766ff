package funcs

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
)

func toInt(v any) (int, error) {
	switch rv := reflect.ValueOf(v); {
	case rv.Kind() == reflect.String:
		n, err := strconv.Atoi(rv.String())
		if err != nil {
			return 0, fmt.Errorf("%q is not a whole number", rv.String())
		}
		return n, nil
	case rv.CanInt():
		return int(rv.Int()), nil
	case rv.CanUint() && rv.Uint() <= math.MaxInt:
		return int(rv.Uint()), nil
	case rv.CanFloat() && math.Abs(rv.Float()) < 1<<53:
		return int(rv.Float()), nil
	}
	return 0, fmt.Errorf("%v is not a whole number", v)
}

func add(n ...int) int {
	sum := 0
	for _, v := range n {
		sum += v
	}
	return sum
}

func sub(a, b int) int { return a - b }

func mul(first int, more ...int) int {
	for _, v := range more {
		first *= v
	}
	return first
}

var errDivision = errors.New("division by zero")

func div(a, b int) (int, error) {
	if b == 0 {
		return 0, errDivision
	}
	return a / b, nil
}

func mod(a, b int) (int, error) {
	if b == 0 {
		return 0, errDivision
	}
	return a % b, nil
}

func largest(first int, more ...int) int { return slices.Max(append(more, first)) }

func smallest(first int, more ...int) int { return slices.Min(append(more, first)) }

// until lists the numbers from 0 up to, and without, n; down to it if n is
// negative.
func until(n int) ([]int, error) {
	if n < 0 {
		return untilStep(0, n, -1)
	}
	return untilStep(0, n, 1)
}

func untilStep(start, stop, step int) ([]int, error) {
	if step == 0 || step > 0 && stop < start || step < 0 && stop > start {
		return []int{}, nil
	}
	// In floating point, because the difference may not fit an int.
	count := math.Ceil((float64(stop) - float64(start)) / float64(step))
	if count > MaxValue/weightOfItem {
		return nil, errTooLarge
	}
	list := make([]int, 0, int(count))
	for i := range int(count) {
		list = append(list, start+i*step)
	}
	return list, nil
}

func sortAlpha(list any) []string { return slices.Sorted(slices.Values(texts(list))) }

// texts gives the elements of a list as text, without those that are nil. A
// value that is no list is the only element.
func texts(list any) []string {
	rv := reflect.ValueOf(list)
	if rv.Kind() != reflect.Slice && rv.Kind() != reflect.Array {
		list = []any{list}
		rv = reflect.ValueOf(list)
	}
	out := make([]string, 0, rv.Len())
	for i := range rv.Len() {
		if v := rv.Index(i).Interface(); v != nil {
			out = append(out, fmt.Sprint(v))
		}
	}
	return out
}

// uniq keeps the first of equal elements.
func uniq(list any) ([]any, error) {
	return pickItems(list, func(key any, seen map[any]bool) bool { return !seen[key] })
}

func without(list any, omit ...any) ([]any, error) {
	out := make(map[any]bool, len(omit))
	for _, v := range omit {
		out[identity(v)] = true
	}
	return pickItems(list, func(key any, _ map[any]bool) bool { return !out[key] })
}

func pickItems(list any, keep func(key any, seen map[any]bool) bool) ([]any, error) {
	rv := reflect.ValueOf(list)
	if rv.Kind() != reflect.Slice && rv.Kind() != reflect.Array {
		return nil, fmt.Errorf("%v is not a list", list)
	}
	out, seen := []any{}, make(map[any]bool)
	for i := range rv.Len() {
		v := rv.Index(i).Interface()
		key := identity(v)
		if keep(key, seen) {
			out = append(out, v)
		}
		seen[key] = true
	}
	return out, nil
}

// A spelled value stands for one that cannot be a map key.
type spelled string

// identity gives equal values the same map key.
func identity(v any) any {
	if v == nil || reflect.ValueOf(v).Comparable() {
		return v
	}
	return spelled(fmt.Sprintf("%#v", v))
}

func keys(dicts ...map[string]any) []string {
	list := []string{}
	for _, d := range dicts {
		list = append(list, slices.Sorted(maps.Keys(d))...)
	}
	return list
}

func values(dict map[string]any) []any {
	list := make([]any, 0, len(dict))
	for _, k := range slices.Sorted(maps.Keys(dict)) {
		list = append(list, dict[k])
	}
	return list
}
