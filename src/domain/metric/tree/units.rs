//! What a formula gives must be what its metric is counted in, and of the same kind. It is asked when metrics are imported, not when they
//! are read: a bank that has such a formula already goes on, and is told with its next import.

use super::{Terms, Tree, TreeError};
use crate::domain::metric::{Kind, Metric};

impl Tree {
    /// Refuses formulas whose parts make something else than their metric: money is one amount times plain numbers, or an amount over a
    /// plain number; what is no money holds no amount, or as many above as below; a stock is not made of flows, and a sum does not mix them.
    ///
    /// # Errors
    /// [`TreeError::NoMoney`], [`TreeError::Money`] and [`TreeError::Mixed`] name the metric.
    pub fn check_units(&self) -> Result<(), TreeError> {
        let formulas = self.metrics.iter().zip(&self.written);
        formulas
            .filter_map(|(metric, terms)| Some((metric, terms.as_ref()?)))
            .try_for_each(|(metric, terms)| self.check(metric, terms))
    }

    fn check(&self, of: &Metric, terms: &Terms) -> Result<(), TreeError> {
        let money = |at: usize| i32::from(self.metrics[at].is_money());
        let amounts = match terms {
            Terms::Product(factors) => factors.iter().map(|&at| money(at)).sum(),
            Terms::Quotient(above, below) => money(*above) - money(*below),
            // That the terms of a sum are all money or none is asked when it is read.
            Terms::Sum(_) => i32::from(of.is_money()),
        };
        // A number over an amount is told as a number.
        if of.is_money() && amounts != 1 {
            return Err(TreeError::NoMoney(of.code.clone()));
        }
        if !of.is_money() && amounts > 0 {
            return Err(TreeError::Money(of.code.clone()));
        }
        let mixes = |part: &Metric| match (terms, of.kind, part.kind) {
            (Terms::Quotient(..), ..) => false,
            (Terms::Product(_), of, part) => (of, part) == (Kind::Stock, Kind::Flow),
            (Terms::Sum(_), of, part) => of != part,
        };
        let stranger =
            terms.metrics().into_iter().map(|at| &self.metrics[at]).find(|part| mixes(part));
        match stranger {
            None => Ok(()),
            Some(part) => {
                Err(TreeError::Mixed { metric: of.code.clone(), name: part.code.clone() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(kind: Kind, money: bool, formula: &str) -> Result<(), TreeError> {
        let metric = |code: &str, kind, money: bool, formula: Option<&str>| Metric {
            code: code.to_owned(),
            zh: code.to_owned(),
            en: code.to_owned(),
            kind,
            unit: money.then(|| "money".to_owned()),
            formula: formula.map(str::to_owned),
            has_facts: formula.is_none(),
            over: crate::domain::metric::definition::Over::default(),
        };
        let all = vec![
            metric("m", kind, money, Some(formula)),
            metric("dep", Kind::Stock, true, None),
            metric("loan", Kind::Stock, true, None),
            metric("cnt", Kind::Stock, false, None),
            metric("each", Kind::Ratio, true, None),
            metric("rate", Kind::Ratio, false, None),
            metric("flow", Kind::Flow, false, None),
            metric("fees", Kind::Flow, true, None),
        ];
        Tree::new(all).unwrap().check_units()
    }

    #[test]
    fn what_parts_make_is_what_the_metric_is_counted_in() {
        let no_money = Err(TreeError::NoMoney("m".to_owned()));
        let is_money = Err(TreeError::Money("m".to_owned()));
        for (kind, money, formula, want) in [
            (Kind::Stock, true, "cnt * each", Ok(())),
            (Kind::Stock, true, "cnt * rate", no_money.clone()),
            (Kind::Stock, false, "dep * loan", is_money.clone()),
            (Kind::Stock, true, "dep * loan", no_money.clone()),
            (Kind::Ratio, false, "loan / dep", Ok(())),
            (Kind::Ratio, true, "loan / dep", no_money),
            (Kind::Ratio, true, "dep / cnt", Ok(())),
            (Kind::Ratio, false, "dep / cnt", is_money),
            (Kind::Flow, false, "flow * rate", Ok(())),
            (Kind::Stock, true, "dep + loan", Ok(())),
        ] {
            assert_eq!(tree(kind, money, formula), want, "{formula} as money: {money}");
        }
    }

    #[test]
    fn a_stock_is_not_made_of_flows() {
        let mixed = |name: &str| Err(TreeError::Mixed { metric: "m".into(), name: name.into() });
        assert_eq!(tree(Kind::Stock, false, "flow * rate"), mixed("flow"));
        assert_eq!(tree(Kind::Stock, true, "dep + fees"), mixed("fees"));
        assert_eq!(tree(Kind::Flow, true, "fees - dep"), mixed("dep"));
    }
}
