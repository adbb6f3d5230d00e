-- +goose Up

-- document: the last number of each series, without gaps.
create table document_numbers (
    series text primary key,                        -- public
    last   integer not null                         -- public
);

-- Wording of a kind of document. What is published never changes; a draft has no
-- published_at. Paragraphs are parted by an empty line.
create table document_templates (
    id           text primary key,                  -- public
    kind         text not null,                     -- public
    version      integer not null,                  -- public
    title        text not null,                     -- public
    body         text not null,                     -- public
    valid_from   text,                              -- public
    revision     integer not null,                  -- public
    created_at   {time} not null,                   -- public
    created_by   text not null,                     -- public
    published_at {time},                            -- public
    published_by text not null,                     -- public
    unique (kind, version)
);
create unique index document_templates_draft on document_templates (kind) where published_at is null;

-- +goose Down
drop table document_templates;
drop table document_numbers;
