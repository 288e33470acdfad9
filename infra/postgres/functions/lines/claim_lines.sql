-- Raises the epoch of each line, and so fences whoever wrote it before.
create or replace function claim_lines(line_topic text, parts int[])
returns table (part int, claimed bigint)
language sql volatile as $$
    insert into lines (topic, partition, epoch)
    select line_topic, p, 1 from unnest(parts) as p order by p
    on conflict (topic, partition) do update set epoch = lines.epoch + 1
    returning partition::int, epoch;
$$;
