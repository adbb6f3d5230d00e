-- +goose Up

-- report: what is counted, one row for each countable fact of a referral or a case file.
-- Everything here is derived from the other tables and can be thrown away and made again;
-- what is unknown is empty. The origin tells the facts of one subject and figure apart.
create table report_facts (
    subject_type     text not null,                 -- public
    subject_id       text not null,                 -- personal
    figure           text not null,                 -- public
    origin           text not null,                 -- personal
    day              text not null,                 -- personal
    month            text not null,                 -- public
    center_id        text not null,                 -- public
    service          text not null,                 -- public
    institution_id   text not null,                 -- public
    municipality_key text not null,                 -- personal
    basis            text not null,                 -- public
    voluntary        text not null,                 -- public
    sex              text not null,                 -- personal
    age_band         text not null,                 -- personal
    violence         text not null,                 -- personal
    modality         text not null,                 -- personal
    person_id        text not null,                 -- public
    amount           bigint not null,               -- public
    primary key (subject_type, subject_id, figure, origin)
);
create index report_facts_month on report_facts (figure, month, center_id);

-- report: the sums of the facts by month and by all that they are told apart by, kept in
-- the transaction that keeps the facts. The person is that of figures that count people, and
-- else empty. A sum that became nothing stays, as 0: readers keep a copy and ask what changed.
create table report_sums (
    figure           text not null,                 -- public
    month            text not null,                 -- public
    center_id        text not null,                 -- public
    service          text not null,                 -- public
    institution_id   text not null,                 -- public
    municipality_key text not null,                 -- personal
    basis            text not null,                 -- public
    voluntary        text not null,                 -- public
    sex              text not null,                 -- personal
    age_band         text not null,                 -- personal
    violence         text not null,                 -- personal
    modality         text not null,                 -- personal
    person_id        text not null,                 -- public
    amount           bigint not null,               -- public
    changed_at       {time} not null,               -- public
    primary key (month, figure, center_id, service, institution_id, municipality_key, basis, voluntary, sex, age_band, violence, modality, person_id)
);
create index report_sums_changed on report_sums (changed_at);

-- report: what changed in the facts of a month after it was over, one row for each unit that
-- came or went. A close takes them in: those of its own month are in its sums, those of
-- months before are its adjustments. Until then closing is empty.
create table report_late (
    id               text primary key,              -- public
    closing          text not null,                 -- public
    at               {time} not null,               -- public
    subject_type     text not null,                 -- public
    subject_id       text not null,                 -- personal
    origin           text not null,                 -- personal
    day              text not null,                 -- personal
    figure           text not null,                 -- public
    month            text not null,                 -- public
    center_id        text not null,                 -- public
    service          text not null,                 -- public
    institution_id   text not null,                 -- public
    municipality_key text not null,                 -- personal
    basis            text not null,                 -- public
    voluntary        text not null,                 -- public
    sex              text not null,                 -- personal
    age_band         text not null,                 -- personal
    violence         text not null,                 -- personal
    modality         text not null,                 -- personal
    person_id        text not null,                 -- public
    amount           bigint not null                -- public
);
create index report_late_month on report_late (month, closing);
create index report_late_closing on report_late (closing, month);

-- report: a month that was closed. Nothing here changes afterwards.
create table report_closings (
    month       text primary key,                   -- public
    closed_at   {time} not null,                    -- public
    closed_by   text not null,                      -- public
    definitions text not null,                      -- public
    sums        bigint not null,                    -- public
    hash        text not null,                      -- public
    signature   {bytes} not null                    -- public
);

-- report: the sums of a closed month, as they were.
create table report_closed_sums (
    closing          text not null references report_closings (month), -- public
    figure           text not null,                 -- public
    center_id        text not null,                 -- public
    service          text not null,                 -- public
    institution_id   text not null,                 -- public
    municipality_key text not null,                 -- personal
    basis            text not null,                 -- public
    voluntary        text not null,                 -- public
    sex              text not null,                 -- personal
    age_band         text not null,                 -- personal
    violence         text not null,                 -- personal
    modality         text not null,                 -- personal
    amount           bigint not null                -- public
);
create index report_closed_sums_closing on report_closed_sums (closing, figure, center_id, service, amount);

-- report: every figure of a closed month, of the State (no center) and of each center.
create table report_closed_values (
    closing   text not null references report_closings (month), -- public
    center_id text not null,                        -- public
    figure    text not null,                        -- public
    amount    bigint not null,                      -- public
    part_of   bigint not null,                      -- public
    primary key (closing, center_id, figure)
);

-- report: a goal of the annual plan, of a center or of the State, of a service area or of all.
create table goals (
    id        text primary key,                     -- public
    year      integer not null,                     -- public
    figure    text not null,                        -- public
    center_id text not null,                        -- public
    service   text not null,                        -- public
    made_at   {time} not null,                      -- public
    unique (year, figure, center_id, service)
);

-- report: a calendar of a goal that somebody proposed and that somebody else has to approve.
-- The last one approved is in force.
create table goal_calendars (
    id          text primary key,                   -- public
    goal_id     text not null references goals (id), -- public
    targets     text not null,                      -- public
    reason      text not null,                      -- public
    proposed_at {time} not null,                    -- public
    proposed_by text not null,                      -- public
    decided_at  {time},                             -- public
    decided_by  text not null,                      -- public
    approved    {bool} not null                     -- public
);
create index goal_calendars_goal on goal_calendars (goal_id, proposed_at);

-- report: why a goal was not reached, or was passed by far, in a quarter.
create table goal_notes (
    id      text primary key,                       -- public
    goal_id text not null references goals (id),    -- public
    quarter integer not null,                       -- public
    text    text not null,                          -- public
    at      {time} not null,                        -- public
    by      text not null                           -- public
);
create index goal_notes_goal on goal_notes (goal_id, quarter);

-- +goose Down
drop table goal_notes;
drop table goal_calendars;
drop table goals;
drop table report_closed_values;
drop table report_closed_sums;
drop table report_closings;
drop table report_late;
drop table report_sums;
drop table report_facts;
