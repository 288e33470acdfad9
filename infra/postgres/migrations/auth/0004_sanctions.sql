-- Owner of both tables: the user service's agent user.sanctions. Fronts of the pool front-auth read.

-- A mute of an account, in one room or (null) everywhere; it ends at `until`, or when it was lifted.
create table sanctions (
    sanction_id uuid primary key,
    account_id uuid not null,
    room_id uuid,
    kind text not null default 'mute' check (kind in ('mute')),
    reason text not null,
    detail text not null,
    since timestamptz not null,
    until timestamptz not null,
    lifted_at timestamptz,
    lifted_by uuid
);

create index sanctions_latest on sanctions (since desc, sanction_id desc);
create index sanctions_by_account on sanctions (account_id, since desc, sanction_id desc);

-- The kakao.user.sanction fact line, kept; with the sanction it is the whole record.
create table sanction_facts (
    partition smallint not null,
    fact_no bigint not null,
    account_id uuid not null,
    request_id uuid not null,
    sanction_id uuid not null references sanctions,
    is_lift boolean not null,
    at timestamptz not null,
    primary key (partition, fact_no),
    unique (account_id, request_id),
    unique (sanction_id, is_lift)
);
