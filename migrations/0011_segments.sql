-- Segments in depth: notes, kinds and owners of segments; what a snapshot weighs; uploaded lists; and the two doors by
-- which names and phones leave the database, masked and noted: one customer's card, and the export of a snapshot.

-- ---- versions, kinds, owners ----------------------------------------------------------------------------

alter table baton.segment_version
    add column note text,               -- why this version
    add column kind text not null default 'dynamic' constraint segment_kind check (kind in ('dynamic', 'frozen'));

-- Who answers for a segment: the author of its first version, until it is given to another.
create table baton.segment_owner (
    code text primary key,
    owner text not null
);
insert into baton.segment_owner (code, owner)
    select distinct on (v.code) v.code, v.author from baton.segment_version v order by v.code, v.version;
grant select on baton.segment_owner to baton_operator;

-- Saves `rule` (canonical text) as the next version and gives its number; what stands there already stays as it is.
-- Without a note the version that says the same is the same.
drop function baton.segment_save(text, text, text);
create function baton.segment_save(code text, name text, rule text, note text default null, kind text default 'dynamic')
returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    latest baton.segment_version;
    number int;
begin
    perform baton.require_duty('strategist');
    -- A lock that no login can take: an advisory one could be held by anybody.
    lock table baton.segment_version in share row exclusive mode;
    select * into latest from baton.segment_version v
        where v.code = segment_save.code order by v.version desc limit 1;
    if latest.name = segment_save.name and latest.rule = segment_save.rule and latest.kind = segment_save.kind
        and (segment_save.note is null or segment_save.note is not distinct from latest.note) then
        return latest.version;
    end if;
    number := coalesce(latest.version, 0) + 1;
    insert into baton.segment_version (code, version, name, rule, note, kind)
        values (segment_save.code, number, segment_save.name, segment_save.rule, segment_save.note, segment_save.kind);
    insert into baton.segment_owner (code, owner) values (segment_save.code, session_user) on conflict do nothing;
    perform baton.note('segment.save', format('%s v%s', segment_save.code, number),
        jsonb_build_object('name', segment_save.name, 'rule', segment_save.rule, 'kind', segment_save.kind));
    return number;
end;
$$;

