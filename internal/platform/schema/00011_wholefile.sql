-- +goose Up

-- paper: a copy of a whole case file that somebody asked for, and how far it is. What was
-- written as the reason is sealed with the key of the case. Of each variant one at most is
-- being made.
create table case_copies (
    id          text primary key,                   -- public
    case_id     text not null references case_files (id), -- personal
    center_id   text not null,                      -- public
    variant     text not null,                      -- public
    reason      {bytes} not null,                   -- sensitive
    asked_at    {time} not null,                    -- public
    asked_by    text not null,                      -- public
    step        integer not null,                   -- public
    steps       integer not null,                   -- public
    moved_at    {time} not null,                    -- public
    failed_at   {time},                             -- public
    made_at     {time},                             -- public
    document_id text not null                       -- public
);
create index case_copies_case on case_copies (case_id, asked_at, id);
create unique index case_copies_once on case_copies (case_id, variant) where failed_at is null and made_at is null;

-- +goose Down
drop table case_copies;
