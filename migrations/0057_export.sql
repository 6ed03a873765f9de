-- Tables that leave the bank as files: the audit knows of each before there is a file.

-- Notes that `rows` rows with these columns go into a file, and refuses more than may leave at once. Whoever may read a
-- table may take it; lists of customers have their own walls and counts before this one.
create function baton.table_exported(family text, columns text[], rows bigint, file text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    if not exists (select from baton.operator o where o.name = session_user) then
        raise exception using errcode = 'BT001', message = 'operator';
    end if;
    if rows > baton.export_limit() then
        raise exception using errcode = 'BT111', message = 'export_limit', detail = format('%s %s', rows, baton.export_limit());
    end if;
    perform baton.note('table.export', family, jsonb_build_object('columns', columns, 'rows', rows, 'file', left(file, 255)));
end;
$$;

revoke execute on function baton.table_exported from public;
grant execute on function baton.table_exported to baton_operator;
