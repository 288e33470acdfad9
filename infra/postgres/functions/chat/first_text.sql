-- The text with which a message was stored; null when it is forgotten.
create or replace function first_text(room uuid, said bigint) returns text
language sql stable as $$
    select former from message_changes where room_id = room and seq = said
    order by fact_no limit 1;
$$;
