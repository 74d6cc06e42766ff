package generator

// Holding gives the generator with so much room in memory for a plan's contents.
func (g *Generator) Holding(room int64) *Generator { return &Generator{opts: g.opts, room: room} }

// InMemory counts the bytes of a plan's files that are not aside.
func (p *Plan) InMemory() (n int) {
	for _, f := range p.tree.Files() {
		if f.Layer != "" {
			n += len(f.Data)
		}
	}
	return n
}