-- Gives the segment to another strategist, who answers for it from now on.
create function baton.segment_give(code text, owner text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('strategist');
    if not exists (select from baton.segment_owner s where s.code = segment_give.code) then
        raise exception using errcode = 'BT003', message = 'segment', detail = segment_give.code;
    end if;
    if not exists (select from baton.operator o where o.name = segment_give.owner and 'strategist' = any (o.duties)) then
        raise exception using errcode = 'BT003', message = 'operator', detail = segment_give.owner;
    end if;
    update baton.segment_owner s set owner = segment_give.owner where s.code = segment_give.code;
    perform baton.note('segment.give', segment_give.code, jsonb_build_object('owner', segment_give.owner));
end;
$$;

-- ---- snapshots ------------------------------------------------------------------------------------------

alter table baton.snapshot
    add column aum bigint,              -- of the members, on that day; null for those of before
    add column ms int;                  -- from the start of its transaction to its seal
create index snapshot_by_segment on baton.snapshot (segment, id);

-- Turns the members that the caller put into `intake` into a snapshot of (segment, version) and gives its number.
create or replace function baton.snapshot_seal(intake uuid, segment text, version int) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    taken bigint;
    members bigint;
    worth bigint;
    digest bytea;
begin
    perform baton.require_duty('strategist');
    if not exists (select from baton.segment_version v
                   where v.code = snapshot_seal.segment and v.version = snapshot_seal.version) then
        raise exception using errcode = 'BT003', message = 'segment', detail = snapshot_seal.segment;
    end if;
    insert into baton.snapshot (segment, version, as_of, customers, hash)
        values (snapshot_seal.segment, snapshot_seal.version, baton.today(), 0, '') returning id into taken;
    with found as materialized (
        select c.customer_id, c.org_id, c.aum
        from baton.member_intake i join baton.customer c on c.customer_id = i.customer_id
        where i.intake = snapshot_seal.intake and i.by = session_user and c.closed_on is null
    ), kept as (
        insert into baton.segment_member (snapshot_id, customer_id, org_id)
            select taken, f.customer_id, f.org_id from found f
    )
    select count(*), coalesce(sum(f.aum), 0)::bigint into members, worth from found f;
    delete from baton.member_intake i where i.intake = snapshot_seal.intake and i.by = session_user;
    digest := baton.member_hash(taken);
    update baton.snapshot s set customers = members, aum = worth, hash = digest,
        ms = ceil(extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000)
        where s.id = taken;
    perform baton.note('segment.freeze', format('%s v%s', snapshot_seal.segment, snapshot_seal.version),
        jsonb_build_object('snapshot', taken, 'as_of', baton.today(), 'customers', members, 'members', encode(digest, 'hex')));
    return taken;
end;
$$;

-- ---- names and phones, masked ---------------------------------------------------------------------------

-- The surname and two stars, whatever the length of the rest: 王**, 欧阳**. A name of two signs is never shown whole.
-- What is not Chinese keeps its first letter.
create function baton.mask_name(name text) returns text
language sql immutable set search_path = baton, pg_temp
as $$
    select case
        when btrim($1) = '' then null
        when char_length(btrim($1)) > 2 and left(btrim($1), 2) = any (string_to_array(
            '欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 '
            || '钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 '
            || '呼延 东郭 南门 羊舌 微生 梁丘 左丘 西门 第五 南荣 东里 东宫 仲长 子桑 即墨 淳于 达奚 褚师 纳兰 歐陽 司馬 諸葛 東方 獨孤 '
            || '萬俟 聞人 尉遲 赫連 澹臺 濮陽 申屠 公孫 仲孫 鍾離 長孫 鮮于 閭丘 巫馬 令狐 呼延 東郭 南門 西門', ' '))
            then left(btrim($1), 2) || '**'
        else left(btrim($1), 1) || '**'
    end;
$$;

-- The digits of a phone, without a country's 86 before eleven of them. Its names are bound here, so that it needs no
-- search_path of its own and the planner can write it into the query that uses it.
create function baton.plain_phone(phone text) returns text
language sql immutable
return (select case when d.digits ~ '^(0086|86)[0-9]{11}$' then right(d.digits, 11) else nullif(d.digits, '') end
        from (select regexp_replace($1, '[^0-9]', '', 'g') as digits) d);

-- 138****5678. What is shorter shows its last two digits, and less than seven digits show nothing.
create function baton.mask_phone(phone text) returns text
language sql immutable set search_path = baton, pg_temp
as $$
    select case
        when char_length(p.digits) >= 11 then left(p.digits, 3) || '****' || right(p.digits, 4)
        when char_length(p.digits) >= 7 then '****' || right(p.digits, 2)
        when p.digits is not null then '****'
    end
    from (select baton.plain_phone($1) as digits) p;
$$;

-- How many cards an operator may open in a day: a card is looked at, customers are not browsed.
create function baton.card_limit() returns int
language sql immutable set search_path = baton, pg_temp
as $$ select 500; $$;
create index audit_by_operator on baton.audit (operator, action, at);

-- One customer's masked name and phone, noted. Everything else of the card is read with the operator's own rights.
-- A branch sees the customers of its own unit; a loader none.
create function baton.customer_card(customer_id bigint) returns table (name text, phone text)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    c baton.customer;
    own int;
    opened int;
begin
    if not (baton.has_duty('strategist') or baton.has_duty('approver') or baton.has_duty('auditor') or baton.has_duty('viewer')) then
        perform baton.require_duty('branch');
        select w.org_id into own from baton.operator w where w.name = session_user;
    end if;
    select count(*) into opened from baton.audit a
        where a.operator = session_user and a.action = 'customer.card' and a.at > clock_timestamp() - interval '1 day';
    if opened >= baton.card_limit() then
        raise exception using errcode = 'BT112', message = 'card_limit', detail = baton.card_limit()::text;
    end if;
    select * into c from baton.customer k where k.customer_id = customer_card.customer_id;
    if c.customer_id is null then
        raise exception using errcode = 'BT003', message = 'customer', detail = customer_card.customer_id::text;
    end if;
    if own is not null and own <> c.org_id then
        raise exception using errcode = 'BT007', message = 'foreign_unit',
            detail = (select u.code from baton.org_unit u where u.id = c.org_id);
    end if;
    perform baton.note('customer.card', customer_card.customer_id::text, '{}');
    return query select baton.mask_name(c.name), baton.mask_phone(c.phone);
end;
$$;

-- The members of a snapshot as they may leave the house: masked, noted, and no more than `export_limit` at a time.
create function baton.export_limit() returns int
language sql immutable set search_path = baton, pg_temp
as $$ select 100000; $$;

create function baton.snapshot_export(snapshot bigint)
returns table (customer_id bigint, org text, org_name text, tier text, name text, phone text)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    s baton.snapshot;
begin
    perform baton.require_duty('strategist');
    select * into s from baton.snapshot f where f.id = snapshot_export.snapshot;
    if s.id is null then
        raise exception using errcode = 'BT003', message = 'snapshot', detail = snapshot_export.snapshot::text;
    end if;
    if s.customers > baton.export_limit() then
        raise exception using errcode = 'BT111', message = 'export_limit', detail = format('%s %s', s.customers, baton.export_limit());
    end if;
    perform baton.note('segment.export', format('%s v%s', s.segment, s.version),
        jsonb_build_object('snapshot', s.id, 'customers', s.customers));
    return query
        select m.customer_id, u.code, u.name,
            case when c.aum is not null then
                (select t.code from baton.tier t where t.from_minor is null or t.from_minor <= c.aum
                 order by t.from_minor desc nulls last limit 1) end,
            baton.mask_name(c.name), baton.mask_phone(c.phone)
        from baton.segment_member m
        left join baton.customer c on c.customer_id = m.customer_id
        left join baton.org_unit u on u.id = coalesce(c.org_id, m.org_id)
        where m.snapshot_id = s.id order by m.customer_id;
end;
$$;

-- ---- uploaded lists -------------------------------------------------------------------------------------

-- Each upload of a list stays under its number: a rule says `list('CODE', 3)`.
create table baton.list_upload (
    list_id bigint generated always as identity primary key,
    code text not null,
    upload int not null,
    key text not null,                  -- customer_id, phone, or an attribute
    file text not null,
    as_of date not null,
    read bigint not null,
    matched bigint not null,
    unmatched bigint not null,
    doubled bigint not null,
    uploaded_by text not null default session_user,
    uploaded_at timestamptz not null default clock_timestamp(),
    constraint list_upload_once unique (code, upload),
    constraint list_upload_counts check (read = matched + unmatched + doubled)
);

create table baton.list_member (
    list_id bigint not null,
    customer_id bigint not null,
    org_id int not null,
    primary key (list_id, customer_id)
);
grant select on baton.list_upload, baton.list_member to baton_operator;

-- Where an operator puts the keys of his file before `list_seal` takes them: insert only, and nobody reads them there,
-- for they may be phones. `by` is always the caller.
create table baton.list_intake (
    intake uuid not null,
    line bigint not null,
    value text not null,
    by text not null default session_user
);
grant insert (intake, line, value) on baton.list_intake to baton_operator;

-- Takes the keys of `intake` as the next upload of list `code`, and gives the lines that found no customer of their own:
-- `unknown` (no open customer has the key), `ambiguous` (several have), `doubled` (an earlier line found the same).
-- An attribute is read only if the caller himself may read it; a phone is compared here and shown to nobody.
create function baton.list_seal(intake uuid, code text, key text, file text)
returns table (line bigint, verdict text, value text)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    list bigint;
    number int;
    a baton.attribute;
    asked text;
    known text;
    stands text;
begin
    perform baton.require_duty('strategist');
    case list_seal.key
    when 'customer_id' then
        asked := $q$ case when i.value ~ '^-?[0-9]{1,18}$' then i.value::bigint end $q$;
        known := $q$ select c.customer_id as k, c.customer_id, c.org_id, 1::bigint as n
                     from baton.customer c where c.closed_on is null $q$;
    when 'phone' then
        asked := $q$ baton.plain_phone(i.value) $q$;
        known := $q$ select baton.plain_phone(c.phone) as k, min(c.customer_id) as customer_id, min(c.org_id) as org_id, count(*) as n
                     from baton.customer c where c.closed_on is null and c.phone is not null group by 1 $q$;
    else
        select * into a from baton.attribute d where d.code = list_seal.key;
        if a.code is null then
            raise exception using errcode = 'BT003', message = 'key', detail = list_seal.key;
        end if;
        if a.type not in ('category', 'number')
            or not has_column_privilege(session_user, format('%I.%I', a.schema_name, a.relation), a.column_name, 'select') then
            raise exception using errcode = 'BT113', message = a.type, detail = a.code;
        end if;
        if a.type = 'number' then
            asked := $q$ case when i.value ~ '^-?[0-9]{1,30}([.][0-9]{1,30})?$' then trim_scale(i.value::numeric) end $q$;
            stands := format('trim_scale(v.%I::numeric)', a.column_name);
        else
            asked := 'i.value';
            stands := format('v.%I', a.column_name);
        end if;
        known := format($q$ select %1$s as k, min(c.customer_id) as customer_id, min(c.org_id) as org_id, count(*) as n
                            from %2$I.%3$I v join baton.customer c on c.customer_id = v.customer_id
                            where c.closed_on is null and %1$s is not null group by 1 $q$, stands, a.schema_name, a.relation);
    end case;

    lock table baton.list_upload in share row exclusive mode;
    select coalesce(max(u.upload), 0) + 1 into number from baton.list_upload u where u.code = list_seal.code;
    insert into baton.list_upload (code, upload, key, file, as_of, read, matched, unmatched, doubled)
        values (list_seal.code, number, list_seal.key, list_seal.file, baton.today(), 0, 0, 0, 0) returning list_id into list;
    return query execute format($q$
        with judged as materialized (
            select i.line, i.value, k.customer_id, k.org_id,
                case when k.customer_id is null then 'unknown'
                     when k.n > 1 then 'ambiguous'
                     when row_number() over (partition by k.customer_id order by i.line) > 1 then 'doubled'
                     else 'matched' end as verdict
            from baton.list_intake i left join (%s) k on k.k = %s
            where i.intake = $1 and i.by = session_user
        ), kept as (
            insert into baton.list_member (list_id, customer_id, org_id)
                select $2, j.customer_id, j.org_id from judged j where j.verdict = 'matched'
        ), counted as (
            update baton.list_upload u set read = n.read, matched = n.matched, unmatched = n.unmatched, doubled = n.doubled
            from (select count(*) as read, count(*) filter (where j.verdict = 'matched') as matched,
                      count(*) filter (where j.verdict in ('unknown', 'ambiguous')) as unmatched,
                      count(*) filter (where j.verdict = 'doubled') as doubled from judged j) n
            where u.list_id = $2
        )
        select j.line, j.verdict, j.value from judged j where j.verdict <> 'matched' order by j.line
    $q$, known, asked) using list_seal.intake, list;
    delete from baton.list_intake i where i.intake = list_seal.intake and i.by = session_user;
    perform baton.note('list.upload', format('%s #%s', list_seal.code, number),
        (select jsonb_build_object('key', u.key, 'file', u.file, 'read', u.read, 'matched', u.matched)
         from baton.list_upload u where u.list_id = list));
end;
$$;

revoke execute on function baton.segment_save, baton.segment_give, baton.mask_name, baton.plain_phone, baton.mask_phone,
    baton.card_limit, baton.customer_card, baton.export_limit, baton.snapshot_export, baton.list_seal from public;
grant execute on function baton.segment_save, baton.segment_give, baton.mask_name, baton.plain_phone, baton.mask_phone, baton.card_limit,
    baton.customer_card, baton.export_limit, baton.snapshot_export, baton.list_seal to baton_operator;
