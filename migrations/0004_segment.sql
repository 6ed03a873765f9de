-- Segments: saved rules, and the lists of members that were frozen from them.
-- A rule is never run here: the operator's own query finds the members and puts them into `member_intake`, so a rule
-- reads with the operator's rights; the functions only take over what the caller himself put there.

-- Saves `rule` (canonical text) as the next version and gives its number; what stands there already stays as it is.
create function baton.segment_save(code text, name text, rule text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    latest baton.segment_version;
    number int;
begin
    perform baton.require_duty('strategist');
    -- A lock that no login can take: an advisory one could be held by anybody.
    lock table baton.segment_version in share row exclusive mode;
    select * into latest from baton.segment_version v
        where v.code = segment_save.code order by v.version desc limit 1;
    if latest.name = segment_save.name and latest.rule = segment_save.rule then
        return latest.version;
    end if;
    number := coalesce(latest.version, 0) + 1;
    insert into baton.segment_version (code, version, name, rule)
        values (segment_save.code, number, segment_save.name, segment_save.rule);
    perform baton.note('segment.save', format('%s v%s', segment_save.code, number),
        jsonb_build_object('name', segment_save.name, 'rule', segment_save.rule));
    return number;
end;
$$;

-- SHA-256 over the ids in ascending order, each as eight bytes with the highest first.
create function baton.member_hash(snapshot bigint) returns bytea
language sql stable set search_path = baton, pg_temp
as $$
    select sha256(coalesce(string_agg(int8send(m.customer_id), ''::bytea order by m.customer_id), ''::bytea))
    from baton.segment_member m where m.snapshot_id = $1;
$$;

-- Turns the members that the caller put into `intake` into a snapshot of (segment, version) and gives its number.
create function baton.snapshot_seal(intake uuid, segment text, version int) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    taken bigint;
    members bigint;
    digest bytea;
begin
    perform baton.require_duty('strategist');
    if not exists (select from baton.segment_version v
                   where v.code = snapshot_seal.segment and v.version = snapshot_seal.version) then
        raise exception using errcode = 'BT003', message = 'segment', detail = snapshot_seal.segment;
    end if;
    insert into baton.snapshot (segment, version, as_of, customers, hash)
        values (snapshot_seal.segment, snapshot_seal.version, baton.today(), 0, '') returning id into taken;
    insert into baton.segment_member (snapshot_id, customer_id, org_id)
        select taken, c.customer_id, c.org_id
        from baton.member_intake i join baton.customer c on c.customer_id = i.customer_id
        where i.intake = snapshot_seal.intake and i.by = session_user and c.closed_on is null;
    get diagnostics members = row_count;
    delete from baton.member_intake i where i.intake = snapshot_seal.intake and i.by = session_user;
    digest := baton.member_hash(taken);
    update baton.snapshot s set customers = members, hash = digest where s.id = taken;
    perform baton.note('segment.freeze', format('%s v%s', snapshot_seal.segment, snapshot_seal.version),
        jsonb_build_object('snapshot', taken, 'as_of', baton.today(), 'customers', members, 'members', encode(digest, 'hex')));
    return taken;
end;
$$;

revoke execute on function baton.segment_save, baton.member_hash, baton.snapshot_seal from public;
grant execute on function baton.segment_save, baton.snapshot_seal to baton_operator;
