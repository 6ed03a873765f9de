-- No amount is beyond what one customer's can be: ten trillion in major units, as the imports hold it. And of a branch's message one can see who
-- sent it and which it is.

-- The most that one amount may be, in minor units; `Minor::MOST_OF_ONE` says the same.
create function baton.amount_most() returns bigint
language sql immutable parallel safe
return 1000000000000000;

revoke execute on function baton.amount_most from public;

alter table baton.outcome_inbox
    drop constraint outcome_inbox_reason,
    add constraint outcome_inbox_reason check (reason in ('incomplete', 'unknown_push', 'unknown_task', 'unknown_outcome', 'future',
        'note_too_long', 'no_evidence', 'before_push', 'negative', 'too_large'));

-- As in 0250, and what is too large (`too_large`).
create or replace function baton.outcome_impossible(intake uuid, out ordinals bigint[], out verdicts text[], out tells text[])
language plpgsql set search_path = baton, pg_temp set work_mem = '64MB' set jit = off
as $$
declare
    zone text := (select b.timezone from baton.bank b);
    wrong bigint[];
begin
    wrong := array(select g.push_id
        from (select k.push_id, min(k.at) as at, min(k.amount) as amount, max(k.amount) as largest from baton.outcome_intake k
              where k.intake = outcome_impossible.intake and k.by = session_user group by k.push_id) g
        join baton.push p on p.id = g.push_id
        where g.at < p.as_of::timestamp at time zone zone or g.amount < 0 or g.largest > baton.amount_most());
    if wrong = '{}' then
        return;
    end if;
    with taken as (
        delete from baton.outcome_intake k using baton.push p
        where k.intake = outcome_impossible.intake and k.by = session_user and k.push_id = any (wrong) and p.id = k.push_id
            and (k.at < p.as_of::timestamp at time zone zone or k.amount < 0 or k.amount > baton.amount_most())
        returning k.ordinal, case when k.at < p.as_of::timestamp at time zone zone then 'before_push' when k.amount < 0 then 'negative'
                else 'too_large' end as verdict,
            format('%s %s %s %s', k.push_id, k.customer_id, to_char(k.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), k.outcome) as tell
    )
    select array_agg(t.ordinal order by t.ordinal), array_agg(t.verdict order by t.ordinal), array_agg(t.tell order by t.ordinal)
        into ordinals, verdicts, tells from taken t;
end;
$$;

