//! The weekly report (周报) as Markdown.

use std::fmt::Write as _;

use super::review::{plain, verdict_name};
use super::{Lang, number, render};
use crate::domain::message::{Key, Message};
use crate::domain::money::Currency;
use crate::domain::weekly::Week;
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
    pushes(&mut out, week, currency, lang);
    let findings = week.findings.iter().map(|line| {
        let key = if line.open { msg!("review.week.open") } else { msg!("review.week.seen") };
        let state = render(&key.into(), lang);
        format!(
            "{} {} ({}, {state})",
            number::date(line.day),
            plain(&line.text),
            plain(&line.owner)
        )
    });
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
