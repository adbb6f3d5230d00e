package i18n

import (
	"fmt"
	"strconv"
)

// Number is a count as it stands in text, with a comma between thousands as both
// languages write it here: "%d" of Number(20000) gives 20,000. A year, a code or a page
// is no count: leave it an int.
type Number int64

// String gives the number in text.
func (n Number) String() string {
	digits, sign := strconv.FormatInt(int64(n), 10), ""
	if n < 0 {
		digits, sign = digits[1:], "-"
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}

// Format writes the number for any verb, so that a sentence may ask for %d as for an int.
func (n Number) Format(s fmt.State, _ rune) { fmt.Fprint(s, n.String()) }
