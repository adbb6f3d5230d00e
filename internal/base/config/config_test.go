package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sigue.toml")
	text := "addr = \"localhost:9000\"\nidle_limit = \"10m\"\nmail_port = 25\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file, []string{"SIGUE_MAIL_PORT=26", "SIGUE_DATA=/tmp/x", "SIGUE_TRUST_PROXY=true"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "localhost:9000" || c.BaseURL != "http://localhost:9000" {
		t.Errorf("addr, base = %q, %q", c.Addr, c.BaseURL)
	}
	if c.MailPort != 26 {
		t.Errorf("mail_port = %d, want the environment's 26", c.MailPort)
	}
	if time.Duration(c.IdleLimit) != 10*time.Minute || !c.TrustProxy {
		t.Errorf("idle_limit, trust_proxy = %v, %v", time.Duration(c.IdleLimit), c.TrustProxy)
	}
	if want := "sqlite:/tmp/x/sigue.db"; c.Database != want {
		t.Errorf("database = %q, want %q", c.Database, want)
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct{ name, file, env, want string }{
		{"an unknown setting", "adr = \"x\"", "", "adr"},
		{"a bad duration", "", "SIGUE_IDLE_LIMIT=soon", "SIGUE_IDLE_LIMIT"},
		{"a bad address", "", "SIGUE_BASE_URL=sigue", "base_url"},
		{"mail without sender", "", "SIGUE_MAIL_HOST=mail.example", "mail_from"},
		{"a certificate without key", "", "SIGUE_SIGN_CERTIFICATE=sign.crt", "sign_key"},
		{"a key without certificate", "", "SIGUE_SIGN_KEY=sign.key", "sign_certificate"},
		{"a bad TLS mode", "", "SIGUE_MAIL_TLS=maybe", "mail_tls"},
		{"idle over the whole", "", "SIGUE_IDLE_LIMIT=20h", "idle_limit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := ""
			if tt.file != "" {
				file = filepath.Join(dir, strings.ReplaceAll(tt.name, " ", "_"))
				if err := os.WriteFile(file, []byte(tt.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := Load(file, []string{tt.env}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Load = %v, want an error naming %q", err, tt.want)
			}
		})
	}
}
