//! The command that gives the same table as the screen: what an export runs, and what an operator can run himself.

use super::command::Reason;
use super::desk::Desk;
use super::state::{Page, Pane, State};
use super::study::{Reviewed, Study};
use crate::app::command::gate;
use crate::app::state::study::{BoardPart, MetricPart};
use crate::domain::decomposition::When;
use crate::domain::people::People;
use crate::domain::score::Of;
use crate::msg;

/// The words of the command whose table stands on the screen, without the program's name and the global options.
///
/// Filters and the order of the rows are the screen's own: the command gives all of them, in its order.
///
/// # Errors
/// That this place has no table, or that it has none yet.
pub fn twin(state: &State) -> Result<Vec<String>, Reason> {
    let words = match state.page() {
        None => Some(pane(state)),
        Some(page) => of_page(state, page),
    };
    words.ok_or_else(|| msg!("console.reason.no-table").into())
}

/// The words of the command that tells the week of the bank's day, as the page of what waits can have it written; none before the
/// bank is known.
#[must_use]
pub fn week(state: &State) -> Option<Vec<String>> {
    let day = state.session.bank.as_ref()?.as_of.to_string();
    Some(words(["report", "--week", &day]))
}

/// There is a week to tell, and nothing else is being written.
///
/// # Errors
/// What is missing.
pub fn can_tell_week(state: &State) -> Result<(), Reason> {
    if week(state).is_none() {
        return Err(msg!("console.reason.not-connected").into());
    }
    gate::free(state)
}

/// There is a table, and nothing else is being written.
///
/// # Errors
/// What is missing.
pub fn can_export(state: &State) -> Result<(), Reason> {
    twin(state)?;
    gate::free(state)
}

fn words<const N: usize>(parts: [&str; N]) -> Vec<String> {
    parts.into_iter().map(str::to_owned).collect()
}

fn pane(state: &State) -> Vec<String> {
    match state.focus {
        Pane::Segments => words(["segment", "list"]),
        Pane::Strategies => words(["strategy", "list"]),
        Pane::Tasks => words(["push", "list"]),
        Pane::Kpi => {
            let mut words = words(["kpi", "tree"]);
            if let Some(span) = state.kpi.span {
                words.extend(["--on".to_owned(), span.to.to_string()]);
            }
            words
        }
    }
}

fn when(when: When) -> Vec<String> {
    match when {
        When::Compare(compare, on) => {
            let mut words = words(["--compare", compare.word()]);
            words.extend(on.into_iter().flat_map(|on| ["--on".to_owned(), on.to_string()]));
            words
        }
        when => {
            let ends = when.written().into_iter();
            ends.flat_map(|(from, to)| ["--from".to_owned(), from, "--to".to_owned(), to]).collect()
        }
    }
}

fn of_page(state: &State, page: &Page) -> Option<Vec<String>> {
    Some(match page {
        Page::Home => words(["worklist"]),
        Page::Dictionary => words(["attribute", "list"]),
        Page::Moments => words(["moment", "list"]),
        Page::Attribute { .. } => {
            words(["attribute", "show", &state.dictionary.selected()?.attribute.code])
        }
        Page::Segment(page) => {
            let row = state.segments.all().iter().find(|row| row.code == page.code)?;
            words(["segment", "count", "--rule", &row.rule, "--by", "org"])
        }
        Page::Strategy(page) => words(["strategy", "show", &page.code]),
        Page::Push(page) => words(["push", "status", &page.push.to_string()]),
        Page::BranchTasks(page) => {
            let mut words = words(["task", "list", "--push", &page.push.to_string()]);
            if let Some(org) = &page.org {
                words.extend(["--org".to_owned(), org.clone()]);
            }
            words
        }
        Page::Task(page) => {
            words(["task", "show", &page.push.to_string(), &page.customer.to_string()])
        }
        Page::Explain(page) => {
            let mut words = words(["kpi", "explain", &page.metric]);
            words.extend(when(page.when()));
            if let Some((org, _)) = page.path.last() {
                words.extend(["--org".to_owned(), org.clone()]);
            }
            words.extend(["--by".to_owned(), page.by.word()]);
            if let Some(method) = page.method {
                words.extend(["--method".to_owned(), method.option().to_owned()]);
            }
            words
        }
        Page::Study(page) => {
            if let Study::Metric { metric, org, on } = &page.study {
                return Some(match page.metric_part() {
                    MetricPart::Values => {
                        let mut words = words(["kpi", "show", metric, "--on", &on.to_string()]);
                        words.extend(org.iter().flat_map(|org| ["--org".to_owned(), org.clone()]));
                        words
                    }
                    MetricPart::Targets => words(["kpi", "targets", "check"]),
                    MetricPart::Definitions => words(["kpi", "definitions", metric]),
                });
            }
            let mut words = study(&page.study)?;
            if let Some((metric, highest)) = &page.sorted {
                words.extend(["--sort".to_owned(), metric.clone()]);
                words.extend(highest.then(|| "--descending".to_owned()));
            }
            if matches!(page.study, Study::Board { .. }) {
                let by = match page.board_part() {
                    BoardPart::Units => "org",
                    BoardPart::Rms => "rm",
                    BoardPart::Days => "day",
                };
                words.extend(["--by".to_owned(), by.to_owned()]);
            }
            words
        }
        Page::Plan(page) => words(["members", "plan", &page.step.plan()?.plan.to_string()]),
        Page::Rule(_) | Page::Leaflet(_) | Page::Form(_) | Page::Outcome(_) | Page::Coaching(_) => {
            return None;
        }
    })
}

