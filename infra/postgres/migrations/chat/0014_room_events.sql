-- The lines of a room's history that no message is: who came and went, a new name, a new owner.
-- Owner: the chat service's agent chat.rooms.
--
-- `after_seq` is the newest message then, `place` counts the lines behind it from 1, `rev` is the number
-- among all changes of the room. No names of people: they are joined when a line is read. Rooms keep
-- what happens from here on.
create table room_events (
    room_id uuid not null,
    after_seq bigint not null,
    place bigint not null,
    rev bigint not null,
    type text not null check (type in ('joined', 'left', 'renamed', 'ownerChanged')),
    account_id uuid not null,
    name text,
    member_count integer not null,
    at timestamptz not null,
    primary key (room_id, after_seq, place)
);

create unique index room_events_by_rev on room_events (room_id, rev);

-- The rev with which a message was stored, where that is not its fact's number: lines raise a room's
-- rev too.
alter table messages add column first_rev bigint;
