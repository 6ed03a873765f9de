-- What a large push costs beyond its list: nothing has come of its tasks yet, so its board is its tasks by unit and RM; and what
-- goes over the whole list is divided among the server's workers, which the planner else holds to be too dear for so many rows.

-- The counters of a push that begins, of whose tasks nothing was heard and none has changed hands.
create function baton.board_begun(push bigint) returns setof baton.board_count
language plpgsql stable set search_path = baton, pg_temp set work_mem = '256MB' set jit = off
    set parallel_setup_cost = 0 set parallel_tuple_cost = 0
as $$
declare
    p baton.push;
begin
    select * into p from baton.push u where u.id = board_begun.push;
    return query execute $count$
        select $1, m.org_id, coalesce(m.rm_id, 0), count(*)::int, 0, 0, 0, 0, 0, 0, 0
        from baton.plan_member m
        where m.home = $2 and m.plan_id = $3 and m.arm = 'treated' group by m.org_id, coalesce(m.rm_id, 0)
        $count$
    using p.id, p.home, p.plan_id;
end;
$$;

-- As in 0058, but for a push that begins.
create or replace function baton.board_recount(push bigint) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    if not exists (select from baton.board t where t.push_id = board_recount.push) then
        insert into baton.board (push_id, sign_by, contact_by)
        select p.id, coalesce(baton.sign_by(p.pushed_at),
                (p.deadline + 1)::timestamp at time zone b.timezone),
            least(p.as_of + baton.policy('board_contact_days')::int, p.deadline)
        from baton.push p cross join baton.bank b where p.id = board_recount.push;
        insert into baton.board_count select * from baton.board_begun(board_recount.push);
        return;
    end if;
    lock table baton.outcome in share row exclusive mode;
    delete from baton.board_count c where c.push_id = board_recount.push;
    delete from baton.board_day d where d.push_id = board_recount.push;
    insert into baton.board_count select * from baton.board_counted(board_recount.push);
    insert into baton.board_day select * from baton.board_counted_days(board_recount.push);
end;
$$;

alter function baton.plan_still_holds(baton.push_plan, int, date) set parallel_setup_cost = 0;
alter function baton.plan_still_holds(baton.push_plan, int, date) set parallel_tuple_cost = 0;
alter function baton.list_hash(bigint, bigint) set parallel_setup_cost = 0;
alter function baton.list_hash(bigint, bigint) set parallel_tuple_cost = 0;

revoke execute on function baton.board_begun from public;
