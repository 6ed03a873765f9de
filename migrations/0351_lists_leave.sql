-- What leaves in a file, further: whoever may not export a snapshot does not get round it by the list of its members. His files count as his
-- lists do, customer by customer.

-- As in 0210, but for what leaves with somebody who is no strategist: it is shown to him, and counted as that.
create or replace function baton.look_at_list(action text, subject text, detail jsonb, rows bigint) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    shown bigint;
    own bool := action = 'task.list';
    most bigint := case when own then baton.task_list_limit() else baton.list_limit() end;
    noted jsonb := detail || jsonb_build_object('rows', rows);
begin
    perform baton.require_looker();
    if not own and baton.own_staff() is not null then
        raise exception using errcode = 'BT408', message = 'own_tasks';
    end if;
    if baton.list_leaves() and (own or baton.has_duty('strategist')) then
        perform baton.note(action, subject, noted || jsonb_build_object('file', true));
        return;
    end if;
    select coalesce(sum((a.detail ->> 'rows')::bigint), 0) into shown from baton.audit a
        where not a.detail ? 'file' and a.operator = session_user and a.at > clock_timestamp() - interval '1 day' and case when own then a.action = 'task.list'
            else a.action in ('segment.members', 'segment.compare', 'moment.hits', 'push.members') end;
    if shown + rows > most then
        raise exception using errcode = 'BT112', message = 'list_limit', detail = most::text;
    end if;
    perform baton.note(action, subject, noted || case when baton.list_leaves() then jsonb_build_object('left', true) else '{}' end);
end;
$$;
