//! The words of a score card, for screens and for commands.

use crate::domain::message::{Arg, Key, Message};
use crate::domain::score::{Figure, Line, Quadrant, Ratio, Score, Standing};
use crate::msg;

/// What people call a quadrant.
#[must_use]
pub fn quadrant(of: Quadrant) -> Key {
    match of {
        Quadrant::Both => msg!("score.quadrant.both"),
        Quadrant::ActivityOnly => msg!("score.quadrant.activity-only"),
        Quadrant::ResultOnly => msg!("score.quadrant.result-only"),
        Quadrant::Neither => msg!("score.quadrant.neither"),
    }
}

/// The same in two words, for a narrow column.
#[must_use]
pub fn quadrant_short(of: Quadrant) -> Key {
    match of {
        Quadrant::Both => msg!("score.quadrant-short.both"),
        Quadrant::ActivityOnly => msg!("score.quadrant-short.activity-only"),
        Quadrant::ResultOnly => msg!("score.quadrant-short.result-only"),
        Quadrant::Neither => msg!("score.quadrant-short.neither"),
    }
}

/// What a line is worth saying of: that it is capped, at the floor, or not scored, and why.
#[must_use]
pub fn standing(line: &Line) -> Arg {
    match line.standing {
        Standing::Scored => "".into(),
        Standing::Floored => msg!("score.standing.floored").into(),
        Standing::Capped if line.item.cap == Ratio::ONE => msg!("score.standing.whole").into(),
        Standing::Capped => Message::new(msg!("score.standing.capped"))
            .with("cap", line.item.cap.to_string())
            .into(),
        Standing::TooFew => Message::new(msg!("score.standing.too-few"))
            .with("cases", line.figure.denominator)
            .with("least", line.item.minimum)
            .into(),
        Standing::NoPlan => msg!("score.standing.no-plan").into(),
    }
}

/// A figure as a percentage with one decimal, rounded half up; a dash where there is no case.
#[must_use]
pub fn value(figure: Figure) -> String {
    if figure.denominator <= 0 {
        return "-".to_owned();
    }
    let (n, d) = (i128::from(figure.numerator), i128::from(figure.denominator));
    let tenths = (2 * n * 1_000 + d).div_euclid(2 * d);
    let sign = if tenths < 0 { "-" } else { "" };
    let tenths = tenths.unsigned_abs();
    format!("{sign}{}.{} %", tenths / 10, tenths % 10)
}

/// What must be known of the total: where the weights of what is not scored went, or why there is none; and how a high activity
/// goes with the result.
#[must_use]
pub fn sentences(score: &Score) -> Vec<Message> {
    let left: Vec<&str> = score
        .lines
        .iter()
        .filter(|line| !line.standing.counts())
        .map(|line| line.item.name.as_str())
        .collect();
    let mut said = Vec::new();
    if score.total.is_none() {
        let scored = score.scored.to_string();
        said.push(Message::new(msg!("score.said.no-total")).with("scored", scored));
    } else if !left.is_empty() {
        let said_left = Message::new(msg!("score.said.left"))
            .with("items", Message::list(left.iter().copied()))
            .with("scored", score.scored.to_string());
        said.push(said_left);
    }
    if let (Some(of), Some(activity), Some(result)) = (score.quadrant, score.activity, score.result)
    {
        let said_of = Message::new(msg!("score.said.quadrant"))
            .with("activity", activity.to_string())
            .with("result", result.to_string())
            .with("quadrant", quadrant(of));
        said.push(said_of);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_whole_weight_is_not_told_to_be_capped_at_one_time() {
        let told = |cap| {
            let card = include_str!("../../fixtures/demo/score-card.toml");
            let mut item = crate::domain::score::file::read(card, None).unwrap().unit.remove(0);
            item.cap = Ratio(cap);
            let figure = Figure { numerator: 1, denominator: 1 };
            let (effective, points) = (item.weight, item.weight);
            standing(&Line { item, figure, effective, points, standing: Standing::Capped })
        };
        assert_eq!(told(1_000_000), Arg::from(msg!("score.standing.whole")));
        assert_ne!(told(1_500_000), Arg::from(msg!("score.standing.whole")));
    }

    #[test]
    fn a_value_is_rounded_half_up_from_whole_numbers() {
        let value = |numerator, denominator| value(Figure { numerator, denominator });
        assert_eq!(value(1, 3), "33.3 %");
        assert_eq!(value(1, 2_000), "0.1 %");
        assert_eq!(value(49, 100_000), "0.0 %");
        assert_eq!(value(-1, 3), "-33.3 %");
        assert_eq!(value(5, 0), "-");
        assert_eq!(value(i64::MAX, 1), "922337203685477580700.0 %");
    }
}
