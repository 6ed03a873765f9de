-- Whoever asks in whose name somebody approves goes by the day first: a bank keeps its delegations for ever, and asking of
-- each of them once more whether it holds cost seconds from some hundreds on.

create index delegation_of on baton.delegation (delegate, delegator);

-- The delegation by which `delegate` may approve in the name of `delegator` today; null if there is none.
create or replace function baton.delegation_now(delegator text, delegate text) returns bigint
language sql stable set search_path = baton, pg_temp
as $$
    select min(d.id) from baton.delegation d
    where d.delegator = $1 and d.delegate = $2 and d.ended_at is null
        and (select baton.clock_day()) between d.from_day and d.to_day
        and exists (select from baton.operator o where o.name = d.delegator and 'approver' = any (o.duties));
$$;

-- In whose name the caller approves or sends back: his own if he is an approver, else of the one who has delegated to him,
-- of several one who has not written the strategy. `wanted` names one. Refuses whoever may not.
create or replace function baton.approves_for(strategy text, wanted text) returns text
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    found text;
    today date := baton.clock_day();
begin
    if coalesce(wanted, session_user::text) = session_user then
        if wanted is null and not baton.has_duty('approver') then
            select d.delegator into found
                from baton.delegation d join baton.operator o on o.name = d.delegator and 'approver' = any (o.duties)
                where d.delegate = session_user and d.ended_at is null and today between d.from_day and d.to_day
                order by exists (select from baton.strategy_version s where s.code = approves_for.strategy
                                 and baton.person_of(s.author) = baton.person_of(d.delegator)), d.id limit 1;
        end if;
        if found is null then
            perform baton.require_duty('approver');
            return session_user;
        end if;
    else
        if baton.delegation_now(wanted, session_user::text) is null then
            raise exception using errcode = 'BT202', message = 'no_delegation', detail = wanted;
        end if;
        found := wanted;
    end if;
    -- A delegate has some duty or other; this asks how the transaction reads.
    perform baton.require_duty(o.duties[1]) from baton.operator o where o.name = session_user;
    return found;
end;
$$;
