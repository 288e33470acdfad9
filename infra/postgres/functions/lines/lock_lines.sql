-- Begins a batch: locks its lines (see check_epochs), then reads their heads and the clock with a
-- snapshot of its own, which sees what whoever held the locks before has written.
create or replace function lock_lines(line_topic text, parts int[], epochs bigint[])
returns table (part int, last_no bigint, moment timestamptz)
language plpgsql volatile as $$
begin
    perform check_epochs(line_topic, parts, epochs);
    return query
    select lines.partition::int, lines.head, date_trunc('milliseconds', clock_timestamp())
    from lines where lines.topic = line_topic and lines.partition = any (parts);
end $$;
