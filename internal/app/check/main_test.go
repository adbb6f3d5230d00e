package main

import (
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	for _, test := range []struct {
		name   string
		events []string
		want   string
	}{
		{"passed", []string{
			`{"Action":"run","Package":"p","Test":"TestA"}`,
			`{"Action":"output","Package":"p","Test":"TestA","Output":"noise\n"}`,
			`{"Action":"pass","Package":"p","Test":"TestA"}`,
			`{"Action":"output","Package":"p","Output":"PASS\n"}`,
			`{"Action":"output","Package":"p","Output":"ok  \tp\t0.01s\n"}`,
			`{"Action":"pass","Package":"p","Elapsed":0.01}`,
		}, "ok  \tp\t0.01s\n1 passed, 0 failed, 0 skipped\n"},
		{"failed", []string{
			`{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: got 1\n"}`,
			`{"Action":"output","Package":"p","Test":"TestA","Output":"--- FAIL: TestA\n"}`,
			`{"Action":"fail","Package":"p","Test":"TestA"}`,
			`{"Action":"output","Package":"p","Output":"FAIL\tp\t0.01s\n"}`,
			`{"Action":"fail","Package":"p"}`,
		}, "    a_test.go:1: got 1\n--- FAIL: TestA\nFAIL\tp\t0.01s\n0 passed, 1 failed, 0 skipped\n"},
		{"skipped", []string{
			`{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN TestA\n"}`,
			`{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: no server\n"}`,
			`{"Action":"output","Package":"p","Test":"TestA","Output":"--- SKIP: TestA (0.00s)\n"}`,
			`{"Action":"skip","Package":"p","Test":"TestA"}`,
			`{"Action":"output","Package":"p","Output":"ok  \tp\t0.01s\n"}`,
			`{"Action":"pass","Package":"p"}`,
		}, "ok  \tp\t0.01s\nSKIPPED p TestA: a_test.go:1: no server\n0 passed, 0 failed, 1 skipped\n"},
		{"does not build", []string{
			`{"ImportPath":"p [p.test]","Action":"build-output","Output":"p.go:1: undefined: x\n"}`,
			`{"ImportPath":"p [p.test]","Action":"build-fail"}`,
			`{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}`,
			`{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}`,
		}, "p.go:1: undefined: x\nFAIL\tp [build failed]\n0 passed, 1 failed, 0 skipped\n"},
		{"panics", []string{
			`{"Action":"run","Package":"p","Test":"TestA"}`,
			`{"Action":"output","Package":"p","Test":"TestA","Output":"panic: boom\n"}`,
			`{"Action":"output","Package":"p","Output":"exit status 2\n"}`,
			`{"Action":"fail","Package":"p"}`,
		}, "panic: boom\nexit status 2\nFAIL\tp\n0 passed, 1 failed, 0 skipped\n"},
		{"no tests", []string{
			`{"Action":"output","Package":"p","Output":"?   \tp\t[no test files]\n"}`,
			`{"Action":"skip","Package":"p"}`,
		}, "(packages without tests: 1)\n0 passed, 0 failed, 0 skipped\n"},
		{"measured", []string{
			`{"Action":"attr","Package":"p","Test":"TestA","Key":"measured","Value":"a task: 4 of 5"}`,
			`{"Action":"attr","Package":"p","Test":"TestA","Key":"other","Value":"x"}`,
			`{"Action":"pass","Package":"p","Test":"TestA"}`,
			`{"Action":"output","Package":"p","Output":"ok  \tp\t0.01s\n"}`,
			`{"Action":"pass","Package":"p"}`,
		}, "ok  \tp\t0.01s\nMEASURED a task: 4 of 5\n1 passed, 0 failed, 0 skipped\n"},
		{"slow", []string{
			`{"Action":"pass","Package":"p","Test":"TestA/part","Elapsed":20.4}`,
			`{"Action":"pass","Package":"p","Test":"TestA","Elapsed":20.4}`,
			`{"Action":"pass","Package":"p","Test":"TestB","Elapsed":19.9}`,
		}, "SLOW p TestA: 20 s\n3 passed, 0 failed, 0 skipped\n"},
		{"no event", []string{"go: downloading x"}, "go: downloading x\n0 passed, 0 failed, 0 skipped\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			s := newSummary(&out)
			if err := s.read(strings.NewReader(strings.Join(test.events, "\n") + "\n")); err != nil {
				t.Fatal(err)
			}
			s.finish()
			if out.String() != test.want {
				t.Errorf("got:\n%swant:\n%s", out.String(), test.want)
			}
		})
	}
}
