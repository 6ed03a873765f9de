-- The process board: how far the customers of each push have come, kept by the functions that write tasks and outcomes, so
-- that nobody counts millions of tasks to look at it.

-- Within how many days an RM should make the first contact; without a limit, until the deadline. A push keeps what held when
-- it was pushed; so it does with the hours for signing (0046).
insert into baton.policy (key, value, low, high) values ('board_contact_days', 3, 1, 366);

-- How far an outcome says that its customer has come: 1 contacted (somebody tried), 2 reached (they spoke), 3 interested,
-- 4 sold. Who has come to a step has come to all before it. `domain::outcome::Outcome::step` says the same. It has no
-- search_path of its own, so that the planner can write it into the query that uses it.
create function baton.outcome_step(outcome text) returns int
language sql immutable parallel safe
as $$
    select case $1 when 'sold' then 4 when 'appointment' then 3 when 'considering' then 3 when 'refused' then 2 else 1 end;
$$;

-- By when a push should be signed (by the server's clock) and first contacts be made (the bank's day).
create table baton.board (
    push_id bigint primary key references baton.push,
    sign_by timestamptz not null,
    contact_by date not null
);

-- By unit and RM (0 is nobody). A customer counts once per step. What has to do with signing stands with the orders.
create table baton.board_count (
    push_id bigint not null,
    org_id int not null,
    rm_id int not null,
    issued int not null default 0,
    contacted int not null default 0,
    reached int not null default 0,
    interested int not null default 0,
    sold int not null default 0,
    in_time int not null default 0,         -- of those contacted: by `board.contact_by`
    contradictory int not null default 0,   -- tasks with a sale and, then or later, a refusal or a bad number
    contaminated int not null default 0,    -- customers of the control group of whom there is an outcome
    primary key (push_id, org_id, rm_id)
);

-- By unit and the day of the first outcome that says so.
create table baton.board_day (
    push_id bigint not null,
    org_id int not null,
    day date not null,
    contacted int not null,
    reached int not null,
    interested int not null,
    sold int not null,
    primary key (push_id, org_id, day)
);
grant select on baton.board, baton.board_count, baton.board_day to baton_operator;
select baton.wall('board_count');
select baton.wall('board_day');

-- What the counters of a push by unit and RM must say: counted anew from its tasks, as they are held now, and its outcomes.
-- What was recalled or given back is no task any more.
create function baton.board_counted(push bigint) returns setof baton.board_count
language plpgsql stable set search_path = baton, pg_temp set work_mem = '256MB' set jit = off
as $$
declare
    p baton.push;
begin
    select * into p from baton.push u where u.id = board_counted.push;
    return query execute $count$
        with came as (
            select e.customer_id, min(e.day) as contacted, min(e.day) filter (where e.step >= 2) as reached,
                min(e.day) filter (where e.step >= 3) as interested, min(e.day) filter (where e.step = 4) as sold,
                min(e.at) filter (where e.step = 4) <= max(e.at) filter (where e.outcome in ('refused', 'bad_number')) as against
            from (select o.customer_id, o.at, o.outcome, (o.at at time zone b.timezone)::date as day,
                      baton.outcome_step(o.outcome) as step
                  from baton.outcome o cross join baton.bank b where o.push_id = $1) e
            group by e.customer_id
        )
        select $1, m.org_id, coalesce(m.rm_id, 0), count(*) filter (where m.arm = 'treated')::int,
            count(c.contacted) filter (where m.arm = 'treated')::int, count(c.reached) filter (where m.arm = 'treated')::int,
            count(c.interested) filter (where m.arm = 'treated')::int, count(c.sold) filter (where m.arm = 'treated')::int,
            count(*) filter (where m.arm = 'treated' and c.contacted <= t.contact_by)::int,
            count(*) filter (where m.arm = 'treated' and c.against)::int,
            count(c.contacted) filter (where m.arm = 'control')::int
        -- Joined here and not by `push_tasks`, which keeps a million rows aside before it gives the first.
        from (select l.customer_id, l.org_id, case when h.held then h.rm_id else l.rm_id end as rm_id, l.arm from baton.plan_member l
              left join baton.task_hold h on h.push_id = $1 and h.customer_id = l.customer_id and h.org_id = l.org_id
              where l.home = $2 and l.plan_id = $3 and l.arm is not null and h.held is not false
              union all
              select h.customer_id, h.org_id, h.rm_id, 'treated' from baton.task_hold h
              where h.push_id = $1 and h.held and not h.listed) m
        join baton.board t on t.push_id = $1
        left join came c on c.customer_id = m.customer_id
        group by m.org_id, coalesce(m.rm_id, 0)
        having count(*) filter (where m.arm = 'treated') > 0 or count(c.contacted) > 0
        $count$
    using p.id, p.home, p.plan_id;
end;
$$;

-- The same by unit and day.
create function baton.board_counted_days(push bigint) returns setof baton.board_day
language plpgsql stable set search_path = baton, pg_temp set work_mem = '256MB' set jit = off
as $$
declare
    p baton.push;
