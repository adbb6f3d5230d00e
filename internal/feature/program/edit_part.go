package program

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Step is where a part moves in its list.
type Step int

// The steps.
const (
	Up   Step = -1
	Down Step = 1
)

// AddComponent adds a component, with its sessions when their number was typed, and
// gives its id.
func (s *Service) AddComponent(ctx context.Context, actor access.Actor, at Edition, f ComponentForm) (string, error) {
	var id string
	err := s.edit(ctx, actor, at, "program.component_add", func(v *Version) (edit, error) {
		id = db.NewID()
		c, err := f.check(v, Component{})
		titles, wrong := f.sessions()
		if err := joined(err, wrong); err != nil {
			return edit{}, err
		}
		changes := append(c.changes(Component{}), ledger.Change{Field: "sessions", After: strconv.Itoa(len(titles))})
		return edit{changes, func(ctx context.Context, tx *db.Tx) error {
			if err := insertComponent(ctx, tx, v.ID, id, len(v.Components)+1, c); err != nil {
				return err
			}
			return insertSessions(ctx, tx, id, 0, titles)
		}}, nil
	})
	return id, err
}

// sessions are those that a new component begins with; none when nothing was typed.
func (f ComponentForm) sessions() ([]string, error) {
	if strings.TrimSpace(f.Sessions) == "" {
		return nil, nil
	}
	titles, err := SessionsForm{Count: f.Sessions}.check(Component{})
	if err != nil {
		var form fault.Form
		form.Add("sessions", fault.FieldsOf(err)["count"])
		return nil, form.Err()
	}
	return titles, nil
}

// joined puts the sentences of two checks of one form together.
func joined(a, b error) error {
	var form fault.Form
	for _, err := range []error{a, b} {
		for name, sentence := range fault.FieldsOf(err) {
			form.Add(name, sentence)
		}
	}
	return form.Err()
}

// UpdateComponent changes a component.
func (s *Service) UpdateComponent(ctx context.Context, actor access.Actor, at Edition, id string, f ComponentForm) error {
	return s.editComponent(ctx, actor, at, id, "program.component", func(v *Version, was Component) (edit, error) {
		c, err := f.check(v, was)
		return edit{c.changes(was), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `update program_components set area = $1, name = $2, minutes = $3, every_days = $4 where id = $5`,
				c.Area, c.Name, c.Minutes, c.EveryDays, id)
			return err
		}}, err
	})
}

// MoveComponent moves a component in the order of the page; at an end it stays.
func (s *Service) MoveComponent(ctx context.Context, actor access.Actor, at Edition, id string, step Step) error {
	return s.editComponent(ctx, actor, at, id, "program.component_move", func(v *Version, c Component) (edit, error) {
		order := moved(v.Components, func(o Component) bool { return o.ID == id }, step)
		return reorder(`update program_components set position = $1 where id = $2`, c.Name, order, func(o Component) string { return o.ID }), nil
	})
}

// RemoveComponent takes a component with its sessions out of a draft.
func (s *Service) RemoveComponent(ctx context.Context, actor access.Actor, at Edition, id string) error {
	return s.editComponent(ctx, actor, at, id, "program.component_remove", func(_ *Version, c Component) (edit, error) {
		return edit{changesOf(change{"component", c.Name, ""}), func(ctx context.Context, tx *db.Tx) error {
			for _, query := range []string{
				`delete from program_session_topics where session_id in (select id from program_sessions where component_id = $1)`,
				`delete from program_sessions where component_id = $1`,
				`delete from program_components where id = $1`,
			} {
				if _, err := tx.Exec(ctx, query, id); err != nil {
					return err
				}
			}
			return nil
		}}, nil
	})
}

// AddSessions adds sessions at the end of a component.
func (s *Service) AddSessions(ctx context.Context, actor access.Actor, at Edition, component string, f SessionsForm) error {
	return s.editComponent(ctx, actor, at, component, "program.sessions_add", func(_ *Version, c Component) (edit, error) {
		titles, err := f.check(c)
		return edit{changesOf(change{"sessions", strconv.Itoa(len(c.Sessions)), strconv.Itoa(len(c.Sessions) + len(titles))}),
			func(ctx context.Context, tx *db.Tx) error {
				return insertSessions(ctx, tx, c.ID, len(c.Sessions), titles)
			}}, err
	})
}

// editComponent edits a component of a draft; it requires access.ProgramManage first.
func (s *Service) editComponent(ctx context.Context, actor access.Actor, at Edition, id, action string, how func(*Version, Component) (edit, error)) error {
	return s.edit(ctx, actor, at, action, func(v *Version) (edit, error) {
		c, ok := v.Component(id)
		if !ok {
			return edit{}, fault.Missing()
		}
		return how(v, c)
	})
}

