package catalogue

import (
	"bytes"
	"strings"
	"testing"

	"sigue/internal/base/fault"
)

// CheckMunicipalities reads a file of any bytes: either it is refused with sentences or
// every row of it is sound.
func CheckMunicipalities(t *testing.T, file []byte) {
	rows, _, err := readMunicipalities(bytes.NewReader(file))
	if err != nil {
		if !fault.Is(err, fault.Invalid) || len(fault.FieldsOf(err)) == 0 {
			t.Fatalf("refused without a sentence: %v", err)
		}
		return
	}
	for _, r := range rows {
		if !keyShape.MatchString(r.Key) || !strings.HasPrefix(r.Key, r.StateKey) || strings.TrimSpace(r.Name) == "" {
			t.Fatalf("row %d = %+v", r.Row, r.Municipality)
		}
	}
}
