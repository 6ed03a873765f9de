//! The bank's calendar: taken in from a file, read by days, and what runs on them.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::StoreError;
use crate::domain::agenda::{Agenda, Ahead, Planned, Running, Shared};
use crate::domain::calendar::{DayKind, Entry, days, month};
use crate::domain::clean::clean;
use crate::domain::id::PushId;

/// Takes a calendar in and gives how many days and blackouts it has brought. It replaces what stood for its years.
///
/// # Errors
/// Any [`StoreError`].
pub async fn put(db: &mut PgConnection, entries: &[Entry]) -> Result<i32, StoreError> {
    let from: Vec<NaiveDate> = entries.iter().map(|entry| entry.from).collect();
    let to: Vec<NaiveDate> = entries.iter().map(|entry| entry.to).collect();
    let kinds: Vec<String> = entries.iter().map(|entry| entry.kind.code().to_owned()).collect();
    let names: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    let brought = sqlx::query_scalar!(
        r#"select baton.calendar_put($1, $2, $3, $4) as "n!""#,
        &from,
        &to,
        &kinds,
        &names
    )
    .fetch_one(db)
    .await?;
    Ok(brought)
}

/// What the calendar says of the days from `first` up to and without `end`.
///
/// # Errors
/// Any [`StoreError`].
pub async fn entries(
    db: &mut PgConnection,
    first: NaiveDate,
    end: NaiveDate,
) -> Result<Vec<Entry>, StoreError> {
    let rows = sqlx::query!(
        r#"select c.day as "from_day!", c.day as "to_day!", c.kind as "kind!", c.name as "name!" from baton.calendar c
           where c.day >= $1 and c.day < $2
           union all
           select b.from_day, b.to_day, 'blackout', b.reason from baton.blackout b where b.to_day >= $1 and b.from_day < $2
           order by 1, 2"#,
        first,
        end
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().filter_map(|row| {
        Some(Entry {
            from: row.from_day,
            to: row.to_day,
            kind: DayKind::from_code(&row.kind)?,
            name: clean(&row.name).into_owned(),
        })
    });
    Ok(rows.collect())
}

/// What the bank has set for that stretch of the day; none if a side is not set, or both are the same.
async fn clock(
    db: &mut PgConnection,
    from: &str,
    to: &str,
) -> Result<Option<(i64, i64)>, StoreError> {
    let row = sqlx::query!(
        r#"select baton.policy($1) as "from_at?", baton.policy($2) as "to_at?""#,
        from,
        to
    )
    .fetch_one(db)
    .await?;
    Ok(row.from_at.zip(row.to_at).filter(|(from, to)| from != to))
}

/// What runs in the month of that day and what is planned in it, as far as the caller may see orders.
///
/// # Errors
/// Any [`StoreError`].
pub async fn agenda(db: &mut PgConnection, day: NaiveDate) -> Result<Agenda, StoreError> {
    let (first, end) = month(day).unwrap_or((day, day));
    let entries = entries(db, first, end).await?;
    let mut ahead = waves(db, first, end).await?;
    ahead.extend(reviews(db, first, end).await?);
    ahead.sort_by_key(|plan| plan.day);
    let mut agenda = Agenda {
        days: days(first, end, &entries),
        running: running(db, first, end).await?,
        ahead,
        shared: vec![],
        quiet: clock(db, "quiet_from", "quiet_to").await?,
        office: clock(db, "office_from", "office_to").await?,
    };
    agenda.shared = shared(db, &agenda.meeting()).await?;
    Ok(agenda)
}

/// Pushes of which a day lies from `first` up to and without `end`. A push ends with its last deadline; with the recall, if
/// every order was recalled.
async fn running(
    db: &mut PgConnection,
    first: NaiveDate,
    end: NaiveDate,
) -> Result<Vec<Running>, StoreError> {
    let rows = sqlx::query!(
        r#"select r.id as "id!", r.strategy as "strategy!", r.version as "version!", r.wave as "wave!", r.name as "name!",
                  r.from_day as "from_day!", r.to_day as "to_day!", r.tasks as "tasks!"
           from (select p.id, p.strategy, p.version, p.wave, v.name, p.as_of as from_day, o.tasks,
                     case when o.recalled is null then o.deadline
                          else least(o.deadline, greatest(p.as_of, (o.recalled at time zone b.timezone)::date)) end as to_day
                 from baton.push p cross join baton.bank b
                 join baton.strategy_version v on v.code = p.strategy and v.version = p.version
                 cross join lateral (
                     select sum(k.tasks)::bigint as tasks, max(k.deadline) as deadline,
                         case when bool_and(k.recalled_at is not null) then max(k.recalled_at) end as recalled
                     from baton.branch_order k where k.push_id = p.id) o
                 where p.as_of < $2 and p.deadline >= $1 and o.tasks is not null) r
           where r.to_day >= $1 order by r.from_day, r.id"#,
        first,
        end
    )
    .fetch_all(db)
    .await?;
    let word = |text: &str| clean(text).into_owned();
    Ok(rows
        .into_iter()
        .map(|row| Running {
            push: PushId(row.id),
            strategy: word(&row.strategy),
            name: word(&row.name),
            version: row.version,
            wave: row.wave,
            from: row.from_day,
            to: row.to_day,
            tasks: row.tasks,
        })
        .collect())
}

/// Waves that wait for a day of these, and approved strategies that begin on one. A wave after an anchor comes a little every
/// day and stands on the bank's own. They are the mid-office's: who has a unit is told of none.
async fn waves(
    db: &mut PgConnection,
    first: NaiveDate,
    end: NaiveDate,
) -> Result<Vec<Ahead>, StoreError> {
    let rows = sqlx::query!(
        r#"select w.strategy as "strategy!", w.version as "version!", w.wave as "wave!", w.due as "due!",
                  coalesce(nullif(concat_ws(' / ', v.name, w.name), ''), v.code) as "name!"
           from (select d.* from baton.waves_due(($2::date - 1)) d
                 join baton.strategy_version k on k.code = d.strategy and k.version = d.version
                 cross join baton.wave_of(k.body::jsonb, d.wave) a where a.anchor is null
                 union all
                 select d.* from baton.waves_due(baton.today()) d
                 join baton.strategy_version k on k.code = d.strategy and k.version = d.version
                 cross join baton.wave_of(k.body::jsonb, d.wave) a where a.anchor is not null
                 union all
                 select k.code, k.version, 1, k.body::jsonb #>> '{wave,0,name}', a.on_date
                 from baton.strategy_version k cross join baton.wave_of(k.body::jsonb, 1) a
                 where k.state = 'approved' and a.on_date is not null
                     and not exists (select from baton.push p where p.strategy = k.code and p.version = k.version)
                     and not exists (select from baton.strategy_shelf h where h.code = k.code)) w
           join baton.strategy_version v on v.code = w.strategy and v.version = w.version
           where w.due >= $1 and w.due < $2 and baton.sees_all()
           order by w.due, w.strategy, w.wave"#,
        first,
        end
    )
    .fetch_all(db)
    .await?;
    let word = |text: &str| clean(text).into_owned();
    Ok(rows
        .into_iter()
        .map(|row| Ahead {
            day: row.due,
            what: Planned::Wave { wave: row.wave },
            strategy: word(&row.strategy),
            version: row.version,
            name: word(&row.name),
        })
        .collect())
}

/// Planned days of reviews: the strategy's own, else the day after the deadline. For who has a unit, of its pushes.
async fn reviews(
    db: &mut PgConnection,
    first: NaiveDate,
    end: NaiveDate,
) -> Result<Vec<Ahead>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.id, p.strategy, p.version, v.name, coalesce(p.as_of + v.review_days, p.deadline + 1) as "due!",
                  baton.review_standing(p.id) = 'closed' as "closed!"
           from baton.push p
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           where coalesce(p.as_of + v.review_days, p.deadline + 1) >= $1
               and coalesce(p.as_of + v.review_days, p.deadline + 1) < $2
               and exists (select from baton.branch_order o where o.push_id = p.id)
           order by 5, p.id"#,
        first,
        end
    )
    .fetch_all(db)
    .await?;
    let word = |text: &str| clean(text).into_owned();
    Ok(rows
        .into_iter()
        .map(|row| Ahead {
            day: row.due,
            what: Planned::Review { push: PushId(row.id), closed: row.closed },
            strategy: word(&row.strategy),
            version: row.version,
            name: word(&row.name),
        })
        .collect())
}

