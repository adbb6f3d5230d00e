package referral

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"sigue/internal/base/db"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/folio"
)

// The words of a referral are of several kinds in one table. Those of the name are small
// letters by their sound; the others begin with a sign that no letter is.
const (
	signCase  = "#" // a case number, and what of it begins at each part: "#118/2026", "#2026"
	signFolio = "@" // a folio without series and check: "@2026/123", "@123"
	signCURP  = "=" // the whole CURP
)

// maxParts is how many parts of a case number are words.
const maxParts = 6

// wordsOf gives the words by which a referral is found.
func wordsOf(r *record, sub Submission) []string {
	words := sub.Person.Name.Words()
	if sub.Person.CURP != "" {
		words = append(words, signCURP+sub.Person.CURP)
	}
	for i, rest := 0, sub.Basis.CaseNorm; rest != "" && i < maxParts; i++ {
		words = append(words, signCase+rest)
		_, rest, _ = strings.Cut(rest, "/")
	}
	if year, number, ok := folioParts(normalizeCase(r.folio())); ok {
		words = append(words, signFolio+year+"/"+number, signFolio+number)
	}
	slices.Sort(words)
	return slices.Compact(words) // "7/7" gives a part twice
}

// storeWords keeps the words of a referral with its owners beside them, so that a search
// reads one index whatever the size of the State.
func storeWords(ctx context.Context, tx *db.Tx, r *record, sub Submission) error {
	if _, err := tx.Exec(ctx, `delete from referral_words where referral_id = $1`, r.ID); err != nil {
		return err
	}
	var args db.Args
	id, institution, area, center := args.Add(r.ID), args.Add(r.InstitutionID), args.Add(r.AreaID), args.Add(r.CenterID)
	var rows []string
	for _, word := range wordsOf(r, sub) {
		rows = append(rows, `(`+id+`, `+args.Add(word)+`, `+institution+`, `+area+`, `+center+`)`)
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into referral_words (referral_id, word, institution_id, area_id, center_id)
		values `+strings.Join(rows, ", "), args...)
	return err
}

func hasDigit(text string) bool { return strings.ContainsAny(text, "0123456789") }

// isFolio tells whether a text is a whole folio, which is looked up in the referrals
// themselves and not among the words.
func isFolio(text string) bool {
	_, err := folio.Parse(text)
	return hasDigit(text) && err == nil
}

// matching is the predicate of a text: with a digit in it a folio, a CURP or a number,
// else words of a name, each by its beginning and by its sound.
func matching(scope access.Scope, text string, args *db.Args) string {
	if !hasDigit(text) {
		return matchingName(scope, text, args)
	}
	if f, err := folio.Parse(text); err == nil {
		return `r.folio = ` + args.Add(f.String())
	}
	if curp, err := person.ParseCURP(text); err == nil {
		return `r.id in (` + withWord(scope, signCURP+curp.String(), args) + `)`
	}
	return matchingNumber(scope, normalizeCase(text), args)
}

func matchingName(scope access.Scope, text string, args *db.Args) string {
	words := person.Words(text)
	if len(words) == 0 {
		return `1 = 0`
	}
	var all []string
	for _, word := range words {
		all = append(all, `r.id in (`+withBeginning(scope, word, args)+`)`)
	}
	return strings.Join(all, " and ")
}

// matchingNumber finds a case number by its beginning or that of any of its parts, and a
// folio by its number, with or without its year.
func matchingNumber(scope access.Scope, norm string, args *db.Args) string {
	found := ``
	if !strings.HasPrefix(norm, folioSeries) {
		found = withBeginning(scope, signCase+norm, args)
	}
	if year, number, ok := folioParts(norm); ok {
		if found != `` {
			found += ` union all `
		}
		if year != "" {
			number = year + "/" + number
		}
		found += withWord(scope, signFolio+number, args)
	}
	if found == `` {
		return `1 = 0`
	}
	return `r.id in (` + found + `)`
}

// withWord selects the referrals of the scope that have a word.
func withWord(scope access.Scope, word string, args *db.Args) string {
	return `select w.referral_id from referral_words w where ` + scope.SQL(wordColumns, args) + ` and w.word = ` + args.Add(word)
}

// withBeginning selects the referrals of the scope with a word that begins so.
func withBeginning(scope access.Scope, word string, args *db.Args) string {
	from, to := person.PrefixRange(word)
	return `select w.referral_id from referral_words w where ` + scope.SQL(wordColumns, args) +
		` and w.word >= ` + args.Add(from) + ` and w.word < ` + args.Add(to)
}

// wordColumns names the owners of a word, for the scope.
var wordColumns = access.Columns{Institution: "w.institution_id", Area: "w.area_id", Center: "w.center_id"}

// folioSeries begins a folio in the form of a case number.
const folioSeries = "SIGUE/"

// folioParts reads year and number of the folio that somebody may mean: "SIGUE/2026/123",
// with or without its check character, "2026/123", or "123" of any year.
func folioParts(norm string) (year, number string, ok bool) {
	parts := strings.Split(strings.TrimPrefix(norm, folioSeries), "/")
	if len(parts) == 3 && len(parts[2]) == 1 {
		parts = parts[:2] // the check character, or a wrong one
	}
	if len(parts) == 2 {
		year, parts = parts[0], parts[1:]
	}
	_, notNumber := strconv.Atoi(parts[0])
	_, notYear := strconv.Atoi(year)
	return year, parts[0], len(parts) == 1 && notNumber == nil && (year == "" || notYear == nil && len(year) == 4)
}
