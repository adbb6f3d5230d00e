package demo

import (
	"fmt"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/feature/referral"
)

// curp makes the CURP that a person of the demonstration would have: its shape and its
// check digit are right, so that he is known again when he is referred anew.
func curp(p referral.PersonSection, birth clock.Date) string {
	first, second, given := letters(p.Surname1), letters(p.Surname2), letters(p.GivenNames)
	year, month, day := birth.Date()
	differ := "0"
	if year >= 2000 {
		differ = "A"
	}
	head := fmt.Sprintf("%c%c%c%c%02d%02d%02dHMC%c%c%c%s", first[0], inner(first, true), second[0], given[0], year%100, month, day,
		inner(first, false), inner(second, false), inner(given, false), differ)
	sum := 0
	for i, c := range []rune(head) {
		sum += strings.IndexRune(curpDigits, c) * (18 - i)
	}
	return head + fmt.Sprint((10-sum%10)%10)
}

// curpDigits are worth their place; Ñ is none of ours, see letters.
const curpDigits = "0123456789ABCDEFGHIJKLMN#OPQRSTUVWXYZ"

// letters writes a name without marks; what is no letter of the alphabet is an X.
func letters(name string) string {
	name, _, _ = strings.Cut(strings.ToUpper(name), " ")
	plain := strings.NewReplacer("Á", "A", "É", "E", "Í", "I", "Ó", "O", "Ú", "U", "Ü", "U").Replace(name)
	return strings.Map(func(r rune) rune {
		if r < 'A' || r > 'Z' {
			return 'X'
		}
		return r
	}, plain)
}

// inner is the first vowel, or the first consonant, after the first letter; X without one.
func inner(name string, vowel bool) rune {
	for _, r := range name[1:] {
		if strings.ContainsRune("AEIOU", r) == vowel {
			return r
		}
	}
	return 'X'
}
