-- +goose Up

-- followup: what a center, and each area whose mandate it served, has to find out after a
-- completion: the third, sixth and twelfth month. A row belongs to one side alone: that of a
-- center names no area, that of an area no center. Its days are those of the rules and the
-- calendar of the day of the completion. The cached columns follow the newest row of
-- followup_answers.
create table followups (
    id              text primary key,               -- public
    side            text not null,                  -- public
    case_id         text not null references case_files (id), -- personal
    referral_id     text not null,                  -- public
    folio           text not null,                  -- public
    center_id       text not null,                  -- public
    institution_id  text not null,                  -- public
    area_id         text not null,                  -- public
    nth             integer not null,               -- public
    months          integer not null,               -- public
    completed_on    text not null,                  -- personal subject
    opens_on        text not null,                  -- public
    due_on          text not null,                  -- public
    closes_on       text not null,                  -- public
    made_at         {time} not null,                -- public
    attempts        integer not null,               -- public
    answers         integer not null,               -- public
    answered_on     text,                           -- public
    reached         text not null,                  -- personal subject
    relapse         text not null,                  -- sensitive
    abstains        text not null,                  -- sensitive
    ended_at        {time},                         -- public
    ended_why       text not null,                  -- public
    opened_told_at  {time},                         -- public
    overdue_told_at {time},                         -- public
    unique (case_id, referral_id, nth)
);
create index followups_center on followups (center_id, due_on, id) where center_id <> '';
create index followups_area on followups (area_id, due_on, id) where area_id <> '';
create index followups_institution on followups (institution_id, due_on, id) where institution_id <> '';
create index followups_untold on followups (opens_on) where answers = 0 and ended_at is null;

-- Each try to reach somebody. The id comes with the form, so that a form that is sent
-- twice is one try. The note is sealed: at a center with the key of the case, at an
-- institution with that of its referral.
create table followup_attempts (
    id          text primary key,                   -- public
    followup_id text not null references followups (id), -- public
    tried_on    text not null,                      -- personal subject
    tried_time  text not null,                      -- personal subject
    channel     text not null,                      -- personal subject
    result      text not null,                      -- sensitive subject
    note        {bytes},                            -- sensitive
    at          {time} not null,                    -- public
    by          text not null                       -- public
);
create index followup_attempts_of on followup_attempts (followup_id);

-- What was learnt: the first word and every later one. The newest holds. Unknown is a
-- value of its own and never counted as no. Why is the reason of a late answer or of a
-- correction, sealed as the notes.
create table followup_answers (
    id              text primary key,               -- public
    followup_id     text not null references followups (id), -- public
    seq             integer not null,               -- public
    answered_on     text not null,                  -- personal subject
    reached         text not null,                  -- personal subject
    relapse         text not null,                  -- sensitive
    relapse_source  text not null,                  -- sensitive
    abstains        text not null,                  -- sensitive
    abstains_source text not null,                  -- sensitive
    why             {bytes},                        -- sensitive
    at              {time} not null,                -- public
    by              text not null,                  -- public
    unique (followup_id, seq)
);

-- +goose Down
drop table followup_answers;
drop table followup_attempts;
drop table followups;
