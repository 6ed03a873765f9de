-- Who holds a task now, and whose eyes that opens: an operator may be an RM, who sees the customers that he owns or has a
-- task of; a unit sees the orders that are its own; and what changed hands is told to both sides, once a day.

-- ---- an operator who is an RM -------------------------------------------------------------------------------

-- Only who works for a unit is one of its RMs.
alter table baton.operator
    add column staff_id int references baton.staff,
    add constraint rm_operator_has_unit check (staff_id is null or (org_id is not null and 'branch' = any (duties)));

-- As in 0002; `staff` is the code of the RM that he is, whose unit is his if `org` names none.
drop function baton.operator_put(text, text[], text);
create function baton.operator_put(name text, duties text[], org text, staff text default null) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    unit int;
    rm baton.staff;
begin
    if org is not null then
        select o.id into unit from baton.org_unit o where o.code = org and o.closed_on is null;
        if unit is null then
            raise exception using errcode = 'BT003', message = 'org_unit', detail = org;
        end if;
    end if;
    if staff is not null then
        select * into rm from baton.staff s where s.code = staff and s.closed_on is null;
        if rm.id is null or rm.org_id <> coalesce(unit, rm.org_id) then
            raise exception using errcode = 'BT003', message = 'staff', detail = staff;
        end if;
        unit := rm.org_id;
    end if;
    -- Each duty once, in the order given.
    duties := array(select d.duty from unnest(duties) with ordinality as d (duty, n) group by d.duty order by min(d.n));
    insert into baton.operator as o (name, duties, org_id, staff_id) values (name, duties, unit, rm.id)
    on conflict on constraint operator_pkey do update
        set duties = excluded.duties, org_id = excluded.org_id, staff_id = excluded.staff_id;
    perform baton.note('operator.put', name, jsonb_build_object('duties', duties,
        'org', (select u.code from baton.org_unit u where u.id = unit), 'staff', staff));
end;
$$;

-- The RM that the caller is; null for who is none.
create function baton.own_staff() returns int
language sql stable parallel safe security definer set search_path = baton, pg_temp
begin atomic
    select o.staff_id from baton.operator o where o.name = session_user;
end;

-- ---- who holds a task ---------------------------------------------------------------------------------------

-- The list says who has a task at first. Here stand the units that a task came to or left since: of one task at most one
-- row is `held`, and if it has rows and none is, nobody holds it any more (recalled, returned). Each row carries the unit
-- that may see it, so the one that a task has left knows that it left, and nothing else.
create table baton.task_hold (
    push_id bigint not null,
    customer_id bigint not null,
    org_id int not null,
    rm_id int,
    held bool not null,
    listed bool not null,               -- the unit is that of the list
    why text not null constraint task_hold_why
        check (why in ('assigned', 'returned', 'referred', 'moved', 'rm_changed', 'rm_left', 'recalled', 'given_again')),
    reason text,
    at timestamptz not null default clock_timestamp(),
    by text not null default session_user,
    primary key (push_id, customer_id, org_id)
);
create index task_hold_by_holder on baton.task_hold (org_id, rm_id) where held;
create index task_hold_by_customer on baton.task_hold (customer_id);
grant select on baton.task_hold to baton_operator;

-- The tasks of a push as they are held now, of these units or of all. What is recalled or returned is none.
create function baton.push_tasks(push bigint, units int[] default null)
returns table (customer_id bigint, org_id int, rm_id int, listed bool)
language sql stable set search_path = baton, pg_temp
as $$
    select m.customer_id, m.org_id, case when h.held then h.rm_id else m.rm_id end, true
    from baton.plan_member m
    left join baton.task_hold h on h.push_id = $1 and h.customer_id = m.customer_id and h.org_id = m.org_id
    where m.home = (select p.home from baton.push p where p.id = $1)
        and m.plan_id = (select p.plan_id from baton.push p where p.id = $1)
        and m.arm = 'treated' and h.held is not false and ($2 is null or m.org_id = any ($2))
    union all
    select h.customer_id, h.org_id, h.rm_id, false from baton.task_hold h
    where h.push_id = $1 and h.held and not h.listed and ($2 is null or h.org_id = any ($2));
$$;

-- Of these customers of a push: the unit of the list, and who holds the task now; no unit if nobody does.
create function baton.tasks_now(push bigint, customers bigint[])
returns table (customer_id bigint, list_org int, org_id int, rm_id int)
language sql stable set search_path = baton, pg_temp
as $$
    select m.customer_id, m.org_id, case when h.moved then h.org_id else m.org_id end,
        case when h.moved then h.rm_id else m.rm_id end
    from baton.plan_member m
    cross join lateral (select count(*) > 0 as moved, max(k.org_id) filter (where k.held) as org_id,
                            max(k.rm_id) filter (where k.held) as rm_id
                        from baton.task_hold k where k.push_id = $1 and k.customer_id = m.customer_id offset 0) h
    where m.home = (select p.home from baton.push p where p.id = $1)
        and m.plan_id = (select p.plan_id from baton.push p where p.id = $1)
        and m.customer_id = any ($2) and m.arm = 'treated';
