-- The branch side: its tasks in a list and one by one, what came of them by the strategy's own form, referrals, and what the
-- branch has to say of the strategy.

-- ---- being told of one's own tasks ---------------------------------------------------------------------------

-- An RM who works his day opens more than a mid-office's share of cards, but only of tasks that were given to him: they are
-- counted apart, each once a day, and so are the rows of lists of tasks.
create function baton.task_limit() returns int
language sql immutable set search_path = baton, pg_temp
as $$ select 1000; $$;
create function baton.task_list_limit() returns int
language sql immutable set search_path = baton, pg_temp
as $$ select 50000; $$;

-- As in 0015, and an RM looks at the customers that he owns or has a task of.
create or replace function baton.look(customer_id bigint, action text, detail jsonb) returns baton.customer
language plpgsql set search_path = baton, pg_temp
as $$
declare
    c baton.customer;
    looked int;
begin
    perform baton.require_looker();
    select count(*) into looked from baton.audit a
        where a.operator = session_user and a.action in ('customer.card', 'customer.explain')
            and a.at > clock_timestamp() - interval '1 day';
    if looked >= baton.card_limit() then
        raise exception using errcode = 'BT112', message = 'card_limit', detail = baton.card_limit()::text;
    end if;
    select * into c from baton.customer k where k.customer_id = look.customer_id;
    if c.customer_id is null then
        raise exception using errcode = 'BT003', message = 'customer', detail = look.customer_id::text;
    end if;
    if not baton.sees_all() and c.org_id not in (select u.id from baton.scope_units() as u (id)) then
        raise exception using errcode = 'BT007', message = 'foreign_unit',
            detail = (select u.code from baton.org_unit u where u.id = c.org_id);
    end if;
    if baton.own_staff() is not null and c.customer_id not in (select r.id from baton.rm_customers() as r (id)) then
        raise exception using errcode = 'BT402', message = 'foreign_task', detail = look.customer_id::text;
    end if;
    perform baton.note(action, look.customer_id::text, detail);
    return c;
end;
$$;

-- As in 0015; an RM is told of his tasks, and of no other list.
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
    select coalesce(sum((a.detail ->> 'rows')::bigint), 0) into shown from baton.audit a
        where a.operator = session_user and a.at > clock_timestamp() - interval '1 day' and case when own then a.action = 'task.list'
            else a.action in ('segment.members', 'segment.compare', 'moment.hits', 'push.members') end;
    if shown + rows > most then
        raise exception using errcode = 'BT112', message = 'list_limit', detail = most::text;
    end if;
    perform baton.note(action, subject, detail || jsonb_build_object('rows', rows));
end;
$$;

-- As in 0018; parts of a push and of snapshots are not an RM's to count either.
create or replace function baton.listed_units() returns int[]
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_looker();
    if baton.own_staff() is not null then
        raise exception using errcode = 'BT408', message = 'own_tasks';
    end if;
    if baton.sees_all() then
        return null;
    end if;
    return array(select u.id from baton.scope_units() as u (id));
end;
$$;

-- The engine answers for whole units: it has no ticket for an RM, and SQL answers him.
create or replace function baton.engine_ticket() returns text
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    token text := encode(uuid_send(gen_random_uuid()), 'hex') || encode(uuid_send(gen_random_uuid()), 'hex');
begin
    if not exists (select from baton.operator o where o.name = session_user and o.staff_id is null) then
        raise exception using errcode = 'BT001', message = 'operator';
    end if;
    delete from baton.engine_ticket t where t.issued_at < clock_timestamp() - interval '30 days';
    insert into baton.engine_ticket (token_hash, scope, expires_at)
    values (sha256(convert_to(token, 'UTF8')), (select u.path from baton.org_unit u where u.code = baton.scope()),
        clock_timestamp() + interval '60 seconds');
    return token;
end;
$$;

-- ---- tasks in a list -------------------------------------------------------------------------------------------

