-- What an operator with a unit could still learn of other units' customers: whether a number is somebody's and whose, what
-- others have looked at, and the largest balance of the bank.

-- ---- one customer ---------------------------------------------------------------------------------------------

-- As in 0048, but a stranger's customer and nobody's are one answer: another would tell that he exists, and where.
create or replace function baton.look(customer_id bigint, action text, detail jsonb) returns baton.customer
language plpgsql set search_path = baton, pg_temp
as $$
declare
    c baton.customer := baton.look_or_not(look.customer_id, action, detail);
begin
    if c.customer_id is null then
        raise exception using errcode = 'BT003', message = case when detail ? 'push' then 'task' else 'customer' end,
            detail = look.customer_id::text;
    end if;
    return c;
end;
$$;

-- The same, and gives nobody instead of a refusal. A refusal would take back what it has noted: so whoever tries numbers
-- is written down for each, and stops after as many as he who finds somebody.
create function baton.look_or_not(customer_id bigint, action text, detail jsonb) returns baton.customer
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
    select * into c from baton.customer k where k.customer_id = look_or_not.customer_id
        and (baton.sees_all() or k.org_id in (select u.id from baton.scope_units() as u (id)));
    if c.customer_id is not null and baton.own_staff() is not null
        and c.customer_id not in (select r.id from baton.rm_customers() as r (id)) then
        raise exception using errcode = 'BT402', message = 'foreign_task', detail = look_or_not.customer_id::text;
    end if;
    perform baton.note(action, look_or_not.customer_id::text,
        case when c.customer_id is null then detail || '{"found": false}' else detail end);
    return c;
end;
$$;

-- As in 0015; no row where there is nobody whom the caller sees.
create or replace function baton.customer_card(customer_id bigint) returns table (name text, phone text)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    c baton.customer := baton.look_or_not(customer_card.customer_id, 'customer.card', '{}');
begin
    if c.customer_id is not null then
        return query select baton.mask_name(c.name), baton.mask_phone(c.phone);
    end if;
end;
$$;

-- As in 0015; null where there is nobody whom the caller sees.
create or replace function baton.customer_explain(customer_id bigint, segment text, version int) returns bool
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    c baton.customer := baton.look_or_not(customer_explain.customer_id, 'customer.explain',
        jsonb_build_object('segment', format('%s v%s', customer_explain.segment, customer_explain.version)));
begin
    return case when c.customer_id is not null then c.closed_on is not null end;
end;
$$;

-- ---- the audit ------------------------------------------------------------------------------------------------

-- The operators of the caller's unit and of those below it, himself among them; of an RM, himself alone.
create function baton.audited_operators() returns setof text
language sql stable security definer set search_path = baton, pg_temp rows 20
begin atomic
    select session_user::text
    union select o.name from baton.operator o
        where o.org_id in (select u.id from baton.scope_units() as u (id)) and baton.own_staff() is null;
end;

-- Its rows name customers. Who is held to a unit reads what its own people did; who sees the whole bank, and an auditor,
-- reads all.
alter table baton.audit enable row level security;
create policy own_people on baton.audit for select to baton_operator
    using ((select baton.sees_all()) or (select baton.has_duty('auditor'))
        or operator in (select o.name from baton.audited_operators() as o (name)));

-- ---- the dictionary -------------------------------------------------------------------------------------------

-- The least and the greatest of a number, an amount or a day is some customer's, and so may each of few values be: they
-- are told to who sees every customer. Middle, coverage and the values of flags and categories are nobody's own.
create function baton.attribute_values() returns table (attribute text, low text, high text, top jsonb)
language sql stable security definer set search_path = baton, pg_temp
begin atomic
    select s.attribute, case when e.one then s.low end, case when e.one then s.high end,
        case when e.one or d.type in ('flag', 'category') then s.top else '[]' end
    from baton.attribute_stat s join baton.attribute d on d.code = s.attribute cross join (select baton.sees_all()) as e (one)
    union all
    select f.code, case when e.one then f.low end, case when e.one then f.high end,
        case when e.one or f.type in ('flag', 'category') then f.top else '[]' end
    from baton.fixed_column f cross join (select baton.sees_all()) as e (one);
end;
revoke select on baton.attribute_stat, baton.fixed_column from baton_operator;
grant select (attribute, measured_at, customers, known, distinct_values, middle, fault, fault_detail)
    on baton.attribute_stat to baton_operator;
grant select (code, place, type, column_name, zh, en, class, measured_at, customers, known, distinct_values, middle)
    on baton.fixed_column to baton_operator;

revoke execute on function baton.look_or_not, baton.audited_operators, baton.attribute_values from public;
grant execute on function baton.audited_operators, baton.attribute_values to baton_operator;
