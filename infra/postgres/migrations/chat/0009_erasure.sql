-- Erased accounts: the profile of one is a tombstone, for ever.
alter table profiles add column erased boolean not null default false;

-- Finds the facts that show a person, to take the handle and the name out.
create index room_facts_by_person on room_facts using gin ((body::jsonb) jsonb_path_ops);

-- As before, and what an erased account had still asked for is refused, a repeat too: its answer would
-- name the account once more.
create or replace function store_messages(parts int[], epochs bigint[], wishes jsonb)
returns table (
    wish int,
    outcome text,
    message_seq bigint,
    message_fact bigint,
    stored_at timestamptz,
    handle text,
    shown_name text,
    access bigint,
    room_kind text
)
language plpgsql volatile
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    moment timestamptz;
begin
    perform check_epochs('kakao.chat.chatMessage.RESPONSE', parts, epochs);
    perform 1 from rooms where room_id = any (array(
        select w."roomId" from jsonb_populate_recordset(null::message_wish, wishes) as w
    )) order by room_id for no key update;
    moment := date_trunc('milliseconds', clock_timestamp());

    return query
    with judged as materialized (
        select w.*, room.kind, room.access_version, room.head as room_head, line.head as line_head,
            old.seq as old_seq, old.fact_no as old_fact, old.created_at as old_at,
            old.body as old_body, profile.user_id, profile.name,
            case
                when profile.erased then 'NOT_AUTHENTICATED'
                when old.seq is not null then 'old'
                when room.head is null or room.deleted_at is not null then 'ROOM_NOT_FOUND'
                when member.present is null then 'NOT_A_MEMBER'
                else 'new'
            end as verdict
        from jsonb_populate_recordset(null::message_wish, wishes) as w
        left join lateral (select kind, access_version, head, deleted_at from rooms
            where rooms.room_id = w."roomId" offset 0) as room on true
        left join lateral (select head from lines
            where lines.topic = 'kakao.chat.chatMessage.RESPONSE' and lines.partition = w.p
            offset 0) as line on true
        left join lateral (select true as present from members
            where members.room_id = w."roomId" and members.account_id = w."accountId"
            offset 0) as member on true
        left join lateral (select seq, fact_no, created_at, body from messages
            where messages.room_id = w."roomId" and messages.account_id = w."accountId"
                and messages.message_id = w."messageId" offset 0) as old on true
        left join lateral (select user_id, name, erased from profiles
            where profiles.account_id = w."accountId" offset 0) as profile on true
    ),
    copies as (
        select judged.*, row_number() over copy as copy, first_value(message) over copy as kept
        from judged
        window copy as (partition by "roomId", "accountId", "messageId" order by n)
    ),
    counted as (
        select copies.*,
            room_head + count(*) filter (where verdict = 'new' and copy = 1)
                over (partition by "roomId" order by n) as count_seq,
            line_head + count(*) filter (where verdict = 'new' and copy = 1)
                over (partition by p order by n) as count_fact
        from copies
    ),
    numbered as materialized (
        select counted.*, first_value(count_seq) over copy as seq,
            first_value(count_fact) over copy as fact_no
        from counted
        window copy as (partition by "roomId", "accountId", "messageId" order by n)
    ),
    line as (
        update lines set head = c.head
        from (select p, max(fact_no) as head from numbered where verdict = 'new' group by p) as c
        where lines.topic = 'kakao.chat.chatMessage.RESPONSE' and lines.partition = c.p
    ),
    room as (
        update rooms set head = c.head, rev = c.rev, active_at = moment
        from (select "roomId", max(seq) as head, max(fact_no) as rev
            from numbered where verdict = 'new' group by "roomId") as c
        where rooms.room_id = c."roomId"
    ),
    stored as (
        insert into messages (room_id, seq, account_id, message_id, body, created_at, fact_no,
            partition)
        select "roomId", seq, "accountId", "messageId", message, moment, fact_no, p
        from numbered where verdict = 'new' and copy = 1
    )
    select n,
        case verdict
            when 'old' then
                case when old_body = message then 'repeat' else 'MESSAGE_ID_REUSED' end
            when 'new' then
                case when kept = message then 'stored' else 'MESSAGE_ID_REUSED' end
            else verdict
        end,
        case verdict when 'old' then old_seq when 'new' then seq end,
        case verdict when 'old' then old_fact when 'new' then fact_no end,
        coalesce(old_at, moment),
        user_id,
        name,
        access_version,
        kind
    from numbered
    order by 4 nulls last, 1;
end $$;
