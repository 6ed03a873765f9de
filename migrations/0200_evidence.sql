-- What shows that a step was done that must be done is asked for with what came of the task. An RM writes it into a field of the
-- outcome's form; a branch's system has one note for a row, and that stands for it. And a row that names a push that does not
-- exist says so.

-- The outcome's whole form: the strategy's own fields, and one for each step that must be done and shown, by the place of the
-- step (`@note1`; no code of an own field begins so). `Body::form` says the same.
create function baton.outcome_form(body jsonb) returns jsonb
language sql immutable set search_path = baton, pg_temp
return coalesce($1 -> 'field', '[]'::jsonb) || coalesce((
    select jsonb_agg(jsonb_build_object('code', format('@%s%s', s ->> 'evidence', n), 'type', 'text', 'required', true) order by n)
    from jsonb_array_elements(coalesce($1 -> 'step', '[]'::jsonb)) with ordinality as w (s, n)
    where (s ->> 'must')::bool and s ->> 'evidence' in ('note', 'photo')), '[]'::jsonb);

alter table baton.strategy_version
    add column asks_evidence bool not null generated always as (coalesce(jsonb_path_exists(body::jsonb,
        '$.step[*] ? (@.must == true && (@.evidence == "note" || @.evidence == "photo"))'), false)) stored;

-- As in 0048, over the whole form.
create or replace function baton.check_fields(body jsonb, fields jsonb, reached bool) returns void
language plpgsql immutable set search_path = baton, pg_temp
as $$
declare
    form jsonb := baton.outcome_form(body);
    f jsonb;
    given text;
    unknown text;
    fine bool;
begin
    select k into unknown from jsonb_object_keys(coalesce(fields, '{}')) k
        where not exists (select from jsonb_array_elements(form) d where d ->> 'code' = k) limit 1;
    if unknown is not null then
        raise exception using errcode = 'BT409', message = 'unknown', detail = unknown;
    end if;
    for f in select d from jsonb_array_elements(form) d loop
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

-- Takes those of the caller's rows out of an intake that say that a customer with a task was reached and show nothing of what must be
-- shown. A control customer has no task: what comes of him is contamination, and is counted with a note or without.
create function baton.outcome_unshown(intake uuid, out ordinals bigint[], out tells text[])
language plpgsql set search_path = baton, pg_temp
as $$
declare
    asking bigint[] := array(select p.id from baton.push p
        join baton.strategy_version v on v.code = p.strategy and v.version = p.version where v.asks_evidence);
begin
    if asking = '{}' then
        return;
    end if;
    with unshown as (
        delete from baton.outcome_intake k using baton.push p, baton.plan_member m
        where k.intake = outcome_unshown.intake and k.by = session_user and k.push_id = any (asking)
            and k.outcome not in ('no_answer', 'bad_number') and nullif(btrim(k.note), '') is null
            and p.id = k.push_id and m.home = p.home and m.plan_id = p.plan_id and m.customer_id = k.customer_id and m.arm = 'treated'
        returning k.ordinal, format('%s %s %s %s', k.push_id, k.customer_id,
            to_char(k.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), k.outcome) as tell
    )
    select array_agg(u.ordinal order by u.ordinal), array_agg(u.tell order by u.ordinal) into ordinals, tells from unshown u;
end;
$$;

-- As in 0059. What shows nothing of what must be shown is `no_evidence`, and counted in none of the numbers; a row of a push that does not
-- exist is `unknown_push`, and counted as unknown.
create or replace function baton.outcome_take(intake uuid) returns baton.outcome_taken
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    taken baton.outcome_taken;
    unshown record;
begin
    perform baton.require_duty('loader');
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
        'read', taken.accepted + taken.duplicate + taken.unknown + coalesce(cardinality(unshown.ordinals), 0),
        'contradictory', taken.contradictory));
    taken.ordinals := unshown.ordinals || taken.ordinals;
    taken.verdicts := array_fill('no_evidence'::text, array[coalesce(cardinality(unshown.ordinals), 0)]) || taken.verdicts;
    taken.tells := unshown.tells || taken.tells;
    return taken;
end;
$$;

-- As in 0059: an import's outcomes are the bank's own records of what has been, and are taken as they are.
create or replace function baton.apply_outcomes() returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    lot uuid := gen_random_uuid();
    taken baton.outcome_taken;
begin
    perform baton.require_duty('loader');
    insert into baton.outcome_intake (intake, ordinal, push_id, customer_id, outcome, at, amount, note)
    select lot, row_number() over (order by l.load, l.ordinal), l.push, l.customer_id, l.outcome, l.at, l.amount,
        l.note
    from load.outcome l;
    taken := baton.outcome_settle(lot);
    perform baton.note('outcome.import', 'outcome', jsonb_build_object('accepted', taken.accepted,
        'read', taken.accepted + taken.duplicate + taken.unknown, 'contradictory', taken.contradictory));
end;
$$;

alter table baton.outcome_inbox
    drop constraint outcome_inbox_reason,
    add constraint outcome_inbox_reason check (reason in ('incomplete', 'unknown_push', 'unknown_task', 'unknown_outcome', 'future',
        'note_too_long', 'no_evidence'));

-- As in 0059, and what shows nothing of what must be shown stays.
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
              when num_nulls(k.push_id, k.customer_id, k.outcome, k.at) > 0 or not isfinite(k.at) then 'incomplete'
              when k.outcome not in ('no_answer', 'refused', 'considering', 'appointment', 'sold', 'bad_number') then 'unknown_outcome'
              when not exists (select from baton.push p where p.id = k.push_id) then 'unknown_push'
              when (k.at at time zone zone)::date > last_day then 'future'
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

revoke execute on function baton.outcome_form, baton.outcome_unshown from public;
