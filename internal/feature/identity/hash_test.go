package identity

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// cheap is a cost that only tests may have.
var cheap = HashParams{MemoryKiB: 64, Passes: 1, Lanes: 1}

func TestHash(t *testing.T) {
	ctx := context.Background()
	h := newHasher(cheap)
	stored, err := h.make(ctx, "cañón de lobos azules")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, stored, password string
		want                   bool
	}{
		{"the same", stored, "cañón de lobos azules", true},
		{"typed with combining marks", stored, "can\u0303o\u0301n de lobos azules", true},
		{"another", stored, "cañón de lobos Azules", false},
		{"empty", stored, "", false},
		{"no account", "", "cañón de lobos azules", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := h.check(ctx, tt.stored, tt.password)
			if err != nil || got != tt.want {
				t.Errorf("check = %v, %v; want %v", got, err, tt.want)
			}
		})
	}
	if again, _ := h.make(ctx, "cañón de lobos azules"); again == stored {
		t.Error("two hashes of one password are equal; want a salt of its own in each")
	}
	if h.stale(stored) || !newHasher(HashParams{}).stale(stored) {
		t.Error("a hash must be stale exactly when the costs differ")
	}
}

func TestHashDefaults(t *testing.T) {
	got := newHasher(HashParams{}).decoy
	if want := "$argon2id$v=19$m=19456,t=2,p=1$"; !strings.HasPrefix(got, want) {
		t.Errorf("decoy = %q, want it to begin with %q", got, want)
	}
}

func TestDecodeHashRefuses(t *testing.T) {
	for _, bad := range []string{
		"x", "$argon2i$v=19$m=64,t=1,p=1$c2FsdA$a2V5", "$argon2id$v=18$m=64,t=1,p=1$c2FsdA$a2V5",
		"$argon2id$v=19$m=64,t=0,p=1$c2FsdA$a2V5", "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$a2V5", "$argon2id$v=19$m=64$$",
	} {
		if _, _, _, err := decodeHash(bad); err == nil {
			t.Errorf("decodeHash(%q) passed; want an error", bad)
		}
	}
}

// Of many who knock at once two are served; who gives up waiting leaves no trace.
func TestHashWaitsForATurn(t *testing.T) {
	h := newHasher(cheap)
	for range hashesAtOnce {
		h.turns <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := h.make(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("make with all turns taken = %v, want it to end with its context", err)
	}
	<-h.turns
	if _, err := h.make(context.Background(), "x"); err != nil {
		t.Errorf("make with a turn free = %v", err)
	}
}
