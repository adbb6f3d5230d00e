package person

import (
	"context"
	"errors"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
)

// AdultAge is the age from which the re-education program may receive a person (Ley
// General de los Derechos de Niñas, Niños y Adolescentes, art. 5).
const AdultAge = 18

// Person is who was referred. Empty is unknown; lists hold codes of the catalogue.
type Person struct {
	ID              string `db:"id"`
	Name            `db:""`
	Alias           string     `db:"alias"`
	CURP            string     `db:"curp"`
	BirthDate       clock.Date `db:"birth_date"`
	EstimatedAge    int        `db:"estimated_age"` // in years, when the date is unknown
	Sex             string     `db:"sex"`
	Gender          string     `db:"gender"`
	BirthState      string     `db:"birth_state"`
	MaritalStatus   string     `db:"marital_status"`
	Schooling       string     `db:"schooling"`
	Literacy        string     `db:"literacy"`
	Occupation      string     `db:"occupation"`
	ArmedOccupation string     `db:"armed_occupation"`
	Indigenous      string     `db:"indigenous"`
	Language        string     `db:"language"`
	Interpreter     string     `db:"interpreter"`
	Disability      string     `db:"disability"` // codes, separated by spaces
	Phone           string     `db:"phone"`
	Email           string     `db:"email"`
	SafeMessage     string     `db:"safe_message"`
	Address         string     `db:"address"`
	Municipality    string     `db:"municipality_key"`
	WorkShift       string     `db:"work_shift"`
}

// IsMinor tells whether the person is under 18 on a day, by date or by estimate.
func (p Person) IsMinor(on clock.Date) bool {
	if !p.BirthDate.IsZero() {
		return p.BirthDate.YearsUntil(on) < AdultAge
	}
	return p.EstimatedAge > 0 && p.EstimatedAge < AdultAge
}

// InsertTx stores a new person and gives the id.
func InsertTx(ctx context.Context, tx *db.Tx, p Person) (string, error) {
	id := db.NewID()
	_, err := tx.Exec(ctx, `
		insert into persons (id, given_names, surname1, surname2, alias, curp, birth_date, estimated_age, sex, gender,
			birth_state, marital_status, schooling, literacy, occupation, armed_occupation, indigenous, language,
			interpreter, disability, phone, email, safe_message, address, municipality_key, work_shift, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
			$23, $24, $25, $26, $27)`,
		id, p.Given, p.Surname1, p.Surname2, p.Alias, p.CURP, p.BirthDate, p.EstimatedAge, p.Sex, p.Gender,
		p.BirthState, p.MaritalStatus, p.Schooling, p.Literacy, p.Occupation, p.ArmedOccupation, p.Indigenous, p.Language,
		p.Interpreter, p.Disability, p.Phone, p.Email, p.SafeMessage, p.Address, p.Municipality, p.WorkShift, db.At(tx.Now()))
	return id, err
}

// UpdateTx writes a corrected person over the one stored.
func UpdateTx(ctx context.Context, tx *db.Tx, id string, p Person) error {
	_, err := tx.Exec(ctx, `
		update persons set given_names = $1, surname1 = $2, surname2 = $3, alias = $4, curp = $5, birth_date = $6,
			estimated_age = $7, sex = $8, gender = $9, birth_state = $10, marital_status = $11, schooling = $12,
			literacy = $13, occupation = $14, armed_occupation = $15, indigenous = $16, language = $17,
			interpreter = $18, disability = $19, phone = $20, email = $21, safe_message = $22, address = $23,
			municipality_key = $24, work_shift = $25
		where id = $26`,
		p.Given, p.Surname1, p.Surname2, p.Alias, p.CURP, p.BirthDate, p.EstimatedAge, p.Sex, p.Gender,
		p.BirthState, p.MaritalStatus, p.Schooling, p.Literacy, p.Occupation, p.ArmedOccupation, p.Indigenous, p.Language,
		p.Interpreter, p.Disability, p.Phone, p.Email, p.SafeMessage, p.Address, p.Municipality, p.WorkShift, id)
	return err
}

// ByIDQuery is what [ByIDTx] asks, for [db.Tx.Ahead].
func ByIDQuery(id string) db.Query {
	return db.Q(`select id, given_names, surname1, surname2, alias, curp, birth_date, estimated_age, sex, gender,
		birth_state, marital_status, schooling, literacy, occupation, armed_occupation, indigenous, language, interpreter,
		disability, phone, email, safe_message, address, municipality_key, work_shift from persons where id = $1`, id)
}

// ByIDTx reads a person. The caller has reached him through a record of his scope.
func ByIDTx(ctx context.Context, tx *db.Tx, id string) (Person, error) {
	var p Person
	q := ByIDQuery(id)
	err := tx.Get(ctx, &p, q.Text, q.Args...)
	if errors.Is(err, db.ErrNoRows) {
		return p, fault.Missing()
	}
	return p, err
}
