-- The bank's records and Baton's own, as baton_owner. Functions that change them are in the later files.
-- Rules of the schema: ARCHITECTURE.md. Money is bigint in minor units of the bank's currency.

create schema if not exists baton;  -- the record of migrations is there first
create schema raw;      -- a manifest's files as they stand, all text
create schema load;     -- a manifest's results, checked by Baton, waiting to be taken in
grant usage on schema baton to baton_operator;
grant usage on schema raw to baton_operator, baton_sandbox;
grant usage on schema load to baton_operator;

-- ---- reference ------------------------------------------------------------------------------------------

create table baton.bank (
    one bool primary key default true constraint bank_is_one check (one),
    name text not null,
    as_of date not null,
    currency text not null,
    digits smallint not null,
    timezone text not null,
    loaded_at timestamptz not null default clock_timestamp()
);

create table baton.tier (
    code text primary key,
    zh text not null,
    en text not null,
    from_minor bigint unique            -- null for the lowest, which has no lower bound
);

create table baton.org_unit (
    id int generated always as identity primary key,
    code text not null constraint org_unit_code_once unique,
    parent_id int references baton.org_unit,
    kind text not null constraint org_unit_kind check (kind in ('hq', 'branch', 'subbranch', 'center')),
    name text not null,
    class text,
    path int[] not null,                -- ids from the root down to this unit
    closed_on date
);
create unique index org_unit_one_root on baton.org_unit ((true)) where parent_id is null and closed_on is null;

create table baton.staff (
    id int generated always as identity primary key,
    code text not null constraint staff_code_once unique,
    org_id int not null references baton.org_unit,
    name text not null,
    role text,
    capacity int,
    closed_on date
);

create table baton.operator (
    name text primary key,
    duties text[] not null constraint operator_duties_known
        check (duties <@ array['strategist', 'approver', 'auditor', 'viewer', 'loader', 'branch']),
    org_id int references baton.org_unit,
    created_at timestamptz not null default clock_timestamp(),
    -- Only who has every duty, the owner of a private cluster, signs without a unit of his own.
    constraint branch_operator_has_org check (not 'branch' = any (duties) or org_id is not null
        or duties @> array['strategist', 'approver', 'auditor', 'viewer', 'loader', 'branch'])
);

create table baton.attribute (
    code text primary key,
    type text not null constraint attribute_type check (type in ('flag', 'category', 'number', 'money', 'date')),
    zh text not null,
    en text not null,
    source text,
    relation text not null,             -- a customer-grain relation of schema baton, such as attr_1
    column_name text not null,
    refreshed_on date,                  -- the as-of date of the load that last brought it
    unique (relation, column_name)
);

-- The values that a category has been seen with, so that a rule can be checked without reading customers.
create table baton.category_value (
    attribute text not null references baton.attribute,
    value text not null,
    customers bigint not null default 0,
    primary key (attribute, value)
);

create table baton.event_kind (
    id smallint generated always as identity primary key,
    code text not null unique
);

create table baton.metric (
    code text primary key,
    zh text not null,
    en text not null,
    kind text not null constraint metric_kind check (kind in ('flow', 'stock', 'ratio')),
    unit text,                          -- 'money': values are minor units
    formula text,                       -- on the parent only: customers * aum_per_customer
    ordinal int not null default 0      -- order of the manifest
);

create table baton.target (
    metric text not null references baton.metric,
    org_id int not null references baton.org_unit,
    period text not null,
    value bigint not null,
    primary key (metric, org_id, period)
);

-- ---- customer grain: customer_id in every key, org_id beside it, no foreign key to another customer's row ----

create table baton.customer (
    customer_id bigint primary key,
    org_id int not null,
    rm_id int,
    name text,
    phone text,
    opened_on date,
    birth_date date,
    gender text constraint customer_gender check (gender in ('F', 'M')),
    aum bigint,
    no_contact bool,
    closed_on date                      -- closed customers stay, and are in no segment
) partition by list (customer_id);      -- one partition, exchanged whole by each import (0003)
create table baton.customer_0 partition of baton.customer default;
create index customer_by_org on baton.customer (org_id);

