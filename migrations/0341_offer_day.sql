-- By which day an offer lapses, which day of an outcome is refused, and by when an offer on the worklist is to be answered.

-- The day by which an offer lapses, for the list, for what waits and for who takes it: the one that the caller looks at, and never one before
-- the bank's own, so that looking back revives no offer.
create function baton.offer_day() returns date
language sql stable parallel safe set search_path = baton, pg_temp
as $$ select greatest(baton.bank_day(), baton.today()); $$;

-- As in 0171; by the day that is looked at.
create or replace function baton.offers_waiting(push bigint, org int, rm int) returns bigint
language sql stable security definer set search_path = baton, pg_temp
as $$
    select count(*) from baton.referral f
    where f.push_id = $1 and f.org_id = $2 and ($3 is null or f.rm_id = $3) and f.state = 'offered' and f.due >= baton.offer_day()
        and $2 in (select u.id from baton.scope_units() as u (id));
$$;

-- As in 0171; by the day that is looked at.
create or replace function baton.guest() returns setof bigint
language sql stable parallel safe security definer set search_path = baton, pg_temp rows 1
as $$
    with asked as (
        select nullif(split_part(s.task, ' ', 1), '')::bigint as push_id, nullif(split_part(s.task, ' ', 2), '')::bigint as customer_id
        from (select current_setting('baton.task', true) as task) s where s.task ~ '^[0-9]{1,18} [0-9]{1,18}$'
    )
    select a.customer_id from asked a join baton.operator o on o.name = session_user
    where exists (select from baton.task_hold h where h.push_id = a.push_id and h.customer_id = a.customer_id
                  and h.org_id = o.org_id and h.held and (o.staff_id is null or h.rm_id = o.staff_id))
        or exists (select from baton.referral r where r.push_id = a.push_id and r.customer_id = a.customer_id
                   and r.org_id = o.org_id and r.state = 'offered' and r.due >= baton.offer_day()
                   and (o.staff_id is null or r.rm_id = o.staff_id));
$$;

-- As in 0171; by the day that is looked at.
create or replace function baton.task_mine(push bigint, customer bigint) returns text
language sql stable set search_path = baton, pg_temp
as $$
    select case
        when exists (select from baton.tasks_now($1, array[$2]) t
                     where t.org_id in (select u.id from baton.scope_units() as u (id)) and (o.staff_id is null or t.rm_id = o.staff_id))
            then 'held'
        when exists (select from baton.referral r where r.push_id = $1 and r.customer_id = $2 and r.state = 'offered' and r.due >= baton.offer_day()
                     and r.org_id in (select u.id from baton.scope_units() as u (id)) and (o.staff_id is null or r.rm_id = o.staff_id))
            then 'offer' end
    from baton.operator o where o.name = session_user;
$$;

-- As in 0171; by the day that is looked at.
create or replace function baton.task_look(push bigint, customer bigint)
returns table (name text, phone text, org text, org_name text, rm text, rm_name text, state text, mine text, deadline date,
    offer_from text, offer_to text, offer_due date, offer_credit int, offer_note text)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push := baton.require_push(push);
    c baton.customer;
    held text;
    opened bigint;
