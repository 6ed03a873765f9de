-- What is given twice, and what is counted twice.

-- As in 0171; not where another push has given the same wave to the same customers, who hold it still.
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

-- As in 0046; what is told of all open tasks of a unit is told of the same ones again, and is no more of them.
create or replace function baton.tell(push bigint, key text, count bigint, org int, staff int default null, operator text default null)
returns void
language sql volatile set search_path = baton, pg_temp
as $$
    insert into baton.notice as n (day, org_id, staff_id, operator, key, push_id, count)
    select baton.clock_day(), $4, $5, $6, $2, $1, $3::int where $3 > 0
    on conflict on constraint notice_once_a_day do update
        set count = case when n.key in ('extended', 'reminded') then greatest(n.count, excluded.count) else n.count + excluded.count end, at = clock_timestamp(), by = session_user, read_at = null, read_by = null;
$$;
