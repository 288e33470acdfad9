-- By which a repeat of a message that was stored masked is known.
create or replace function digest_of(said text) returns bytea
language sql immutable as $$
    select sha256(convert_to(said, 'UTF8'));
$$;
