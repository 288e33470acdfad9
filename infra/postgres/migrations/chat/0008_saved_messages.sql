-- Owner: the chat service's agent chat.saved. What each account keeps of a room, beside its messages.
create table saved_messages (
    account_id uuid not null,
    room_id uuid not null,
    message_id uuid not null,
    seq bigint not null,
    saved_at timestamptz not null,
    primary key (account_id, room_id, message_id)
);

create index saved_messages_in_order
    on saved_messages (account_id, saved_at desc, room_id desc, message_id desc);
