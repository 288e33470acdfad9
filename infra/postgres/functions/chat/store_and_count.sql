-- `store_messages`, and how many have not read each message: `rooms` and `authors` are those of the wishes,
-- by their number. Looked at after storing, in the same transaction and under its locks. A function, so that
-- its plan is kept: without one each batch of one message is planned for as long as a third of its storing.
create or replace function store_and_count(
    rooms uuid[], authors uuid[], parts int[], epochs bigint[], wishes jsonb
)
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
    muted_for text,
    unread int
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
    return query
    select s.*, case when s.message_seq is not null then
        unread_of(rooms[s.wish + 1], authors[s.wish + 1], s.message_seq, s.outcome = 'stored') end
    from store_messages(parts, epochs, wishes) as s;
end $$;
