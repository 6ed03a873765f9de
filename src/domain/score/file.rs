//! A score card as a file: TOML with `[[unit]]` and `[[rm]]` items and `[[class]]` bands.
//!
//! The file is walked by hand rather than through serde, so that every refusal names line, column and what was expected,
//! and weights and ratios are read from their digits.

mod error;
mod table;

use toml::de::DeTable;

pub use error::{CardError, Fault};
use table::{Table, place};

use super::{Card, Class, Item, Measure, Of, Points, Ratio, Term};

/// Most items of one card, and most bands.
const MOST: usize = 20;
/// The longest file, in characters.
pub const LONGEST: usize = 100_000;
const HEAD: &[&str] =
    &["name", "period", "least_weight", "activity_from", "result_from", "unit", "rm", "class"];
const ITEM: &[&str] = &["code", "name", "measure", "weight", "target", "floor", "cap", "minimum"];
const PLAN: &[&str] = &["code", "name", "measure", "weight", "target", "floor", "cap", "metric"];

/// A metric of the bank: its code, and whether it is a quotient, whose plans are no amounts.
pub type Known = (String, bool);

/// Reads a card. `metrics` are the bank's, where the file is to be held against them.
///
/// # Errors
/// [`CardError`], the first that is found: where it stands and what was expected.
pub fn read(text: &str, metrics: Option<&[Known]>) -> Result<Card, CardError> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    if text.chars().count() > LONGEST {
        return Err(CardError::TooLong { most: LONGEST });
    }
    let parsed = DeTable::parse(&text).map_err(|error| CardError::Syntax {
        place: place(&text, error.span().map_or(0, |span| span.start)),
        reason: error.message().to_owned(),
    })?;
    let head = Table::open(&text, parsed.get_ref(), HEAD)?;
    let term = head.one_of("period", Term::WORDS, Term::parse)?.unwrap_or(Term::Quarter);
    let of_hundred = |key, usual| {
        head.points(key, Points(0), Points::HUNDRED).map(|found| found.unwrap_or(Points(usual)))
    };
    let card = Card {
        name: head.need_words("name")?,
        term,
        least_weight: of_hundred("least_weight", 5_000)?,
        activity_from: of_hundred("activity_from", 7_000)?,
        result_from: of_hundred("result_from", 7_000)?,
        unit: items(&head, Of::Unit, metrics)?,
        rm: items(&head, Of::Rm, metrics)?,
        classes: classes(&head)?,
    };
    if card.unit.is_empty() && card.rm.is_empty() {
        return Err(head.refuse("", Fault::NoItems));
    }
    Ok(card)
}

/// The items of one of the two lists.
fn items(head: &Table<'_>, of: Of, metrics: Option<&[Known]>) -> Result<Vec<Item>, CardError> {
    let key = match of {
        Of::Unit => "unit",
        Of::Rm => "rm",
    };
    let mut items: Vec<Item> = vec![];
    let tables = head.tables(key, MOST)?;
    for table in &tables {
        let item = item(table, of, metrics)?;
        if items.iter().any(|other| other.code == item.code) {
            return Err(table.refuse("code", Fault::Twice));
        }
        items.push(item);
    }
    let sum = Points(items.iter().map(|item| item.weight.0).sum());
    match tables.last() {
        Some(lowest) if sum != Points::HUNDRED => {
            let list = format!("[[{key}]]");
            Err(CardError::Weights { list, sum, place: lowest.place_of("weight") })
        }
        _ => Ok(items),
    }
}

fn item(table: &Table<'_>, of: Of, metrics: Option<&[Known]>) -> Result<Item, CardError> {
    let words = if of == Of::Rm { Measure::RM_WORDS } else { Measure::WORDS };
    // Of an RM's card what only a unit has is refused with the words that may stand there.
    let measure = match table.need_one_of("measure", words, Measure::parse)? {
        measure if words.contains(&measure.word()) => measure,
        _ => return Err(table.refuse("measure", Fault::NotOneOf { words })),
    };
    table.only(if measure == Measure::Plan { PLAN } else { ITEM })?;
    let metric = match measure {
        Measure::Plan => Some(metric(table, metrics)?),
        _ => None,
    };
    let ratio = |key, least, most| table.ratio(key, least, most);
    let (least, most) = (Ratio(0), Ratio(10_000_000));
    let target = ratio("target", least, most)?.ok_or_else(|| table.missing("target"))?;
    let floor = match ratio("floor", least, most)? {
        Some(floor) => floor,
        None if measure.less_is_better() => return Err(table.missing("floor")),
        None => Ratio(0),
    };
    let better = if measure.less_is_better() { target < floor } else { target > floor };
    if !better {
        let fault = if measure.less_is_better() { Fault::NotBelow } else { Fault::NotAbove };
        return Err(table.refuse("target", fault));
    }
    Ok(Item {
        code: table.need_code("code")?,
        name: table.need_words("name")?,
        measure,
        metric,
        weight: table
            .points("weight", Points(1), Points::HUNDRED)?
            .ok_or_else(|| table.missing("weight"))?,
        target,
        floor,
        cap: ratio("cap", Ratio::ONE, Ratio(2_000_000))?.unwrap_or(Ratio::ONE),
        minimum: table.whole("minimum", 1, 1_000_000)?.unwrap_or(1),
    })
}

fn metric(table: &Table<'_>, metrics: Option<&[Known]>) -> Result<String, CardError> {
    let metric = table.need_words("metric")?;
    match metrics.map(|all| all.iter().find(|(code, _)| *code == metric)) {
        Some(None) => Err(table.refuse("metric", Fault::NoMetric)),
        Some(Some((_, true))) => Err(table.refuse("metric", Fault::Quotient)),
        _ => Ok(metric),
    }
}

/// The bands: each begins below the one before, and the last at nothing, so that every total has one.
fn classes(head: &Table<'_>) -> Result<Vec<Class>, CardError> {
    let mut classes: Vec<Class> = vec![];
    let tables = head.tables("class", MOST)?;
    for table in &tables {
        table.only(&["code", "name", "from"])?;
        let class = Class {
            code: table.need_code("code")?,
            name: table.need_words("name")?,
            from: table
                .points("from", Points(0), Points(20_000))?
                .ok_or_else(|| table.missing("from"))?,
        };
        if classes.iter().any(|other| other.code == class.code) {
            return Err(table.refuse("code", Fault::Twice));
        }
        if classes.last().is_some_and(|above| class.from >= above.from) {
            return Err(table.refuse("from", Fault::BandOrder));
        }
        classes.push(class);
    }
    match (classes.last(), tables.last()) {
        (Some(class), Some(table)) if class.from.0 > 0 => {
            Err(table.refuse("from", Fault::LastBand))
        }
        (None, _) => Err(head.refuse("class", Fault::Missing)),
        _ => Ok(classes),
    }
}
