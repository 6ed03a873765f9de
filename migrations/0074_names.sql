-- A segment's name stands in rows of tables: one of thousands of characters is none. Those that stand already stay.
alter table baton.segment_version
    add constraint segment_version_name_length check (char_length(name) <= 100) not valid;
