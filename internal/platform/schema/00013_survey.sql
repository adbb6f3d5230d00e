-- +goose Up

-- survey: what is asked, as data. The content of a published version never changes.
create table surveys (
    id         text primary key,                    -- public
    stage      text not null,                       -- public
    name       text not null unique,                -- public
    created_at {time} not null,                     -- public
    created_by text not null                        -- public
);

-- The key seals the open texts that are answered to a version.
create table survey_versions (
    id           text primary key,                  -- public
    survey_id    text not null references surveys (id), -- public
    number       integer not null,                  -- public
    content      text not null,                     -- public
    key_id       text not null,                     -- public
    revision     integer not null,                  -- public
    created_at   {time} not null,                   -- public
    created_by   text not null,                     -- public
    published_at {time},                            -- public
    published_by text not null,                     -- public
    unique (survey_id, number)
);
-- One draft at a time: two would publish over each other.
create unique index survey_versions_draft on survey_versions (survey_id) where published_at is null;

-- What was answered: how often each mark was given to each question, at a center, in a
-- month. There is no row of one answer, and nothing here names or leads to a person, a
-- case, an appointment, a link or an hour. Every row of a center, version and month is
-- written anew with each answer, so that none of them tells by itself when it changed.
create table survey_tallies (
    version_id text not null references survey_versions (id), -- public
    center_id  text not null,                       -- public
    month      text not null,                       -- public
    question   integer not null,                    -- public
    mark       integer not null,                    -- public
    n          integer not null,                    -- public
    primary key (version_id, center_id, month, question, mark)
);

-- What somebody wrote at the end of a survey, apart from what he marked. The id is drawn
-- by chance, and the rows of a month are written anew, shuffled, whenever one is added.
create table survey_texts (
    id         text primary key,                    -- public
    version_id text not null references survey_versions (id), -- public
    center_id  text not null,                       -- public
    month      text not null,                       -- public
    body       {bytes} not null                     -- sensitive
);
create index survey_texts_of on survey_texts (version_id, center_id, month);

-- Codes that may still be answered, whether printed or mailed: it is not told. A code that
-- is answered is no longer here. Only its MAC is kept. The rows of a version and center are
-- written anew, shuffled, whenever one comes or goes.
create table survey_codes (
    mac        text primary key,                    -- secret
    version_id text not null references survey_versions (id), -- public
    center_id  text not null,                       -- public
    until      text not null                        -- public
);
create index survey_codes_of on survey_codes (version_id, center_id);

-- Tablets on which one person after another answers. Only the MAC of the address is kept.
create table survey_kiosks (
    id         text primary key,                    -- public
    survey_id  text not null references surveys (id), -- public
    center_id  text not null,                       -- public
    mac        text not null unique,                -- secret
    opened_at  {time} not null,                     -- public
    opened_by  text not null,                       -- public
    closes_at  {time} not null,                     -- public
    closed_at  {time}                               -- public
);
create index survey_kiosks_center on survey_kiosks (center_id, closes_at);

-- Who was asked by e-mail, once for each survey; not whether he answered. The link that
-- he gets is drawn when the mail goes out and is not here.
create table survey_asks (
    id        text primary key,                     -- public
    case_id   text not null references case_files (id), -- personal subject
    survey_id text not null references surveys (id), -- public
    asked_at  {time} not null,                      -- personal subject
    asked_by  text not null,                        -- public
    unique (case_id, survey_id)
);

-- +goose Down
drop table survey_asks;
drop table survey_kiosks;
drop table survey_codes;
drop table survey_texts;
drop table survey_tallies;
drop table survey_versions;
drop table surveys;
