-- A version with waves is reviewed with the last push of its first wave: a later one is of some of the same customers, chosen by
-- what came of the first, and its arms are those of no draw.

-- As in 0050, but for that.
create or replace function baton.review_close(push bigint, verdict text, remark text, figures jsonb) returns timestamptz
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    v baton.strategy_version;
    stands text;
    done timestamptz;
begin
    perform baton.require_duty('approver');
    select * into p from baton.push u where u.id = review_close.push;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'push', detail = review_close.push::text;
    end if;
    select * into v from baton.strategy_version s where s.code = p.strategy and s.version = p.version for update;
    stands := baton.review_standing(p.id);
    if stands not in ('ready', 'no_control', 'no_success') then
        raise exception using errcode = 'BT501', message = stands, detail = p.id::text;
    end if;
    if (figures ->> 'push')::bigint is distinct from p.id
        or (figures #>> '{arms,treated,n}')::bigint is distinct from p.treated
        or (figures #>> '{arms,control,n}')::bigint is distinct from p.control then
        raise exception using errcode = 'BT502', message = 'figures', detail = p.id::text;
    end if;
    insert into baton.review (push_id, verdict, remark, standing, figures, author)
        values (p.id, review_close.verdict, review_close.remark, stands, review_close.figures, v.author)
        returning closed_at into done;
    if v.state in ('approved', 'paused') and p.wave = 1
        and not exists (select from baton.push u where u.strategy = p.strategy and u.version = p.version and u.wave = 1 and u.id > p.id)
        and (select count(distinct u.wave) from baton.push u where u.strategy = p.strategy and u.version = p.version) >= v.waves then
        update baton.strategy_version s set state = 'reviewed' where s.code = v.code and s.version = v.version;
    end if;
    perform baton.note('review.close', format('push %s', p.id), jsonb_build_object('strategy', format('%s v%s', p.strategy, p.version),
        'verdict', review_close.verdict, 'standing', stands, 'itt', review_close.figures -> 'itt'));
    return done;
end;
$$;
