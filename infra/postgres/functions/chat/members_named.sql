-- The members of a room that a text names, each once, in the order of the names, at most 20. A name is
-- its handles with a space between them: the first that is a member's counts. `also` are accounts that
-- may be named without being members.
create or replace function members_named(room uuid, names text[], also uuid[]) returns uuid[]
language sql stable as $$
    select array_agg(account_id order by place) from (
        select account_id, min(place) as place from (
            select name.place, (
                select p.account_id
                from unnest(string_to_array(name.handles, ' ')) with ordinality as h (handle, nth)
                join profiles p on p.user_id = h.handle
                where p.account_id = any (also) or exists (select from members m
                    where m.room_id = room and m.account_id = p.account_id)
                order by h.nth limit 1) as account_id
            from unnest(names) with ordinality as name (handles, place)) as found
        where account_id is not null group by account_id order by min(place) limit 20) as named;
$$;
