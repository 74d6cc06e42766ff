package jinja

import (
	"errors"
)

// An iterator gives one item after the other.
type iterator func() (Value, bool, error)

// A loop is the name loop inside of a for.
type loop struct {
	next   iterator
	ahead  []Value // taken from next, and not yet given
	size   int     // of what is looped over; -1 where it has to be counted
	index  int     // of the item at hand, from 1
	item   Value
	before Value
	node   *forNode
	frame  *frame
	level  int

	changed Value // what loop.changed saw last
	seen    bool
}

func (l *loop) advance() (Value, bool, error) {
	ok, err := l.peek(1)
	if !ok || err != nil {
		return nil, false, err
	}
	l.before, l.item = l.item, l.ahead[0]
	l.ahead = l.ahead[1:]
	l.index++
	return l.item, true, nil
}

// peek makes sure of n items ahead.
func (l *loop) peek(n int) (bool, error) {
	for len(l.ahead) < n {
		v, ok, err := l.next()
		if !ok || err != nil {
			return false, err
		}
		l.ahead = append(l.ahead, v)
	}
	return true, nil
}

func (l *loop) length() (int, error) {
	if l.size < 0 {
		for n := 1; ; n++ {
			if err := l.frame.step(); err != nil {
				return 0, err
			}
			if ok, err := l.peek(n); !ok || err != nil {
				l.size = l.index + len(l.ahead)
				return l.size, err
			}
		}
	}
	return l.size, nil
}

func (l *loop) attr(name string) (Value, bool, error) {
	switch name {
	case "index":
		return int64(l.index), true, nil
	case "index0":
		return int64(l.index - 1), true, nil
	case "first":
		return l.index == 1, true, nil
	case "last":
		ok, err := l.peek(1)
		return !ok, true, err
	case "length":
		n, err := l.length()
		return int64(n), true, err
	case "revindex":
		n, err := l.length()
		return int64(n - l.index + 1), true, err
	case "revindex0":
		n, err := l.length()
		return int64(n - l.index), true, err
	case "depth":
		return int64(l.level), true, nil
	case "depth0":
		return int64(l.level - 1), true, nil
	case "previtem":
		return l.previous(), true, nil
	case "nextitem":
		v, err := l.following()
		return v, true, err
	case "cycle":
		return &Func{name, l.cycle}, true, nil
	case "changed":
		return &Func{name, l.hasChanged}, true, nil
	}
	return nil, false, nil
}

func (l *loop) previous() Value {
	if l.index == 1 {
		return l.frame.undefined("there is no previous item")
	}
	return l.before
}

func (l *loop) following() (Value, error) {
	ok, err := l.peek(1)
	if !ok {
		return l.frame.undefined("there is no next item"), err
	}
	return l.ahead[0], nil
}

func (l *loop) cycle(_ *state, a args) (Value, error) {
	if len(a.list) == 0 {
		return nil, runtime("no items for cycling given")
	}
	return a.list[(l.index-1)%len(a.list)], nil
}

func (l *loop) hasChanged(_ *state, a args) (Value, error) {
	now := Tuple(a.list)
	if l.seen {
		same, err := equal(l.changed, now)
		if same || err != nil {
			return false, err
		}
	}
	l.seen, l.changed = true, now
	return true, nil
}

// again is loop(list) in a recursive loop. Each call is a level deeper.
func (l *loop) again(st *state, a args) (Value, error) {
	if !l.node.recursive {
		return nil, runtime("the loop must have the 'recursive' marker to be called recursively")
	}
	if len(a.list) != 1 {
		return nil, runtime("loop() takes one list")
	}
	if err := st.deeper(); err != nil {
		return nil, err
	}
	defer func() { st.depth-- }()
	f := l.frame
	c := f.in(f.scope)
	c.own = true
	out := *c
	text, err := out.captureLoop(l.node, a.list[0], l.level+1)
	return f.marked(text), err
}

type forNode struct {
	target      target
	over        expression
	filter      expression
	body, other []statement
	recursive   bool
	pos         pos
}

func (n *forNode) exec(f *frame) error {
	v, err := n.over.eval(f)
	if err != nil {
		return f.at(err, n.pos)
	}
	return n.each(f, v, f.level+1)
}

func (n *forNode) each(f *frame, v Value, level int) error {
	next, err := f.iter(v)
	if err != nil {
		return f.at(err, n.pos)
	}
	l := &loop{next: next, node: n, frame: f, level: level, size: sizeOf(v)}
	if n.filter != nil {
		l.next, l.size = n.filtered(f, next), -1
	}
	for {
		item, ok, err := l.advance()
		if err != nil {
			return f.at(err, n.pos)
		}
		if !ok {
			break
		}
		switch err := n.round(l, item); {
		case errors.Is(err, errBreak):
			return nil
		case err != nil && !errors.Is(err, errContinue):
			return err
		}
	}
	if l.index == 0 {
		return f.in(f.scope.inner()).run(n.other)
	}
	return nil
}

// round runs the body for one item.
func (n *forNode) round(l *loop, item Value) error {
	f := l.frame
	if err := f.step(); err != nil {
		return f.at(err, n.pos)
	}
	inner := f.in(f.scope.inner())
	inner.level = l.level
	inner.scope.set("loop", l)
	if err := n.target.assign(inner, item); err != nil {
		return f.at(err, n.pos)
	}
	return inner.run(n.body)
}

func (n *forNode) filtered(f *frame, next iterator) iterator {
	return func() (Value, bool, error) {
		for {
			item, ok, err := next()
			if !ok || err != nil {
				return nil, false, err
			}
			if err := f.step(); err != nil {
				return nil, false, err
			}
			inner := f.in(f.scope.inner())
			if err := n.target.assign(inner, item); err != nil {
				return nil, false, err
			}
			v, err := n.filter.eval(inner)
			if err != nil {
				return nil, false, err
			}
			if yes, err := truth(v); yes || err != nil {
				return item, true, err
			}
		}
	}
}

type includeNode struct {
	name             expression
	lenient, context bool
	pos              pos
}
