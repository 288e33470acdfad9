-- Owner of every table here: the reporting service. Whoever reports reads the views.
--
-- The rows are those of the captured tables, each with the database it is of (`source`) and its
-- version there (`commit_lsn`, `lsn`). A row that is gone there stays as a mark (`gone_at`), so that
-- nothing late brings it back, until nothing late can come.

create table accounts (
    account_id uuid primary key,
    created_at timestamptz,
    erased_at timestamptz,
    source text not null,
    commit_lsn bigint not null,
    lsn bigint not null,
    gone_at timestamptz
);

create table rooms (
    room_id uuid primary key,
    kind text,
    created_at timestamptz,
    deleted_at timestamptz,
    member_count integer,
    source text not null,
    commit_lsn bigint not null,
    lsn bigint not null,
    gone_at timestamptz
);

create table members (
    room_id uuid not null,
    account_id uuid not null,
    joined_at timestamptz,
    source text not null,
    commit_lsn bigint not null,
    lsn bigint not null,
    gone_at timestamptz,
    primary key (room_id, account_id)
);

create index members_by_account on members (account_id);

-- `account_id` is null where the account is erased.
create table messages (
    room_id uuid not null,
    seq bigint not null,
    account_id uuid,
    created_at timestamptz,
    deleted_at timestamptz,
    source text not null,
    commit_lsn bigint not null,
    lsn bigint not null,
    gone_at timestamptz,
    primary key (room_id, seq)
);

create index messages_by_account on messages (account_id);

-- Erased accounts. The digest of an id gives the id to nobody who does not have it, and tells of
-- whatever comes late that it is to be forgotten.
create table erased (
    digest bytea primary key,
    created_at timestamptz,
    erased_at timestamptz not null
);

-- Where a source's log stood at its newest snapshot, and up to which one the rows that it no longer
-- had were removed.
create table snapshots (
    source text primary key,
    lsn bigint not null,
    swept_lsn bigint not null default 0
);

create view signups_by_day as
select (created_at at time zone 'UTC')::date as day, count(*) as signups,
    count(*) filter (where is_erased) as erased_since
from (
    select created_at, false as is_erased from accounts where gone_at is null
    union all
    select created_at, true from erased where created_at is not null
) as every
group by 1;

create view rooms_by_size as
select room_id, kind, (created_at at time zone 'UTC')::date as created, member_count as members
from rooms where gone_at is null and deleted_at is null;

create view messages_by_room_and_day as
select room_id, (created_at at time zone 'UTC')::date as day, count(*) as messages,
    count(deleted_at) as taken_back, count(distinct account_id) as writers
from messages where gone_at is null
group by 1, 2;