/// The strategies that touch a unit's customers, or a group of them.
fn touching(org: Option<&String>, rule: Option<&String>) -> Vec<String> {
    let mut words = words(["kpi", "touching"]);
    let given = [("--org", org), ("--rule", rule)].into_iter();
    let given = given.filter_map(|(option, value)| Some([option.to_owned(), value?.clone()]));
    words.extend(given.flatten());
    words
}

fn study(study: &Study) -> Option<Vec<String>> {
    Some(match study {
        Study::Overlap { codes } => {
            let mut words = words(["segment", "overlap"]);
            words.extend(codes.iter().cloned());
            words
        }
        Study::Portrait { code } => words(["segment", "portrait", code]),
        Study::Grid { code, by, metric } => {
            let mut words = words(["segment", "grid", code, "--by", &by.join(",")]);
            if let Some(metric) = metric {
                words.extend(["--metric".to_owned(), metric.clone()]);
            }
            words
        }
        Study::History { code } => words(["segment", "history", code]),
        Study::Compare { pair, .. } => {
            let (before, after) = (*pair)?;
            words(["segment", "compare", &before.to_string(), &after.to_string()])
        }
        Study::Diff { code, from, to } => {
            words(["segment", "diff", code, &from.to_string(), &to.to_string()])
        }
        Study::Push { push, .. } => words(["members", "push", &push.to_string()]),
        Study::Board { push, .. } => words(["push", "board", &push.to_string()]),
        Study::Hits { moment } => words(["moment", "hits", moment]),
        Study::Deliveries { push } => {
            let mut words = words(["worker", "status"]);
            if let Some(push) = push {
                words.extend(["--push".to_owned(), push.to_string()]);
            }
            words
        }
        Study::Calendar { day } => words(["calendar", "--month", &day.format("%Y-%m").to_string()]),
        Study::Tests { code } => words(["strategy", "tests", code]),
        Study::Policies => words(["policy", "list"]),
        Study::Desk(Desk::Inbox) => words(["outcome", "inbox", "--left", "0"]),
        Study::Desk(Desk::Shelf) => words(["strategy", "list", "--archived"]),
        Study::Desk(Desk::Delegations) => words(["operator", "delegations"]),
        Study::Members { of, .. } => members(of),
        Study::Card { customer, .. } => words(["customer", "show", &customer.to_string()]),
        Study::Heat { org, kind, compare } => {
            let mut words = words(["kpi", "grid", "--compare", compare.word()]);
            let options = [("--org", org), ("--kind", kind)];
            let given =
                options.into_iter().filter_map(|(option, value)| Some((option, value.as_ref()?)));
            words.extend(given.flat_map(|(option, value)| [option.to_owned(), value.clone()]));
            words
        }
        // It has a table for each part.
        Study::Metric { .. } => return None,
        Study::Noted { all: true } => words(["finding", "list", "--all"]),
        Study::Noted { .. } => words(["finding", "list"]),
        Study::Alerts => words(["kpi", "alerts", "list"]),
        Study::AlertHits { code, .. } => words(["kpi", "alerts", "hits", code]),
        Study::Scores { .. } | Study::Score { .. } | Study::Coaching { .. } => {
            return scored(study);
        }
        Study::Touching { org, rule, .. } => touching(org.as_ref(), rule.as_ref()),
        Study::Review { strategy, of } => match of {
            Reviewed::Push(push) => words(["review", "show", &push.to_string()]),
            Reviewed::Wave(wave) => {
                words(["review", "show", "--strategy", strategy, "--wave", &wave.to_string()])
            }
            Reviewed::Strategy => words(["review", "show", "--strategy", strategy]),
        },
        Study::Why { code, customer } => {
            words(["segment", "explain", code, "--customer", &customer.to_string()])
        }
    })
}

/// Of score cards and the coaching log.
fn scored(study: &Study) -> Option<Vec<String>> {
    Some(match study {
        Study::Scores { kind, org, .. } => {
            let kind = kind.as_deref().unwrap_or("rm");
            let mut words = words(["score", "list", "--kind", kind]);
            if let Some((org, _)) = org {
                words.extend(["--org".to_owned(), org.clone()]);
            }
            words
        }
        Study::Score { of: Of::Unit, code, .. } => words(["score", "show", "--org", code]),
        Study::Score { code, .. } => words(["score", "show", "--rm", code]),
        Study::Coaching { org, all, .. } => {
            let mut words = words(["coaching", "list"]);
            if let Some(org) = org {
                words.extend(["--org".to_owned(), org.clone()]);
            }
            words.extend(all.then(|| "--all".to_owned()));
            words
        }
        _ => return None,
    })
}

fn members(of: &People) -> Vec<String> {
    let mut words = match of {
        People::Snapshot(snapshot) => words(["members", "snapshot", &snapshot.to_string()]),
        People::Push { push, .. } => words(["members", "push", &push.to_string()]),
        People::Plan { plan, .. } => words(["members", "plan", &plan.to_string()]),
        People::Moves { before, after, side, .. } => {
            let (before, after) = (before.to_string(), after.to_string());
            words(["members", "moves", &before, &after, "--side", side.code()])
        }
        People::Hits { moment, .. } => words(["members", "moment", moment]),
    };
    let mut add = |option: &str, value: String| words.extend([option.to_owned(), value]);
    match of {
        People::Push { part, org, .. } | People::Plan { part, org, .. } => {
            if let Some(part) = part {
                add("--part", part.code().to_owned());
            }
            if let Some(org) = org {
                add("--org", org.clone());
            }
        }
        People::Moves { org: Some(org), .. } => add("--org", org.clone()),
        People::Hits { day: Some(day), .. } => add("--day", day.to_string()),
        People::Snapshot(_) | People::Moves { .. } | People::Hits { .. } => {}
    }
    words
}
