//! What waits for the operator, from what stands in the bank: each kind by a query of its own, the most urgent first.

use sqlx::PgConnection;

use super::StoreError;
use super::task::watch;
use crate::domain::clean::clean;
use crate::domain::id::PushId;
use crate::domain::task::notice::Told;
use crate::domain::worklist::{Work, WorkRow};

/// How many lines of one kind there are at most.
const MOST: i64 = 50;

/// Everything that waits for the operator.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let mut rows = orders(db).await?;
    rows.extend(tasks(db).await?);
    rows.extend(escalated(db).await?);
    rows.extend(tests(db).await?);
    rows.extend(approvals(db).await?);
    rows.extend(findings(db).await?);
    rows.extend(alerts(db).await?);
    rows.extend(moments(db).await?);
    rows.extend(dead(db).await?);
    rows.extend(kept(db).await?);
    rows.extend(reviews(db).await?);
    rows.extend(rechecks(db).await?);
    rows.extend(unsigned(db).await?);
    rows.extend(waves(db).await?);
    rows.extend(strategies(db).await?);
    rows.extend(rejects(db).await?);
    // Of offers that wait one line says so already, and until when.
    let waits = |told: &WorkRow| match told.work {
        Work::Notice { push, told: Told::Offered, .. } => {
            rows.iter().any(|row| matches!(row.work, Work::Offer { push: of, .. } if of == push))
        }
        _ => false,
    };
    let notices: Vec<WorkRow> =
        notices(db).await?.into_iter().filter(|told| !waits(told)).collect();
    rows.extend(notices);
    Ok(rows)
}

fn word(text: &str) -> String {
    clean(text).into_owned()
}

/// Orders of the operator's own unit that nobody has signed.
async fn orders(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.id, v.name, p.as_of, max(o.deadline) as "due!", count(*) as "orders!"
           from baton.branch_order o
           join baton.push p on p.id = o.push_id
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           join baton.operator w on w.name = session_user and w.org_id = o.org_id
           where o.signed_at is null and o.recalled_at is null and o.open > 0 and w.staff_id is null
               and baton.has_duty('branch')
           group by p.id, v.name, p.as_of order by max(o.deadline), p.id limit $1"#,
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| WorkRow {
        work: Work::Sign { push: PushId(row.id), orders: row.orders },
        name: word(&row.name),
        since: Some(row.as_of),
        due: Some(row.due),
    });
    Ok(rows.collect())
}

/// Tasks that are offered to the operator, and those that he has to do.
async fn tasks(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select t.push_id as "push!", t.offers as "offers!", t.open as "open!", t.due as "due!", t.answer_by, v.name, p.as_of
           from baton.task_todo() t join baton.push p on p.id = t.push_id
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           order by t.due, t.push_id limit $1"#,
        MOST
    )
    .fetch_all(db)
    .await?;
    let row = |work, name: &str, since, due| WorkRow {
        work,
        name: word(name),
        since: Some(since),
        due: Some(due),
    };
    let offers = rows.iter().filter(|r| r.offers > 0).map(|r| {
        let due = r.answer_by.unwrap_or(r.due);
        row(Work::Offer { push: PushId(r.push), tasks: r.offers }, &r.name, r.as_of, due)
    });
    let open = rows
        .iter()
        .filter(|r| r.open > 0)
        .map(|r| row(Work::Todo { push: PushId(r.push), tasks: r.open }, &r.name, r.as_of, r.due));
    Ok(offers.chain(open).collect())
}

/// What the operator was told of pushes and has not read.
async fn notices(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = watch::notices(db).await?.into_iter().map(|notice| WorkRow {
        work: Work::Notice { push: notice.push, told: notice.told, count: notice.count },
        name: notice.name,
        since: Some(notice.day),
        due: None,
    });
    Ok(rows.collect())
}