create table baton.event (
    customer_id bigint not null,
    at timestamptz not null,
    kind smallint not null,
    ref text not null,
    org_id int not null,
    amount bigint,
    detail text,
    primary key (customer_id, at, kind, ref)
);

create table baton.metric_fact (
    metric text not null,
    day date not null,
    org_id int not null,
    value bigint,
    numerator bigint,
    denominator bigint,
    primary key (metric, day, org_id),
    constraint fact_is_value_or_ratio check ((value is null) <> (numerator is null) and (numerator is null) = (denominator is null))
) partition by range (day);

-- ---- authoring -----------------------------------------------------------------------------------------

create table baton.segment_version (
    code text not null constraint segment_version_code check (code ~ '^[^[:space:]]{1,40}$'),
    version int not null,
    name text not null constraint segment_version_name check (name ~ '[^[:space:]]'),
    rule text not null constraint segment_version_rule check (rule ~ '[^[:space:]]'), -- canonical form
    author text not null default session_user,
    created_at timestamptz not null default clock_timestamp(),
    primary key (code, version)
);

create table baton.snapshot (
    id bigint generated always as identity primary key,
    segment text not null,
    version int not null,
    as_of date not null,
    customers bigint not null,
    hash bytea not null,                -- SHA-256 over the sorted ids, eight bytes each, big end first
    taken_by text not null default session_user,
    taken_at timestamptz not null default clock_timestamp(),
    foreign key (segment, version) references baton.segment_version
);

create table baton.segment_member (
    snapshot_id bigint not null,
    customer_id bigint not null,
    org_id int not null,
    primary key (snapshot_id, customer_id)
);

-- Where an operator's own query puts the members it found, before `snapshot_seal` takes them. Insert only, and
-- `by` is always the caller: so the rule runs with the operator's rights, not the owner's.
create table baton.member_intake (
    intake uuid not null,
    customer_id bigint not null,
    by text not null default session_user,
    primary key (intake, by, customer_id)
);

create table baton.strategy_version (
    code text not null constraint strategy_version_code check (code ~ '^[^[:space:]]{1,40}$'),
    version int not null,
    state text not null default 'draft' constraint strategy_state check (state in ('draft', 'submitted', 'approved')),
    name text not null constraint strategy_version_name check (name ~ '[^[:space:]]'),
    segment text not null,
    segment_version int,                -- pinned by submit
    deadline_days int not null constraint deadline_days_range check (deadline_days between 1 and 366),
    control_ppm int not null constraint control_share_range check (control_ppm between 0 and 900000),
    seed bigint not null,
    product text not null constraint strategy_version_product check (product ~ '[^[:space:]]'),
    benefit text not null,
    script text not null constraint strategy_version_script check (script ~ '[^[:space:]]'),
    hash bytea,                         -- of `strategy_content`, set by submit
    author text not null default session_user,
    created_at timestamptz not null default clock_timestamp(),
    submitted_at timestamptz,
    primary key (code, version),
    constraint strategy_version_text unique (code, version, hash, author),
    constraint submitted_is_pinned check (state = 'draft' or (hash is not null and segment_version is not null)),
    foreign key (segment, segment_version) references baton.segment_version (code, version)
);

create table baton.approval (
    strategy text not null,
    version int not null,
    hash bytea not null,
    author text not null,
    approver text not null default session_user,
    approved_at timestamptz not null default clock_timestamp(),
    primary key (strategy, version),
    constraint approval_text unique (strategy, version, hash),
    constraint approval_not_by_author check (approver <> author),
    constraint approval_names_current_text
        foreign key (strategy, version, hash, author) references baton.strategy_version (code, version, hash, author)
);

-- ---- flow ----------------------------------------------------------------------------------------------

create table baton.push_plan (
    id bigint generated always as identity primary key,
    strategy text not null,
    version int not null,
    hash bytea not null,
    snapshot_id bigint not null references baton.snapshot,
    as_of date not null,
    home bigint,                        -- where its list lies; null once it has been forgotten
    customers int not null,
    treated int not null,
    control int not null,
    planned_by text not null default session_user,
    planned_at timestamptz not null default clock_timestamp(),
    constraint plan_of_approved_text foreign key (strategy, version, hash) references baton.approval (strategy, version, hash)
);

