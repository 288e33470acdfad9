-- Owner of every table here: the user service's account agent. The front's session code reads
-- accounts and owns the tables of the next migration.

-- One row per (RESPONSE topic, partition): who may write (epoch) and the last fact number (head).
create table lines (
    topic text not null,
    partition smallint not null,
    epoch bigint not null default 0,
    head bigint not null default 0,
    primary key (topic, partition)
) with (fillfactor = 50);

create function check_epochs(line_topic text, parts int[], epochs bigint[]) returns void
language plpgsql volatile as $$
begin
    perform 1 from lines where topic = line_topic and partition = any (parts)
        order by partition for no key update;
    if (select count(*)
        from unnest(parts, epochs) as mine (part, epoch)
        join lines on lines.topic = line_topic and lines.partition = mine.part
            and lines.epoch = mine.epoch) <> cardinality(parts)
    then
        raise exception 'a newer worker owns one of the partitions %', parts using errcode = 'CS001';
    end if;
end $$;

create function claim_lines(line_topic text, parts int[])
returns table (part int, claimed bigint)
language sql volatile as $$
    insert into lines (topic, partition, epoch)
    select line_topic, p, 1 from unnest(parts) as p order by p
    on conflict (topic, partition) do update set epoch = lines.epoch + 1
    returning partition::int, epoch;
$$;

-- Every handle ever given. A row is never deleted: a handle is never given again.
create table handles (
    user_id text primary key,
    account_id uuid not null
);

create table accounts (
    account_id uuid primary key,
    user_id text not null unique,
    name text not null,
    password_hash text not null,
    role text not null default 'user' check (role in ('user', 'operator')),
    created_at timestamptz not null
);

-- The kakao.user.account fact line, kept: user_id and name as they were at that moment.
create table account_facts (
    partition smallint not null,
    fact_no bigint not null,
    account_id uuid not null,
    request_id uuid not null,
    kind text not null,
    user_id text not null,
    name text not null,
    at timestamptz not null,
    primary key (partition, fact_no),
    unique (account_id, request_id)
);

create type account_wish as (
    n int,
    p int,
    "requestId" uuid,
    "accountId" uuid,
    "userId" text,
    name text,
    "passwordHash" text
);

-- One call a batch, three statements with a snapshot each: lock the lines, claim the handles (which
-- waits for another worker that is claiming one of them), then judge with a snapshot that sees who
-- got each handle. A repeat (same account and request) answers its stored fact.
create function create_accounts(parts int[], epochs bigint[], wishes jsonb)
returns table (wish int, outcome text, fact bigint, stored_at timestamptz)
language plpgsql volatile
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    line_topic constant text := 'kakao.user.account.RESPONSE';
    moment timestamptz;
begin
    perform check_epochs(line_topic, parts, epochs);

    insert into handles (user_id, account_id)
    select distinct on ("userId") "userId", "accountId"
    from (
        select distinct on ("accountId") *
        from jsonb_populate_recordset(null::account_wish, wishes)
        order by "accountId", n
    ) as w
    where not exists (select 1 from accounts where accounts.account_id = w."accountId")
    order by "userId", n
    on conflict (user_id) do nothing;

    moment := date_trunc('milliseconds', clock_timestamp());

    return query
    with w as materialized (
        select * from jsonb_populate_recordset(null::account_wish, wishes)
    ),
    judged as materialized (
        select w.*, f.fact_no as old_fact, f.at as old_at,
            case
                when f.fact_no is not null and f.user_id = w."userId" then 'old'
                when a.account_id is null and h.account_id = w."accountId" then 'new'
                else 'USER_EXISTS'
            end as verdict
        from w
        left join account_facts f on f.account_id = w."accountId" and f.request_id = w."requestId"
        left join accounts a on a.account_id = w."accountId"
        left join handles h on h.user_id = w."userId"
    ),
    fresh as materialized (
        select distinct on ("accountId") * from judged where verdict = 'new' order by "accountId", n
    ),
    numbered as materialized (
        select fresh.*, row_number() over (partition by p order by n) as in_line from fresh
    ),
    line as materialized (
        update lines set head = lines.head + c.count
        from (select p, count(*) as count from numbered group by p) c
        where lines.topic = line_topic and lines.partition = c.p
        returning lines.partition, lines.head - c.count as base
    ),
    stored as (
        insert into accounts (account_id, user_id, name, password_hash, created_at)
        select "accountId", "userId", name, "passwordHash", moment from numbered
    ),
    facts as (
        insert into account_facts (partition, fact_no, account_id, request_id, kind, user_id, name,
            at)
        select p, line.base + in_line, "accountId", "requestId", 'accountCreated', "userId", name,
            moment
        from numbered join line on line.partition = numbered.p
        returning account_id, request_id, fact_no
    )
    select judged.n,
        case
            when judged.verdict = 'old' or facts.fact_no is not null then 'created'
            else 'USER_EXISTS'
        end,
        coalesce(judged.old_fact, facts.fact_no),
        coalesce(judged.old_at, moment)
    from judged
    left join facts on facts.account_id = judged."accountId"
        and facts.request_id = judged."requestId"
    order by 3 nulls last, 1;
end $$;
