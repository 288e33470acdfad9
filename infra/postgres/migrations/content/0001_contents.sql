-- Owner of every table here: the content service's agents. Fronts read.

-- One row per (RESPONSE topic, partition): who may write (epoch) and the last fact number (head).
create table lines (
    topic text not null,
    partition smallint not null,
    epoch bigint not null default 0,
    head bigint not null default 0,
    primary key (topic, partition)
) with (fillfactor = 50);

-- Wishes that were answered and changed nothing: none comes true when its record is handled again.
-- `key` is a digest of the wish's identity; `code` of its refusal, null when it was so already.
create table settled_wishes (
    key uuid primary key,
    code text,
    at timestamptz not null
);
create index settled_wishes_by_age on settled_wishes (at);

-- A copy of the accounts, fed by kakao.user.account.RESPONSE. An erased one is a tombstone for ever.
create table profiles (
    account_id uuid primary key,
    user_id text unique,
    name text,
    fact_no bigint not null default 0,
    erased boolean not null default false
);

-- The newest fact about each pair, fed by kakao.user.friend.RESPONSE, as in the chat databases.
create table block_facts (
    blocker_id uuid not null,
    blocked_id uuid not null,
    fact_no bigint not null,
    holds boolean not null default true,
    primary key (blocker_id, blocked_id)
);
create index block_facts_by_blocked on block_facts (blocked_id) where holds;
create view blocks as
    select blocker_id, blocked_id, fact_no from block_facts where holds;

-- -- posts, written by the line of kakao.ugc.content ----------------------------------------------

-- A post; a deleted one stays as a tombstone, so that its id is never used again, and its author only
-- until that is erased. `version` is the latest, `published_version` the one that everybody sees.
-- Whoever writes a post holds its row, several in the order of their ids.
create table contents (
    content_id uuid primary key,
    author_id uuid,
    version int not null,
    published_version int,
    first_published_at timestamptz,
    edited_at timestamptz,
    deleted_at timestamptz,
    likes int not null default 0 check (likes >= 0),
    views int not null default 0 check (views >= 0)
) with (fillfactor = 80);
create index contents_by_author on contents (author_id, first_published_at desc, content_id desc)
    where author_id is not null;
create index contents_by_time on contents (first_published_at desc, content_id desc)
    where published_version is not null;
create index contents_published_by_author
    on contents (author_id, first_published_at desc, content_id desc)
    where published_version is not null;

-- `verdict_no` is the number of the last fact of its inspection that was applied. Of a deleted post
-- there is none.
create table versions (
    content_id uuid not null references contents,
    version int not null,
    title text not null,
    body text not null,
    tags text[] not null,
    state text not null
        check (state in ('inspecting', 'review', 'published', 'refused', 'superseded')),
    reasons text[] not null default '{}',
    note text not null default '',
    appealed boolean not null default false,
    verdict_no bigint not null default 0,
    written_at timestamptz not null,
    primary key (content_id, version)
);

-- The tags of what is published now.
create table content_tags (
    tag text not null,
    first_published_at timestamptz not null,
    content_id uuid not null references contents,
    primary key (tag, first_published_at, content_id)
);
create index content_tags_by_content on content_tags (content_id);

-- The kakao.ugc.content fact line, as it is told; the texts in `body` go when the post is deleted, the
-- accounts when they are erased. `version` is that of facts about one, which are few; of what readers do
-- there may be very many.
create table content_facts (
    partition smallint not null,
    fact_no bigint not null,
    request_id uuid not null,
    content_id uuid not null,
    account_id uuid,
    version int,
    body text not null,
    primary key (partition, fact_no),
    unique (request_id)
);
create index content_facts_of_versions on content_facts (content_id) where version is not null;
create index content_facts_by_account on content_facts (account_id) where account_id is not null;

-- Who likes what, and who was shown what on which day in Seoul; as many as the post counts.
create table likes (
    content_id uuid not null references contents,
    account_id uuid not null,
    at timestamptz not null,
    primary key (content_id, account_id)
);
create index likes_by_account on likes (account_id);
create index likes_by_time on likes (at);
create table views (
    content_id uuid not null references contents,
    account_id uuid not null,
    day date not null,
    at timestamptz not null,
    primary key (content_id, account_id, day)
);
create index views_by_account on views (account_id);
create index views_by_time on views (at);

-- The most read and liked of the last 24 hours, recounted each minute by one worker.
create table popular (
    place int primary key,
    content_id uuid not null,
    score int not null,
    counted_at timestamptz not null
);

-- -- inspections, written by the line of kakao.ugc.inspection --------------------------------------