-- The tasks that the caller's unit holds, those of an RM for him, and those that were offered to them: of one push or of all
-- live ones, 100 after the first `skip`. Who sees the whole bank names the push and the unit; for him it is a list of
-- customers like any other.
create function baton.task_list(of_push bigint, of_org text, of_rm text, of_state text, skip int)
returns table (push_id bigint, strategy text, version int, strategy_name text, product text, customer_id bigint, name text,
    org text, org_name text, rm text, rm_name text, tier text, aum bigint, state text, outcome text, at timestamptz, next_on date,
    other text, due date, total bigint)
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
            case when baton.task_done(h.push_id, h.customer_id) then 'done' when f.org_id is not null then 'offered' else 'open' end as state
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
    ), wanted as (
        select s.*, row_number() over (order by array_position(array['offer', 'open', 'offered', 'done'], s.state), s.next_on nulls last,
            s.push_id, s.customer_id) as place
        from stands s
        where (of_state is null or s.state = of_state) and (of_rm is null or s.rm_id = staff)
    )
    select (select count(*) from wanted),
        (select coalesce(jsonb_agg(to_jsonb(w) order by w.place), '[]') from wanted w
         where w.place > greatest(skip, 0) and w.place <= greatest(skip, 0) + 100)
        into whole, page;
    perform baton.look_at_list(case when everyone then 'push.members' else 'task.list' end,
        coalesce(format('push %s', of_push), 'live'), jsonb_build_object('push', of_push, 'org', of_org, 'rm', of_rm, 'state', of_state,
            'skip', skip), jsonb_array_length(page));
    return query
        select w.push_id, p.strategy, p.version, v.name, v.product, w.customer_id, baton.mask_name(c.name), u.code, u.name, s.code, s.name,
            case when c.aum is not null then
                (select t.code from baton.tier t where t.from_minor is null or t.from_minor <= c.aum
                 order by t.from_minor desc nulls last limit 1) end,
            c.aum, w.state, w.outcome, w.at, w.next_on,
            coalesce((select x.code from baton.staff x where x.id = w.other_rm), (select x.code from baton.org_unit x where x.id = w.other_org)),
            case when w.state in ('offer', 'offered') then w.due else o.deadline end, whole
        from jsonb_to_recordset(page) as w (push_id bigint, customer_id bigint, org_id int, rm_id int, outcome text, at timestamptz,
            next_on date, other_org int, other_rm int, due date, state text, place bigint)
        join baton.push p on p.id = w.push_id
        join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        join baton.org_unit u on u.id = w.org_id
        left join baton.staff s on s.id = w.rm_id
        left join baton.customer c on c.customer_id = w.customer_id
        left join baton.branch_order o on o.push_id = w.push_id and o.org_id = w.org_id
        order by w.place;
end;
$$;

-- By live push: how many tasks wait for the caller's answer, and how many he has to do: his unit's, or his own as an RM.
create function baton.task_todo() returns table (push_id bigint, offers bigint, open bigint, due date)
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
        select p.id, coalesce(f.n, 0), coalesce(t.n, 0), coalesce(b.deadline, p.deadline)
        from baton.push p
        left join baton.branch_order b on b.push_id = p.id and b.org_id = me.org_id
        left join lateral (select count(*) as n from baton.referral r
                           where r.push_id = p.id and r.org_id = me.org_id and r.state = 'offered' and r.due >= baton.bank_day()
                               and (me.staff_id is null or r.rm_id = me.staff_id)) f on true
        left join lateral (select count(*) as n from baton.push_tasks(p.id, array[me.org_id]) k
                           where me.staff_id is not null and b.open > 0 and k.rm_id = me.staff_id
                               and not baton.task_done(p.id, k.customer_id)) r on true
        cross join lateral (select case when me.staff_id is null then b.open::bigint else r.n end as n) t
        where p.deadline >= baton.today() and (f.n > 0 or t.n > 0);
end;
$$;

-- ---- one task ---------------------------------------------------------------------------------------------------

-- The caller's unit, or he as an RM, holds the task (`held`), or was offered it (`offer`); null if neither.
create function baton.task_mine(push bigint, customer bigint) returns text
language sql stable set search_path = baton, pg_temp
as $$
    select case
        when exists (select from baton.tasks_now($1, array[$2]) t
                     where t.org_id in (select u.id from baton.scope_units() as u (id)) and (o.staff_id is null or t.rm_id = o.staff_id))
            then 'held'
        when exists (select from baton.referral r where r.push_id = $1 and r.customer_id = $2 and r.state = 'offered'
                     and r.org_id in (select u.id from baton.scope_units() as u (id)) and (o.staff_id is null or r.rm_id = o.staff_id))
            then 'offer' end
    from baton.operator o where o.name = session_user;
$$;

-- Opens a task: the masked name and phone of its customer, who holds it, and an offer that waits. Noted. One's own is counted
-- once a day and apart; whoever else looks opens a card.
create function baton.task_look(push bigint, customer bigint)
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
                 when baton.task_done(push, customer) then 'done' when held = 'offer' then 'offer' when r.n is not null then 'offered'
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

