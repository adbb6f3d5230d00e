package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/core/cryptofmt"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// keyFile is the file that holds every secret of an installation. Whoever has it
// and the database has everything; without it the database is dumb.
type keyFile struct {
	Master json.RawMessage `json:"master"` // a Tink keyset; its primary key wraps, each of them unwraps
	Secret []byte          `json:"secret"` // 32 random bytes, for SigningKey
}

// Create makes a key file that only its owner may read, with one master key. It
// never writes over one that is there: that error is fs.ErrExist, and of several
// processes that start at once one succeeds.
func Create(file string) error {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	secret := make([]byte, keySize)
	rand.Read(secret) // never fails: it ends the program instead
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	// A link, unlike a rename, does not replace what is there.
	return write(file, handle, secret, os.Link)
}

// Open reads a key file. It refuses one that strangers may read.
func Open(file string) (*Vault, error) {
	handle, secret, err := read(file)
	if err != nil {
		return nil, err
	}
	m, err := newMaster(handle)
	if err != nil {
		return nil, fmt.Errorf("vault: key file %s: %w", file, err)
	}
	v := &Vault{file: file, secret: secret}
	v.master.Store(m)
	return v, nil
}

func newMaster(handle *keyset.Handle) (*master, error) {
	keys, err := aead.New(handle)
	if err != nil {
		return nil, err
	}
	primary, err := handle.Primary()
	if err != nil {
		return nil, err
	}
	// Tink's own format: a version and the key's id stand before each ciphertext.
	mark := binary.BigEndian.AppendUint32([]byte{cryptofmt.TinkStartByte}, primary.KeyID())
	return &master{AEAD: keys, primary: primary.KeyID(), mark: mark}, nil
}

// Rotate adds a new primary master key to a key file; the older ones stay in it, for
// what they wrapped and for backups. Two at once could lose one of the new keys: the
// caller lets one in at a time. Then [Vault.RewrapTx] moves the cases to it. Processes
// that hold the old file read it again when they meet the new key.
func Rotate(file string) error {
	handle, secret, err := read(file)
	if err != nil {
		return err
	}
	keys := keyset.NewManagerFromHandle(handle)
	id, err := keys.Add(aead.AES256GCMKeyTemplate())
	if err == nil {
		err = keys.SetPrimary(id)
	}
	if err == nil {
		handle, err = keys.Handle()
	}
	if err != nil {
		return fmt.Errorf("vault: rotate: %w", err)
	}
	return write(file, handle, secret, os.Rename)
}

func read(file string) (*keyset.Handle, []byte, error) {
	if err := guarded(file); err != nil {
		return nil, nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("vault: %w", err)
	}
	var content keyFile
	if err := json.Unmarshal(text, &content); err != nil {
		return nil, nil, fmt.Errorf("vault: %s is no key file: %w", file, err)
	}
	if len(content.Secret) != keySize {
		return nil, nil, fmt.Errorf("vault: %s is no key file: its secret has %d bytes, not %d", file, len(content.Secret), keySize)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(content.Master)))
	if err != nil {
		return nil, nil, fmt.Errorf("vault: %s holds no master key: %w", file, err)
	}
	return handle, content.Secret, nil
}

// guarded refuses a key file that others may read, or a group may write. A group may
// read it, as managers of secrets mount them. Windows has no such mode bits.
func guarded(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o027 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("vault: %s may be read by others (mode %04o): chmod 600 it", file, mode)
	}
	return nil
}

// write makes the file aside and puts it in place whole.
func write(file string, handle *keyset.Handle, secret []byte, settle func(draft, file string) error) error {
	text, err := encode(handle, secret)
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	draft, err := os.CreateTemp(filepath.Dir(file), ".keys-*") // mode 0600
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	_, err = draft.Write(text)
	if err == nil {
		err = draft.Sync()
	}
	err = errors.Join(err, draft.Close())
	if err == nil {
		err = settle(draft.Name(), file)
	}
	if removed := os.Remove(draft.Name()); removed != nil && !errors.Is(removed, fs.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	if err != nil {
		return fmt.Errorf("vault: key file: %w", err)
	}
	return syncDir(filepath.Dir(file))
}

func encode(handle *keyset.Handle, secret []byte) ([]byte, error) {
	var master bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&master)); err != nil {
		return nil, err
	}
	return json.MarshalIndent(keyFile{Master: master.Bytes(), Secret: secret}, "", "  ")
}

// syncDir waits until the disk knows the file's entry; to lose a key file after
// the first case was sealed is to lose the case.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
