-- Behind which place was written what a source's newest snapshot did not see, though it was under
-- way: its first transaction may be of before `lsn`. Of a snapshot that is there already nothing of
-- that kind comes any more.
alter table snapshots add column begun_lsn bigint;
update snapshots set begun_lsn = lsn;
alter table snapshots alter column begun_lsn set not null;
