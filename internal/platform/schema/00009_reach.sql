-- +goose Up

-- agenda: what one person was told of one appointment, and what he answered. The id is
-- that of his one-time link, which opens with a MAC that no table holds; his mailbox
-- stands in his case file and nowhere else.
create table invitations (
    id             text primary key,                -- public
    appointment_id text not null references appointments (id), -- public
    case_id        text not null,                   -- personal subject
    created_at     {time} not null,                 -- public
    reminded_at    {time},                          -- public
    answer         text not null,                   -- personal subject
    reason         text not null,                   -- sensitive subject
    answered_at    {time},                          -- personal subject
    call           text not null,                   -- public
    call_at        {time},                          -- public
    called_at      {time},                          -- public
    called_by      text not null,                   -- public
    call_result    text not null,                   -- public
    unique (appointment_id, case_id)
);
create index invitations_calls on invitations (call_at, id) where call <> '';

-- The appointments of the next days, of every center: whom to remind.
create index appointments_next on appointments (starts_at) where ended_at is null;

-- A professional's own calendar feed. Whoever holds the token reads it; only its hash is
-- kept.
create table calendar_feeds (
    id         text primary key,                    -- public
    account_id text not null,                       -- public
    center_id  text not null,                       -- public
    token_hash text not null unique,                -- secret
    created_at {time} not null,                     -- public
    revoked_at {time}                               -- public
);
create unique index calendar_feeds_account on calendar_feeds (account_id) where revoked_at is null;

-- +goose Down
drop index appointments_next;
drop table calendar_feeds;
drop table invitations;
