-- The life of a strategy: who may approve and in whose name, sent back with a comment, two levels, paused and resumed; and
-- what a push must still be true of.

-- ---- persons and days ----------------------------------------------------------------------------------

-- Two logins of one person are one person. The code is the bank's own for people, such as a staff number.
alter table baton.operator add column person text constraint operator_person check (person ~ '[^[:space:]]');

-- Whom a login is: the person it was given, the RM that it is, or nobody but itself.
create function baton.person_of(login text) returns text
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce(
        (select 'person ' || coalesce(o.person, (select s.code from baton.staff s where s.id = (to_jsonb(o) ->> 'staff_id')::int))
         from baton.operator o where o.name = $1),
        'login ' || $1);
$$;

-- Says which person a login is; null takes it back. Only the owner may execute this, as with `operator_put`.
create function baton.operator_person(name text, person text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    update baton.operator o set person = operator_person.person where o.name = operator_person.name;
    if not found then
        raise exception using errcode = 'BT003', message = 'operator', detail = operator_person.name;
    end if;
    perform baton.note('operator.person', operator_person.name, jsonb_build_object('person', operator_person.person));
end;
$$;

-- The day on which approvals and delegations are counted: the server's clock in the bank's time zone, not `today`, which is
-- the day of the last load.
create function baton.clock_day() returns date
language sql stable set search_path = baton, pg_temp
as $$ select baton.bank_time(clock_timestamp())::date; $$;

-- ---- delegation ----------------------------------------------------------------------------------------

create table baton.delegation (
    id bigint generated always as identity primary key,
    delegator text not null,            -- an approver, in whose name
    delegate text not null,             -- this one approves
    from_day date not null,
    to_day date not null,
    made_by text not null default session_user,
    made_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    constraint delegation_range check (to_day between from_day and from_day + 366),
    constraint delegation_to_another check (delegate <> delegator)
);
grant select on baton.delegation to baton_operator;

create function baton.delegation_put(delegator text, delegate text, from_day date, to_day date) returns bigint
language plpgsql set search_path = baton, pg_temp
as $$
declare
    made bigint;
begin
    if not exists (select from baton.operator o where o.name = delegate) then
        raise exception using errcode = 'BT003', message = 'operator', detail = delegate;
    end if;
    if baton.person_of(delegate) = baton.person_of(delegator) then
        raise exception using errcode = '23514', constraint = 'delegation_to_another', message = 'delegation_to_another';
    end if;
    insert into baton.delegation (delegator, delegate, from_day, to_day)
        values (delegator, delegate, from_day, to_day) returning id into made;
    perform baton.note('approval.delegate', delegate,
        jsonb_build_object('delegation', made, 'delegator', delegator, 'from', from_day, 'to', to_day));
    return made;
end;
$$;

-- The caller, an approver, lets `delegate` approve in his name on these days.
create function baton.delegate(delegate text, from_day date, to_day date) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('approver');
    return baton.delegation_put(session_user::text, delegate, from_day, to_day);
end;
$$;

-- The same for an approver who is away already. Only the owner may execute this.
create function baton.delegate_for(delegator text, delegate text, from_day date, to_day date) returns bigint
language plpgsql set search_path = baton, pg_temp
as $$
begin
    if not exists (select from baton.operator o where o.name = delegator and 'approver' = any (o.duties)) then
        raise exception using errcode = 'BT003', message = 'approver', detail = delegator;
    end if;
    return baton.delegation_put(delegator, delegate, from_day, to_day);
end;
$$;

-- The caller is back, or has thought better of it.
create function baton.delegation_end(delegation bigint) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('approver');
    update baton.delegation d set ended_at = clock_timestamp()
        where d.id = delegation_end.delegation and d.delegator = session_user and d.ended_at is null;
    if not found then
        raise exception using errcode = 'BT003', message = 'delegation', detail = delegation_end.delegation::text;
    end if;
    perform baton.note('approval.delegate-end', session_user::text, jsonb_build_object('delegation', delegation_end.delegation));
end;
$$;

-- The delegation by which `delegate` may approve in the name of `delegator` today; null if there is none.
create function baton.delegation_now(delegator text, delegate text) returns bigint
language sql stable set search_path = baton, pg_temp
as $$
    select min(d.id) from baton.delegation d
    where d.delegator = $1 and d.delegate = $2 and d.ended_at is null and baton.clock_day() between d.from_day and d.to_day
        and exists (select from baton.operator o where o.name = d.delegator and 'approver' = any (o.duties));
$$;

-- ---- approval in levels --------------------------------------------------------------------------------

insert into baton.policy (key, value, low, high) values
    ('two_levels_from_customers', null, 1, 1000000000000),  -- from so many customers on, two people approve
    ('two_levels_from_cost', null, 1, 9000000000000000000); -- from such a budget on, in minor units

-- How many people must approve a version. Its size is that of the newest snapshot of the segment's pinned version, or what
-- the caller says; its cost is the cap, and nothing for a benefit that costs nothing. What nobody knows counts as large.
create function baton.approval_levels(strategy text, version int, customers bigint default null) returns int
language sql stable set search_path = baton, pg_temp
as $$
    select case when coalesce(coalesce($3, (select f.customers from baton.snapshot f
                                            where f.segment = v.segment and f.version = v.segment_version
                                            order by f.id desc limit 1), l.size) >= l.size, false)
                  or coalesce(coalesce(v.budget_cap, case when v.benefit !~ '[^[:space:]]' or v.benefit_cost = 0 then 0 end,
                                       l.cost) >= l.cost, false)
                then 2 else 1 end
    from baton.strategy_version v
    cross join (select baton.policy('two_levels_from_customers') as size, baton.policy('two_levels_from_cost') as cost) l
    where v.code = $1 and v.version = $2;
$$;

-- Each word of approval. `approval` follows when there are as many as the version needs; a push refers to that.
create table baton.approval_given (
    strategy text not null,
    version int not null,
    level int not null constraint approval_level check (level between 1 and 2),
    hash bytea not null,
    author text not null,
    approver text not null default session_user,
    stands_for text not null,           -- in whose name: the approver himself, or who has delegated to him
    delegation bigint references baton.delegation,
    author_person text not null,        -- filled by the trigger below
    approver_person text not null,
    stands_person text not null,
    given_at timestamptz not null default clock_timestamp(),
    primary key (strategy, version, level),
    constraint approval_not_by_author
        check (author not in (approver, stands_for) and author_person not in (approver_person, stands_person)),
    constraint approval_by_delegation check ((approver = stands_for) = (delegation is null)),
    constraint approval_names_current_text
        foreign key (strategy, version, hash, author) references baton.strategy_version (code, version, hash, author)
);
grant select on baton.approval_given to baton_operator;
insert into baton.approval_given (strategy, version, level, hash, author, approver, stands_for, author_person, approver_person,
        stands_person, given_at)
    select a.strategy, a.version, 1, a.hash, a.author, a.approver, a.approver, baton.person_of(a.author),
        baton.person_of(a.approver), baton.person_of(a.approver), a.approved_at
    from baton.approval a;

create function baton.approval_knows_its_people() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    new.author_person := baton.person_of(new.author);
    new.approver_person := baton.person_of(new.approver);
    new.stands_person := baton.person_of(new.stands_for);
    return new;
end;
$$;
create trigger approval_knows_its_people before insert on baton.approval_given
    for each row execute function baton.approval_knows_its_people();

-- Nobody who has written any version of the strategy so far approves it, nor lets another do so in his name; each level is
-- given by other people than the one before; and who speaks for another was delegated to.
create function baton.approval_is_of_others() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    broken text;
begin
    if exists (select from baton.strategy_version s
               where s.code = new.strategy and s.version <= new.version
                   and baton.person_of(s.author) in (new.approver_person, new.stands_person)) then
        broken := 'approval_not_by_writer';
    elsif exists (select from baton.approval_given g
                  where g.strategy = new.strategy and g.version = new.version and g.level <> new.level
                      and array[g.approver_person, g.stands_person] && array[new.approver_person, new.stands_person]) then
        broken := 'approval_by_another_person';
    elsif new.delegation is not null
        and not exists (select from baton.delegation d
                        where d.id = new.delegation and d.delegator = new.stands_for and d.delegate = new.approver
                            and d.ended_at is null and baton.bank_time(new.given_at)::date between d.from_day and d.to_day) then
        broken := 'approval_by_delegation';
    elsif new.level > 1 and not exists (select from baton.approval_given g
                                        where g.strategy = new.strategy and g.version = new.version and g.level = new.level - 1) then
        broken := 'approval_in_order';
    end if;
    if broken is not null then
        raise exception using errcode = '23514', constraint = broken, message = broken;
    end if;
    return new;
end;
$$;
create trigger approval_is_of_others after insert on baton.approval_given
    for each row execute function baton.approval_is_of_others();
create trigger approval_given_is_append_only before update or delete or truncate on baton.approval_given
    for each statement execute function baton.refuse_change();

-- An approval stands on the words that were given, as many as the version needs, and the last of them is its own.
create function baton.approval_has_its_levels() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    if (select count(*) from baton.approval_given g
        where g.strategy = new.strategy and g.version = new.version and g.hash = new.hash)
            < baton.approval_levels(new.strategy, new.version)
        or not exists (select from baton.approval_given g
                       where g.strategy = new.strategy and g.version = new.version and g.approver = new.approver) then
        raise exception using errcode = '23514', constraint = 'approval_has_its_levels', message = 'approval_has_its_levels';
    end if;
    return new;
end;
$$;
create trigger approval_has_its_levels after insert on baton.approval
    for each row execute function baton.approval_has_its_levels();

-- ---- sending back --------------------------------------------------------------------------------------

create table baton.send_back (
    strategy text not null,
    version int not null,
    hash bytea not null,
    comment text not null constraint send_back_comment check (comment ~ '[^[:space:]]' and length(comment) <= 2000),
    sent_by text not null default session_user,
    stands_for text not null,
    sent_at timestamptz not null default clock_timestamp(),
    primary key (strategy, version),
    foreign key (strategy, version) references baton.strategy_version (code, version)
);
grant select on baton.send_back to baton_operator;
create trigger send_back_is_append_only before update or delete or truncate on baton.send_back
    for each statement execute function baton.refuse_change();

-- In whose name the caller approves or sends back: his own if he is an approver, else of the one who has delegated to him,
-- of several one who has not written the strategy. `wanted` names one. Refuses whoever may not.
create function baton.approves_for(strategy text, wanted text) returns text
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    found text;
begin
    if coalesce(wanted, session_user::text) = session_user then
        if wanted is null and not baton.has_duty('approver') then
            select d.delegator into found from baton.delegation d
                where d.delegate = session_user and baton.delegation_now(d.delegator, d.delegate) is not null
                order by exists (select from baton.strategy_version s where s.code = approves_for.strategy
                                 and baton.person_of(s.author) = baton.person_of(d.delegator)), d.id limit 1;
        end if;
        if found is null then
            perform baton.require_duty('approver');
            return session_user;
        end if;
    else
        if baton.delegation_now(wanted, session_user::text) is null then
            raise exception using errcode = 'BT202', message = 'no_delegation', detail = wanted;
        end if;
        found := wanted;
    end if;
    -- A delegate has some duty or other; this asks how the transaction reads.
    perform baton.require_duty(o.duties[1]) from baton.operator o where o.name = session_user;
    return found;
end;
$$;

drop function baton.strategy_approve(text, bytea);

-- Approves the latest submitted version of `code` if `hash` is still its text: the constraints of `approval_given` refuse
-- who may not. It is approved when as many have said so as it needs. An approved one that needs another word by now, since
-- the bank has set a limit or its segment has grown, takes it, too. The same approver's second word changes nothing.
-- Gives the version.
create function baton.strategy_approve(code text, hash bytea, stands_for text default null) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own_name text := baton.approves_for(strategy_approve.code, strategy_approve.stands_for);
    seen baton.strategy_version;
    words int;
    mine bool;
begin
    select * into seen from baton.strategy_version s
        where s.code = strategy_approve.code and s.state = 'submitted' order by s.version desc limit 1 for update;
    if seen.code is null or seen.hash <> strategy_approve.hash then
        -- What was approved already, by the caller or by too few.
        select s.* into seen from baton.strategy_version s
            where s.code = strategy_approve.code and s.hash = strategy_approve.hash
                and (s.state in ('approved', 'paused')
                     or exists (select from baton.approval_given g where g.strategy = s.code and g.version = s.version
                                and g.approver = session_user and g.stands_for = own_name))
            order by s.version desc limit 1 for update;
        if seen.code is null then
            select * into seen from baton.strategy_version s
                where s.code = strategy_approve.code order by s.state = 'submitted' desc, s.version desc limit 1;
            if seen.code is null then
                raise exception using errcode = 'BT003', message = 'strategy', detail = strategy_approve.code;
            end if;
        end if;
    end if;
    if seen.state = 'submitted' and seen.hash <> strategy_approve.hash then
        raise exception using errcode = '23503', constraint = 'approval_names_current_text', message = 'approval_names_current_text';
    end if;
    select count(*), coalesce(bool_or(g.approver = session_user and g.stands_for = own_name), false) into words, mine
        from baton.approval_given g where g.strategy = seen.code and g.version = seen.version;
    if mine and seen.state <> 'submitted' then
        return seen.version;
    end if;
    if seen.state <> 'submitted'
        and (seen.state not in ('approved', 'paused') or words >= baton.approval_levels(seen.code, seen.version)) then
        raise exception using errcode = 'BT004', message = seen.state, detail = format('%s v%s', seen.code, seen.version);
    end if;
    if not mine then
        words := words + 1;
        insert into baton.approval_given (strategy, version, level, hash, author, stands_for, delegation, author_person,
                approver_person, stands_person)
            values (seen.code, seen.version, words, strategy_approve.hash, seen.author, own_name,
                case when own_name <> session_user then baton.delegation_now(own_name, session_user::text) end, '', '', '');
        perform baton.note('strategy.approve', format('%s v%s', seen.code, seen.version),
            jsonb_build_object('hash', encode(strategy_approve.hash, 'hex'), 'author', seen.author, 'level', words,
                'levels', baton.approval_levels(seen.code, seen.version), 'stands_for', own_name));
    end if;
    if seen.state = 'submitted' and words >= baton.approval_levels(seen.code, seen.version) then
        insert into baton.approval (strategy, version, hash, author) values (seen.code, seen.version, seen.hash, seen.author);
        update baton.strategy_version s set state = 'approved' where s.code = seen.code and s.version = seen.version;
        if not baton.strategy_runs(seen.code) then
            update baton.strategy_version s set state = 'paused' where s.code = seen.code and s.version = seen.version;
        end if;
    end if;
    return seen.version;
end;
$$;

-- Sends the latest submitted version of `code` back to its author with a comment, if `hash` is still its text. Gives the
-- version.
create function baton.strategy_send_back(code text, hash bytea, comment text, stands_for text default null) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own_name text := baton.approves_for(strategy_send_back.code, strategy_send_back.stands_for);
    seen baton.strategy_version;
begin
    select * into seen from baton.strategy_version s
        where s.code = strategy_send_back.code order by s.state = 'submitted' desc, s.version desc limit 1 for update;
    if seen.code is null then
        raise exception using errcode = 'BT003', message = 'strategy', detail = strategy_send_back.code;
    end if;
    if seen.state <> 'submitted' then
        raise exception using errcode = 'BT004', message = seen.state, detail = format('%s v%s', seen.code, seen.version);
    end if;
    if seen.hash <> strategy_send_back.hash then
        raise exception using errcode = '23503', constraint = 'approval_names_current_text', message = 'approval_names_current_text';
    end if;
    insert into baton.send_back (strategy, version, hash, comment, stands_for)
        values (seen.code, seen.version, seen.hash, strategy_send_back.comment, own_name);
    update baton.strategy_version s set state = 'sent_back' where s.code = seen.code and s.version = seen.version;
    perform baton.note('strategy.send-back', format('%s v%s', seen.code, seen.version),
        jsonb_build_object('hash', encode(seen.hash, 'hex'), 'author', seen.author, 'stands_for', own_name));
    return seen.version;
end;
$$;

-- ---- pausing -------------------------------------------------------------------------------------------

create table baton.strategy_pause (
    id bigint generated always as identity primary key,
    code text not null,
    reason text not null constraint pause_reason check (reason ~ '[^[:space:]]' and length(reason) <= 2000),
    paused_by text not null default session_user,
    paused_at timestamptz not null default clock_timestamp(),
    resumed_by text,
    resumed_at timestamptz,
    resume_reason text constraint resume_reason check (resume_reason ~ '[^[:space:]]' and length(resume_reason) <= 2000),
    constraint pause_resumed check ((resumed_by is null) = (resumed_at is null) and (resumed_by is null) = (resume_reason is null))
);
create unique index strategy_pause_once on baton.strategy_pause (code) where resumed_at is null;
grant select on baton.strategy_pause to baton_operator;

-- The strategy is not paused. Whatever goes out to branches asks this first.
create function baton.strategy_runs(code text) returns bool
language sql stable set search_path = baton, pg_temp
as $$
    select not exists (select from baton.strategy_pause p where p.code = $1 and p.resumed_at is null);
$$;

-- A version that was paused before its first push may be overtaken by a later one.
create or replace function baton.strategy_may_go(was text, becomes text) returns bool
language sql immutable set search_path = baton, pg_temp
as $$
    select (was, becomes) in (
        ('draft', 'submitted'),
        ('submitted', 'approved'), ('submitted', 'sent_back'), ('submitted', 'voided'),
        ('approved', 'paused'), ('approved', 'reviewed'), ('approved', 'voided'),
        ('paused', 'approved'), ('paused', 'reviewed'), ('paused', 'voided'));
$$;

create or replace function baton.strategy_void(code text, besides int) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    perform from baton.strategy_version s
        where s.code = strategy_void.code and s.version <> besides and s.state in ('submitted', 'approved', 'paused') for update;
    update baton.strategy_version s set state = 'voided'
        where s.code = strategy_void.code and s.version <> besides and s.state in ('submitted', 'approved', 'paused')
            and not exists (select from baton.push p where p.strategy = s.code and p.version = s.version);
end;
$$;

-- Pausing stops, so whoever works with strategies may; strategist or approver.
create function baton.require_hand() returns void
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty(case when baton.has_duty('approver') then 'approver' else 'strategist' end);
end;
$$;

-- Stops what of `code` may be pushed or is with the branches. A push that is under way is waited for.
create function baton.pause_one(code text, reason text, every bool) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    stood int;
begin
    perform from baton.strategy_version s where s.code = pause_one.code and s.state = 'approved' for update;
    insert into baton.strategy_pause (code, reason) values (pause_one.code, pause_one.reason);
    update baton.strategy_version s set state = 'paused'
        where s.code = pause_one.code and s.state = 'approved'
            and coalesce((select max(p.deadline) from baton.push p where p.strategy = s.code and p.version = s.version)
                         >= baton.today(), true);
    get diagnostics stood = row_count;
    perform baton.note('strategy.pause', pause_one.code,
        jsonb_build_object('reason', pause_one.reason, 'versions', stood, 'all', every));
end;
$$;

-- Pauses one strategy. It must have a version that is approved or live.
create function baton.strategy_pause(code text, reason text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    seen baton.strategy_row;
begin
    perform baton.require_hand();
    select * into seen from baton.strategy_row r where r.code = strategy_pause.code
        order by r.state in ('approved', 'live') desc, r.version desc limit 1;
    if seen.code is null then
        raise exception using errcode = 'BT003', message = 'strategy', detail = strategy_pause.code;
    end if;
    if seen.state not in ('approved', 'live') or not baton.strategy_runs(seen.code) then
        raise exception using errcode = 'BT004', detail = format('%s v%s', seen.code, seen.version),
            message = case when baton.strategy_runs(seen.code) then seen.state else 'paused' end;
    end if;
    perform baton.pause_one(seen.code, strategy_pause.reason, false);
end;
$$;

-- The kill switch: pauses every strategy that is approved or live, and gives how many.
create function baton.strategy_pause_all(reason text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    one text;
    n int := 0;
begin
    perform baton.require_hand();
    -- Pushes end first, and no new one begins.
    lock table baton.push in share row exclusive mode;
    for one in select distinct r.code from baton.strategy_row r where r.state in ('approved', 'live') order by 1
    loop
        continue when not baton.strategy_runs(one);
        perform baton.pause_one(one, strategy_pause_all.reason, true);
        n := n + 1;
    end loop;
    perform baton.note('strategy.pause-all', n::text, jsonb_build_object('reason', strategy_pause_all.reason, 'strategies', n));
    return n;
end;
$$;

create function baton.resume_one(code text, reason text, every bool) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    update baton.strategy_pause p
        set resumed_by = session_user, resumed_at = clock_timestamp(), resume_reason = resume_one.reason
        where p.code = resume_one.code and p.resumed_at is null;
    update baton.strategy_version s set state = 'approved' where s.code = resume_one.code and s.state = 'paused';
    perform baton.note('strategy.resume', resume_one.code, jsonb_build_object('reason', resume_one.reason, 'all', every));
end;
$$;

-- Lets a paused strategy go on. Who has paused it may, else an approver: nobody takes another's brake off by himself.
create function baton.strategy_resume(code text, reason text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    brake baton.strategy_pause;
begin
    perform baton.require_hand();
    select * into brake from baton.strategy_pause p
        where p.code = strategy_resume.code and p.resumed_at is null for update;
    if brake.id is null then
        raise exception using errcode = 'BT003', message = 'pause', detail = strategy_resume.code;
    end if;
    if brake.paused_by <> session_user then
        perform baton.require_duty('approver');
    end if;
    perform baton.resume_one(brake.code, strategy_resume.reason, false);
end;
$$;

-- Lets all go on that the caller may let go on, and gives how many.
create function baton.strategy_resume_all(reason text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    one text;
    n int := 0;
begin
    perform baton.require_hand();
    for one in select p.code from baton.strategy_pause p
        where p.resumed_at is null and (p.paused_by = session_user or baton.has_duty('approver')) order by 1 for update
    loop
        perform baton.resume_one(one, strategy_resume_all.reason, true);
        n := n + 1;
    end loop;
    return n;
end;
$$;

-- ---- what a push must still be true of -----------------------------------------------------------------

-- Why a strategy may be pushed on days on which nothing is, as its approved text says.
alter table baton.strategy_version
    add column during_blackout text generated always as (body::jsonb ->> 'during_blackout') stored;

-- What the benefits of a strategy cost with one more push: each customer who was ever treated is given one benefit, at the
-- price of the version that he was treated by first. The sum of the pushes is enough if it fits below `cap`; else the
-- lists are gone through, for a customer of two waves is one.
create function baton.benefits_cost(of_push baton.push, price bigint, cap bigint) returns numeric
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    homes bigint[];
    plans bigint[];
    prices bigint[];
    cost numeric;
begin
    select array_agg(distinct u.home), array_agg(u.plan_id order by u.n), array_agg(u.price order by u.n), sum(u.treated::numeric * u.price)
    into homes, plans, prices, cost
    from (select p.id as n, p.home, p.plan_id, p.treated, coalesce(v.benefit_cost, benefits_cost.price) as price
          from baton.push p join baton.strategy_version v on v.code = p.strategy and v.version = p.version
          where p.strategy = of_push.strategy and p.plan_id <> of_push.plan_id
          union all
          select of_push.id, of_push.home, of_push.plan_id, of_push.treated, benefits_cost.price) u;
    if cost <= cap or cardinality(plans) = 1 then
        return cost;
    end if;
    execute 'select coalesce(sum(f.price::numeric), 0)
        from (select distinct on (m.customer_id) m.customer_id, u.price
              from baton.plan_member m
              join unnest($2, $3) with ordinality u (plan_id, price, n) on u.plan_id = m.plan_id
              where m.home = any ($1) and m.plan_id = any ($2) and m.arm = ''treated''
              order by m.customer_id, u.n) f'
    into cost using homes, plans, prices;
    return cost;
end;
$$;

-- The wall beside every function that pushes: only a version that is approved at that moment by as many as its list needs,
-- and stays so until the push stands; not while it is paused, nor on days on which nothing goes out; and no benefit
-- beyond its budget. A later version that voids it, and a pause, wait for the row, or are waited for.
create or replace function baton.push_is_of_a_standing_version() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    v baton.strategy_version;
    stands text;
    dark text;
    words int;
    needed int;
    cost numeric;
begin
    select * into v from baton.strategy_version s where s.code = new.strategy and s.version = new.version for share;
    stands := v.state;
    if exists (select from baton.strategy_shelf h where h.code = new.strategy) then
        stands := 'archived';
    elsif stands = 'approved' and not baton.strategy_runs(new.strategy) then
        stands := 'paused';
    end if;
    if stands is distinct from 'approved' then
        raise exception using errcode = 'BT004', message = coalesce(stands, 'draft'),
            detail = format('%s v%s', new.strategy, new.version);
    end if;
    -- Looking at the bank as of another day opens no day on which nothing goes out.
    dark := coalesce(baton.blackout_on(new.as_of), baton.blackout_on((select b.as_of from baton.bank b)));
    if dark is not null and v.during_blackout is null then
        raise exception using errcode = 'BT203', message = 'blackout', detail = dark;
    end if;
    needed := baton.approval_levels(new.strategy, new.version,
        (select f.customers from baton.push_plan p join baton.snapshot f on f.id = p.snapshot_id where p.id = new.plan_id));
    if needed > 1 then
        select count(*) into words from baton.approval_given g
            where g.strategy = new.strategy and g.version = new.version and g.hash = new.hash;
        if words < needed then
            raise exception using errcode = 'BT204', message = 'levels', detail = format('%s v%s', new.strategy, new.version);
        end if;
    end if;
    if v.budget_cap is not null then
        if v.benefit_cost is null then
            raise exception using errcode = 'BT205', message = 'no_price', detail = format('%s v%s', new.strategy, new.version);
        end if;
        cost := baton.benefits_cost(new, v.benefit_cost, v.budget_cap);
        if cost > v.budget_cap then
            raise exception using errcode = 'BT206', message = v.budget_cap::text, detail = trunc(cost)::text;
        end if;
    end if;
    return new;
end;
$$;

-- Nothing of a paused strategy is planned either.
create function baton.plan_is_of_a_running_strategy() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    if not baton.strategy_runs(new.strategy) then
        raise exception using errcode = 'BT004', message = 'paused', detail = format('%s v%s', new.strategy, new.version);
    end if;
    return new;
end;
$$;
create trigger plan_is_of_a_running_strategy before insert on baton.push_plan
    for each row execute function baton.plan_is_of_a_running_strategy();

-- Fixes the latest draft's text: pins the segment's latest version and sets the hash. Gives the version. A budget that
-- nobody can hold, since no price is named, is no text to approve.
create or replace function baton.strategy_submit(code text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    draft baton.strategy_version;
begin
    perform baton.require_duty('strategist');
    select * into draft from baton.strategy_version s
        where s.code = strategy_submit.code order by s.version desc limit 1 for update;
    if draft.code is null then
        raise exception using errcode = 'BT003', message = 'strategy', detail = strategy_submit.code;
    end if;
    if draft.state <> 'draft' then
        raise exception using errcode = 'BT004', message = draft.state, detail = format('%s v%s', draft.code, draft.version);
    end if;
    if draft.budget_cap is not null and draft.benefit_cost is null then
        raise exception using errcode = 'BT205', message = 'no_price', detail = format('%s v%s', draft.code, draft.version);
    end if;
    select max(v.version) into draft.segment_version from baton.segment_version v where v.code = draft.segment;
    draft.hash := sha256(convert_to(baton.strategy_content(draft), 'UTF8'));
    update baton.strategy_version s
        set state = 'submitted', segment_version = draft.segment_version, hash = draft.hash, submitted_at = clock_timestamp()
        where s.code = draft.code and s.version = draft.version;
    perform baton.note('strategy.submit', format('%s v%s', draft.code, draft.version),
        jsonb_build_object('hash', encode(draft.hash, 'hex'), 'segment', draft.segment, 'segment_version', draft.segment_version));
    return draft.version;
end;
$$;

-- ---- reading -------------------------------------------------------------------------------------------

create or replace view baton.strategy_row with (security_invoker = true) as
select v.code, v.version, v.name, v.segment, v.segment_version, v.deadline_days, v.control_ppm, v.seed, v.product, v.benefit,
    v.script, v.hash, v.author, a.approver, baton.strategy_stands(v.state, p.last_day, h.code is not null) as state,
    r.rule,
    v.version = max(v.version) over (partition by v.code) as latest,
    v.body, v.base, v.created_at, v.submitted_at,
    baton.approval_levels(v.code, v.version) as levels,
    w.approvers, w.in_names,
    b.sent_by, b.comment, baton.bank_time(b.sent_at) as sent_at,
    s.paused_by, s.reason as pause_reason, baton.bank_time(s.paused_at) as paused_at,
    l.customers as listed, l.as_of as listed_on
from baton.strategy_version v
left join baton.approval a on a.strategy = v.code and a.version = v.version
left join baton.strategy_shelf h on h.code = v.code
left join baton.send_back b on b.strategy = v.code and b.version = v.version
left join baton.strategy_pause s on s.code = v.code and s.resumed_at is null and v.state = 'paused'
left join lateral (select array_agg(g.approver order by g.level) as approvers, array_agg(g.stands_for order by g.level) as in_names
                   from baton.approval_given g where g.strategy = v.code and g.version = v.version) w on true
left join lateral (select max(u.deadline) as last_day from baton.push u where u.strategy = v.code and u.version = v.version) p
    on true
left join lateral (select w.rule, w.version from baton.segment_version w
                   where w.code = v.segment and w.version = coalesce(v.segment_version, w.version)
                   order by w.version desc limit 1) r on true
left join lateral (select f.customers, f.as_of from baton.snapshot f
                   where f.segment = v.segment and f.version = r.version order by f.id desc limit 1) l on true;

-- Who could approve a version now, in their own name: approvers who have written none of it and have not spoken yet.
create function baton.may_approve(strategy text, version int) returns setof text
language sql stable set search_path = baton, pg_temp
as $$
    select o.name from baton.operator o
    where 'approver' = any (o.duties)
        and not exists (select from baton.strategy_version s where s.code = $1 and s.version <= $2
                        and baton.person_of(s.author) = baton.person_of(o.name))
        and not exists (select from baton.approval_given g where g.strategy = $1 and g.version = $2
                        and baton.person_of(o.name) in (g.approver_person, g.stands_person))
    order by o.name;
$$;

-- The caller could: in his own name, or in that of one who has delegated to him.
create function baton.could_approve(strategy text, version int) returns bool
language sql stable set search_path = baton, pg_temp
as $$
    select not exists (select from baton.strategy_version s where s.code = $1 and s.version <= $2
                       and baton.person_of(s.author) = baton.person_of(session_user::text))
        and not exists (select from baton.approval_given g where g.strategy = $1 and g.version = $2
                        and baton.person_of(session_user::text) in (g.approver_person, g.stands_person))
        and (baton.has_duty('approver')
             or exists (select from baton.delegation d
                        where d.delegate = session_user and baton.delegation_now(d.delegator, d.delegate) is not null
                            and d.delegator in (select m from baton.may_approve($1, $2) m)));
$$;

revoke execute on function baton.person_of, baton.operator_person, baton.clock_day, baton.delegation_put, baton.delegate,
    baton.delegate_for, baton.delegation_end, baton.delegation_now, baton.approval_levels, baton.approval_knows_its_people,
    baton.approval_is_of_others, baton.approval_has_its_levels, baton.approves_for, baton.strategy_approve,
    baton.strategy_send_back, baton.strategy_runs, baton.require_hand, baton.pause_one, baton.strategy_pause,
    baton.strategy_pause_all, baton.resume_one, baton.strategy_resume, baton.strategy_resume_all, baton.benefits_cost,
    baton.plan_is_of_a_running_strategy, baton.may_approve, baton.could_approve from public;
grant execute on function baton.person_of, baton.clock_day, baton.delegate, baton.delegation_end, baton.delegation_now,
    baton.approval_levels, baton.strategy_approve, baton.strategy_send_back, baton.strategy_runs, baton.strategy_pause,
    baton.strategy_pause_all, baton.strategy_resume, baton.strategy_resume_all, baton.may_approve, baton.could_approve
    to baton_operator;
