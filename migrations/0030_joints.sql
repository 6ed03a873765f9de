-- Where the parts that follow meet: what the bank has decided for all strategies, and what a push sets going.

-- What the bank has decided, one whole number each; none is no limit. Shares in parts per million, money in minor units.
-- A later migration adds its rows; only the bank's administrators change them.
create table baton.policy (
    key text primary key,
    value bigint,
    low bigint not null,
    high bigint not null,
    set_by text not null default session_user,
    set_at timestamptz not null default clock_timestamp(),
    constraint policy_range check (value between low and high)
);
grant select on baton.policy to baton_operator;

-- The value of one; null if the bank has set none.
create function baton.policy(key text) returns bigint
language sql stable set search_path = baton, pg_temp
as $$ select p.value from baton.policy p where p.key = $1; $$;

-- Sets one that is known. Only the owner may execute this, as with `operator_put`.
create function baton.policy_set(key text, value bigint) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    was bigint;
begin
    select p.value into was from baton.policy p where p.key = policy_set.key for update;
    if not found then
        raise exception using errcode = 'BT003', message = 'policy', detail = policy_set.key;
    end if;
    update baton.policy p set value = policy_set.value, set_by = session_user, set_at = clock_timestamp()
        where p.key = policy_set.key;
    perform baton.note('policy.set', policy_set.key, jsonb_build_object('was', was, 'value', policy_set.value));
end;
$$;

-- Counts the board of one push anew from its tasks and outcomes. The migration of the board writes it.
create function baton.board_recount(push bigint) returns void
language plpgsql set search_path = baton, pg_temp
as $$ begin end; $$;

-- Makes the messages of one push to its branches. The migration of delivery writes it.
create function baton.push_sent(push bigint) returns void
language plpgsql set search_path = baton, pg_temp
as $$ begin end; $$;

-- Pushes exactly the list of `plan` and gives the push; sent again, it gives the push that stands. The list stays where
-- the plan has put it. The lock lets one apply run at a time, so that two strategies cannot take the same customer at once.
create or replace function baton.push_apply(plan bigint) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '256MB' set jit = off set enable_nestloop = on
as $$
declare
    p baton.push_plan;
    live baton.lists;
    own baton.lists;
    done bigint;
    stale bigint;
    last_day date;
    -- An operator may look at the bank as of any day, and plan; but a later day than the bank's own frees nobody.
    own_day date := least(baton.today(), (select b.as_of from baton.bank b));
    started timestamptz := clock_timestamp();
begin
    perform baton.require_duty('strategist');
    lock table baton.push in share row exclusive mode;
    select u.id into done from baton.push u where u.plan_id = push_apply.plan;
    if done is not null then
        return done;
    end if;
    select * into p from baton.push_plan k where k.id = push_apply.plan for update;
    if p.id is null or p.home is null then
        raise exception using errcode = 'BT003', message = 'plan', detail = push_apply.plan::text;
    end if;
    live := baton.live_lists(p.strategy, own_day);
    own := baton.own_lists(p.strategy);
    if p.home > 0 then
        perform set_config('enable_nestloop', 'off', true);
    end if;
    -- All in the plan but those for whom it still holds.
    execute $holds$
        select $1 - count(*)
        from baton.plan_member m
        join baton.customer c on c.customer_id = m.customer_id
        left join (select l.customer_id, min(l.arm) as arm from baton.plan_member l
                   where l.home = any ($6) and l.plan_id = any ($7) and l.arm is not null
                   group by l.customer_id) g on g.customer_id = m.customer_id
        left join (select distinct l.customer_id from baton.plan_member l
                   where l.home = any ($4) and l.plan_id = any ($5) and l.arm is not null) e on e.customer_id = m.customer_id
        where m.home = $2 and m.plan_id = $3 and m.arm is not null and c.closed_on is null and c.no_contact is not true
            and (g.arm is null or g.arm = m.arm) and e.customer_id is null
        $holds$
    into stale using p.customers, p.home, p.id, live.homes, live.plans, own.homes, own.plans;
    if stale > 0 then
        raise exception using errcode = 'BT006', message = 'plan_overtaken', detail = stale::text;
    end if;

    select baton.today() + v.deadline_days into last_day
        from baton.strategy_version v where v.code = p.strategy and v.version = p.version;
    insert into baton.push (plan_id, strategy, version, hash, home, as_of, deadline, customers, treated, control, millis)
        values (p.id, p.strategy, p.version, p.hash, p.home, baton.today(), last_day, p.customers, p.treated, p.control, 0)
        returning id into done;
    insert into baton.branch_order (push_id, org_id, tasks, control, rms, open, done, deadline)
        select done, o.org_id, o.tasks, o.control, o.rms, o.tasks, 0, last_day
        from baton.plan_order(p.id) o;
    perform baton.board_recount(done);
    perform baton.push_sent(done);
    update baton.push u set millis = ceil(extract(epoch from clock_timestamp() - started) * 1000) where u.id = done;
    perform baton.note('push.apply', format('%s v%s', p.strategy, p.version),
        jsonb_build_object('push', done, 'plan', p.id, 'hash', encode(p.hash, 'hex'), 'tasks', p.treated, 'control', p.control));
    return done;
end;
$$;

revoke execute on function baton.policy, baton.policy_set, baton.board_recount, baton.push_sent from public;
grant execute on function baton.policy to baton_operator;
