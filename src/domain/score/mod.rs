//! The score card (履职评价) of a unit or an RM: each item's cases and successes become points that add up exactly.
//!
//! A card is a file ([`mod@file`]): items with a measure, a weight, a target and a floor, and bands of points with their names.
//! Measures are a closed list, so that a denominator is never somebody's own. An item with too few cases is not scored and
//! says so; its weight goes to the others in proportion, and both weights are shown. Points are hundredths in whole
//! numbers: the effective weights of the scored items are 100.00 together, and the total is the sum of what is shown.

pub mod file;
mod measure;
mod points;
#[cfg(test)]
mod tests;

use chrono::{Datelike as _, NaiveDate};
use serde::Serialize;

pub use measure::{Measure, Side};
pub use points::{Points, Ratio};

/// Whose card it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// A unit's, with the units below it.
    Unit,
    /// An RM's.
    Rm,
}

/// For which time a card is made when none is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// The month of the bank's day.
    Month,
    /// Its quarter.
    Quarter,
    /// Its year.
    Year,
}

impl Term {
    /// The words of a file.
    pub const WORDS: &'static [&'static str] = &["month", "quarter", "year"];

    /// Reads a word of a file.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// The period around a day, as targets write it: `2026-11`, `2026-Q4`, `2026`.
    #[must_use]
    pub fn around(self, day: NaiveDate) -> String {
        match self {
            Self::Month => day.format("%Y-%m").to_string(),
            Self::Quarter => format!("{}-Q{}", day.year(), day.month0() / 3 + 1),
            Self::Year => day.year().to_string(),
        }
    }
}

/// One line of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its code in the file.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// What is measured.
    pub measure: Measure,
    /// The metric that is held against its plan.
    pub metric: Option<String>,
    /// Its part of the hundred.
    pub weight: Points,
    /// The value that gives the whole weight.
    pub target: Ratio,
    /// The value that gives nothing.
    pub floor: Ratio,
    /// How many times its weight it gives at most.
    pub cap: Ratio,
    /// With fewer cases it is not scored.
    pub minimum: i64,
}

/// A band of points and what who lies in it is called (客户经理分类).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Class {
    /// Its code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// From how many points on.
    pub from: Points,
}

/// A card as a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What people call it.
    pub name: String,
    /// For which time it is made.
    pub term: Term,
    /// With less than this part of the weights scored there is no total and no class.
    pub least_weight: Points,
    /// From which share of the attainable points on an activity is high.
    pub activity_from: Points,
    /// From which share of the attainable points on a result is high.
    pub result_from: Points,
    /// The items of a unit.
    pub unit: Vec<Item>,
    /// The items of an RM.
    pub rm: Vec<Item>,
    /// The bands, the best first; the last begins at nothing.
    pub classes: Vec<Class>,
}

impl Card {
    /// The items of such a card.
    #[must_use]
    pub fn items(&self, of: Of) -> &[Item] {
        match of {
            Of::Unit => &self.unit,
            Of::Rm => &self.rm,
        }
    }
}

/// How many cases there were, and in how many of them it was so. Of a plan: what was reached, and what should be by now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// Successes, or what was reached.
    pub numerator: i64,
    /// Cases, or the plan.
    pub denominator: i64,
}

/// Whether an item gives points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It does.
    Scored,
    /// It lies at or below the floor: it is scored, and gives nothing.
    Floored,
    /// It would give more than the cap.
    Capped,
    /// Fewer cases than the minimum: its weight went to the others.
    TooFew,
    /// There is no plan, or one of nothing: its weight went to the others.
    NoPlan,
}

impl Standing {
    /// Its points count.
    #[must_use]
    pub fn counts(self) -> bool {
        matches!(self, Self::Scored | Self::Floored | Self::Capped)
    }
}

/// A line of a card with its points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The item.
    pub item: Item,
    /// Its cases.
    pub figure: Figure,
    /// Its part of the hundred among the items that are scored.
    pub effective: Points,
    /// What it gives.
    pub points: Points,
    /// Whether and how it counts.
    pub standing: Standing,
}

/// Where activity and result lie (四象限).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quadrant {
    /// Much done, much reached.
    Both,
    /// Much done, little reached: look at how it is done.
    ActivityOnly,
    /// Little done, much reached: look at what it comes from.
    ResultOnly,
    /// Little of both.
    Neither,
}

