-- A push whose strategy has ended, or whose verdict was given, is over: nobody gives it a later last day, is reminded of it, or
-- takes back what came of it. By the bank's own day, whatever day the caller looks at it as of.
create function baton.require_under_way(push bigint) returns void
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    p baton.push := baton.require_push(push);
    v baton.strategy_version;
    last_day date;
begin
    select * into v from baton.strategy_version s where s.code = p.strategy and s.version = p.version;
    if v.state = 'reviewed' or exists (select from baton.review r where r.push_id = p.id) then
        raise exception using errcode = 'BT412', message = 'push_reviewed', detail = format('%s v%s', p.strategy, p.version);
    end if;
    select max(k.deadline) into last_day from baton.push k where k.strategy = p.strategy and k.version = p.version;
    if last_day < baton.bank_day() then
        raise exception using errcode = 'BT412', message = 'push_ended', detail = last_day::text;
    end if;
end;
$$;
revoke execute on function baton.require_under_way from public;

-- As in 0090, of a push that is under way. Its last day is today or later, so a later one lies after today.
create or replace function baton.push_extend(push bigint, until date) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    n bigint;
begin
    perform baton.require_duty('strategist');
    lock table baton.outcome in share row exclusive mode;
    select * into p from baton.push k where k.id = push_extend.push for update;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'push', detail = push_extend.push::text;
    end if;
    perform baton.require_under_way(p.id);
    -- Of several waves the earlier may have ended.
    if p.deadline < baton.bank_day() then
        raise exception using errcode = 'BT412', message = 'push_ended', detail = p.deadline::text;
    end if;
    if until <= p.deadline or until > p.as_of + 366 then
        raise exception using errcode = 'BT407', message = 'deadline', detail = p.deadline::text;
    end if;
    update baton.push k set deadline = until where k.id = p.id;
    with later as (
        update baton.branch_order o set first_deadline = coalesce(o.first_deadline, o.deadline), deadline = until,
            extended_by = session_user
        where o.push_id = p.id and o.recalled_at is null and o.deadline < until
        returning o.org_id, o.open
    ), told as (
        select baton.tell(p.id, 'extended', greatest(l.open, 1), l.org_id) from later l
    )
    select count(*) into n from told;
    -- Whatever has not left says the later day by itself.
    perform baton.message_put('deadline', p.id, o.org_id, jsonb_build_object('deadline', until, 'was', p.deadline, 'extended_at', clock_timestamp()))
    from (select k.org_id from baton.branch_order k where k.push_id = p.id and k.recalled_at is null and k.deadline = until order by 1) o
    where baton.delivery_knows(p.id, o.org_id);
    perform baton.note('push.extend', format('push %s', p.id), jsonb_build_object('from', p.deadline, 'until', until, 'orders', n));
    return n;
end;
$$;

-- As in 0251, of a push that is under way.
create or replace function baton.push_remind(push bigint, out reminded bigint, out before bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('strategist');
    perform baton.require_under_way(push_remind.push);
    if not baton.delivery_runs(push_remind.push) then
        raise exception using errcode = 'BT411', message = 'paused', detail = (select p.strategy from baton.push p where p.id = push_remind.push);
    end if;
    if baton.quiet_at(clock_timestamp()) then
        raise exception using errcode = 'BT411', message = 'quiet';
    end if;
    with due as (
        select o.org_id, o.open, (o.reminded_at at time zone coalesce((select b.timezone from baton.bank b), 'UTC'))::date
            is not distinct from baton.clock_day() as told
        from baton.branch_order o
        where o.push_id = push_remind.push and o.recalled_at is null and o.open > 0
    ), now as (
        update baton.branch_order o set reminded_at = clock_timestamp(), reminded_by = session_user
        from due d where o.push_id = push_remind.push and o.org_id = d.org_id and not d.told
        returning o.org_id, o.open
    ), said as (
        select baton.tell(push_remind.push, 'reminded', n.open, n.org_id) from now n
    )
    select (select count(*) from said), (select count(*) from due d where d.told) into reminded, before;
    perform baton.note('push.remind', format('push %s', push_remind.push),
        jsonb_build_object('reminded', reminded, 'before', before));
end;
$$;

-- As in 0171, of a push that is under way.
create or replace function baton.push_recall(push bigint, org text default null) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB'
as $$
declare
    unit int;
    units int[];
    n bigint;
begin
    perform baton.require_duty('strategist');
    perform baton.require_under_way(push_recall.push);
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

-- As in 0253, of a push that is under way.
create or replace function baton.push_recall_undo(push bigint, org text default null) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB'
as $$
declare
    unit int;
    units int[];
    r record;
    given_to jsonb;
    n bigint;
    again bigint;
begin
    perform baton.require_duty('strategist');
    perform baton.require_under_way(push_recall_undo.push);
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
    -- Who has the same wave from another push would be given it twice: from a later one, or from an earlier one whose recall was undone.
    select count(distinct h.customer_id) into again
    from baton.push p
    join baton.push l on l.strategy = p.strategy and l.wave = p.wave and l.id <> p.id
    join baton.task_hold h on h.push_id = p.id and h.org_id = any (units) and not h.held and h.why = 'recalled'
    join baton.plan_member m on m.home = l.home and m.plan_id = l.plan_id and m.customer_id = h.customer_id and m.arm = 'treated'
    where p.id = push_recall_undo.push
        and not exists (select from baton.task_hold k where k.push_id = l.id and k.customer_id = h.customer_id
                        group by k.customer_id having not bool_or(k.held));
    if again > 0 then
        raise exception using errcode = 'BT406', message = 'pushed_again', detail = again::text;
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
