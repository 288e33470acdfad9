-- The write path of messages: one call a batch, two statements with a snapshot each. Merged into one,
-- two workers with the same records would break the dense numbers: the second one's snapshot would be
-- older than the lock it waited for.
--
-- The plan is made once, when the tables may still be empty, so what reads all of a table is switched
-- off, and `offset 0` keeps the lateral lookups from being turned into joins: every stored row is found
-- by its key. Among the rows of a batch nothing is joined: windows find the first copy of a wish and
-- count.
--
-- An erased account is refused, a repeat too: its answer would name the account once more. Then a repeat
-- of what is stored is answered, who is muted refused, and what the agent's verdict refuses. A masked
-- message is stored masked, with a digest of what its author wrote, by which a repeat of it is known.
--
-- Who says something has read the room up to there.
--
-- A message's rev is `chatstream.domain.room_events.next_rev` of its fact and the room's rev before it; of
-- a repeat the rev before is told only where its own was not its fact.

-- What moved the positions before, and its trigger: it ends in the transaction in which this begins.
drop function if exists move_senders_positions() cascade;

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
    room_kind text,
    room_rev bigint,
    shown_quote text,
    shown_mentions text,
    kept_text text,
    muted_until timestamptz,
    muted_for text
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
            line.head as line_head, old.seq as old_seq, old.fact_no as old_fact, old.first_rev,
            old.created_at as old_at, old.text as old_text, old.original as old_original,
            mute.until as mute_until, mute.reason as mute_for, profile.user_id, profile.name,
            case when old.seq is not null then old.reply_seq else quoted.seq end as reply_seq,
            case
                when old.seq is not null then old.mentions
                when w.mentions is not null then members_named(w."roomId", w.mentions, null)
            end as mentioned,
            case
                when profile.erased then 'NOT_AUTHENTICATED'
                when old.seq is not null then 'old'
                when room.head is null or room.deleted_at is not null then 'ROOM_NOT_FOUND'
                when member.present is null then 'NOT_A_MEMBER'
                when mute.until is not null then 'MUTED'
                when w.refused then 'MESSAGE_REFUSED'
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
        left join lateral (select seq, fact_no, first_rev, created_at, reply_seq, mentions, original,
                case when rev is null then body else first_text(room_id, seq) end as text
            from messages
            where messages.room_id = w."roomId" and messages.account_id = w."accountId"
                and messages.message_id = w."messageId" offset 0) as old on true
        left join lateral (select seq from messages
            where w."replyTo" is not null and messages.room_id = w."roomId"
                and messages.message_id = w."replyTo" order by seq limit 1) as quoted on true
        left join lateral (select until, reason from mutes
            where mutes.account_id = w."accountId" and mutes.until > moment
                and (mutes.room_id is null or mutes.room_id = w."roomId")
            order by until desc limit 1) as mute on true
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
    revised as (
        select counted.*, greatest(count_fact, rev + count_seq - room_head) as count_rev from counted
    ),
    chained as (
        select revised.*, coalesce(max(count_rev) filter (where verdict = 'new' and copy = 1)
            over (partition by "roomId" order by n rows between unbounded preceding
                and 1 preceding), rev) as before
        from revised
    ),
    numbered as materialized (
        select chained.*, first_value(count_seq) over copy as seq,
            first_value(count_fact) over copy as fact_no, first_value(before) over copy as former_rev,
            first_value(count_rev) over copy as new_rev
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
        from (select "roomId", max(seq) as head, max(new_rev) as rev
            from numbered where verdict = 'new' group by "roomId") as c
        where rooms.room_id = c."roomId"
    ),
    moved as (
        update members set last_read_seq = c.head
        from (select "roomId", "accountId", max(seq) as head
            from numbered where verdict = 'new' group by "roomId", "accountId") as c
        where members.room_id = c."roomId" and members.account_id = c."accountId"
            and members.last_read_seq < c.head
    ),
    stored as (
        insert into messages (room_id, seq, account_id, message_id, body, created_at, fact_no,
            partition, reply_seq, mentions, original, first_rev)
        select "roomId", seq, "accountId", "messageId", coalesce(shown, message), moment, fact_no, p,
            reply_seq, mentioned, case when shown is not null then digest_of(message) end,
            nullif(new_rev, fact_no)
        from numbered where verdict = 'new' and copy = 1
    )
    select n,
        case verdict
            when 'old' then
                case
                    when coalesce(old_original = digest_of(message), old_text = message, true)
                    then 'repeat' else 'MESSAGE_ID_REUSED'
                end
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
        case verdict when 'new' then former_rev when 'old' then coalesce(first_rev - 1, 0) else 0 end,
        case when reply_seq is not null then quote_of("roomId", reply_seq)::text end,
        case when mentioned is not null then people_of(mentioned)::text end,
        case
            when verdict = 'new' then shown
            when verdict = 'old' and old_original is not null then coalesce(old_text, shown, '')
        end,
        case when verdict = 'MUTED' then mute_until end,
        case when verdict = 'MUTED' then mute_for end
    from numbered
    order by 4 nulls last, 1;
end $$;
