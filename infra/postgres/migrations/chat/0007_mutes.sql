-- Owner: the chat service's agent chat.mutes. A copy of the sanctions that mute, for the write path of
-- messages: the account may not write in the room (null: anywhere) before `until`. A lifted one ends
-- when it was lifted; its row stays until `forget_at`, so that a repeat of the older fact cannot bring
-- it back.
create table mutes (
    sanction_id uuid primary key,
    account_id uuid not null,
    room_id uuid,
    reason text not null,
    until timestamptz not null,
    forget_at timestamptz not null,
    fact_no bigint not null
);

create index mutes_by_account on mutes (account_id);
create index mutes_by_end on mutes (forget_at);
