-- Owner of every table here: the chat service's agents. Fronts read.

-- Which database holds a partition; the same rows in every chat database.
create table homes (
    partition smallint primary key,
    database text not null
);

-- One row per (RESPONSE topic, partition): who may write (epoch) and the last fact number (head).
create table lines (
    topic text not null,
    partition smallint not null,
    epoch bigint not null default 0,
    head bigint not null default 0,
    primary key (topic, partition)
) with (fillfactor = 50);

-- A copy of the accounts, fed by kakao.user.account.RESPONSE and completed by the wishes' actors.
create table profiles (
    account_id uuid primary key,
    user_id text unique,
    name text,
    fact_no bigint not null default 0
);

create table rooms (
    room_id uuid primary key,
    kind text not null check (kind in ('open', 'group', 'direct')),
    name text not null,
    owner_id uuid not null,
    partition smallint not null,
    head bigint not null default 0,
    rev bigint not null default 0,
    access_version bigint not null default 1,
    member_count integer not null default 0,
    created_at timestamptz not null,
    active_at timestamptz not null,
    deleted_at timestamptz
) with (fillfactor = 50);

create index rooms_open on rooms (active_at desc, room_id) where kind = 'open' and deleted_at is null;

create table members (
    room_id uuid not null,
    account_id uuid not null,
    joined_at timestamptz not null,
    joined_seq bigint not null default 0,
    last_read_seq bigint not null default 0,
    primary key (room_id, account_id)
);

create index members_by_account on members (account_id, room_id);
create index members_in_order on members (room_id, joined_at, account_id);

-- Every accepted change of a room except messages: the chatRoom fact line, kept.
create table room_facts (
    partition smallint not null,
    fact_no bigint not null,
    room_id uuid not null,
    account_id uuid not null,
    request_id uuid not null,
    body text not null,
    primary key (partition, fact_no),
    unique (room_id, account_id, request_id)
);

create table messages (
    room_id uuid not null,
    seq bigint not null,
    account_id uuid not null,
    message_id uuid not null,
    body text,
    created_at timestamptz not null,
    fact_no bigint not null,
    partition smallint not null,
    primary key (room_id, seq),
    unique (room_id, account_id, message_id)
) partition by hash (room_id);

do $$
begin
    for part in 0..7 loop
        execute format(
            'create table messages_%s partition of messages for values with (modulus 8, remainder %s)',
            part, part);
    end loop;
end $$;

create index messages_by_fact on messages (partition, fact_no);
