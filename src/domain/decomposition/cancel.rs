//! Whether the parts of a change take so much of each other back that shares of it say nothing.

use super::Explanation;
use crate::domain::metric::Value;

/// Parts that come to more than this many times the whole change are told in numbers: nobody explains 1,291 % of anything.
pub(super) const CANCELS: f64 = 2.0;

/// Whether these parts of a change take so much of each other back that shares of it say nothing: either side comes to more than
/// twice the change. Where it is so a share is not shown: `—` for people, nothing for programs.
#[must_use]
pub fn cancel(parts: impl IntoIterator<Item = Value>, change: Value) -> bool {
    let (mut up, mut down) = (0.0, 0.0);
    for size in parts.into_iter().map(Value::as_f64) {
        if size > 0.0 {
            up += size;
        } else {
            down -= size;
        }
    }
    up.min(down) > 0.0 && up.max(down) > CANCELS * change.as_f64().abs()
}

/// Whether the parts of a change cancel: those that were asked for, or what each factor comes to over all of them, and what is left
/// over or not to be seen beside either.
#[must_use]
pub fn cancels(answer: &Explanation) -> bool {
    let rest = || answer.unseen.map(|unseen| unseen.effect).into_iter().chain([answer.residual]);
    let parts = answer.effects.iter().map(|part| part.effect).chain(rest());
    cancel(parts, answer.change) || totals_cancel(answer)
}

/// The same of what each factor comes to over all parts.
#[must_use]
pub fn totals_cancel(answer: &Explanation) -> bool {
    cancel(answer.totals.iter().map(|share| share.effect), answer.change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decomposition::tests::of;
    use crate::domain::decomposition::{By, Share};

    #[test]
    fn a_share_that_says_nothing_is_not_shown() {
        let whole =
            |values: &[i64]| values.iter().map(|&value| Value::Whole(value)).collect::<Vec<_>>();
        assert!(cancel(whole(&[4_900, -4_800]), Value::Whole(100)));
        assert!(!cancel(whole(&[150, -50]), Value::Whole(100)));
        assert!(!cancel(whole(&[4_900]), Value::Whole(100)), "one side takes nothing back");
        assert!(cancel(whole(&[5, -5]), Value::Whole(0)) && !cancel(whole(&[0]), Value::Whole(0)));
        // What is left over takes back what records add up to.
        let records = Explanation { by: By::Attribute("payroll".into()), ..of(100, &[300, 190]) };
        assert!(cancels(&records));
        let share = |name: &str, by| Share::of(name, Value::Whole(by));
        let totals = vec![share("customers", 4_000), share("each", -3_900)];
        let both = Explanation { by: By::Both, totals, ..of(100, &[60, 40]) };
        assert!(cancels(&both) && totals_cancel(&both));
        assert!(!cancels(&of(100, &[60, 40])));
    }
}
