-- One call a batch, three statements with a snapshot each: lock the lines, claim the handles (which
-- waits for another worker that is claiming one of them), then judge with a snapshot that sees who
-- got each handle. A repeat (same account and request) answers its stored fact. A handle whose keyed
-- hash is there was an erased account's: it is taken.
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
