-- What any login with psql could hold up or be told wrongly. An advisory lock whose number can be known keeps nobody's round waiting;
-- who keeps the records from being exchanged is named; an approval of a text that is not the one approved is refused, whoever has
-- approved before.

-- As in 0092, but for the lock.
create or replace function baton.channel_round(most int, out push bigint, out looked bigint, out went bigint)
language plpgsql security definer set search_path = baton, pg_temp set jit = off
as $$
declare
    today date := baton.bank_day();
    ids bigint[];
    k record;
begin
    perform baton.require_worker();
    -- One at a time: another worker has it in hand. A lock that no login can take, as in `segment_save`.
    begin
        lock table baton.channel_looked in exclusive mode nowait;
    exception when lock_not_available then
        return;
    end;
    for k in select d.push_id as id, p.deadline from (select distinct c.push_id from baton.channel_due c) d
        join baton.push p on p.id = d.push_id where baton.delivery_runs(d.push_id) order by 1
    loop
        ids := array(select d.customer_id from baton.channel_due d where d.push_id = k.id order by 1 limit most for update skip locked);
        continue when ids = '{}';
        delete from baton.channel_due d where d.push_id = k.id and d.customer_id = any (ids);
        push := k.id;
        looked := cardinality(ids);
        went := case when k.deadline < today then 0 else baton.channel_go(k.id, ids, today) end;
        exit;
    end loop;
    if push is null then
        for k in select p.id from baton.push p join baton.strategy_version v on v.code = p.strategy and v.version = p.version
            left join baton.channel_looked l on l.push_id = p.id
            where p.deadline >= today and p.as_of < today and jsonb_array_length(baton.channel_plan(v.body::jsonb, p.wave)) > 1
                and (l.day is null or l.day < today)
                and baton.delivery_runs(p.id)
            order by p.id limit 1
        loop
            insert into baton.channel_looked as l (push_id, day) values (k.id, today)
                on conflict on constraint channel_looked_pkey do update set day = excluded.day;
            ids := array(select t.customer_id from baton.push_tasks(k.id) t order by 1);
            push := k.id;
            looked := cardinality(ids);
            went := 0;
            for n in 0 .. (cardinality(ids) - 1) / most loop
                went := went + baton.channel_go(k.id, ids[n * most + 1 : (n + 1) * most], today);
            end loop;
        end loop;
    end if;
    if went > 0 then
        perform baton.note('channel.go', format('push %s', push), jsonb_build_object('tasks', went, 'day', today));
    end if;
end;
$$;

-- As in 0033, but a second word of the same approver names the text that was approved, too.
create or replace function baton.strategy_approve(code text, hash bytea, stands_for text default null) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own_name text := baton.approves_for(strategy_approve.code, strategy_approve.stands_for);
    seen baton.strategy_version;
    words int;
    mine bool;
begin
    select * into seen from baton.strategy_version s
        where s.code = strategy_approve.code and s.state = 'submitted' order by s.version desc limit 1 for update;
    if seen.code is null or seen.hash <> strategy_approve.hash then
        -- What was approved already, by the caller or by too few.
        select s.* into seen from baton.strategy_version s
            where s.code = strategy_approve.code and s.hash = strategy_approve.hash
                and (s.state in ('approved', 'paused')
                     or exists (select from baton.approval_given g where g.strategy = s.code and g.version = s.version
                                and g.approver = session_user and g.stands_for = own_name))
            order by s.version desc limit 1 for update;
        if seen.code is null then
            select * into seen from baton.strategy_version s
                where s.code = strategy_approve.code order by s.state = 'submitted' desc, s.version desc limit 1;
            if seen.code is null then
                raise exception using errcode = 'BT003', message = 'strategy', detail = strategy_approve.code;
            end if;
        end if;
    end if;
    if seen.state = 'submitted' and seen.hash <> strategy_approve.hash then
        raise exception using errcode = '23503', constraint = 'approval_names_current_text', message = 'approval_names_current_text';
    end if;
    select count(*), coalesce(bool_or(g.approver = session_user and g.stands_for = own_name), false) into words, mine
        from baton.approval_given g where g.strategy = seen.code and g.version = seen.version;
    if mine and seen.state <> 'submitted' then
        if seen.hash <> strategy_approve.hash then
            raise exception using errcode = '23503', constraint = 'approval_names_current_text', message = 'approval_names_current_text';
        end if;
        return seen.version;
    end if;
    if seen.state <> 'submitted'
        and (seen.state not in ('approved', 'paused') or words >= baton.approval_levels(seen.code, seen.version)) then
        raise exception using errcode = 'BT004', message = seen.state, detail = format('%s v%s', seen.code, seen.version);
    end if;
    if not mine then
        words := words + 1;
        insert into baton.approval_given (strategy, version, level, hash, author, stands_for, delegation, author_person,
                approver_person, stands_person)
            values (seen.code, seen.version, words, strategy_approve.hash, seen.author, own_name,
                case when own_name <> session_user then baton.delegation_now(own_name, session_user::text) end, '', '', '');
        perform baton.note('strategy.approve', format('%s v%s', seen.code, seen.version),
            jsonb_build_object('hash', encode(strategy_approve.hash, 'hex'), 'author', seen.author, 'level', words,
                'levels', baton.approval_levels(seen.code, seen.version), 'stands_for', own_name));
    end if;
    if seen.state = 'submitted' and words >= baton.approval_levels(seen.code, seen.version) then
        insert into baton.approval (strategy, version, hash, author) values (seen.code, seen.version, seen.hash, seen.author);
        update baton.strategy_version s set state = 'approved' where s.code = seen.code and s.version = seen.version;
        if not baton.strategy_runs(seen.code) then
            update baton.strategy_version s set state = 'paused' where s.code = seen.code and s.version = seen.version;
        end if;
    end if;
    return seen.version;
end;
$$;

-- As in 0003, and who it is that reads them.
create or replace function baton.lock_for_exchange(relations text[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    holders text;
    list text := (select string_agg(format('baton.%I', r), ', ') from unnest(relations) r);
begin
    for attempt in 1 .. 40 loop
        begin
            perform set_config('lock_timeout', '1s', true);
            execute format('lock table %s in access exclusive mode', list);
            return;
        exception when lock_not_available then
            perform pg_sleep(0.5);
        end;
    end loop;
    select string_agg(distinct format('%s (%s)', coalesce(a.usename, '?'), l.pid), ', ') into holders
    from pg_locks l left join pg_stat_activity a on a.pid = l.pid
    where l.granted and l.pid <> pg_backend_pid() and l.relation in (select to_regclass(format('baton.%I', r)) from unnest(relations) r);
    raise exception using errcode = 'BT108', message = 'in_use', detail = coalesce(holders, '');
end;
$$;
