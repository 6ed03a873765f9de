-- Freezing large lists: members wait for their seal as arrays, tens of thousands to a row, instead of a row each. A row each
-- cost more than all the rest: written, keyed, logged, and then deleted again.

-- Where an operator's own query, or the column engine in his name, puts the members it found, before `snapshot_seal` takes
-- them. Insert only, and `by` is always the caller, as with `member_intake`, which event rules go on using.
create table baton.member_part (
    intake uuid not null,
    by text not null default session_user,
    part int not null,
    members bigint[] not null,
    primary key (intake, by, part)
);
-- Numbers that all differ are not worth the attempt to press them together.
alter table baton.member_part alter column members set storage external;
grant insert (intake, part, members) on baton.member_part to baton_operator;

-- As before, of the parts. Nobody is in a list twice; said so, it is the members that are hashed, and not ten million customers.
create or replace function baton.snapshot_seal(intake uuid, segment text, version int) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '256MB' set jit = off
    set enable_nestloop = on set enable_hashjoin = on set enable_mergejoin = on
as $$
declare
    taken bigint;
    given bigint[];
    everybody float8;
    members bigint;
    worth bigint;
    digest bytea;
begin
    perform baton.require_duty('strategist');
    if not exists (select from baton.segment_version v
                   where v.code = snapshot_seal.segment and v.version = snapshot_seal.version) then
        raise exception using errcode = 'BT003', message = 'segment', detail = snapshot_seal.segment;
    end if;
    insert into baton.snapshot (segment, version, as_of, customers, hash)
        values (snapshot_seal.segment, snapshot_seal.version, baton.today(), 0, '') returning id into taken;
    select array_agg(m.customer_id) into given
        from baton.member_part p cross join unnest(p.members) m (customer_id)
        where p.intake = snapshot_seal.intake and p.by = session_user;
    delete from baton.member_part p where p.intake = snapshot_seal.intake and p.by = session_user;
    -- Each is found by the key, in its order; for a large part of all, everybody is gone through once.
    select sum(greatest(c.reltuples, 0)) into everybody
        from pg_inherits h join pg_class c on c.oid = h.inhrelid where h.inhparent = 'baton.customer'::regclass;
    perform set_config('enable_mergejoin', 'off', true),
        set_config(case when cardinality(given) > everybody / 6 then 'enable_nestloop' else 'enable_hashjoin' end, 'off', true);
    execute $take$
        with found as materialized (
            select c.customer_id, c.org_id, c.aum
            from (select distinct given.id from unnest($1) given (id) order by 1) m join baton.customer c on c.customer_id = m.id
            where c.closed_on is null
        ), kept as (
            insert into baton.segment_member (snapshot_id, customer_id, org_id)
                select $2, f.customer_id, f.org_id from found f
        )
        select count(*), coalesce(sum(f.aum), 0)::bigint from found f
        $take$
    into members, worth using given, taken;
    digest := baton.member_hash(taken);
    update baton.snapshot s set customers = members, aum = worth, hash = digest,
        ms = ceil(extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000)
        where s.id = taken;
    perform baton.note('segment.freeze', format('%s v%s', snapshot_seal.segment, snapshot_seal.version),
        jsonb_build_object('snapshot', taken, 'as_of', baton.today(), 'customers', members, 'members', encode(digest, 'hex')));
    return taken;
end;
$$;

-- ---- windows of events behind their wall ------------------------------------------------------------------

-- The units whose rows the caller sees: all there ever were, or his own and those below it.
create function baton.seen_units() returns setof int
language sql stable parallel safe security definer set search_path = baton, pg_temp rows 1000
begin atomic
    select u.id from baton.org_unit u where baton.sees_all() or u.id in (select s.id from baton.scope_units() as s (id));
end;
revoke execute on function baton.seen_units from public;
grant execute on function baton.seen_units to baton_operator;

-- Events are added up in a query within the query, and a question that is asked once for such a one, as the wall elsewhere
-- asks, keeps the whole statement to one process (before PostgreSQL 17). Here each row's unit is looked up instead.
drop policy own_units on baton.event;
create policy own_units on baton.event for select to baton_operator
    using (org_id in (select u.id from baton.seen_units() as u (id)));