-- What came of a task so far, latest first, whichever unit wrote it: for who may act on it, or sees the whole bank.
create function baton.task_outcomes(push bigint, customer bigint)
returns table (at timestamptz, outcome text, amount bigint, note text, next_on date, fields jsonb, taken_by text)
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_looker();
    if not baton.sees_all() and baton.task_mine(push, customer) is null then
        raise exception using errcode = 'BT402', message = 'foreign_task', detail = customer::text;
    end if;
    return query
        select o.at, o.outcome, o.amount, o.note, o.next_on, o.fields, o.taken_by from baton.outcome o
        where o.push_id = push and o.customer_id = customer order by o.at desc, o.taken_at desc limit 50;
end;
$$;

-- ---- what came of a task -----------------------------------------------------------------------------------------

alter table baton.outcome
    add column next_on date,            -- the day of the next step
    add column fields jsonb;            -- the strategy's own form: code to what stands there

-- Holds what was filled in against the fields of a strategy's body: BT409 with `required`, `type`, `choice` or `unknown` and
-- the field's code. Nobody can be asked whom one has not reached: then nothing is required.
create function baton.check_fields(body jsonb, fields jsonb, reached bool) returns void
language plpgsql immutable set search_path = baton, pg_temp
as $$
declare
    f jsonb;
    given text;
    unknown text;
    fine bool;
begin
    select k into unknown from jsonb_object_keys(coalesce(fields, '{}')) k
        where not exists (select from jsonb_array_elements(coalesce(body -> 'field', '[]')) d where d ->> 'code' = k) limit 1;
    if unknown is not null then
        raise exception using errcode = 'BT409', message = 'unknown', detail = unknown;
    end if;
    for f in select d from jsonb_array_elements(coalesce(body -> 'field', '[]')) d loop
        given := nullif(btrim(fields ->> (f ->> 'code')), '');
        if given is null then
            if reached and coalesce((f ->> 'required')::bool, false) then
                raise exception using errcode = 'BT409', message = 'required', detail = f ->> 'code';
            end if;
            continue;
        end if;
        fine := case f ->> 'type'
            when 'number' then given ~ '^-?[0-9]{1,15}([.][0-9]{1,6})?$'
            when 'flag' then given in ('true', 'false')
            when 'choice' then f -> 'choices' ? given
            when 'date' then given ~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
                and to_char(make_date(left(given, 4)::int, substr(given, 6, 2)::int, 1) + (right(given, 2)::int - 1), 'YYYY-MM-DD') = given
            else length(given) <= 2000 end;
        if not fine then
            raise exception using errcode = 'BT409', message = case when f ->> 'type' = 'choice' then 'choice' else 'type' end,
                detail = f ->> 'code';
        end if;
    end loop;
end;
$$;

-- What came of the caller's own task on a day, the bank's if none is named; gives how the task then stands. Among those of a day
-- the later written is the later one.
create function baton.task_outcome(push bigint, customer bigint, outcome text, on_day date default null, amount bigint default null,
    note text default null, next_on date default null, fields jsonb default '{}') returns text
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    zone text := (select b.timezone from baton.bank b);
    day date := coalesce(on_day, baton.today());
    moment timestamptz := (day + (clock_timestamp() at time zone zone)::time) at time zone zone;
    lot uuid := gen_random_uuid();
    was_done bool;
begin
    perform baton.require_duty('branch');
    p := baton.require_push(push);
    lock table baton.outcome in share row exclusive mode;
    perform baton.require_task(push, customer, false);
    if day < p.as_of or day > greatest(baton.bank_day(), baton.clock_day(), baton.today()) then
        raise exception using errcode = 'BT405', message = 'at', detail = day::text;
    end if;
    if task_outcome.next_on < day then
        raise exception using errcode = 'BT405', message = 'next_on', detail = task_outcome.next_on::text;
    end if;
    if task_outcome.amount < 0 then
        raise exception using errcode = 'BT405', message = 'amount', detail = task_outcome.amount::text;
    end if;
    perform baton.check_fields((select v.body::jsonb from baton.strategy_version v where v.code = p.strategy and v.version = p.version),
        task_outcome.fields, task_outcome.outcome not in ('no_answer', 'bad_number'));
    was_done := baton.task_done(push, customer);
    select greatest(moment, max(o.at) + interval '1 millisecond') into moment from baton.outcome o
        where o.push_id = push and o.customer_id = customer and (o.at at time zone zone)::date = day;
    -- By the step that takes files in, so that the counters of the board and of the orders move by this one outcome only.
    insert into baton.outcome_intake (intake, ordinal, push_id, customer_id, outcome, at, amount, note)
        values (lot, 1, push, customer, task_outcome.outcome, moment, task_outcome.amount, left(task_outcome.note, 2000));
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

