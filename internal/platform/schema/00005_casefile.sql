-- +goose Up

-- casefile: one process of one person at a center. The state is computed from the
-- facts (…_at) and cached for lists. The person is a copy of what the first authority
-- wrote: what the center corrects stays in the center.
create table case_files (
    id                 text primary key,            -- public
    folio              text not null unique,        -- public
    center_id          text not null,               -- public
    person_id          text not null,               -- public
    key_id             text not null,               -- public
    voluntary          {bool} not null,             -- public
    opened_at          {time} not null,             -- public
    opened_by          text not null,               -- public
    scheduled_at       {time},                      -- public
    presented_at       {time},                      -- public
    no_show_at         {time},                      -- public
    no_shows           integer not null,            -- public
    waitlisted_at      {time},                      -- public
    admitted_at        {time},                      -- public
    suspended_at       {time},                      -- public
    resumed_at         {time},                      -- public
    completed_at       {time},                      -- public
    completed_by       text not null,               -- public
    override_reason    {bytes},                     -- sensitive
    discharged_at      {time},                      -- public
    discharged_by      text not null,               -- public
    discharge_reason   text not null,               -- sensitive subject
    discharge_note     {bytes},                     -- sensitive
    referred_out_at    {time},                      -- public
    referred_out_to    {bytes},                     -- sensitive subject
    followup_at        {time},                      -- public
    closed_at          {time},                      -- public
    report_document_id text not null,               -- public
    merged_into        text not null,               -- public
    sealed_at          {time},                      -- public
    next_at            {time},                      -- personal subject
    risk_level         text not null,               -- sensitive
    risk_review_on     text,                        -- public
    state              text not null,               -- public
    version            integer not null             -- public
);
create index case_files_center on case_files (center_id, opened_at desc, id desc);
create index case_files_state on case_files (center_id, state, opened_at desc, id desc);
create index case_files_person on case_files (person_id);

-- Search words of the person's name, as in referral_words.
create table case_words (
    case_file_id text not null references case_files (id), -- public
    word         {text_c} not null,                 -- personal
    center_id    text not null,                     -- public
    primary key (case_file_id, word)
);
create index case_words_center on case_words (center_id, word, case_file_id);

-- What each authority ordered, of one process. What was delivered before the mandate
-- joined is not its progress.
create table case_mandates (
    referral_id    text primary key,                -- public
    case_file_id   text not null references case_files (id), -- public
    institution_id text not null,                   -- public
    area_id        text not null,                   -- public
    folio          text not null,                   -- public
    case_value     text not null,                   -- personal subject
    basis          text not null,                   -- public
    voluntary      {bool} not null,                 -- public
    sessions       integer not null,                -- public
    from_on        text,                            -- public
    until_on       text,                            -- public
    done_before    integer not null,                -- public
    warned_on      text,                            -- public
    joined_at      {time} not null,                 -- public
    joined_by      text not null,                   -- public
    revoked_at     {time}                           -- public
);
create index case_mandates_case on case_mandates (case_file_id, joined_at);

create table mandate_changes (
    id              text primary key,               -- public
    referral_id     text not null references case_mandates (referral_id), -- public
    kind            text not null,                  -- public
    document_on     text not null,                  -- public
    reason          {bytes} not null,               -- sensitive subject
    sessions_before integer not null,               -- public
    sessions_after  integer not null,               -- public
    until_before    text,                           -- public
    until_after     text,                           -- public
    at              {time} not null,                -- public
    by              text not null                   -- public
);
create index mandate_changes_referral on mandate_changes (referral_id, at);

create table intakes (
    case_file_id   text primary key references case_files (id), -- public
    notice_version text not null,                   -- public
    notice_lang    text not null,                   -- sensitive subject
    notice_how     text not null,                   -- public
    notice_at      {time},                          -- public
    notice_by      text not null,                   -- public
    committed_on   text,                            -- public
    committed_at   {time},                          -- public
    committed_by   text not null                    -- public
);

-- Instruments are data; a published version never changes. Of each code one version at
-- most is a draft, which has no published_at.
create table instruments (
    id           text primary key,                  -- public
    code         text not null,                     -- public
    version      integer not null,                  -- public
    area         text not null,                     -- public
    name         text not null,                     -- public
    licence      text not null,                     -- public
    content      text not null,                     -- public
    revision     integer not null,                  -- public
    created_at   {time} not null,                   -- public
    created_by   text not null,                     -- public
    published_at {time},                            -- public
    published_by text not null,                     -- public
    retired_at   {time},                            -- public
    unique (code, version)
);
create unique index instruments_draft on instruments (code) where published_at is null;

create table assessments (
    id            text primary key,                 -- public
    case_file_id  text not null references case_files (id), -- public
    area          text not null,                    -- public
    instrument_id text not null references instruments (id), -- public
    answers       {bytes} not null,                 -- sensitive
    disclosable   {bool} not null,                  -- public
    at            {time} not null,                  -- public
    by            text not null                     -- public
);
create index assessments_case on assessments (case_file_id, at);

