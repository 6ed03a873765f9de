-- The coaching log (网点辅导): what was seen at a unit or with an RM, what was agreed, until when, and what was found when
-- somebody looked again. Both are only added to.

create table baton.coaching (
    id bigint generated always as identity primary key,
    org_id int not null references baton.org_unit,
    staff_id int references baton.staff,    -- the RM that it is about; null for the unit
    noted_on date not null default baton.today(),
    seen_on date not null,
    seen text not null constraint coaching_seen check (seen ~ '[^[:space:]]' and char_length(seen) <= 2000),
    agreed text not null constraint coaching_agreed check (agreed ~ '[^[:space:]]' and char_length(agreed) <= 2000),
    due date not null,
    by text not null default session_user,
    at timestamptz not null default clock_timestamp(),
    constraint coaching_seen_before check (seen_on <= noted_on),
    constraint coaching_due_after check (due >= noted_on)
);
create index coaching_by_unit on baton.coaching (org_id);

-- A look at what was agreed: it was kept, which ends it; it was not yet and is looked at again on another day; or it was dropped,
-- which ends it and counts for nobody. Unit and RM stand beside it so that the wall needs no join.
create table baton.coaching_check (
    coaching_id bigint not null references baton.coaching,
    n int not null,                         -- counts from 1 for each agreement
    org_id int not null,
    staff_id int,
    checked_on date not null default baton.today(),
    result text not null constraint coaching_result check (result in ('kept', 'again', 'dropped')),
    said text not null constraint coaching_said check (said ~ '[^[:space:]]' and char_length(said) <= 2000),
    next_due date,
    by text not null default session_user,
    at timestamptz not null default clock_timestamp(),
    primary key (coaching_id, n),
    constraint coaching_again_has_a_day check ((result = 'again') = (next_due is not null)),
    constraint coaching_next_after check (next_due > checked_on)
);
create index coaching_check_by_day on baton.coaching_check (checked_on);
grant select on baton.coaching, baton.coaching_check to baton_operator;
create trigger coaching_is_append_only before update or delete or truncate on baton.coaching
    for each statement execute function baton.refuse_change();
create trigger coaching_check_is_append_only before update or delete or truncate on baton.coaching_check
    for each statement execute function baton.refuse_change();

-- Each unit sees its own and those below it; an RM what is about his unit or about him, and not what is about a colleague.
select baton.wall('coaching');
select baton.wall('coaching_check');
create policy own_coaching on baton.coaching as restrictive for select to baton_operator
    using ((select baton.own_staff()) is null or staff_id is null or staff_id = (select baton.own_staff()));
create policy own_coaching on baton.coaching_check as restrictive for select to baton_operator
    using ((select baton.own_staff()) is null or staff_id is null or staff_id = (select baton.own_staff()));

-- Notes what was seen and agreed, and gives its number. Whoever has a unit writes of it and of those below it.
create function baton.coaching_new(org text, staff text, seen_on date, seen text, agreed text, due date) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    place int;
    rm baton.staff;
    number bigint;
begin
    perform baton.require_duty('strategist');
    select u.id into place from baton.org_unit u where u.code = coaching_new.org and u.closed_on is null;
    if place is null then
        raise exception using errcode = 'BT003', message = 'org_unit', detail = coalesce(coaching_new.org, '');
    end if;
    if not baton.sees_all() and place not in (select u from baton.scope_units() u) then
        raise exception using errcode = 'BT007', message = 'foreign_unit', detail = coaching_new.org;
    end if;
    if coaching_new.staff is not null then
        select * into rm from baton.staff s
            where s.code = coaching_new.staff and s.closed_on is null and s.org_id = place;
        if rm.id is null then
            raise exception using errcode = 'BT003', message = 'staff', detail = coaching_new.staff;
        end if;
    end if;
    insert into baton.coaching (org_id, staff_id, seen_on, seen, agreed, due)
        values (place, rm.id, coalesce(coaching_new.seen_on, baton.today()), coaching_new.seen, coaching_new.agreed,
            coaching_new.due)
        returning id into number;
    perform baton.note('coaching.new', number::text, jsonb_build_object('org', coaching_new.org, 'staff', coaching_new.staff,
        'seen_on', coaching_new.seen_on, 'seen', coaching_new.seen, 'agreed', coaching_new.agreed, 'due', coaching_new.due));
    return number;
end;
$$;

-- Says what a look at an agreement has found; one that has ended is not looked at again.
create function baton.coaching_recheck(coaching bigint, result text, said text, next_due date) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    c baton.coaching;
    last baton.coaching_check;
begin
    perform baton.require_duty('strategist');
    select * into c from baton.coaching k where k.id = coaching_recheck.coaching for update;
    if c.id is null then
        raise exception using errcode = 'BT003', message = 'coaching', detail = coaching_recheck.coaching::text;
    end if;
    if not baton.sees_all() and c.org_id not in (select u from baton.scope_units() u) then
        raise exception using errcode = 'BT007', message = 'foreign_unit',
            detail = (select u.code from baton.org_unit u where u.id = c.org_id);
    end if;
    select * into last from baton.coaching_check k where k.coaching_id = c.id order by k.n desc limit 1;
    if last.result in ('kept', 'dropped') then
        raise exception using errcode = '23514', constraint = 'coaching_is_open', message = 'coaching_is_open';
    end if;
    insert into baton.coaching_check (coaching_id, n, org_id, staff_id, result, said, next_due)
        values (c.id, coalesce(last.n, 0) + 1, c.org_id, c.staff_id, coaching_recheck.result, coaching_recheck.said,
            coaching_recheck.next_due);
    perform baton.note('coaching.recheck', c.id::text, jsonb_build_object('result', coaching_recheck.result,
        'said', coaching_recheck.said, 'next_due', coaching_recheck.next_due));
end;
$$;

revoke execute on function baton.coaching_new, baton.coaching_recheck from public;
grant execute on function baton.coaching_new, baton.coaching_recheck to baton_operator;
