//! Asking the bank's records about the customers of frozen lists.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::ReviewError;
use super::counted::{BalanceOf, Question};
use super::matched;
use super::pushed::Pushed;
use crate::domain::attribute::AttributeType;
use crate::domain::bank::OrgUnit;
use crate::domain::id::OrgId;
use crate::domain::review::measure::{self, Balances, Cell, Declared, Figures};
use crate::domain::review::window::{self, Asked, Known, Records, Span};
use crate::domain::review::{BeforeAfter, Days, Note, Review, Said, Standing};
use crate::domain::rule::{Rule, Vocabulary};
use crate::domain::segment::Scope;
use crate::domain::statistics::arms::Arm;
use crate::domain::strategy::body::Body;
use crate::store::{StoreError, mart};

/// Guard rails that are measured; a strategy with more has none that matters.
const GUARDS: usize = 64;

/// What all pushes of a review are measured with.
pub(super) struct Bench {
    pub(super) words: Vocabulary,
    pub(super) units: Vec<OrgUnit>,
    pub(super) scope: Option<Scope>,
    /// The last day of which the bank has events, holdings and customers' records; none where it has none.
    pub(super) ends: Ends,
    /// Home and plan of the lists that are measured already: who was on one of them counts there.
    pub(super) seen: Vec<(i64, i64)>,
}

/// The last days of what loads bring.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ends {
    pub(super) events: Option<NaiveDate>,
    pub(super) holdings: Option<NaiveDate>,
    pub(super) customers: Option<NaiveDate>,
}

impl Ends {
    pub(super) async fn read(db: &mut PgConnection) -> Result<Self, StoreError> {
        let row = sqlx::query!(
            "select baton.event_day() as events, baton.holding_day() as holdings, baton.customer_day() as customers"
        );
        let row = row.fetch_one(db).await?;
        Ok(Self { events: row.events, holdings: row.holdings, customers: row.customers })
    }
}

/// What was found about one push.
struct Found {
    cells: Vec<Cell>,
    balances: [Balances; 2],
    before_after: BeforeAfter,
    span: Span,
    /// The last day that counts today, and the last that will.
    measured: (NaiveDate, NaiveDate),
    /// The last day of the balance's records, where they end before the day that counts.
    ends: Option<NaiveDate>,
    /// What the success is asked of is there, as far as days have come that count.
    known: bool,
    /// By guard: it asks for records that were not loaded.
    unknown: Vec<Open>,
}

/// What a guard asks for that was not loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Open {
    /// Nothing.
    Nothing,
    /// Events: more of them can only break it, so that one that is broken already is.
    Events,
    /// How things stand, of which nothing is known but how they stood before.
    Standing,
}

impl Open {
    fn of(asked: &Asked) -> Self {
        match &asked.wanted {
            None => Self::Nothing,
            Some(_) if asked.short.iter().all(|known| known.of == Records::Events) => Self::Events,
            Some(_) => Self::Standing,
        }
    }
}