$$;

-- For people with psql, as 0001 has it, but by who holds them now. An RM sees his.
create or replace view baton.task with (security_invoker = true) as
    select t.push_id, t.customer_id, t.org_id, t.rm_id
    from (select m.push_id, m.customer_id, m.org_id, case when h.held then h.rm_id else m.rm_id end as rm_id
          from baton.push_member m
          left join baton.task_hold h on h.push_id = m.push_id and h.customer_id = m.customer_id and h.org_id = m.org_id
          where m.arm = 'treated' and h.held is not false
          union all
          select h.push_id, h.customer_id, h.org_id, h.rm_id from baton.task_hold h where h.held and not h.listed) t
    where (select baton.own_staff()) is null or t.rm_id = (select baton.own_staff());

-- ---- walls --------------------------------------------------------------------------------------------------

-- A referral (转介): a task offered to another unit, which sees it by this row and may take it or not.
create table baton.referral (
    push_id bigint not null,
    customer_id bigint not null,
    n int not null,                     -- counts from 1 for each task
    org_id int not null,                -- to whom
    rm_id int,
    from_org_id int not null,
    from_rm_id int,
    due date not null,                  -- the last day on which it can be accepted
    credit int not null constraint referral_credit check (credit between 0 and 100),  -- per cent that stay with who referred
    note text,
    state text not null default 'offered'
        constraint referral_state check (state in ('offered', 'accepted', 'declined', 'withdrawn')),
    offered_by text not null default session_user,
    offered_at timestamptz not null default clock_timestamp(),
    answered_by text,
    answered_at timestamptz,
    reason text,
    primary key (push_id, customer_id, n)
);
create index referral_by_unit on baton.referral (org_id) where state = 'offered';
create index referral_from_unit on baton.referral (from_org_id) where state = 'offered';
grant select on baton.referral to baton_operator;

-- Whom an RM sees: the customers that he owns in his unit, and those of the tasks that he holds, while their pushes are not
-- long over.
create function baton.rm_customers() returns setof bigint
language sql stable parallel safe security definer set search_path = baton, pg_temp rows 500
as $$
    with me as (select o.org_id, o.staff_id from baton.operator o where o.name = session_user and o.staff_id is not null)
    select c.customer_id from me join baton.customer c on c.org_id = me.org_id and c.rm_id = me.staff_id
    union
    select h.customer_id from me join baton.task_hold h on h.org_id = me.org_id and h.rm_id = me.staff_id and h.held
    union
    select l.customer_id from me
    cross join (select p.id, p.home, p.plan_id from baton.push p, baton.bank b where p.deadline > b.as_of - 90) p
    cross join lateral (select m.customer_id from baton.plan_member m
                        where m.home = p.home and m.plan_id = p.plan_id and m.org_id = me.org_id and m.rm_id = me.staff_id
                            and m.arm = 'treated' offset 0) l
    where not exists (select from baton.task_hold h where h.push_id = p.id and h.customer_id = l.customer_id);
$$;

-- The one customer of another unit whom the caller sees for as long as his transaction says which task he is looking at
-- (`baton.task`: the push and the customer): one that his unit, or he as an RM, holds or was offered.
create function baton.guest() returns setof bigint
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
                   and r.org_id = o.org_id and r.state = 'offered' and (o.staff_id is null or r.rm_id = o.staff_id));
$$;

