// Package referral takes a referral from its draft to the center's answer: an
// institution writes it in sections, attaches its papers and sends it; the center
// accepts it, returns it for correction, declines it or
// passes it to another center; the institution sees where it stands.
//
// Promises: what was typed is kept from the first key on; a referral is made once,
// however often the form is sent; of two who answer at once one wins and the other
// reads who did; every clock counts from the event, in business days of the center
// or the institution; every change has its ledger entry and its notices in the same
// transaction, and so has every read of a file.
//
// Facts are stored as they happened; the state is computed from them ([Facts.State])
// and cached in a column for lists.
//
// Tables: referrals, referral_violence, referral_returns, referral_reassignments,
// referral_attachments, referral_words. Permissions:
// access.ReferralWrite, ReferralRead, ReferralReceive, ReadersRead.
package referral