-- The lists, and the tasks: a row is one customer of a plan, his arm, or why he is left off. A task is a treated row of a
-- plan that was pushed, so a push copies nothing. Rows lie in homes: those of small plans share home 0, a large plan's
-- have one of their own, filled first and indexed after; ended ones are merged (`push_archive`). The key stands on the
-- homes: (plan_id, customer_id), or (customer_id) where a home has one plan. Whoever reads a list says its home, and
-- then no other is touched.
create table baton.plan_member (
    home bigint not null,
    plan_id bigint not null,
    customer_id bigint not null,
    org_id int not null,
    rm_id int,
    arm text constraint plan_member_arm check (arm in ('treated', 'control')),
    blocked text,                       -- no_contact, live_strategy
    constraint plan_member_arm_or_blocked check ((arm is null) <> (blocked is null))
) partition by list (home);
create table baton.plan_member_0 partition of baton.plan_member (primary key (plan_id, customer_id)) for values in (0);
create index plan_member_0_by_customer on baton.plan_member_0 (customer_id);

-- What homes there are. One that was merged or whose plan was forgotten is `left_at` that time, and dropped when nobody
-- can still be reading it.
create table baton.plan_home (
    home bigint primary key,
    customers bigint not null,
    left_at timestamptz
);
insert into baton.plan_home (home, customers) values (0, 0);    -- 0 is not counted
create sequence baton.plan_home_number;

create table baton.push (
    id bigint generated always as identity primary key,
    plan_id bigint not null constraint push_once_per_plan unique references baton.push_plan,
    strategy text not null,
    version int not null,
    hash bytea not null,
    home bigint not null references baton.plan_home,    -- where the list of the plan lies
    as_of date not null,
    deadline date not null,
    customers int not null,
    treated int not null,
    control int not null,
    millis int not null,                -- how long the transaction took
    pushed_by text not null default session_user,
    pushed_at timestamptz not null default clock_timestamp(),
    constraint push_of_approved_text foreign key (strategy, version, hash) references baton.approval (strategy, version, hash)
);

create table baton.branch_order (
    push_id bigint not null references baton.push,
    org_id int not null references baton.org_unit,
    tasks int not null,
    control int not null,
    rms int not null,
    open int not null,                  -- kept by the functions that write tasks and outcomes
    done int not null,
    deadline date not null,
    signed_at timestamptz,
    signed_by text,
    primary key (push_id, org_id),
    constraint branch_order_counts check (open >= 0 and done >= 0 and open + done = tasks)
);

-- For people with psql. Baton itself asks for a list by its home.
create view baton.push_member with (security_invoker = true) as
    select p.id as push_id, m.customer_id, m.org_id, m.rm_id, m.arm, m.blocked
    from baton.push p join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id;
create view baton.task with (security_invoker = true) as
    select m.push_id, m.customer_id, m.org_id, m.rm_id from baton.push_member m where m.arm = 'treated';

create table baton.outcome (
    push_id bigint not null,
    customer_id bigint not null,
    at timestamptz not null,
    outcome text not null constraint outcome_known
        check (outcome in ('no_answer', 'refused', 'considering', 'appointment', 'sold', 'bad_number')),
    org_id int not null,
    amount bigint,
    note text,
    late bool not null,                 -- after the order's deadline
    contamination bool not null,        -- a customer of the control group was contacted
    taken_at timestamptz not null default clock_timestamp(),
    taken_by text not null default session_user,
    primary key (push_id, customer_id, at, outcome)
);

create table baton.import_run (
    id bigint generated always as identity primary key,
    as_of date not null,
    source text not null,
    loaded jsonb not null,
    rejected jsonb not null,
    run_by text not null default session_user,
    run_at timestamptz not null default clock_timestamp()
);

create table baton.audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    operator text not null default session_user,
    action text not null,               -- push.apply
    subject text not null,              -- ST-014 v1
    detail jsonb not null default '{}'
);

grant select on all tables in schema baton to baton_operator;
-- Names and phones are nobody's to read by a login: what shows them will be a function that masks them.
revoke select on baton.customer from baton_operator;
grant select (customer_id, org_id, rm_id, opened_on, birth_date, gender, aum, no_contact, closed_on)
    on baton.customer to baton_operator;
grant insert (intake, customer_id) on baton.member_intake to baton_operator;