/// Orders that nobody has signed within the bank's working hours for it: for who pushed them, and for the operators of the
/// units above.
async fn escalated(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.id, v.name, p.as_of, p.deadline, count(*) as "orders!"
           from (select k.*, baton.sign_by(k.pushed_at) as sign_by from baton.push k
                 where k.deadline >= baton.today() offset 0) p
           join baton.branch_order o on o.push_id = p.id
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           where p.sign_by < clock_timestamp() and o.signed_at is null and o.recalled_at is null and o.open > 0
               and (p.pushed_by = session_user
                    or exists (select from baton.operator w join baton.org_unit u on u.id = o.org_id
                               where w.name = session_user and 'branch' = any (w.duties) and w.staff_id is null
                                   and w.org_id = any (u.path) and w.org_id <> u.id))
           group by p.id, v.name, p.as_of, p.deadline order by p.deadline, p.id limit $1"#,
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| WorkRow {
        work: Work::Escalated { push: PushId(row.id), orders: row.orders },
        name: word(&row.name),
        since: Some(row.as_of),
        due: Some(row.deadline),
    });
    Ok(rows.collect())
}

/// Strategies that are shown to the operator's own unit as a test, and on which it has said nothing yet.
async fn tests(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select t.strategy, t.version, v.name, baton.bank_time(t.made_at)::date as "since!", t.until
           from baton.test_push t
           join baton.strategy_version v on v.code = t.strategy and v.version = t.version
           join baton.operator w on w.name = session_user and w.org_id = t.org_id
           where baton.has_duty('branch') and baton.test_push_stands(t.ended_at, t.until) and t.answered_at is null
               and not exists (select from baton.push p where p.strategy = t.strategy and p.version = t.version)
           order by t.until, t.id limit $1"#,
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| WorkRow {
        work: Work::Test { code: word(&row.strategy), version: row.version },
        name: word(&row.name),
        since: Some(row.since),
        due: None,
    });
    Ok(rows.collect())
}

/// What others have submitted, and what waits for a second approval before it can be pushed, for whoever may approve.
async fn approvals(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select v.code, v.version, v.name, v.author,
                  (v.submitted_at at time zone coalesce((select b.timezone from baton.bank b), 'UTC'))::date as since
           from baton.strategy_version v
           where (v.state = 'submitted'
                  or v.state in ('approved', 'paused')
                      and not exists (select from baton.strategy_shelf h where h.code = v.code)
                      and (select count(*) from baton.approval_given g where g.strategy = v.code and g.version = v.version)
                          < baton.approval_levels(v.code, v.version)
                      and (not exists (select from baton.push p where p.strategy = v.code and p.version = v.version)
                           or exists (select from baton.waves_due(baton.today()) d where d.strategy = v.code and d.version = v.version)))
               and baton.could_approve(v.code, v.version)
           order by v.submitted_at, v.code limit $1"#,
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| WorkRow {
        work: Work::Approve {
            code: word(&row.code),
            version: row.version,
            author: word(&row.author),
        },
        name: word(&row.name),
        since: row.since,
        due: None,
    });
    Ok(rows.collect())
}

/// The operator's own findings that are open.
async fn findings(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        "select f.id, f.moment, f.day, case when f.unit = 'customers' then f.size end as size, f.text from baton.finding f
         where f.state = 'open' and f.owner = session_user and f.day <= baton.today()
         order by f.day desc, f.id desc limit $1",
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| WorkRow {
        work: Work::Finding {
            finding: row.id,
            moment: row.moment.as_deref().map(word),
            day: row.day,
            customers: row.size,
        },
        name: word(&row.text),
        since: Some(row.day),
        due: None,
    });
    Ok(rows.collect())
}

/// Alerts of the operator's that were raised when they were looked at last, but those that are muted; of every strategist those whose
/// owner is a strategist no longer, until one of them takes it.
async fn alerts(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        "select a.code, a.name, r.day, r.hits
         from baton.alert a
         cross join lateral (select k.day, k.hits from baton.alert_run k where k.alert = a.code
                             order by k.load_id desc limit 1) r
         where (a.owner = session_user or baton.has_duty('strategist')
                    and not exists (select from baton.operator o where o.name = a.owner and 'strategist' = any (o.duties)))
             and a.state = 'on' and r.hits > 0 and r.day <= baton.today()
             and (a.muted_until is null or a.muted_until < baton.today())
         order by r.day desc, a.code limit $1",
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| WorkRow {
        work: Work::Alert { code: word(&row.code), units: row.hits.into() },
        name: word(&row.name),
        since: Some(row.day),
        due: None,
    });
    Ok(rows.collect())
}

