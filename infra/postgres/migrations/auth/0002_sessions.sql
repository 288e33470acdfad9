-- Owner of every table here: the fronts that serve /user (front-auth), directly, since they answer
-- a waiting person.

-- A login: the family of its refresh tokens. `sid` is in every access token of the login.
create table sessions (
    sid uuid primary key,
    account_id uuid not null references accounts,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    announced_at timestamptz
);

create index sessions_by_account on sessions (account_id);
create index sessions_by_end on sessions (expires_at);
-- Ended, but not yet on kakao.user.session.RESPONSE: whoever ended it died in between.
create index sessions_unannounced on sessions (revoked_at)
    where revoked_at is not null and announced_at is null;

-- Only the SHA-256 of a refresh token is kept.
create table refresh_tokens (
    token_hash bytea primary key,
    sid uuid not null references sessions on delete cascade,
    parent bytea,
    issued_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    used_at timestamptz
);

create index refresh_tokens_by_sid on refresh_tokens (sid);
create index refresh_tokens_by_parent on refresh_tokens (parent);

-- Logins under way and failed ones; a success deletes its row. `account_key` is a digest: people
-- type passwords into the wrong field.
create table login_attempts (
    attempt bigint generated always as identity primary key,
    account_key bytea not null,
    address inet not null,
    at timestamptz not null default clock_timestamp(),
    failed boolean not null default false
);

create index login_attempts_by_account on login_attempts (account_key, at);
create index login_attempts_by_address on login_attempts (address, at);
create index login_attempts_by_time on login_attempts (at);
