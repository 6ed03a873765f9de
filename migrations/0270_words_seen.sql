-- Words that cannot be seen are none, wherever somebody has to say something: a zero-width space is no reason.

-- What it says is no secret, and a check is made by whoever writes.
grant execute on function baton.is_blank to public;

-- Rows of before stay as they are.
alter table baton.coaching
    drop constraint coaching_seen,
    add constraint coaching_seen check (not baton.is_blank(seen) and char_length(seen) <= 2000) not valid,
    drop constraint coaching_agreed,
    add constraint coaching_agreed check (not baton.is_blank(agreed) and char_length(agreed) <= 2000) not valid;
alter table baton.coaching_check
    drop constraint coaching_said,
    add constraint coaching_said check (not baton.is_blank(said) and char_length(said) <= 2000) not valid;
alter table baton.review
    drop constraint review_remark,
    add constraint review_remark check (not baton.is_blank(remark) and char_length(remark) <= 4000) not valid;
alter table baton.score_card
    drop constraint score_card_name,
    add constraint score_card_name check (not baton.is_blank(name) and char_length(name) <= 200) not valid;
alter table baton.test_push
    drop constraint test_push_answer,
    add constraint test_push_answer check (answer is null or not baton.is_blank(answer) and char_length(answer) <= 2000) not valid;
alter table baton.alert
    drop constraint alert_name,
    add constraint alert_name check (not baton.is_blank(name)) not valid;
alter table baton.blackout
    drop constraint blackout_reason,
    add constraint blackout_reason check (not baton.is_blank(reason)) not valid;
alter table baton.finding
    drop constraint finding_text,
    add constraint finding_text check (not baton.is_blank(text)) not valid,
    add constraint finding_closing check (state <> 'closed' or not baton.is_blank(closing)) not valid;
alter table baton.metric_definition
    drop constraint metric_definition_owner,
    add constraint metric_definition_owner check (not baton.is_blank(owner)) not valid,
    drop constraint metric_definition_text,
    add constraint metric_definition_text check (not baton.is_blank(text)) not valid;
alter table baton.moment_version
    drop constraint moment_version_name,
    add constraint moment_version_name check (not baton.is_blank(name)) not valid,
    add constraint moment_version_note check (note is null or note = '' or not baton.is_blank(note)) not valid;
alter table baton.operator
    drop constraint operator_person,
    add constraint operator_person check (person is null or not baton.is_blank(person)) not valid;
alter table baton.segment_version
    drop constraint segment_version_name,
    add constraint segment_version_name check (not baton.is_blank(name)) not valid,
    add constraint segment_version_note check (note is null or note = '' or not baton.is_blank(note)) not valid;
alter table baton.strategy_exclusion
    drop constraint strategy_exclusion_note,
    add constraint strategy_exclusion_note check (not baton.is_blank(note)) not valid;
alter table baton.strategy_version
    drop constraint strategy_version_name,
    add constraint strategy_version_name check (not baton.is_blank(name)) not valid,
    drop constraint strategy_version_product,
    add constraint strategy_version_product check (not baton.is_blank(product)) not valid,
    drop constraint strategy_version_script,
    add constraint strategy_version_script check (not baton.is_blank(script)) not valid;