/// Event rules that are on and were not run for the bank's day: for their authors, and for those who run them.
async fn moments(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select m.code, v.name, r.day as "ran?"
           from baton.moment m
           join baton.moment_version v on v.code = m.code and v.version = m.version
           left join lateral (select max(k.day) as day from baton.moment_run k
                              where k.code = m.code and k.version = m.version) r on true
           where m.state = 'on' and m.on_since <= (select b.as_of from baton.bank b)
               and coalesce(r.day, m.on_since) < (select b.as_of from baton.bank b)
               and (v.author = session_user or baton.has_duty('loader'))
           order by m.code limit $1"#,
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| WorkRow {
        work: Work::Behind { code: word(&row.code), ran: row.ran },
        name: word(&row.name),
        since: row.ran,
        due: None,
    });
    Ok(rows.collect())
}

/// Messages to branches that were given up, for those who deliver.
async fn dead(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let row = sqlx::query!(
        r#"select count(*) as "messages!", string_agg(distinct o.door, ', ') as doors,
                  (min(o.made_at) at time zone coalesce((select b.timezone from baton.bank b), 'UTC'))::date as since
           from baton.outbox o where o.state = 'dead' and baton.has_duty('loader')"#
    )
    .fetch_one(db)
    .await?;
    let row = (row.messages > 0).then(|| WorkRow {
        work: Work::Dead { messages: row.messages },
        name: word(&row.doors.unwrap_or_default()),
        since: row.since,
        due: None,
    });
    Ok(row.into_iter().collect())
}

/// Outcomes that branch systems have sent and that could not be taken in, for those who load.
async fn kept(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let row = sqlx::query!(
        r#"select coalesce(sum(i.messages), 0)::bigint as "messages!", string_agg(distinct i.source, ', ') as sources,
                  (min(i.oldest) at time zone coalesce((select b.timezone from baton.bank b), 'UTC'))::date as since
           from (select where baton.has_duty('loader')) d cross join lateral baton.outcome_inbox_counts() i
           where i.reason is not null"#
    )
    .fetch_one(db)
    .await?;
    let row = (row.messages > 0).then(|| WorkRow {
        work: Work::Kept { messages: row.messages },
        name: word(&row.sources.unwrap_or_default()),
        since: row.since,
        due: None,
    });
    Ok(row.into_iter().collect())
}

/// Pushes whose planned day of the review has come, for whoever may give the verdict. Only those that have come are asked where
/// they stand, which reads their lists.
async fn reviews(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select d.id, d.strategy, d.name, d.as_of, d.due as "due!"
           from (select p.id, p.strategy, v.name, p.as_of, coalesce(p.as_of + v.review_days, p.deadline + 1) as due
                 from baton.push p
                 join baton.strategy_version v on v.code = p.strategy and v.version = p.version
                 where baton.has_duty('approver') and v.author <> session_user
                     and not exists (select from baton.review r where r.push_id = p.id)
                     and coalesce(p.as_of + v.review_days, p.deadline + 1) <= (select b.as_of from baton.bank b)
                 order by due, p.id limit $1) d
           where baton.review_standing(d.id) in ('ready', 'no_control', 'no_success', 'unfilled')
           order by d.due, d.id"#,
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| WorkRow {
        work: Work::Review { push: PushId(row.id), strategy: word(&row.strategy) },
        name: word(&row.name),
        since: Some(row.as_of),
        due: Some(row.due),
    });
    Ok(rows.collect())
}

