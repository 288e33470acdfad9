-- [[handle, name], …] in the given order
create or replace function people_of(accounts uuid[]) returns json
language sql stable as $$
    select json_agg(json_build_array(p.user_id, p.name) order by a.place)
    from unnest(accounts) with ordinality as a (account, place)
    left join profiles p on p.account_id = a.account;
$$;
