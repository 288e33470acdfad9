-- Locks the lines in their order; CS001 unless every epoch is the caller's.
create or replace function check_epochs(line_topic text, parts int[], epochs bigint[]) returns void
language plpgsql volatile as $$
begin
    perform 1 from lines where topic = line_topic and partition = any (parts)
        order by partition for no key update;
    if (select count(*)
        from unnest(parts, epochs) as mine (part, epoch)
        join lines on lines.topic = line_topic and lines.partition = mine.part
            and lines.epoch = mine.epoch) <> cardinality(parts)
    then
        raise exception 'a newer worker owns one of the partitions %', parts using errcode = 'CS001';
    end if;
end $$;
