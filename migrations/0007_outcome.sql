-- Outcomes: what came of the tasks. They stand in a table of their own, keyed by (push, customer, at, outcome); the
-- orders' counters are kept by the function that writes them.

-- Takes rows in: `accepted`, `duplicate` (the key stands already, or came earlier in these rows) or `unknown` (the
-- customer is on no list of that push) for each ordinal, counted from 1. A task is done once it has an outcome other
-- than no_answer. An outcome of the control group is taken and marked: somebody contacted whom he should not.
create function baton.outcome_take(pushes bigint[], customers bigint[], times timestamptz[], outcomes text[],
    amounts bigint[], notes text[]) returns table (ordinal bigint, verdict text, late bool, contamination bool)
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('loader');
    lock table baton.outcome in share row exclusive mode;
    return query
    with given as (
        select * from unnest(pushes, customers, times, outcomes, amounts, notes)
            with ordinality as g (push_id, customer_id, at, outcome, amount, note, n)
    ), found as (
        select g.*, m.org_id, m.arm = 'control' as control, (g.at at time zone b.timezone)::date > p.deadline as after_end
        from given g
        cross join baton.bank b
        left join baton.push p on p.id = g.push_id
        left join lateral (select l.org_id, l.arm from baton.plan_member l
                           where l.home = p.home and l.plan_id = p.plan_id and l.customer_id = g.customer_id
                               and l.arm is not null offset 0) m on true
    ), once as (
        select distinct on (f.push_id, f.customer_id, f.at, f.outcome) f.*
        from found f where f.org_id is not null
        order by f.push_id, f.customer_id, f.at, f.outcome, f.n
    ), taken as (
        insert into baton.outcome as o (push_id, customer_id, at, outcome, org_id, amount, note, late, contamination)
        select f.push_id, f.customer_id, f.at, f.outcome, f.org_id, f.amount, f.note, f.after_end, f.control from once f
        on conflict on constraint outcome_pkey do nothing
        returning o.push_id, o.customer_id, o.at, o.outcome, o.org_id, o.contamination
    ), finished as (
        select t.push_id, t.org_id, count(distinct t.customer_id)::int as tasks
        from taken t
        where t.outcome <> 'no_answer' and not t.contamination
            and not exists (select from baton.outcome e where e.push_id = t.push_id and e.customer_id = t.customer_id
                            and e.outcome <> 'no_answer')
        group by t.push_id, t.org_id
    ), counted as (
        update baton.branch_order b set open = b.open - f.tasks, done = b.done + f.tasks
        from finished f where b.push_id = f.push_id and b.org_id = f.org_id
    ), verdicts as (
        select f.n, f.after_end, f.control,
            case when f.org_id is null then 'unknown'
                 when o.n = f.n and t.push_id is not null then 'accepted'
                 else 'duplicate' end as word
        from found f
        left join once o on o.n = f.n
        left join taken t on t.push_id = o.push_id and t.customer_id = o.customer_id and t.at = o.at and t.outcome = o.outcome
    ), noted as (
        select baton.note('outcome.import', 'outcome', jsonb_build_object('read', count(*),
            'accepted', count(*) filter (where v.word = 'accepted'))) from verdicts v
    )
    select v.n, v.word, coalesce(v.after_end, false), coalesce(v.control, false) from verdicts v, noted order by v.n;
end;
$$;

revoke execute on function baton.outcome_take from public;
grant execute on function baton.outcome_take to baton_operator;