impl Bench {
    /// The review of these pushes, of which there is one at least.
    pub(super) async fn review(
        &mut self,
        db: &mut PgConnection,
        pushes: &[Pushed],
    ) -> Result<Review, ReviewError> {
        let mut notes = Vec::new();
        if let Some(scope) = &self.scope {
            notes.push(Note::Scope { unit: scope.name.clone() });
        }
        let (mut cells, mut parts) = (Vec::new(), Vec::new());
        let mut balances = [Balances::default(); 2];
        for push in pushes {
            let mut found = self.one(db, push, &mut notes).await?;
            cells.append(&mut found.cells);
            balances = [0, 1].map(|arm: usize| balances[arm].and(found.balances[arm]));
            parts.push(found);
        }
        let (Some(first), Some(last), Some(of)) = (parts.first(), parts.last(), pushes.last())
        else {
            return Err(StoreError::NoBank.into());
        };
        let days = Days {
            pushed_on: first.span.pushed,
            deadline: of.deadline,
            due: last.span.due,
            measured_to: last.measured.0,
            measures_to: last.measured.1,
            as_of: last.span.today,
        };
        let before_after = parts.iter().fold(BeforeAfter::default(), |sum, part| BeforeAfter {
            n: sum.n + part.before_after.n,
            before: sum.before + part.before_after.before,
            after: sum.after + part.before_after.after,
        });
        let mut declared = declared(&of.body);
        declared.rule &= parts.iter().all(|part| part.known);
        let mut figures = measure::figures(&cells, &declared, |unit| self.branch(unit));
        for (at, guard) in figures.guards.iter_mut().enumerate() {
            let open = parts.iter().filter_map(|part| part.unknown.get(at)).max();
            guard.broken &= open != Some(&Open::Standing);
            guard.unknown = open.is_some_and(|open| *open > Open::Nothing) && !guard.broken;
        }
        if of.body.is_by_branch() {
            let units = measure::Units::of(&cells);
            let (treated, control) = (units.treated.len() as u64, units.control.len() as u64);
            notes.push(Note::ByBranch { treated, control });
        }
        let ends = parts.iter().filter_map(|part| part.ends).min();
        let balances = (balances, ends);
        let mut review = self.written(pushes, of, (days, figures), balances, before_after, notes);
        review.feedback = feedback(db, pushes).await?;
        // A part of the list may have nobody of the control group, and is no design.
        if review.arms.control.n == 0 && review.arms.treated.n > 0 && self.scope.is_none() {
            let last = review.days.due.min(review.days.as_of);
            match matched::matched(db, pushes, last).await? {
                None => {}
                Some(Ok(found)) => {
                    let pairs = found.pairs.len() as u64;
                    let left_out = found.left_out;
                    review.notes.push(Note::QuasiExperimental { pairs, left_out });
                    if !found.parallel {
                        review.notes.push(Note::TrendsDiffer);
                    }
                    review.matched = Some(found);
                }
                Some(Err(why)) => review.notes.push(Note::NoMatch { why }),
            }
        }
        Ok(review)
    }

    /// Puts the parts together.
    fn written(
        &self,
        pushes: &[Pushed],
        of: &Pushed,
        (days, figures): (Days, Figures),
        ([treated, control], ends): ([Balances; 2], Option<NaiveDate>),
        before_after: BeforeAfter,
        mut notes: Vec<Note>,
    ) -> Review {
        let success = of.body.success.as_ref();
        let unloaded = notes.iter().any(Note::ends_early);
        // Up to which day records count is then said by that note.
        if days.measured_to < days.measures_to && !unloaded {
            notes.push(Note::Preliminary);
        }
        let contacted = figures.arms.control.contacted;
        if contacted > 0 {
            notes.push(Note::Contaminated { customers: contacted });
        }
        let balance = success.and_then(|success| success.metric.clone()).map(|metric| {
            let money = self.is_money(&metric);
            let listed = figures.arms.treated.n + figures.arms.control.n;
            let unknown = listed.saturating_sub(treated.after.n + control.after.n);
            if unknown > 0 {
                notes.push(Note::UnknownBalance { customers: unknown });
            }
            let wanted = days.due.min(days.as_of).max(days.pushed_on);
            let mut balance = measure::balance(treated, control, (metric, money), wanted);
            if let Some(on) = ends.filter(|on| *on < wanted) {
                notes.push(Note::BalanceUnfilled { on, wanted });
                balance.ends_on(on, of.day);
            }
            if of.body.is_by_branch() {
                // They are differences of customers, and customers were not drawn.
                (balance.raw, balance.cuped) = (None, None);
            }
            balance
        });
        let mut once = Vec::with_capacity(notes.len());
        for note in notes {
            if !once.contains(&note) {
                once.push(note);
            }
        }
        let alone = figures.arms.control.n == 0 && self.scope.is_none();
        let rule = success.is_some_and(|success| success.rule.is_some());
        let rule = rule && figures.arms.treated.converted.is_some();
        let mut execution = figures.execution;
        execution.orders = pushes.iter().map(|push| push.orders).sum();
        execution.signed_orders = pushes.iter().map(|push| push.signed_orders).sum();
        Review {
            push: None,
            wave: None,
            strategy: of.strategy.clone(),
            version: of.version,
            name: of.name.clone(),
            author: of.author.clone(),
            pushes: pushes.iter().map(|push| push.push).collect(),
            days,
            funnel: figures.funnel,
            execution,
            arms: figures.arms,
            srm: figures.srm,
            itt: figures.itt,
            lift: figures.lift,
            reached: figures.reached,
            mde: figures.mde,
            balance,
            branches: figures.branches,
            guards: figures.guards,
            cost: figures.cost,
            before_after: (alone && rule).then_some(before_after),
            matched: None,
            feedback: Vec::new(),
            notes: once,
            standing: stands(of.standing, unloaded),
            verdict: None,
            closed: None,
        }
    }

