// Command check reads what "go test -json" says on its standard input and tells it
// as people read it: one line for each package, all that a failed test printed, each
// skipped test with its reason, each figure that a test measured (an attribute named
// "measured", see testing.T.Attr), each test that took long, and at the end "N passed, N failed, N skipped".
//
// It ends with status 1 when anything failed, or when a test was skipped and
// CI=true. With -counts it writes the three numbers to a file as well.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	counts := flag.String("counts", "", "`file` for the three numbers")
	flag.Parse()
	s := newSummary(os.Stdout)
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(2)
	}
	s.finish()
	if *counts != "" {
		numbers := fmt.Sprintln(s.passed, s.failed, s.skipped)
		if err := os.WriteFile(*counts, []byte(numbers), 0o600); err != nil {
			fmt.Fprintln(os.Stderr, "check:", err)
			os.Exit(2)
		}
	}
	if s.failed > 0 || (s.skipped > 0 && os.Getenv("CI") == "true") {
		os.Exit(1)
	}
}

// event is one line of "go test -json" (see "go doc test2json").
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build that failed
	Test       string
	Elapsed    float64
	Output     string
	Key, Value string // of an attribute
}

// key names one test of one package; an empty test is the package itself.
type key struct{ pkg, test string }

// summary collects events; what it prints goes to out at once.
type summary struct {
	out                     io.Writer
	passed, failed, skipped int

	output  map[key][]string // what each unfinished test printed
	broken  map[string]bool  // packages with a failed test
	skips   []string
	figures []string
	slow    []string
	untests int // packages without tests
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, output: map[key][]string{}, broken: map[string]bool{}}
}

// read takes every event. A line that is no event is passed on as it is.
func (s *summary) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil {
				fmt.Fprint(s.out, line)
			} else {
				s.take(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) take(e event) {
	k := key{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "output":
		s.output[k] = append(s.output[k], e.Output)
	case "attr":
		if e.Key == "measured" {
			s.figures = append(s.figures, e.Value)
		}
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(e)
		} else {
			s.endTest(k, e.Action)
			s.slowness(e)
		}
		delete(s.output, k)
	}
}

func (s *summary) endTest(k key, action string) {
	switch action {
	case "pass":
		s.passed++
	case "skip":
		s.skipped++
		s.skips = append(s.skips, k.pkg+" "+k.test+": "+reason(s.output[k]))
	case "fail":
		s.failed++
		s.broken[k.pkg] = true
		fmt.Fprint(s.out, strings.Join(s.output[k], ""))
	}
}

// slow is how long a test may run before the check names it, in seconds.
const slow = 20

func (s *summary) slowness(e event) {
	if e.Elapsed >= slow && !strings.Contains(e.Test, "/") {
		s.slow = append(s.slow, fmt.Sprintf("%s %s: %.0f s", e.Package, e.Test, e.Elapsed))
	}
}

func (s *summary) endPackage(e event) {
	text := strings.Join(s.output[key{e.Package, ""}], "")
	switch {
	case e.Action == "fail":
		if !s.broken[e.Package] { // it did not build, or died outside a test
			s.failed++
		}
		s.unfinished(e.Package)
		fmt.Fprintf(s.out, "%s", text)
		if !strings.Contains(text, "FAIL\t") {
			fmt.Fprintf(s.out, "FAIL\t%s\n", e.Package)
		}
	case e.Action == "skip" || strings.Contains(text, "[no test files]"):
		s.untests++
	default:
		fmt.Fprint(s.out, lastLine(text))
	}
}

// unfinished prints what the tests of a package said that never ended: those in
// which it panicked or ran out of time.
func (s *summary) unfinished(pkg string) {
	for _, k := range slices.SortedFunc(maps.Keys(s.output), func(a, b key) int { return strings.Compare(a.test, b.test) }) {
		if k.pkg == pkg && k.test != "" {
			fmt.Fprint(s.out, strings.Join(s.output[k], ""))
			delete(s.output, k)
		}
	}
}

// finish prints what is told at the end.
func (s *summary) finish() {
	for _, figure := range s.figures {
		fmt.Fprintln(s.out, "MEASURED", figure)
	}
	for _, test := range s.slow {
		fmt.Fprintln(s.out, "SLOW", test)
	}
	for _, skip := range s.skips {
		fmt.Fprintln(s.out, "SKIPPED", skip)
	}
	if s.untests > 0 {
		fmt.Fprintf(s.out, "(packages without tests: %d)\n", s.untests)
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
}

// reason is what a skipped test said, on one line.
func reason(output []string) string {
	var said []string
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			said = append(said, line)
		}
	}
	return strings.Join(said, " ")
}

// lastLine is a passed package's own line, "ok …"; what it printed before is noise.
func lastLine(text string) string {
	text = strings.TrimSuffix(text, "\n")
	return text[strings.LastIndexByte(text, '\n')+1:] + "\n"
}
