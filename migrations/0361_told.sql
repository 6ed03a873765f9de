-- Whether a unit is another than the caller's; nobody's is, of one who sees the whole bank.
create function baton.of_another(unit int) returns bool
language sql stable set search_path = baton, pg_temp
as $$
    select exists (select from baton.operator o where o.name = session_user and o.org_id is not null and o.org_id is distinct from unit);
$$;
revoke execute on function baton.of_another from public;

-- As in 0047: BT003 if there is no such task in the caller's unit, BT402 another RM's, BT403 one that is not open any more.
create or replace function baton.require_task(push bigint, customer bigint, only_open bool default true) returns baton.held_task
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    t baton.held_task;
begin
    perform baton.require_duty('branch');
    select n.customer_id, n.list_org, n.org_id, n.rm_id into t from baton.tasks_now(push, array[customer]) n;
    -- Another unit's customer is refused as one of the control group is: a refusal tells nobody whose customer it is.
    if t.customer_id is null or baton.of_another(coalesce(t.org_id,
            (select h.org_id from baton.task_hold h
             where h.push_id = push and h.customer_id = customer order by h.at desc limit 1))) then
        raise exception using errcode = 'BT003', message = 'task', detail = customer::text;
    end if;
    if t.org_id is null then
        raise exception using errcode = 'BT403', message = (select h.why from baton.task_hold h
            where h.push_id = push and h.customer_id = customer order by h.at desc limit 1), detail = customer::text;
    end if;
    if baton.own_staff() is distinct from t.rm_id and baton.own_staff() is not null then
        raise exception using errcode = 'BT402', message = 'foreign_task', detail = customer::text;
    end if;
    if only_open and baton.task_done(push, customer) then
        raise exception using errcode = 'BT403', message = 'done', detail = customer::text;
    end if;
    return t;
end;
$$;

-- As in 0341, and what is offered to another unit is told to nobody else.
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
    if f.push_id is null or baton.of_another(f.org_id) then
        raise exception using errcode = 'BT003', message = 'referral', detail = customer::text;
    end if;
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

-- As in 0063; of another unit's customer nothing is told.
create or replace function baton.task_give_again(push bigint, customers bigint[], rm text default null) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    wanted bigint[] := array(select distinct c from unnest(customers) c order by c);
    units int[];
    unit int;
    s baton.staff;
    k record;
    n bigint;
begin
    if not baton.has_duty('strategist') then
        perform baton.require_duty('branch');
    else
        perform baton.require_duty('strategist');
    end if;
    perform baton.require_push(task_give_again.push);
    lock table baton.outcome in share row exclusive mode;
    for k in select w.id, t.list_org, t.org_id, h.org_id as last_org, h.why from unnest(wanted) w (id)
        left join baton.tasks_now(task_give_again.push, wanted) t on t.customer_id = w.id
        left join lateral (select h.org_id, h.why from baton.task_hold h
                           where h.push_id = task_give_again.push and h.customer_id = w.id order by h.at desc limit 1) h on true
    loop
        if k.list_org is null or not baton.has_duty('strategist') and baton.of_another(coalesce(k.org_id, k.last_org)) then
            raise exception using errcode = 'BT003', message = 'task', detail = k.id::text;
        elsif k.org_id is not null then
            raise exception using errcode = 'BT403', message = 'not_returned', detail = k.id::text;
        elsif k.why <> 'returned' then
            raise exception using errcode = 'BT403', message = k.why, detail = k.id::text;
        end if;
        units := units || k.last_org;
    end loop;
    unit := units[1];
    if unit is null then
        return 0;
    end if;
    if not baton.has_duty('strategist') then
        perform baton.require_manager(unit);
    end if;
    if exists (select from unnest(units) u where u <> unit) then
        raise exception using errcode = 'BT404', message = 'other_unit', detail = coalesce(rm, '');
    end if;
    if rm is not null then
        s := baton.require_rm(rm);
        if s.org_id <> unit then
            raise exception using errcode = 'BT404', message = 'other_unit', detail = rm;
        end if;
    end if;
    if exists (select from baton.branch_order o
               where o.push_id = task_give_again.push and o.org_id = unit and o.recalled_at is not null) then
        raise exception using errcode = 'BT403', message = 'recalled',
            detail = (select u.code from baton.org_unit u where u.id = unit);
    end if;
    n := baton.tasks_move(task_give_again.push, wanted, array_fill(unit, array[cardinality(wanted)]),
        array_fill(s.id, array[cardinality(wanted)]), 'given_again');
    update baton.task_returned r set again_at = clock_timestamp(), again_by = session_user, again_rm_id = s.id
        where r.push_id = task_give_again.push and r.customer_id = any (wanted) and r.again_at is null;
    perform baton.tell_pusher(task_give_again.push, 'given_again', n);
    perform baton.note('task.give_again', format('push %s', task_give_again.push),
        jsonb_build_object('customers', wanted, 'rm', rm, 'tasks', n));
    return n;
