package schema

import (
	"context"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
)

func TestMigrateSQLite(t *testing.T) {
	d, err := db.Open(context.Background(), "sqlite:"+t.TempDir()+"/s.db", clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(context.Background(), Migrations); err != nil {
		t.Fatal(err)
	}
	if n, err := d.Pending(context.Background(), Migrations); n != 0 || err != nil {
		t.Errorf("pending = %d, %v; want 0", n, err)
	}
}
