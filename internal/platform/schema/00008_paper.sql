-- +goose Up

-- paper: what is being written of a document before it is signed, one row for each document
-- that a process may need. What was typed is sealed with the key of the case. Document is
-- the last one that was issued from it.
create table paper_drafts (
    id          text primary key,                   -- public
    case_id     text not null references case_files (id), -- personal
    kind        text not null,                      -- public
    referral_id text not null,                      -- public
    occasion    text not null,                      -- public
    reason      {bytes},                            -- sensitive subject
    note        {bytes},                            -- sensitive
    revision    integer not null,                   -- public
    saved_at    {time} not null,                    -- public
    saved_by    text not null,                      -- public
    sent_at     {time},                             -- public
    returned_at {time},                             -- public
    document_id text not null,                      -- public
    unique (case_id, kind, referral_id, occasion)
);
create index paper_drafts_open on paper_drafts (saved_at, id) where document_id = '';

-- +goose Down
drop table paper_drafts;