begin
    select * into p from baton.push u where u.id = board_counted_days.push;
    return query execute $count$
        with came as (
            select m.org_id, min(e.day) as contacted, min(e.day) filter (where e.step >= 2) as reached,
                min(e.day) filter (where e.step >= 3) as interested, min(e.day) filter (where e.step = 4) as sold
            from (select o.customer_id, (o.at at time zone b.timezone)::date as day, baton.outcome_step(o.outcome) as step
                  from baton.outcome o cross join baton.bank b where o.push_id = $1) e
            join baton.push_tasks($1) m on m.customer_id = e.customer_id
            group by m.customer_id, m.org_id
        ), days as (
            select c.org_id, c.contacted as day, count(*) as contacted, 0 as reached, 0 as interested, 0 as sold
                from came c group by 1, 2
            union all select c.org_id, c.reached, 0, count(*), 0, 0 from came c where c.reached is not null group by 1, 2
            union all select c.org_id, c.interested, 0, 0, count(*), 0 from came c where c.interested is not null group by 1, 2
            union all select c.org_id, c.sold, 0, 0, 0, count(*) from came c where c.sold is not null group by 1, 2
        )
        select $1, d.org_id, d.day, sum(d.contacted)::int, sum(d.reached)::int, sum(d.interested)::int, sum(d.sold)::int
        from days d group by d.org_id, d.day
        $count$
    using p.id, p.home, p.plan_id;
end;
$$;

-- Counts the board of one push anew. Called when it is pushed and when tasks change hands; then no outcome may come in
-- between what is counted and what is kept.
create or replace function baton.board_recount(push bigint) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    if exists (select from baton.board t where t.push_id = board_recount.push) then
        lock table baton.outcome in share row exclusive mode;
    else
        insert into baton.board (push_id, sign_by, contact_by)
        select p.id, coalesce(baton.sign_by(p.pushed_at),
                (p.deadline + 1)::timestamp at time zone b.timezone),
            least(p.as_of + baton.policy('board_contact_days')::int, p.deadline)
        from baton.push p cross join baton.bank b where p.id = board_recount.push;
    end if;
    delete from baton.board_count c where c.push_id = board_recount.push;
    delete from baton.board_day d where d.push_id = board_recount.push;
    insert into baton.board_count select * from baton.board_counted(board_recount.push);
    insert into baton.board_day select * from baton.board_counted_days(board_recount.push);
end;
$$;

-- How many tasks of each order are done, counted anew.
create function baton.order_counted(push bigint) returns table (org_id int, done int)
language plpgsql stable set search_path = baton, pg_temp set work_mem = '256MB' set jit = off
as $$
declare
    p baton.push;
begin
    select * into p from baton.push u where u.id = order_counted.push;
    return query execute $count$
        select m.org_id, count(distinct e.customer_id)::int
        from baton.outcome e
        join baton.push_tasks($1) m on m.customer_id = e.customer_id
        where e.push_id = $1 and e.outcome <> 'no_answer' group by m.org_id
        $count$
    using p.id, p.home, p.plan_id;
end;
$$;

-- Where the kept counters of a push, those of its orders too, differ from a recount; no row if nowhere. One with a unit is
-- told of his own units.
create function baton.board_check(push bigint) returns table (org text, what text, kept bigint, counted bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own int[] := baton.listed_units();
begin
    if not exists (select from baton.push p where p.id = board_check.push) then
        raise exception using errcode = 'BT003', message = 'push', detail = board_check.push::text;
    end if;
    return query
    with counts as (
        select c.org_id, concat_ws(' ', k.key, s.code) as what, k.value::bigint as kept, 0::bigint as counted
        from baton.board_count c left join baton.staff s on s.id = c.rm_id
        cross join lateral jsonb_each_text(to_jsonb(c) - array['push_id', 'org_id', 'rm_id']) k
        where c.push_id = board_check.push
        union all
        select c.org_id, concat_ws(' ', k.key, s.code), 0, k.value::bigint
        from baton.board_counted(board_check.push) c left join baton.staff s on s.id = c.rm_id
        cross join lateral jsonb_each_text(to_jsonb(c) - array['push_id', 'org_id', 'rm_id']) k
        union all
        select d.org_id, concat_ws(' ', k.key, d.day), k.value::bigint, 0
        from baton.board_day d cross join lateral jsonb_each_text(to_jsonb(d) - array['push_id', 'org_id', 'day']) k
        where d.push_id = board_check.push
        union all
        select d.org_id, concat_ws(' ', k.key, d.day), 0, k.value::bigint
        from baton.board_counted_days(board_check.push) d
        cross join lateral jsonb_each_text(to_jsonb(d) - array['push_id', 'org_id', 'day']) k
        union all
        select o.org_id, 'done', o.done, 0 from baton.branch_order o where o.push_id = board_check.push
        union all
        select o.org_id, 'done', 0, o.done from baton.order_counted(board_check.push) o
    )
    select u.code, c.what, sum(c.kept)::bigint, sum(c.counted)::bigint
    from counts c join baton.org_unit u on u.id = c.org_id
    where own is null or c.org_id = any (own)
    group by u.code, c.what having sum(c.kept) <> sum(c.counted) order by u.code, c.what;
end;
$$;

-- Counts a push's board and its orders anew and keeps that: the way back where `board_check` found a difference.
create function baton.board_mend(push bigint) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('loader');
    if not exists (select from baton.push p where p.id = board_mend.push) then
        raise exception using errcode = 'BT003', message = 'push', detail = board_mend.push::text;
    end if;
    perform baton.board_recount(board_mend.push);
    update baton.branch_order o set done = d.done, open = o.tasks - d.done
    from (select k.org_id, coalesce(n.done, 0) as done from baton.branch_order k
          left join baton.order_counted(board_mend.push) n on n.org_id = k.org_id
          where k.push_id = board_mend.push) d
    where o.push_id = board_mend.push and o.org_id = d.org_id and o.done <> d.done;
    perform baton.note('board.mend', format('push %s', board_mend.push), '{}');
end;
$$;

-- The pushes that stand already.
select baton.board_recount(p.id) from baton.push p order by p.id;

revoke execute on function baton.outcome_step, baton.board_counted, baton.board_counted_days, baton.order_counted,
    baton.board_recount, baton.board_check, baton.board_mend from public;
grant execute on function baton.board_check, baton.board_mend to baton_operator;