/// A card that was reckoned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// Its lines, in the order of the file.
    pub lines: Vec<Line>,
    /// The sum of their points; none if too little of the weights is scored.
    pub total: Option<Points>,
    /// How much of the hundred is scored.
    pub scored: Points,
    /// The band of the total.
    pub class: Option<Class>,
    /// The share of the attainable points of what is done, of 100; none if nothing of it is scored.
    pub activity: Option<Points>,
    /// The same of what is reached.
    pub result: Option<Points>,
    /// Where both lie.
    pub quadrant: Option<Quadrant>,
}

/// Reckons the card of `of` from each item's figure, in the order of the items; none is no case.
#[must_use]
pub fn score(card: &Card, of: Of, figures: &[Option<Figure>]) -> Score {
    let items = card.items(of);
    let figure = |at: usize| figures.get(at).copied().flatten().unwrap_or_default();
    let standings: Vec<Standing> =
        items.iter().enumerate().map(|(at, item)| measure::standing(item, figure(at))).collect();
    let weights: Vec<Points> = items
        .iter()
        .zip(&standings)
        .map(|(item, standing)| if standing.counts() { item.weight } else { Points(0) })
        .collect();
    let effective = points::shared(Points::HUNDRED, &weights);
    let lines: Vec<Line> = items
        .iter()
        .enumerate()
        .map(|(at, item)| Line {
            item: item.clone(),
            figure: figure(at),
            effective: effective[at],
            points: measure::points(item, figure(at), effective[at], standings[at]),
            standing: standings[at],
        })
        .collect();
    let scored = Points(weights.iter().map(|weight| weight.0).sum());
    let enough = scored.0 > 0 && scored >= card.least_weight;
    let total = enough.then(|| Points(lines.iter().map(|line| line.points.0).sum()));
    let class =
        total.and_then(|total| card.classes.iter().find(|class| class.from <= total).cloned());
    let (activity, result) = (side(&lines, Side::Activity), side(&lines, Side::Result));
    let quadrant = activity.zip(result).filter(|_| enough).map(|(activity, result)| {
        match (activity >= card.activity_from, result >= card.result_from) {
            (true, true) => Quadrant::Both,
            (true, false) => Quadrant::ActivityOnly,
            (false, true) => Quadrant::ResultOnly,
            (false, false) => Quadrant::Neither,
        }
    });
    Score { lines, total, scored, class, activity, result, quadrant }
}

/// The points of one side as a share of their effective weights, of 100, rounded half up to a hundredth.
fn side(lines: &[Line], side: Side) -> Option<Points> {
    let of_side = || lines.iter().filter(|line| line.item.measure.side() == side);
    let weights: i64 = of_side().map(|line| line.effective.0).sum();
    let points: i64 = of_side().map(|line| line.points.0).sum();
    (weights > 0).then(|| Points((2 * points * Points::HUNDRED.0 + weights) / (2 * weights)))
}

/// The card that was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CardHead {
    /// Its number.
    pub version: i32,
    /// What people call it.
    pub name: String,
    /// SHA-256 of its text.
    pub hash: String,
    /// Who loaded it.
    pub author: String,
}

/// Whose points they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// A unit or an RM.
    pub of: Of,
    /// The code of the unit, or of the RM.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// The unit itself, or that of the RM.
    pub org: String,
    /// What people call the unit.
    pub org_name: String,
}

/// Between which days cases had to come due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Days {
    /// The period: `2026-Q4`.
    pub period: String,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day, or the bank's.
    pub to: NaiveDate,
}

/// One card, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scored {
    /// By which card.
    pub card: CardHead,
    /// For which time.
    pub days: Days,
    /// Whose.
    pub subject: Subject,
    /// How it comes out.
    pub score: Score,
    /// The metrics of its items whose amounts are money.
    pub money: Vec<String>,
}

/// The cards of many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scores {
    /// By which card.
    pub card: CardHead,
    /// For which time.
    pub days: Days,
    /// Units or RMs.
    pub of: Of,
    /// Each with its card.
    pub rows: Vec<(Subject, Score)>,
}

impl Scores {
    /// Sorts by the total, or by the points of the item with this code: the best first, those without points last. Who is alike
    /// stays in the order in which he stood.
    pub fn sort_by(&mut self, item: Option<&str>) {
        let points = |score: &Score| match item {
            None => score.total,
            Some(code) => {
                let line = score.lines.iter().find(|line| line.item.code == code);
                line.filter(|line| line.standing.counts()).map(|line| line.points)
            }
        };
        self.rows.sort_by_key(|(_, score)| std::cmp::Reverse(points(score)));
    }
}
