-- Owner of every table here: the friend service's agents. front-auth reads.

-- One row per (RESPONSE topic, partition): who may write (epoch) and the last fact number (head).
create table lines (
    topic text not null,
    partition smallint not null,
    epoch bigint not null default 0,
    head bigint not null default 0,
    primary key (topic, partition)
) with (fillfactor = 50);

-- Wishes that were answered and changed nothing: none comes true when its record is handled again.
-- `key` is a digest of the wish's identity; `code` of its refusal, null when it was so already.
create table settled_wishes (
    key uuid primary key,
    code text,
    at timestamptz not null
);
create index settled_wishes_by_age on settled_wishes (at);

-- The copy of the accounts, fed by kakao.user.account.RESPONSE. An erased one is a tombstone for ever.
-- One that a wish named before its fact came has fact 0 and its handle for a name.
create table profiles (
    account_id uuid primary key,
    user_id text unique,
    name text,
    fact_no bigint not null default 0,
    erased boolean not null default false
);

-- The search of people, by prefix: of the handle, and of the name in any case. The expression stands
-- in infra/postgres/people.py as well.
create index profiles_by_handle_prefix on profiles (user_id text_pattern_ops);
create index profiles_by_name_prefix
    on profiles (lower(normalize(name, NFC)) text_pattern_ops, user_id);

-- The kakao.user.friend fact line, kept: the handles as they were at that moment.
create table friend_facts (
    partition smallint not null,
    fact_no bigint not null,
    account_id uuid not null,
    request_id uuid not null,
    kind text not null,
    user_id text not null,
    target_id uuid not null,
    target_user_id text not null,
    at timestamptz not null,
    primary key (partition, fact_no),
    unique (account_id, request_id)
);

create index friend_facts_by_target on friend_facts (target_id);

-- One-sided: the account has the friend on its own list.
create table friends (
    account_id uuid not null references profiles,
    friend_id uuid not null references profiles,
    since timestamptz not null,
    primary key (account_id, friend_id)
);

create index friends_by_friend on friends (friend_id, account_id);

create table blocked_users (
    account_id uuid not null references profiles,
    blocked_id uuid not null references profiles,
    since timestamptz not null,
    primary key (account_id, blocked_id)
);

create index blocked_users_by_blocked on blocked_users (blocked_id, account_id);

-- The move that brought what the auth database had (its table of the same name); one row, written with
-- all rows of the others. The friend service begins when it is there.
create table moves (
    move_id uuid primary key,
    done_at timestamptz not null default clock_timestamp()
);