    /// The branch that a unit is of: itself, or the nearest one of that kind above it.
    fn branch(&self, unit: OrgId) -> (String, String) {
        let known = |id: OrgId| self.units.iter().find(|known| known.id == id);
        let own = known(unit);
        let mut at = own;
        while let Some(here) = at {
            if here.kind == "branch" {
                return (here.code.clone(), here.name.clone());
            }
            at = here.parent.and_then(known);
        }
        own.map_or_else(|| (unit.to_string(), String::new()), |u| (u.code.clone(), u.name.clone()))
    }

    fn is_money(&self, metric: &str) -> bool {
        let kind =
            |code: &str| self.words.attributes().iter().find(|a| a.code == code).map(|a| a.kind);
        metric == "aum" || kind(metric) == Some(AttributeType::Money)
    }

    async fn one(
        &mut self,
        db: &mut PgConnection,
        push: &Pushed,
        notes: &mut Vec<Note>,
    ) -> Result<Found, ReviewError> {
        let span = push.span(self.words.bank().as_of);
        let mut measured = (span.so_far(), span.due);
        let success = push.body.success.as_ref();
        let text = success.and_then(|success| success.rule.as_deref());
        let declared = match text {
            Some(text) => Some(self.asked(db, ("success.rule", text), span, notes).await?),
            None => None,
        };
        let mut known = true;
        if let Some(asked) = &declared {
            measured = (asked.to, asked.until);
            if let Some(wanted) = asked.wanted {
                let short = asked.short.iter().cloned();
                notes.extend(short.map(|known| Note::of_records(known, wanted)));
                // Before the planned day what came so far is told, as ever; once it has come, a part of the window is no measure.
                known = asked.to > span.pushed && span.today < span.due;
            }
        }
        let (mut guards, mut unknown) = (Vec::new(), Vec::new());
        for (at, guard) in push.body.guards.iter().take(GUARDS).enumerate() {
            let part = format!("guard[{}].rule", at + 1);
            let asked = self.asked(db, (&part, &guard.rule), span, notes).await?;
            unknown.push(Open::of(&asked));
            guards.push(asked.rule);
        }
        let metric = success.and_then(|success| success.metric.as_deref());
        let mut ends = None;
        let balance = match metric {
            Some(metric) => {
                let known = sqlx::query_scalar!("select baton.balance_day($1)", metric);
                let known = known.fetch_one(&mut *db).await?;
                ends = known.filter(|known| *known < span.so_far());
                let on = ends.unwrap_or(span.so_far());
                Some(self.balance_of(db, metric, on, notes).await?)
            }
            None => None,
        };
        let question = Question {
            push,
            earlier: &self.seen,
            success: declared.as_ref().filter(|_| known).map(|asked| &asked.rule),
            guards: &guards,
            balance,
        };
        let counted = question.count(db).await?;
        let alone = counted.cells.iter().all(|cell| cell.arm == Arm::Treated);
        let mut before_after = BeforeAfter::default();
        if let (true, Some(text), Some(asked)) = (alone && known, text, &declared) {
            let of =
                |of: fn(&measure::Tally) -> u64| counted.cells.iter().map(|c| of(&c.tally)).sum();
            before_after = BeforeAfter { n: of(|t| t.n), before: 0, after: of(|t| t.converted) };
            if let Some(rule) = self.before(text, push, asked)? {
                before_after.before = question.holds(db, &rule).await?;
            } else {
                before_after = BeforeAfter::default();
            }
        }
        self.seen.push((push.home, push.plan));
        let (cells, balances) = (counted.cells, counted.balances);
        Ok(Found { cells, balances, before_after, span, measured, ends, known, unknown })
    }