begin
    perform baton.require_looker();
    if not exists (select from baton.tasks_now(push, array[customer])) then
        raise exception using errcode = 'BT003', message = 'task', detail = customer::text;
    end if;
    held := baton.task_mine(push, customer);
    if held is null then
        c := baton.look(customer, 'customer.card', jsonb_build_object('push', push));
    else
        select * into c from baton.customer k where k.customer_id = customer;
        select count(distinct a.subject) into opened from baton.audit a
            where a.operator = session_user and a.action = 'task.card' and a.at > clock_timestamp() - interval '1 day'
                and a.subject <> format('push %s customer %s', push, customer);
        if opened >= baton.task_limit() then
            raise exception using errcode = 'BT112', message = 'task_limit', detail = baton.task_limit()::text;
        end if;
        perform baton.note('task.card', format('push %s customer %s', push, customer), '{}');
    end if;
    return query
        select baton.mask_name(c.name), baton.mask_phone(c.phone), u.code, u.name, s.code, s.name,
            case when t.org_id is null then (select h.why from baton.task_hold h where h.push_id = push and h.customer_id = customer
                                             order by h.at desc limit 1)
                 when baton.task_done(push, customer) then 'done' when held = 'offer' then 'offer' when r.due < baton.offer_day() then 'expired' when r.n is not null then 'offered'
                 else 'open' end,
            held, coalesce(o.deadline, p.deadline),
            coalesce((select x.name from baton.staff x where x.id = r.from_rm_id), (select x.name from baton.org_unit x where x.id = r.from_org_id)),
            coalesce((select x.name from baton.staff x where x.id = r.rm_id), (select x.name from baton.org_unit x where x.id = r.org_id)),
            r.due, r.credit, r.note
        from baton.tasks_now(push, array[customer]) t
        left join baton.org_unit u on u.id = t.org_id
        left join baton.staff s on s.id = t.rm_id
        left join baton.branch_order o on o.push_id = push and o.org_id = t.org_id
        left join baton.referral r on r.push_id = push and r.customer_id = customer and r.state = 'offered';
end;
$$;

