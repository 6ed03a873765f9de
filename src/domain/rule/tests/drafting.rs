//! Conditions that are chosen step by step: what comes out is what would have been written, and leads back to the same
//! steps.

use proptest::prelude::*;
use proptest::sample::Index;

use super::{bank, read};
use crate::domain::money::Currency;
use crate::domain::rule::{
    About, Answer, Ask, Draft, EventField, Function, Kind, Of, Operator, Part, Rule, Slot, Step,
    Values, Vocabulary, What,
};

/// Everything that can be answered to a question; values of a column, or some that would be typed.
fn answers(ask: &Ask, vocabulary: &Vocabulary) -> Vec<Answer> {
    let What::Values(about, operator) = &ask.what else {
        return vocabulary.offers(ask).into_iter().map(|offer| offer.answer).collect();
    };
    let mut all: Vec<String> = match (about, operator) {
        (_, Operator::Like) => vec!["it's".to_owned(), "%a_".to_owned()],
        (About::Column(column), _) => {
            vocabulary.choices(column).into_iter().map(|c| c.code).collect()
        }
        _ => vec![],
    };
    if all.is_empty() {
        let typed: &[&str] = match about.kind() {
            Kind::NUMBER => &["0", "2", "30"],
            Kind::MONEY => &["0.5", "1000", "50000"],
            Kind::DATE => &["2025-01-31", "today - 90", "month_start"],
            _ => &["ATM 取现", "it's"],
        };
        all = typed.iter().map(|one| (*one).to_owned()).collect();
    }
    match operator.values() {
        Values::None => vec![],
        Values::One => all.into_iter().map(|one| Answer::Values(vec![one])).collect(),
        Values::Two => all.windows(2).map(|two| Answer::Values(two.to_vec())).collect(),
        Values::Many => vec![Answer::Values(all.clone()), Answer::Values(all[..1].to_vec())],
    }
}

/// The text is a rule, its one form, and leads back to the steps that made it.
fn holds(text: &str, vocabulary: &Vocabulary) {
    match Rule::parse_part(text, vocabulary) {
        Ok(rule) => {
            assert_eq!(rule.canonical(), text);
            let again = Draft::of(Part::Customer(&rule.expr), Of::Customer, Currency::CNY)
                .unwrap_or_else(|| panic!("{text}"));
            assert_eq!(again.condition().map_err(|ask| ask.slot.inner), Err(false), "{text}");
        }
        // No tier is below the lowest: whoever chooses that is told so.
        Err(error) => assert!(error.reason.is_nobody(), "{text}: {error:?}"),
    }
}

/// All conditions that can be chosen from there on, with one of each sort of time and value.
fn grow(draft: &Draft, vocabulary: &Vocabulary, found: &mut usize) {
    let ask = match draft.condition() {
        Ok(text) => {
            *found += 1;
            return holds(&text, vocabulary);
        }
        Err(ask) => ask,
    };
    // Two sets of events, each with a window and a condition, are many.
    let sequence =
        matches!(draft.answered().first(), Some((_, Answer::Function(Function::FollowedBy))));
    let mut all = answers(&ask, vocabulary);
    match &ask.what {
        What::Subject if ask.slot.inner => all.retain(|answer| match answer {
            Answer::Column(column) => ["aum", "housing", "job"].contains(&column.code()),
            Answer::Function(function) => matches!(function, Function::Holds | Function::Drift),
            _ => false,
        }),
        What::Back(_) => all.truncate(if sequence { 2 } else { 3 }),
        What::Field { .. } | What::Operator(_) if sequence => all.truncate(2),
        What::Values(..) => all.truncate(1),
        _ => {}
    }
    assert!(!all.is_empty(), "nothing to choose: {ask:?}");
    for answer in all {
        let mut next = draft.clone();
        next.answer(ask.slot, answer);
        grow(&next, vocabulary, found);
    }
}

#[test]
fn every_function_with_every_word_of_the_bank_is_its_own_canonical_form() {
    let vocabulary = bank();
    for function in Function::ALL {
        let mut draft = Draft::default();
        draft.answer(SUBJECT, Answer::Function(function));
        let mut found = 0;
        grow(&draft, &vocabulary, &mut found);
        assert!(found > 0, "{function:?}");
    }
}

const SUBJECT: Slot = Slot { inner: false, step: Step::Subject };

proptest! {
    #[test]
    fn whatever_is_chosen_is_a_rule_and_is_chosen_again(picks in prop::collection::vec(any::<Index>(), 24)) {
        let vocabulary = bank();
        let mut draft = Draft::default();
        for pick in picks {
            match draft.condition() {
                Ok(text) => {
                    holds(&text, &vocabulary);
                    break;
                }
                Err(ask) => {
                    let all = answers(&ask, &vocabulary);
                    draft.answer(ask.slot, all[pick.index(all.len())].clone());
                }
            }
        }
        prop_assert!(draft.condition().is_ok(), "twenty-four answers are enough for any");
    }
}

/// Answers by words: a code, `-` for what is left out, a text that is typed.
fn chosen(words: &[&str]) -> Draft {
    let vocabulary = bank();
    words.iter().fold(Draft::default(), |mut draft, word| {
        let ask = draft.condition().expect_err("it is whole already");
        let offers = vocabulary.offers(&ask);
        let named = offers.into_iter().find(|offer| match offer.answer {
            Answer::Skip => *word == "-",
            _ => offer.code == *word,
        });
        let typed = || match ask.what {
            What::Values(..) => Some(Answer::Values(vec![(*word).to_owned()])),
            ref what => what.typed(word),
        };
        let answer = named.map(|offer| offer.answer).or_else(typed);
        draft.answer(ask.slot, answer.unwrap_or_else(|| panic!("no {word} for {ask:?}")));
        draft
    })
}

#[test]
fn what_is_chosen_is_what_would_have_been_written() {
    let text = |words: &[&str]| chosen(words).condition().unwrap();
    assert_eq!(
        text(&["events", "transfer_out", "30", "-", ">=", "2"]),
        "events('transfer_out', interval '30 days') >= 2"
    );
    assert_eq!(
        text(&["sum_events", "login", "6个月", "amount", ">", "1000", ">", "50000"]),
        "sum_events('login', interval '6 months', amount > 1000) > 50000"
    );
    assert_eq!(
        text(&["last_event", "login", "-", "detail", "like", "柜面", "<", "today - 60"]),
        "last_event('login', detail like '%柜面%') < today - 60"
    );
    assert_eq!(
        text(&["related", "family", "aum", ">", "1000000"]),
        "related('family', aum > 1000000)"
    );
    assert_eq!(
        text(&["followed_by", "login", "-", "-", "transfer_out", "-", "-", "7"]),
        "followed_by('login', 'transfer_out', interval '7 days')"
    );
    assert_eq!(
        text(&[
            "followed_by",
            "login",
            "30",
            "amount",
            ">",
            "5",
            "transfer_out",
            "-",
            "detail",
            "like",
            "atm",
            "7"
        ]),
        "followed_by(events('login', interval '30 days', amount > 5), \
         events('transfer_out', detail like '%atm%'), interval '7 days')"
    );
    assert_eq!(text(&["segment", "YOUNG", "1"]), "segment('YOUNG', 1)");
    assert_eq!(text(&["segment", "YOUNG", "-"]), "segment('YOUNG')");
    assert_eq!(text(&["list", "VIP24", "3"]), "list('VIP24', 3)");
    assert_eq!(text(&["falling", "aum", "4"]), "falling('aum', interval '4 months')");
    assert_eq!(text(&["within", "S031", "2.5 km"]), "within('S031', 2.5)");
    assert_eq!(text(&["sample", "0.01%"]), "sample(0.01)");
}

#[test]
fn what_cannot_stand_there_is_not_taken() {
    let back = |text: &str| What::Back(Function::Events).typed(text);
    assert!(back("45").is_some() && back("2w").is_some() && back("1 year 3 months").is_some());
    for text in ["", "0", "-3", "soon", "45 fortnights", "99999", "3.5"] {
        assert_eq!(back(text), None, "{text}");
    }
    assert_eq!(What::Back(Function::Falling).typed("45 days"), None, "falling goes by months");
    assert_eq!(What::Back(Function::Falling).typed("61"), None, "a month is a sum of its own");
    for text in ["0", "101", "1.23456", "-1", "a"] {
        assert_eq!(What::Size(Function::Sample).typed(text), None, "{text}");
    }
    assert_eq!(What::Size(Function::Within).typed("0.0001"), None);
}

#[test]
fn a_condition_of_another_shape_is_not_chosen() {
    for text in [
        "aum - loan_balance > 5",
        "aum > loan_balance",
        "age not between 3 and 5",
        "events('login') > score",
        "events('login') in (1, 2)",
        "job like 'plain'",
        "true",
    ] {
        let rule = read(text);
        let draft = Draft::of(Part::Customer(&rule.expr), Of::Customer, Currency::CNY);
        assert_eq!(draft, None, "{text}");
    }
}

#[test]
fn what_stands_within_a_function_stays_while_the_rest_is_chosen_anew() {
    for (text, other) in [
        (
            "events('login', interval '30 days', amount > 5 and not detail is null) > 2",
            "events('transfer_out', interval '30 days', amount > 5 and not detail is null) > 2",
        ),
        (
            "followed_by(events('login', amount > 5 or detail is null), 'login', interval '7 days')",
            "followed_by(events('transfer_out', amount > 5 or detail is null), 'login', interval '7 days')",
        ),
        (
            "related('family', aum > 5 or events('login', amount > 1 or amount is null) > 2)",
            "related('employer', aum > 5 or events('login', amount > 1 or amount is null) > 2)",
        ),
    ] {
        let rule = read(text);
        let part = Part::Customer(&rule.expr);
        let mut draft = Draft::of(part, Of::Customer, Currency::CNY).expect(text);
        let mut first = true;
        while let Err(ask) = draft.condition() {
            let known = draft.known(ask.slot).cloned().expect(text);
            let word = |code: &str| Answer::Word(code.to_owned());
            let answer = match (first, &known) {
                (true, Answer::Word(code)) if code == "login" => word("transfer_out"),
                (true, Answer::Word(code)) if code == "family" => word("employer"),
                _ => known,
            };
            first = false;
            draft.answer(ask.slot, answer);
        }
        assert_eq!(draft.condition().as_deref(), Ok(other));
    }
}

#[test]
fn a_condition_within_a_function_is_chosen_and_edited_by_itself() {
    let rule = read("related('family', events('login', amount > 5 and detail = 'atm') > 2)");
    let of = |path: &[usize]| {
        let (part, of) = (rule.at(path).unwrap(), rule.of_what(path));
        let draft = Draft::of(part, of, Currency::CNY).expect("it can be chosen");
        (of, draft.condition().map_err(|ask| ask.slot.inner))
    };
    assert_eq!(of(&[]), (Of::Customer, Err(false)));
    assert_eq!(of(&[0]), (Of::Related, Err(true)), "its function first, inside the relation");
    assert_eq!(of(&[0, 0, 0]), (Of::Event, Err(false)));
    let mut draft = Draft::new(Of::Event);
    let ask = draft.condition().unwrap_err();
    assert!(!ask.what.is_optional(), "whoever adds a condition wants one");
    for answer in [
        Answer::Field(EventField::Amount),
        Answer::Operator(Operator::MoreThan),
        Answer::Values(vec!["1000".to_owned()]),
    ] {
        let ask = draft.condition().unwrap_err();
        draft.answer(ask.slot, answer);
    }
    assert_eq!(draft.condition().as_deref(), Ok("amount > 1000"));
    let ask = Draft::new(Of::Related).condition().unwrap_err();
    let offers = bank().offers(&ask);
    assert!(offers.iter().all(|offer| offer.code != "related"));
    assert!(offers.iter().any(|offer| offer.code == "events"), "functions too");
}

#[test]
fn the_way_back_forgets_nothing() {
    let mut draft = chosen(&["events", "login", "45", "amount", ">", "5", ">=", "2"]);
    for _ in 0..7 {
        assert!(draft.back());
    }
    let ask = draft.condition().unwrap_err();
    assert_eq!(draft.known(ask.slot), Some(&Answer::Word("login".into())));
    // Another kind of event leaves all else as it was.
    draft.answer(ask.slot, Answer::Word("transfer_out".into()));
    while let Err(ask) = draft.condition() {
        let known = draft.known(ask.slot).cloned().unwrap();
        draft.answer(ask.slot, known);
    }
    let text = draft.condition().unwrap();
    assert_eq!(text, "events('transfer_out', interval '45 days', amount > 5) >= 2");
    // Another subject begins anew.
    while draft.back() {}
    draft.answer(SUBJECT, Answer::Function(Function::Holds));
    let ask = draft.condition().unwrap_err();
    assert_eq!(draft.known(ask.slot), None);
}

#[test]
fn a_relation_of_a_relation_is_not_offered() {
    let draft = chosen(&["related", "family"]);
    let ask = draft.condition().unwrap_err();
    let offers = bank().offers(&ask);
    assert!(ask.slot.inner && offers.iter().all(|offer| offer.code != "related"));
    assert!(offers.iter().any(|offer| offer.code == "events"));
}
