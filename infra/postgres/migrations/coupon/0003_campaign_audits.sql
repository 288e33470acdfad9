-- The audit of each campaign that is over, as it was made at the close: the signed statement, and what
-- differed, the first of so many as `difference_count` says. It names no account. Owner: the coupon
-- service's periodic step.
create table campaign_audits (
    campaign_id uuid primary key references campaigns,
    claims int not null,
    issued int not null,
    digest text not null,
    kid text not null,
    signature text not null,
    difference_count int not null,
    differences jsonb not null,
    audited_at timestamptz not null default clock_timestamp()
);
create index campaign_audits_that_differ on campaign_audits (audited_at) where difference_count > 0;
