// Package notify tells people by e-mail that something happened. A notice is built
// from types that have no room for anything but a kind, a folio and a link, so it
// cannot hold personal data, whoever writes it.
//
// Promises: a notice exists exactly when its change does (it is written in the same
// transaction); it goes out once the mail server takes it, however long that server
// was down, and counts its terms from the event; sending it twice after a crash
// repeats one Message-ID, so that mailboxes show it once; one that cannot be delivered
// stays visible with its reason. What goes to a person who is cited names an invitation:
// his mailbox is read when the mail goes out ([Letter]) and stored nowhere, and a mail
// that has become pointless meanwhile does not go.
//
// Table: notices. Permission: access.NoticeRead.
package notify
