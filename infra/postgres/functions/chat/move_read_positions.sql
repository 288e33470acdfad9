-- One call a batch. The rooms are locked first, as by everything else that changes members: no two
-- of them ever wait for each other, and a head read under its lock is the head.
create or replace function move_read_positions(rooms_asked uuid[], accounts uuid[], seqs bigint[])
returns table (
    room_id uuid,
    account_id uuid,
    handle text,
    read_seq bigint,
    is_moved boolean,
    refusal text,
    member_count int,
    access bigint
)
language plpgsql volatile
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
    perform 1 from rooms where room_id = any (rooms_asked) order by room_id for no key update;

    return query
    with asked as materialized (
        select r, a, max(s) as wanted from unnest(rooms_asked, accounts, seqs) as t (r, a, s)
        group by r, a
    ),
    judged as materialized (
        select asked.*, room.head, room.members_now, room.version, member.former,
            case
                when room.head is null then 'ROOM_NOT_FOUND'
                when member.former is null then 'NOT_A_MEMBER'
            end as code,
            greatest(member.former, least(asked.wanted, room.head)) as reached
        from asked
        left join lateral (select head, member_count as members_now, access_version as version
            from rooms where rooms.room_id = asked.r and rooms.deleted_at is null offset 0)
            as room on true
        left join lateral (select last_read_seq as former from members
            where members.room_id = asked.r and members.account_id = asked.a offset 0)
            as member on true
    ),
    moved as (
        update members set last_read_seq = judged.reached from judged
        where judged.code is null and judged.reached > judged.former
            and members.room_id = judged.r and members.account_id = judged.a
    )
    select r, a, profile.user_id, reached, code is null and reached > former, code, members_now,
        version
    from judged
    left join lateral (select user_id from profiles where profiles.account_id = judged.a offset 0)
        as profile on true;
end $$;
