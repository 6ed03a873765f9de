-- Strategies: draft, submit, approve. A version's text never changes once it is submitted: a change is the next version.

-- One field of the text that a hash covers: its name, its length in bytes of UTF-8, and the value as it stands.
create function baton.content_field(field text, value text) returns text
language sql immutable set search_path = baton, pg_temp
as $$
    select field || '=' || octet_length(convert_to(value, 'UTF8')) || ':' || value || E'\n';
$$;

-- What the hash of a submitted version covers, in this order; `StrategyText::content` in Rust gives the same bytes.
-- The version's own number is not part of it: the hash names a text, the approval names a version with that text.
create function baton.strategy_content(s baton.strategy_version) returns text
language sql stable set search_path = baton, pg_temp
as $$
    select E'baton strategy 1\n'
        || baton.content_field('code', (s).code)
        || baton.content_field('name', (s).name)
        || baton.content_field('segment', (s).segment)
        || baton.content_field('segment_version', (s).segment_version::text)
        || baton.content_field('rule', v.rule)
        || baton.content_field('deadline_days', (s).deadline_days::text)
        || baton.content_field('control_ppm', (s).control_ppm::text)
        || baton.content_field('seed', (s).seed::text)
        || baton.content_field('product', (s).product)
        || baton.content_field('benefit', (s).benefit)
        || baton.content_field('script', (s).script)
    from baton.segment_version v
    where v.code = (s).segment and v.version = (s).segment_version;
$$;

-- The wall under the functions below: whatever is not a draft has the hash of its own text, and never turns back.
create function baton.strategy_hash_is_of_its_text() returns trigger
language plpgsql set search_path = baton, pg_temp
as $$
begin
    if tg_op = 'UPDATE' and old.state <> 'draft'
        and (new.state = 'draft' or old.state = 'approved' and new.state <> 'approved' or new.hash is distinct from old.hash) then
        raise exception using errcode = 'BT002', message = 'strategy_version';
    end if;
    if new.state <> 'draft' and new.hash is distinct from sha256(convert_to(baton.strategy_content(new), 'UTF8')) then
        raise exception using errcode = 'BT002', message = 'strategy_version';
    end if;
    return new;
end;
$$;
create trigger strategy_hash_is_of_its_text before insert or update on baton.strategy_version
    for each row execute function baton.strategy_hash_is_of_its_text();

