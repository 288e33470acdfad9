-- Edits, deletes, replies and mentions. Owner: the chat service's agent chat.messages.
--
-- A message row is its present state; `rev` is the fact that made it so, null as long as that is the
-- one that stored it. A deleted message keeps its row without text.

alter table messages
    add column rev bigint,
    add column edited_at timestamptz,
    add column deleted_at timestamptz,
    add column reply_seq bigint,
    add column mentions uuid[];

-- The same identity, in an order that also finds a message by its id alone.
alter table messages add unique (room_id, message_id, account_id);
alter table messages drop constraint messages_room_id_account_id_message_id_key;

-- What changed after a subscriber's rev; plain messages are not in it.
create index messages_changed on messages (room_id, rev) where rev is not null;

-- The facts of the chatMessage line that store no message. The texts are kept as long as Kafka keeps
-- the fact, so that a gap is read back as it was told; then they are forgotten (`forget_texts`).
create table message_changes (
    partition smallint not null,
    fact_no bigint not null,
    room_id uuid not null,
    seq bigint not null,
    account_id uuid not null,
    request_id uuid not null,
    former text,
    body text,
    at timestamptz not null,
    former_rev bigint not null,
    primary key (partition, fact_no),
    unique (room_id, account_id, request_id)
);

create index message_changes_of_message on message_changes (room_id, seq, fact_no);
create index message_changes_with_text on message_changes (partition, fact_no)
    where former is not null;

-- [messageId, seq, handle, name, the first 100 characters as they are now, null when deleted]
create function quote_of(room uuid, quoted bigint) returns json
language sql stable as $$
    select json_build_array(m.message_id, m.seq, p.user_id, p.name, left(m.body, 100))
    from messages m left join profiles p on p.account_id = m.account_id
    where m.room_id = room and m.seq = quoted;
$$;

-- [[handle, name], …] in the given order
create function people_of(accounts uuid[]) returns json
language sql stable as $$
    select json_agg(json_build_array(p.user_id, p.name) order by a.place)
    from unnest(accounts) with ordinality as a (account, place)
    left join profiles p on p.account_id = a.account;
$$;

-- The text with which a message was stored; null when it is forgotten.
create function first_text(room uuid, said bigint) returns text
language sql stable as $$
    select former from message_changes where room_id = room and seq = said
    order by fact_no limit 1;
$$;

create function forget_texts(parts int[], moment timestamptz) returns void
language sql volatile as $$
    update message_changes set former = null, body = null
    from unnest(parts) as mine (part)
    cross join lateral (select fact_no from message_changes old
        where old.partition = mine.part and old.former is not null
        order by old.fact_no limit 50) as oldest
    where message_changes.partition = mine.part and message_changes.fact_no = oldest.fact_no
        and message_changes.at < moment - interval '8 days';
$$;

-- The write path of messages, now with what replies and mentions need: nothing of it is looked up
-- for a message that has neither.

alter type message_wish add attribute "replyTo" uuid, add attribute mentions text[];

drop function store_messages(int[], bigint[], jsonb);

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
    room_kind text,
    room_rev bigint,
    shown_quote text,
    shown_mentions text
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
        select w.*, room.kind, room.access_version, room.head as room_head, room.rev,
            line.head as line_head, old.seq as old_seq, old.fact_no as old_fact,
            old.created_at as old_at, old.text as old_text, profile.user_id, profile.name,
            case when old.seq is not null then old.reply_seq else quoted.seq end as reply_seq,
            case
                when old.seq is not null then old.mentions
                when w.mentions is not null then (
                    select array_agg(p.account_id order by h.place)
                    from unnest(w.mentions) with ordinality as h (handle, place)
                    join profiles p on p.user_id = h.handle
                    join members m on m.room_id = w."roomId" and m.account_id = p.account_id)
            end as mentioned,
            case
                when profile.erased then 'NOT_AUTHENTICATED'
                when old.seq is not null then 'old'
                when room.head is null or room.deleted_at is not null then 'ROOM_NOT_FOUND'
                when member.present is null then 'NOT_A_MEMBER'
                when w."replyTo" is not null and quoted.seq is null then 'INVALID_INPUT'
                else 'new'
            end as verdict
        from jsonb_populate_recordset(null::message_wish, wishes) as w
        left join lateral (select kind, access_version, head, rev, deleted_at from rooms
            where rooms.room_id = w."roomId" offset 0) as room on true
        left join lateral (select head from lines
            where lines.topic = 'kakao.chat.chatMessage.RESPONSE' and lines.partition = w.p
            offset 0) as line on true
        left join lateral (select true as present from members
            where members.room_id = w."roomId" and members.account_id = w."accountId"
            offset 0) as member on true
        left join lateral (select seq, fact_no, created_at, reply_seq, mentions,
                case when rev is null then body else first_text(room_id, seq) end as text
            from messages
            where messages.room_id = w."roomId" and messages.account_id = w."accountId"
                and messages.message_id = w."messageId" offset 0) as old on true
        left join lateral (select seq from messages
            where w."replyTo" is not null and messages.room_id = w."roomId"
                and messages.message_id = w."replyTo" order by seq limit 1) as quoted on true
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
    chained as (
        select counted.*, coalesce(max(count_fact) filter (where verdict = 'new' and copy = 1)
            over (partition by "roomId" order by n rows between unbounded preceding
                and 1 preceding), rev) as before
        from counted
    ),
    numbered as materialized (
        select chained.*, first_value(count_seq) over copy as seq,
            first_value(count_fact) over copy as fact_no, first_value(before) over copy as former_rev
        from chained
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
            partition, reply_seq, mentions)
        select "roomId", seq, "accountId", "messageId", message, moment, fact_no, p, reply_seq,
            mentioned
        from numbered where verdict = 'new' and copy = 1
    )
    select n,
        case verdict
            when 'old' then
                case when coalesce(old_text = message, true) then 'repeat' else 'MESSAGE_ID_REUSED' end
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
        kind,
        case verdict when 'new' then former_rev else 0 end,
        case when reply_seq is not null then quote_of("roomId", reply_seq)::text end,
        case when mentioned is not null then people_of(mentioned)::text end
    from numbered
    order by 4 nulls last, 1;
end $$;
