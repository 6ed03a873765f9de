-- The score card (履职评价): what it is made of stands in a file that a strategist loads, and is kept here as it was written;
-- what it is made from are counters, orders, referrals and agreements that stand already, with the cases that had come due.

-- Each text once, in the order in which they were loaded; the last one counts. Baton reads it, and refuses it if it is no card.
create table baton.score_card (
    version int primary key,
    name text not null constraint score_card_name check (name ~ '[^[:space:]]' and char_length(name) <= 200),
    body text not null constraint score_card_size check (char_length(body) <= 100000),
    hash bytea not null constraint score_card_hash check (hash = sha256(convert_to(body, 'UTF8'))),
    author text not null default session_user,
    loaded_at timestamptz not null default clock_timestamp()
);
grant select on baton.score_card to baton_operator;
create trigger score_card_is_append_only before update or delete or truncate on baton.score_card
    for each statement execute function baton.refuse_change();
-- It is the whole bank's.
create trigger score_card_of_the_whole_bank before insert on baton.score_card
    for each statement execute function baton.refuse_part();

-- Keeps a card as the next version and gives its number; the one that counts already stays as it is.
create function baton.score_card_load(name text, body text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    latest baton.score_card;
    digest bytea := sha256(convert_to(score_card_load.body, 'UTF8'));
    number int;
begin
    perform baton.require_duty('strategist');
    lock table baton.score_card in share row exclusive mode;
    select * into latest from baton.score_card c order by c.version desc limit 1;
    if latest.hash = digest then
        return latest.version;
    end if;
    number := coalesce(latest.version, 0) + 1;
    insert into baton.score_card (version, name, body, hash) values (number, score_card_load.name, score_card_load.body, digest);
    perform baton.note('score.load', format('v%s', number), jsonb_build_object('name', score_card_load.name,
        'hash', encode(digest, 'hex')));
    return number;
end;
$$;

-- Numerator and denominator of every measure by unit and RM (0: nobody, or the unit as such), of what has come due from the
-- first day to the last: contacts with their own day, what came of them with the order's deadline, signing with the hours for
-- it. What is not due yet is in no denominator, so a push of yesterday is no fault. For the owner's functions.
create function baton.score_counts(first date, last date)
returns table (org_id int, rm_id int, measure text, numerator bigint, denominator bigint)
language sql stable set search_path = baton, pg_temp
as $$
    with ended as (
        select c.org_id, c.rm_id, sum(c.issued) as issued, sum(c.contacted) as contacted, sum(c.reached) as reached,
            sum(c.interested) as interested, sum(c.sold) as sold, sum(c.contradictory) as contradictory
        from baton.push p
        join baton.board_count c on c.push_id = p.id
        left join baton.branch_order o on o.push_id = p.id and o.org_id = c.org_id
        where coalesce(o.deadline, p.deadline) between $1 and $2 and coalesce(o.deadline, p.deadline) < baton.today()
        group by c.org_id, c.rm_id
    ), figures as (
        select e.org_id, e.rm_id, m.measure, m.numerator, m.denominator
        from ended e cross join lateral (values
            ('contacted', e.contacted, e.issued), ('reached', e.reached, e.contacted),
            ('interested', e.interested, e.reached), ('sold', e.sold, e.reached),
            ('contradictory', e.contradictory, e.contacted)) m (measure, numerator, denominator)
        union all
        select c.org_id, c.rm_id, 'contacted_in_time', sum(c.in_time), sum(c.issued)
        from baton.board b join baton.board_count c on c.push_id = b.push_id
        where b.contact_by between $1 and $2 and b.contact_by < baton.today()
        group by c.org_id, c.rm_id
        union all
        select r.org_id, coalesce(r.rm_id, 0), 'referrals_answered',
            count(*) filter (where r.state in ('accepted', 'declined')
                and (r.answered_at at time zone z.timezone)::date <= r.due), count(*)
        from baton.referral r cross join baton.bank z
        where r.due between $1 and $2 and r.due < baton.today() and r.state <> 'withdrawn'
        group by r.org_id, coalesce(r.rm_id, 0)
        union all
        select o.org_id, 0, 'signed_in_time', count(*) filter (where o.signed_at <= b.sign_by), count(*)
        from baton.branch_order o join baton.board b on b.push_id = o.push_id cross join baton.bank z
        where (b.sign_by at time zone z.timezone)::date between $1 and $2 and (b.sign_by at time zone z.timezone)::date < baton.today()
            and o.recalled_at is null and (o.tasks > 0 or o.signed_at is not null)
        group by o.org_id
        union all
        select o.org_id, 0, 'handled', sum(o.done), sum(o.tasks)
        from baton.branch_order o
        where o.deadline between $1 and $2 and o.deadline < baton.today() and o.recalled_at is null
        group by o.org_id
        union all
        -- The last look of the period at each agreement: what nobody has looked at again is nobody's fault here.
        select k.org_id, coalesce(k.staff_id, 0), 'agreed_kept', count(*) filter (where k.result = 'kept'), count(*)
        from (select distinct on (h.coaching_id) h.org_id, h.staff_id, h.result from baton.coaching_check h
              where h.checked_on between $1 and $2 and h.result <> 'dropped' order by h.coaching_id, h.n desc) k
        group by k.org_id, coalesce(k.staff_id, 0)
    )
    select f.org_id, f.rm_id, f.measure, f.numerator::bigint, f.denominator::bigint from figures f where f.denominator > 0;
$$;

-- The figures of the caller's units of a kind, each with those of the units below it; of one unit if it is named. An RM is
-- told of no unit: his card is his own.
create function baton.score_units(kind text, org text, first date, last date)
returns table (org_id int, measure text, numerator bigint, denominator bigint)
language sql stable security definer set search_path = baton, pg_temp
as $$
    with units as (
        select u.id from baton.org_unit u
        where u.closed_on is null and ($1 is null or u.kind = $1) and ($2 is null or u.code = $2)
            and baton.own_staff() is null and (baton.sees_all() or u.id in (select s from baton.scope_units() s))
    )
    select u.id, c.measure, sum(c.numerator)::bigint, sum(c.denominator)::bigint
    from baton.score_counts($3, $4) c
    join baton.org_unit o on o.id = c.org_id
    join units u on u.id = any (o.path)
    group by u.id, c.measure;
$$;

-- The figures of the RMs of the caller's units, of one RM if he is named; an RM is told his own. An RM's figures are his
-- wherever he had the tasks, so that his card is the same for everybody who may see it.
create function baton.score_rms(rm text, first date, last date)
returns table (rm_id int, measure text, numerator bigint, denominator bigint)
language sql stable security definer set search_path = baton, pg_temp
as $$
    with own as (select baton.own_staff() as id), rms as (
        select s.id from baton.staff s cross join own
        where s.closed_on is null and ($1 is null or s.code = $1) and (own.id is null or s.id = own.id)
            and (baton.sees_all() or s.org_id in (select u from baton.scope_units() u))
    )
    select r.id, c.measure, sum(c.numerator)::bigint, sum(c.denominator)::bigint
    from baton.score_counts($2, $3) c join rms r on r.id = c.rm_id
    group by r.id, c.measure;
$$;

-- The counters by RM are a card in the making: an RM reads his own.
create policy own_rm on baton.board_count as restrictive for select to baton_operator
    using ((select baton.own_staff()) is null or rm_id = (select baton.own_staff()));

revoke execute on function baton.score_card_load, baton.score_counts, baton.score_units, baton.score_rms from public;
grant execute on function baton.score_card_load, baton.score_units, baton.score_rms to baton_operator;
