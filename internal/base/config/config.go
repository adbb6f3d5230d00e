// Package config is the program's settings: one documented struct, read from a file
// and then from the environment. Every setting works at its zero value or has a
// default here; a wrong one is named at start, with how to mend it.
package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Config is every setting of SIGUE. The file is TOML with these names in lower case;
// the environment has them in upper case behind SIGUE_, and wins.
type Config struct {
	// Addr is where the server listens, host:port. Default "localhost:8080".
	Addr string `toml:"addr"`
	// BaseURL is how browsers reach the server, "https://sigue.example". It is printed
	// in mails and QR codes. Default: http:// and Addr.
	BaseURL string `toml:"base_url"`
	// Data is the folder of the program: keys, attachments and, with SQLite, the
	// database. It must be backed up whole. Default "sigue-data".
	Data string `toml:"data"`
	// Database is a URL: "sqlite:PATH" or "postgres://…". Default: a file in Data.
	Database string `toml:"database"`
	// KeyFile holds the master keys. Default "keys.json" in Data; keep a copy apart
	// from the backups.
	KeyFile string `toml:"key_file"`
	// TrustProxy believes X-Forwarded-For of the connection's other end. Set it only
	// behind a proxy of yours that overwrites the header.
	TrustProxy bool `toml:"trust_proxy"`
	// State is the name of the government, shown in the footer and on documents.
	State string `toml:"state"`
	// ChildOffice is the mailbox of the child-protection office, which is told of each
	// referral of a person under 18. Required to serve.
	ChildOffice string `toml:"child_office"`

	// SignCertificate is the institution's certificate, PEM, followed by those that vouch
	// for it: issued documents are signed with it. Empty signs none.
	SignCertificate string `toml:"sign_certificate"`
	// SignKey is its key, PEM without a password, RSA or ECDSA. Required with
	// SignCertificate; nobody but the program's user may read the file.
	SignKey string `toml:"sign_key"`

	// MailHost is the SMTP server; empty sends nothing and says so on the outbox page.
	MailHost string `toml:"mail_host"`
	// MailPort is its port. Default 587.
	MailPort int `toml:"mail_port"`
	// MailFrom is the sender's address. Required with MailHost.
	MailFrom string `toml:"mail_from"`
	// MailUser and MailPassword sign in at the mail server; empty sends without.
	MailUser     string `toml:"mail_user"`
	MailPassword string `toml:"mail_password"`
	// MailTLS is "required", "opportunistic" or "none". Default "required".
	MailTLS string `toml:"mail_tls"`

	// IdleLimit ends a session without use. Default 30m.
	IdleLimit Duration `toml:"idle_limit"`
	// SessionLimit ends a session in any case. Default 12h.
	SessionLimit Duration `toml:"session_limit"`
	// JobLease is how long a job is held by a process that may have died. Default 30s.
	JobLease Duration `toml:"job_lease"`
	// SealEvery is how often the ledger is sealed. Default 10s.
	SealEvery Duration `toml:"seal_every"`
}

// Duration is a length of time written as "30m".
type Duration time.Duration

// UnmarshalText reads "30m" or "12h".
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Load reads a file (none when the path is empty) and the environment, fills in
// defaults and checks everything. The error names each wrong setting.
func Load(file string, environ []string) (Config, error) {
	var c Config
	if file != "" {
		meta, err := toml.DecodeFile(file, &c)
		if err != nil {
			return c, fmt.Errorf("config: %s: %w", file, err)
		}
		if extra := meta.Undecoded(); len(extra) > 0 {
			return c, fmt.Errorf("config: %s: unknown setting %q", file, extra[0].String())
		}
	}
	if err := c.fromEnvironment(environ); err != nil {
		return c, err
	}
	c.fillDefaults()
	return c, c.Check()
}

// fromEnvironment reads SIGUE_ADDR and so on over the file's values.
func (c *Config) fromEnvironment(environ []string) error {
	values := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			values[name] = value
		}
	}
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		name := "SIGUE_" + strings.ToUpper(v.Type().Field(i).Tag.Get("toml"))
		value, set := values[name]
		if !set {
			continue
		}
		if err := assign(v.Field(i), value); err != nil {
			return fmt.Errorf("config: %s=%q: %w", name, value, err)
		}
	}
	return nil
}

func assign(field reflect.Value, value string) error {
	switch into := field.Addr().Interface().(type) {
	case *string:
		*into = value
	case *bool:
		v, err := strconv.ParseBool(value)
		*into = v
		return err
	case *int:
		v, err := strconv.Atoi(value)
		*into = v
		return err
	case *Duration:
		return into.UnmarshalText([]byte(value))
	}
	return nil
}

func (c *Config) fillDefaults() {
	def := func(into *string, value string) {
		if *into == "" {
			*into = value
		}
	}
	def(&c.Addr, "localhost:8080")
	def(&c.BaseURL, "http://"+c.Addr)
	def(&c.Data, "sigue-data")
	def(&c.Database, "sqlite:"+filepath.Join(c.Data, "sigue.db"))
	def(&c.KeyFile, filepath.Join(c.Data, "keys.json"))
	def(&c.MailTLS, "required")
	def(&c.State, "Gobierno del Estado de México")
	if c.MailPort == 0 {
		c.MailPort = 587
	}
	defd := func(into *Duration, value time.Duration) {
		if *into == 0 {
			*into = Duration(value)
		}
	}
	defd(&c.IdleLimit, 30*time.Minute)
	defd(&c.SessionLimit, 12*time.Hour)
	defd(&c.JobLease, 30*time.Second)
	defd(&c.SealEvery, 10*time.Second)
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
}

// Check names every setting that cannot work.
func (c *Config) Check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("config: "+format, args...)) }
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		bad("base_url %q must look like https://sigue.example", c.BaseURL)
	}
	switch c.MailTLS {
	case "required", "opportunistic", "none":
	default:
		bad(`mail_tls %q must be "required", "opportunistic" or "none"`, c.MailTLS)
	}
	if c.MailHost != "" && c.MailFrom == "" {
		bad("mail_from is needed with mail_host")
	}
	if (c.SignCertificate == "") != (c.SignKey == "") {
		bad("sign_certificate and sign_key are needed together")
	}
	if c.MailPort < 1 || c.MailPort > 65535 {
		bad("mail_port %d is not a port", c.MailPort)
	}
	if c.IdleLimit > c.SessionLimit {
		bad("idle_limit must not be longer than session_limit")
	}
	return errors.Join(errs...)
}

// Secure tells whether browsers come over https.
func (c *Config) Secure() bool { return strings.HasPrefix(c.BaseURL, "https://") }

// Environ is the process's environment, for Load.
func Environ() []string { return os.Environ() }
