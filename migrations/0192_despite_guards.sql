-- A verdict to expand is not given past a broken guard without a word: whoever gives it says that he does so all the same, and the review
-- and the audit keep that he said so. The guards are those of the figures that are kept with the verdict.
alter table baton.review add column despite_guards boolean not null default false;
comment on column baton.review.despite_guards is 'expanded although guards of its figures are broken, and said so';

-- As in 0082, and with it.
drop function baton.review_close(bigint, text, text, jsonb);
create function baton.review_close(push bigint, verdict text, remark text, figures jsonb, despite_guards boolean default false)
returns timestamptz
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    v baton.strategy_version;
    stands text;
    broken jsonb := jsonb_path_query_array(review_close.figures, '$.guards[*] ? (@.broken == true).name');
    despite boolean;
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
    if v.control_by = 'branch' and coalesce(figures #>> '{itt,method}', 'welch-branch') <> 'welch-branch' then
        raise exception using errcode = 'BT502', message = 'figures', detail = p.id::text;
    end if;
    despite := review_close.verdict = 'expand' and jsonb_array_length(broken) > 0;
    if despite and review_close.despite_guards is distinct from true then
        raise exception using errcode = 'BT503', message = 'guards',
            detail = (select string_agg(b.name, ', ') from jsonb_array_elements_text(broken) b (name));
    end if;
    insert into baton.review (push_id, verdict, remark, standing, figures, author, despite_guards)
        values (p.id, review_close.verdict, review_close.remark, stands, review_close.figures, v.author, despite)
        returning closed_at into done;
    if v.state in ('approved', 'paused') and p.wave = 1
        and not exists (select from baton.push u where u.strategy = p.strategy and u.version = p.version and u.wave = 1 and u.id > p.id)
        and (select count(distinct u.wave) from baton.push u where u.strategy = p.strategy and u.version = p.version) >= v.waves then
        update baton.strategy_version s set state = 'reviewed' where s.code = v.code and s.version = v.version;
    end if;
    perform baton.note('review.close', format('push %s', p.id), jsonb_build_object('strategy', format('%s v%s', p.strategy, p.version),
        'verdict', review_close.verdict, 'standing', stands, 'itt', review_close.figures -> 'itt')
        || case when despite then jsonb_build_object('despite_guards', broken) else '{}'::jsonb end);
    return done;
end;
$$;

revoke execute on function baton.review_close from public;
grant execute on function baton.review_close to baton_operator;
