-- +goose Up

-- center: when it is open in a week, and the rooms in which it works. Weekday 0 is Sunday.
create table center_hours (
    center_id text not null references centers (id), -- public
    weekday   integer not null,                     -- public
    opens     text not null,                        -- public
    closes    text not null,                        -- public
    primary key (center_id, weekday)
);

create table rooms (
    id         text primary key,                    -- public
    center_id  text not null references centers (id), -- public
    venue_id   text not null references venues (id), -- public
    name       text not null,                       -- public
    capacity   integer not null,                    -- public
    created_at {time} not null,                     -- public
    closed_at  {time},                              -- public
    unique (center_id, name)
);

-- agenda: when each professional works, where it differs from the center's hours.
create table work_hours (
    account_id text not null,                       -- public
    weekday    integer not null,                    -- public
    center_id  text not null,                       -- public
    starts     text not null,                       -- public
    ends       text not null,                       -- public
    primary key (account_id, weekday)
);

create table staff_absences (
    id         text primary key,                    -- public
    center_id  text not null,                       -- public
    account_id text not null,                       -- public
    from_on    text not null,                       -- public
    until_on   text not null,                       -- public
    created_at {time} not null,                     -- public
    created_by text not null,                       -- public
    removed_at {time}                               -- public
);
create index staff_absences_account on staff_absences (account_id, until_on);

-- An appointment of one case or of a group. What became of it are facts; a row is never
-- removed, also when it was moved: the new one names it.
create table appointments (
    id             text primary key,                -- public
    center_id      text not null,                   -- public
    kind           text not null,                   -- public
    case_id        text not null,                   -- personal subject
    group_id       text not null,                   -- public
    component_id   text not null,                   -- public
    session_number integer not null,                -- public
    account_id     text not null,                   -- public
    co_account_id  text not null,                   -- public
    venue_id       text not null,                   -- public
    room_id        text not null,                   -- public
    mode           text not null,                   -- public
    starts_at      {time} not null,                 -- personal subject
    minutes        integer not null,                -- public
    created_at     {time} not null,                 -- public
    created_by     text not null,                   -- public
    moved_from     text not null,                   -- public
    ended_at       {time},                          -- public
    ended_by       text not null,                   -- public
    ended_side     text not null,                   -- public
    ended_reason   text not null,                   -- public
    held_at        {time},                          -- public
    held_by        text not null,                   -- public
    version        integer not null                 -- public
);
create index appointments_center on appointments (center_id, starts_at);
create index appointments_case on appointments (case_id, starts_at) where case_id <> '';
create index appointments_group on appointments (group_id, starts_at) where group_id <> '';
create unique index appointments_moved on appointments (moved_from) where moved_from <> '';

-- Who or what is taken in a quarter of an hour: "case:ID", "account:ID", "room:ID". The
-- primary key is what makes a double booking impossible.
create table bookings (
    resource       text not null,                   -- personal
    slot           text not null,                   -- personal
    appointment_id text not null references appointments (id), -- public
    primary key (resource, slot)
);
create index bookings_appointment on bookings (appointment_id);

-- Who takes a session of a group that is not his, in place of one that he missed.
create table session_guests (
    appointment_id text not null references appointments (id), -- public
    case_id        text not null,                   -- personal subject
    at             {time} not null,                 -- public
    by             text not null,                   -- public
    primary key (appointment_id, case_id)
);
create index session_guests_case on session_guests (case_id);

-- Who came: one fact for each person and appointment. Excused is a later fact.
create table attendances (
    appointment_id text not null references appointments (id), -- public
    case_id        text not null,                   -- personal subject
    outcome        text not null,                   -- personal subject
    recorded_at    {time} not null,                 -- public
    recorded_by    text not null,                   -- public
    page           text not null,                   -- public
    excused_at     {time},                          -- personal subject
    excused_by     text not null,                   -- public
    excuse         text not null,                   -- sensitive subject
    note           {bytes},                         -- sensitive subject
    version        integer not null,                -- public
    primary key (appointment_id, case_id)
);
create index attendances_case on attendances (case_id);

-- Each word about an attendance, the first and every later one.
create table attendance_changes (
    id             text primary key,                -- public
    appointment_id text not null,                   -- public
    case_id        text not null,                   -- personal subject
    at             {time} not null,                 -- public
    by             text not null,                   -- public
    outcome        text not null,                   -- personal subject
    excuse         text not null,                   -- sensitive subject
    late_reason    text not null                    -- personal
);
create index attendance_changes_row on attendance_changes (appointment_id, case_id);

-- What somebody of the center owes: a call, or a word to an authority. Overdue is never
-- stored. A task is done, void (its cause is gone), or open.
create table tasks (
    id             text primary key,                -- public
    center_id      text not null,                   -- public
    case_id        text not null,                   -- personal
    referral_id    text not null,                   -- public
    appointment_id text not null,                   -- public
    seq            integer not null,                -- public
    kind           text not null,                   -- public
    event_at       {time} not null,                 -- public
    due_on         text not null,                   -- public
    created_at     {time} not null,                 -- public
    done_at        {time},                          -- public
    done_by        text not null,                   -- public
    outcome        text not null,                   -- public
    void_at        {time},                          -- public
    answered_on    text,                            -- public
    answer         {bytes},                         -- sensitive
    unique (case_id, referral_id, appointment_id, seq)
);
create index tasks_open on tasks (center_id, due_on, id) where done_at is null and void_at is null;

-- +goose Down
drop table tasks;
drop table attendance_changes;
drop table attendances;
drop table session_guests;
drop table bookings;
drop table appointments;
drop table staff_absences;
drop table work_hours;
drop table rooms;
drop table center_hours;