create table risk_levels (
    id           text primary key,                  -- public
    case_file_id text not null references case_files (id), -- public
    level        text not null,                     -- sensitive
    reason       {bytes} not null,                  -- sensitive
    review_on    text not null,                     -- public
    at           {time} not null,                   -- public
    by           text not null                      -- public
);
create index risk_levels_case on risk_levels (case_file_id, at);

-- Notes are never overwritten: each change is a further version.
create table notes (
    note_id      text not null,                     -- public
    version      integer not null,                  -- public
    case_file_id text not null references case_files (id), -- public
    area         text not null,                     -- public
    body         {bytes} not null,                  -- sensitive
    disclosable  {bool} not null,                   -- public
    at           {time} not null,                   -- public
    by           text not null,                     -- public
    primary key (note_id, version)
);
create index notes_case on notes (case_file_id, area, at);

-- A plan is a snapshot of a program version: what is published later changes no plan.
create table plans (
    case_file_id text primary key references case_files (id), -- public
    version_id   text not null,                     -- public
    program_name text not null,                     -- public
    number       integer not null,                  -- public
    required     integer not null,                  -- public
    source       text not null,                     -- public
    starts_on    text not null,                     -- public
    forecast_on  text not null,                     -- public
    admitted_at  {time} not null,                   -- public
    admitted_by  text not null                      -- public
);

create table plan_components (
    case_file_id  text not null references plans (case_file_id), -- public
    component_id  text not null,                    -- public
    sort          integer not null,                 -- public
    area          text not null,                    -- public
    name          text not null,                    -- public
    in_group      {bool} not null,                  -- public
    minutes       integer not null,                 -- public
    every_days    integer not null,                 -- public
    prescribed    integer not null,                 -- public
    done_sessions integer not null,                 -- public
    done_minutes  integer not null,                 -- public
    missed        integer not null,                 -- public
    primary key (case_file_id, component_id)
);

create table plan_sessions (
    case_file_id text not null references plans (case_file_id), -- public
    component_id text not null,                     -- public
    number       integer not null,                  -- public
    title        text not null,                     -- public
    topics       text not null,                     -- public
    primary key (case_file_id, component_id, number)
);

create table suspensions (
    id           text primary key,                  -- public
    case_file_id text not null references case_files (id), -- public
    reason       text not null,                     -- sensitive subject
    note         {bytes} not null,                  -- sensitive
    until_on     text,                              -- public
    at           {time} not null,                   -- public
    by           text not null,                     -- public
    resumed_at   {time},                            -- public
    resumed_by   text not null                      -- public
);
create index suspensions_case on suspensions (case_file_id, at);

create table transfers (
    id           text primary key,                  -- public
    case_file_id text not null references case_files (id), -- public
    from_center  text not null,                     -- public
    to_center    text not null,                     -- public
    reason       text not null,                     -- public
    at           {time} not null,                   -- public
    by           text not null                      -- public
);
create index transfers_case on transfers (case_file_id, at);

-- Who belongs to a group, from and until when. Session is the number of the group's
-- session at which he joined, and at which he left: there he takes it up again.
create table group_members (
    id           text primary key,                  -- public
    group_id     text not null,                     -- public
    case_file_id text not null references case_files (id), -- public
    joined_on    text not null,                     -- public
    joined_by    text not null,                     -- public
    at_session   integer not null,                  -- public
    left_on      text,                              -- public
    left_by      text not null                      -- public
);
create index group_members_group on group_members (group_id, joined_on);
create unique index group_members_once on group_members (group_id, case_file_id) where left_on is null;
create index group_members_case on group_members (case_file_id, joined_on);

-- Pairs that must not meet; case_a < case_b.
create table kept_apart (
    id       text primary key,                      -- public
    case_a   text not null references case_files (id), -- sensitive
    case_b   text not null references case_files (id), -- sensitive
    reason   {bytes} not null,                      -- sensitive
    at       {time} not null,                       -- public
    by       text not null,                         -- public
    ended_at {time}                                 -- public
);
create unique index kept_apart_once on kept_apart (case_a, case_b) where ended_at is null;
create index kept_apart_other on kept_apart (case_b);

-- What was corrected, by whom and why; old and new sealed with the key of the case.
create table amendments (
    id           text primary key,                  -- public
    case_file_id text not null references case_files (id), -- public
    field        text not null,                     -- public
    old_value    {bytes} not null,                  -- personal subject
    new_value    {bytes} not null,                  -- personal subject
    reason       {bytes} not null,                  -- personal subject
    at           {time} not null,                   -- public
    by           text not null                      -- public
);
create index amendments_case on amendments (case_file_id, at);

-- The accounts that see a sealed case file.
create table case_seals (
    case_file_id text not null references case_files (id), -- public
    account_id   text not null,                     -- public
    at           {time} not null,                   -- public
    by           text not null,                     -- public
    primary key (case_file_id, account_id)
);

-- +goose Down
drop table case_seals;
drop table amendments;
drop table kept_apart;
drop table group_members;
drop table transfers;
drop table suspensions;
drop table plan_sessions;
drop table plan_components;
drop table plans;
drop table notes;
drop table risk_levels;
drop table assessments;
drop table instruments;
drop table intakes;
drop table mandate_changes;
drop table case_mandates;
drop table case_words;
drop table case_files;
