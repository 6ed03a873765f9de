-- The column engine reads less: a load's list of changed customers says where each has changed, and the words that rules
-- use of consents and relations are kept where a vocabulary finds them without reading ten million rows.

-- ---- what a load has changed ------------------------------------------------------------------------------

-- In which relations: bit 0 is `customer`, bit n `attr_n` (60 and all above share one), bit 61 `event`; -1 is all of them:
-- who is new, has another unit, was closed or is back.
alter table baton.customer_change add column parts bigint not null default -1;

create function baton.change_part(relation text) returns bigint
language sql immutable set search_path = baton, pg_temp
return case relation when 'customer' then 1 when 'event' then 1::bigint << 61
    else 1::bigint << least(60, substr(relation, 6)::int) end;

-- As before, with the relations in which each has changed; a relation of which no column has come is not compared.
create or replace function baton.list_changes(run_id bigint, relations text[], homes text[], came jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    every bigint;
    most bigint;
    found bigint := 0;
    listed bool := true;
    old_columns text;
    new_columns text;
    whole text;
begin
    delete from baton.customer_change c where c.import_run <= run_id - baton.changes_kept();
    select count(*) into every from baton.customer;
    most := every / 5;
    listed := every > 0;
    for i in 1 .. cardinality(relations) loop
        exit when not listed;
        if exists (select from pg_attribute a
            where a.attrelid = format('baton.%I', homes[i])::regclass and a.attnum > 0 and not a.attisdropped
                and not exists (select from pg_attribute o
                    where o.attrelid = format('baton.%I', relations[i])::regclass and o.attname = a.attname and not o.attisdropped))
        then
            listed := false;
            exit;
        end if;
        continue when relations[i] <> 'customer' and not exists (select from baton.attribute d
            where d.relation = relations[i] and came -> 'customer' ? d.code);
        select string_agg(format('o.%I', a.attname), ', ' order by a.attname),
            string_agg(format('n.%I', a.attname), ', ' order by a.attname)
        into old_columns, new_columns
        from pg_attribute a
        where a.attrelid = format('baton.%I', relations[i])::regclass and a.attnum > 0 and not a.attisdropped
            and a.attname not in ('customer_id', 'name', 'phone');
        whole := 'o.org_id is null or n.org_id is null or o.org_id <> n.org_id'
            || case when relations[i] = 'customer' then ' or (o.closed_on is null) <> (n.closed_on is null)' else '' end;
        execute format(
            'insert into baton.customer_change as c (import_run, customer_id, org_id, parts)
             select $1, customer_id, coalesce(n.org_id, o.org_id), case when %s then -1 else $3 end
             from baton.%I o full join baton.%I n using (customer_id)
             where row(%s) is distinct from row(%s)
             limit $2
             on conflict (import_run, customer_id) do update set parts = c.parts | excluded.parts',
            whole, relations[i], homes[i], old_columns, new_columns)
        using run_id, most + 1, baton.change_part(relations[i]);
        select count(*) into found from baton.customer_change c where c.import_run = run_id;
        listed := found <= most;
    end loop;
    if listed and came ? 'event' then
        execute format(
            'insert into baton.customer_change as c (import_run, customer_id, org_id, parts)
             select distinct on (l.customer_id) $1, l.customer_id, n.org_id, $3
             from load.event l join baton.%I n on n.customer_id = l.customer_id
             limit $2
             on conflict (import_run, customer_id) do update set parts = c.parts | excluded.parts',
            case when relations[1] = 'customer' then homes[1] else 'customer' end)
        using run_id, most + 1, baton.change_part('event');
        select count(*) into found from baton.customer_change c where c.import_run = run_id;
        listed := found <= most;
    end if;
    if not listed then
        delete from baton.customer_change c where c.import_run = run_id;
    end if;
    insert into baton.import_change (import_run, listed, customers) values (run_id, listed, case when listed then found else 0 end);
end;
$$;
revoke execute on function baton.change_part(text) from public;

-- ---- words of rules ---------------------------------------------------------------------------------------

-- The channels of consents and the kinds of relations. A word that has come once stays.
create table baton.consent_channel (channel text primary key);
create table baton.relation_kind (kind text primary key);
insert into baton.consent_channel select distinct channel from baton.consent;
insert into baton.relation_kind select distinct kind from baton.relation;
grant select on baton.consent_channel, baton.relation_kind to baton_operator;

-- As before, and the channels.
create or replace function baton.apply_consents(run jsonb, customers text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    perform baton.require_customers('consent', 'customer_id', customers);
    insert into baton.consent_channel select distinct l.channel from load.consent l on conflict do nothing;
    execute format(
        'insert into baton.consent as t (customer_id, channel, org_id, since, given)
         select l.customer_id, l.channel, c.org_id, l.since, l.given
         from load.consent l join baton.%I c on c.customer_id = l.customer_id
         order by 1, 2
         on conflict (customer_id, channel) do update set org_id = excluded.org_id, given = excluded.given,
             since = case when $1 then excluded.since else t.since end
         where (t.org_id, t.given, t.since) is distinct from
             (excluded.org_id, excluded.given, case when $1 then excluded.since else t.since end)', customers)
    using run -> 'columns' -> 'consent' ? 'since';
end;
$$;

-- As before, and the kinds.
create or replace function baton.apply_relations(customers text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    perform baton.require_customers('relation', 'customer_id', customers);
    perform baton.require_customers('relation', 'other', customers);
    insert into baton.relation_kind select distinct l.kind from load.relation l on conflict do nothing;
    delete from baton.relation r
    where r.kind in (select l.kind from load.relation l) and not exists (select from load.relation l
        where l.customer_id = r.customer_id and l.kind = r.kind and l.other = r.other_id);
    execute format(
        'insert into baton.relation as t (customer_id, kind, other_id, org_id)
         select l.customer_id, l.kind, l.other, c.org_id
         from load.relation l join baton.%I c on c.customer_id = l.customer_id
         order by 1, 2, 3
         on conflict (customer_id, kind, other_id) do update set org_id = excluded.org_id
         where t.org_id <> excluded.org_id', customers);
end;
$$;
