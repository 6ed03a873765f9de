-- What a review found is a difference of two shares: it is counted in percentage points (in millionths), not in percent of anything.
alter table baton.finding drop constraint finding_unit;
alter table baton.finding add constraint finding_unit check (unit in ('customers', 'money', 'number', 'ppm', 'points'));
