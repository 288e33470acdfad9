-- The key by which fronts make and check challenges of proof of work: made here, once, and read only.
create table challenge_keys (
    is_only boolean primary key default true check (is_only),
    key bytea not null
);
insert into challenge_keys (key)
values (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