    async fn asked(
        &self,
        db: &mut PgConnection,
        (part, text): (&str, &str),
        span: Span,
        notes: &mut Vec<Note>,
    ) -> Result<Asked, ReviewError> {
        let wrong = |error| ReviewError::Rule { part: part.to_owned(), error: Box::new(error) };
        let rule = Rule::parse_kept(text, &self.words, None).map_err(wrong)?;
        let known = self.known(db, &rule).await?;
        let asked = window::after(text, &self.words, span, &known).map_err(wrong)?;
        if asked.cut {
            notes.push(Note::WindowCut);
        }
        if asked.present {
            notes.push(Note::ReadsPresent);
        }
        Ok(asked)
    }

    /// The records that a rule asks for, each with the last day of which it tells.
    async fn known(&self, db: &mut PgConnection, rule: &Rule) -> Result<Vec<Known>, StoreError> {
        let mut known = Vec::new();
        if rule.asks_events() {
            known.push(Known { of: Records::Events, on: self.ends.events });
        }
        if rule.reads_holdings() {
            known.push(Known { of: Records::Holdings, on: self.ends.holdings });
        }
        let (own, fixed) = rule.reads_records();
        if fixed || !own.is_empty() {
            let own: Vec<String> = own.into_iter().map(str::to_owned).collect();
            let oldest = sqlx::query_scalar!(
                "select min(refreshed_on) from baton.attribute where code = any ($1)",
                &own
            );
            let oldest = oldest.fetch_one(&mut *db).await?;
            let on = self.ends.customers.filter(|_| fixed).into_iter().chain(oldest).min();
            // What nobody has loaded by days stands as it is.
            known.extend(on.map(|on| Known { of: Records::Customers, on: Some(on) }));
        }
        let marts = mart::days(db, rule.marts()).await?;
        known.extend(
            marts.into_iter().map(|mart| Known { of: Records::Mart(mart.relation), on: mart.at }),
        );
        Ok(known)
    }

    /// The same rule over as many days before the push; none beyond the calendar.
    fn before(
        &self,
        text: &str,
        push: &Pushed,
        asked: &Asked,
    ) -> Result<Option<Rule>, ReviewError> {
        let days = (asked.to - push.day).num_days().unsigned_abs();
        window::before(text, &self.words, push.day, days).map_err(|error| ReviewError::Rule {
            part: "success.rule".to_owned(),
            error: Box::new(error),
        })
    }

    /// Which balance everybody had in the month before the push and on the day of the measure, `on`. Only what is held has a history: of
    /// an attribute, and of the AUM of a bank that brings no holdings, today's value is all there is.
    async fn balance_of(
        &self,
        db: &mut PgConnection,
        metric: &str,
        on: NaiveDate,
        notes: &mut Vec<Note>,
    ) -> Result<BalanceOf<'_>, ReviewError> {
        let any = sqlx::query_scalar!(r#"select exists (select from baton.holding) as "any!""#);
        if metric == "aum" && any.fetch_one(db).await? {
            return Ok(BalanceOf::Held(on));
        }
        notes.push(Note::NoHistory);
        let mut attributes = self.words.attributes().iter();
        let known = attributes.find(|attribute| attribute.code == metric);
        Ok(known.map_or(BalanceOf::Aum, |attribute| BalanceOf::Attribute(attribute)))
    }
}

/// Where a review stands whose records were not loaded to the last day that counts.
fn stands(standing: Standing, unloaded: bool) -> Standing {
    match standing {
        Standing::Ready | Standing::NoControl if unloaded => Standing::Unfilled,
        standing => standing,
    }
}

fn declared(body: &Body) -> Declared {
    let guards = body.guards.iter().take(GUARDS);
    Declared {
        rule: body.success.as_ref().is_some_and(|success| success.rule.is_some()),
        guards: guards.map(|guard| (guard.name.clone(), guard.at_most_ppm)).collect(),
        budget: body.budget.clone(),
        by_branch: body.is_by_branch(),
    }
}

/// What branches have said of the strategy on these pushes, the most frequent reason first.
async fn feedback(db: &mut PgConnection, pushes: &[Pushed]) -> Result<Vec<Said>, ReviewError> {
    let ids: Vec<i64> = pushes.iter().map(|push| push.push.0).collect();
    let rows = sqlx::query!(
        r#"select f.reason, count(*) as "n!" from baton.feedback f
           where f.push_id = any ($1) and f.at < coalesce(baton.looked_back_until(), 'infinity') group by f.reason order by count(*) desc, f.reason"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| Said { reason: row.reason, n: row.n.unsigned_abs() }).collect())
}
