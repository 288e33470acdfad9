-- Owner of the tables: the user service (agents user.accounts and user.erasure, and its saga driver).
-- front-auth reads.

alter table accounts add column erased_at timestamptz;

-- One erasure of an account, from its tombstone on. Nothing here names the account but its id.
create table sagas (
    saga_id uuid primary key,
    account_id uuid not null unique,
    started_at timestamptz not null,
    ended_at timestamptz
);

create index sagas_by_start on sagas (started_at desc, saga_id desc);

-- `upto`: the end offsets that the step's readers must have passed. `erased`: counts by kind.
create table saga_steps (
    saga_id uuid not null references sagas on delete cascade,
    step text not null,
    place smallint not null,
    attempts int not null default 0,
    reported int not null default 0,
    next_at timestamptz not null,
    started_at timestamptz,
    done_at timestamptz,
    problem text not null default '',
    upto jsonb,
    erased jsonb not null default '{}',
    primary key (saga_id, step)
);

create index saga_steps_due on saga_steps (next_at) where done_at is null;

-- The first step: the account becomes a tombstone, its handle a keyed hash that is never given
-- again, and everything that was its own goes; its logins end. One fact.
--
-- A repeat, of this wish or another, answers the saga that there is.
create function erase_account(
    part int, claimed bigint, account uuid, saga uuid, old_handle text, handle_key text, steps text[]
)
returns table (outcome text, saga_of uuid, fact bigint, stored_at timestamptz)
language plpgsql volatile as $$
declare
    line_topic constant text := 'kakao.user.account.RESPONSE';
    moment timestamptz;
    handle text;
    number bigint;
begin
    perform check_epochs(line_topic, array[part], array[claimed]);
    select a.user_id into handle from accounts a where a.account_id = account for update;

    return query
    select 'erased', s.saga_id, f.fact_no, f.at from sagas s
    join account_facts f on f.account_id = s.account_id and f.kind = 'accountErased'
    where s.account_id = account;
    if found then
        return;
    end if;
    if handle is distinct from old_handle then
        return query select 'NOT_AUTHENTICATED', null::uuid, null::bigint, null::timestamptz;
        return;
    end if;

    moment := date_trunc('milliseconds', clock_timestamp());
    update lines set head = head + 1 where topic = line_topic and partition = part
        returning head into number;

    delete from friends where account_id = account or friend_id = account;
    delete from blocked_users where account_id = account or blocked_id = account;
    update friend_facts set user_id = '' where account_id = account;
    update friend_facts set target_user_id = '' where target_id = account;
    update account_facts set user_id = '', name = '' where account_id = account;
    delete from refresh_tokens where sid in (select s.sid from sessions s where s.account_id = account);
    update sessions set revoked_at = coalesce(revoked_at, moment) where account_id = account;
    update handles set user_id = handle_key where user_id = handle;
    update accounts set user_id = handle_key, name = '', password_hash = '', role = 'user',
        erased_at = moment where account_id = account;

    insert into account_facts (partition, fact_no, account_id, request_id, kind, user_id, name, at)
        values (part, number, account, saga, 'accountErased', '', '', moment);
    insert into sagas (saga_id, account_id, started_at) values (saga, account, moment);
    insert into saga_steps (saga_id, step, place, next_at, started_at, attempts, done_at)
        select saga, step, place, moment, case when place = 1 then moment end,
            case when place = 1 then 1 else 0 end, case when place = 1 then moment end
        from unnest(steps) with ordinality as t (step, place);
    return query select 'erased', saga, number, moment;
end $$;

-- As before, and a handle whose keyed hash is there was an erased account's: it is taken.
alter type account_wish add attribute "handleKey" text;

create or replace function create_accounts(parts int[], epochs bigint[], wishes jsonb)
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
        and not exists (select 1 from handles where handles.user_id = w."handleKey")
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
