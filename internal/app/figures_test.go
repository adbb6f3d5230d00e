package app_test

import (
	"testing"

	"sigue/internal/platform/access"
)

// TestFiguresAgree recounts every figure after the whole world was made through the
// services.
func TestFiguresAgree(t *testing.T) {
	t.Parallel()
	w := plantWorld(t, openSite(t))
	wrong, err := w.App.Reports.Recount(t.Context(), access.System("test", access.JobRun))
	if err != nil || len(wrong) > 0 {
		t.Errorf("the recount differs at %v (%v)", wrong, err)
	}
}
