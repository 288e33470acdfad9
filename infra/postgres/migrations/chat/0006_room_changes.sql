-- Owner: the chat service's agent chat.rooms.

-- The two accounts of a direct room, whether or not they are members now: each is shown the other.
alter table rooms add column peers uuid[] not null default '{}';

-- One wish may be several facts, in this order: the owner leaves, the room is handed over.
alter table room_facts add column step smallint not null default 0;
alter table room_facts drop constraint room_facts_room_id_account_id_request_id_key;
alter table room_facts add constraint room_facts_of_a_wish
    unique (room_id, account_id, request_id, step);
