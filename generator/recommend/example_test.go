package recommend_test

import (
	"fmt"

	"scaffold/generator/manifest"
	"scaffold/generator/recommend"
)

func candidate(text string) manifest.Listed {
	m, err := manifest.Parse([]byte("apiVersion: scaffold/v1\ntitle: A template\nversion: 1.0.0\n" + text))
	if err != nil {
		panic(err)
	}
	return manifest.Listed{Name: m.Name, Manifest: m}
}

// The advice is the sum of what the templates say of each signal.
func ExampleRank() {
	advice := recommend.Rank([]manifest.Listed{
		candidate("name: sockets\nrecommend: {role: [primary], fit: {'use:realtime-chat': {weight: 6, reason: holds many connections}}}\n"),
		candidate("name: pages\nrecommend: {role: [primary], fit: {'use:admin-cms': {weight: 5, reason: an admin comes with it}}}\n"),
	}, []string{"use:realtime-chat"})
	fmt.Println(advice.Choice.Primary, advice.Confidence)
	for _, r := range advice.Ranking {
		fmt.Println(r.Template, r.Score)
		for _, f := range r.Factors {
			fmt.Println("  ", f.Weight, f.Reason)
		}
	}
	// Output:
	// sockets high
	// sockets 6
	//    6 holds many connections
	// pages 0
}
