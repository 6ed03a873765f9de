-- A definition says only what its numbers do, and an alert is owned by who can answer for it.

-- Of a metric without facts of its own the days are those of its parts: one that has a formula, or that is solved out of the
-- formula of another that has facts. A flow is summed. To say `average` of either would be kept and change no number.
create or replace function baton.metric_define(metric text, text text, owner text, closing text, workdays bool, measure text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    known baton.metric;
    latest baton.metric_definition;
begin
    perform baton.require_duty('loader');
    select * into known from baton.metric m where m.code = metric_define.metric for update;
    if known.code is null then
        raise exception using errcode = 'BT003', message = 'metric', detail = metric_define.metric;
    end if;
    if metric_define.measure like 'holdings:%'
        and not exists (select from baton.product p where p.class = substr(metric_define.measure, 10)) then
        raise exception using errcode = 'BT003', message = 'product_class', detail = substr(metric_define.measure, 10);
    end if;
    if (metric_define.closing = 'average' or metric_define.workdays) and baton.metric_is_of_parts(known.code, known.formula) then
        raise exception using errcode = '23514', constraint = 'metric_days_of_parts', message = 'its parts say over which days';
    end if;
    if metric_define.closing = 'average' and known.kind = 'flow'
        and not exists (select from baton.fact_sheet s where s.metric = known.code and s.numerators is not null) then
        raise exception using errcode = '23514', constraint = 'metric_flow_is_summed', message = 'a flow is summed';
    end if;
    select * into latest from baton.metric_definition d where d.metric = metric_define.metric order by d.version desc limit 1;
    if (latest.text, latest.owner, latest.closing, latest.workdays) = (metric_define.text, metric_define.owner, metric_define.closing, metric_define.workdays)
        and latest.measure is not distinct from metric_define.measure then
        return latest.version;
    end if;
    insert into baton.metric_definition (metric, version, text, owner, closing, workdays, measure)
        values (metric_define.metric, coalesce(latest.version, 0) + 1, metric_define.text, metric_define.owner, metric_define.closing,
            metric_define.workdays, metric_define.measure);
    perform baton.note('metric.define', format('%s v%s', metric_define.metric, coalesce(latest.version, 0) + 1),
        jsonb_build_object('text', metric_define.text, 'owner', metric_define.owner, 'closing', metric_define.closing,
            'workdays', metric_define.workdays, 'measure', metric_define.measure));
    return coalesce(latest.version, 0) + 1;
end;
$$;

-- Whether a metric has no facts of its own and is computed from others. A code stands in a formula as it is, or in double quotes.
create function baton.metric_is_of_parts(code text, formula text) returns bool
language sql stable set search_path = baton, pg_temp
begin atomic
    select not exists (select from baton.fact_sheet s where s.metric = $1)
        and (coalesce($2, '') ~ '[^[:space:]]'
            or exists (select from baton.metric p
                where p.formula ~ ('(^|[^[:alnum:]_.])' || regexp_replace($1, '([^[:alnum:]_])', '\\\1', 'g') || '($|[^[:alnum:]_.])')
                    and exists (select from baton.fact_sheet s where s.metric = p.code)));
end;
revoke execute on function baton.metric_is_of_parts from public;

-- Gives an alert to another operator: it waits in his worklist then. He must be able to mute and change it.
create or replace function baton.alert_own(code text, owner text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    theirs text[];
begin
    perform baton.alert_known(alert_own.code);
    select o.duties into theirs from baton.operator o where o.name = alert_own.owner;
    if theirs is null then
        raise exception using errcode = 'BT003', message = 'operator', detail = alert_own.owner;
    end if;
    if not 'strategist' = any (theirs) then
        raise exception using errcode = '23514', constraint = 'alert_owner_may_mute', message = 'the owner may not mute it';
    end if;
    update baton.alert a set owner = alert_own.owner where a.code = alert_own.code;
    perform baton.note('alert.own', alert_own.code, jsonb_build_object('owner', alert_own.owner));
end;
$$;