// UpdateSession changes a session's title and topics.
func (s *Service) UpdateSession(ctx context.Context, actor access.Actor, at Edition, id string, f SessionForm) error {
	return s.editSession(ctx, actor, at, id, "program.session", func(v *Version, c Component, was Session) (edit, error) {
		var form fault.Form
		title := strings.Join(strings.Fields(f.Title), " ")
		tooLong(&form, "title", title, maxLine)
		var before, after []string
		for _, t := range was.Topics {
			before = append(before, t.ID)
		}
		for _, t := range v.Topics {
			if slices.Contains(f.Topics, t.ID) {
				after = append(after, t.ID)
			}
		}
		changes := changesOf(change{c.Name + " " + strconv.Itoa(was.Number), was.Title, title},
			change{"topics", strings.Join(v.titles(before), "; "), strings.Join(v.titles(after), "; ")})
		return edit{changes, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `update program_sessions set title = $1 where id = $2`, title, id); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `delete from program_session_topics where session_id = $1`, id); err != nil {
				return err
			}
			for _, topic := range after {
				if err := linkTopic(ctx, tx, id, topic); err != nil {
					return err
				}
			}
			return nil
		}}, form.Err()
	})
}

// MoveSession moves a session among those of its component; at an end it stays.
func (s *Service) MoveSession(ctx context.Context, actor access.Actor, at Edition, id string, step Step) error {
	return s.editSession(ctx, actor, at, id, "program.session_move", func(_ *Version, c Component, was Session) (edit, error) {
		order := moved(c.Sessions, func(o Session) bool { return o.ID == id }, step)
		return reorder(`update program_sessions set number = $1 where id = $2`, c.Name+" "+strconv.Itoa(was.Number), order,
			func(o Session) string { return o.ID }), nil
	})
}

// RemoveSession takes a session out of a draft; those after it move up.
func (s *Service) RemoveSession(ctx context.Context, actor access.Actor, at Edition, id string) error {
	return s.editSession(ctx, actor, at, id, "program.session_remove", func(_ *Version, c Component, was Session) (edit, error) {
		return edit{changesOf(change{"session", c.Name + " " + strconv.Itoa(was.Number), ""}), func(ctx context.Context, tx *db.Tx) error {
			for _, query := range []string{`delete from program_session_topics where session_id = $1`, `delete from program_sessions where id = $1`} {
				if _, err := tx.Exec(ctx, query, id); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, `update program_sessions set number = number - 1 where component_id = $1 and number > $2`, c.ID, was.Number)
			return err
		}}, nil
	})
}

// editSession edits a session of a draft; it requires access.ProgramManage first.
func (s *Service) editSession(ctx context.Context, actor access.Actor, at Edition, id, action string, how func(*Version, Component, Session) (edit, error)) error {
	return s.edit(ctx, actor, at, action, func(v *Version) (edit, error) {
		c, session, ok := v.Session(id)
		if !ok {
			return edit{}, fault.Missing()
		}
		return how(v, c, session)
	})
}

// AddTopics adds topics, one on each line, at the end of the list.
func (s *Service) AddTopics(ctx context.Context, actor access.Actor, at Edition, typed string) error {
	return s.edit(ctx, actor, at, "program.topics_add", func(v *Version) (edit, error) {
		titles, err := checkTopics(v, typed)
		return edit{changesOf(change{"topics", "", strings.Join(titles, "; ")}), func(ctx context.Context, tx *db.Tx) error {
			for n, title := range titles {
				if err := insertTopic(ctx, tx, v.ID, db.NewID(), len(v.Topics)+n+1, title); err != nil {
					return err
				}
			}
			return nil
		}}, err
	})
}

// UpdateTopic changes a topic's title and the sessions that treat it.
func (s *Service) UpdateTopic(ctx context.Context, actor access.Actor, at Edition, id string, f TopicForm) error {
	return s.editTopic(ctx, actor, at, id, "program.topic", func(v *Version, was Topic) (edit, error) {
		title, err := f.check(v, was)
		var before, after, ids []string
		for _, c := range v.Components {
			for _, session := range c.Sessions {
				name := c.Name + " " + strconv.Itoa(session.Number)
				if session.Treats(id) {
					before = append(before, name)
				}
				if slices.Contains(f.Sessions, session.ID) {
					after, ids = append(after, name), append(ids, session.ID)
				}
			}
		}
		changes := changesOf(change{"topic", was.Title, title}, change{"sessions", strings.Join(before, "; "), strings.Join(after, "; ")})
		return edit{changes, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `update program_topics set title = $1 where id = $2`, title, id); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `delete from program_session_topics where topic_id = $1`, id); err != nil {
				return err
			}
			for _, session := range ids {
				if err := linkTopic(ctx, tx, session, id); err != nil {
					return err
				}
			}
			return nil
		}}, err
	})
}

