-- [messageId, seq, handle, name, the first 100 characters as they are now, null when deleted]
create or replace function quote_of(room uuid, quoted bigint) returns json
language sql stable as $$
    select json_build_array(m.message_id, m.seq, p.user_id, p.name, left(m.body, 100))
    from messages m left join profiles p on p.account_id = m.account_id
    where m.room_id = room and m.seq = quoted;
$$;
