-- +goose Up

-- report: what is counted, one row for each countable fact of a referral or a case file.
-- Everything here is derived from the other tables and can be thrown away and made again;
-- what is unknown is empty. The origin tells the facts of one subject and figure apart.
create table report_facts (
    subject_type     text not null,                 -- public
    subject_id       text not null,                 -- personal
    figure           text not null,                 -- public
    origin           text not null,                 -- personal
    day              text not null,                 -- personal
    month            text not null,                 -- public
    center_id        text not null,                 -- public
    service          text not null,                 -- public
    institution_id   text not null,                 -- public
    municipality_key text not null,                 -- personal
    basis            text not null,                 -- public
    voluntary        text not null,                 -- public
    sex              text not null,                 -- personal
    age_band         text not null,                 -- personal
    violence         text not null,                 -- personal
    modality         text not null,                 -- personal
    amount           bigint not null,               -- public
    primary key (subject_type, subject_id, figure, origin)
);
create index report_facts_month on report_facts (figure, month, center_id);

-- report: the sums of the facts by month and by all that they are told apart by, kept in
-- the transaction that keeps the facts.
create table report_sums (
    figure           text not null,                 -- public
    month            text not null,                 -- public
    center_id        text not null,                 -- public
    service          text not null,                 -- public
    institution_id   text not null,                 -- public
    municipality_key text not null,                 -- personal
    basis            text not null,                 -- public
    voluntary        text not null,                 -- public
    sex              text not null,                 -- personal
    age_band         text not null,                 -- personal
    violence         text not null,                 -- personal
    modality         text not null,                 -- personal
    amount           bigint not null,               -- public
    primary key (figure, month, center_id, service, institution_id, municipality_key, basis, voluntary, sex, age_band, violence, modality)
);
create index report_sums_months on report_sums (month, figure, center_id, amount);

-- +goose Down
drop table report_sums;
drop table report_facts;
