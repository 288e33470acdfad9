-- Friends and blocks have a database of their own. What was here is kept under other names, so that no
-- worker of before writes it (it waits), until `chatstream migrate` has moved it and drops it.
lock table friend_facts, friends, blocked_users in access exclusive mode;
alter table friend_facts rename to former_friend_facts;
alter table friends rename to former_friends;
alter table blocked_users rename to former_blocked_users;

-- People are searched there.
drop index accounts_by_handle_prefix;
drop index accounts_by_name_prefix;

-- Owner: `chatstream migrate`. What leaves this database; `done_at` when nothing of it is here any more.
create table moves (
    context text primary key,
    move_id uuid not null default gen_random_uuid(),
    done_at timestamptz
);
insert into moves (context) values ('friends');
