-- Offers that nobody took lapse, what is undone is told no more, and an RM's leaving is told to his unit.

-- ---- offers ------------------------------------------------------------------------------------------------

alter table baton.referral drop constraint referral_state,
    add constraint referral_state check (state in ('offered', 'accepted', 'declined', 'withdrawn', 'lapsed'));

-- How many offers of a push wait for an answer of the caller's unit, or of this RM of it. One whose last day has passed waits no more.
create function baton.offers_waiting(push bigint, org int, rm int) returns bigint
language sql stable security definer set search_path = baton, pg_temp
as $$
    select count(*) from baton.referral f
    where f.push_id = $1 and f.org_id = $2 and ($3 is null or f.rm_id = $3) and f.state = 'offered' and f.due >= baton.bank_day()
        and $2 in (select u.id from baton.scope_units() as u (id));
$$;

-- As in 0046, and an offer that has lapsed shows nobody any more.
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
                   and r.org_id = o.org_id and r.state = 'offered' and r.due >= (select b.as_of from baton.bank b)
                   and (o.staff_id is null or r.rm_id = o.staff_id));
$$;

-- As in 0048; the same.
create or replace function baton.task_mine(push bigint, customer bigint) returns text
language sql stable set search_path = baton, pg_temp
as $$
    select case
        when exists (select from baton.tasks_now($1, array[$2]) t
                     where t.org_id in (select u.id from baton.scope_units() as u (id)) and (o.staff_id is null or t.rm_id = o.staff_id))
            then 'held'
        when exists (select from baton.referral r where r.push_id = $1 and r.customer_id = $2 and r.state = 'offered' and r.due >= baton.bank_day()
                     and r.org_id in (select u.id from baton.scope_units() as u (id)) and (o.staff_id is null or r.rm_id = o.staff_id))
            then 'offer' end
    from baton.operator o where o.name = session_user;
$$;

-- As in 0048; a task whose offer has lapsed says so, with to whom it was offered and until when.
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
                 when baton.task_done(push, customer) then 'done' when held = 'offer' then 'offer' when r.due < baton.bank_day() then 'expired' when r.n is not null then 'offered'
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

-- As in 0111; the same, and a task whose offer has lapsed is one of the open ones.
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
            case when baton.task_done(h.push_id, h.customer_id) then 'done' when f.due < baton.bank_day() then 'expired'
                when f.org_id is not null then 'offered' else 'open' end as state
        from held h
        left join lateral (select o.outcome, o.at, o.next_on from baton.outcome o
                           where o.push_id = h.push_id and o.customer_id = h.customer_id
                           order by o.at desc, o.taken_at desc, o.outcome limit 1) l on true
        left join baton.referral f on f.push_id = h.push_id and f.customer_id = h.customer_id and f.state = 'offered'
        union all
        select r.push_id, r.customer_id, r.org_id, r.rm_id, null, null, null, r.from_org_id, r.from_rm_id, r.due, 'offer'
        from baton.referral r
        where r.state = 'offered' and r.due >= baton.bank_day() and r.org_id = any (units) and (me is null or r.rm_id = me)
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
         where w.place > greatest(skip, 0) and w.place <= greatest(skip, 0) + 100)
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

-- As in 0048; an offer that has lapsed makes room for the next, and a credit is a share.
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
    if task_refer.due < baton.bank_day() or task_refer.due > p.deadline then
        raise exception using errcode = 'BT405', message = 'due', detail = p.deadline::text;
    end if;
    if task_refer.credit is null or task_refer.credit not between 0 and 100 then
        raise exception using errcode = 'BT405', message = 'credit', detail = coalesce(task_refer.credit::text, '-');
    end if;
    update baton.referral f set state = 'lapsed', answered_at = clock_timestamp()
        where f.push_id = push and f.customer_id = customer and f.state = 'offered' and f.due < baton.bank_day();
    if exists (select from baton.referral f where f.push_id = push and f.customer_id = customer and f.state = 'offered') then
        raise exception using errcode = 'BT410', message = 'pending', detail = customer::text;
    end if;
    select coalesce(max(f.n), 0) + 1 into place from baton.referral f where f.push_id = push and f.customer_id = customer;
    insert into baton.referral (push_id, customer_id, n, org_id, rm_id, from_org_id, from_rm_id, due, credit, note)
        values (push, customer, place, unit, s.id, t.org_id, t.rm_id, task_refer.due, task_refer.credit,
            nullif(left(btrim(task_refer.note), 2000), ''));
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

-- ---- what is told ------------------------------------------------------------------------------------------

