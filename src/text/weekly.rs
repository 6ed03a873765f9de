//! The weekly report (周报) as Markdown.

use std::fmt::Write as _;

use super::review::{percent, plain, points, verdict_name};
use super::{Lang, label, number, render};
use crate::domain::decomposition::sentence::is_share;
use crate::domain::message::{Arg, Key, Message};
use crate::domain::metric::{Quality, Value};
use crate::domain::money::{Currency, Minor};
use crate::domain::percent::signed;
use crate::domain::weekly::{AlertLine, FindingLine, Week};
use crate::msg;

/// The report in the operator's language.
#[must_use]
pub fn markdown(week: &Week, currency: Currency, lang: Lang) -> String {
    let say = |message: Message| render(&message, lang);
    let title = Message::new(msg!("review.week.title"))
        .with("bank", week.bank.as_str())
        .with("from", week.span.from)
        .with("to", week.span.to);
    let mut out = format!("# {}\n", plain(&say(title)));
    if week.until < week.span.to {
        let to_come = Message::new(msg!("review.week.to-come")).with("until", week.until);
        let _ = writeln!(out, "\n**{}**", plain(&say(to_come)));
    }
    let amounts = Message::new(msg!("review.how.amounts")).with("currency", currency.code());
    let _ = writeln!(out, "\n{}", say(amounts));
    metrics(&mut out, week, currency, lang);
    let alerts = week.alerts.iter().map(|line| alert(line, lang));
    list(&mut out, msg!("review.week.alerts"), alerts, lang);
    pushes(&mut out, week, currency, lang);
    let findings = week.findings.iter().map(|line| finding(line, lang));
    list(&mut out, msg!("review.week.findings"), findings, lang);
    let reviews = week.reviews.iter().map(|line| {
        let state = match line.verdict {
            Some(verdict) => render(&verdict_name(verdict).into(), lang),
            None => say(Message::new(msg!("review.week.due")).with("due", line.due)),
        };
        let uplift = line.uplift_ppm.map(|ppm| number::points(ppm.into()));
        let uplift = uplift.map(|uplift| format!(", {uplift}")).unwrap_or_default();
        format!("#{} {} {}: {state}{uplift}", line.push, plain(&line.strategy), plain(&line.name))
    });
    list(&mut out, msg!("review.week.reviews"), reviews, lang);
    out
}

/// `2026-10-31 AUM 环比下降, AUM: 3 units (A, B, C); li.strategist`
fn alert(line: &AlertLine, lang: Lang) -> String {
    let names = line.units.join(if lang == Lang::ZhCn { "、" } else { ", " });
    let more = line.hits - i64::try_from(line.units.len()).unwrap_or(line.hits);
    let units: Arg = if more > 0 {
        Message::new(msg!("review.week.units-more")).with("units", names).with("more", more).into()
    } else {
        names.into()
    };
    let said = Message::new(msg!("review.week.alert"))
        .with("day", line.day)
        .with("name", line.name.as_str())
        .with("metric", label(&line.metric_names.0, &line.metric_names.1, lang))
        .with("hits", line.hits)
        .with("units", units)
        .with("owner", line.owner.as_str());
    plain(&render(&said, lang))
}

/// A finding's text names a unit and a metric, or a strategy, by their codes: here they have their names.
fn finding(line: &FindingLine, lang: Lang) -> String {
    let key = if line.open { msg!("review.week.open") } else { msg!("review.week.seen") };
    let state = render(&key.into(), lang);
    let text = match (&line.metric, &line.strategy) {
        (Some((code, zh, en)), _) => {
            let metric = label(zh, en, lang);
            match line.text.strip_prefix(&format!("{} {code}", line.org)) {
                Some(rest) => format!("{} {metric}{rest}", line.org),
                None => format!("{} {metric}: {}", line.org, line.text),
            }
        }
        (None, Some((code, name))) => line.text.replacen(code, &format!("{code} {name}"), 1),
        (None, None) => line.text.clone(),
    };
    format!("{} {} ({}, {state})", number::date(line.day), plain(&text), plain(&line.owner))
}

/// How the metrics of the whole bank stand.
fn metrics(out: &mut String, week: &Week, currency: Currency, lang: Lang) {
    heading(out, msg!("review.week.metrics"), lang);
    if week.metrics.is_empty() {
        let _ = writeln!(out, "{}", render(&msg!("review.week.none").into(), lang));
        return;
    }
    let columns = [
        msg!("review.week.metric"),
        msg!("review.week.now"),
        msg!("review.week.before"),
        msg!("review.week.change"),
        msg!("review.week.share"),
    ];
    let heads: Vec<String> = columns.iter().map(|key| render(&(*key).into(), lang)).collect();
    let _ = writeln!(out, "| {} |\n|{}", heads.join(" | "), "---|".repeat(columns.len()));
    for line in &week.metrics {
        let shown = |value: Option<Value>| {
            value
                .map_or_else(|| "-".to_owned(), |value| measured(value, line.money, currency, lang))
        };
        let change = line.change().map_or_else(
            || "-".to_owned(),
            |change| match change {
                Value::Number(change) if !line.money => {
                    if [line.value, line.before].into_iter().flatten().all(is_share) {
                        points(change)
                    } else {
                        signed(change, 3)
                    }
                }
                change if line.money => {
                    number::money_change(Minor(change.rounded()), currency, lang)
                }
                change => number::count_change(change.rounded(), lang),
            },
        );
        let base = line.before.map(Value::as_f64).filter(|base| *base > 0.0);
        let share = line.change().zip(base).map(|(change, base)| change.as_f64() / base);
        let share = share.map_or_else(|| "-".to_owned(), hundredths);
        let name = plain(label(&line.zh, &line.en, lang));
        let name = if line.flow {
            render(&Message::new(msg!("review.week.of-days")).with("name", name), lang)
        } else {
            name
        };
        let mark = |quality: &Quality| if quality.is_whole() { "" } else { "!" };
        let value = shown(line.value) + mark(&line.quality);
        let before = shown(line.before) + mark(&line.previous_quality);
        let _ = writeln!(out, "| {name} | {value} | {before} | {change} | {share} |");
    }
    doubts(out, week, lang);
}