-- As in 0171; a note that cannot be seen is none.
create or replace function baton.task_refer(push bigint, customer bigint, org text, rm text, due date, credit int, note text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    t baton.held_task;
    s baton.staff;
    unit int;
    place int;
begin
    perform baton.require_duty('branch');
    p := baton.require_push(push);
    lock table baton.referral in share row exclusive mode;
    t := baton.require_task(push, customer);
    if task_refer.rm is not null then
        s := baton.require_rm(task_refer.rm);
        unit := s.org_id;
    end if;
    if task_refer.org is not null and coalesce(unit, baton.require_org(task_refer.org)) <> baton.require_org(task_refer.org) then
        raise exception using errcode = 'BT404', message = 'other_unit', detail = task_refer.rm;
    end if;
    unit := coalesce(unit, baton.require_org(coalesce(task_refer.org, '')));
    if unit = t.org_id and (s.id is null or s.id = t.rm_id) then
        raise exception using errcode = 'BT404', message = 'same_hands', detail = coalesce(task_refer.rm, task_refer.org);
    end if;
    if exists (select from baton.org_unit u where u.id = unit and u.closed_on is not null) then
        raise exception using errcode = 'BT003', message = 'org_unit', detail = coalesce(task_refer.org, task_refer.rm);
    end if;
    if task_refer.due < baton.bank_day() or task_refer.due > p.deadline then
        raise exception using errcode = 'BT405', message = 'due', detail = p.deadline::text;
    end if;
    if task_refer.credit is null or task_refer.credit not between 0 and 100 then
        raise exception using errcode = 'BT405', message = 'credit', detail = coalesce(task_refer.credit::text, '-');
    end if;
    update baton.referral f set state = 'lapsed', answered_at = clock_timestamp()
        where f.push_id = push and f.customer_id = customer and f.state = 'offered' and f.due < baton.bank_day();
    if exists (select from baton.referral f where f.push_id = push and f.customer_id = customer and f.state = 'offered') then
        raise exception using errcode = 'BT410', message = 'pending', detail = customer::text;
    end if;
    select coalesce(max(f.n), 0) + 1 into place from baton.referral f where f.push_id = push and f.customer_id = customer;
    insert into baton.referral (push_id, customer_id, n, org_id, rm_id, from_org_id, from_rm_id, due, credit, note)
        values (push, customer, place, unit, s.id, t.org_id, t.rm_id, task_refer.due, task_refer.credit,
            case when not baton.is_blank(task_refer.note) then left(btrim(task_refer.note), 2000) end);
    perform baton.tell(push, 'offered', 1, unit);
    if s.id is not null then
        perform baton.tell(push, 'offered', 1, unit, s.id);
    end if;
    perform baton.note('task.refer', format('push %s customer %s', push, customer),
        jsonb_build_object('org', (select u.code from baton.org_unit u where u.id = unit), 'rm', task_refer.rm, 'due', task_refer.due,
            'credit', task_refer.credit));
    return place;
end;
$$;

-- As in 0048; a reason that cannot be seen is none.
create or replace function baton.task_answer(push bigint, customer bigint, accept bool, reason text default null) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    f baton.referral;
    word text := case when accept then 'accepted' else 'declined' end;
begin
    perform baton.require_duty('branch');
    lock table baton.outcome in share row exclusive mode;
    select * into f from baton.referral r
        where r.push_id = task_answer.push and r.customer_id = customer and r.state = 'offered' for update;
    if f.push_id is null then
        raise exception using errcode = 'BT003', message = 'referral', detail = customer::text;
    end if;
    perform baton.require_unit(f.org_id);
    if baton.own_staff() is not null and baton.own_staff() is distinct from f.rm_id then
        raise exception using errcode = 'BT402', message = 'foreign_task', detail = customer::text;
    end if;
    if accept and f.due < baton.bank_day() then
        raise exception using errcode = 'BT410', message = 'expired', detail = f.due::text;
    end if;
    update baton.referral r set state = word, answered_by = session_user, answered_at = clock_timestamp(),
        reason = case when not baton.is_blank(task_answer.reason) then left(btrim(task_answer.reason), 2000) end
        where r.push_id = f.push_id and r.customer_id = f.customer_id and r.n = f.n;
    if accept then
        perform baton.tasks_move(f.push_id, array[customer], array[f.org_id], array[f.rm_id], 'referred');
    end if;
    perform baton.tell(f.push_id, word, 1, f.from_org_id);
    if f.from_rm_id is not null then
        perform baton.tell(f.push_id, word, 1, f.from_org_id, f.from_rm_id);
    end if;
    perform baton.note('task.answer', format('push %s customer %s', f.push_id, customer), jsonb_build_object('accepted', accept));
end;
$$;
