-- Owner of every table here: the user service's agent user.friends. front-auth reads.

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

-- One-sided: the account has the friend on its own list.
create table friends (
    account_id uuid not null references accounts,
    friend_id uuid not null references accounts,
    since timestamptz not null,
    primary key (account_id, friend_id)
);

create index friends_by_friend on friends (friend_id, account_id);

create table blocked_users (
    account_id uuid not null references accounts,
    blocked_id uuid not null references accounts,
    since timestamptz not null,
    primary key (account_id, blocked_id)
);

create index blocked_users_by_blocked on blocked_users (blocked_id, account_id);

-- The search of people, by prefix: of the handle, and of the name in any case. The expression stands
-- in infra/postgres/people.py as well.
create index accounts_by_handle_prefix on accounts (user_id text_pattern_ops);
create index accounts_by_name_prefix
    on accounts (lower(normalize(name, NFC)) text_pattern_ops, user_id);
