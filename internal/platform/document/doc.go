// Package document issues documents on paper's terms: each has a kind, a folio, a
// content that never changes, and a code by which anybody can ask whether it is
// genuine. It knows no case work by name: who issues a document says what stands in it.
//
// Promises: what was issued stays as it was on that day, sealed with the key of its
// case, and is unreadable once that key is erased; drawn again it gives the same bytes,
// under a signature of its own where the institution has a certificate (ADR 0023);
// of one kind and subject one document at most is valid; the public answer to a code is
// kind, date and validity, and nothing else; each reading is in the ledger.
//
// Drawing a PDF needs no database: do it after the transaction.
//
// Table: documents. Permissions: access.ReferralRead, access.ReferralReceive (revoke),
// access.DocumentVerify.
package document
