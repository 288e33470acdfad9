-- How many members have not read a message; null where there are too many to count. Nobody but its
-- author can have read a message that is only being stored: then the members need not be looked at.
create or replace function unread_of(room uuid, author uuid, message_seq bigint, is_new boolean) returns int
language plpgsql volatile as $$
declare
    members_now int;
begin
    select member_count into members_now from rooms where room_id = room;
    if members_now is null or members_now > 100 then
        return null;
    elsif is_new then
        return members_now - 1;
    end if;
    return (select count(*) from members
        where room_id = room and account_id <> author and last_read_seq < message_seq);
end $$;
