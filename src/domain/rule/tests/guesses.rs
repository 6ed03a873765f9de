//! What a mistyped word was meant to be, in a bank that has several products of each name.

use super::bank;
use crate::domain::message::Message;
use crate::domain::rule::{ProductWord, Rule, Vocabulary, Words};
use crate::text::{Lang, render};

fn several() -> Vocabulary {
    let mut id = 0;
    let mut product = |code: &str, zh: &str, en: &str, class: &str| {
        id += 1;
        let (code, class) = (code.to_owned(), Some(class.to_owned()));
        ProductWord { code, id, zh: zh.to_owned(), en: en.to_owned(), class }
    };
    let products = vec![
        product("demand", "活期存款", "Demand deposit", "cash"),
        product("time", "定期存款", "Time deposit", "fixed"),
        product("money_fund", "货币基金", "Money fund", "cash"),
        product("bond_fund", "债券基金", "Bond fund", "fixed"),
        product("fund", "偏股基金", "Equity fund", "equity"),
        product("annuity", "年金保险", "Annuity", "insurance"),
    ];
    let names = [("M001", "林睿"), ("M002", "王芳")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    bank().with_words(Words { products, ..bank().words().clone() }).with_staff_names(names)
}

fn said(text: &str, bank: &Vocabulary, lang: Lang) -> String {
    let message: Message = Rule::parse(text, bank).unwrap_err().message();
    render(&message, lang)
}

#[test]
fn the_products_of_a_name_are_told_and_no_other_word() {
    let bank = several();
    for (text, meant) in [
        (
            "holds('基金')",
            "'bond_fund' (Bond fund), 'fund' (Equity fund) or 'money_fund' (Money fund)",
        ),
        ("holds('债券')", "'bond_fund' (Bond fund)"),
        ("holds('股票基金')", "'fund' (Equity fund)"),
        ("holds('股票')", "'equity' (Equity)"),
        ("holds('存款')", "'demand' (Demand deposit) or 'time' (Time deposit)"),
        ("holds('现金')", "'cash' (Cash)"),
        ("holds('保险')", "'insurance' (Insurance)"),
        ("drift('债券') > 0", "'fixed' (Fixed income)"),
        ("change('AUM', interval '30 days') < 0", "'aum' (all assets)"),
        ("balance('aumm') > 1", "'aum' (all assets)"),
        ("falling('总资产', interval '3 months')", "'aum' (all assets)"),
        ("rm = '林睿'", "'M001' (林睿)"),
        ("rm in ('linrui')", "'M001' (林睿)"),
    ] {
        let said = said(text, &bank, Lang::En);
        assert!(said.contains(&format!("did you mean {meant}?")), "{text}: {said}");
    }
    assert_eq!(
        said("holds('基金')", &bank, Lang::ZhCn),
        "没有名为 '基金' 的产品或资产类别；您是否想用 'bond_fund'（债券基金）、'fund'（偏股基金）或 'money_fund'（货币基金）？  第 1 行第 7 列"
    );
    // All assets are held by everyone who holds anything: `holds` does not take them, and so they are not proposed.
    for text in ["holds('aum')", "holds('资产')", "holds('贵金')"] {
        let said = said(text, &bank, Lang::En);
        assert!(!said.contains("did you mean"), "{text}: {said}");
    }
}

#[test]
fn two_of_one_name_are_both_told() {
    let names = [("M001", "林睿"), ("M002", "林睿")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    let said = said("rm = '林睿'", &bank().with_staff_names(names), Lang::En);
    assert!(said.contains("'M001' (林睿) or 'M002' (林睿)"), "{said}");
}
