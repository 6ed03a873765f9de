-- Pushes are numbered one after the other. A sequence gives its number away even where the push is refused then, and so leaves a
-- gap that looks like a push nobody can find; a row that is counted up in the push's own transaction goes back with it. Pushes
-- stand in line anyway: who applies one holds the table.
create table baton.push_count (
    one bool primary key default true constraint push_count_is_one_row check (one),
    pushes bigint not null
);
insert into baton.push_count (pushes) select coalesce(max(p.id), 0) from baton.push p;

create function baton.push_number() returns bigint
language sql volatile set search_path = baton, pg_temp
as $$ update baton.push_count set pushes = pushes + 1 returning pushes; $$;

alter table baton.push alter column id drop identity;
alter table baton.push alter column id set default baton.push_number();

revoke execute on function baton.push_number from public;
