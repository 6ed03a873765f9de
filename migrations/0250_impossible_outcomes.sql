-- What a branch's system or a file says of a day before its push, or with an amount below nothing, is no outcome of it: the typed form has
-- refused both from the start. And nothing that somebody else's system writes may stop a listing: a time beyond any calendar is none.

alter table baton.outcome_inbox
    drop constraint outcome_inbox_reason,
    add constraint outcome_inbox_reason check (reason in ('incomplete', 'unknown_push', 'unknown_task', 'unknown_outcome', 'future',
        'note_too_long', 'no_evidence', 'before_push', 'negative'));

-- A time of the years 1 to 9999: `timestamptz` goes beyond what programs can show, on both sides.
create function baton.is_of_a_calendar(timestamptz) returns bool
language sql immutable parallel safe
return $1 >= timestamptz '0001-01-02 00:00+00' and $1 < timestamptz '9999-12-31 00:00+00';

-- Takes those of the caller's rows out of an intake that lie before their push or have a negative amount, with the reason (`before_push`,
-- `negative`). The rows are looked through once, by push; where none is at fault that is all.
create function baton.outcome_impossible(intake uuid, out ordinals bigint[], out verdicts text[], out tells text[])
language plpgsql set search_path = baton, pg_temp set work_mem = '64MB' set jit = off
as $$
declare
    zone text := (select b.timezone from baton.bank b);
    wrong bigint[];
begin
    wrong := array(select g.push_id
        from (select k.push_id, min(k.at) as at, min(k.amount) as amount from baton.outcome_intake k
              where k.intake = outcome_impossible.intake and k.by = session_user group by k.push_id) g
        join baton.push p on p.id = g.push_id
        where g.at < p.as_of::timestamp at time zone zone or g.amount < 0);
    if wrong = '{}' then
        return;
    end if;
    with taken as (
        delete from baton.outcome_intake k using baton.push p
        where k.intake = outcome_impossible.intake and k.by = session_user and k.push_id = any (wrong) and p.id = k.push_id
            and (k.at < p.as_of::timestamp at time zone zone or k.amount < 0)
        returning k.ordinal, case when k.at < p.as_of::timestamp at time zone zone then 'before_push' else 'negative' end as verdict,
            format('%s %s %s %s', k.push_id, k.customer_id, to_char(k.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), k.outcome) as tell
    )
    select array_agg(t.ordinal order by t.ordinal), array_agg(t.verdict order by t.ordinal), array_agg(t.tell order by t.ordinal)
        into ordinals, verdicts, tells from taken t;
end;
$$;

-- As in 0200. What lies before its push or is negative is counted in none of the numbers either.
create or replace function baton.outcome_take(intake uuid) returns baton.outcome_taken
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    taken baton.outcome_taken;
    unshown record;
    wrong record;
begin
    perform baton.require_duty('loader');
    select * into wrong from baton.outcome_impossible(outcome_take.intake);
    select * into unshown from baton.outcome_unshown(outcome_take.intake);
    taken := baton.outcome_settle(outcome_take.intake);
    if taken.unknown > 0 then
        taken.verdicts := array(
            select case when w.verdict = 'unknown' and p.id is null then 'unknown_push' else w.verdict end
            from unnest(taken.verdicts, taken.tells) with ordinality as w (verdict, tell, place)
            left join baton.push p on w.verdict = 'unknown' and p.id = split_part(w.tell, ' ', 1)::bigint
            order by w.place);
    end if;
    perform baton.note('outcome.import', 'outcome', jsonb_build_object('accepted', taken.accepted,
        'read', taken.accepted + taken.duplicate + taken.unknown + coalesce(cardinality(unshown.ordinals), 0) + coalesce(cardinality(wrong.ordinals), 0),
        'contradictory', taken.contradictory));
    taken.ordinals := wrong.ordinals || unshown.ordinals || taken.ordinals;
    taken.verdicts := wrong.verdicts || array_fill('no_evidence'::text, array[coalesce(cardinality(unshown.ordinals), 0)]) || taken.verdicts;
    taken.tells := wrong.tells || unshown.tells || taken.tells;
    return taken;
end;
$$;

-- As in 0200, and what lies before its push, is negative or of no calendar stays.
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
              when num_nulls(k.push_id, k.customer_id, k.outcome, k.at) > 0 or not baton.is_of_a_calendar(k.at) then 'incomplete'
              when k.outcome not in ('no_answer', 'refused', 'considering', 'appointment', 'sold', 'bad_number') then 'unknown_outcome'
              when not exists (select from baton.push p where p.id = k.push_id) then 'unknown_push'
              when (k.at at time zone zone)::date > last_day then 'future'
              when (k.at at time zone zone)::date < (select p.as_of from baton.push p where p.id = k.push_id) then 'before_push'
              when k.amount < 0 then 'negative'
              when length(k.note) > 2000 then 'note_too_long' end as why
          from baton.outcome_inbox k where k.id = any (ids)) w
    where i.id = w.id and w.why is not null;
    insert into baton.outcome_intake (intake, ordinal, push_id, customer_id, outcome, at, amount, note, source, message_id)
    select lot, i.id, i.push_id, i.customer_id, i.outcome, i.at, i.amount, i.note, i.source, i.message_id
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

-- As in 0059; a time of no calendar is shown as none.
create or replace function baton.outcome_inbox_left(skip int)
returns table (source text, message_id text, push_id bigint, customer_id bigint, outcome text, at timestamptz,
    received_at timestamptz, sent_by text, reason text)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    ids bigint[];
begin
    perform baton.require_duty('loader');
    ids := array(select i.id from baton.outcome_inbox i where i.reason is not null order by i.id
        offset greatest(skip, 0) limit 100);
    perform baton.note('outcome.left', 'outcome', jsonb_build_object('rows', cardinality(ids), 'skip', skip));
    return query
        select i.source, i.message_id, i.push_id, i.customer_id, i.outcome,
            case when baton.is_of_a_calendar(i.at) then i.at end, i.received_at, i.sent_by, i.reason
        from baton.outcome_inbox i where i.id = any (ids) order by i.id;
end;
$$;

-- As in 0009, and of outcomes those that lie before their push (before_push) or are below nothing (negative).
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

revoke execute on function baton.is_of_a_calendar, baton.outcome_impossible from public;
