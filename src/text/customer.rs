//! A customer's card in words.

use super::number;
use crate::domain::customer::MixRow;
use crate::domain::message::Message;
use crate::msg;

/// What a class of products is of all that is held, against the target of the tier: `41.2 % (target 45.0 %, -3.8 pp)`. Where one of
/// the two is not known the other stands alone: a customer who has left holds nothing to take a share of.
#[must_use]
pub fn mix(row: &MixRow) -> Message {
    let percent = |ppm: i64| number::percent(ppm, 1_000_000).unwrap_or_default();
    match (row.share_ppm.map(percent), row.target_ppm.map(percent), row.drift_ppm()) {
        (Some(share), Some(target), Some(drift)) => Message::new(msg!("customer.mix"))
            .with("share", share)
            .with("target", target)
            .with("drift", number::points(drift)),
        (None, Some(target), _) => Message::new(msg!("customer.mix-target")).with("target", target),
        (share, ..) => {
            let share = share.unwrap_or_else(|| "-".to_owned());
            Message::new(msg!("customer.mix-share")).with("share", share)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Minor;
    use crate::text::{Lang, render};

    #[test]
    fn what_is_not_known_leaves_no_empty_place() {
        let said = |share_ppm, target_ppm| {
            let row = MixRow { class: "cash".into(), amount: Minor(0), share_ppm, target_ppm };
            render(&mix(&row), Lang::En)
        };
        assert_eq!(said(Some(412_000), Some(450_000)), "41.2 % (target 45.0 %, -3.8 pp)");
        assert_eq!(said(None, Some(450_000)), "none (target 45.0 %)");
        assert_eq!(said(Some(412_000), None), "41.2 %");
        assert_eq!(said(None, None), "-");
    }
}
