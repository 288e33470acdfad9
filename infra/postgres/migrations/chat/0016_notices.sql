-- Owner: the chat service's agent chat.notices; read by fronts.

-- What a room shows above its messages: a text, or else the message `seq`, whose text is joined.
-- `shown_rev` is that of the message as it was told last.
create table notices (
    room_id uuid primary key,
    account_id uuid not null,
    at timestamptz not null,
    rev bigint not null,
    text text,
    message_id uuid,
    seq bigint,
    author_id uuid,
    shown_rev bigint,
    check ((text is null) = (seq is not null))
);
create index notices_by_account on notices (account_id);
create index notices_by_author on notices (author_id) where author_id is not null;

-- The kakao.chat.notice fact line: `body` is the fact as it is told, without the notice itself.
create table notice_facts (
    partition smallint not null,
    fact_no bigint not null,
    room_id uuid not null,
    account_id uuid not null,
    request_id uuid not null,
    body text not null,
    primary key (partition, fact_no),
    unique (room_id, account_id, request_id)
);
