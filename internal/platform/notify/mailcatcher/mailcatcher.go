// Package mailcatcher is a mail server that keeps what it is sent, in memory: for
// demonstrations, where nothing may go out, and for tests. It listens on this machine
// only.
package mailcatcher

import (
	"encoding/base64"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// kept is how many messages are remembered.
const kept = 500

// Message is a mail as it came in. Sender is what a mailbox shows of who sent it.
type Message struct {
	From, To, Sender, Subject, Body, MessageID string
	Calendar                                   string // the calendar file that it brings; empty for none
	CalendarType                               string
	At                                         time.Time
}

// Catcher is a running server.
type Catcher struct {
	server   *smtp.Server
	listener net.Listener

	mu       sync.Mutex
	messages []Message
	failWith *smtp.SMTPError
}

// Start runs a catcher on a free port of this machine.
func Start() (*Catcher, error) { return StartAt(0) }

// StartAt runs a catcher on a port of this machine, such as that of one that was closed.
func StartAt(port int) (*Catcher, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	c := &Catcher{listener: listener}
	c.server = smtp.NewServer(backend{c})
	c.server.Domain = "localhost"
	c.server.ErrorLog = log.New(io.Discard, "", 0) // a client that hangs up is nobody's error
	c.server.ReadTimeout, c.server.WriteTimeout = 30*time.Second, 30*time.Second
	c.server.MaxMessageBytes = 1 << 20
	go func() { _ = c.server.Serve(listener) }() // ends with Close
	return c, nil
}

// Addr is where it listens, "127.0.0.1:PORT".
func (c *Catcher) Addr() string { return c.listener.Addr().String() }

// Host is the machine it listens on.
func (c *Catcher) Host() string { return "127.0.0.1" }

// Port is the port it listens on.
func (c *Catcher) Port() int { return c.listener.Addr().(*net.TCPAddr).Port }

// Close ends the server.
func (c *Catcher) Close() error {
	err := c.server.Close()
	// The server knows its listener only once it serves, which may be a moment after Start.
	if closing := c.listener.Close(); !errors.Is(closing, net.ErrClosed) {
		err = errors.Join(err, closing)
	}
	return err
}

// Messages are the newest messages, oldest first.
func (c *Catcher) Messages() []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Message(nil), c.messages...)
}

// FailWith makes the server refuse every recipient with a code; zero ends that.
func (c *Catcher) FailWith(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failWith = nil
	if code != 0 {
		c.failWith = &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: "refused"}
	}
}

func (c *Catcher) keep(m Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.messages = append(c.messages, m)
	if len(c.messages) > kept {
		c.messages = c.messages[len(c.messages)-kept:]
	}
}

type backend struct{ c *Catcher }

func (b backend) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{c: b.c}, nil }

type session struct {
	c        *Catcher
	from, to string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error { s.from = from; return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	if s.c.failWith != nil {
		return s.c.failWith
	}
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	kept := Message{From: s.from, To: s.to, Subject: words(m.Header.Get("Subject")), Sender: words(m.Header.Get("From")),
		MessageID: m.Header.Get("Message-ID"), At: time.Now()}
	if err := kept.read(textproto.MIMEHeader(m.Header), m.Body); err != nil {
		return err
	}
	s.c.keep(kept)
	return nil
}

// words undoes how a header was packed for the way.
func words(header string) string {
	if text, err := new(mime.WordDecoder).DecodeHeader(header); err == nil {
		return text
	}
	return header
}

// read takes the text and the calendar file out of a mail or of one of its parts.
func (m *Message) read(h textproto.MIMEHeader, body io.Reader) error {
	kind, params, _ := mime.ParseMediaType(h.Get("Content-Type"))
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := m.read(part.Header, part); err != nil {
				return err
			}
		}
	}
	text, err := io.ReadAll(decoded(h, body))
	if kind == "text/calendar" {
		m.Calendar, m.CalendarType = string(text), h.Get("Content-Type")
	} else {
		m.Body = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
	return err
}

// decoded undoes how a body was packed for the way.
func decoded(h textproto.MIMEHeader, body io.Reader) io.Reader {
	switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}

func (s *session) Reset() { s.from, s.to = "", "" }

func (s *session) Logout() error { return nil }
