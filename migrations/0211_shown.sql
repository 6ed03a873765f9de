-- A text that shows nothing shows no step: what is drawn as nothing is not evidence. And whose task it is, and which fields its form
-- has, is said before anything is asked to be filled in.

-- Nothing of the text can be seen; null has no text. `clean::is_blank` says the same.
create function baton.is_blank(text) returns bool
language sql immutable parallel safe
return $1 is null or $1 !~ ('[^\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160'
    '\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc'
    '\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U000ffffd'
    '\U00100000-\U0010fffd]');

-- As in 0200.
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
        given := btrim(fields ->> (f ->> 'code'));
        if baton.is_blank(given) then
            given := null;
        end if;
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

-- As in 0200.
create or replace function baton.outcome_unshown(intake uuid, out ordinals bigint[], out tells text[])
language plpgsql set search_path = baton, pg_temp set work_mem = '256MB' set jit = off set enable_nestloop = on
as $$
declare
    asking bigint[] := array(select p.id from baton.push p
        join baton.strategy_version v on v.code = p.strategy and v.version = p.version where v.asks_evidence);
begin
    if asking = '{}' then
        return;
    end if;
    -- Of a large intake nobody is looked up by himself.
    if (select count(*) from baton.outcome_intake k where k.intake = outcome_unshown.intake and k.by = session_user) >= baton.intake_large() then
        perform set_config('enable_nestloop', 'off', true);
    end if;
    with unshown as (
        delete from baton.outcome_intake k using baton.push p, baton.plan_member m
        where k.intake = outcome_unshown.intake and k.by = session_user and k.push_id = any (asking)
            and k.outcome not in ('no_answer', 'bad_number') and baton.is_blank(k.note)
            and p.id = k.push_id and m.home = p.home and m.plan_id = p.plan_id and m.customer_id = k.customer_id and m.arm = 'treated'
        returning k.ordinal, format('%s %s %s %s', k.push_id, k.customer_id,
            to_char(k.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), k.outcome) as tell
    )
    select array_agg(u.ordinal order by u.ordinal), array_agg(u.tell order by u.ordinal) into ordinals, tells from unshown u;
end;
$$;

-- Refuses an outcome before it is filled in: of a task that is not the caller's, or with a field that the strategy's form has not.
create function baton.task_asks(push bigint, customer bigint, codes text[]) returns void
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    unknown text;
begin
    perform baton.require_duty('branch');
    p := baton.require_push(push);
    perform baton.require_task(push, customer, false);
    select c into unknown from unnest(codes) c
        where not exists (select from baton.strategy_version v, jsonb_array_elements(baton.outcome_form(v.body::jsonb)) f
            where v.code = p.strategy and v.version = p.version and f ->> 'code' = c) limit 1;
    if unknown is not null then
        raise exception using errcode = 'BT409', message = 'unknown', detail = unknown;
    end if;
end;
$$;

revoke execute on function baton.is_blank, baton.task_asks from public;
grant execute on function baton.task_asks to baton_operator;