-- What is said of each version. `since` is when it came into its state; `text` is what its author says
-- in an appeal; `decided_by` is the operator whose `note` it is. `gist` is equal for texts that say the
-- same, empty once the author is erased.
create table inspections (
    content_id uuid not null,
    version int not null,
    author_id uuid,
    state text not null
        check (state in ('inspecting', 'accepted', 'refused', 'review', 'superseded')),
    reasons text[] not null default '{}',
    note text not null default '',
    appealed boolean not null default false,
    text text not null default '',
    judge text,
    decided_by uuid,
    gist text not null default '',
    asked_at timestamptz not null default clock_timestamp(),
    since timestamptz not null,
    primary key (content_id, version)
);
create index inspections_by_state on inspections (state, since, content_id, version);
create index inspections_by_author on inspections (author_id, gist) where author_id is not null;
create index inspections_by_operator on inspections (decided_by) where decided_by is not null;

-- The kakao.ugc.inspection fact line, as it is told; the accounts and notes in `body` go when they are
-- erased.
create table inspection_facts (
    partition smallint not null,
    fact_no bigint not null,
    request_id uuid not null,
    content_id uuid not null,
    account_id uuid,
    body text not null,
    primary key (partition, fact_no),
    unique (request_id)
);
create index inspection_facts_by_content on inspection_facts (content_id);
create index inspection_facts_by_account on inspection_facts (account_id)
    where account_id is not null;

-- Versions that wait for a language model; whoever takes one up holds it until `leased_until`, and asks
-- outside a transaction. An answer stays until its inspection has it.
create table model_questions (
    content_id uuid not null,
    version int not null,
    tries int not null default 0,
    due_at timestamptz not null,
    leased_until timestamptz,
    verdict text,
    reasons text[] not null default '{}',
    asked_at timestamptz not null,
    primary key (content_id, version)
);
create index model_questions_by_time on model_questions (due_at);

-- What the model was asked each day (UTC), and what that cost in millionths of the budget's currency.
create table model_budget (
    day date primary key,
    questions int not null default 0,
    tokens bigint not null default 0,
    cost bigint not null default 0
);

-- Whether the model is asked at all: failures in a row, and until when nobody asks.
create table model_breaker (
    is_only boolean primary key default true check (is_only),
    failures int not null default 0,
    open_until timestamptz
);
insert into model_breaker default values;

-- -- subscriptions and feeds, written by the line of kakao.ugc.subscription and the fan-out --------

-- What the author first published at `pushed_from` or later is in the subscriber's feed, or its push has
-- not ended; what is older is read where it lies. `is_filled`: nobody is to push older posts any more.
create table subscriptions (
    subscriber_id uuid not null,
    author_id uuid not null,
    at timestamptz not null,
    is_filled boolean not null default false,
    pushed_from timestamptz not null default 'infinity',
    primary key (subscriber_id, author_id)
);
create index subscriptions_by_author on subscriptions (author_id, subscriber_id);
create index subscriptions_to_fill on subscriptions (at) where not is_filled;

create table subscription_facts (
    partition smallint not null,
    fact_no bigint not null,
    request_id uuid not null,
    account_id uuid,
    author_id uuid,
    body text not null,
    primary key (partition, fact_no),
    unique (request_id)
);
create index subscription_facts_by_account on subscription_facts (account_id)
    where account_id is not null;
create index subscription_facts_by_author on subscription_facts (author_id)
    where author_id is not null;

-- How many subscribe to an author; once merged at reading, an author stays so.
create table authors (
    author_id uuid primary key,
    followers int not null default 0 check (followers >= 0),
    is_merged boolean not null default false
);

-- What was pushed to subscribers; whether it is to be seen is decided when it is read.
create table feed (
    subscriber_id uuid not null,
    first_published_at timestamptz not null,
    content_id uuid not null,
    author_id uuid not null,
    primary key (subscriber_id, first_published_at, content_id)
);
create index feed_by_author on feed (subscriber_id, author_id);

-- The push of a post to the followers of its author, written with its first publication, or its
-- withdrawal; gone when it has ended. `after` is the last subscriber that was done. Whoever takes one up
-- holds its row; `turn_at` is when that was last.
create table fan_outs (
    content_id uuid primary key references contents,
    author_id uuid not null,
    first_published_at timestamptz not null,
    after uuid,
    is_withdrawn boolean not null default false,
    turn_at timestamptz not null default clock_timestamp()
);
create index fan_outs_by_turn on fan_outs (turn_at);
create index fan_outs_by_time on fan_outs (first_published_at desc, content_id desc)
    where not is_withdrawn;

-- Who may prove that the table of posts is up to date: the latest claim of each partition.
create table post_holders (
    partition smallint primary key,
    claim bigint not null
);
