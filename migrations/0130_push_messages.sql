-- What a large push spends on its orders and messages. As in 0090, but a message learns its door once it is made: the join of
-- a million tasks with the doors of their units cost as much as the numbering of the tasks.
create or replace function baton.push_sent(push bigint) returns void
language plpgsql set search_path = baton, pg_temp set parallel_setup_cost = 0 set parallel_tuple_cost = 0
as $$
declare
    p baton.push;
begin
    if not exists (select from baton.door) then
        return;
    end if;
    select * into p from baton.push u where u.id = push_sent.push;
    execute $make$
        insert into baton.outbox (key, kind, push_id, org_id, door, chunk, low, high, tasks)
        select format('p%s-u%s-%s', $1, c.org_id, c.chunk), 'tasks', $1, c.org_id, d.door, c.chunk, c.low, c.high, c.tasks
        from (select m.org_id, (m.place - 1) / $4 + 1 as chunk, min(m.customer_id) as low, max(m.customer_id) as high,
                  count(*) as tasks
              from (select l.org_id, l.customer_id, row_number() over (partition by l.org_id order by l.customer_id) as place
                    from baton.plan_member l
                    where l.home = $2 and l.plan_id = $3 and l.arm = 'treated') m
              group by m.org_id, (m.place - 1) / $4) c
        join baton.unit_doors() d on d.org_id = c.org_id
        order by c.org_id, c.chunk
        on conflict on constraint outbox_key_once do nothing
    $make$ using p.id, p.home, p.plan_id, baton.message_most();
    perform baton.ring(p.id);
end;
$$;

alter function baton.plan_order(bigint) set parallel_setup_cost = 0;
alter function baton.plan_order(bigint) set parallel_tuple_cost = 0;
