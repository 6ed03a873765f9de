//! What a mistyped word was meant to be, in a bank that has several products of each name.

use super::bank;
use crate::domain::id::StaffId;
use crate::domain::message::Message;
use crate::domain::rule::{ProductWord, Rule, Vocabulary, Words, nearest_code};
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
        product("wmp_90", "稳利 90 天", "Wenli 90 days", "fixed"),
        product("wmp_180", "添益 180 天", "Tianyi 180 days", "fixed"),
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
        (
            "holds('基金产品')",
            "'bond_fund' (Bond fund), 'fund' (Equity fund) or 'money_fund' (Money fund)",
        ),
        ("holds('理财')", "'wmp_180' (Tianyi 180 days) or 'wmp_90' (Wenli 90 days)"),
        ("holds('银行理财产品')", "'wmp_180' (Tianyi 180 days) or 'wmp_90' (Wenli 90 days)"),
        ("balance('理财') > 5", "'wmp_180' (Tianyi 180 days) or 'wmp_90' (Wenli 90 days)"),
        ("holds('存款类产品')", "'demand' (Demand deposit) or 'time' (Time deposit)"),
        ("holds('wealth products')", "'wmp_180' (Tianyi 180 days) or 'wmp_90' (Wenli 90 days)"),
        ("holds('固收产品')", "'fixed' (Fixed income)"),
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

#[test]
fn a_family_name_is_everybodys_who_is_called_so() {
    let names = ["刘洋", "刘建国", "刘敏", "刘一", "王刘", "欧阳刘"];
    let codes = ["M001", "M002", "M003", "M004", "M005", "M006"];
    let ids = codes.iter().zip(1..).map(|(code, id)| ((*code).to_owned(), StaffId(id)));
    let called = codes.iter().zip(names).map(|(code, name)| ((*code).to_owned(), name.to_owned()));
    let bank = bank().with_staff(ids).with_staff_names(called);
    let en = said("rm = '刘'", &bank, Lang::En);
    assert!(
        en.contains("did you mean 'M001' (刘洋), 'M002' (刘建国), 'M003' (刘敏) or one of 1 more?"),
        "{en}"
    );
    let zh = said("rm = '刘'", &bank, Lang::ZhCn);
    assert!(
        zh.contains("'M001'（刘洋）、'M002'（刘建国）、'M003'（刘敏）或另外 1 个之一？"),
        "{zh}"
    );
    let one = said("rm = '刘建'", &bank, Lang::En);
    assert!(one.contains("did you mean 'M002' (刘建国)?"), "{one}");
}

#[test]
fn an_interval_as_other_tools_write_it_is_told_as_it_is_written_here() {
    for (text, found, written) in [
        ("change('AUM', 30d) < 0", "30d", "interval '30 days'"),
        ("events('login', 3 months) > 1", "3 months", "interval '3 months'"),
        ("contacted(30天)", "30天", "interval '30 days'"),
        ("opened_on >= today - 1y", "1y", "interval '1 year'"),
        ("falling('aum', 2w)", "2w", "interval '2 weeks'"),
    ] {
        let error = Rule::parse(text, &bank()).unwrap_err();
        assert_eq!(&text[error.place.bytes(text)], found, "{text}");
        let said = render(&error.message(), Lang::En);
        assert!(said.contains(&format!("is written {written}, not {found}")), "{text}: {said}");
    }
    let zh = said("change('AUM', 30d) < 0", &bank(), Lang::ZhCn);
    assert!(zh.contains("时间间隔写作 interval '30 days'，不写 30d"), "{zh}");
    for text in ["age > 30d", "aum > 30d", "events('login', 5m) > 1", "contacted(0d)"] {
        let said = said(text, &bank(), Lang::En);
        assert!(said.contains("cannot stand here"), "{text}: {said}");
    }
}

#[test]
fn of_two_codes_with_one_slip_the_one_that_begins_as_typed_is_meant() {
    let codes = ["ST-011", "ST-F1", "ST-F2", "ST-1"].map(|code| (code, "x"));
    assert_eq!(nearest_code("ST-F11", codes), Some("ST-F1"));
    assert_eq!(nearest_code("ST-O11", codes), Some("ST-011"));
}
