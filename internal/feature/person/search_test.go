package person

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// kept are the words that the index holds of a name.
func kept(name string) []string { return Name{Given: name}.Words() }

func TestWordsMeetBySound(t *testing.T) {
	for _, tt := range []struct{ name, a, b string }{
		{"accents and case", "JOSÉ ÁNGEL Núñez", "jose angel nunez"},
		{"b, v, w", "Oswaldo Valdivia", "Osvaldo Baldibia"},
		{"s, z, soft c", "Cecilia González Cruz", "Sesilia Gonsales Crus"},
		{"sc and s", "Crescencio Ascención", "Cresencio Asensión"},
		{"k, qu, hard c", "Enrique Carranza", "Enrike Karransa"},
		{"cc", "Rebecca", "Rebeca"},
		{"ch stays ch", "Chávez Sánchez", "chabes sanches"},
		{"ch before a consonant", "Christian", "Cristian"},
		{"ll and y", "Castillo Yáñez", "Castiyo Llanes"},
		{"y for i", "Reyna Leyva Nancy", "Reina Leiva Nanci"},
		{"g, j, x", "Ximena Gil Mejía", "Jimena Jil Megía"},
		{"gue and gui", "Guevara Aguirre", "guevara aguire"},
		{"silent h", "Hernández Martha Abraham", "Ernandes Marta Abram"},
		{"ph", "Sophia", "Sofía"},
		{"doubled letters", "Anna Herrera Saavedra", "Ana Herera Savedra"},
		{"apostrophe", "D’Ávila", "d'avila"},
		{"hyphen", "Pérez-Gómez", "perez gomez"},
		{"full width", "Ｊｕａｎ", "Juan"},
		{"letters without decomposition", "Łukasz Sørensen", "Lukasz Sorensen"},
		{"another alphabet", "ВЫДУМАННЫЙ Фёдор", "выдуманный федор"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := kept(tt.a), kept(tt.b)
			if len(a) == 0 || !slices.Equal(a, b) {
				t.Errorf("words of %q = %v, of %q = %v", tt.a, a, tt.b, b)
			}
		})
	}
}

func TestWordsStayApart(t *testing.T) {
	for _, tt := range []struct{ a, b string }{
		{"Cano", "Chano"}, {"Gómez", "Jomez"}, {"Guerra", "Gerra"}, {"Lara", "Yara"}, {"Caro", "Saro"}, {"Peña", "Feña"},
		{"zzzz", "Sánchez"}, {"Soto", "Zzzoto"}, {"III", "Ii"},
	} {
		if a, b := kept(tt.a), kept(tt.b); slices.Equal(a, b) {
			t.Errorf("words of %q and of %q = %v", tt.a, tt.b, a)
		}
	}
}

func TestWordsSought(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", " -.' ", nil},
		{"twice", "Ana Ana", []string{"ana"}},
		{"particles beside names", "María de la Luz", []string{"maria", "lucs"}},
		{"particles alone, as the beginning of a name", "de", []string{"de"}},
		{"with and without its article", "D'Ana", []string{"dana", "ana"}},
		{"invisible", "A\u200bna\u202e", []string{"ana"}},
	} {
		if got := Words(tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("%s: Words(%q) = %v, want %v", tt.name, tt.text, got, tt.want)
		}
	}
	if got := Words(strings.Repeat("a b c d f j k l m n o p r s t u ", 5000)); len(got) != maxSought {
		t.Errorf("a long text gives %d words, want %d", len(got), maxSought)
	}
	if got := kept(strings.Repeat("ab cd ef ", 5000)); len(got) != 3 {
		t.Errorf("a repeated name keeps %v", got)
	}
	if got := Words(strings.Repeat("ab", 5000)); len(got) != 1 || len(got[0]) > 2*maxLetters {
		t.Errorf("a long word gives %v", got)
	}
}

// finds tells whether what was typed finds a name, as a query over stored words does.
func finds(typed, name string) bool {
	stored := kept(name)
	for _, w := range Words(typed) {
		from, to := PrefixRange(w)
		if !slices.ContainsFunc(stored, func(s string) bool { return from <= s && s < to }) {
			return false
		}
	}
	return true
}