-- As in 0250, and not what is too large, or of nobody whom one can see; a note that cannot be seen is none.
create or replace function baton.outcome_inbox_take(most int)
returns table (seen bigint, accepted bigint, duplicate bigint, left_out bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    ids bigint[];
    lot uuid := gen_random_uuid();
    -- The latest of the server's day and the bank's: what is said to have happened after it has not.
    last_day date := (select greatest(b.as_of, (clock_timestamp() at time zone b.timezone)::date) from baton.bank b);
    zone text := (select b.timezone from baton.bank b);
    taken baton.outcome_taken;
    unshown record;
begin
    perform baton.require_duty('loader');
    ids := array(select i.id from baton.outcome_inbox i where i.reason is null order by i.id limit most for update skip locked);
    seen := cardinality(ids);
    accepted := 0;
    duplicate := 0;
    left_out := 0;
    if seen = 0 then
        return next;
        return;
    end if;
    update baton.outcome_inbox i set reason = w.why
    from (select k.id, case
              when num_nulls(k.push_id, k.customer_id, k.outcome, k.at) > 0 or not baton.is_of_a_calendar(k.at)
                  or baton.is_blank(k.source) or baton.is_blank(k.message_id) then 'incomplete'
              when k.outcome not in ('no_answer', 'refused', 'considering', 'appointment', 'sold', 'bad_number') then 'unknown_outcome'
              when not exists (select from baton.push p where p.id = k.push_id) then 'unknown_push'
              when (k.at at time zone zone)::date > last_day then 'future'
              when (k.at at time zone zone)::date < (select p.as_of from baton.push p where p.id = k.push_id) then 'before_push'
              when k.amount < 0 then 'negative'
              when k.amount > baton.amount_most() then 'too_large'
              when length(k.note) > 2000 then 'note_too_long' end as why
          from baton.outcome_inbox k where k.id = any (ids)) w
    where i.id = w.id and w.why is not null;
    insert into baton.outcome_intake (intake, ordinal, push_id, customer_id, outcome, at, amount, note, source, message_id)
    select lot, i.id, i.push_id, i.customer_id, i.outcome, i.at, i.amount, case when not baton.is_blank(i.note) then i.note end, i.source, i.message_id
    from baton.outcome_inbox i where i.id = any (ids) and i.reason is null;
    select * into unshown from baton.outcome_unshown(lot);
    update baton.outcome_inbox i set reason = 'no_evidence' where i.id = any (unshown.ordinals);
    taken := baton.outcome_settle(lot);
    update baton.outcome_inbox i set reason = 'unknown_task'
    from unnest(taken.ordinals, taken.verdicts) as w (id, verdict) where i.id = w.id and w.verdict = 'unknown';
    delete from baton.outcome_inbox i where i.id = any (ids) and i.reason is null;
    accepted := taken.accepted;
    duplicate := taken.duplicate;
    left_out := seen - accepted - duplicate;
    perform baton.note('outcome.inbox', 'outcome', jsonb_build_object('read', seen, 'accepted', accepted, 'left_out', left_out,
        'contradictory', taken.contradictory));
    return next;
end;
$$;

-- As in 0250, and not what is too large.
create or replace function baton.load_done(target text) returns table (load smallint, ordinal bigint, why text, value text)
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB'
as $$
declare
    key text := (select string_agg(format('l.%I', k.name), ', ' order by k.n)
                 from unnest(baton.load_key(target)) with ordinality as k (name, n));
begin
    perform baton.require_duty('loader');
    perform baton.import_lock();
    return query execute format(
        'with again as (select l.ctid as at, row_number() over (partition by %1$s order by l.load, l.ordinal) as n from load.%2$I l)
         delete from load.%2$I l using again a where l.ctid = a.at and a.n > 1
         returning l.load, l.ordinal, ''duplicate''::text, concat_ws('', '', %1$s)', key, target);
    if target = 'outcome' then
        return query delete from load.outcome l
            where not exists (select from baton.push p
                cross join lateral (select from baton.plan_member m where m.home = p.home and m.plan_id = p.plan_id
                    and m.customer_id = l.customer_id and m.arm is not null offset 0) m
                where p.id = l.push)
            returning l.load, l.ordinal, 'unknown'::text, concat_ws(', ', l.push, l.customer_id);
        return query delete from load.outcome l using baton.push p, baton.bank b
            where p.id = l.push and l.at < p.as_of::timestamp at time zone b.timezone
            returning l.load, l.ordinal, 'before_push'::text, to_char(l.at at time zone b.timezone, 'YYYY-MM-DD"T"HH24:MI:SS');
        return query delete from load.outcome l where l.amount < 0
            returning l.load, l.ordinal, 'negative'::text, l.amount::text;
        return query delete from load.outcome l where l.amount > baton.amount_most()
            returning l.load, l.ordinal, 'too_large'::text, l.amount::text;
    end if;
    if target = 'holding' then
        return query with first as (
                select distinct on (l.product) l.product, l.class from load.holding l
                where l.class is not null order by l.product, l.load, l.ordinal
            )
            delete from load.holding l using first f where f.product = l.product and f.class <> l.class
            returning l.load, l.ordinal, 'other_class'::text, l.class;
    end if;
    if target = 'metric_fact' then
        return query with above as (
                select l.parent as code from load.org_unit l where l.parent is not null
                union
                select p.code from baton.org_unit u join baton.org_unit p on p.id = u.parent_id
                where u.closed_on is null and not exists (select from load.org_unit)
            )
            delete from load.metric_fact l using above a where l.org = a.code
            returning l.load, l.ordinal, 'not_leaf'::text, l.org;
    end if;
    if target = 'org_unit' then
        perform baton.load_check_tree();
    end if;
    execute format('analyze load.%I', target);
end;
$$;

-- As in 0048, and not what is too large; a note that cannot be seen is none.
create or replace function baton.task_outcome(push bigint, customer bigint, outcome text, on_day date default null, amount bigint default null,
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
