package generator

import "scaffold/generator/manifest"

// Actions are the template's hooks that would run once the project is in place.
// Whether they may is for the caller to decide; Apply runs none.
func (p *Plan) Actions() ([]manifest.Action, error) {
	part := p.Parts[0]
	return part.Template.Manifest.ActionsOn("new", part.Answers.Vars)
}
