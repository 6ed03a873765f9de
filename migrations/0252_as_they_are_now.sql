-- Persons and days as they are now, and words that can be seen.

-- As in 0033; whose word the earlier ones are is asked as it was then and as it is now: two logins may have been said to be one person since.
create or replace function baton.approval_is_of_others() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    broken text;
begin
    if exists (select from baton.strategy_version s
               where s.code = new.strategy and s.version <= new.version
                   and baton.person_of(s.author) in (new.approver_person, new.stands_person)) then
        broken := 'approval_not_by_writer';
    elsif exists (select from baton.approval_given g
                  where g.strategy = new.strategy and g.version = new.version and g.level <> new.level
                      and array[g.approver_person, g.stands_person, baton.person_of(g.approver), baton.person_of(g.stands_for)]
                          && array[new.approver_person, new.stands_person]) then
        broken := 'approval_by_another_person';
    elsif new.delegation is not null
        and not exists (select from baton.delegation d
                        where d.id = new.delegation and d.delegator = new.stands_for and d.delegate = new.approver
                            and d.ended_at is null and baton.bank_time(new.given_at)::date between d.from_day and d.to_day) then
        broken := 'approval_by_delegation';
    elsif new.level > 1 and not exists (select from baton.approval_given g
                                        where g.strategy = new.strategy and g.version = new.version and g.level = new.level - 1) then
        broken := 'approval_in_order';
    end if;
    if broken is not null then
        raise exception using errcode = '23514', constraint = broken, message = broken;
    end if;
    return new;
end;
$$;

-- As in 0033, by persons as they are now, too.
create or replace function baton.may_approve(strategy text, version int) returns setof text
language sql stable set search_path = baton, pg_temp
as $$
    select o.name from baton.operator o
    where 'approver' = any (o.duties)
        and not exists (select from baton.strategy_version s where s.code = $1 and s.version <= $2
                        and baton.person_of(s.author) = baton.person_of(o.name))
        and not exists (select from baton.approval_given g where g.strategy = $1 and g.version = $2
                        and baton.person_of(o.name) in (g.approver_person, g.stands_person,
                            baton.person_of(g.approver), baton.person_of(g.stands_for)))
    order by o.name;
$$;

-- As in 0033, by persons as they are now, too.
create or replace function baton.could_approve(strategy text, version int) returns bool
language sql stable set search_path = baton, pg_temp
as $$
    select not exists (select from baton.strategy_version s where s.code = $1 and s.version <= $2
                       and baton.person_of(s.author) = baton.person_of(session_user::text))
        and not exists (select from baton.approval_given g where g.strategy = $1 and g.version = $2
                        and baton.person_of(session_user::text) in (g.approver_person, g.stands_person,
                            baton.person_of(g.approver), baton.person_of(g.stands_for)))
        and (baton.has_duty('approver')
             or exists (select from baton.delegation d
                        where d.delegate = session_user and baton.delegation_now(d.delegator, d.delegate) is not null
                            and d.delegator in (select m from baton.may_approve($1, $2) m)));
$$;

-- As in 0093, and no push on a day of the clock on which nothing goes out.
create or replace function baton.push_is_of_a_standing_version() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    v baton.strategy_version;
    stands text;
    dark text;
    words int;
    needed int;
    cost numeric;
    need record;
begin
    select * into v from baton.strategy_version s where s.code = new.strategy and s.version = new.version for share;
    stands := v.state;
    if exists (select from baton.strategy_shelf h where h.code = new.strategy) then
        stands := 'archived';
    elsif stands = 'approved' and not baton.strategy_runs(new.strategy) then
        stands := 'paused';
    end if;
    if stands is distinct from 'approved' then
        raise exception using errcode = 'BT004', message = coalesce(stands, 'draft'),
            detail = format('%s v%s', new.strategy, new.version);
    end if;
    -- Looking at the bank as of another day opens no day on which nothing goes out, nor does a bank whose records are behind the clock.
    dark := coalesce(baton.blackout_on(new.as_of), baton.blackout_on((select b.as_of from baton.bank b)), baton.blackout_on(baton.clock_day()));
    if dark is not null and v.during_blackout is null then
        raise exception using errcode = 'BT203', message = 'blackout', detail = dark;
    end if;
    needed := baton.approval_levels(new.strategy, new.version,
        (select f.customers from baton.push_plan p join baton.snapshot f on f.id = p.snapshot_id where p.id = new.plan_id));
    if needed > 1 then
        select count(*) into words from baton.approval_given g
            where g.strategy = new.strategy and g.version = new.version and g.hash = new.hash;
        if words < needed then
            raise exception using errcode = 'BT204', message = 'levels', detail = format('%s v%s', new.strategy, new.version);
        end if;
    end if;
    if v.budget_cap is not null then
        if v.benefit_cost is null then
            raise exception using errcode = 'BT205', message = 'no_price', detail = format('%s v%s', new.strategy, new.version);
        end if;
        cost := baton.benefits_cost(new, v.benefit_cost, v.budget_cap);
        if cost > v.budget_cap then
            raise exception using errcode = 'BT206', message = v.budget_cap::text, detail = trunc(cost)::text;
        end if;
    end if;
    if v.benefit_stock is not null then
        select * into need from baton.benefit_need(new.plan_id);
        if need.needed > v.benefit_stock then
            raise exception using errcode = 'BT214', message = v.benefit_stock::text, detail = format('%s %s', need.needed, need.given);
        end if;
    end if;
    return new;
end;
$$;

-- Rows of before stay as they are.
alter table baton.strategy_pause
    drop constraint pause_reason,
    add constraint pause_reason check (not baton.is_blank(reason) and length(reason) <= 2000) not valid,
    drop constraint resume_reason,
    add constraint resume_reason check (resume_reason is null or not baton.is_blank(resume_reason) and length(resume_reason) <= 2000) not valid;
alter table baton.send_back
    drop constraint send_back_comment,
    add constraint send_back_comment check (not baton.is_blank(comment) and length(comment) <= 2000) not valid;

-- As in 0048; words that cannot be seen are none.
create or replace function baton.push_feedback(push bigint, reason text, words text) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    own int;
    number bigint;
begin
    perform baton.require_duty('branch');
    p := baton.require_push(push);
    select o.org_id into own from baton.operator o where o.name = session_user;
    if not exists (select from baton.branch_order b where b.push_id = p.id and b.org_id = coalesce(own, b.org_id)) then
        raise exception using errcode = 'BT003', message = 'order', detail = coalesce((select u.code from baton.org_unit u where u.id = own), '');
    end if;
    insert into baton.feedback (push_id, strategy, version, org_id, reason, text)
        select p.id, p.strategy, p.version, b.org_id, push_feedback.reason, case when not baton.is_blank(words) then left(btrim(words), 2000) end
        from baton.branch_order b where b.push_id = p.id and b.org_id = coalesce(own, b.org_id) order by b.org_id limit 1
        returning id into number;
    perform baton.tell_pusher(p.id, 'feedback', 1);
    perform baton.note('push.feedback', format('push %s', p.id), jsonb_build_object('reason', push_feedback.reason));
    return number;
end;
$$;