-- As in 0210; by the day that is looked at.
create or replace function baton.task_list(of_push bigint, of_org text, of_rm text, of_state text, skip int)
returns table (push_id bigint, strategy text, version int, strategy_name text, product text, customer_id bigint, name text,
    org text, org_name text, rm text, rm_name text, tier text, aum bigint, state text, outcome text, at timestamptz, next_on date,
    other text, due date, channel text, total bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    me int := baton.own_staff();
    everyone bool := baton.sees_all();
    units int[];
    unit int;
    staff int;
    pushes bigint[];
    page jsonb;
    whole bigint;
begin
    perform baton.require_looker();
    if of_org is not null then
        unit := baton.require_org(of_org);
    end if;
    if of_rm is not null then
        select s.id into staff from baton.staff s where s.code = of_rm;
        if staff is null then
            raise exception using errcode = 'BT003', message = 'staff', detail = of_rm;
        end if;
    end if;
    if everyone then
        if of_push is null or unit is null then
            raise exception using errcode = 'BT405', message = 'unit';
        end if;
        units := array[unit];
    else
        units := array(select u.id from baton.scope_units() as u (id) where unit is null or u.id = unit);
        if cardinality(units) = 0 then
            raise exception using errcode = 'BT007', message = 'foreign_unit', detail = of_org;
        end if;
    end if;
    if of_push is not null then
        perform baton.require_push(of_push);
        pushes := array[of_push];
    else
        pushes := array(select p.id from baton.push p where p.deadline >= baton.today()
            and exists (select from baton.branch_order o where o.push_id = p.id and o.org_id = any (units)) order by p.id desc limit 100);
    end if;
    with held as (
        select p.id as push_id, t.customer_id, t.org_id, t.rm_id from unnest(pushes) as p (id)
        cross join lateral (select k.* from baton.push_tasks(p.id, units) k offset 0) t
        where me is null or t.rm_id = me
    ), stands as (
        select h.push_id, h.customer_id, h.org_id, h.rm_id, l.outcome, l.at, l.next_on, f.org_id as other_org, f.rm_id as other_rm, f.due,
            case when baton.task_done(h.push_id, h.customer_id) then 'done' when f.due < baton.offer_day() then 'expired'
                when f.org_id is not null then 'offered' else 'open' end as state
        from held h
        left join lateral (select o.outcome, o.at, o.next_on from baton.outcome o
                           where o.push_id = h.push_id and o.customer_id = h.customer_id
                           order by o.at desc, o.taken_at desc, o.outcome limit 1) l on true
        left join baton.referral f on f.push_id = h.push_id and f.customer_id = h.customer_id and f.state = 'offered'
        union all
        select r.push_id, r.customer_id, r.org_id, r.rm_id, null, null, null, r.from_org_id, r.from_rm_id, r.due, 'offer'
        from baton.referral r
        where r.state = 'offered' and r.due >= baton.offer_day() and r.org_id = any (units) and (me is null or r.rm_id = me)
            and (of_push is null or r.push_id = of_push)
        union all
        select h.push_id, h.customer_id, h.org_id, h.rm_id, null, null, null, null, null, null, 'returned'
        from baton.task_hold h
        where h.push_id = any (pushes) and h.org_id = any (units) and h.why = 'returned' and not h.held and me is null
            and not exists (select from baton.task_hold k
                            where k.push_id = h.push_id and k.customer_id = h.customer_id and (k.held or k.at > h.at))
    ), wanted as (
        select s.*, row_number() over (order by array_position(array['offer', 'returned', 'expired', 'open', 'offered', 'done'], s.state), s.next_on nulls last,
            s.push_id, s.customer_id) as place
        from stands s
        where (of_state is null or s.state = of_state or of_state = 'open' and s.state = 'expired') and (of_rm is null or s.rm_id = staff)
    )
    select (select count(*) from wanted),
        (select coalesce(jsonb_agg(to_jsonb(w) order by w.place), '[]') from wanted w
         where w.place > greatest(skip, 0)
            and w.place <= greatest(skip, 0) + case when baton.list_leaves() then baton.export_limit() else 100 end)
        into whole, page;
    perform baton.look_at_list(case when everyone then 'push.members' else 'task.list' end,
        coalesce(format('push %s', of_push), 'live'), jsonb_build_object('push', of_push, 'org', of_org, 'rm', of_rm, 'state', of_state,
            'skip', skip), jsonb_array_length(page));
    return query
        select w.push_id, p.strategy, p.version, v.name, own.product, w.customer_id, baton.mask_name(c.name), u.code, u.name, s.code, s.name,
            case when c.aum is not null then
                (select t.code from baton.tier t where t.from_minor is null or t.from_minor <= c.aum
                 order by t.from_minor desc nulls last limit 1) end,
            c.aum, w.state, w.outcome, w.at, w.next_on,
            coalesce((select x.code from baton.staff x where x.id = w.other_rm), (select x.code from baton.org_unit x where x.id = w.other_org)),
            case when w.state in ('offer', 'offered', 'expired') then w.due else o.deadline end,
            baton.channel_plan(v.body::jsonb, p.wave) -> (coalesce(h.place, 1) - 1) ->> 'code', whole
        from jsonb_to_recordset(page) as w (push_id bigint, customer_id bigint, org_id int, rm_id int, outcome text, at timestamptz,
            next_on date, other_org int, other_rm int, due date, state text, place bigint)
        join baton.push p on p.id = w.push_id
        join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        cross join baton.wave_offer(v, p.wave) own
        join baton.org_unit u on u.id = w.org_id
        left join baton.staff s on s.id = w.rm_id
        left join baton.customer c on c.customer_id = w.customer_id
        left join baton.branch_order o on o.push_id = w.push_id and o.org_id = w.org_id
        left join baton.task_channel h on h.push_id = w.push_id and h.customer_id = w.customer_id
        order by w.place;
end;
$$;

-- As in 0270; by the day that is looked at.
create or replace function baton.task_refer(push bigint, customer bigint, org text, rm text, due date, credit int, note text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    t baton.held_task;
    s baton.staff;
    unit int;
    place int;
begin
    perform baton.require_duty('branch');
    p := baton.require_push(push);
    lock table baton.referral in share row exclusive mode;
    t := baton.require_task(push, customer);
    if task_refer.rm is not null then
        s := baton.require_rm(task_refer.rm);
        unit := s.org_id;
    end if;
    if task_refer.org is not null and coalesce(unit, baton.require_org(task_refer.org)) <> baton.require_org(task_refer.org) then
        raise exception using errcode = 'BT404', message = 'other_unit', detail = task_refer.rm;
    end if;
    unit := coalesce(unit, baton.require_org(coalesce(task_refer.org, '')));
    if unit = t.org_id and (s.id is null or s.id = t.rm_id) then
        raise exception using errcode = 'BT404', message = 'same_hands', detail = coalesce(task_refer.rm, task_refer.org);
    end if;
    if exists (select from baton.org_unit u where u.id = unit and u.closed_on is not null) then
        raise exception using errcode = 'BT003', message = 'org_unit', detail = coalesce(task_refer.org, task_refer.rm);
    end if;
    if task_refer.due < baton.offer_day() or task_refer.due > p.deadline then
        raise exception using errcode = 'BT405', message = 'due', detail = p.deadline::text;
    end if;
    if task_refer.credit is null or task_refer.credit not between 0 and 100 then
        raise exception using errcode = 'BT405', message = 'credit', detail = coalesce(task_refer.credit::text, '-');
    end if;
    update baton.referral f set state = 'lapsed', answered_at = clock_timestamp()
        where f.push_id = push and f.customer_id = customer and f.state = 'offered' and f.due < baton.offer_day();
    if exists (select from baton.referral f where f.push_id = push and f.customer_id = customer and f.state = 'offered') then
        raise exception using errcode = 'BT410', message = 'pending', detail = customer::text;
    end if;
    select coalesce(max(f.n), 0) + 1 into place from baton.referral f where f.push_id = push and f.customer_id = customer;
    insert into baton.referral (push_id, customer_id, n, org_id, rm_id, from_org_id, from_rm_id, due, credit, note)
        values (push, customer, place, unit, s.id, t.org_id, t.rm_id, task_refer.due, task_refer.credit,
            case when not baton.is_blank(task_refer.note) then left(btrim(task_refer.note), 2000) end);
    perform baton.tell(push, 'offered', 1, unit);
    if s.id is not null then
        perform baton.tell(push, 'offered', 1, unit, s.id);
    end if;
    perform baton.note('task.refer', format('push %s customer %s', push, customer),
        jsonb_build_object('org', (select u.code from baton.org_unit u where u.id = unit), 'rm', task_refer.rm, 'due', task_refer.due,
            'credit', task_refer.credit));
    return place;
end;
$$;

-- As in 0270; by the day that is looked at.
create or replace function baton.task_answer(push bigint, customer bigint, accept bool, reason text default null) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    f baton.referral;
    word text := case when accept then 'accepted' else 'declined' end;
begin
    perform baton.require_duty('branch');
    lock table baton.outcome in share row exclusive mode;
    select * into f from baton.referral r
        where r.push_id = task_answer.push and r.customer_id = customer and r.state = 'offered' for update;
    if f.push_id is null then
        raise exception using errcode = 'BT003', message = 'referral', detail = customer::text;
    end if;
    perform baton.require_unit(f.org_id);
    if baton.own_staff() is not null and baton.own_staff() is distinct from f.rm_id then
        raise exception using errcode = 'BT402', message = 'foreign_task', detail = customer::text;
    end if;
    if accept and f.due < baton.offer_day() then
        raise exception using errcode = 'BT410', message = 'expired', detail = f.due::text;
    end if;
    update baton.referral r set state = word, answered_by = session_user, answered_at = clock_timestamp(),
        reason = case when not baton.is_blank(task_answer.reason) then left(btrim(task_answer.reason), 2000) end
        where r.push_id = f.push_id and r.customer_id = f.customer_id and r.n = f.n;
    if accept then
        perform baton.tasks_move(f.push_id, array[customer], array[f.org_id], array[f.rm_id], 'referred');
    end if;
    perform baton.tell(f.push_id, word, 1, f.from_org_id);
    if f.from_rm_id is not null then
        perform baton.tell(f.push_id, word, 1, f.from_org_id, f.from_rm_id);
    end if;
    perform baton.note('task.answer', format('push %s customer %s', f.push_id, customer), jsonb_build_object('accepted', accept));
end;
$$;

-- As in 0271; a day that is refused says which of the two it is: before the push, or not come yet.
create or replace function baton.task_outcome(push bigint, customer bigint, outcome text, on_day date default null, amount bigint default null,
    note text default null, next_on date default null, fields jsonb default '{}') returns text
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    zone text := (select b.timezone from baton.bank b);
    day date := coalesce(on_day, baton.today());
    moment timestamptz := (day + (clock_timestamp() at time zone zone)::time) at time zone zone;
    latest date := greatest(baton.bank_day(), baton.clock_day(), baton.today());
    lot uuid := gen_random_uuid();
    was_done bool;
begin
    perform baton.require_duty('branch');
    p := baton.require_push(push);
    lock table baton.outcome in share row exclusive mode;
    perform baton.require_task(push, customer, false);
    if day < p.as_of then
        raise exception using errcode = 'BT405', message = 'at_early', detail = p.as_of::text;
    end if;
    if day > latest then
        raise exception using errcode = 'BT405', message = 'at_ahead', detail = latest::text;
    end if;
    if task_outcome.next_on < day then
        raise exception using errcode = 'BT405', message = 'next_on', detail = task_outcome.next_on::text;
    end if;
    if task_outcome.amount not between 0 and baton.amount_most() then
        raise exception using errcode = 'BT405', message = 'amount', detail = task_outcome.amount::text;
    end if;
    perform baton.check_fields((select v.body::jsonb from baton.strategy_version v where v.code = p.strategy and v.version = p.version),
        task_outcome.fields, task_outcome.outcome not in ('no_answer', 'bad_number'));
    was_done := baton.task_done(push, customer);
    select greatest(moment, max(o.at) + interval '1 millisecond') into moment from baton.outcome o
        where o.push_id = push and o.customer_id = customer and (o.at at time zone zone)::date = day;
    -- By the step that takes files in, so that the counters of the board and of the orders move by this one outcome only.
    insert into baton.outcome_intake (intake, ordinal, push_id, customer_id, outcome, at, amount, note)
        values (lot, 1, push, customer, task_outcome.outcome, moment, task_outcome.amount,
            case when not baton.is_blank(task_outcome.note) then left(task_outcome.note, 2000) end);
    perform baton.outcome_settle(lot);
    update baton.outcome o set next_on = task_outcome.next_on,
            fields = nullif(jsonb_strip_nulls(coalesce(task_outcome.fields, '{}')), '{}')
        where o.push_id = push and o.customer_id = customer and o.at = moment and o.outcome = task_outcome.outcome;
    if not was_done and task_outcome.outcome <> 'no_answer' then
        update baton.referral f set state = 'withdrawn', answered_by = session_user, answered_at = clock_timestamp()
            where f.push_id = push and f.customer_id = customer and f.state = 'offered';
    end if;
    perform baton.note('task.outcome', format('push %s customer %s', push, customer),
        jsonb_build_object('outcome', task_outcome.outcome, 'at', moment, 'amount', task_outcome.amount));
    return case when was_done or task_outcome.outcome <> 'no_answer' then 'done' else 'open' end;
end;
$$;

-- As in 0048; by the day that is looked at, and until when the first of the offers is to be answered.
drop function baton.task_todo();
create function baton.task_todo() returns table (push_id bigint, offers bigint, open bigint, due date, answer_by date)
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    me baton.operator;
begin
    select * into me from baton.operator o where o.name = session_user and 'branch' = any (o.duties) and o.org_id is not null;
    if me.name is null then
        return;
    end if;
    return query
        select p.id, coalesce(f.n, 0), coalesce(t.n, 0), coalesce(b.deadline, p.deadline), f.by
        from baton.push p
        left join baton.branch_order b on b.push_id = p.id and b.org_id = me.org_id
        left join lateral (select count(*) as n, min(r.due) as by from baton.referral r
                           where r.push_id = p.id and r.org_id = me.org_id and r.state = 'offered' and r.due >= baton.offer_day()
                               and (me.staff_id is null or r.rm_id = me.staff_id)) f on true
        left join lateral (select count(*) as n from baton.push_tasks(p.id, array[me.org_id]) k
                           where me.staff_id is not null and b.open > 0 and k.rm_id = me.staff_id
                               and not baton.task_done(p.id, k.customer_id)) r on true
        cross join lateral (select case when me.staff_id is null then b.open::bigint else r.n end as n) t
        where p.deadline >= baton.today() and (f.n > 0 or t.n > 0);
end;
$$;

revoke execute on function baton.offer_day, baton.task_todo from public;
grant execute on function baton.offer_day, baton.task_todo to baton_operator;
