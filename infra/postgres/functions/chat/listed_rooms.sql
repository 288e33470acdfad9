-- The rooms among `asked` that are not deleted, in the order asked, as a list shows them to `reader`. Who is no
-- member of a room has no position in it, by which the caller knows, and sees no message; nor does a reader of
-- null, who reads the directory.
--
-- people: [[account, handle, name], …] of the first 100 members. unread: how many have not read the newest
-- message, null where there are too many to count; whoever counts is among those 100. A direct room has the
-- name of the other one, also while that one is out of it.
--
-- The plan is made once, when the tables may still be empty, so what reads all of a table is switched off, and
-- `offset 0` keeps the lateral lookups from being turned into joins.
create or replace function listed_rooms(reader uuid, asked uuid[])
returns table (
    room_id text,
    kind text,
    name text,
    owner_id text,
    member_count int,
    access_version bigint,
    head bigint,
    rev bigint,
    created_at timestamptz,
    people text,
    newest text,
    last_read_seq bigint,
    unread bigint,
    owner text,
    deleted_unread bigint,
    settings text
)
language plpgsql stable
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
    return query
    select r.room_id::text, r.kind,
        case when r.kind = 'direct' then coalesce((select pd.name from profiles pd
            where pd.account_id = any (r.peers) and pd.account_id <> me.account_id), '')
            else r.name end,
        r.owner_id::text, r.member_count, r.access_version, r.head, r.rev, r.created_at,
        coalesce(shown.people, '[]')::text, last.message::text, me.last_read_seq,
        case when me.account_id is not null and r.member_count <= 100 then shown.behind end,
        case when r.kind <> 'direct' then (select po.user_id from profiles po
            where po.account_id = r.owner_id) end,
        case when me.account_id is not null then (select count(*) from messages gone
            where gone.room_id = r.room_id and gone.seq > me.last_read_seq
                and gone.deleted_at is not null) else 0 end,
        r.settings::text
    from unnest(asked) with ordinality as wanted (room, place)
    join rooms r on r.room_id = wanted.room and r.deleted_at is null
    left join members me on me.room_id = r.room_id and me.account_id = reader
    cross join lateral (
        select json_agg(json_build_array(each.account_id, each.user_id, each.name)) as people,
            count(*) filter (where each.last_read_seq < r.head) as behind
        from (select mm.account_id, mm.last_read_seq, pp.user_id, pp.name from members mm
            left join profiles pp on pp.account_id = mm.account_id
            where mm.room_id = r.room_id order by mm.joined_at, mm.account_id limit 100) as each
        offset 0) as shown
    left join lateral (
        select json_build_array(m.room_id, m.seq, coalesce(m.rev, m.first_rev, m.fact_no),
            m.message_id, m.account_id, p.user_id, p.name, m.body, m.created_at, m.edited_at,
            m.deleted_at,
            case when m.reply_seq is not null then quote_of(m.room_id, m.reply_seq)::text end,
            case when m.mentions is not null then people_of(m.mentions)::text end) as message
        from messages m left join profiles p on p.account_id = m.account_id
        where m.room_id = r.room_id and m.seq = r.head and me.account_id is not null
        offset 0) as last on true
    order by wanted.place;
end $$;