-- As in 0015, and an RM sees fewer than his unit. A relation of figures by unit has no customer, and nobody to be fewer of.
create or replace function baton.wall(relation text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    units text := '(select baton.sees_all()) or org_id in (select u.id from baton.scope_units() as u (id))';
    guest text := 'customer_id in (select g.id from baton.guest() as g (id))';
    of_customers bool := exists (select from pg_attribute a where a.attrelid = format('baton.%I', relation)::regclass
        and a.attname = 'customer_id' and not a.attisdropped);
begin
    execute format('alter table baton.%I enable row level security', relation);
    execute format('drop policy if exists own_units on baton.%I', relation);
    execute format('create policy own_units on baton.%I for select to baton_operator using (%s)', relation,
        units || case when of_customers then ' or ' || guest else '' end);
    if of_customers then
        execute format('drop policy if exists own_customers on baton.%I', relation);
        execute format('create policy own_customers on baton.%I as restrictive for select to baton_operator using (%s)', relation,
            '(select baton.own_staff()) is null or customer_id in (select c.id from baton.rm_customers() as c (id)) or ' || guest);
    end if;
end;
$$;

do $$
declare
    name text;
begin
    for name in select c.relname from pg_class c join pg_policy p on p.polrelid = c.oid and p.polname = 'own_units'
        where c.relnamespace = 'baton'::regnamespace
    loop
        perform baton.wall(name);
    end loop;
    perform baton.wall('task_hold');
    perform baton.wall('referral');
end;
$$;

-- An order is seen by its unit, and by those above it.
alter table baton.branch_order enable row level security;
create policy own_orders on baton.branch_order for select to baton_operator
    using ((select baton.sees_all()) or org_id in (select u.id from baton.scope_units() as u (id)));

-- ---- counters -----------------------------------------------------------------------------------------------

alter table baton.branch_order
    add column first_deadline date,     -- before it was extended
    add column extended_by text,
    add column recalled_at timestamptz,
    add column recalled_by text,
    add column reminded_at timestamptz,
    add column reminded_by text;

-- Within how many working hours an order should be signed; one that is not is escalated.
insert into baton.policy (key, value, low, high) values ('sign_hours', 9, 1, 720);

-- Until when the orders of a push pushed then should be signed; null if the bank has set no limit.
create function baton.sign_by(pushed_at timestamptz) returns timestamptz
language sql stable set search_path = baton, pg_temp
as $$ select baton.working_hours_after($1, baton.policy('sign_hours')::int); $$;

-- A task is done once it has an outcome other than no_answer (0007).
create function baton.task_done(push bigint, customer bigint) returns bool
language sql stable set search_path = baton, pg_temp
as $$
    select exists (select from baton.outcome o where o.push_id = $1 and o.customer_id = $2 and o.outcome <> 'no_answer'
                   and not o.contamination);
$$;

-- Counts the orders of these units anew from the tasks that they hold; a unit that a task came to first has an order then.
-- Nobody writes outcomes meanwhile.
create function baton.order_recount(push bigint, units int[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    lock table baton.outcome in share row exclusive mode;
    insert into baton.branch_order as o (push_id, org_id, tasks, control, rms, open, done, deadline)
    select order_recount.push, w.id, coalesce(c.tasks, 0), 0, coalesce(c.rms, 0), coalesce(c.tasks - c.done, 0), coalesce(c.done, 0),
        p.deadline
    from (select distinct u from unnest(units) u) w (id)
    join baton.push p on p.id = order_recount.push
    left join (select t.org_id, count(*)::int as tasks, count(*) filter (where t.done)::int as done, count(distinct t.rm_id)::int as rms
               from (select k.org_id, k.rm_id, baton.task_done(order_recount.push, k.customer_id) as done
                     from baton.push_tasks(order_recount.push, units) k) t
               group by t.org_id) c on c.org_id = w.id
    on conflict on constraint branch_order_pkey do update
        set tasks = excluded.tasks, rms = excluded.rms, open = excluded.open, done = excluded.done;
end;
$$;

-- ---- being told ---------------------------------------------------------------------------------------------

-- What somebody is told about a push: a unit, an RM of it, or an operator. One line a day and kind, however often.
create table baton.notice (
    id bigint generated always as identity primary key,
    day date not null,
    org_id int references baton.org_unit,
    staff_id int references baton.staff,
    operator text,
    key text not null constraint notice_key check (key in ('came', 'left', 'assigned', 'returned', 'recalled', 'given_again',
        'reminded', 'extended', 'offered', 'accepted', 'declined', 'feedback')),
    push_id bigint not null references baton.push,
    count int not null,
    at timestamptz not null default clock_timestamp(),
    by text not null default session_user,
    read_at timestamptz,
    read_by text,
    constraint notice_is_somebodys check (num_nonnulls(org_id, operator) = 1 and (staff_id is null or org_id is not null)),
    constraint notice_once_a_day unique nulls not distinct (org_id, staff_id, operator, key, push_id, day)
);
alter table baton.notice enable row level security;
create policy own_notices on baton.notice for select to baton_operator
    using (operator = session_user or org_id in (select u.id from baton.scope_units() as u (id))
        and ((select baton.own_staff()) is null or staff_id = (select baton.own_staff())));
grant select on baton.notice to baton_operator;

-- Tells a unit, or an RM of it, or an operator. What was told today already becomes more, and unread again.
create function baton.tell(push bigint, key text, count bigint, org int, staff int default null, operator text default null)
returns void
language sql volatile set search_path = baton, pg_temp
as $$
    insert into baton.notice as n (day, org_id, staff_id, operator, key, push_id, count)
    select baton.clock_day(), $4, $5, $6, $2, $1, $3::int where $3 > 0
    on conflict on constraint notice_once_a_day do update
        set count = n.count + excluded.count, at = clock_timestamp(), by = session_user, read_at = null, read_by = null;
$$;

-- Tells who pushed it, if that is somebody else.
create function baton.tell_pusher(push bigint, key text, count bigint) returns void
language sql volatile set search_path = baton, pg_temp
as $$
    select baton.tell($1, $2, $3, null, null, p.pushed_by) from baton.push p where p.id = $1 and p.pushed_by <> session_user;
$$;

revoke execute on function baton.operator_put, baton.own_staff, baton.push_tasks, baton.tasks_now, baton.rm_customers,
    baton.guest, baton.sign_by, baton.task_done, baton.order_recount, baton.tell, baton.tell_pusher from public;
grant execute on function baton.own_staff, baton.rm_customers, baton.guest, baton.sign_by to baton_operator;
