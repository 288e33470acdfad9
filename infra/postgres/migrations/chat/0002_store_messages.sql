-- The write path of messages: one call a batch, two statements with a snapshot each.
--
-- Merged into one statement, two workers with the same records would break the dense numbers: the
-- second one's snapshot would be older than the lock it waited for.
--
-- Planner settings: the plan is made once, when the tables may still be empty; a sequential scan
-- chosen then would stay and cost more with every message. Hash joins are left: they serve the
-- joins among the rows of the batch.

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

create type message_wish as (
    n int,
    p int,
    "roomId" uuid,
    "accountId" uuid,
    "messageId" uuid,
    message text
);

create function store_messages(parts int[], epochs bigint[], wishes jsonb)
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
set enable_mergejoin = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    moment timestamptz;
begin
    perform check_epochs('kakao.chat.chatMessage.RESPONSE', parts, epochs);
    perform 1 from rooms where room_id in (
        select w."roomId" from jsonb_populate_recordset(null::message_wish, wishes) as w
    ) order by room_id for no key update;
    moment := date_trunc('milliseconds', clock_timestamp());

    return query
    with w as materialized (
        select * from jsonb_populate_recordset(null::message_wish, wishes)
    ),
    judged as materialized (
        select w.*, r.kind, r.access_version, old.seq as old_seq, old.fact_no as old_fact,
            old.created_at as old_at, old.body as old_body,
            case
                when old.seq is not null then 'old'
                when r.room_id is null or r.deleted_at is not null then 'ROOM_NOT_FOUND'
                when m.account_id is null then 'NOT_A_MEMBER'
                else 'new'
            end as verdict
        from w
        left join rooms r on r.room_id = w."roomId"
        left join members m on m.room_id = w."roomId" and m.account_id = w."accountId"
        left join messages old on old.room_id = w."roomId" and old.account_id = w."accountId"
            and old.message_id = w."messageId"
    ),
    fresh as materialized (
        select distinct on ("roomId", "accountId", "messageId") *
        from judged where verdict = 'new'
        order by "roomId", "accountId", "messageId", n
    ),
    numbered as materialized (
        select fresh.*,
            row_number() over (partition by "roomId" order by n) as in_room,
            row_number() over (partition by p order by n) as in_line
        from fresh
    ),
    line as materialized (
        update lines set head = lines.head + c.count
        from (select p, count(*) as count from numbered group by p) c
        where lines.topic = 'kakao.chat.chatMessage.RESPONSE' and lines.partition = c.p
        returning lines.partition, lines.head - c.count as base
    ),
    room as materialized (
        update rooms set head = rooms.head + c.count, active_at = moment,
            rev = line.base + c.last
        from (select "roomId", p, count(*) as count, max(in_line) as last
            from numbered group by "roomId", p) c
        join line on line.partition = c.p
        where rooms.room_id = c."roomId"
        returning rooms.room_id, rooms.head - c.count as base
    ),
    stored as (
        insert into messages (room_id, seq, account_id, message_id, body, created_at, fact_no,
            partition)
        select "roomId", room.base + in_room, "accountId", "messageId", message, moment,
            line.base + in_line, p
        from numbered
        join room on room.room_id = numbered."roomId"
        join line on line.partition = numbered.p
        returning room_id, account_id, message_id, seq, fact_no, body
    )
    select judged.n,
        case
            when judged.verdict = 'old' then
                case when judged.old_body = judged.message then 'repeat' else 'MESSAGE_ID_REUSED' end
            when judged.verdict <> 'new' then judged.verdict
            when stored.body = judged.message then 'stored'
            else 'MESSAGE_ID_REUSED'
        end,
        coalesce(judged.old_seq, stored.seq),
        coalesce(judged.old_fact, stored.fact_no),
        coalesce(judged.old_at, moment),
        profiles.user_id,
        profiles.name,
        judged.access_version,
        judged.kind
    from judged
    left join stored on stored.room_id = judged."roomId"
        and stored.account_id = judged."accountId" and stored.message_id = judged."messageId"
    left join profiles on profiles.account_id = judged."accountId"
    order by 4 nulls last, 1;
end $$;