-- Takes back that so many were told today: what was undone is no news. A line of nothing goes.
create function baton.untell(push bigint, key text, count bigint, org int, staff int default null, operator text default null) returns void
language sql volatile set search_path = baton, pg_temp
as $$
    update baton.notice n set count = greatest(n.count - $3::int, 0)
        where n.day = baton.clock_day() and n.push_id = $1 and n.key = $2 and n.org_id is not distinct from $4
            and n.staff_id is not distinct from $5 and n.operator is not distinct from $6;
    delete from baton.notice n
        where n.day = baton.clock_day() and n.push_id = $1 and n.key = $2 and n.count = 0;
$$;

-- As in 0047, and a recall after an undone one counts what is recalled now.
create or replace function baton.push_recall(push bigint, org text default null) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB'
as $$
declare
    unit int;
    units int[];
    n bigint;
begin
    perform baton.require_duty('strategist');
    perform baton.require_push(push_recall.push);
    if org is not null then
        unit := baton.require_org(org);
    end if;
    lock table baton.outcome in share row exclusive mode;
    units := array(select o.org_id from baton.branch_order o
        where o.push_id = push_recall.push and (unit is null or o.org_id = unit) and o.recalled_at is null order by 1 for update);
    if cardinality(units) = 0 then
        if not exists (select from baton.branch_order o where o.push_id = push_recall.push and (unit is null or o.org_id = unit)) then
            raise exception using errcode = 'BT003', message = 'order', detail = coalesce(org, push_recall.push::text);
        end if;
        return 0;
    end if;
    with taken as (
        insert into baton.task_hold as h (push_id, customer_id, org_id, rm_id, held, listed, why)
        select push_recall.push, t.customer_id, t.org_id, t.rm_id, false, t.listed, 'recalled'
        from baton.push_tasks(push_recall.push, units) t
        left join (select distinct e.customer_id from baton.outcome e
                   where e.push_id = push_recall.push and e.outcome <> 'no_answer' and not e.contamination) d
            on d.customer_id = t.customer_id
        where d.customer_id is null
        on conflict on constraint task_hold_pkey do update
            set rm_id = excluded.rm_id, held = false, why = 'recalled', reason = null, at = clock_timestamp(), by = session_user
        returning h.org_id, h.customer_id
    ), by_unit as (
        select k.org_id, count(*) as n from taken k group by k.org_id
    ), told as (
        select baton.untell(push_recall.push, 'given_again', b.n, b.org_id), baton.tell(push_recall.push, 'recalled', b.n, b.org_id) from by_unit b
    )
    select coalesce(sum(b.n), 0) into n from by_unit b where (select count(*) from told) >= 0;
    update baton.referral f set state = 'withdrawn', answered_by = session_user, answered_at = clock_timestamp()
        where f.push_id = push_recall.push and f.from_org_id = any (units) and f.state = 'offered';
    update baton.branch_order o set recalled_at = clock_timestamp(), recalled_by = session_user
        where o.push_id = push_recall.push and o.org_id = any (units);
    perform baton.order_recount(push_recall.push, units);
    perform baton.board_recount(push_recall.push);
    perform baton.delivery_recalled(push_recall.push, units);
    perform baton.untell(push_recall.push, 'given_again', n, null, null, (select p.pushed_by from baton.push p where p.id = push_recall.push));
    perform baton.tell_pusher(push_recall.push, 'recalled', n);
    perform baton.note('push.recall', format('push %s', push_recall.push), jsonb_build_object('org', org, 'tasks', n));
    return n;
end;
$$;

-- As in 0090, and what was told of the recall is told no more.
create or replace function baton.push_recall_undo(push bigint, org text default null) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB'
as $$
declare
    unit int;
    units int[];
    r record;
    given_to jsonb;
    n bigint;
begin
    perform baton.require_duty('strategist');
    perform baton.require_push(push_recall_undo.push);
    if org is not null then
        unit := baton.require_org(org);
    end if;
    lock table baton.outcome in share row exclusive mode;
    units := array(select o.org_id from baton.branch_order o
        where o.push_id = push_recall_undo.push and (unit is null or o.org_id = unit) and o.recalled_at is not null
            and (o.recalled_at at time zone coalesce((select b.timezone from baton.bank b), 'UTC'))::date = baton.clock_day()
        order by 1 for update);
    if cardinality(units) = 0 then
        raise exception using errcode = 'BT406', message = 'no_undo', detail = coalesce(org, push_recall_undo.push::text);
    end if;
    with given as (
        update baton.task_hold h set held = true, why = 'given_again', at = clock_timestamp(), by = session_user
        where h.push_id = push_recall_undo.push and h.org_id = any (units) and not h.held and h.why = 'recalled'
        returning h.org_id, h.customer_id
    ), by_unit as (
        select g.org_id, count(*) as n, jsonb_agg(g.customer_id) as ids from given g group by g.org_id
    ), told as (
        select baton.untell(push_recall_undo.push, 'recalled', b.n, b.org_id), baton.tell(push_recall_undo.push, 'given_again', b.n, b.org_id)
        from by_unit b
    )
    select coalesce(sum(b.n), 0), jsonb_object_agg(b.org_id, b.ids) into n, given_to from by_unit b where (select count(*) from told) >= 0;
    update baton.branch_order o set recalled_at = null, recalled_by = null
        where o.push_id = push_recall_undo.push and o.org_id = any (units);
    perform baton.order_recount(push_recall_undo.push, units);
    perform baton.board_recount(push_recall_undo.push);
    for r in select g.key::int as org, array(select c::bigint from jsonb_array_elements_text(g.value) c) as ids
        from jsonb_each(given_to) g order by 1
    loop
        perform baton.message_moved('new', push_recall_undo.push, r.org, r.ids);
    end loop;
    perform baton.untell(push_recall_undo.push, 'recalled', n, null, null, (select p.pushed_by from baton.push p where p.id = push_recall_undo.push));
    perform baton.tell_pusher(push_recall_undo.push, 'given_again', n);
    perform baton.note('push.recall.undo', format('push %s', push_recall_undo.push), jsonb_build_object('org', org, 'tasks', n));
    return n;
