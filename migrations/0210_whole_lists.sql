-- A list that goes into a file is read in one step: it has neither a page's length nor an end at its 1,000th row, and is no
-- longer than what may leave at once. It was read a page at a time, each noted, and ended where a screen's list ends.

-- Whether the transaction reads for a file. Whoever says so of himself gains what `snapshot_export` gives him anyway: masked
-- names, `export_limit` of them, and a line in the audit.
create function baton.list_leaves() returns bool
language sql stable set search_path = baton, pg_temp
as $$ select coalesce(current_setting('baton.leaves', true), '') = 'on'; $$;

-- As in 0018, for a screen.
create or replace function baton.listed_rows(skip int) returns int
language sql stable set search_path = baton, pg_temp
as $$
    select case when baton.list_leaves() then baton.export_limit()
        else greatest(least(100, baton.member_limit() - greatest(skip, 0)), 0) end;
$$;

-- As in 0048. What leaves is not counted as what a day's lists have shown: it has a limit and a line of its own.
create or replace function baton.look_at_list(action text, subject text, detail jsonb, rows bigint) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    shown bigint;
    own bool := action = 'task.list';
    most bigint := case when own then baton.task_list_limit() else baton.list_limit() end;
begin
    perform baton.require_looker();
    if not own and baton.own_staff() is not null then
        raise exception using errcode = 'BT408', message = 'own_tasks';
    end if;
    if baton.list_leaves() then
        perform baton.note(action, subject, detail || jsonb_build_object('rows', rows, 'file', true));
        return;
    end if;
    select coalesce(sum((a.detail ->> 'rows')::bigint), 0) into shown from baton.audit a
        where not a.detail ? 'file' and a.operator = session_user and a.at > clock_timestamp() - interval '1 day' and case when own then a.action = 'task.list'
            else a.action in ('segment.members', 'segment.compare', 'moment.hits', 'push.members') end;
    if shown + rows > most then
        raise exception using errcode = 'BT112', message = 'list_limit', detail = most::text;
    end if;
    perform baton.note(action, subject, detail || jsonb_build_object('rows', rows));
end;
$$;

-- As in 0015, and whole for a file.
create or replace function baton.snapshot_members(snapshot bigint, skip int)
returns table (customer_id bigint, name text, org text, org_name text, tier text, aum bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    s baton.snapshot;
    everyone bool := baton.sees_all();
    page bigint[];
begin
    perform baton.require_looker();
    select * into s from baton.snapshot f where f.id = snapshot_members.snapshot;
    if s.id is null then
        raise exception using errcode = 'BT003', message = 'snapshot', detail = snapshot_members.snapshot::text;
    end if;
    page := array(
        select k.customer_id from baton.segment_member k left join baton.customer c on c.customer_id = k.customer_id
        where k.snapshot_id = s.id
            and (everyone or coalesce(c.org_id, k.org_id) in (select u.id from baton.scope_units() as u (id)))
        order by k.customer_id offset greatest(skip, 0) limit baton.listed_rows(skip));
    perform baton.look_at_list('segment.members', format('%s v%s', s.segment, s.version),
        jsonb_build_object('snapshot', s.id, 'skip', skip), cardinality(page));
    return query
        select m.customer_id, baton.mask_name(c.name), u.code, u.name,
            case when c.aum is not null then
                (select t.code from baton.tier t where t.from_minor is null or t.from_minor <= c.aum
                 order by t.from_minor desc nulls last limit 1) end,
            c.aum
        from baton.segment_member m
        left join baton.customer c on c.customer_id = m.customer_id
        left join baton.org_unit u on u.id = coalesce(c.org_id, m.org_id)
        where m.snapshot_id = s.id and m.customer_id = any (page)
        order by m.customer_id;
end;
$$;

-- As in 0171, and whole for a file.
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

revoke execute on function baton.list_leaves from public;
