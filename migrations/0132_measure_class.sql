-- What of customers' records adds up to a metric may be the products of a class: of one that some product has.

create or replace function baton.metric_define(metric text, text text, owner text, closing text, workdays bool, measure text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    latest baton.metric_definition;
begin
    perform baton.require_duty('loader');
    perform from baton.metric m where m.code = metric_define.metric for update;
    if not found then
        raise exception using errcode = 'BT003', message = 'metric', detail = metric_define.metric;
    end if;
    if metric_define.measure like 'holdings:%'
        and not exists (select from baton.product p where p.class = substr(metric_define.measure, 10)) then
        raise exception using errcode = 'BT003', message = 'product_class', detail = substr(metric_define.measure, 10);
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