-- ---- referrals ----------------------------------------------------------------------------------------------------

-- Offers a task to another unit or to an RM, of whatever unit: `due` is the last day to take it, `credit` per cent of what comes
-- of it stay with who refers. The task stays where it is until it is taken.
create function baton.task_refer(push bigint, customer bigint, org text, rm text, due date, credit int, note text) returns int
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

-- Takes an offered task, or declines it: the unit's manager, or the RM to whom it was offered. Who offered is told.
create function baton.task_answer(push bigint, customer bigint, accept bool, reason text default null) returns void
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
    if accept and f.due < baton.bank_day() then
        raise exception using errcode = 'BT410', message = 'expired', detail = f.due::text;
    end if;
    update baton.referral r set state = word, answered_by = session_user, answered_at = clock_timestamp(),
        reason = nullif(left(btrim(task_answer.reason), 2000), '')
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

-- ---- feedback -----------------------------------------------------------------------------------------------------

-- What a unit says of a strategy: 名单不准, 权益不足, 话术不合, or something else in words. The review reads it.
create table baton.feedback (
    id bigint generated always as identity primary key,
    push_id bigint not null references baton.push,
    strategy text not null,
    version int not null,
    org_id int not null references baton.org_unit,
    reason text not null constraint feedback_reason check (reason in ('list', 'benefit', 'script', 'other')),
    text text,
    at timestamptz not null default clock_timestamp(),
    by text not null default session_user,
    constraint feedback_other_says_what check (reason <> 'other' or text is not null)
);
create index feedback_by_strategy on baton.feedback (strategy, version);
grant select on baton.feedback to baton_operator;

create function baton.push_feedback(push bigint, reason text, words text) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    own int;
    number bigint;
begin
    perform baton.require_duty('branch');
    p := baton.require_push(push);
    select o.org_id into own from baton.operator o where o.name = session_user;
    if not exists (select from baton.branch_order b where b.push_id = p.id and b.org_id = coalesce(own, b.org_id)) then
        raise exception using errcode = 'BT003', message = 'order', detail = coalesce((select u.code from baton.org_unit u where u.id = own), '');
    end if;
    insert into baton.feedback (push_id, strategy, version, org_id, reason, text)
        select p.id, p.strategy, p.version, b.org_id, push_feedback.reason, nullif(left(btrim(words), 2000), '')
        from baton.branch_order b where b.push_id = p.id and b.org_id = coalesce(own, b.org_id) order by b.org_id limit 1
        returning id into number;
    perform baton.tell_pusher(p.id, 'feedback', 1);
    perform baton.note('push.feedback', format('push %s', p.id), jsonb_build_object('reason', push_feedback.reason));
    return number;
end;
$$;

-- ---- reading what one was told -----------------------------------------------------------------------------------

-- The caller's own notices of a push are read; gives how many there were.
create function baton.notice_read(push bigint) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    n bigint;
begin
    perform baton.require_looker();
    with mine as (
        update baton.notice k set read_at = clock_timestamp(), read_by = session_user
        from baton.operator o
        where o.name = session_user and k.push_id = notice_read.push and k.read_at is null
            and (k.operator = session_user or (k.org_id = o.org_id and k.staff_id is not distinct from o.staff_id))
        returning 1
    )
    select count(*) into n from mine;
    if n > 0 then
        perform baton.note('notice.read', format('push %s', notice_read.push), jsonb_build_object('notices', n));
    end if;
    return n;
end;
$$;

revoke execute on function baton.task_limit, baton.task_list_limit, baton.task_list, baton.task_todo, baton.task_mine, baton.task_look,
    baton.task_outcomes, baton.check_fields, baton.task_outcome, baton.task_refer, baton.task_answer, baton.push_feedback,
    baton.notice_read from public;
grant execute on function baton.task_list, baton.task_todo, baton.task_look, baton.task_outcomes, baton.task_outcome, baton.task_refer,
    baton.task_answer, baton.push_feedback, baton.notice_read to baton_operator;
