-- What owners decide of their rooms, by the names that contexts give their settings.
-- Owner: the chat service's agent chat.rooms; each context reads its own under the room's lock.
alter table rooms add column settings jsonb not null default '{}';
