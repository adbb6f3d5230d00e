-- +goose Up

-- Ledger: every change and every read. No foreign keys: an entry outlives its
-- subject. Values of personal columns are never in it, only that they changed.
create table ledger_entries (
    id             text primary key,                -- public
    at             {time} not null,                 -- public
    actor          text not null,                   -- public
    post           text not null,                   -- public
    role           text not null,                   -- public
    action         text not null,                   -- public
    subject_type   text not null,                   -- public
    subject_id     text not null,                   -- public
    institution_id text not null,                   -- public
    center_id      text not null,                   -- public
    request_id     text not null,                   -- public
    changes        text not null,                   -- public
    reason         text not null,                   -- personal
    sealed         {bool} not null,                 -- public
    mac            {bytes} not null                 -- public
);
create index ledger_entries_subject on ledger_entries (subject_type, subject_id, at, id);
create index ledger_entries_at on ledger_entries (at desc, id desc);
create index ledger_entries_unsealed on ledger_entries (id) where not sealed;

create table ledger_leaves (
    leaf     bigint primary key,                    -- public
    entry_id text not null unique,                  -- public
    hash     {bytes} not null                       -- public
);

create table ledger_hashes (
    idx  bigint primary key,                        -- public
    hash {bytes} not null                           -- public
);

create table ledger_checkpoints (
    size bigint primary key,                        -- public
    at   {time} not null,                           -- public
    note text not null                              -- public
);

-- Work that follows a commit.
create table jobs (
    id           text primary key,                  -- public
    kind         text not null,                     -- public
    payload      text not null,                     -- public
    unique_key   text,                              -- public
    state        text not null,                     -- public
    run_at       {time} not null,                   -- public
    attempts     integer not null,                  -- public
    worker       text not null,                     -- public
    lease_until  {time},                            -- public
    last_error   text not null,                     -- public
    created_at   {time} not null,                   -- public
    ended_at     {time}                             -- public
);
create index jobs_due on jobs (run_at, id) where state = 'ready';
create index jobs_leased on jobs (lease_until) where state = 'running';
create index jobs_ended on jobs (ended_at) where ended_at is not null;
create unique index jobs_unique on jobs (kind, unique_key);

-- Keys of cases, each wrapped by the master key. An empty one was erased.
create table case_keys (
    id         text primary key,                    -- public
    wrapped    {bytes} not null,                    -- secret
    created_at {time} not null,                     -- public
    erased_at  {time}                               -- public
);

create table folio_counters (
    series text not null,                           -- public
    year   integer not null,                        -- public
    next   integer not null,                        -- public
    primary key (series, year)
);

-- Notices: a folio and a link, to a mailbox. There is no column for anything else.
create table notices (
    id         text primary key,                    -- public
    kind       text not null,                       -- public
    folio      text not null,                       -- public
    link       text not null,                       -- public
    to_type    text not null,                       -- public
    to_id      text not null,                       -- public
    address    text not null,                       -- personal
    lang       text not null,                       -- public
    event_at   {time} not null,                     -- public
    created_at {time} not null,                     -- public
    attempts   integer not null,                    -- public
    sent_at    {time},                              -- public
    failed_at  {time},                              -- public
    last_error text not null                        -- public
);
create index notices_created on notices (created_at desc, id desc);
create index notices_folio on notices (folio, created_at);

-- Issued documents. The content is what the document said on the day it was issued.
create table documents (
    id             text primary key,                -- public
    kind           text not null,                   -- public
    folio          text,                            -- public
    series         text not null,                   -- public
    place          integer not null,                -- public
    number         text not null,                   -- public
    occasion       text not null,                   -- public
    code           text not null unique,            -- secret
    subject_type   text not null,                   -- public
    subject_id     text not null,                   -- public
    institution_id text not null,                   -- public
    area_id        text not null,                   -- public
    center_id      text not null,                   -- public
    readers        text not null,                   -- public
    key_id         text not null,                   -- public
    content        {bytes} not null,                -- sensitive subject
    issued_at      {time} not null,                 -- public
    issued_by      text not null,                   -- public
    revoked_at     {time},                          -- public
    revoked_by     text not null,                   -- public
    revoked_reason text not null,                   -- public
    unique (series, place)
);
-- One valid document of a kind, subject and occasion; issuing again supersedes the earlier one.
create unique index documents_valid on documents (kind, subject_type, subject_id, occasion) where revoked_at is null;
create index documents_folio on documents (folio);
create index documents_subject on documents (subject_type, subject_id, issued_at);

-- +goose Down
drop table documents;
drop table notices;
drop table folio_counters;
drop table case_keys;
drop table jobs;
drop table ledger_checkpoints;
drop table ledger_hashes;
drop table ledger_leaves;
drop table ledger_entries;
