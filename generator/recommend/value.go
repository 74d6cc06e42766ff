package recommend

import "encoding/json"

// Value is the advice as templates see it: as its JSON reads, or nil where
// nothing was recommended.
func (a Advice) Value() any {
	if a.Choice == nil {
		return nil
	}
	data, err := json.Marshal(a)
	if err != nil { // text and numbers only
		panic(err)
	}
	var v any
	_ = json.Unmarshal(data, &v)
	return v
}
