//! Two texts of a strategy key by key, and three where a save came too late.

use super::file::{Line, lines};
use super::{StrategyRow, StrategyText};
use crate::domain::money::Currency;

/// The tables of a file in their order, the head first.
const TABLES: [Option<&str>; 15] = [
    None,
    Some("offer"),
    Some("benefit"),
    Some("benefit.quotas"),
    Some("budget"),
    Some("success"),
    Some("guard"),
    Some("wave"),
    Some("channel"),
    Some("step"),
    Some("exit"),
    Some("field"),
    Some("pilot"),
    Some("allocation"),
    Some("control"),
];

/// A key whose values are not all alike; a text that does not have it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<const N: usize> {
    /// `wave[2].day`, as the file and its refusals call it.
    pub key: String,
    /// The value in each text, in their order.
    pub values: [Option<String>; N],
}

/// The keys in which the texts are not all alike, in the order of the file.
#[must_use]
pub fn among<const N: usize>(texts: [&StrategyText; N], currency: Currency) -> Vec<Change<N>> {
    let all = texts.map(|text| lines(text, currency));
    let mut keys: Vec<&Line> = vec![];
    for line in all.iter().flatten() {
        if !keys.iter().any(|key| same(key, line)) {
            keys.push(line);
        }
    }
    // Keys of one table stay in the order in which they were met.
    let table = |line: &Line| TABLES.iter().position(|table| *table == line.table);
    keys.sort_by_key(|line| (table(line), line.number));
    let values = |key: &Line| {
        let of = |i: usize| all[i].iter().find(|line| same(key, line)).map(|l| l.value.plain());
        std::array::from_fn::<_, N, _>(of)
    };
    let changes = keys.into_iter().map(|key| Change { key: key.path(), values: values(key) });
    changes.filter(|change| change.values.iter().any(|v| *v != change.values[0])).collect()
}

fn same(one: &Line, other: &Line) -> bool {
    (one.table, one.number, &one.key) == (other.table, other.number, &other.key)
}

/// What distinguishes two versions: their texts, and the segment's version and rule where they are pinned.
#[must_use]
pub fn versions(from: &StrategyRow, to: &StrategyRow, currency: Currency) -> Vec<Change<2>> {
    let mut changes = among([&from.text, &to.text], currency);
    let mut beside = |key: &str, values: [Option<String>; 2]| {
        if values[0] != values[1] {
            changes.push(Change { key: key.to_owned(), values });
        }
    };
    beside("segment_version", [from, to].map(|row| row.segment_version.map(|v| format!("v{v}"))));
    beside("script_version", [from, to].map(|row| Some(row.script_version.to_string())));
    beside("rule", [from, to].map(|row| Some(row.rule.clone())));
    beside("body", [from, to].map(|row| row.strange_body.clone()));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::strategy::file;

    const BEFORE: &str = "code = \"ST-1\"\nname = \"甲\"\nsegment = \"SG-A\"\ndeadline_days = 14\n\
        control_share = 0.10\nseed = 7\n[offer]\nproduct = \"p\"\nbenefit = \"\"\nscript = \"s\"\n\
        [[wave]]\nname = \"一\"\nday = 0\n[[step]]\ntext = \"打电话\"\nmust = true\n";

    fn text(from: &str, to: &str) -> StrategyText {
        file::parse(&BEFORE.replace(from, to), Currency::CNY).unwrap()
    }

    #[test]
    fn what_has_changed_is_told_in_the_order_of_the_file() {
        let before = text("", "");
        let after =
            text("day = 0", "day = 0\n[[wave]]\nname = \"二\"\nday = 7\nfor = \"not_reached\"");
        let after = StrategyText { control_ppm: 0, ..after };
        let told: Vec<_> = among([&before, &after], Currency::CNY)
            .into_iter()
            .map(|change| (change.key, change.values))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [
                ("control_share".to_owned(), [some("0.10"), some("0.00")]),
                ("wave[2].name".to_owned(), [None, some("二")]),
                ("wave[2].day".to_owned(), [None, some("7")]),
                ("wave[2].for".to_owned(), [None, some("not_reached")]),
            ]
        );
        assert_eq!(among([&after, &after, &after], Currency::CNY), []);
    }

    #[test]
    fn three_texts_show_whose_change_is_whose() {
        let (base, theirs, mine) = (text("", ""), text("14", "21"), text("\"s\"", "\"t\""));
        let told: Vec<_> = among([&base, &theirs, &mine], Currency::CNY)
            .into_iter()
            .map(|change| (change.key, change.values.map(Option::unwrap)))
            .collect();
        assert_eq!(told[0], ("deadline_days".to_owned(), ["14", "21", "14"].map(str::to_owned)));
        assert_eq!(told[1], ("offer.script".to_owned(), ["s", "s", "t"].map(str::to_owned)));
        assert_eq!(told.len(), 2);
    }
}