// TestTypingFinds types names letter by letter, well and badly spelled: the name must
// be found all the way.
func TestTypingFinds(t *testing.T) {
	for _, tt := range []struct{ typed, name string }{
		{"garcia", "García"}, {"garsia", "García"}, {"miguel", "Miguel"}, {"chavez", "Chávez"}, {"quique", "Quique"},
		{"castillo", "Castillo"}, {"castiyo", "Castillo"}, {"sophia", "Sofía"}, {"christian", "Cristian"},
		{"reyna", "Reina"}, {"reyes", "Reyes"}, {"nanci", "Nancy"}, {"nancy", "Nanci"}, {"isaak", "Isaac"}, {"isac", "Isaak"}, {"xochitl", "Xóchitl"}, {"ernandes", "Hernández"}, {"isaac", "Isaac"},
		{"d'avila", "D’Ávila"}, {"davila", "D’Ávila"}, {"avila", "D’Ávila"}, {"cruz maria de la", "María de la Cruz"},
		{"иванов", "Иванов"},
	} {
		for i := range len(tt.typed) + 1 {
			if !finds(tt.typed[:i], tt.name) {
				t.Errorf("%q finds no %s", tt.typed[:i], tt.name)
			}
		}
	}
	for _, nonsense := range []string{"zzz", "zzzz", "SSSS", "cccc", "aaa", "qqq"} {
		if finds(nonsense, "Ana Sánchez Cruz Quiñones") {
			t.Errorf("%q finds somebody", nonsense)
		}
	}
	if !finds("juan iii", "Juan III") || !finds("ii", "Juan III") {
		t.Error("a number behind a name is not found")
	}
	if finds("jimena", "García") || finds("garcia lopez", "García Pérez") {
		t.Error("another name is found")
	}
}

// TestBeginningsFold holds for any word: the fold of its beginning is the beginning of
// its fold.
func TestBeginningsFold(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	const letters = "ccchhhggguuuqqllyyyppfszxjkvbaeion"
	for range 200_000 {
		word := make([]rune, 1+r.IntN(9))
		for i := range word {
			word[i] = rune(letters[r.IntN(len(letters))])
		}
		mustBegin(t, word)
	}
}

func mustBegin(t *testing.T, word []rune) {
	t.Helper()
	whole := sound(string(word), ended)
	for i := range len(word) + 1 {
		if part := sound(string(word[:i]), begun); !strings.HasPrefix(whole, part) {
			t.Fatalf("%q folds to %q, its beginning %q to %q", string(word), whole, string(word[:i]), part)
		}
	}
}

func TestPrefixRange(t *testing.T) {
	for _, tt := range []struct{ word, to string }{
		{"ana", "anb"},
		{"п", "р"},                       // the last byte of п is the greatest of its kind
		{string(rune(0xd7ff)), "\ue000"}, // over the surrogates
		{"a\U0010ffff", "b"},
		{"", "\U0010ffff"},
	} {
		from, to := PrefixRange(tt.word)
		if from != tt.word || to != tt.to || !utf8.ValidString(to) {
			t.Errorf("PrefixRange(%q) = %q, %q; want up to %q", tt.word, from, to, tt.to)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"Hernández de la O", "D’Ávila-Güemes", "Выдуманный", "ﷺ\u0301\u200d", "chhhuequ", "İıß"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		sought, all := Words(s), kept(s)
		if len(sought) > maxSought || len(all) > maxKept {
			t.Fatalf("%q seeks %d words, keeps %d", s, len(sought), len(all))
		}
		for _, w := range slices.Concat(sought, all) {
			from, to := PrefixRange(w)
			if w < from || w >= to || !utf8.ValidString(w) || !utf8.ValidString(to) || !(w+"z" < to) {
				t.Fatalf("%q is not in its own range [%q, %q)", w, from, to)
			}
		}
		for _, w := range wordsOf(s) {
			mustBegin(t, []rune(w)[:min(utf8.RuneCountInString(w), 2*maxLetters)])
		}
		if len(all) < maxKept && !finds(s, s) {
			t.Fatalf("%q seeks %v and does not find itself in %v", s, sought, all)
		}
	})
}

func BenchmarkWords(b *testing.B) {
	for b.Loop() {
		kept("María Guadalupe Hernández de la Cruz")
	}
}
