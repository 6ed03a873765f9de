//! The report of a review as Markdown: for the file, and for whoever was not there.

use std::fmt::Write as _;

use super::{Lang, Line, Section, lines, methods, render, sentence, subject};
use crate::domain::message::{Key, Message};
use crate::domain::money::Currency;
use crate::domain::review::Review;
use crate::msg;

/// The parts that are tables, in the order of the report.
const TABLES: [Section; 7] = [
    Section::Funnel,
    Section::Execution,
    Section::Effect,
    Section::Balance,
    Section::Branches,
    Section::Guards,
    Section::Cost,
];

/// The report in the operator's language.
#[must_use]
pub fn markdown(review: &Review, currency: Currency, lang: Lang) -> String {
    let say = |message: Message| render(&message, lang);
    let title = say(Message::new(msg!("review.title")).with("subject", subject(review)));
    let days = review.days;
    let of = say(Message::new(msg!("review.report.of"))
        .with("pushed", days.pushed_on)
        .with("deadline", days.deadline)
        .with("due", days.due)
        .with("as-of", days.as_of));
    let mut out = format!(
        "# {}\n\n{}\n\n**{}**\n",
        plain(&title),
        plain(&of),
        plain(&sentence(review, currency, lang))
    );
    let all = lines(review, currency, lang);
    for section in TABLES {
        let rows: Vec<&Line> = all.iter().filter(|line| line.section == section).collect();
        if !rows.is_empty() {
            table(&mut out, section, &rows, lang);
        }
    }
    for section in [Section::Notes, Section::Verdict] {
        let rows = all.iter().filter(|line| line.section == section);
        let mut texts = rows.map(|line| match section {
            Section::Verdict => {
                format!(
                    "- {}: {} ({}, {})\n",
                    line.value.text,
                    plain(&line.item),
                    line.treated.text,
                    line.control.text
                )
            }
            _ => format!("- {}\n", plain(&line.item)),
        });
        if let Some(first) = texts.next() {
            let _ = write!(out, "\n## {}\n\n{first}", say(section.name().into()));
            out.extend(texts);
        }
    }
    reading(&mut out, review, currency, lang);
    out
}

/// How to read it: what counts, and by which methods just these figures were found.
fn reading(out: &mut String, review: &Review, currency: Currency, lang: Lang) {
    let _ = writeln!(out, "\n## {}\n", render(&msg!("review.report.methods").into(), lang));
    let mut said: Vec<Message> = Vec::new();
    let control = review.arms.control.n > 0;
    let measured = review.arms.treated.converted.is_some();
    said.push(match (control, measured) {
        (true, true) => msg!("review.report.itt").into(),
        (true, false) if review.records_end().is_some() => msg!("review.report.itt").into(),
        (true, false) => msg!("review.report.arms").into(),
        (false, _) if review.is_part() => msg!("review.report.part").into(),
        (false, _) => msg!("review.report.no-control").into(),
    });
    if measured || review.before_after.is_some() {
        let from = review.days.pushed_on.succ_opt().unwrap_or(review.days.pushed_on);
        let window = Message::new(msg!("review.report.window"));
        said.push(window.with("from", from).with("to", review.days.measured_to));
    }
    said.extend(methods(review, currency).into_iter().map(|(_, message)| message));
    if limited(review) {
        said.push(msg!("review.report.limits").into());
    }
    for message in said {
        let _ = writeln!(out, "- {}", plain(&render(&message, lang)));
    }
}

/// There are figures with limits.
fn limited(review: &Review) -> bool {
    let balance = review.balance.as_ref().is_some_and(|balance| balance.raw.is_some());
    review.itt.is_some() || balance || review.matched.is_some()
}

/// A column: its heading, and what a line says in it.
type Told = (Key, fn(&Line) -> &str);

fn table(out: &mut String, section: Section, rows: &[&Line], lang: Lang) {
    let columns: [Told; 7] = [
        (msg!("review.column.item"), |line| &line.item),
        (msg!("review.column.treated"), |line| &line.treated.text),
        (msg!("review.column.control"), |line| &line.control.text),
        (msg!("review.column.value"), |line| &line.value.text),
        (msg!("review.column.lower"), |line| &line.lower.text),
        (msg!("review.column.upper"), |line| &line.upper.text),
        (msg!("review.column.p"), |line| &line.p.text),
    ];
    let used: Vec<_> = columns
        .into_iter()
        .enumerate()
        .filter(|(at, (_, cell))| *at == 0 || rows.iter().any(|row| !cell(row).is_empty()))
        .map(|(_, column)| column)
        .collect();
    let say = |key: Key| render(&key.into(), lang);
    let _ = writeln!(out, "\n## {}\n", say(section.name()));
    let heads: Vec<String> = used.iter().map(|(key, _)| say(*key)).collect();
    let _ = writeln!(out, "| {} |\n|{}", heads.join(" | "), "---|".repeat(used.len()));
    for row in rows {
        let cells: Vec<String> = used.iter().map(|(_, cell)| plain(cell(row))).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}

/// A text that Markdown takes for nothing but text, on one line.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '|' | '*' | '_' | '`' | '[' | ']' | '<' | '\\' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_bank_calls_a_thing_is_no_markdown() {
        assert_eq!(plain("a|b *c*\n# d"), "a\\|b \\*c\\* # d");
    }
}
