-- The bank's calendar: which days people work, when nothing new may reach the branches, and the hours of the day.

-- Days that are not what their weekday says: a holiday in the week, or a day at the weekend that is worked instead.
create table baton.calendar (
    day date primary key,
    kind text not null constraint calendar_kind check (kind in ('holiday', 'working')),
    name text not null default ''
);

-- Days on which no push goes out, such as the year's end.
create table baton.blackout (
    from_day date not null,
    to_day date not null,
    reason text not null constraint blackout_reason check (reason ~ '[^[:space:]]'),
    primary key (from_day, to_day),
    constraint blackout_range check (to_day between from_day and from_day + 366)
);
grant select on baton.calendar, baton.blackout to baton_operator;

-- Hours of the bank's day, in minutes after midnight of its time zone. Office hours are those in which deadlines run;
-- in quiet hours nobody is reminded and no customer is written to. Quiet hours may go over midnight.
insert into baton.policy (key, value, low, high) values
    ('office_from', 540, 0, 1440), ('office_to', 1080, 0, 1440),
    ('quiet_from', 1200, 0, 1440), ('quiet_to', 540, 0, 1440);

-- People work on that day: the calendar says so, or it says nothing and the day is one from Monday to Friday.
create function baton.working_day(day date) returns bool
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce((select c.kind = 'working' from baton.calendar c where c.day = $1), extract(isodow from $1) < 6);
$$;

-- Why nothing may be pushed on that day; null if it may.
create function baton.blackout_on(day date) returns text
language sql stable set search_path = baton, pg_temp
as $$
    select min(b.reason) from baton.blackout b where $1 between b.from_day and b.to_day;
$$;

-- The bank's clock at that moment.
create function baton.bank_time(at timestamptz) returns timestamp
language sql stable set search_path = baton, pg_temp
as $$
    select $1 at time zone coalesce((select b.timezone from baton.bank b), 'UTC');
$$;

-- That moment lies in the quiet hours. Where they end when they begin, or the bank has set none, there are none.
create function baton.quiet_at(at timestamptz) returns bool
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce(case when h.f < h.t then h.m >= h.f and h.m < h.t
                         when h.f > h.t then h.m >= h.f or h.m < h.t end, false)
    from (select baton.policy('quiet_from') as f, baton.policy('quiet_to') as t,
                 extract(hour from c.at) * 60 + extract(minute from c.at) as m
          from (select baton.bank_time($1) as at) c) h;
$$;

-- The moment at which so many working hours have gone by since `at`: only office hours of working days count. For 0, or
-- fewer, hours it is `at` itself if that is in office hours, else the next opening. More than ten years of whole days are
-- ten years. Where the bank has set no office hours, or such as end before they begin, the whole working day counts.
create function baton.working_hours_after(at timestamptz, hours int) returns timestamptz
language plpgsql stable strict set search_path = baton, pg_temp
as $$
declare
    zone text := coalesce((select b.timezone from baton.bank b), 'UTC');
    here timestamp := at at time zone zone;
    day date := here::date;
    opens interval := make_interval(mins => coalesce(baton.policy('office_from'), 0)::int);
    closes interval := make_interval(mins => coalesce(baton.policy('office_to'), 1440)::int);
    rest interval := make_interval(hours => least(greatest(hours, 0), 87600));
    start timestamp;
begin
    if closes <= opens then
        opens := interval '0';
        closes := interval '24 hours';
    end if;
    loop
        if baton.working_day(day) then
            start := greatest(here, day + opens);
            if start < day + closes then
                if start + rest <= day + closes then
                    return (start + rest) at time zone zone;
                end if;
                rest := rest - (day + closes - start);
            end if;
        end if;
        day := day + 1;
    end loop;
end;
$$;

-- Takes in a calendar: rows of first day, last day, kind (`holiday`, `working`, `blackout`) and name. It says all of its
-- years: of each year in which a row begins, earlier rows of the same sort (days, or blackouts) are replaced. Gives how many
-- days and blackouts it has brought.
create function baton.calendar_put(from_days date[], to_days date[], kinds text[], names text[]) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    years int[];
    dark_years int[];
    days int;
    dark int;
begin
    perform baton.require_duty('loader');
    lock table baton.calendar, baton.blackout in share row exclusive mode;
    select array_agg(distinct extract(year from f)::int) filter (where kind <> 'blackout'),
        array_agg(distinct extract(year from f)::int) filter (where kind = 'blackout')
    into years, dark_years
    from unnest(from_days, kinds) as r (f, kind);
    delete from baton.calendar c where extract(year from c.day)::int = any (years);
    delete from baton.blackout b where extract(year from b.from_day)::int = any (dark_years);
    insert into baton.calendar (day, kind, name)
        select d::date, r.kind, coalesce(r.name, '')
        from unnest(from_days, to_days, kinds, names) as r (f, t, kind, name)
        cross join lateral generate_series(r.f::timestamp, least(r.t, r.f + 366)::timestamp, interval '1 day') d
        where r.kind <> 'blackout';
    get diagnostics days = row_count;
    insert into baton.blackout (from_day, to_day, reason)
        select r.f, r.t, r.name from unnest(from_days, to_days, kinds, names) as r (f, t, kind, name) where r.kind = 'blackout';
    get diagnostics dark = row_count;
    perform baton.note('calendar.put', coalesce(array_to_string(years || dark_years, ', '), ''),
        jsonb_build_object('days', days, 'blackouts', dark));
    return days + dark;
end;
$$;

revoke execute on function baton.working_day, baton.blackout_on, baton.bank_time, baton.quiet_at, baton.working_hours_after,
    baton.calendar_put from public;
grant execute on function baton.working_day, baton.blackout_on, baton.bank_time, baton.quiet_at, baton.working_hours_after,
    baton.calendar_put to baton_operator;