/// Who holds tasks in two or more of these pushes, grouped by which. Each list is read once, in its own home.
async fn shared(db: &mut PgConnection, pushes: &[PushId]) -> Result<Vec<Shared>, StoreError> {
    if pushes.len() < 2 {
        return Ok(vec![]);
    }
    let ids: Vec<i64> = pushes.iter().map(|push| push.0).collect();
    let rows = sqlx::query!(
        r#"with held as (
               select p.id, l.customer_id from baton.push p
               cross join lateral (
                   select m.customer_id from baton.plan_member m
                   left join baton.task_hold h on h.push_id = p.id and h.customer_id = m.customer_id and h.org_id = m.org_id
                   where m.home = p.home and m.plan_id = p.plan_id and m.arm = 'treated' and h.held is not false offset 0) l
               where p.id = any ($1)
               union all
               select h.push_id, h.customer_id from baton.task_hold h where h.push_id = any ($1) and h.held and not h.listed
           ), several as (
               select array_agg(h.id order by h.id) as ids from held h group by h.customer_id having count(*) > 1
           )
           select s.ids as "ids!", count(*) as "customers!" from several s group by s.ids order by 2 desc, 1"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| Shared {
        pushes: row.ids.into_iter().map(PushId).collect(),
        customers: row.customers,
    });
    Ok(rows.collect())
}
