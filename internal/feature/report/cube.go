package report

import (
	"context"
	"sync"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// cube is a copy of the sums in memory, month by month as they are asked for. A page adds up
// a million of its rows in the time in which a database reads ten thousand. It is never older
// than the transaction that reads it: each read first takes over what changed.
type cube struct {
	mu     sync.Mutex
	words  map[string]uint32 // of everything by which sums are told apart
	names  []string
	months map[string]*cubeMonth
	seen   time.Time // until then changes were taken over
}

func newCube() *cube {
	c := &cube{words: map[string]uint32{}, months: map[string]*cubeMonth{}}
	c.word("") // 0 is nothing
	return c
}

// cubeRow is a sum. Its words are in the order of the fields of place, without the month.
type cubeRow struct {
	cubeKey
	Amount int64
}

type cubeKey struct {
	Figure uint32
	Words  [places]uint32
}

// places are the fields of place besides the month; the last one is the person.
const (
	places = 11
	person = places - 1
)

type cubeMonth struct {
	rows []cubeRow
	at   map[cubeKey]int // where a row is; made when the month changes first
}

// slack is for how long a change may be under way: its time is that of the beginning of its
// transaction, and it is seen when that ends. It is also how far clocks of several processes
// may differ.
const slack = 2 * time.Minute

func (c *cube) word(text string) uint32 {
	n, ok := c.words[text]
	if !ok {
		n = uint32(len(c.names))
		c.words[text], c.names = n, append(c.names, text)
	}
	return n
}

func (c *cube) row(r storedSum) cubeRow {
	out := cubeRow{cubeKey{Figure: c.word(string(r.Figure))}, r.Amount}
	for i, v := range r.values()[1:] {
		out.Words[i] = c.word(v.(string))
	}
	return out
}

// storedSum is a row of report_sums.
type storedSum struct {
	Figure Key `db:"figure"`
	place  `db:""`
	Amount int64 `db:"amount"`
}

const storedSumQuery = `select figure, ` + placeColumns + `, amount from report_sums where `

// readTx brings the months of a query up to date and lets count look at them. One reader at a
// time: it takes milliseconds.
func (c *cube) readTx(ctx context.Context, tx *db.Tx, q query, count func(months []string, c *counting)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.changesTx(ctx, tx); err != nil {
		return err
	}
	var months []string
	for _, m := range q.Months() {
		months = append(months, m.String())
		if c.months[m.String()] != nil {
			continue
		}
		var rows []storedSum
		if err := tx.Select(ctx, &rows, storedSumQuery+`month = $1`, m.String()); err != nil {
			return err
		}
		month := &cubeMonth{rows: make([]cubeRow, len(rows))}
		for i, r := range rows {
			month.rows[i] = c.row(r)
		}
		c.months[m.String()] = month
	}
	count(months, newCounting(c, q))
	return nil
}

// changesTx takes over what changed of the months that are in memory.
func (c *cube) changesTx(ctx context.Context, tx *db.Tx) error {
	var rows []storedSum
	if len(c.months) > 0 {
		if err := tx.Select(ctx, &rows, storedSumQuery+`changed_at >= $1`, db.At(c.seen.Add(-slack))); err != nil {
			return err
		}
	}
	c.seen = tx.Now()
	for _, r := range rows {
		month := c.months[r.Month]
		if month == nil {
			continue
		}
		if month.at == nil {
			month.at = make(map[cubeKey]int, len(month.rows))
			for i, one := range month.rows {
				month.at[one.cubeKey] = i
			}
		}
		row := c.row(r)
		if i, ok := month.at[row.cubeKey]; ok {
			month.rows[i] = row
			continue
		}
		month.at[row.cubeKey] = len(month.rows)
		month.rows = append(month.rows, row)
	}
	return nil
}

// counting looks at the rows that a query chooses.
type counting struct {
	*cube
	filters []func(r *cubeRow) bool
}

func newCounting(c *cube, q query) *counting {
	out := &counting{cube: c}
	if q.scope.Reach() != access.All {
		out.filters = append(out.filters, func(r *cubeRow) bool { return q.scope.Covers("", "", c.names[r.Words[0]], "") })
	}
	for _, d := range Dimensions {
		value, chosen := q.Where[d]
		if !chosen {
			continue
		}
		split := out.splitter(d)
		out.filters = append(out.filters, func(r *cubeRow) bool {
			for _, v := range split(r) {
				if v == value {
					return true
				}
			}
			return false
		})
	}
	return out
}

// each calls see for the rows of a month that are chosen.
func (c *counting) each(month string, see func(r *cubeRow)) {
	rows := c.months[month].rows
next:
	for i := range rows {
		if rows[i].Amount == 0 {
			continue
		}
		for _, chosen := range c.filters {
			if !chosen(&rows[i]) {
				continue next
			}
		}
		see(&rows[i])
	}
}

// wordOf is where a dimension stands among the words of a row.
var wordOf = map[Dimension]int{ByCenter: 0, ByService: 1, ByInstitution: 2, ByMunicipality: 3, ByBasis: 4, ByVoluntary: 5, BySex: 6, ByAge: 7, ByViolence: 8, ByModality: 9}

// splitter gives the values of a row by a dimension.
func (c *counting) splitter(d Dimension) func(r *cubeRow) []string {
	at, known := wordOf[d], map[uint32][]string{}
	return func(r *cubeRow) []string {
		values, ok := known[r.Words[at]]
		if !ok {
			values = d.values(c.names[r.Words[at]])
			known[r.Words[at]] = values
		}
		return values
	}
}

// counts tells whether a row is one of a figure's.
func (c *counting) counts(r *cubeRow, f Figure) bool {
	key := c.names[r.Figure]
	if f.Ratio() {
		return key == string(f.Amount) || key == string(f.Over)
	}
	return key == string(f.Key)
}

// tally adds up rows by their key; of figures that count people each person once.
type tally struct {
	c       *counting
	wanted  map[uint32]bool // whether it counts people
	amounts map[uint32]int64
	people  map[uint32][]uint64 // a bit for each word that is a person
}

func newTally(c *counting, figures []Figure) *tally {
	t := &tally{c: c, wanted: map[uint32]bool{}, amounts: map[uint32]int64{}, people: map[uint32][]uint64{}}
	for _, f := range figures {
		for _, key := range f.facts() {
			t.wanted[c.word(key)] = f.Distinct
		}
	}
	return t
}

func (t *tally) add(r *cubeRow) {
	distinct, wanted := t.wanted[r.Figure]
	switch {
	case !wanted:
		return
	case !distinct:
		t.amounts[r.Figure] += r.Amount
		return
	}
	who := r.Words[person]
	bits := t.people[r.Figure]
	for len(bits) <= int(who/64) {
		bits = append(bits, make([]uint64, len(t.c.names)/64+1)...)
	}
	if bits[who/64]&(1<<(who%64)) == 0 {
		bits[who/64] |= 1 << (who % 64)
		t.amounts[r.Figure]++
	}
	t.people[r.Figure] = bits
}

func (t *tally) sums() map[Key]int64 {
	out := map[Key]int64{}
	for figure, n := range t.amounts {
		out[Key(t.c.names[figure])] = n
	}
	return out
}
