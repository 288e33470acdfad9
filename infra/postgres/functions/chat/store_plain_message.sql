-- One message that quotes and names nobody, by the fewest statements: nearly every batch is one of these.
-- The same locks in the same order as `store_messages`, and the same numbers, rev, time and position. An
-- update returns the row as it is under its lock; what is looked up after that is looked up by a statement
-- of its own, which sees what whoever held the lock before has written.
--
-- The answer is a JSON array, for a row would be planned anew in each call: seq, fact_no, the time, handle,
-- name, access version, kind, the room's rev before, and how many have not read it (`unread_of`). Null, and
-- nothing done, unless the message is new and nothing speaks against it: then `store_and_count` answers.
create or replace function store_plain_message(
    part int, mine bigint, room uuid, author uuid, message uuid, said text
)
returns text
language plpgsql volatile
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    fact bigint;
    home record;
    former_read bigint;
    person record;
begin
    update lines set head = head + 1
    where topic = 'kakao.chat.chatMessage.RESPONSE' and partition = part and epoch = mine
    returning head into fact;
    if not found then
        return null;
    end if;
    update rooms set head = head + 1, rev = greatest(fact, rev + 1),
        active_at = date_trunc('milliseconds', clock_timestamp())
    where room_id = room and deleted_at is null
    returning new.head, new.rev, new.active_at, old.rev as former_rev, old.active_at as former_active_at,
        kind, access_version, member_count
    into home;
    if found then
        update members set last_read_seq = home.head where room_id = room and account_id = author
        returning old.last_read_seq into former_read;
        if found then
            with sender as (
                select user_id, name from profiles
                where account_id = author and not erased and not exists (select from mutes
                    where mutes.account_id = author and mutes.until > home.active_at
                        and (mutes.room_id is null or mutes.room_id = room))
            ),
            stored as (
                insert into messages (room_id, seq, account_id, message_id, body, created_at, fact_no,
                    partition, first_rev)
                select room, home.head, author, message, said, home.active_at, fact, part,
                    nullif(home.rev, fact)
                from sender
                on conflict do nothing
                returning true
            )
            select user_id, name into person from sender, stored;
            if found then
                return json_build_array(home.head, fact, home.active_at, person.user_id, person.name,
                    home.access_version, home.kind, home.former_rev,
                    case when home.member_count <= 100 then home.member_count - 1 end);
            end if;
            -- As if nothing had been: the locks are ours, and nobody has seen it.
            update members set last_read_seq = former_read where room_id = room and account_id = author;
        end if;
        update rooms set head = head - 1, rev = home.former_rev, active_at = home.former_active_at
        where room_id = room;
    end if;
    update lines set head = head - 1
    where topic = 'kakao.chat.chatMessage.RESPONSE' and partition = part;
    return null;
end $$;
