-- +goose Up

-- catalogue: lists and rules, by effective date.
create table catalogue_entries (
    id         text primary key,                    -- public
    catalogue  text not null,                       -- public
    code       text not null,                       -- public
    label_es   text not null,                       -- public
    label_en   text not null,                       -- public
    source     text not null,                       -- public
    attributes text not null,                       -- public
    sort       integer not null,                    -- public
    valid_from text not null,                       -- public
    valid_to   text,                                -- public
    unique (catalogue, code, valid_from)
);

create table rules (
    code       text not null,                       -- public
    value      integer not null,                    -- public
    unit       text not null,                       -- public
    source     text not null,                       -- public
    valid_from text not null,                       -- public
    primary key (code, valid_from)
);

create table municipalities (
    key                  text primary key,          -- public
    state_key            text not null,             -- public
    name                 text not null,             -- public
    alert_femicide       {bool} not null,           -- public
    alert_disappearance  {bool} not null            -- public
);

-- identity: posts, the accounts of their holders, sessions.
create table posts (
    id             text primary key,                -- public
    role           text not null,                   -- public
    title          text not null,                   -- public
    place          text not null,                   -- public
    institution_id text not null,                   -- public
    area_id        text not null,                   -- public
    center_id      text not null,                   -- public
    created_at     {time} not null,                 -- public
    closed_at      {time}                           -- public
);
create index posts_area on posts (area_id);
create index posts_center on posts (center_id);

create table accounts (
    id              text primary key,               -- public
    post_id         text not null references posts (id), -- public
    name            text not null,                  -- personal subject
    email           text not null unique,           -- personal subject
    password_hash   text not null,                  -- secret
    password_set_at {time},                         -- public
    lang            text not null,                  -- public
    created_at      {time} not null,                -- public
    created_by      text not null,                  -- public
    suspended_at    {time},                         -- public
    suspended_by    text not null,                  -- public
    ended_at        {time},                         -- public
    last_sign_in_at {time}                          -- personal subject
);
create index accounts_post on accounts (post_id);

create table sessions (
    id         text primary key,                    -- public
    token_hash text not null unique,                -- secret
    account_id text not null references accounts (id), -- public
    created_at {time} not null,                     -- public
    seen_at    {time} not null,                     -- personal
    idle_ends  {time} not null,                     -- public
    ends_at    {time} not null,                     -- public
    agent      text not null,                       -- personal
    delegation_id text not null default ''          -- public
);
create index sessions_account on sessions (account_id);
create index sessions_ends on sessions (idle_ends);

-- The holder of a post lets a colleague act in it for some days. Days are local dates.
create table delegations (
    id            text primary key,                 -- public
    account_id    text not null references accounts (id), -- public
    to_account_id text not null references accounts (id), -- public
    from_on       text not null,                    -- public
    until_on      text not null,                    -- public
    created_at    {time} not null,                  -- public
    ended_at      {time}                            -- public
);
create index delegations_account on delegations (account_id);
create index delegations_to on delegations (to_account_id);

-- The key is a keyed hash of the address that was tried, whether it exists or not.
create table sign_in_failures (
    key          text primary key,                  -- secret
    failures     integer not null,                  -- public
    first_at     {time} not null,                   -- public
    locked_until {time}                             -- public
);

-- A link is its id and a MAC of it, made when the mail goes out: nothing that opens
-- an account is stored.
create table one_time_links (
    id         text primary key,                    -- public
    account_id text not null references accounts (id), -- public
    created_at {time} not null,                     -- public
    expires_at {time} not null,                     -- public
    used_at    {time}                               -- public
);

-- institution
create table institutions (
    id               text primary key,              -- public
    kind             text not null,                 -- public
    name             text not null,                 -- public
    municipality_key text not null,                 -- public
    mailbox          text not null,                 -- public
    created_at       {time} not null,               -- public
    closed_at        {time}                         -- public
);
create unique index institutions_name on institutions (name);

create table areas (
    id             text primary key,                -- public
    institution_id text not null references institutions (id), -- public
    name           text not null,                   -- public
    district       text not null,                   -- public
    mailbox        text not null,                   -- public
    created_at     {time} not null,                 -- public
    closed_at      {time},                          -- public
    unique (institution_id, name)
);

-- Days on which an institution or a center does not work, beside the national ones.
-- The owner "national" holds days decreed for all, such as election days.
create table closed_days (
    owner text not null,                            -- public
    day   text not null,                            -- public
    name  text not null,                            -- public
    primary key (owner, day)
);

-- center
create table centers (
    id               text primary key,              -- public
    name             text not null unique,          -- public
    municipality_key text not null,                 -- public
    address          text not null,                 -- public
    phone            text not null,                 -- public
    mailbox          text not null,                 -- public
    capacity         integer not null,              -- public
    created_at       {time} not null,               -- public
    closed_at        {time}                         -- public
);

create table venues (
    id         text primary key,                    -- public
    center_id  text not null references centers (id), -- public
    name       text not null,                       -- public
    address    text not null,                       -- public
    created_at {time} not null,                     -- public
    closed_at  {time},                              -- public
    unique (center_id, name)
);

-- Which centers serve a municipality; rank 1 is suggested first.
create table center_coverage (
    center_id        text not null references centers (id), -- public
    municipality_key text not null,                 -- public
    rank             integer not null,              -- public
    primary key (municipality_key, rank, center_id)
);

-- +goose Down
drop table center_coverage;
drop table venues;
drop table centers;
drop table closed_days;
drop table areas;
drop table institutions;
drop table one_time_links;
drop table sign_in_failures;
drop table sessions;
drop table accounts;
drop table posts;
drop table municipalities;
drop table rules;
drop table catalogue_entries;
