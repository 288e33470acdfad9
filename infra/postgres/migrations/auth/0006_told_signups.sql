-- Owner: the fronts that serve /user (front-auth).

-- Accounts whose signup was answered with 201, and the call that did: an account's is told once. One
-- that is not here and not older than a day is told to whoever repeats the call and has the password.
-- Rows are forgotten after two days.
create table told_signups (
    account_id uuid primary key references accounts on delete cascade,
    told_to uuid not null,
    at timestamptz not null default clock_timestamp()
);

create index told_signups_by_time on told_signups (at);

-- Who is there already was answered.
insert into told_signups (account_id, told_to) select account_id, account_id from accounts
    where created_at > clock_timestamp() - interval '1 day';
