-- Owner: the user service's agents.

-- Wishes that were answered and changed nothing: none comes true when its record is handled again.
-- `key` is a digest of the wish's identity; `code` of its refusal, null when it was so already.
create table settled_wishes (
    key uuid primary key,
    code text,
    at timestamptz not null
);
create index settled_wishes_by_age on settled_wishes (at);