/// Below the metrics, what is incomplete or was restated of the values that are marked, in the words of the metric's own page.
fn doubts(out: &mut String, week: &Week, lang: Lang) {
    let mut told: Vec<Message> = Vec::new();
    for line in &week.metrics {
        let name = label(&line.zh, &line.en, lang);
        let before = Message::new(msg!("kpi.quality.line"))
            .with("metric", name)
            .with("against", msg!("review.week.before"));
        for (of, quality) in
            [(Arg::from(name), &line.quality), (before.into(), &line.previous_quality)]
        {
            let of = Message::new(msg!("kpi.quality.of")).with("metric", of);
            told.extend(quality.said().into_iter().map(|said| of.clone().with("said", said)));
        }
    }
    if !told.is_empty() {
        let _ = writeln!(out);
    }
    for said in told {
        let _ = writeln!(out, "- {}", plain(&render(&said, lang)));
    }
}

/// A share in hundredths of a percent: in a week little moves by more than one.
fn hundredths(share: f64) -> String {
    format!("{} %", signed(share * 100.0, 2))
}

/// Money and counts short, as lists have them; a quotient that is no money is a share, or more than one a number.
fn measured(value: Value, money: bool, currency: Currency, lang: Lang) -> String {
    match value {
        value if money => number::money_short(Minor(value.rounded()), currency, lang),
        Value::Whole(value) => number::count_short(value, lang),
        Value::Number(share) if is_share(value) => percent(share),
        Value::Number(value) => format!("{value:.3}"),
    }
}

fn heading(out: &mut String, key: Key, lang: Lang) {
    let _ = writeln!(out, "\n## {}\n", render(&key.into(), lang));
}

fn list(out: &mut String, key: Key, lines: impl Iterator<Item = String>, lang: Lang) {
    heading(out, key, lang);
    let mut none = true;
    for line in lines {
        none = false;
        let _ = writeln!(out, "- {line}");
    }
    if none {
        let _ = writeln!(out, "{}", render(&msg!("review.week.none").into(), lang));
    }
}

fn pushes(out: &mut String, week: &Week, currency: Currency, lang: Lang) {
    heading(out, msg!("review.week.pushes"), lang);
    if week.pushes.is_empty() {
        let _ = writeln!(out, "{}", render(&msg!("review.week.none").into(), lang));
        return;
    }
    let columns = [
        msg!("review.column.push"),
        msg!("review.column.strategy"),
        msg!("review.column.pushed-on"),
        msg!("push.fact.deadline"),
        msg!("review.item.orders"),
        msg!("push.fact.tasks"),
        msg!("review.week.heard"),
        msg!("review.step.reached"),
        msg!("review.step.sold"),
        msg!("review.week.amount"),
    ];
    let heads: Vec<String> = columns.iter().map(|key| render(&(*key).into(), lang)).collect();
    let _ = writeln!(out, "| {} |\n|{}", heads.join(" | "), "---|".repeat(columns.len()));
    for line in &week.pushes {
        let _ = writeln!(
            out,
            "| #{} | {} v{} {} | {} | {} | {}/{} | {} | {} | {} | {} | {} |",
            line.push,
            plain(&line.strategy),
            line.version,
            plain(&line.name),
            number::date(line.pushed_on),
            number::date(line.deadline),
            line.signed,
            line.orders,
            number::count(line.tasks),
            number::count(line.heard),
            number::count(line.reached),
            number::count(line.sold),
            number::money_exact(line.amount, currency),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_says_how_many_units_it_does_not_name() {
        let line = |hits: i64| AlertLine {
            alert: "A".to_owned(),
            name: "余额下降".to_owned(),
            metric: "aum".to_owned(),
            metric_names: ("资产".to_owned(), "AUM".to_owned()),
            day: chrono::NaiveDate::default(),
            hits,
            units: (1..=hits.min(5)).map(|n| format!("U{n}")).collect(),
            owner: "li".to_owned(),
        };
        assert!(alert(&line(8), Lang::En).contains("8 units (U1, U2, U3, U4, U5 and 3 more)"));
        assert!(alert(&line(8), Lang::ZhCn).contains("U1、U2、U3、U4、U5 等，另 3 个"));
        assert!(alert(&line(1), Lang::En).contains("1 unit (U1)"));
        assert!(!alert(&line(5), Lang::En).contains("more"));
    }

    #[test]
    fn what_rounds_to_nothing_has_no_sign() {
        assert_eq!([hundredths(-0.000_01), hundredths(0.000_01)], ["0.00 %", "0.00 %"]);
        assert_eq!(hundredths(-0.018), "-1.80 %");
    }
}
