-- Owner: the chat service's agent chat.blocks. The newest fact about each pair, fed by
-- kakao.user.friend.RESPONSE. The end of a block stays as a row, so that an older fact that comes
-- again cannot bring the block back.
create table block_facts (
    blocker_id uuid not null,
    blocked_id uuid not null,
    fact_no bigint not null,
    holds boolean not null default true,
    primary key (blocker_id, blocked_id)
);

-- Who blocks whom now: what agents ask.
create view blocks as
    select blocker_id, blocked_id, fact_no from block_facts where holds;
