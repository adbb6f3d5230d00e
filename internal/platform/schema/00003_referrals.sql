-- +goose Up

-- person: who was referred. What is unknown is empty.
create table persons (
    id                text primary key,             -- public
    given_names       text not null,                -- personal subject
    surname1          text not null,                -- personal subject
    surname2          text not null,                -- personal subject
    alias             text not null,                -- personal subject
    curp              text not null,                -- personal subject
    birth_date        text,                         -- personal subject
    estimated_age     integer not null,             -- personal subject
    sex               text not null,                -- personal subject
    gender            text not null,                -- sensitive subject
    birth_state       text not null,                -- personal subject
    marital_status    text not null,                -- personal subject
    schooling         text not null,                -- personal subject
    literacy          text not null,                -- personal subject
    occupation        text not null,                -- personal subject
    armed_occupation  text not null,                -- personal subject
    indigenous        text not null,                -- sensitive subject
    language          text not null,                -- sensitive subject
    interpreter       text not null,                -- personal subject
    disability        text not null,                -- sensitive subject
    phone             text not null,                -- personal subject
    email             text not null,                -- personal subject
    safe_message      text not null,                -- personal subject
    address           text not null,                -- personal subject
    municipality_key  text not null,                -- personal subject
    work_shift        text not null,                -- personal subject
    created_at        {time} not null               -- public
);
create index persons_curp on persons (curp) where curp <> '';

-- referral. The state is computed from the facts (…_at) and cached for lists.
create table referrals (
    id                 text primary key,            -- public
    folio              text unique,                 -- public
    channel            text not null,               -- public
    institution_id     text not null,               -- public
    area_id            text not null,               -- public
    center_id          text not null,               -- public
    person_id          text not null,               -- public
    key_id             text not null,               -- public
    created_at         {time} not null,             -- public
    created_by         text not null,               -- public
    draft              {bytes},                     -- sensitive subject
    draft_version      integer not null,            -- public
    draft_saved_at     {time},                      -- public
    legal_basis        text not null,               -- public
    authority          text not null,               -- public
    case_kind          text not null,               -- public
    case_issuer        text not null,               -- public
    case_value         text not null,               -- personal subject
    case_norm          text not null,               -- personal subject
    resolved_on        text,                        -- public
    mandate_sessions   integer not null,            -- public
    mandate_from       text,                        -- public
    mandate_until      text,                        -- public
    relation           text not null,               -- sensitive
    lives_with_victim  text not null,               -- sensitive
    minors_exposed     text not null,               -- sensitive
    weapon             text not null,               -- sensitive
    protection_order   text not null,               -- sensitive
    protection_until   text,                        -- sensitive
    narrative          {bytes},                     -- sensitive
    urgent             {bool} not null,             -- public
    submitted_at       {time},                      -- public
    submitted_by       text not null,               -- public
    resubmitted_at     {time},                      -- public
    returned_at        {time},                      -- public
    accepted_at        {time},                      -- public
    accepted_by        text not null,               -- public
    declined_at        {time},                      -- public
    declined_by        text not null,               -- public
    decline_reason     text not null,               -- public
    withdrawn_at       {time},                      -- public
    withdrawn_by       text not null,               -- public
    withdraw_reason    text not null,               -- public
    motive_note        {bytes},                     -- sensitive
    expired_at         {time},                      -- public
    routed_at          {time},                      -- public
    appointment_at     {time},                      -- public
    appointment_mode   text,                        -- public
    appointment_venue  text,                        -- public
    state              text not null,               -- public
    due_on             text,                        -- public
    case_state         text not null default '',    -- public
    sessions_done      integer not null default 0,  -- public
    sessions_of        integer not null default 0,  -- public
    next_at            {time},                      -- personal subject
    case_updated_at    {time},                      -- public
    version            integer not null             -- public
);
create index referrals_area on referrals (area_id, submitted_at desc, id desc) where submitted_at is not null;
create index referrals_area_state on referrals (area_id, state, submitted_at desc, id desc) where submitted_at is not null;
create index referrals_institution on referrals (institution_id, submitted_at desc, id desc) where submitted_at is not null;
create index referrals_institution_state on referrals (institution_id, state, submitted_at desc, id desc) where submitted_at is not null;
create index referrals_center on referrals (center_id, state, submitted_at desc, id desc) where submitted_at is not null;
create index referrals_center_all on referrals (center_id, submitted_at desc, id desc) where submitted_at is not null;
create index referrals_queue on referrals (center_id, due_on, urgent desc, id, state) where due_on is not null and submitted_at is not null;
create index referrals_due on referrals (area_id, due_on, urgent desc, id, state) where due_on is not null and submitted_at is not null;
create index referrals_drafts on referrals (area_id, draft_saved_at desc) where submitted_at is null;
create index referrals_state_due on referrals (state, due_on) where due_on is not null;
create index referrals_case on referrals (institution_id, case_norm) where submitted_at is not null;

create table referral_violence (
    referral_id text not null references referrals (id), -- public
    catalogue   text not null,                      -- public
    code        text not null,                      -- sensitive
    primary key (referral_id, catalogue, code)
);

-- Each time a center returned a referral for correction.
create table referral_returns (
    id          text primary key,                   -- public
    referral_id text not null references referrals (id), -- public
    at          {time} not null,                    -- public
    by          text not null,                      -- public
    reasons     text not null,                      -- public
    note        {bytes},                            -- sensitive
    due_on      text not null,                      -- public
    answered_at {time}                              -- public
);
create index referral_returns_referral on referral_returns (referral_id, at);

create table referral_reassignments (
    id          text primary key,                   -- public
    referral_id text not null references referrals (id), -- public
    at          {time} not null,                    -- public
    by          text not null,                      -- public
    from_center text not null,                      -- public
    to_center   text not null,                      -- public
    reason      text not null,                      -- public
    note        {bytes}                             -- sensitive
);
create index referral_reassignments_referral on referral_reassignments (referral_id, at);

create table referral_attachments (
    id              text primary key,               -- public
    referral_id     text not null references referrals (id), -- public
    class           text not null,                  -- public
    name            text not null,                  -- personal
    type            text not null,                  -- public
    size            bigint not null,                -- public
    sha256          text not null,                  -- public
    original_sha256 text not null,                  -- public
    shrunk          {bool} not null,                -- public
    blob            text not null,                  -- public
    added_at        {time} not null,                -- public
    added_by        text not null,                  -- public
    removed_at      {time}                          -- public
);
create unique index referral_attachments_once on referral_attachments (referral_id, original_sha256) where removed_at is null;

-- Words by which a referral is found, one row each: those of the person's name folded by
-- sound, and with a sign before them the parts of its case number, its folio and the CURP.
create table referral_words (
    referral_id    text not null references referrals (id), -- public
    word           {text_c} not null,               -- personal
    institution_id text not null,                   -- public
    area_id        text not null,                   -- public
    center_id      text not null,                   -- public
    primary key (referral_id, word)
);
create index referral_words_area on referral_words (area_id, word, referral_id);
create index referral_words_institution on referral_words (institution_id, word, referral_id);
create index referral_words_center on referral_words (center_id, word, referral_id);

-- +goose Down
drop table referral_words;
drop table referral_attachments;
drop table referral_reassignments;
drop table referral_returns;
drop table referral_violence;
drop table referrals;
drop table persons;