end;
$$;

-- Whose open tasks would go to an RM, for who may give them: those of `from_rm`, or with nobody named (null) those that no RM of
-- the taker's unit has, of one who left for example.
create function baton.tasks_to_reassign(push bigint, from_rm text, to_rm text) returns bigint[]
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    giver baton.staff;
    taker baton.staff;
begin
    if not baton.has_duty('strategist') then
        perform baton.require_duty('branch');
    end if;
    perform baton.require_push(tasks_to_reassign.push);
    -- He may have left.
    select * into giver from baton.staff k where k.code = from_rm;
    if giver.id is null and from_rm is not null then
        raise exception using errcode = 'BT003', message = 'staff', detail = from_rm;
    end if;
    taker := baton.require_rm(to_rm);
    if not baton.has_duty('strategist') then
        perform baton.require_manager(taker.org_id);
    else
        perform baton.require_duty('strategist');
    end if;
    if from_rm is not null and giver.org_id <> taker.org_id then
        raise exception using errcode = 'BT404', message = 'other_unit', detail = to_rm;
    end if;
    return array(select t.customer_id from baton.push_tasks(tasks_to_reassign.push, array[taker.org_id]) t
        where t.rm_id is not distinct from giver.id and not baton.task_done(tasks_to_reassign.push, t.customer_id) order by 1);
end;
$$;

-- How many that are: what is asked before they change hands.
create function baton.push_reassign_count(push bigint, from_rm text, to_rm text) returns bigint
language sql stable security definer set search_path = baton, pg_temp
as $$ select cardinality(baton.tasks_to_reassign(push, from_rm, to_rm))::bigint; $$;

-- As in 0047, of nobody's tasks, too.
create or replace function baton.push_reassign(push bigint, from_rm text, to_rm text) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    ids bigint[] := baton.tasks_to_reassign(push_reassign.push, from_rm, to_rm);
    taker baton.staff := baton.require_rm(to_rm);
    n bigint;
begin
    n := case when cardinality(ids) > 0 then baton.tasks_move(push_reassign.push, ids,
        array_fill(taker.org_id, array[cardinality(ids)]), array_fill(taker.id, array[cardinality(ids)]), 'assigned') else 0 end;
    perform baton.note('push.reassign', format('push %s', push_reassign.push),
        jsonb_build_object('from', from_rm, 'to', to_rm, 'tasks', n));
    return n;
end;
$$;
revoke execute on function baton.tasks_to_reassign, baton.push_reassign_count from public;
grant execute on function baton.push_reassign_count to baton_operator;

-- As in 0033, and who may not is told who has paused it (BT208): that person or an approver lets it go on.
create or replace function baton.strategy_resume(code text, reason text) returns void
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
    if brake.paused_by <> session_user and not baton.has_duty('approver') then
        raise exception using errcode = 'BT208', message = brake.paused_by, detail = brake.code;
    end if;
    perform baton.resume_one(brake.code, strategy_resume.reason, false);
end;
$$;

-- A strategy's name stands in rows of tables, on orders and in messages, as a segment's does. Those that stand already stay.
alter table baton.strategy_version
    add constraint strategy_version_name_length check (char_length(name) <= 100) not valid;
