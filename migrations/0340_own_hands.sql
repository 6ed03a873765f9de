-- Nobody sends his own text back in an approver's name; what stands in somebody's way is told before he tries; and a delegation is not of days
-- that are past, nor kept twice.

-- Who sends back is held against the authors as who approves is: neither he nor the one in whose name has written a version of it so far.
create function baton.send_back_is_of_others() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    if exists (select from baton.strategy_version s
               where s.code = new.strategy and s.version <= new.version
                   and baton.person_of(s.author) in (baton.person_of(new.sent_by), baton.person_of(new.stands_for))) then
        raise exception using errcode = '23514', constraint = 'send_back_not_by_writer', message = 'send_back_not_by_writer';
    end if;
    return new;
end;
$$;
create trigger send_back_is_of_others after insert on baton.send_back
    for each row execute function baton.send_back_is_of_others();

-- Why the caller, who has the duty or has been delegated to, cannot approve a version: he has written one of it (`writer`) or approved this one
-- (`spoke`), under whatever login; or so has everybody in whose name he could (`name_writer` if they all wrote, else `name_spoke`). Null if nothing
-- stands in his way. Who has the duty speaks in his own name.
create function baton.approval_bar(strategy text, version int) returns text
language sql stable set search_path = baton, pg_temp
as $$
    with writer as (
        select distinct baton.person_of(s.author) as person from baton.strategy_version s where s.code = $1 and s.version <= $2
    ), spoke as (
        select unnest(array[g.approver_person, g.stands_person, baton.person_of(g.approver), baton.person_of(g.stands_for)]) as person
        from baton.approval_given g where g.strategy = $1 and g.version = $2
    ), name as (
        select baton.person_of(d.delegator) in (select w.person from writer w) as wrote,
            baton.person_of(d.delegator) in (select k.person from spoke k) as spoke
        from baton.delegation d
        where d.delegate = session_user and baton.delegation_now(d.delegator, d.delegate) is not null and not baton.has_duty('approver')
    )
    select case
        when baton.person_of(session_user::text) in (select w.person from writer w) then 'writer'
        when baton.person_of(session_user::text) in (select k.person from spoke k) then 'spoke'
        when not exists (select from name) or exists (select from name n where not n.wrote and not n.spoke) then null
        when not exists (select from name n where not n.wrote) then 'name_writer'
        else 'name_spoke' end;
$$;

-- As in 0034; of several one, too, who has not spoken yet.
create or replace function baton.approves_for(strategy text, wanted text) returns text
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    found text;
    today date := baton.clock_day();
begin
    if coalesce(wanted, session_user::text) = session_user then
        if wanted is null and not baton.has_duty('approver') then
            select d.delegator into found
                from baton.delegation d join baton.operator o on o.name = d.delegator and 'approver' = any (o.duties)
                where d.delegate = session_user and d.ended_at is null and today between d.from_day and d.to_day
                order by exists (select from baton.strategy_version s where s.code = approves_for.strategy
                                 and baton.person_of(s.author) = baton.person_of(d.delegator)),
                    exists (select from baton.approval_given g
                            where g.strategy = approves_for.strategy
                                and g.version = (select max(s.version) from baton.strategy_version s where s.code = approves_for.strategy)
                                and g.approver <> session_user
                                and baton.person_of(d.delegator) in (baton.person_of(g.approver), baton.person_of(g.stands_for))),
                    d.id limit 1;
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

-- Those that were entered twice are one from here on: what is left of them ends with the first.
update baton.delegation d set ended_at = clock_timestamp()
    where d.ended_at is null and exists (select from baton.delegation f
        where f.id < d.id and f.ended_at is null and (f.delegator, f.delegate, f.from_day, f.to_day) = (d.delegator, d.delegate, d.from_day, d.to_day));
create unique index delegation_once on baton.delegation (delegator, delegate, from_day, to_day) where ended_at is null;

-- As in 0033; the same once more is the one that is there, and one whose last day is past is none.
create or replace function baton.delegation_put(delegator text, delegate text, from_day date, to_day date) returns bigint
language plpgsql set search_path = baton, pg_temp
as $$
#variable_conflict use_column
declare
    made bigint;
begin
    if not exists (select from baton.operator o where o.name = delegation_put.delegate) then
        raise exception using errcode = 'BT003', message = 'operator', detail = delegation_put.delegate;
    end if;
    if baton.person_of(delegation_put.delegate) = baton.person_of(delegation_put.delegator) then
        raise exception using errcode = '23514', constraint = 'delegation_to_another', message = 'delegation_to_another';
    end if;
    insert into baton.delegation as d (delegator, delegate, from_day, to_day)
        values (delegation_put.delegator, delegation_put.delegate, delegation_put.from_day, delegation_put.to_day)
        on conflict (delegator, delegate, from_day, to_day) where ended_at is null do nothing
        returning d.id into made;
    if made is null then
        return (select d.id from baton.delegation d
                where d.delegator = delegation_put.delegator and d.delegate = delegation_put.delegate
                    and d.from_day = delegation_put.from_day and d.to_day = delegation_put.to_day and d.ended_at is null);
    end if;
    if delegation_put.to_day < baton.clock_day() then
        raise exception using errcode = '23514', constraint = 'delegation_past', message = 'delegation_past';
    end if;
    perform baton.note('approval.delegate', delegation_put.delegate,
        jsonb_build_object('delegation', made, 'delegator', delegation_put.delegator, 'from', delegation_put.from_day, 'to', delegation_put.to_day));
    return made;
end;
$$;

revoke execute on function baton.send_back_is_of_others, baton.approval_bar from public;
grant execute on function baton.approval_bar to baton_operator;
