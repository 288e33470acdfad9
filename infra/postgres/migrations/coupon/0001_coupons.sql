-- Owner of every table here: the coupon service's agents. Fronts read.

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

-- The copy of the accounts, fed by kakao.user.account.RESPONSE: how old each is. An erased one is a
-- tombstone for ever. One that claimed before its fact came has fact 0.
create table accounts (
    account_id uuid primary key,
    created_at timestamptz,
    fact_no bigint not null default 0,
    erased boolean not null default false
);

-- The copy of the sanctions that mute, as in the chat databases.
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

-- Of each partition of the claims: the latest time of a record that was decided, and the offset behind
-- the last one. Whoever decides there holds its row, and whoever changes a campaign those of its
-- partitions, in their order and before the slices.
create table claim_clocks (
    partition smallint primary key,
    seen timestamptz not null default 'epoch',
    decided bigint not null default 0
) with (fillfactor = 50);

-- `terms` as they are told. A campaign that is sold out stays so.
create table campaigns (
    campaign_id uuid primary key,
    opens_at timestamptz not null,
    closes_at timestamptz not null,
    terms jsonb not null,
    sold_out boolean not null default false,
    cancelled_at timestamptz
);
create index campaigns_by_opening on campaigns (opens_at desc, campaign_id);

-- The stock of a campaign in as many rows as it has partitions; `partition` is where the claims of a
-- slice lie. `last_place` is that of the last claim there, `refused` counts by code. Rows of several
-- slices are locked in the order of the key. `closed_after`: the campaign was cancelled when so many
-- records of the partition had been decided.
create table slices (
    campaign_id uuid not null references campaigns,
    slice smallint not null,
    partition smallint not null,
    left_over int not null check (left_over >= 0),
    taken int not null default 0,
    last_place int not null default 0,
    refused jsonb not null default '{}',
    closed_after bigint,
    primary key (campaign_id, slice)
) with (fillfactor = 50);

-- The kakao.coupon.campaign fact line, as it is told.
create table campaign_facts (
    partition smallint not null,
    fact_no bigint not null,
    request_id uuid not null,
    campaign_id uuid not null,
    body text not null,
    primary key (partition, fact_no),
    unique (request_id)
);

-- The kakao.coupon.claim fact line, as it is told, and every kept outcome of a claim: `wish_id` is its
-- claimId, `place` its rank, `record_offset` and `appended_at` where and when its record lies. The
-- account and its name in `body` go when it is erased.
create table claim_facts (
    partition smallint not null,
    fact_no bigint not null,
    wish_id uuid not null,
    kind text not null,
    campaign_id uuid not null,
    account_id uuid,
    coupon_id uuid,
    place int,
    record_offset bigint,
    appended_at timestamptz,
    code text,
    body text not null,
    primary key (partition, fact_no),
    unique (wish_id, kind)
);
create index claim_facts_by_account on claim_facts (account_id, campaign_id, place)
    where account_id is not null;
create index claim_facts_by_coupon on claim_facts (coupon_id) where coupon_id is not null;
create index claim_facts_by_place on claim_facts (campaign_id, partition, place)
    where place is not null;

-- `place` is that of the claim; `cancelled_at` when its account was erased and the campaign keeps none.
create table coupons (
    coupon_id uuid primary key,
    campaign_id uuid not null references campaigns,
    slice smallint not null,
    claim_id uuid not null unique,
    account_id uuid,
    place int not null,
    code text not null unique,
    issued_at timestamptz not null,
    valid_until timestamptz not null,
    used_for text,
    used_at timestamptz,
    returned_at timestamptz,
    cancelled_at timestamptz
);
create index coupons_by_account on coupons (account_id, issued_at desc, coupon_id desc)
    where account_id is not null;
create index coupons_by_campaign on coupons (campaign_id, account_id);
