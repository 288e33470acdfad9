-- Who says something has read the room up to there. As a trigger, so that whatever stores messages
-- keeps it, in the same transaction and under the same room lock.
create or replace function move_senders_positions() returns trigger
language plpgsql
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
as $$
begin
    update members set last_read_seq = said.seq
    from (select room_id, account_id, max(seq) as seq from stored group by room_id, account_id)
        as said
    where members.room_id = said.room_id and members.account_id = said.account_id
        and members.last_read_seq < said.seq;
    return null;
end $$;
