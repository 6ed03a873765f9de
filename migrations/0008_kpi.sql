-- What KPI questions read by. They only read, so there are no functions here.

-- A stock on a day is each unit's last fact on or before it: one descent of this index per unit and metric, however
-- long the history is. The primary key serves whole days.
create index metric_fact_by_unit on baton.metric_fact (metric, org_id, day);
