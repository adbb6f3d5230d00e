// Package person holds who is referred: his names as he writes them, his CURP, his
// age, the words by which he is found, and his row.
//
// Promises: a name in any alphabet is kept as it is; a CURP is read whole or refused
// with what to look at; a search finds a name without its accents and by its sound.
//
// Table: persons. It has no service and no permission of its own: a person is reached
// through a referral or a case file, whose scope decides.
package person