-- Writes the next version of `code` as a draft and gives its number.
create function baton.strategy_new(code text, name text, segment text, deadline_days int, control_ppm int, seed bigint,
    product text, benefit text, script text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    number int;
begin
    perform baton.require_duty('strategist');
    lock table baton.strategy_version in share row exclusive mode;
    if not exists (select from baton.segment_version v where v.code = strategy_new.segment) then
        raise exception using errcode = 'BT003', message = 'segment', detail = strategy_new.segment;
    end if;
    select coalesce(max(s.version), 0) + 1 into number from baton.strategy_version s where s.code = strategy_new.code;
    insert into baton.strategy_version (code, version, name, segment, deadline_days, control_ppm, seed, product, benefit, script)
        values (strategy_new.code, number, strategy_new.name, strategy_new.segment, strategy_new.deadline_days,
            strategy_new.control_ppm, strategy_new.seed, strategy_new.product, strategy_new.benefit, strategy_new.script);
    perform baton.note('strategy.new', format('%s v%s', strategy_new.code, number),
        jsonb_build_object('segment', strategy_new.segment));
    return number;
end;
$$;

-- Fixes the latest draft's text: pins the segment's latest version and sets the hash. Gives the version.
create function baton.strategy_submit(code text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    draft baton.strategy_version;
begin
    perform baton.require_duty('strategist');
    select * into draft from baton.strategy_version s
        where s.code = strategy_submit.code order by s.version desc limit 1 for update;
    if draft.code is null then
        raise exception using errcode = 'BT003', message = 'strategy', detail = strategy_submit.code;
    end if;
    if draft.state <> 'draft' then
        raise exception using errcode = 'BT004', message = draft.state, detail = format('%s v%s', draft.code, draft.version);
    end if;
    select max(v.version) into draft.segment_version from baton.segment_version v where v.code = draft.segment;
    draft.hash := sha256(convert_to(baton.strategy_content(draft), 'UTF8'));
    update baton.strategy_version s
        set state = 'submitted', segment_version = draft.segment_version, hash = draft.hash, submitted_at = clock_timestamp()
        where s.code = draft.code and s.version = draft.version;
    perform baton.note('strategy.submit', format('%s v%s', draft.code, draft.version),
        jsonb_build_object('hash', encode(draft.hash, 'hex'), 'segment', draft.segment, 'segment_version', draft.segment_version));
    return draft.version;
end;
$$;

-- Approves the latest submitted version of `code` if `hash` is still its text and the caller did not write it:
-- the constraints of `approval` refuse the rest. The same approver's second word changes nothing. Gives the version.
create function baton.strategy_approve(code text, hash bytea) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    seen baton.strategy_version;
    given int;
begin
    perform baton.require_duty('approver');
    select * into seen from baton.strategy_version s
        where s.code = strategy_approve.code and s.state = 'submitted' order by s.version desc limit 1 for update;
    if seen.code is null or seen.hash <> strategy_approve.hash then
        select a.version into given from baton.approval a
            where a.strategy = strategy_approve.code and a.hash = strategy_approve.hash and a.approver = session_user
            order by a.version desc limit 1;
        if given is not null then
            return given;
        end if;
    end if;
    if seen.code is null then
        select * into seen from baton.strategy_version s
            where s.code = strategy_approve.code order by s.version desc limit 1;
        if seen.code is null then
            raise exception using errcode = 'BT003', message = 'strategy', detail = strategy_approve.code;
        end if;
        raise exception using errcode = 'BT004', message = seen.state, detail = format('%s v%s', seen.code, seen.version);
    end if;
    insert into baton.approval (strategy, version, hash, author)
        values (seen.code, seen.version, strategy_approve.hash, seen.author);
    update baton.strategy_version s set state = 'approved' where s.code = seen.code and s.version = seen.version;
    perform baton.note('strategy.approve', format('%s v%s', seen.code, seen.version),
        jsonb_build_object('hash', encode(strategy_approve.hash, 'hex'), 'author', seen.author));
    return seen.version;
end;
$$;

-- Versions as lists show them: the state with `live` and `ended` derived from the pushes, and the rule that is pinned
-- or, while it is a draft, the segment's current one.
create view baton.strategy_row with (security_invoker = true) as
select v.code, v.version, v.name, v.segment, v.segment_version, v.deadline_days, v.control_ppm, v.seed, v.product, v.benefit,
    v.script, v.hash, v.author, a.approver,
    case when v.state <> 'approved' or p.last_day is null then v.state
         when p.last_day >= baton.today() then 'live'
         else 'ended' end as state,
    r.rule,
    v.version = max(v.version) over (partition by v.code) as latest
from baton.strategy_version v
left join baton.approval a on a.strategy = v.code and a.version = v.version
left join lateral (select max(u.deadline) as last_day from baton.push u where u.strategy = v.code and u.version = v.version) p
    on true
left join lateral (select w.rule from baton.segment_version w
                   where w.code = v.segment and w.version = coalesce(v.segment_version, w.version)
                   order by w.version desc limit 1) r on true;
grant select on baton.strategy_row to baton_operator;

revoke execute on function baton.content_field, baton.strategy_content, baton.strategy_hash_is_of_its_text,
    baton.strategy_new, baton.strategy_submit, baton.strategy_approve from public;
grant execute on function baton.content_field, baton.strategy_content, baton.strategy_new, baton.strategy_submit,
    baton.strategy_approve to baton_operator;
