-- The first step: the account becomes a tombstone, its handle a keyed hash that is never given
-- again, and everything that was its own goes; its logins end. One fact.
--
-- A repeat, of this wish or another, answers the saga that there is. `steps` names those that follow; a
-- worker that does not know of one would leave that part for ever, and is told so.
create or replace function erase_account(
    part int, claimed bigint, account uuid, saga uuid, old_handle text, handle_key text, steps text[]
)
returns table (outcome text, saga_of uuid, fact bigint, stored_at timestamptz)
language plpgsql volatile as $$
declare
    line_topic constant text := 'kakao.user.account.RESPONSE';
    moment timestamptz;
    handle text;
    number bigint;
begin
    perform check_epochs(line_topic, array[part], array[claimed]);
    select a.user_id into handle from accounts a where a.account_id = account for update;

    return query
    select 'erased', s.saga_id, f.fact_no, f.at from sagas s
    join account_facts f on f.account_id = s.account_id and f.kind = 'accountErased'
    where s.account_id = account;
    if found then
        return;
    end if;
    if handle is distinct from old_handle then
        return query select 'NOT_AUTHENTICATED', null::uuid, null::bigint, null::timestamptz;
        return;
    end if;

    if not steps @> array['friend', 'coupon', 'content'] then
        raise exception 'a worker of before friends, coupons or posts had a step: it waits for a newer one'
            using errcode = 'CS002';
    end if;

    moment := date_trunc('milliseconds', clock_timestamp());
    update lines set head = head + 1 where topic = line_topic and partition = part
        returning head into number;

    update account_facts set user_id = '', name = '' where account_id = account;
    delete from refresh_tokens where sid in (select s.sid from sessions s where s.account_id = account);
    update sessions set revoked_at = coalesce(revoked_at, moment) where account_id = account;
    update handles set user_id = handle_key where user_id = handle;
    update accounts set user_id = handle_key, name = '', password_hash = '', role = 'user',
        erased_at = moment where account_id = account;

    insert into account_facts (partition, fact_no, account_id, request_id, kind, user_id, name, at)
        values (part, number, account, saga, 'accountErased', '', '', moment);
    insert into sagas (saga_id, account_id, started_at) values (saga, account, moment);
    insert into saga_steps (saga_id, step, place, next_at, started_at, attempts, done_at)
        select saga, step, place, moment, case when place = 1 then moment end,
            case when place = 1 then 1 else 0 end, case when place = 1 then moment end
        from unnest(steps) with ordinality as t (step, place);
    return query select 'erased', saga, number, moment;
end $$;
