-- +goose Up

-- program: what is given, as data. The content of a published version never changes.
create table programs (
    id         text primary key,                    -- public
    code       text unique,                         -- public
    name       text not null unique,                -- public
    summary    text not null,                       -- public
    revision   integer not null,                    -- public
    created_at {time} not null,                     -- public
    created_by text not null,                       -- public
    closed_at  {time}                               -- public
);

create table program_versions (
    id           text primary key,                  -- public
    program_id   text not null references programs (id), -- public
    number       integer not null,                  -- public
    required     integer not null,                  -- public
    group_min    integer not null,                  -- public
    group_max    integer not null,                  -- public
    rules        text not null,                     -- public
    source       text not null,                     -- public
    copied_from  text not null,                     -- public
    revision     integer not null,                  -- public
    created_at   {time} not null,                   -- public
    created_by   text not null,                     -- public
    published_at {time},                            -- public
    published_by text not null,                     -- public
    retired_at   {time},                            -- public
    unique (program_id, number)
);
-- One draft at a time: two would publish over each other.
create unique index program_versions_draft on program_versions (program_id) where published_at is null;

create table program_components (
    id         text primary key,                    -- public
    version_id text not null references program_versions (id), -- public
    position   integer not null,                    -- public
    area       text not null,                       -- public
    name       text not null,                       -- public
    minutes    integer not null,                    -- public
    every_days integer not null                     -- public
);
create index program_components_version on program_components (version_id, position);

create table program_sessions (
    id           text primary key,                  -- public
    component_id text not null references program_components (id), -- public
    number       integer not null,                  -- public
    title        text not null                      -- public
);
create index program_sessions_component on program_sessions (component_id, number);

create table program_topics (
    id         text primary key,                    -- public
    version_id text not null references program_versions (id), -- public
    position   integer not null,                    -- public
    title      text not null                        -- public
);
create index program_topics_version on program_topics (version_id, position);

create table program_session_topics (
    session_id text not null references program_sessions (id), -- public
    topic_id   text not null references program_topics (id), -- public
    primary key (session_id, topic_id)
);
create index program_session_topics_topic on program_session_topics (topic_id);

-- Groups of a center. Weekday and hour are local; the weekday is that of the first day.
create table program_groups (
    id           text primary key,                  -- public
    center_id    text not null references centers (id), -- public
    version_id   text not null references program_versions (id), -- public
    component_id text not null references program_components (id), -- public
    name         text not null,                     -- public
    open_entry   {bool} not null,                   -- public
    capacity     integer not null,                  -- public
    venue_id     text not null references venues (id), -- public
    room_id      text not null,                     -- public
    first_on     text not null,                     -- public
    starts_at    text not null,                     -- public
    minutes      integer not null,                  -- public
    mode         text not null,                     -- public
    revision     integer not null,                  -- public
    opened_at    {time} not null,                   -- public
    opened_by    text not null,                     -- public
    confirmed_at {time},                            -- public
    confirmed_by text not null,                     -- public
    closed_at    {time},                            -- public
    closed_by    text not null,                     -- public
    close_reason text not null,                     -- public
    unique (center_id, name)
);
create index program_groups_version on program_groups (version_id);

-- Who leads a group, and from when until when; until is empty while nobody follows.
create table group_staff (
    id         text primary key,                    -- public
    group_id   text not null references program_groups (id), -- public
    account_id text not null,                       -- public
    role       text not null,                       -- public
    from_on    text not null,                       -- public
    until_on   text                                 -- public
);
create index group_staff_group on group_staff (group_id, from_on);

-- +goose Down
drop table group_staff;
drop table program_groups;
drop table program_session_topics;
drop table program_topics;
drop table program_sessions;
drop table program_components;
drop table program_versions;
drop table programs;