// check gives the title that was typed over what it was, in a version that has others.
func (f TopicForm) check(v *Version, was Topic) (string, error) {
	others := Version{}
	for _, t := range v.Topics {
		if t.ID != was.ID {
			others.Topics = append(others.Topics, t)
		}
	}
	titles, err := checkTopics(&others, strings.Join(strings.Fields(f.Title), " "))
	if err != nil {
		var form fault.Form
		form.Add("title", fault.FieldsOf(err)["titles"])
		return "", form.Err()
	}
	return titles[0], nil
}

// MoveTopic moves a topic in the list; at an end it stays.
func (s *Service) MoveTopic(ctx context.Context, actor access.Actor, at Edition, id string, step Step) error {
	return s.editTopic(ctx, actor, at, id, "program.topic_move", func(v *Version, t Topic) (edit, error) {
		order := moved(v.Topics, func(o Topic) bool { return o.ID == id }, step)
		return reorder(`update program_topics set position = $1 where id = $2`, t.Title, order, func(o Topic) string { return o.ID }), nil
	})
}

// RemoveTopic takes a topic out of a draft and of its sessions.
func (s *Service) RemoveTopic(ctx context.Context, actor access.Actor, at Edition, id string) error {
	return s.editTopic(ctx, actor, at, id, "program.topic_remove", func(_ *Version, t Topic) (edit, error) {
		return edit{changesOf(change{"topic", t.Title, ""}), func(ctx context.Context, tx *db.Tx) error {
			for _, query := range []string{`delete from program_session_topics where topic_id = $1`, `delete from program_topics where id = $1`} {
				if _, err := tx.Exec(ctx, query, id); err != nil {
					return err
				}
			}
			return nil
		}}, nil
	})
}

// editTopic edits a topic of a draft; it requires access.ProgramManage first.
func (s *Service) editTopic(ctx context.Context, actor access.Actor, at Edition, id, action string, how func(*Version, Topic) (edit, error)) error {
	return s.edit(ctx, actor, at, action, func(v *Version) (edit, error) {
		t, ok := v.Topic(id)
		if !ok {
			return edit{}, fault.Missing()
		}
		return how(v, t)
	})
}

// moved gives a list with one of its elements a step on; nil when it stays.
func moved[T any](list []T, is func(T) bool, step Step) []T {
	from := slices.IndexFunc(list, is)
	to := from + int(step)
	if from < 0 || to < 0 || to >= len(list) {
		return nil
	}
	out := slices.Clone(list)
	out[from], out[to] = out[to], out[from]
	return out
}

// reorder stores the places of a list's elements, from 1; nothing for a nil list.
func reorder[T any](query, what string, order []T, id func(T) string) edit {
	if order == nil {
		return edit{}
	}
	return edit{changesOf(change{"moved", "", what}), func(ctx context.Context, tx *db.Tx) error {
		for n, element := range order {
			if _, err := tx.Exec(ctx, query, n+1, id(element)); err != nil {
				return err
			}
		}
		return nil
	}}
}

func insertComponent(ctx context.Context, tx *db.Tx, version, id string, position int, c Component) error {
	_, err := tx.Exec(ctx, `insert into program_components (id, version_id, position, area, name, minutes, every_days)
		values ($1, $2, $3, $4, $5, $6, $7)`, id, version, position, c.Area, c.Name, c.Minutes, c.EveryDays)
	return err
}

// insertSessions adds a session for each title, after the last number.
func insertSessions(ctx context.Context, tx *db.Tx, component string, last int, titles []string) error {
	for n, title := range titles {
		if err := insertSession(ctx, tx, component, db.NewID(), last+n+1, title); err != nil {
			return err
		}
	}
	return nil
}

func insertSession(ctx context.Context, tx *db.Tx, component, id string, number int, title string) error {
	_, err := tx.Exec(ctx, `insert into program_sessions (id, component_id, number, title) values ($1, $2, $3, $4)`, id, component, number, title)
	return err
}

func insertTopic(ctx context.Context, tx *db.Tx, version, id string, position int, title string) error {
	_, err := tx.Exec(ctx, `insert into program_topics (id, version_id, position, title) values ($1, $2, $3, $4)`, id, version, position, title)
	return err
}

func linkTopic(ctx context.Context, tx *db.Tx, session, topic string) error {
	_, err := tx.Exec(ctx, `insert into program_session_topics (session_id, topic_id) values ($1, $2)`, session, topic)
	return err
}

func (c Component) changes(was Component) []ledger.Change {
	return changesOf(change{"component", was.Name, c.Name}, change{"area", string(was.Area), string(c.Area)},
		change{"minutes", strconv.Itoa(was.Minutes), strconv.Itoa(c.Minutes)},
		change{"every_days", strconv.Itoa(was.EveryDays), strconv.Itoa(c.EveryDays)})
}
