-- What a room list leaves out of its unread numbers; most messages are not in it.
create index messages_deleted on messages (room_id, seq) where deleted_at is not null;
