package mailcatcher_test

import (
	"fmt"
	"net/smtp"
	"strings"
	"testing"

	"sigue/internal/platform/notify/mailcatcher"
)

func start(t *testing.T) *mailcatcher.Catcher {
	t.Helper()
	c, err := mailcatcher.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func send(c *mailcatcher.Catcher, subject, headers, body string) error {
	text := "From: a@sigue.example\r\nTo: b@centro.example\r\nMessage-ID: <1@sigue.example>\r\nSubject: " + subject + "\r\n" + headers + "\r\n" + body
	return smtp.SendMail(c.Addr(), nil, "a@sigue.example", []string{"b@centro.example"}, []byte(text))
}

func TestKeeps(t *testing.T) {
	tests := []struct{ name, subject, headers, body, wantSubject, wantBody string }{
		{"plain", "Hola", "", "uno\r\ndos\r\n", "Hola", "uno\ndos\n"},
		{"quoted", "=?UTF-8?q?Canalizaci=C3=B3n?=", "Content-Transfer-Encoding: quoted-printable\r\n", "canalizaci=C3=B3n\r\n", "Canalización", "canalización\n"},
		{"base64", "x", "Content-Transfer-Encoding: base64\r\n", "w5FhbmTDug==\r\n", "x", "Ñandú"},
		{"a subject that is not decodable", "=?x-unknown?q?abc?=", "", "x\r\n", "=?x-unknown?q?abc?=", "x\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := start(t)
			if err := send(c, tt.subject, tt.headers, tt.body); err != nil {
				t.Fatal(err)
			}
			got := c.Messages()
			if len(got) != 1 || got[0].Subject != tt.wantSubject || got[0].Body != tt.wantBody ||
				got[0].From != "a@sigue.example" || got[0].To != "b@centro.example" || got[0].MessageID != "<1@sigue.example>" || got[0].At.IsZero() {
				t.Errorf("got %+v, want subject %q and body %q", got, tt.wantSubject, tt.wantBody)
			}
		})
	}
}

func TestFailWith(t *testing.T) {
	c := start(t)
	c.FailWith(451)
	if err := send(c, "x", "", "x\r\n"); err == nil || !strings.HasPrefix(err.Error(), "451") {
		t.Errorf("got %v, want 451", err)
	}
	c.FailWith(0)
	if err := send(c, "x", "", "x\r\n"); err != nil || len(c.Messages()) != 1 {
		t.Errorf("got %v and %d messages, want one", err, len(c.Messages()))
	}
}

// TestBounded checks that a demonstration that runs for weeks does not grow.
func TestBounded(t *testing.T) {
	c := start(t)
	for i := range 503 {
		if err := send(c, fmt.Sprint(i), "", "x\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	got := c.Messages()
	if len(got) != 500 || got[0].Subject != "3" || got[499].Subject != "502" {
		t.Errorf("got %d messages from %q, want the last 500", len(got), got[0].Subject)
	}
}

func TestClose(t *testing.T) {
	c := start(t)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := send(c, "x", "", "x\r\n"); err == nil {
		t.Error("a closed server took a mail")
	}
	again, err := mailcatcher.StartAt(c.Port())
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
