package db

import "github.com/google/uuid"

// NewID makes an identifier for a row: a version 7 UUID, so that ids made later
// sort later and an index grows at its end. It is never a secret and never a right.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }
