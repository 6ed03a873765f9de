//! By which method each figure of a review was found: the same sentences on the page, beside the command's table and in the report.

use super::lines::Section;
use crate::domain::message::Message;
use crate::domain::money::Currency;
use crate::domain::review::{Effect, GuardRow, Limit, Method, Review};
use crate::msg;

/// A sentence for each method that this review's figures were found by, with the part it is of. What the review does not have is not
/// spoken of: without a control group there is no word of one.
#[must_use]
pub fn methods(review: &Review, currency: Currency) -> Vec<(Section, Message)> {
    let mut said: Vec<(Section, Message)> = Vec::new();
    let mut of = |section, messages: Vec<Message>| {
        said.extend(messages.into_iter().map(|message| (section, message)));
    };
    of(Section::Effect, effect(review));
    of(Section::Execution, vec![msg!("review.how.execution").into()]);
    of(Section::Branches, branches(review));
    of(Section::Balance, balance(review));
    of(Section::Guards, guards(review));
    of(Section::Cost, cost(review));
    if has_amounts(review) {
        let amounts = Message::new(msg!("review.how.amounts")).with("currency", currency.code());
        of(Section::Cost, vec![amounts]);
    }
    said
}

/// There is money among the figures.
#[must_use]
fn has_amounts(review: &Review) -> bool {
    let balance = review.balance.as_ref().is_some_and(|balance| balance.money);
    let cost = review.cost.is_some_and(|cost| {
        cost.benefits.is_some()
            || cost.brought.is_some()
            || matches!(cost.limit, Some(Limit::AtMost(_)))
    });
    balance || cost
}

fn effect(review: &Review) -> Vec<Message> {
    let mut said: Vec<Message> = Vec::new();
    let method = |effect: Option<Effect>| effect.map(|effect| effect.method);
    match method(review.itt) {
        Some(Method::Newcombe) => said.push(msg!("review.how.list").into()),
        Some(Method::Branches) => said.push(msg!("review.how.of-branches").into()),
        _ => {}
    }
    match method(review.reached) {
        Some(Method::Delta) => said.push(msg!("review.how.reached").into()),
        Some(Method::Limits) => said.push(msg!("review.how.reached-limits").into()),
        _ => {}
    }
    if review.lift.is_some() {
        said.push(msg!("review.how.lift").into());
    }
    if review.mde.is_some() {
        said.push(msg!("review.how.mde").into());
    }
    if review.srm.is_some() {
        said.push(msg!("review.how.srm").into());
    }
    if review.before_after.is_some() {
        said.push(msg!("review.how.before-after").into());
    }
    if let Some(found) = &review.matched {
        said.push(Message::new(msg!("review.how.matched")).with("pairs", found.pairs.len()));
    }
    said
}

fn branches(review: &Review) -> Vec<Message> {
    let tested = review.branches.iter().filter(|row| row.p_holm.is_some()).count();
    if tested == 0 {
        return Vec::new();
    }
    vec![Message::new(msg!("review.how.branches")).with("branches", tested)]
}

fn balance(review: &Review) -> Vec<Message> {
    let Some(balance) = &review.balance else { return Vec::new() };
    let raw = balance.raw.map(|_| msg!("review.how.balance").into());
    let freed = balance.cuped.map(|_| msg!("review.how.cuped").into());
    raw.into_iter().chain(freed).collect()
}

fn guards(review: &Review) -> Vec<Message> {
    if review.guards.iter().all(|row| row.unknown) {
        return Vec::new();
    }
    let known = |row: &&GuardRow| row.difference.is_some() && !row.unknown;
    let compared = review.guards.iter().any(|row| known(&row));
    let against = compared.then(|| msg!("review.how.guards-difference").into());
    std::iter::once(msg!("review.how.guards").into()).chain(against).collect()
}

fn cost(review: &Review) -> Vec<Message> {
    let Some(cost) = &review.cost else { return Vec::new() };
    let extra = cost.extra.map(|_| msg!("review.how.extra").into());
    let benefits = cost.benefits.map(|_| match cost.extra {
        Some(_) => msg!("review.how.benefits").into(),
        None => msg!("review.how.benefits-alone").into(),
    });
    extra.into_iter().chain(benefits).collect()
}
