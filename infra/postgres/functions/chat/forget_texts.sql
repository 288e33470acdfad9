-- Forgets some of the texts whose facts Kafka has forgotten; of a deleted message the digest as well.
create or replace function forget_texts(parts int[], moment timestamptz) returns void
language sql volatile as $$
    with forgotten as (
        update message_changes set former = null, body = null
        from unnest(parts) as mine (part)
        cross join lateral (select fact_no from message_changes old
            where old.partition = mine.part and old.former is not null
            order by old.fact_no limit 50) as oldest
        where message_changes.partition = mine.part and message_changes.fact_no = oldest.fact_no
            and message_changes.at < moment - interval '8 days'
        returning message_changes.room_id, message_changes.seq
    )
    update messages set original = null from forgotten
    where messages.room_id = forgotten.room_id and messages.seq = forgotten.seq
        and messages.deleted_at is not null and messages.original is not null;
$$;