end;
$$;

-- As in 0047, and the unit is told how many came to it from the RM who left: its manager gives them on.
create or replace function baton.tasks_of_leavers() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p record;
    ids bigint[];
    orgs int[];
    n bigint := 0;
begin
    for p in select k.id, array_agg(distinct w.org_id) as units, array_agg(distinct w.id) as rms
        from baton.push k, baton.bank b,
            (select o.id, o.org_id from old_staff o join new_staff s on s.id = o.id
             where o.closed_on is null and s.closed_on is not null or s.org_id <> o.org_id) w
        where k.deadline >= b.as_of group by k.id order by k.id
    loop
        select array_agg(t.customer_id), array_agg(t.org_id) into ids, orgs
        from baton.push_tasks(p.id, p.units) t
        where t.rm_id = any (p.rms) and not baton.task_done(p.id, t.customer_id);
        continue when ids is null;
        n := n + baton.tasks_move(p.id, ids, orgs, array_fill(null::int, array[cardinality(ids)]), 'rm_left');
        perform baton.tell(p.id, 'came', c.n, c.org) from (select o.org, count(*) as n from unnest(orgs) o (org) group by o.org) c;
    end loop;
    if n > 0 then
        perform baton.note('task.follow', 'staff', jsonb_build_object('tasks', n));
    end if;
    return null;
end;
$$;

-- As in 0047, and the unit is told likewise where the customers' RM went and no other came.
create or replace function baton.tasks_follow(customers text) returns bigint
language plpgsql set search_path = baton, pg_temp
as $$
declare
    p record;
    ids bigint[];
    orgs int[];
    rms int[];
    moves bool[];
    n bigint := 0;
begin
    for p in select k.id from baton.push k, baton.bank b
        where k.deadline >= b.as_of and exists (select from baton.branch_order o where o.push_id = k.id and o.open > 0)
        order by k.id
    loop
        execute format(
            'select array_agg(t.customer_id order by t.customer_id), array_agg(c.org_id order by t.customer_id),
                 array_agg(c.rm_id order by t.customer_id), array_agg(c.org_id <> old.org_id order by t.customer_id)
             from baton.push_tasks($1) t
             join baton.%I c on c.customer_id = t.customer_id
             join baton.customer old on old.customer_id = t.customer_id
             where t.org_id = old.org_id
                 and (c.org_id <> old.org_id
                      or c.rm_id is distinct from old.rm_id and (t.rm_id is null or t.rm_id = old.rm_id) and t.rm_id is distinct from c.rm_id)
                 and not baton.task_done($1, t.customer_id)', customers)
            into ids, orgs, rms, moves using p.id;
        continue when ids is null;
        n := n + baton.tasks_move(p.id,
            array(select w.i from unnest(ids, moves) w (i, m) where w.m), array(select w.o from unnest(orgs, moves) w (o, m) where w.m),
            array(select w.r from unnest(rms, moves) w (r, m) where w.m), 'moved');
        n := n + baton.tasks_move(p.id,
            array(select w.i from unnest(ids, moves) w (i, m) where not w.m), array(select w.o from unnest(orgs, moves) w (o, m) where not w.m),
            array(select w.r from unnest(rms, moves) w (r, m) where not w.m), 'rm_changed');
        perform baton.tell(p.id, 'came', c.n, c.o)
        from (select w.o, count(*) as n from unnest(orgs, rms, moves) w (o, r, m) where not w.m and w.r is null group by w.o) c;
    end loop;
    if n > 0 then
        perform baton.note('task.follow', 'import', jsonb_build_object('tasks', n));
    end if;
    return n;
end;
$$;

revoke execute on function baton.offers_waiting, baton.untell from public;
grant execute on function baton.offers_waiting to baton_operator;