/// Agreements of the coaching log that are due: for who looked last and may look again, and for the unit or the RM who agreed, who
/// reads of it in the log and writes nothing there.
async fn rechecks(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select c.id, u.code, u.name, c.agreed, c.seen_on, coalesce(k.next_due, c.due) as "due!", l.may as "looks!"
           from baton.coaching c
           join baton.org_unit u on u.id = c.org_id
           left join lateral (select h.result, h.next_due, h.by from baton.coaching_check h
                              where h.coaching_id = c.id order by h.n desc limit 1) k on true
           cross join (select baton.has_duty('strategist') as may) l
           where (k.result is null or k.result = 'again') and coalesce(k.next_due, c.due) <= baton.today()
               and (coalesce(k.by, c.by) = session_user and l.may
                    or exists (select from baton.operator w
                               where w.name = session_user and 'branch' = any (w.duties) and w.org_id = c.org_id
                                   and (w.staff_id is null or w.staff_id = c.staff_id)))
           order by coalesce(k.next_due, c.due), c.id limit $1"#,
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| WorkRow {
        work: Work::Recheck {
            coaching: row.id,
            org: word(&row.code),
            org_name: word(&row.name),
            looks: row.looks,
        },
        name: format!("{}: {}", word(&row.name), word(&row.agreed)),
        since: Some(row.seen_on),
        due: Some(row.due),
    });
    Ok(rows.collect())
}

/// Pushes of the operator's that branches have not signed.
async fn unsigned(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.id, v.name, p.as_of, p.deadline, count(*) as "orders!"
           from baton.push p
           join baton.branch_order o on o.push_id = p.id
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           where p.pushed_by = session_user and o.signed_at is null and o.recalled_at is null and p.deadline >= baton.today()
           group by p.id, v.name order by p.deadline, p.id limit $1"#,
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| WorkRow {
        work: Work::Unsigned { push: PushId(row.id), orders: row.orders },
        name: word(&row.name),
        since: Some(row.as_of),
        due: Some(row.deadline),
    });
    Ok(rows.collect())
}

/// Waves that are due, of strategies that he wrote or pushed.
async fn waves(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select d.strategy as "code!", d.version as "version!", d.wave as "wave!", d.due as "due!",
                  coalesce(nullif(concat_ws(' / ', v.name, d.name), ''), v.code) as "name!"
           from baton.waves_due(baton.today()) d
           join baton.strategy_version v on v.code = d.strategy and v.version = d.version
           where baton.has_duty('strategist') and (v.author = session_user or exists (select from baton.push p
               where p.strategy = d.strategy and p.version = d.version and p.pushed_by = session_user))
           order by d.due, d.strategy, d.wave limit $1"#,
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| WorkRow {
        work: Work::Wave { code: word(&row.code), version: row.version, wave: row.wave },
        name: word(&row.name),
        since: None,
        due: Some(row.due),
    });
    Ok(rows.collect())
}

/// The operator's own strategies, each by its latest version: sent back, approved and not pushed, then drafts.
async fn strategies(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select v.code, v.version, v.name, v.state,
                  (coalesce(v.submitted_at, v.created_at)
                      at time zone coalesce((select b.timezone from baton.bank b), 'UTC'))::date as since
           from baton.strategy_version v
           where v.author = session_user and v.state in ('sent_back', 'approved', 'draft')
               and not exists (select from baton.push p where p.strategy = v.code and p.version >= v.version)
               and not exists (select from baton.strategy_version w where w.code = v.code and w.version > v.version)
           order by v.state <> 'sent_back', v.state, v.code, v.version limit $1"#,
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| {
        let (code, version) = (word(&row.code), row.version);
        WorkRow {
            work: match row.state.as_str() {
                "approved" => Work::Push { code, version },
                "sent_back" => Work::SentBack { code, version },
                _ => Work::Submit { code, version },
            },
            name: word(&row.name),
            since: row.since,
            due: None,
        }
    });
    Ok(rows.collect())
}

/// What the last load left out, for those who load.
async fn rejects(db: &mut PgConnection) -> Result<Vec<WorkRow>, StoreError> {
    let row = sqlx::query!(
        r#"select r.as_of, r.source,
                  coalesce((select sum(e.value::bigint) from jsonb_each_text(r.rejected) e), 0)::bigint as "rows!"
           from baton.import_run r where baton.has_duty('loader') order by r.id desc limit 1"#
    )
    .fetch_optional(db)
    .await?;
    let row = row.filter(|row| row.rows > 0).map(|row| WorkRow {
        work: Work::Rejected { rows: row.rows },
        name: word(&row.source),
        since: Some(row.as_of),
        due: None,
    });
    Ok(row.into_iter().collect())
}
