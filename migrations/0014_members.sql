-- A snapshot's customers as a screen lists them: masked, a page at a time, noted, and never the whole of a long list.

-- How many of a snapshot's customers can be turned over; whoever needs all of them exports the list.
create function baton.member_limit() returns int
language sql immutable set search_path = baton, pg_temp
as $$ select 1000; $$;

-- At most 100 after the first `skip`, by number. Who may open a card may see the list; a branch sees its own customers.
create function baton.snapshot_members(snapshot bigint, skip int)
returns table (customer_id bigint, name text, org text, org_name text, tier text, aum bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    s baton.snapshot;
    own int;
begin
    if not (baton.has_duty('strategist') or baton.has_duty('approver') or baton.has_duty('auditor') or baton.has_duty('viewer')) then
        perform baton.require_duty('branch');
        select w.org_id into own from baton.operator w where w.name = session_user;
    end if;
    select * into s from baton.snapshot f where f.id = snapshot_members.snapshot;
    if s.id is null then
        raise exception using errcode = 'BT003', message = 'snapshot', detail = snapshot_members.snapshot::text;
    end if;
    perform baton.note('segment.members', format('%s v%s', s.segment, s.version),
        jsonb_build_object('snapshot', s.id, 'skip', skip));
    return query
        select m.customer_id, baton.mask_name(c.name), u.code, u.name,
            case when c.aum is not null then
                (select t.code from baton.tier t where t.from_minor is null or t.from_minor <= c.aum
                 order by t.from_minor desc nulls last limit 1) end,
            c.aum
        from (select k.customer_id, k.org_id from baton.segment_member k
              where k.snapshot_id = s.id and (own is null or k.org_id = own)
              order by k.customer_id offset greatest(skip, 0)
              limit greatest(least(100, baton.member_limit() - greatest(skip, 0)), 0)) m
        left join baton.customer c on c.customer_id = m.customer_id and (own is null or c.org_id = own)
        left join baton.org_unit u on u.id = coalesce(c.org_id, m.org_id)
        order by m.customer_id;
end;
$$;

revoke execute on function baton.member_limit, baton.snapshot_members from public;
grant execute on function baton.member_limit, baton.snapshot_members to baton_operator;
